"""A training that repeats, stops and continues, to the last bit."""

import re

import numpy as np
import pytest

from lib import backend
from lib.layers import Linear, Sequential
from lib.optimizers import SGD, Adam, Momentum
from lib.serialization import write_arrays
from lib.training import Callback, Checkpoint, Trainer
from tests.kinds import assert_same_kind
from tests.tiny_training import dataset, figures, make_trainer, network, same_weights


def test_the_same_seed_gives_the_same_result_and_another_another():
    one, two, other = (make_trainer(seed=seed) for seed in (7, 7, 8))
    runs = [trainer.fit(dataset(), epochs=2, batch_size=10) for trainer in (one, two, other)]
    assert figures(runs[0]) == figures(runs[1])
    assert figures(runs[0]) != figures(runs[2])
    assert same_weights(one, two)


@pytest.mark.parametrize("optimizer", [SGD, Momentum, Adam])
def test_a_continued_training_is_the_same_to_the_last_bit(optimizer, tmp_path):
    path = tmp_path / "run.npz"
    whole = make_trainer(optimizer=optimizer, epochs=4)
    expected = whole.fit(dataset(), dataset(8, 1), epochs=4, batch_size=10)

    stopped = make_trainer(optimizer=optimizer, epochs=4, callbacks=[Checkpoint(path)])
    stopped.fit(dataset(), dataset(8, 1), epochs=2, batch_size=10)
    continued = make_trainer(optimizer=optimizer, epochs=4, lr=0.5)
    continued.load_checkpoint(path)
    assert continued.steps_done == 6
    history = continued.fit(dataset(), dataset(8, 1), epochs=4, batch_size=10)
    assert figures(history) == figures(expected)
    assert same_weights(continued, whole)
    assert continued.steps_done == whole.steps_done == 12


def test_a_checkpoint_of_one_device_continues_on_another(kind, tmp_path):
    x = kind(np.ones(1, np.float32))
    device = "cpu" if isinstance(x, np.ndarray) else x
    first = make_trainer(device=device)
    first.fit(dataset(), epochs=1, batch_size=10)
    first.save_checkpoint(tmp_path / "run.npz")
    for place in (device, "cpu"):
        other = make_trainer(device=place)
        other.load_checkpoint(tmp_path / "run.npz")
        other.fit(dataset(), epochs=2, batch_size=10)
        for name, array in other.network.state().items():
            assert_same_kind(array, backend.to_device(np.ones(1, np.float32), place))
            assert np.isfinite(backend.to_numpy(array)).all(), name


class StopAtStep(Callback):
    def __init__(self, step):
        self.step = step

    def on_step_end(self, trainer):
        if trainer.steps_done == self.step:
            raise KeyboardInterrupt


def test_ctrl_c_leaves_a_checkpoint_that_continues_to_the_same_result(tmp_path):
    path = tmp_path / "run.npz"
    whole = make_trainer(epochs=3)
    expected = whole.fit(dataset(), epochs=3, batch_size=10)

    stopped = make_trainer(epochs=3, callbacks=[Checkpoint(path), StopAtStep(5)])
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(dataset(), epochs=3, batch_size=10)
    assert not any(layer.training for layer in stopped.network.modules())
    assert all(layer.needs_dx for layer in stopped.network.modules())
    continued = make_trainer(epochs=3)
    continued.load_checkpoint(path)
    assert len(continued.history.epochs) == 1
    assert figures(continued.fit(dataset(), epochs=3, batch_size=10)) == figures(expected)
    assert same_weights(continued, whole)
    assert [file.name for file in tmp_path.iterdir()] == ["run.npz"]


def test_epochs_already_done_are_not_done_again():
    trainer = make_trainer()
    trainer.fit(dataset(10), epochs=2)
    before = {name: array.copy() for name, array in trainer.network.state().items()}
    message = r"^nothing is left to do: epochs=2 counts those already done, 2$"
    with pytest.warns(UserWarning, match=message):
        assert len(trainer.fit(dataset(10), epochs=2).epochs) == 2
    trainer.fit(dataset(10), epochs=2, until=1)  # a pause that is over
    assert all(np.array_equal(a, before[n]) for n, a in trainer.network.state().items())
    assert len(trainer.fit(dataset(10), epochs=3).epochs) == 3


# Mistakes ----------------------------------------------------------------------------------------


def smaller():
    return Sequential(Linear(2, 2))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: make_trainer(seed=3), "made with seed 0, this trainer has 3"),
        (
            lambda: make_trainer(optimizer=SGD),
            "the optimizer is SGD(weight_decay=0.0, l1=0.0), the state that of Adam(betas=(0.9, ",
        ),
        (lambda: Trainer(n := smaller(), Adam(n)), '"0.weight" has shape (4, 1, 3, 3), the net'),
        (lambda: make_trainer(epochs=5), "of the file and this trainer one alone has a scheduler"),
    ],
)
def test_a_checkpoint_of_another_training_changes_nothing(make, message, tmp_path):
    path = tmp_path / "run.npz"
    source = make_trainer()
    source.fit(dataset(), epochs=1)
    source.save_checkpoint(path)
    target = make()
    before = {name: array.copy() for name, array in target.network.state().items()}
    with pytest.raises(ValueError, match=re.escape(f"{path}: ") + ".*" + re.escape(message)):
        target.load_checkpoint(path)
    assert all(np.array_equal(a, before[n]) for n, a in target.network.state().items())
    assert target.optimizer.step_count == target.steps_done == 0
    assert not target.history.epochs


def test_what_is_no_checkpoint_is_refused(tmp_path):
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        make_trainer().load_checkpoint(tmp_path / "none.npz")
    path = tmp_path / "weights.npz"
    write_arrays(path, network().state())
    with pytest.raises(ValueError, match=r"weights\.npz: not a checkpoint of a training$"):
        make_trainer().load_checkpoint(path)
