"""BatchNorm1d and BatchNorm2d, in training and in evaluation, and LocalResponseNorm."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.analysis import directional_check
from lib.backend import to_numpy
from lib.layers import BatchNorm1d, BatchNorm2d, LocalResponseNorm
from tests import naive
from tests.kinds import assert_close, assert_same_kind, check_layer, frozen
from tests.window_cases import dtypes, images, pairs, seeds

shapes = st.one_of(pairs(2, 5), pairs(1, 4).flatmap(images))


def batch_norm(shape, rng, **settings):
    """A layer for inputs of `shape`, with nothing left at its starting value."""
    layer = (BatchNorm1d if len(shape) == 2 else BatchNorm2d)(shape[1], **settings)
    for owned in (layer.weight, layer.bias, layer.running_mean, layer.running_var):
        owned.data = frozen(rng.uniform(0.5, 2, shape[1]).astype("float32"))
    return layer


def in_float64(*owned):
    return [each.data.astype("float64") for each in owned]


def moments(values):
    """Mean and variance of each feature, the variance by the count and by the count less one."""
    columns = np.moveaxis(values, 1, 0).reshape(values.shape[1], -1).astype("float64")
    return columns.mean(axis=1), columns.var(axis=1), columns.var(axis=1, ddof=1)


@given(shapes, st.booleans(), dtypes, seeds)
def test_batch_norm_computes_its_formula(kind, shape, training, dtype, seed):
    rng = np.random.default_rng(seed)
    layer = batch_norm(shape, rng, eps=1e-3).train(training)
    weight, bias = in_float64(layer.weight, layer.bias)
    running = () if training else in_float64(layer.running_mean, layer.running_var)
    values = (2 + 3 * rng.standard_normal(shape)).astype(dtype)
    x = kind(values)
    layer.to_device(x).astype(dtype)

    expected = naive.batch_norm(values.astype("float64"), weight, bias, 1e-3, *running)
    assert_close(layer(x), expected, like=x)
    dout = rng.standard_normal(shape).astype(dtype)
    dx = layer.backward(kind(dout))
    for gradient in (dx, layer.weight.grad, layer.bias.grad):
        assert_same_kind(gradient, x)
    assert np.array_equal(to_numpy(x), values)

    layer.astype("float64")
    errors = directional_check(layer, kind(values.astype("float64")), rng)
    assert max(errors.values()) < 1e-6, errors


@given(shapes, dtypes, seeds)
def test_the_bias_and_the_mean_take_no_part_in_dx(kind, shape, dtype, seed):
    """In training a shift of all inputs changes nothing, so dx sums to 0 for each feature."""
    rng = np.random.default_rng(seed)
    layer = batch_norm(shape, rng)
    x = kind(rng.standard_normal(shape).astype(dtype))
    layer.to_device(x)
    layer(x)
    dx = to_numpy(layer.backward(kind(rng.standard_normal(shape).astype(dtype))))
    assert np.allclose(moments(dx)[0], 0, atol=1e-4)


@given(shapes, dtypes, seeds)
def test_running_averages_follow_the_batches(kind, shape, dtype, seed):
    rng = np.random.default_rng(seed)
    layer = batch_norm(shape, rng, momentum=0.25)
    mean, variance = in_float64(layer.running_mean, layer.running_var)
    values = rng.standard_normal((2, *shape)).astype(dtype)
    layer.to_device(kind(values[0])).astype(dtype)
    for batch in values:
        x = kind(batch)
        layer(x)
        batch_mean, _, unbiased = moments(batch)
        mean = 0.75 * mean + 0.25 * batch_mean
        variance = 0.75 * variance + 0.25 * unbiased
        assert_close(layer.running_mean.data, mean, like=x)
        assert_close(layer.running_var.data, variance, like=x)


def test_evaluation_leaves_the_running_averages_alone(rng):
    layer = batch_norm((4, 3), rng).eval()
    before = [buffer.data.copy() for _, buffer in layer.named_buffers()]
    layer(rng.standard_normal((4, 3)))
    for kept, (_, buffer) in zip(before, layer.named_buffers(), strict=True):
        assert np.array_equal(kept, buffer.data)


def test_the_running_averages_keep_the_dtype_of_the_layer(rng):
    layer = batch_norm((4, 3), rng)
    layer(rng.standard_normal((4, 3)))
    assert {buffer.data.dtype for _, buffer in layer.named_buffers()} == {np.dtype("float32")}


def test_evaluation_after_training_uses_the_right_backward_pass(rng):
    """The mode of the forward pass counts, not the one the layer is in when it goes back."""
    layer = batch_norm((4, 3), rng)
    x, dout = rng.standard_normal((2, 4, 3))
    layer.eval()(x)
    expected = layer.backward(dout)
    layer.train()
    assert np.array_equal(layer.backward(dout), expected)


def test_a_single_pixel_in_a_single_image_has_no_variance(rng):
    layer = BatchNorm2d(3)
    before = layer.running_mean.data
    with pytest.raises(ValueError) as error:
        layer(np.ones((1, 3, 1, 1)))
    assert str(error.value) == (
        "BatchNorm2d needs more than one value for each feature in training, "
        "got a batch of 1; use a larger batch or eval()"
    )
    assert layer.running_mean.data is before
    layer(np.ones((1, 3, 1, 2)))
    layer.eval()(np.ones((1, 3, 1, 1)))


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (BatchNorm1d(3), (4, 2), "(N, 3), got (4, 2)"),
        (BatchNorm1d(3), (4, 3, 2, 2), "(N, 3), got (4, 3, 2, 2)"),
        (BatchNorm2d(3), (4, 3), "(N, 3, H, W), got (4, 3)"),
        (
            BatchNorm2d(3),
            (4, 2, 2, 3),
            "(N, 3, H, W), got (4, 2, 2, 3); are the channels last?",
        ),
    ],
)
def test_inputs_of_another_shape_are_refused(layer, shape, expected):
    with pytest.raises(ValueError) as error:
        layer(np.ones(shape))
    assert str(error.value) == f"{type(layer).__name__} expects input of shape {expected}"


def test_integer_inputs_are_refused():
    with pytest.raises(TypeError, match=r"^BatchNorm1d expects floating-point numbers, got int64"):
        BatchNorm1d(2)(np.ones((3, 2), np.int64))


def test_a_large_offset_does_not_drown_the_variance():
    """float32 holds seven digits: the variance must be taken of the centered values."""
    x = np.float32([[4000.0], [4001.0], [4002.0]])
    out = BatchNorm1d(1)(x)
    assert out.ravel() == pytest.approx([-1.2247, 0, 1.2247], abs=1e-3)


def test_the_layer_starts_as_the_identity_with_unit_buffers():
    layer = BatchNorm2d(2)
    assert {name: array.tolist() for name, array in layer.state().items()} == {
        "weight": [1, 1],
        "bias": [0, 0],
        "running_mean": [0, 0],
        "running_var": [1, 1],
    }
    assert [name for name, _ in layer.named_parameters()] == ["weight", "bias"]
    assert repr(layer) == "BatchNorm2d(2, eps=1e-05, momentum=0.1)"


# Local response normalization --------------------------------------------------------------------


@given(
    images((2, 3), channels=(1, 6)),
    st.integers(1, 7),
    st.sampled_from([(1e-4, 0.75, 1.0), (0.5, 2.0, 0.1), (3.0, 0.5, 2.0)]),
    dtypes,
    seeds,
)
def test_local_response_norm_computes_its_formula(kind, shape, size, settings, dtype, seed):
    """Also for even neighborhoods, and for ones wider than there are channels."""
    rng = np.random.default_rng(seed)
    check_layer(
        LocalResponseNorm(size, *settings),
        kind,
        rng.standard_normal(shape).astype(dtype),
        lambda x: naive.local_response_norm(x, size, *settings),
        lambda dout, x: naive.local_response_norm_backward(dout, x, size, *settings),
        rng,
    )


def test_the_settings_of_alexnet_give_the_formula_of_its_paper(rng):
    """There alpha is not divided by the number of channels in the sum."""
    x = 20 * rng.standard_normal((1, 7, 1, 1))
    out = LocalResponseNorm(5, alpha=5 * 1e-4, beta=0.75, k=2)(x)
    for c in range(7):
        neighbors = x[0, max(0, c - 2) : min(6, c + 2) + 1]
        expected = x[0, c] / (2 + 1e-4 * (neighbors**2).sum()) ** 0.75
        assert np.allclose(out[0, c], expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 0}, "size must be at least 1, got 0"),
        ({"size": 5, "alpha": -1}, "alpha must be at least 0, got -1.0"),
        ({"size": 5, "k": 0}, "k must be above 0, got 0.0"),
        ({"size": 5, "k": float("nan")}, "k must be finite, got nan"),
    ],
)
def test_local_response_norm_refuses_settings_that_make_no_sense(settings, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        LocalResponseNorm(**settings)


def test_local_response_norm_refuses_what_is_no_batch_of_images():
    with pytest.raises(ValueError, match=r"^LocalResponseNorm expects input of shape \(N, C, H, W"):
        LocalResponseNorm(5)(np.ones((2, 3)))


def test_local_response_norm_shows_its_settings():
    assert repr(LocalResponseNorm(5)) == "LocalResponseNorm(5, alpha=0.0001, beta=0.75, k=1.0)"
