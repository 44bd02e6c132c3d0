"""Max, average, global average and adaptive average pooling."""

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from lib.backend import to_numpy
from lib.layers import AdaptiveAvgPool2d, AvgPool2d, GlobalAvgPool2d, GlobalMaxPool2d, MaxPool2d
from tests import naive
from tests.kinds import assert_close, check_layer
from tests.window_cases import dtypes, images, pairs, seeds, sees_the_image, windows


@st.composite
def pool_cases(draw, **limits):
    size, settings = draw(windows(pooling=True, **limits))
    assume(sees_the_image(size, settings))
    return draw(images(size)), settings


def distinct(rng, shape):
    """Values far enough apart for slopes, of both signs, so that padding must not win."""
    return (rng.permutation(np.prod(shape)).reshape(shape) / 7.0) - np.prod(shape) / 9.0


@given(pool_cases(), st.booleans(), dtypes, seeds)
@example(((2, 1, 2, 2), ((3, 3), (2, 2), (0, 0), (1, 1))), True, "float64", 0)  # all hangs over
@example(((2, 1, 5, 4), ((2, 2), (2, 2), (1, 1), (1, 1))), True, "float64", 0)  # starts in frame
def test_max_pool2d_computes_its_formula(kind, case, ceil_mode, dtype, seed):
    shape, settings = case
    rng = np.random.default_rng(seed)
    pool = MaxPool2d(*settings, ceil_mode=ceil_mode)
    settings = (*settings, ceil_mode)
    check_layer(
        pool,
        kind,
        distinct(rng, shape).astype(dtype),
        lambda x: naive.max_pool2d(x, *settings),
        lambda dout, x: naive.max_pool2d_backward(dout, x, *settings),
        rng,
    )


@given(pool_cases(), dtypes, seeds)
def test_max_pool2d_gives_a_tie_to_the_first_maximum(kind, case, dtype, seed):
    shape, settings = case
    rng = np.random.default_rng(seed)
    check_layer(
        MaxPool2d(*settings),
        kind,
        rng.integers(-2, 0, shape).astype(dtype),
        lambda x: naive.max_pool2d(x, *settings),
        lambda dout, x: naive.max_pool2d_backward(dout, x, *settings),
        rng,
        smooth=False,
    )


@given(pool_cases(max_dilation=1), st.booleans(), st.booleans(), dtypes, seeds)
def test_avg_pool2d_computes_its_formula(kind, case, count_include_pad, ceil_mode, dtype, seed):
    shape, settings = case
    rng = np.random.default_rng(seed)
    options = {"count_include_pad": count_include_pad}
    layer = AvgPool2d(*settings[:3], **options, ceil_mode=ceil_mode)
    settings = (*settings, ceil_mode)
    check_layer(
        layer,
        kind,
        rng.standard_normal(shape).astype(dtype),
        lambda x: naive.avg_pool2d(x, *settings, **options),
        lambda dout, x: naive.avg_pool2d_backward(dout, x, *settings, **options),
        rng,
    )


@given(pairs(1, 5), dtypes, seeds)
def test_global_avg_pool2d_computes_its_formula(kind, size, dtype, seed):
    rng = np.random.default_rng(seed)
    share = np.full(size, 1 / np.prod(size))
    check_layer(
        GlobalAvgPool2d(),
        kind,
        rng.standard_normal((2, 3, *size)).astype(dtype),
        lambda x: np.einsum("nchw,hw->nc", x, share),
        lambda dout, x: {"x": np.einsum("nc,hw->nchw", dout, share)},
        rng,
    )


@given(pairs(1, 5), st.booleans(), dtypes, seeds)
def test_global_max_pool2d_computes_its_formula(kind, size, ties, dtype, seed):
    """Among equal maxima the first in reading order has the gradient."""
    rng, shape = np.random.default_rng(seed), (2, 3, *size)
    settings = size, (1, 1), (0, 0), (1, 1)
    check_layer(
        GlobalMaxPool2d(),
        kind,
        (rng.integers(-2, 0, shape) if ties else distinct(rng, shape)).astype(dtype),
        lambda x: naive.max_pool2d(x, *settings)[:, :, 0, 0],
        lambda dout, x: naive.max_pool2d_backward(dout[:, :, None, None], x, *settings),
        rng,
        smooth=not ties,
    )


