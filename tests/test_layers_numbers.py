"""What every layer makes of numbers that are few, narrow, huge or tiny, and of NumPy's scalars."""

import numpy as np
import pytest

from lib import layers
from lib.backend import to_numpy
from lib.convolution import col2im, im2col
from lib.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm1d,
    BatchNorm2d,
    Conv2d,
    ConvTranspose2d,
    GlobalAvgPool2d,
    Layer,
    Linear,
    LocalResponseNorm,
    SeparableConv2d,
    Sigmoid,
    Softmax,
    Tanh,
)
from lib.layers.activation import log_softmax, sigmoid
from tests.every_layer import EVERY_LAYER, make_layer

every_layer = pytest.mark.parametrize("layer_class", EVERY_LAYER, ids=lambda each: each.__name__)
NORMS = (BatchNorm1d, BatchNorm2d)


# An empty batch ----------------------------------------------------------------------------------


def run_empty(layer, kind, shape):
    """Return the shapes of the output and of ``dx`` for no examples."""
    layer.to_device(kind(np.zeros(1, np.float32)))
    out = layer(kind(np.zeros((0, *shape[1:]), np.float32)))
    return tuple(out.shape), tuple(layer.backward(out).shape)


@every_layer
def test_an_empty_batch_has_an_empty_output_and_no_gradient(kind, layer_class):
    layer, shape = make_layer(layer_class)
    full = layer(np.zeros(shape, np.float32)).shape
    layer.train(layer_class not in NORMS)
    assert run_empty(layer, kind, shape) == ((0, *full[1:]), (0, *shape[1:]))
    for parameter in layer.parameters():
        assert parameter.grad.shape == parameter.data.shape
        assert not to_numpy(parameter.grad).any()


@pytest.mark.parametrize(
    "settings",
    [{"stride": 2}, {"dilation": 2}, {"groups": 2}, {"groups": 6}, {"padding": "same"}],
)
def test_an_empty_batch_goes_through_every_kind_of_convolution(kind, settings):
    shape = (4, 6, 8, 8)
    for make in (Conv2d, SeparableConv2d, ConvTranspose2d):
        if make is SeparableConv2d and "groups" in settings:
            continue
        if make is ConvTranspose2d and "padding" in settings:
            continue
        layer = make(6, 12, 3, rng=0, **settings)
        size = layer(np.zeros(shape, np.float32)).shape[1:]
        assert run_empty(layer, kind, shape) == ((0, *size), (0, *shape[1:]))


@pytest.mark.parametrize("layer_class", NORMS)
def test_an_empty_batch_has_no_statistics(layer_class):
    layer, shape = make_layer(layer_class)
    with pytest.raises(ValueError, match=r" for each feature in training, got an empty batch; use"):
        layer(np.zeros((0, *shape[1:])))
    assert layer.running_mean.data.tolist() == [0] * 6


@every_layer
def test_examples_without_a_number_are_refused(layer_class):
    layer, shape = make_layer(layer_class)
    with pytest.raises(ValueError):
        layer(np.zeros((*shape[:-1], 0)))


# float16 -----------------------------------------------------------------------------------------


@every_layer
def test_float16_is_as_good_as_its_digits(layer_class, rng):
    """Each pass rounds to three digits; the running statistics stay in float32."""
    layer, shape = make_layer(layer_class)
    exact, _ = make_layer(layer_class)
    exact.load_state(layer.state())
    layer.astype("float16")
    exact.astype("float64")
    if hasattr(layer, "rng"):
        exact.rng.bit_generator.state = layer.rng.bit_generator.state
    x = rng.standard_normal(shape).astype(np.float16)
    out, expected = layer(x), exact(x.astype("float64"))
    dout = rng.standard_normal(out.shape).astype(np.float16)
    arrays = [(out, expected), (layer.backward(dout), exact.backward(dout.astype("float64")))]
    owned = zip(layer.parameters(), exact.parameters(), strict=True)
    arrays += [(one.grad, other.grad) for one, other in owned]
    for array, reference in arrays:
        assert array.dtype == np.float16
        np.testing.assert_allclose(array, reference, rtol=1e-2, atol=2e-2)
    assert {buffer.data.dtype for _, buffer in layer.named_buffers()} <= {np.dtype("float32")}


HUGE = {
    "AvgPool2d": (lambda: AvgPool2d(8), lambda x: x.mean((2, 3), keepdims=True)),
    "GlobalAvgPool2d": (GlobalAvgPool2d, lambda x: x.mean((2, 3))),
    "AdaptiveAvgPool2d": (lambda: AdaptiveAvgPool2d(1), lambda x: x.mean((2, 3), keepdims=True)),
    "LocalResponseNorm": (lambda: LocalResponseNorm(1, 1.0, 0.5, 1.0), lambda x: np.ones(x.shape)),
}


@pytest.mark.parametrize("name", HUGE)
def test_what_adds_up_float16_does_not_overflow(name):
    make, reference = HUGE[name]
    x = np.full((2, 3, 8, 8), 2000, np.float16)
    layer = make()
    out = layer(x)
    assert out.dtype == np.float16
    np.testing.assert_allclose(out, reference(x.astype("float64")), rtol=1e-3)
    assert np.isfinite(layer.backward(out)).all()


