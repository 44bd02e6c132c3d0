"""A card of Apple has no float64: nothing in a float32 training may ask for it."""

import array_api_strict as strict
import numpy as np
import pytest

from lib import optimizers
from lib.backend import to_device
from lib.losses import BinaryCrossEntropy, MeanSquaredError, SoftmaxCrossEntropy
from lib.serialization import load, save
from tests.every_layer import EVERY_LAYER, make_layer
from tests.kinds import assert_same_kind
from tests.tiny_training import dataset, make_trainer, network

NO_FLOAT64 = strict.Device("no_float64")


def there(values):
    return strict.asarray(np.array(values), device=NO_FLOAT64)


SINGLE = there(np.ones(1, np.float32))


@pytest.mark.parametrize("layer_class", EVERY_LAYER)
@pytest.mark.parametrize("training", [True, False])
def test_layers_go_both_ways(layer_class, training, rng):
    layer, shape = make_layer(layer_class)
    x = there(rng.standard_normal(shape, np.float32))
    layer.to_device(x).train(training)
    out = layer(x)
    dx = layer.backward(there(rng.standard_normal(tuple(out.shape), np.float32)))
    for array in (out, dx, *layer.state().values()):
        assert_same_kind(array, SINGLE)


@pytest.mark.parametrize("optimizer", [getattr(optimizers, n) for n in optimizers.__all__[:-2]])
def test_trainings_save_and_go_on(optimizer, tmp_path):
    first, second = (make_trainer(optimizer=optimizer, device=SINGLE) for _ in range(2))
    first.fit(dataset(), dataset(7), epochs=1, batch_size=10)
    first.save_checkpoint(tmp_path / "run.npz")
    second.load_checkpoint(tmp_path / "run.npz")
    for trainer in (first, second):
        trainer.fit(dataset(), dataset(7), epochs=2, batch_size=10)
    assert first.history["loss"] == second.history["loss"]
    for array in second.network.state().values():
        assert_same_kind(array, SINGLE)


@pytest.mark.parametrize(
    ("loss", "targets"),
    [
        (SoftmaxCrossEntropy(weight=[1.0, 2.0], label_smoothing=0.1), np.array([0, 1])),
        (SoftmaxCrossEntropy(ignore_index=0, reduction="sum"), np.array([0, 1])),
        (BinaryCrossEntropy(), np.array([[0.0, 1.0], [1.0, 0.0]])),
        (MeanSquaredError(), np.array([[0.0, 1.0], [1.0, 0.0]])),
    ],
)
def test_losses_take_what_numpy_makes_by_itself(loss, targets):
    logits = np.array([[1.0, 2.0], [3.0, -1.0]], np.float32)
    value, dlogits = loss(there(logits), targets)
    assert value == pytest.approx(loss(logits, targets)[0], rel=1e-6)
    assert_same_kind(dlogits, SINGLE)


def test_files_of_float64_are_loaded_as_the_network_is(tmp_path):
    save(network(0).astype("float64"), tmp_path / "w.npz")
    loaded = load(network(1).to_device(SINGLE), tmp_path / "w.npz")
    for name, array in loaded.state().items():
        assert_same_kind(array, SINGLE)
        assert np.array_equal(to_device(array, "cpu"), network(0).state()[name])


def test_a_state_of_float64_is_loaded_as_the_network_is():
    state = {name: np.asarray(value, float) for name, value in network(0).state().items()}
    loaded = network(1).to_device(SINGLE)
    loaded.load_state(state)
    for array in loaded.state().values():
        assert_same_kind(array, SINGLE)