@given(pairs(1, 7), pairs(1, 5), dtypes, seeds)
def test_adaptive_avg_pool2d_computes_its_formula(kind, size, out_size, dtype, seed):
    rng = np.random.default_rng(seed)
    check_layer(
        AdaptiveAvgPool2d(out_size),
        kind,
        rng.standard_normal((2, 3, *size)).astype(dtype),
        lambda x: naive.adaptive_avg_pool2d(x, out_size),
        lambda dout, x: naive.adaptive_avg_pool2d_backward(dout, x, out_size),
        rng,
    )


def test_adaptive_pooling_to_one_pixel_is_global_pooling(rng):
    x = rng.standard_normal((2, 3, 5, 4))
    assert np.allclose(AdaptiveAvgPool2d(1)(x)[:, :, 0, 0], GlobalAvgPool2d()(x))


def test_a_last_window_hangs_over_where_pixels_remain():
    """GoogLeNet's sizes: 112, 56, 28, 14, 7; rounded down they would be 111, 55, 27, 13, 6."""
    pool, size, sizes = MaxPool2d(3, 2, ceil_mode=True), 112, []
    for _ in range(4):
        size = pool(np.ones((1, 1, size, size), np.float32)).shape[-1]
        sizes.append(size)
    assert sizes == [56, 28, 14, 7]
    assert MaxPool2d(2, 2, ceil_mode=True)(np.full((1, 1, 1, 3), -5.0)).tolist() == [[[[-5, -5]]]]


@given(pool_cases(), st.booleans(), dtypes, seeds)
def test_the_gradient_of_a_window_of_minus_infinity_goes_to_the_image(
    kind, case, ceil_mode, dtype, seed
):
    """The frame is of minus infinity too, and comes first in reading order."""
    shape, settings = case
    rng = np.random.default_rng(seed)
    values = np.where(rng.random(shape) < 0.7, -np.inf, distinct(rng, shape)).astype(dtype)
    pool, settings = MaxPool2d(*settings, ceil_mode=ceil_mode), (*settings, ceil_mode)
    x = kind(values)
    dout = rng.standard_normal(tuple(pool(x).shape)).astype(dtype)
    expected = naive.max_pool2d_backward(dout.astype("float64"), values, *settings)["x"]
    assert_close(pool.backward(kind(dout)), expected, like=x)
    assert to_numpy(pool.backward(kind(dout))).sum() == pytest.approx(dout.sum(), abs=1e-4)


@given(windows(pooling=True), st.booleans())
@example(((2, 2), ((2, 2), (1, 1), (1, 1), (3, 3))), False)
def test_windows_that_see_the_frame_alone_are_refused(case, ceil_mode):
    size, settings = case
    pool = MaxPool2d(*settings, ceil_mode=ceil_mode)
    if sees_the_image(size, settings, (ceil_mode,)):
        assert np.isfinite(pool(np.ones((1, 1, *size)))).all()
    else:
        with pytest.raises(
            ValueError, match=r"^MaxPool2d with dilation \d and padding \d has a wi"
        ):
            pool(np.ones((1, 1, *size)))


def test_windows_lie_side_by_side_if_not_told():
    for pool in (MaxPool2d((3, 2)), AvgPool2d((3, 2))):
        assert pool.stride == (3, 2)
        assert pool(np.ones((1, 1, 6, 6))).shape == (1, 1, 2, 3)


def test_padding_does_not_darken_the_border_if_not_counted():
    x = np.ones((1, 1, 4, 4))
    assert np.array_equal(AvgPool2d(3, 1, 1, count_include_pad=False)(x), x)
    assert AvgPool2d(3, 1, 1)(x)[0, 0, 0, 0] == pytest.approx(4 / 9)


@pytest.mark.parametrize("pool", [MaxPool2d(1), MaxPool2d(1, 2), AvgPool2d(1)])
def test_the_output_is_no_view_of_the_input(pool, rng):
    x = rng.standard_normal((2, 1, 3, 3))
    assert not np.shares_memory(pool(x), x)


def test_max_pool2d_keeps_the_memory_order(rng):
    """A pool that changed it would make every later layer slower."""
    x = np.ones((6, 3, 4, 2)).transpose(3, 1, 0, 2)  # (H, C, W, N) in memory
    pool = MaxPool2d(2)
    out = pool(x)
    assert out.strides[0] == out.itemsize
    assert pool.backward(out).strides[0] == out.itemsize


