"""What optimizers refuse, and that nothing changes then."""

import re

import numpy as np
import pytest

from lib.layers import Linear
from lib.optimizers import SGD, AdaGrad, Adam, AdamW, Momentum, Nesterov, Optimizer, RMSProp
from tests.test_optimizers import OPTIMIZERS


@pytest.fixture(params=OPTIMIZERS)
def name(request):
    return request.param


def frozen_layer():
    layer = Linear(2, 2)
    layer.weight.trainable = layer.bias.trainable = False
    return layer


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: SGD([1]), TypeError, "network must be a Layer, got list"),
        (lambda: SGD(Linear(1, 1), lr=0), ValueError, "lr must be above 0, got 0.0"),
        (lambda: Adam(Linear(1, 1), lr=-1.0), ValueError, "lr must be above 0, got -1.0"),
        (lambda: SGD(Linear(1, 1), float("nan")), ValueError, "lr must be finite, got nan"),
        (lambda: SGD(Linear(1, 1), 10**400), ValueError, f"lr must be finite, got {10**400}"),
        (lambda: SGD(Linear(1, 1)).load_state([]), TypeError, "state must be a dict, got list"),
        (lambda: SGD(Linear), TypeError, "network must be a Layer, got the class Linear"),
        (lambda: SGD(0.1, Linear(1, 1)), TypeError, "network must be a Layer, got float"),
        (lambda: SGD(Linear(1, 1), "0.1"), TypeError, "lr must be a number, got '0.1'"),
        (lambda: SGD(Linear(1, 1), None), TypeError, "lr must be a number, got None"),
        (lambda: Adam(Linear(1, 1), float("inf")), ValueError, "lr must be finite, got inf"),
        (
            lambda: setattr(SGD(Linear(1, 1)), "lr", -1),
            ValueError,
            "lr must be at least 0, got -1.0",
        ),
        (
            lambda: Adam(Linear(1, 1), betas=(0.9, 0.99, 0.999)),
            ValueError,
            "betas must be two numbers, got (0.9, 0.99, 0.999)",
        ),
        (lambda: Adam(Linear(1, 1), betas=0.9), ValueError, "betas must be two numbers, got 0.9"),
        (
            lambda: Adam(Linear(1, 1), amsgrad=1),
            TypeError,
            "amsgrad must be True or False, got 1",
        ),
        *(
            (
                lambda maker=maker: maker(Linear(1, 1), eps=0),
                ValueError,
                "eps must be above 0, got 0.0",
            )
            for maker in (AdaGrad, RMSProp, Adam, AdamW)
        ),
        (lambda: SGD(frozen_layer()), ValueError, "the network has no trainable parameter"),
        (
            lambda: Momentum(Linear(1, 1), momentum=1),
            ValueError,
            "momentum must be at least 0 and below 1, got 1.0",
        ),
        (
            lambda: Adam(Linear(1, 1), betas=(0.9, 1.0)),
            ValueError,
            "the second of betas must be at least 0 and below 1, got 1.0",
        ),
        (
            lambda: Nesterov(Linear(1, 1), momentum=-0.1),
            ValueError,
            "momentum must be at least 0 and below 1, got -0.1",
        ),
        (
            lambda: RMSProp(Linear(1, 1), alpha=1),
            ValueError,
            "alpha must be at least 0 and below 1, got 1.0",
        ),
        (lambda: SGD(Linear(1, 1), l1=-0.1), ValueError, "l1 must be at least 0, got -0.1"),
        (
            lambda: Adam(Linear(1, 1), weight_decay=float("nan")),
            ValueError,
            "weight_decay must be finite, got nan",
        ),
        (
            lambda: AdamW(Linear(1, 1), weight_decay=-0.1),
            ValueError,
            "weight_decay must be at least 0, got -0.1",
        ),
        (
            lambda: SGD(Linear(1, 1)).step(),
            RuntimeError,
            '"weight" has no gradient: call backward before step',
        ),
        (
            lambda: Momentum(Linear(1, 1)).load_state(SGD(Linear(1, 1)).state()),
            ValueError,
            "the optimizer is Momentum(momentum=0.9, weight_decay=0.0, l1=0.0), the state that of "
            "SGD(weight_decay=0.0, l1=0.0)",
        ),
        (
            lambda: Nesterov(Linear(1, 1)).load_state(Momentum(Linear(1, 1)).state()),
            ValueError,
            "the optimizer is Nesterov(momentum=0.9, weight_decay=0.0, l1=0.0), the state that of "
            "Momentum(momentum=0.9, weight_decay=0.0, l1=0.0)",
        ),
        (
            lambda: Momentum(Linear(2, 3)).load_state(Momentum(Linear(2, 2)).state() | {"x": 1}),
            ValueError,
            "the state is not one of this Momentum: x",
        ),
        (
            lambda: Momentum(Linear(2, 3)).load_state(Momentum(Linear(1, 3)).state()),
            ValueError,
            'the state is not one of this Momentum: "velocity.weight" has shape (3, 1), '
            "its parameter (3, 2)",
        ),
    ],
)
def test_mistakes_are_refused(make, error, message):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        make()


@pytest.mark.parametrize("shape", [(2,), (1, 2), (2, 1), ()])
def test_a_gradient_of_another_shape_is_not_stretched(shape):
    layer = Linear(2, 2, bias=False)
    layer.weight.grad = np.ones(shape, np.float32)
    with pytest.raises(ValueError, match=r'^"weight" has shape \(2, 2\), its gradient \('):
        SGD(layer).step()


def test_a_refused_step_changes_nothing(name, rng):
    layer = Linear(2, 2)
    optimizer = OPTIMIZERS[name](layer)
    layer.weight.grad = np.ones((2, 2), np.float32)
    before = layer.weight.data.copy()
    with pytest.raises(RuntimeError, match='"bias" has no gradient'):
        optimizer.step()
    assert np.array_equal(layer.weight.data, before)
    assert optimizer.step_count == 0


def test_a_refused_state_changes_nothing():
    optimizer = Adam(Linear(2, 3))
    other = Adam(Linear(1, 3), lr=0.5)
    other.running["mean"]["bias"] += 1
    with pytest.raises(ValueError, match="the state is not one of this Adam"):
        optimizer.load_state(other.state())
    assert optimizer.lr == 1e-3
    assert not any(
        array.any() for arrays in optimizer.running.values() for array in arrays.values()
    )


def test_an_optimizer_must_say_how_it_updates():
    layer = Linear(1, 1)
    layer.backward(layer(np.ones((1, 1))))
    with pytest.raises(NotImplementedError):
        Optimizer(layer, lr=1).step()
