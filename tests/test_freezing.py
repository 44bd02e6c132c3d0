"""Frozen layers: nothing in them moves, and nothing is computed for them."""

import re

import numpy as np
import pytest

from lib.backend import to_numpy
from lib.convolution import row_windows, windows
from lib.layers import (
    BatchNorm2d,
    Concat,
    Conv2d,
    Dropout,
    Flatten,
    Layer,
    Linear,
    Parameter,
    ReLU,
    Residual,
    Sequential,
)
from lib.optimizers import SGD, Adam
from lib.training import Trainer
from tests.kinds import KINDS
from tests.tiny_training import dataset


def block(rng):
    return Sequential(
        Conv2d(2, 2, 3, padding=1, rng=rng), BatchNorm2d(2), ReLU(), Dropout(0.3, rng=rng)
    )


def network(seed=0):
    rng = np.random.default_rng(seed)
    return Sequential(
        stem=Sequential(Conv2d(1, 2, 3, padding=1, rng=rng), BatchNorm2d(2), ReLU()),
        middle=Residual(block(rng), Conv2d(2, 2, 1, rng=rng)),
        late=Concat(Conv2d(2, 1, 1, rng=rng), block(rng)),
        flatten=Flatten(),
        head=Linear(3 * 4 * 6, 3, rng=rng),
    )


PARTS = ["stem", "middle", "late", "head"]


def states(layer):
    return {name: np.array(to_numpy(array)) for name, array in layer.state().items()}


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("frozen_first", [True, False], ids=["before", "after"])
def test_frozen_weights_and_statistics_do_not_move_and_others_do(part, frozen_first):
    """Whether the part is frozen before or after the optimizer is made."""
    whole = network()
    if frozen_first:
        getattr(whole, part).freeze()
    optimizer = Adam(whole, lr=0.01, weight_decay=0.1)
    getattr(whole, part).freeze()
    before = states(whole)
    trainer = Trainer(whole, optimizer, progress=False)
    trainer.fit(dataset(), epochs=2, batch_size=10)
    after = states(whole)
    moved = {name for name in before if not np.array_equal(after[name], before[name])}
    # A bias before batch normalization has a gradient of rounding errors; Adam moves it too.
    assert moved == {name for name in before if not name.startswith(f"{part}.")}


def test_gradients_of_the_rest_are_those_of_the_unfrozen_network(rng):
    x, dout = rng.standard_normal((4, 1, 4, 6)), rng.standard_normal((4, 3))
    for part in PARTS:
        whole = network().astype("float64").eval()  # where frozen and not frozen compute alike
        whole(x)
        dx = whole.backward(dout)
        expected = {n: p.grad for n, p in whole.named_parameters()}
        getattr(whole, part).freeze()
        whole(x)
        assert np.allclose(whole.backward(dout), dx, rtol=1e-12, atol=1e-12)
        whole.set_needs_dx(False)
        for parameter in whole.parameters():
            if parameter.trainable:
                parameter.grad = None
        whole(x)
        whole.backward(dout)
        for name, parameter in whole.named_parameters():
            if name.startswith(f"{part}."):
                assert parameter.grad is None
            else:
                assert np.allclose(parameter.grad, expected[name], rtol=1e-12, atol=1e-12), name


def count_backward_calls(whole):
    """Return the names of the layers whose backward pass is called from now on, as they are."""
    called = []
    for name, layer in whole.named_modules():

        def watched(dout, name=name, backward=layer.backward):
            called.append(name)
            return backward(dout)

        layer.backward = watched
    return called


def test_nothing_below_a_frozen_stem_is_computed(rng):
    whole = network()
    whole.stem.freeze()
    whole.middle.freeze()
    assert whole.set_needs_dx(False) is True
    called = count_backward_calls(whole)
    whole.backward(whole(rng.standard_normal((4, 1, 4, 6))))
    assert {name.partition(".")[0] for name in called} == {"", "head", "flatten", "late"}
    assert not any(branch.needs_dx for branch in whole.late.children().values())


def test_a_frozen_branch_next_to_the_data_is_not_entered(rng):
    for make in (Residual, Concat):
        frozen, trained = Conv2d(2, 2, 1, rng=rng).freeze(), Conv2d(2, 2, 1, rng=rng)
        for ways in ((frozen, trained), (trained, frozen)):
            layer = make(*ways)
            assert layer.set_needs_dx(False) is True
            frozen.backward = None  # calling it would fail
            out = layer(rng.standard_normal((2, 2, 3, 3)))
            assert layer.backward(out) is None
            assert trained.weight.grad is not None
            del frozen.backward