@pytest.mark.parametrize("pool", [MaxPool2d, AvgPool2d])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0,), ValueError, "^kernel_size must be at least 1, got 0$"),
        ((2, 0), ValueError, "^stride must be at least 1, got 0$"),
        ((2, 1, -1), ValueError, "^padding must be at least 0, got -1$"),
        (("2",), TypeError, "^kernel_size must be an int or a pair of ints, got '2'$"),
        (
            (3, 1, (1, 2)),
            ValueError,
            r"^padding must be at most half of kernel_size \(3, 3\), got \(1, 2\): "
            "a window could lie in the padding alone$",
        ),
    ],
)
def test_pools_refuse_settings_that_make_no_sense(pool, arguments, error, message):
    with pytest.raises(error, match=message):
        pool(*arguments)


def test_max_pool2d_refuses_dilation_below_one():
    with pytest.raises(ValueError, match=r"^dilation must be at least 1, got 0$"):
        MaxPool2d(2, dilation=0)


@pytest.mark.parametrize("output_size", [0, (2, -1)])
def test_adaptive_pooling_refuses_an_output_without_pixels(output_size):
    with pytest.raises(ValueError, match=r"^output_size must be at least 1, got "):
        AdaptiveAvgPool2d(output_size)
    with pytest.raises(TypeError, match=r"^output_size must be an int or a pair of ints, got None"):
        AdaptiveAvgPool2d(None)


@pytest.mark.parametrize(
    "pool",
    [
        MaxPool2d(2),
        MaxPool2d(2, ceil_mode=True),
        AvgPool2d(2),
        GlobalAvgPool2d(),
        GlobalMaxPool2d(),
        AdaptiveAvgPool2d(2),
    ],
)
def test_pools_refuse_what_is_no_batch_of_images(pool):
    name = type(pool).__name__
    with pytest.raises(ValueError, match=rf"^{name} expects input of shape \(N, C, H, W\), got "):
        pool(np.ones((3, 4, 4)))
    with pytest.raises(TypeError, match=f"^{name} expects floating-point numbers, got int64; "):
        pool(np.ones((2, 3, 4, 4), np.int64))


@pytest.mark.parametrize("pool", [MaxPool2d(3), AvgPool2d(3)])
def test_pools_refuse_images_smaller_than_the_window(pool):
    with pytest.raises(ValueError, match=r"^a 3-wide window does not fit: input size 2 "):
        pool(np.ones((1, 1, 5, 2)))


def test_a_window_may_hang_over_but_must_begin_in_the_image():
    assert MaxPool2d(3, 2, ceil_mode=True)(np.ones((1, 1, 2, 2))).shape == (1, 1, 1, 1)
    with pytest.raises(ValueError, match=r"^a 4-wide window does not fit: input size 2 "):
        MaxPool2d(4, 2, ceil_mode=True)(np.ones((1, 1, 4, 2)))


def test_infinite_pixels_do_not_spoil_the_rest_of_an_average():
    x = np.zeros((1, 1, 2, 4))
    x[0, 0, 0, 0] = np.inf
    assert np.array_equal(AvgPool2d(2)(x).ravel(), [np.inf, 0])
    assert np.array_equal(AdaptiveAvgPool2d((1, 2))(x).ravel(), [np.inf, 0])


def test_pools_show_their_settings():
    assert repr(MaxPool2d(3, 2, 1)) == "MaxPool2d((3, 3), stride=(2, 2), padding=(1, 1))"
    assert repr(AvgPool2d(2)) == "AvgPool2d((2, 2), stride=(2, 2), padding=(0, 0))"
    assert repr(MaxPool2d(3, 2, dilation=(1, 2), ceil_mode=True)) == (
        "MaxPool2d((3, 3), stride=(2, 2), padding=(0, 0), dilation=(1, 2), ceil_mode=True)"
    )
    assert repr(AvgPool2d(2, ceil_mode=True)) == (
        "AvgPool2d((2, 2), stride=(2, 2), padding=(0, 0), ceil_mode=True)"
    )
    assert repr(GlobalAvgPool2d()) == "GlobalAvgPool2d()"
    assert repr(AdaptiveAvgPool2d((7, 6))) == "AdaptiveAvgPool2d((7, 6))"


def test_gradients_of_overlapping_windows_add_up(kind):
    pool = MaxPool2d(2, 1)
    x = kind(np.array([[[[0.0, 0, 0], [0, 9, 0], [0, 0, 0]]]]))
    dx = pool.backward(kind(np.ones(pool(x).shape)))
    assert np.array_equal(to_numpy(dx)[0, 0], [[0, 0, 0], [0, 4, 0], [0, 0, 0]])