def test_batch_norm_has_the_statistics_of_float16_for_good():
    x = (2000 + np.arange(2 * 3 * 16 * 16).reshape(2, 3, 16, 16) % 7).astype(np.float16)
    for layer in (BatchNorm2d(3), BatchNorm2d(3).astype("float16")):
        for _ in range(200):
            out = layer(x)
        assert out.dtype == np.float16
        np.testing.assert_allclose(out.mean((0, 2, 3), np.float64), 0, atol=1e-2)
        np.testing.assert_allclose(layer.running_mean.data, x.mean((0, 2, 3), "f8"), rtol=1e-5)
        np.testing.assert_allclose(layer.eval()(x), out, atol=2e-2)
        layer.train()


def test_the_running_variance_may_exceed_float16():
    layer = BatchNorm1d(1).astype("float16")
    x = np.float16([[-3000], [3000]])
    for _ in range(100):
        layer(x)
    assert layer.running_var.data == pytest.approx(1.8e7, rel=1e-3)
    assert abs(layer.eval()(x)).max() == pytest.approx(0.707, rel=1e-2)


@pytest.mark.parametrize("settings", [{}, {"stride": 2}, {"dilation": 2}, {"groups": 2}])
def test_gradients_of_a_large_batch_do_not_stop_growing(settings):
    """In float16, 2048 + 1 is 2048."""
    layer = Conv2d(2, 2, 1, rng=0, **settings)
    out = layer(np.ones((30, 2, 20, 20), np.float16))
    layer.backward(np.ones(out.shape, np.float16))
    count = out[:, 0].size
    assert layer.bias.grad.tolist() == [count] * 2
    assert layer.weight.grad.ravel().tolist() == [count] * layer.weight.data.size
    linear = Linear(1, 2, rng=0)
    linear.backward(np.ones_like(linear(np.ones((6000, 1), np.float16))))
    assert linear.bias.grad.tolist() == [6000] * 2


def test_a_pixel_adds_up_the_terms_of_its_windows_in_float32():
    image = np.zeros((1, 1, 3, 3), np.float16)
    image[0, 0, 1, 1] = 1
    col = im2col(image, 3, padding=1)  # the pixel in the middle lies in nine windows
    col[-1] *= 2048  # it is added first, and 2048 + 1 is 2048 in float16
    assert col2im(col, image.shape, 3, padding=1)[0, 0, 1, 1] == 2048 + 8


def test_softmax_of_many_classes_sums_to_one_in_float16():
    x = np.zeros((1, 20000), np.float16)
    assert Softmax()(x).sum(dtype="f8") == pytest.approx(1, rel=1e-2)
    assert log_softmax(x)[0, 0] == np.float16(-np.log(20000))


# Tails -------------------------------------------------------------------------------------------

