"""ReLU and its kin, Sigmoid, Tanh, Softmax, Flatten and Dropout."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.backend import to_numpy
from lib.layers import (
    Dropout,
    Dropout2d,
    Flatten,
    LeakyReLU,
    ReLU,
    ReLU6,
    Sequential,
    Sigmoid,
    Softmax,
    Tanh,
)
from tests.kinds import assert_close, assert_same_kind, check_layer
from tests.window_cases import dtypes, images, pairs, seeds

shapes = st.one_of(pairs(2, 5), pairs(1, 4).flatmap(images))


def sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))


POINTWISE = {
    ReLU: (lambda x: x * (x > 0), lambda x: 1.0 * (x > 0)),
    ReLU6: (lambda x: np.where(x > 6, 6, x * (x > 0)), lambda x: 1.0 * ((x > 0) & (x < 6))),
    LeakyReLU: (lambda x: np.where(x > 0, x, x / 100), lambda x: np.where(x > 0, 1, 0.01)),
    Sigmoid: (sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    Tanh: (np.tanh, lambda x: 1 / np.cosh(x) ** 2),
}


@pytest.mark.parametrize("activation", POINTWISE)
@given(shape=shapes, dtype=dtypes, seed=seeds)
def test_activations_compute_their_formulas(kind, activation, shape, dtype, seed):
    forward, slope = POINTWISE[activation]
    rng = np.random.default_rng(seed)
    check_layer(
        activation(),
        kind,
        3 * rng.standard_normal(shape).astype(dtype),
        forward,
        lambda dout, x: {"x": dout * slope(x)},
        rng,
    )


@pytest.mark.parametrize("activation", POINTWISE)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_activations_hold_for_any_number(kind, activation, dtype):
    """No overflow, and at 0 the gradient of ReLU is 0."""
    forward, slope = POINTWISE[activation]
    values = np.array([-np.inf, -1e4, -100, 0, 100, 1e4, np.inf], dtype)
    x, layer = kind(values), activation()
    with np.errstate(all="ignore"):
        expected = np.where(values == np.inf, np.inf, forward(np.minimum(values, 1e300)))
        slopes = slope(np.clip(values.astype("float64"), -1e3, 1e3))
    if activation in (ReLU, ReLU6):
        expected[0] = 0
    if activation in (Sigmoid, Tanh):
        expected[-1] = 1
    if activation is ReLU6:
        expected[-1] = 6
    assert_close(layer(x), expected.astype("float64"), like=x)
    assert_close(layer.backward(kind(np.ones(7, dtype))), np.nan_to_num(slopes), like=x)


@pytest.mark.parametrize("activation", [ReLU, ReLU6])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_what_is_not_a_number_stays_so(kind, activation, dtype):
    """A training that went wrong is found by its NaN; in long arrays other instructions compute."""
    values = np.linspace(-9, 9, 5000, dtype=dtype)
    values[::7] = np.nan
    most = 6 if activation is ReLU6 else np.inf
    x = kind(values.reshape(5, 10, 10, 10))
    expected = np.where(values > 0, np.where(values > most, most, values), values * 0)
    assert np.isnan(expected).sum() == 715
    assert_close(activation()(x), expected.reshape(5, 10, 10, 10), like=x)


@pytest.mark.parametrize("edge", [0.0, 6.0])
def test_relu6_stops_the_gradient_where_it_clips(kind, edge):
    layer, x = ReLU6(), kind(np.array([edge]))
    assert to_numpy(layer(x)) == edge
    assert to_numpy(layer.backward(x + 1)) == 0


@pytest.mark.parametrize("slope", [0, 0.3, 1, 2])
def test_leaky_relu_has_the_slope_that_it_is_given(kind, slope, rng):
    layer, x = LeakyReLU(slope), kind(np.array([-2.0, -1.0, 0.0, 3.0]))
    assert_close(layer(x), np.array([-2 * slope, -slope, 0, 3]), like=x)
    assert_close(layer.backward(x), np.array([-2 * slope, -slope, 0, 3]), like=x)
    assert repr(layer) == f"LeakyReLU(negative_slope={slope})"


@given(shapes, st.sampled_from([0.1, 3.0]), dtypes, seeds)
def test_softmax_computes_its_formula(kind, shape, scale, dtype, seed):
    rng = np.random.default_rng(seed)

    def probabilities(x):
        return np.exp(x) / np.exp(x).sum(axis=1, keepdims=True)

    def backward(dout, x):
        """Through the whole matrix of slopes: p_k (k == j) - p_k p_j."""
        dx = np.zeros(x.shape)
        for n, *place in np.ndindex(x.shape[0], *x.shape[2:]):
            one = (n, slice(None), *place)
            p = probabilities(x)[one]
            dx[one] = (np.diag(p) - np.outer(p, p)) @ dout[one]
        return {"x": dx}

    x = scale * rng.standard_normal(shape).astype(dtype)
    check_layer(Softmax(), kind, x, probabilities, backward, rng)


def test_softmax_holds_for_any_number(kind):
    x = kind(np.array([[1e4, -1e4], [-1e4, -1e4]]))
    layer = Softmax()
    assert_close(layer(x), np.array([[1, 0], [0.5, 0.5]]), like=x)
    assert_close(layer.backward(x), np.array([[0, 0], [0, 0]]), like=x)


@given(shapes, dtypes, seeds)
def test_flatten_writes_channels_then_rows_then_columns(kind, shape, dtype, seed):
    rng = np.random.default_rng(seed)
    check_layer(
        Flatten(),
        kind,
        rng.standard_normal(shape).astype(dtype),
        lambda x: np.array([list(image.flat) for image in x]),
        lambda dout, x: {"x": np.array([row.reshape(shape[1:]) for row in dout])},
        rng,
    )


# Dropout -----------------------------------------------------------------------------------------


@given(shapes, st.floats(0, 0.9), dtypes, seeds)
def test_dropout_drops_and_scales_the_rest(kind, shape, p, dtype, seed):
    """Both passes use the same mask; what is kept grows by 1 / (1 - p), to the last digit."""
    rng = np.random.default_rng(seed)
    values = rng.uniform(1, 2, shape).astype(dtype)
    x, layer = kind(values), Dropout(p, rng=np.random.default_rng(seed))
    out = layer(x)
    kept = to_numpy(out) != 0
    exact = kept / (1 - p)
    assert_close(out, values * exact, like=x)
    dout = rng.standard_normal(shape).astype(dtype)
    assert_close(layer.backward(kind(dout)), dout * exact, like=x)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_dropout_keeps_the_expected_share_and_mean(p):
    out = Dropout(p, rng=np.random.default_rng(0))(np.ones((100, 100)))
    assert (out == 0).mean() == pytest.approx(p, abs=0.02)
    assert out.mean() == pytest.approx(1, abs=0.05)


def test_dropout_draws_anew_for_each_batch_and_repeats_with_its_seed():
    one, two = (Dropout(rng=np.random.default_rng(3)) for _ in range(2))
    x = np.ones((20, 20))
    first, second = one(x), one(x)
    assert not np.array_equal(first, second)
    assert np.array_equal(two(x), first)
    assert np.array_equal(two(x), second)


def test_dropout_draws_the_same_on_every_kind_of_array(kind):
    x = kind(np.ones((20, 20)))
    out = Dropout(rng=np.random.default_rng(3))(x)
    assert np.array_equal(to_numpy(out), Dropout(rng=np.random.default_rng(3))(np.ones((20, 20))))


@pytest.mark.parametrize("layer", [Dropout(0.5).eval(), Dropout(0), Sequential(Dropout()).eval()])
def test_dropout_changes_nothing_in_evaluation_or_at_zero(kind, layer):
    values = np.arange(6.0)
    x = kind(values)
    assert_same_kind(layer(x), x)
    assert np.array_equal(to_numpy(layer(x)), values)
    assert np.array_equal(to_numpy(layer.backward(x)), values)


def test_dropout_forgets_the_mask_of_training_in_evaluation():
    layer, x = Dropout(0.9, rng=np.random.default_rng(0)), np.ones(100)
    layer(x)
    layer.eval()(x)
    assert np.array_equal(layer.backward(x), x)


@pytest.mark.parametrize("dropout", [Dropout, Dropout2d])
def test_dropout_refuses_what_is_no_probability(dropout):
    for p in (-0.1, 1, 1.5, np.float32(2)):
        with pytest.raises(
            ValueError, match=rf"^p of {dropout.__name__} must be at least 0 and below 1, got "
        ):
            dropout(p)
    with pytest.raises(ValueError, match=rf"^p of {dropout.__name__} must be finite, got nan$"):
        dropout(float("nan"))
    for p in (None, "0.5", True, [0.5], dropout):
        with pytest.raises(TypeError, match=rf"^p of {dropout.__name__} must be a number, got "):
            dropout(p)


def test_dropout_shows_its_probability():
    assert repr(Dropout(0.25)) == "Dropout(p=0.25)"
    assert repr(Dropout2d(0.25)) == "Dropout2d(p=0.25)"


@given(pairs(1, 4).flatmap(images), st.floats(0, 0.9), dtypes, seeds)
def test_dropout2d_drops_whole_channels(kind, shape, p, dtype, seed):
    rng = np.random.default_rng(seed)
    values = rng.uniform(1, 2, shape).astype(dtype)
    x, layer = kind(values), Dropout2d(p, rng=np.random.default_rng(seed))
    out = layer(x)
    kept = to_numpy(out) != 0
    assert np.array_equal(kept.all(axis=(2, 3)), kept.any(axis=(2, 3)))
    exact = kept / (1 - p)
    assert_close(out, values * exact, like=x)
    dout = rng.standard_normal(shape).astype(dtype)
    assert_close(layer.backward(kind(dout)), dout * exact, like=x)


def test_dropout2d_draws_for_each_image_and_channel():
    out = Dropout2d(0.3, rng=np.random.default_rng(0))(np.ones((100, 100, 1, 2)))
    assert (out == 0).mean() == pytest.approx(0.3, abs=0.02)
    assert out.mean() == pytest.approx(1, abs=0.05)
    dropped = out[:, :, 0, 0] == 0
    assert len(np.unique(dropped, axis=0)) == len(np.unique(dropped, axis=1)[0]) == 100


def test_dropout2d_changes_nothing_in_evaluation(kind):
    x = kind(np.arange(8.0).reshape(2, 2, 1, 2))
    layer = Dropout2d(0.9).eval()
    assert np.array_equal(to_numpy(layer(x)), to_numpy(x))
    assert np.array_equal(to_numpy(layer.backward(x)), to_numpy(x))


def test_dropout2d_refuses_what_has_no_channels():
    with pytest.raises(ValueError, match=r"^Dropout2d expects input of shape \(N, C, H, W\), got"):
        Dropout2d()(np.ones((2, 3)))
