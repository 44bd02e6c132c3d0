"""Conv2d and Linear: the layers that multiply by weights."""

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lib.backend import to_numpy
from lib.layers import Conv2d, Linear, SeparableConv2d
from tests import naive
from tests.kinds import assert_same_kind, check_layer
from tests.window_cases import dtypes, images, pairs, seeds, windows


@st.composite
def conv_cases(draw, **limits):
    """``(input shape, filters, groups, settings)``"""
    size, settings = draw(windows(**limits))
    groups = draw(st.integers(1, 3))
    n, c, *size = draw(images(size, channels=(1, 2)))
    return (n, c * groups, *size), groups * draw(st.integers(1, 2)), groups, settings


plain = ((2, 2), (1, 1), (0, 0), (1, 1))


@given(conv_cases(), st.booleans(), dtypes, seeds)
@example(((2, 3, 5, 4), 6, 3, plain), True, "float64", 0)  # depthwise, two filters a channel
@example(((2, 1, 1, 1), 1, 1, ((1, 1), (4, 4), (5, 4), (3, 3))), True, "float32", 0)
def test_conv2d_computes_its_formula(kind, case, bias, dtype, seed):
    shape, filters, groups, (kernel_size, stride, padding, dilation) = case
    rng = np.random.default_rng(seed)
    layer = Conv2d(
        shape[1], filters, kernel_size, stride, padding, dilation, groups, bias, rng=rng
    ).astype(dtype)
    assert layer.weight.data.shape == (filters, shape[1] // groups, *kernel_size)
    if bias:
        layer.bias.data = rng.standard_normal(filters).astype(dtype)
    arguments = (
        layer.weight.data.astype("float64"),
        layer.bias.data.astype("float64") if bias else None,
        stride,
        padding,
        dilation,
        groups,
    )
    check_layer(
        layer,
        kind,
        rng.standard_normal(shape).astype(dtype),
        lambda x: naive.conv2d(x, *arguments),
        lambda dout, x: naive.conv2d_backward(dout, x, *arguments),
        rng,
    )


@given(pairs(1, 5), pairs(1, 3), pairs(1, 6), st.integers(1, 2), dtypes, seeds)
def test_same_padding_keeps_the_size(kind, kernel_size, dilation, size, groups, dtype, seed):
    """Even kernels have no middle: there one more row and column is added at the end."""
    rng = np.random.default_rng(seed)
    layer = Conv2d(2, 4, kernel_size, padding="same", dilation=dilation, groups=groups, rng=rng)
    layer.astype(dtype)
    weight, bias = (owned.data.astype("float64") for owned in (layer.weight, layer.bias))
    ends = [d * (k - 1) for d, k in zip(dilation, kernel_size, strict=True)]
    frame = [(0, 0), (0, 0), *((end // 2, end - end // 2) for end in ends)]
    arguments = weight, bias, (1, 1), (0, 0), dilation, groups

    def backward(dout, x):
        gradients = naive.conv2d_backward(dout, np.pad(x, frame), *arguments)
        (top, _), (left, _) = frame[2:]
        gradients["x"] = gradients["x"][:, :, top : top + size[0], left : left + size[1]]
        return gradients

    x = rng.standard_normal((2, 2, *size)).astype(dtype)
    check_layer(layer, kind, x, lambda x: naive.conv2d(np.pad(x, frame), *arguments), backward, rng)
    assert layer(kind(x.astype("float64"))).shape == (2, 4, *size)


@given(conv_cases(), st.booleans(), dtypes, seeds)
def test_separable_conv2d_is_a_depthwise_and_a_pointwise_convolution(kind, case, bias, dtype, seed):
    shape, filters, _, settings = case
    rng = np.random.default_rng(seed)
    layer = SeparableConv2d(shape[1], filters, *settings, bias, rng=rng).astype(dtype)
    state = layer.state()
    assert {name: array.shape for name, array in state.items()} == {
        "depthwise.weight": (shape[1], 1, *settings[0]),
        "pointwise.weight": (filters, shape[1], 1, 1),
        **({"pointwise.bias": (filters,)} if bias else {}),
    }
    if bias:
        layer.pointwise.bias.data = state["pointwise.bias"] = rng.random(filters).astype(dtype)
    state = {name: array.astype("float64") for name, array in state.items()}
    across_space = state["depthwise.weight"], None, *settings[1:], shape[1]
    across_channels = (
        state["pointwise.weight"], state.get("pointwise.bias"), (1, 1), (0, 0), (1, 1), 1,
    )  # fmt: skip

    def forward(x):
        return naive.conv2d(naive.conv2d(x, *across_space), *across_channels)

    def backward(dout, x):
        middle = naive.conv2d(x, *across_space)
        pointwise = naive.conv2d_backward(dout, middle, *across_channels)
        depthwise = naive.conv2d_backward(pointwise.pop("x"), x, *across_space)
        return {
            "x": depthwise["x"],
            "depthwise.weight": depthwise["weight"],
            **{f"pointwise.{name}": gradient for name, gradient in pointwise.items()},
        }

    x = rng.standard_normal(shape).astype(dtype)
    check_layer(layer, kind, x, forward, backward, rng)


@given(pairs(1, 5), st.integers(2, 4), st.booleans(), dtypes, seeds)
def test_linear_computes_its_formula(kind, features, n, bias, dtype, seed):
    rng = np.random.default_rng(seed)
    layer = Linear(*features, bias, rng=rng).astype(dtype)
    if bias:
        layer.bias.data = rng.standard_normal(features[1]).astype(dtype)
    weights = layer.weight.data.astype("float64"), layer.bias and layer.bias.data.astype("float64")
    check_layer(
        layer,
        kind,
        rng.standard_normal((n, features[0])).astype(dtype),
        lambda x: naive.linear(x, *weights),
        lambda dout, x: naive.linear_backward(dout, x, *weights),
        rng,
    )


def conv(**settings):
    return Conv2d(2, 4, 3, rng=np.random.default_rng(0), **settings)


WITH_WEIGHTS = {
    "conv-rows": lambda: conv(),
    "conv-rows-strided": lambda: conv(stride=2, padding=1),
    "conv-im2col": lambda: conv(dilation=2),
    "conv-groups": lambda: Conv2d(4, 6, 3, groups=2, rng=np.random.default_rng(0)),
    "conv-depthwise": lambda: conv(groups=2),
    "linear": lambda: Linear(5, 3, rng=np.random.default_rng(0)),
}


@pytest.fixture(params=WITH_WEIGHTS)
def layer(request):
    return WITH_WEIGHTS[request.param]()


@pytest.fixture
def values(layer):
    """An input for the layer."""
    shape = (3, layer.in_channels, 6, 5) if isinstance(layer, Conv2d) else (3, 5)
    return np.random.default_rng(1).standard_normal(shape).astype("float32")


class TestLayersWithWeights:
    def test_gradients_are_overwritten_not_accumulated(self, kind, layer, values):
        x = kind(values)
        layer.to_device(x)
        first, second = (run_both_passes(layer, x) for _ in range(2))
        for once, again in zip(first, second, strict=True):
            assert np.array_equal(to_numpy(once), to_numpy(again))

    def test_without_need_of_dx_the_rest_is_the_same(self, kind, layer, values):
        x = kind(values)
        layer.to_device(x)
        dx, *gradients = run_both_passes(layer, x)
        assert dx.shape == x.shape
        layer.set_needs_dx(False)
        nothing, *same = run_both_passes(layer, x)
        assert nothing is None
        for before, after in zip(gradients, same, strict=True):
            assert np.allclose(to_numpy(before), to_numpy(after), rtol=1e-5, atol=1e-5)

    def test_nothing_returned_shares_memory_with_the_weights(self, layer, values):
        arrays = [layer(values), *run_both_passes(layer, values)]
        for parameter in layer.parameters():
            assert not any(np.shares_memory(parameter.data, array) for array in arrays)

    def test_weights_are_read_not_written(self, kind, layer, values):
        x = kind(values)
        layer.to_device(x)
        before = {name: np.array(to_numpy(array)) for name, array in layer.state().items()}
        run_both_passes(layer, x)
        for name, array in layer.state().items():
            assert np.array_equal(to_numpy(array), before[name])

    def test_the_input_decides_the_dtype(self, kind, layer, values):
        """A float32 network fed with float64 answers in float64, and the other way round."""
        for weights, other in [("float32", "float64"), ("float64", "float32")]:
            x = kind(values.astype(other))
            layer.to_device(x).astype(weights)
            for array in (layer(x), *run_both_passes(layer, x)):
                assert_same_kind(array, x)

    def test_a_memory_map_is_an_input_like_any_other(self, layer, values, tmp_path):
        np.save(tmp_path / "images.npy", values)
        mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
        assert np.array_equal(layer(mapped), layer(values))


def run_both_passes(layer, x):
    """Return ``dx`` and the gradients of all parameters."""
    out = layer(x)
    dx = layer.backward(out * 2)
    return dx, *(parameter.grad for parameter in layer.parameters())


def test_equal_seeds_give_equal_weights_and_zero_bias():
    for make in (lambda rng: Conv2d(2, 3, 3, rng=rng), lambda rng: Linear(4, 3, rng=rng)):
        one, two, other = (make(np.random.default_rng(seed)) for seed in (1, 1, 2))
        assert np.array_equal(one.weight.data, two.weight.data)
        assert not np.array_equal(one.weight.data, other.weight.data)
        assert one.weight.data.dtype == one.bias.data.dtype == np.float32
        assert not one.bias.data.any()


def test_an_initializer_is_asked_for_the_weights():
    def ones(shape, rng):
        assert isinstance(rng, np.random.Generator)
        return np.ones(shape, np.float32)

    assert Conv2d(4, 6, (3, 2), groups=2, initializer=ones).weight.data.sum() == 6 * 2 * 3 * 2
    assert Linear(4, 6, initializer=ones).weight.data.sum() == 24


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"groups": 2}, ValueError, "groups must divide in_channels and out_channels, got 2 for"),
        ({"groups": 0}, ValueError, "^groups must be at least 1, got 0$"),
        ({"out_channels": 0}, ValueError, "^out_channels must be at least 1, got 0$"),
        ({"in_channels": 0}, ValueError, "^in_channels must be at least 1, got 0$"),
        ({"in_channels": -1}, ValueError, "^in_channels must be at least 1, got -1$"),
        ({"in_channels": 3.0}, TypeError, "^in_channels must be an integer, got 3.0$"),
        ({"bias": "no"}, TypeError, "^bias must be True or False, got 'no'$"),
        ({"rng": "seed"}, TypeError, "^rng must be a numpy.random.Generator, an integer seed or "),
        ({"initializer": "he"}, TypeError, "^initializer must be called as initializer.shape, rng"),
        (
            {"initializer": lambda shape, rng: np.zeros(shape[0])},
            ValueError,
            r"^initializer must return an array of floating-point numbers of shape \(4, 3, 3, 3\)",
        ),
        ({"kernel_size": 0}, ValueError, "^kernel_size must be at least 1, got 0$"),
        ({"stride": 0}, ValueError, "^stride must be at least 1, got 0$"),
        (
            {"padding": (0, -1)},
            ValueError,
            "^padding, .*, must be at least 0, got ",
        ),
        ({"dilation": 0}, ValueError, "^dilation must be at least 1, got 0$"),
        ({"padding": "full"}, TypeError, "^padding, .*, must be an int or a pair .*, got 'full'$"),
        (
            {"padding": "same", "stride": 2},
            ValueError,
            "^padding .same. needs stride 1, got ",
        ),
    ],
)
def test_conv2d_refuses_settings_that_make_no_sense(arguments, error, message):
    with pytest.raises(error, match=message):
        Conv2d(**{"in_channels": 3, "out_channels": 4, "kernel_size": 3, **arguments})


