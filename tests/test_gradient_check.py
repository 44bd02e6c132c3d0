"""The gradient check passes right layers and finds each planted mistake."""

import numpy as np
import pytest

from lib.analysis import directional_check, numeric_gradient, relative_error
from lib.layers import BatchNorm1d, Dropout, Layer, Linear, ReLU, Sequential


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def frozen(array):
    array.flags.writeable = False
    return array


# --- slopes entry by entry -------------------------------------------------------------------


def test_numeric_gradient_of_a_known_function(rng):
    x = frozen(rng.standard_normal((2, 3)))
    assert numeric_gradient(lambda x: (x**3).sum(), x) == pytest.approx(3 * x**2, rel=1e-8)


def test_numeric_gradient_needs_float64():
    with pytest.raises(TypeError, match="needs float64, got float32 for x"):
        numeric_gradient(np.sum, np.ones(3, np.float32))


@pytest.mark.parametrize(
    ("a", "b", "error"), [(1.0, 1.0, 0.0), (0.0, 0.0, 0.0), (1.0, -1.0, 1.0), (0.0, 5.0, 1.0)]
)
def test_relative_error(a, b, error):
    assert relative_error(a, b) == error


def test_relative_error_does_not_broadcast():
    with pytest.raises(ValueError, match=r"one shape, got \(2,\) and \(2, 1\)"):
        relative_error(np.ones(2), np.ones((2, 1)))


# --- slopes along random directions ----------------------------------------------------------


class WrongWeight(Linear):
    def backward(self, dout):
        dx = super().backward(dout)
        self.weight.grad = self.weight.grad / len(dout)  # hidden if N = 1
        return dx


class WrongBias(Linear):
    def backward(self, dout):
        dx = super().backward(dout)
        self.bias.grad = dout[0]  # hidden if N = 1
        return dx


class WrongInput(Linear):
    def backward(self, dout):
        super().backward(dout)
        return dout[:, ::-1] @ self.weight.data  # hidden by ones upstream


class SmallMistake(Linear):
    def backward(self, dout):
        return 1.001 * super().backward(dout)


@pytest.mark.parametrize(
    ("kind", "wrong"),
    [(Linear, ""), (WrongWeight, "weight"), (WrongBias, "bias"), (WrongInput, "x"),
     (SmallMistake, "x")],
)  # fmt: skip
def test_the_mistake_is_found_and_nothing_else(kind, wrong, rng):
    layer = kind(5, 4, rng=rng).astype("float64")
    errors = directional_check(layer, frozen(rng.standard_normal((3, 5))), rng)
    assert set(errors) == {"x", "weight", "bias"}
    assert {name for name, error in errors.items() if error > 1e-4} == {wrong} - {""}
    assert all(error < 1e-7 for name, error in errors.items() if name != wrong)


def test_gradient_that_is_zero_by_nature(rng):
    # Batch normalization takes off whatever the bias adds: both gradients are rounding errors.
    network = Sequential(Linear(5, 4, rng=rng), BatchNorm1d(4), ReLU()).astype("float64")
    errors = directional_check(network, rng.standard_normal((6, 5)), rng)
    assert max(errors.values()) < 1e-7


def test_parameters_are_as_before(rng):
    layer = Linear(5, 4, rng=rng).astype("float64")
    before = layer.weight.data.copy()
    directional_check(layer, rng.standard_normal((2, 5)), rng)
    assert (layer.weight.data == before).all()


def test_frozen_parameters_are_left_out(rng):
    layer = Linear(5, 4, rng=rng).astype("float64")
    layer.bias.trainable = False
    assert set(directional_check(layer, rng.standard_normal((2, 5)), rng)) == {"x", "weight"}


def test_one_example_is_refused(rng):
    with pytest.raises(ValueError, match="at least two examples, got shape "):
        directional_check(ReLU(), rng.standard_normal((1, 5)), rng)


def test_float32_is_refused(rng):
    layer = Linear(5, 4, rng=rng)
    with pytest.raises(TypeError, match="needs float64, got float32 for weight"):
        directional_check(layer, rng.standard_normal((2, 5)), rng)


def test_random_layers_are_refused(rng):
    with pytest.raises(ValueError, match="Dropout gives two outputs for one input"):
        directional_check(Dropout(0.5, rng=rng), rng.standard_normal((8, 5)), rng)


def test_gradient_of_another_shape_is_refused(rng):
    class Short(Layer):
        def forward(self, x):
            return x

        def backward(self, dout):
            return dout[:, :1]

    with pytest.raises(ValueError, match=r"gradient has shape \(2, 1\)"):
        directional_check(Short(), rng.standard_normal((2, 5)), rng)


def test_device(rng):
    xp = pytest.importorskip("array_api_strict")
    x = xp.asarray(rng.standard_normal((3, 5)), device=xp.Device("device1"))
    layer = Linear(5, 4, rng=rng).astype("float64").to_device(x)
    assert max(directional_check(layer, x, rng).values()) < 1e-7
    gradient = numeric_gradient(lambda x: xp.sum(x * x), x)
    assert gradient.device == x.device
    assert relative_error(gradient, 2 * x) < 1e-7