TAILS = [-80.0, -40.0, -20.0, -17.0, -1.0, -1e-6, 0.0, 1e-6, 1.0, 17.0, 20.0, 40.0, 80.0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sigmoid_is_exact_in_both_tails(kind, dtype):
    """At -40 as well, where (1 + tanh(x / 2)) / 2 is 0; and its slope where it rounds to 1."""
    z = np.array(TAILS, dtype)
    exact = np.exp(-np.logaddexp(0, -z.astype(np.longdouble)))
    slope = np.exp(-np.logaddexp(0, -z.astype(np.longdouble)) - np.logaddexp(0, z, dtype="g"))
    layer, x, few_digits = Sigmoid(), kind(z), 8 * np.finfo(dtype).eps
    for out in (layer(x), sigmoid(x)):
        np.testing.assert_allclose(to_numpy(out), exact, rtol=few_digits)
    dx = to_numpy(layer.backward(kind(np.ones_like(z))))
    np.testing.assert_allclose(dx, slope, rtol=few_digits)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_slope_of_tanh_does_not_vanish_where_it_rounds_to_one(kind, dtype):
    z = np.array([-20.0, -9.5, -1.0, 0.0, 1e-3, 9.5, 20.0], dtype)
    layer = Tanh()
    layer(kind(z))
    dx = to_numpy(layer.backward(kind(np.ones_like(z))))
    np.testing.assert_allclose(dx, 1 / np.cosh(z.astype("g")) ** 2, rtol=16 * np.finfo(dtype).eps)


# NumPy's numbers as settings ---------------------------------------------------------------------

WITH_NUMPY = {
    "Dropout": lambda i, f: layers.Dropout(f(0.5), rng=i(0)),
    "Dropout2d": lambda i, f: layers.Dropout2d(f(0.5), rng=i(0)),
    "LeakyReLU": lambda i, f: layers.LeakyReLU(f(0.25)),
    "BatchNorm2d": lambda i, f: layers.BatchNorm2d(i(6), f(0.5), f(0.25)),
    "LocalResponseNorm": lambda i, f: layers.LocalResponseNorm(i(3), f(0.5), f(0.75), f(2)),
    "Conv2d": lambda i, f: layers.Conv2d(i(6), i(2), i(3), i(1), i(1), i(1), i(2), rng=i(0)),
    "ConvTranspose2d": lambda i, f: layers.ConvTranspose2d(
        i(6), i(2), i(3), i(2), i(1), i(1), i(2), rng=i(0)
    ),
    "SeparableConv2d": lambda i, f: layers.SeparableConv2d(i(6), i(2), (i(3), i(1)), rng=i(0)),
    "MaxPool2d": lambda i, f: layers.MaxPool2d(i(2), (i(2), i(1)), i(1)),
    "AvgPool2d": lambda i, f: layers.AvgPool2d(i(2), i(2), i(1), count_include_pad=np.False_),
    "AdaptiveAvgPool2d": lambda i, f: layers.AdaptiveAvgPool2d((i(2), i(3))),
    "Subsample": lambda i, f: layers.Subsample(i(6), i(2)),
    "Normalize": lambda i, f: layers.Normalize([f(0.5)] * 6, [f(0.25)] * 6),
}


@pytest.mark.parametrize("name", WITH_NUMPY)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_numpy_numbers_are_settings_like_any_other(name, dtype, rng):
    """They neither widen what they meet, nor are they refused; and `repr` shows plain numbers."""
    plain, numpys = WITH_NUMPY[name](int, float), WITH_NUMPY[name](np.int64, np.float64)
    x = rng.standard_normal((2, 6, 6, 6)).astype(dtype)
    out, expected = numpys(x), plain(x)
    assert out.dtype == x.dtype
    assert np.array_equal(out, expected)
    dx = numpys.backward(out)
    assert dx.dtype == x.dtype
    assert np.array_equal(dx, plain.backward(out))
    assert repr(numpys) == repr(plain)
    assert "np." not in repr(numpys)


@pytest.mark.parametrize("make", [Conv2d, ConvTranspose2d, SeparableConv2d])
def test_a_seed_draws_what_its_generator_draws(make):
    seeded, drawn = make(2, 4, 3, rng=0), make(2, 4, 3, rng=np.random.default_rng(0))
    for name, array in seeded.state().items():
        assert np.array_equal(array, drawn.state()[name])
    assert not np.array_equal(
        make(2, 4, 3, rng=1).parameters()[0].data, seeded.parameters()[0].data
    )


SETTINGS = [
    (layers.BatchNorm2d, {"num_features": 0}, "num_features must be at least 1, got 0"),
    (layers.BatchNorm2d, {"num_features": 2.5}, "num_features must be an integer, got 2.5"),
    (layers.BatchNorm2d, {"momentum": 99}, "momentum must be at least 0 and at most 1, got 99.0"),
    (layers.BatchNorm2d, {"momentum": None}, "momentum must be a number, got None"),
    (layers.BatchNorm1d, {"eps": -1}, "eps must be at least 0, got -1.0"),
    (layers.BatchNorm1d, {"eps": float("inf")}, "eps must be finite, got inf"),
    (layers.LeakyReLU, {"negative_slope": "0.1"}, "negative_slope must be a number, got '0.1'"),
    (layers.LeakyReLU, {"negative_slope": np.nan}, "negative_slope must be finite, got nan"),
    (layers.LocalResponseNorm, {"size": 2.5}, "size must be an integer, got 2.5"),
    (layers.LocalResponseNorm, {"beta": "1"}, "beta must be a number, got '1'"),
    (layers.Subsample, {"out_channels": 0}, "out_channels must be at least 1, got 0"),
    (layers.Subsample, {"stride": 0}, "stride must be at least 1, got 0"),
    (layers.MaxPool2d, {"ceil_mode": "yes"}, "ceil_mode must be True or False, got 'yes'"),
    (layers.AvgPool2d, {"count_include_pad": 1}, "count_include_pad must be True or False, got 1"),
    (layers.Linear, {"bias": 0}, "bias must be True or False, got 0"),
    (
        layers.Linear,
        {"rng": Layer},
        "rng must be a numpy.random.Generator, an integer seed or None",
    ),
    (layers.Normalize, {"mean": ["a"]}, "Normalize expects numbers for each channel, got"),
    (layers.Normalize, {"mean": [np.nan]}, "Normalize expects a finite mean, got [nan]"),
    (layers.Normalize, {"std": [np.inf]}, "Normalize expects a std above 0, got [inf]"),
]
NEEDED = {
    layers.BatchNorm1d: {"num_features": 2},
    layers.BatchNorm2d: {"num_features": 2},
    layers.LocalResponseNorm: {"size": 3},
    layers.Subsample: {"out_channels": 2},
    layers.MaxPool2d: {"kernel_size": 2},
    layers.AvgPool2d: {"kernel_size": 2},
    layers.Linear: {"in_features": 2, "out_features": 2},
    layers.Normalize: {"mean": [0.0], "std": [1.0]},
}


@pytest.mark.parametrize(("layer_class", "settings", "message"), SETTINGS)
def test_settings_that_make_no_sense_are_refused_where_they_enter(layer_class, settings, message):
    with pytest.raises((TypeError, ValueError)) as error:
        layer_class(**NEEDED.get(layer_class, {}) | settings)
    assert str(error.value).startswith(message)