def test_linear_refuses_to_have_no_features():
    with pytest.raises(ValueError, match=r"^in_features must be at least 1, got 0$"):
        Linear(0, 2)
    with pytest.raises(ValueError, match=r"^out_features must be at least 1, got 0$"):
        Linear(3, 0)
    with pytest.raises(TypeError, match=r"^in_features must be an integer, got '3'$"):
        Linear("3", 2)


@pytest.mark.parametrize(
    ("layer", "shape", "expected"),
    [
        (Conv2d(3, 2, 3), (1, 10, 10, 3), "(N, 3, H, W), got {}; are the channels last?"),
        (Conv2d(3, 2, 3), (2, 1, 9, 9), "(N, 3, H, W), got {}"),
        (Conv2d(1, 2, 3), (9, 9), "(N, 1, H, W), got {}"),
        (Linear(3, 2), (4, 5), "(N, 3), got {}"),
        (Linear(3, 2), (4, 3, 1, 1), "(N, 3), got {}"),
    ],
)
def test_inputs_of_another_shape_are_refused(layer, shape, expected):
    with pytest.raises(ValueError) as error:
        layer(np.ones(shape))
    message = f"{type(layer).__name__} expects input of shape {expected.format(shape)}"
    assert str(error.value) == message


def test_an_image_smaller_than_the_window_is_refused():
    with pytest.raises(ValueError, match=r"^a 3-wide window does not fit: input size 2 \+ 2 "):
        Conv2d(1, 2, 3)(np.ones((1, 1, 5, 2)))