def test_batch_norm_above_a_frozen_stem_computes_no_dx(rng):
    """In evaluation too, and with one of its two parameters frozen."""
    layer = BatchNorm2d(2)
    x = rng.standard_normal((3, 2, 4, 4)).astype("float32")
    for mode in (True, False):
        layer.train(mode)
        out = layer(x)
        assert layer.backward(out).shape == x.shape
        expected = layer.weight.grad
        layer.set_needs_dx(False)
        layer.bias.trainable, layer.bias.grad = False, None
        layer(x)
        assert layer.backward(out) is None
        assert np.array_equal(layer.weight.grad, expected)
        assert layer.bias.grad is None
        layer.set_needs_dx(True)


def test_a_network_that_is_frozen_whole_does_nothing(rng):
    whole = network().freeze()
    assert whole.set_needs_dx(False) is False
    called = count_backward_calls(whole)
    assert whole.backward(whole(rng.standard_normal((2, 1, 4, 6)))) is None
    assert called == [""]


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("stride", [1, 2])
def test_a_frozen_convolution_passes_dx_on_and_multiplies_nothing_for_its_weights(
    kind, stride, monkeypatch, rng
):
    values = rng.standard_normal((2, 2, 5, 4))
    x = kind(values)
    layer = Conv2d(2, 3, 3, stride, 1, rng=rng).astype("float64").to_device(x)
    dout = layer(x)
    expected = to_numpy(layer.backward(dout))
    asked = []
    for module in (windows, row_windows):

        def watched(*arguments, convolve_backward=module.convolve_backward, **needs):
            asked.append(convolve_backward(*arguments, **needs))
            return asked[-1]

        monkeypatch.setattr(module, "convolve_backward", watched)
    layer.freeze()
    assert np.allclose(to_numpy(layer.backward(dout)), expected, rtol=1e-12, atol=1e-12)
    assert [dweight for _, dweight in asked] == [None]
    assert layer.weight.grad is None
    assert layer.bias.grad is None


def test_frozen_layers_stay_in_evaluation_mode():
    whole = network()
    assert whole.middle.freeze() is whole.middle
    whole.train()
    assert not any(layer.training for layer in whole.middle.modules())
    assert whole.training
    assert all(layer.training for layer in whole.late.modules())
    assert whole.middle.unfreeze() is whole.middle
    whole.train()
    assert all(layer.training for layer in whole.modules())


def test_a_part_of_what_is_frozen_may_be_unfrozen():
    """Fine-tuning: the last blocks of a frozen body learn again."""
    whole = network().freeze()
    whole.freeze()  # twice is as good as once
    whole.head.unfreeze()
    assert [n for n, p in whole.named_parameters() if p.trainable] == ["head.weight", "head.bias"]
    whole.unfreeze()
    assert all(parameter.trainable for parameter in whole.parameters())


def test_what_was_never_trained_stays_so():
    class Scaled(Layer):
        def __init__(self):
            self.fixed = Parameter(np.ones(2, np.float32), trainable=False)
            self.learned = Parameter(np.ones(2, np.float32))

    layer = Scaled().freeze().unfreeze()
    assert not layer.fixed.trainable
    assert layer.learned.trainable


def test_a_frozen_network_saves_the_same_names():
    assert network().freeze().state().keys() == network().state().keys()


def test_an_optimizer_refuses_what_was_frozen_when_it_was_made(rng):
    whole = network()
    whole.stem.freeze()
    optimizer = SGD(whole, lr=0.1)
    whole.stem.unfreeze()
    before = states(whole)
    whole.backward(whole(rng.standard_normal((2, 1, 4, 6)).astype("float32")))
    message = '"stem.0.weight" was frozen when this SGD was made: make a new one'
    after_forward = {name for name in before if "running" in name}
    with pytest.raises(RuntimeError, match=f"^{re.escape(message)}$"):
        optimizer.step()
    for name, array in states(whole).items():
        assert name in after_forward or np.array_equal(array, before[name])


def test_an_optimizer_passes_over_what_was_frozen_since(rng):
    """Also with momentum in store, and without asking for a gradient."""
    whole = network()
    optimizer = Adam(whole, lr=0.1)
    x = rng.standard_normal((2, 1, 4, 6)).astype("float32")
    whole.backward(whole(x))
    optimizer.step()
    whole.stem.freeze()
    before = states(whole)
    whole.backward(whole(x))
    optimizer.step()
    for name, array in states(whole).items():
        assert name.startswith("stem.") is np.array_equal(array, before[name]), name