@pytest.mark.parametrize("layer", [Conv2d(1, 2, 3), Linear(5, 2)])
def test_integer_inputs_are_refused(kind, layer):
    x = kind(np.ones((2, 1, 5, 5) if isinstance(layer, Conv2d) else (2, 5), np.uint8))
    message = (
        f"{type(layer).__name__} expects floating-point numbers, got .*uint8; "
        r"convert pictures with x\.astype\('float32'\) / 255"
    )
    with pytest.raises(TypeError, match=message):
        layer(x)


def test_weights_and_input_of_two_libraries_are_refused(kind):
    x = kind(np.ones((2, 4)))
    if isinstance(x, np.ndarray):
        Linear(4, 2)(x)
        return
    with pytest.raises(
        TypeError, match=r"the parameters are numpy arrays and the input is a .* to_device"
    ):
        Linear(4, 2)(x)


@pytest.mark.parametrize(
    ("layer", "text"),
    [
        (Conv2d(3, 8, 5), "Conv2d(3, 8, kernel_size=(5, 5))"),
        (
            Conv2d(4, 8, (3, 1), 2, (1, 0), 2, 4, bias=False),
            "Conv2d(4, 8, kernel_size=(3, 1), stride=(2, 2), padding=(1, 0), dilation=(2, 2), "
            "groups=4, bias=False)",
        ),
        (Conv2d(4, 8, 3, padding="same"), "Conv2d(4, 8, kernel_size=(3, 3), padding=(1, 1))"),
        (Conv2d(4, 8, 2, padding="same"), "Conv2d(4, 8, kernel_size=(2, 2), padding='same')"),
        (Linear(3, 2), "Linear(3, 2, bias=True)"),
        (Linear(3, 2, bias=False), "Linear(3, 2, bias=False)"),
    ],
)
def test_a_layer_shows_its_settings(layer, text):
    assert repr(layer) == text
