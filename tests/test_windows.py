"""The readable window arithmetic."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.backend import to_numpy
from lib.convolution import (
    col2im,
    convolve,
    convolve_backward,
    im2col,
    output_shape,
    output_size,
    pad2d,
    unpad2d,
    windows,
)
from tests import naive
from tests.kinds import assert_close, assert_same_kind
from tests.window_cases import dtypes, images, pairs, seeds
from tests.window_cases import windows as window_settings

small = st.integers(1, 4)


@given(st.integers(1, 12), small, st.integers(1, 5), st.integers(0, 5), small)
def test_output_size_counts_the_windows(size, kernel_size, stride, padding, dilation):
    last_start = size + 2 * padding - dilation * (kernel_size - 1) - 1
    starts = range(0, last_start + 1, stride)
    if starts:
        assert output_size(size, kernel_size, stride, padding, dilation) == len(starts)
    else:
        with pytest.raises(ValueError, match="window does not fit"):
            output_size(size, kernel_size, stride, padding, dilation)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((2, 3), "a 3-wide window does not fit: input size 2 + 2 * padding 0 = 2"),
        ((2, 3, 1, 1, 3), "a 7-wide window does not fit: input size 2 + 2 * padding 1 = 4"),
        ((5, 0), "kernel_size must be at least 1, got 0"),
        ((5, 3, 0), "stride must be at least 1, got 0"),
        ((5, 3, 1, -1), "padding must be at least 0, got -1"),
        ((5, 3, 1, 0, 0), "dilation must be at least 1, got 0"),
    ],
)
def test_output_size_says_what_is_wrong(arguments, message):
    with pytest.raises(ValueError) as error:
        output_size(*arguments)
    assert str(error.value) == message


@given(pairs(0, 4), pairs(1, 4), dtypes, seeds)
def test_pad2d_frames_and_unpad2d_cuts(kind, padding, size, dtype, seed):
    values = np.random.default_rng(seed).standard_normal((2, 3, *size)).astype(dtype)
    x = kind(values)
    padded = pad2d(x, padding, value=-np.inf)
    assert_close(padded, naive.framed(values, padding, -np.inf), like=x)
    assert_close(unpad2d(padded, padding), values.astype("float64"), like=x)


def test_pad2d_fills_with_zeros_if_not_told(kind):
    x = kind(np.ones((1, 1, 1, 1)))
    assert to_numpy(pad2d(x, 1)).sum() == 1


@st.composite
def cases(draw):
    size, settings = draw(window_settings())
    return draw(images(size)), settings


@given(cases(), dtypes, seeds)
def test_im2col_writes_windows_as_rows(kind, case, dtype, seed):
    shape, settings = case
    values = np.random.default_rng(seed).standard_normal(shape).astype(dtype)
    x = kind(values)
    assert_close(im2col(x, *settings), naive.im2col(values.astype("float64"), *settings), like=x)


@given(cases(), seeds)
def test_col2im_is_the_adjoint_of_im2col(kind, case, seed):
    shape, settings = case
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape)
    col = to_numpy(im2col(kind(x), *settings))
    y = rng.standard_normal(col.shape)
    back = col2im(kind(y), shape, *settings)
    assert_same_kind(back, kind(x))
    assert np.vdot(col, y) == pytest.approx(np.vdot(x, to_numpy(back)), rel=1e-10, abs=1e-10)


def test_col2im_leaves_the_remainder_at_zero(kind):
    x = np.ones((1, 1, 6, 5))
    back = to_numpy(col2im(im2col(kind(x), 2, stride=3), x.shape, 2, stride=3))
    assert np.array_equal(back[0, 0, :, 0], [1, 1, 0, 1, 1, 0])
    assert np.array_equal(back[0, 0, 0], [1, 1, 0, 1, 1])


def test_im2col_accepts_integers_like_a_worked_example():
    x = np.arange(9).reshape(1, 1, 3, 3)
    assert im2col(x, 2, padding=1).dtype == x.dtype


@pytest.mark.parametrize("function", [im2col, lambda x, *s: col2im(x, (1, 1, 4, 4), *s)])
@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ((0,), ValueError, "^kernel_size must be at least 1, got 0$"),
        ((2, (1, 0)), ValueError, r"^stride must be at least 1, got \(1, 0\)$"),
        ((2, 1, -1), ValueError, "^padding must be at least 0, got -1$"),
        ((2, 1, 0, 0), ValueError, "^dilation must be at least 1, got 0$"),
        ((2.0,), TypeError, r"^kernel_size must be an int or a pair of ints, got 2\.0$"),
        (((2, 2, 2),), TypeError, r"^kernel_size must be an int or a pair .* \(2, 2, 2\)$"),
        ((2, True), TypeError, "^stride must be an int or a pair of ints, got True$"),
        ((2, (1, 1.5)), TypeError, r"^stride must be an int or a pair of ints, got \(1, 1\.5\)$"),
    ],
)
def test_settings_that_make_no_sense_are_refused(function, settings, error, message):
    with pytest.raises(error, match=message):
        function(np.ones((1, 1, 4, 4)), *settings)


def test_col2im_refuses_a_matrix_of_another_shape():
    with pytest.raises(ValueError) as error:
        col2im(np.ones((4, 5)), (1, 1, 3, 3), 2)
    assert str(error.value) == (
        "col2im expects a matrix of shape (4, 4) for images of shape (1, 1, 3, 3), got (4, 5)"
    )


@pytest.mark.parametrize("padding", ["same", (1,), None])
def test_pad2d_refuses_what_is_no_padding(padding):
    with pytest.raises(TypeError, match="padding must be an int or a pair of ints"):
        pad2d(np.ones((1, 1, 2, 2)), padding)


def test_padding_cannot_be_negative():
    with pytest.raises(ValueError, match=r"^padding must be at least 0, got -1$"):
        pad2d(np.ones((1, 1, 3, 3)), -1)


@pytest.mark.parametrize("function", [lambda x: im2col(x, 2), lambda x: pad2d(x, 1)])
def test_one_image_is_no_batch(function):
    with pytest.raises(ValueError) as error:
        function(np.ones((5, 5)))
    assert str(error.value) == "expected images of shape (N, C, H, W), got (5, 5)"


def test_convolve_keeps_groups_apart():
    """A group's output depends on its own channels alone."""
    x, weight = np.zeros((1, 4, 3, 3)), np.ones((6, 2, 3, 3))
    x[:, 2:] = 1
    out = windows.convolve(x, weight, (1, 1), (0, 0), groups=2)
    assert np.array_equal(out.ravel(), [0, 0, 0, 18, 18, 18])


x, filters = np.ones((2, 3, 6, 6)), np.ones((4, 3, 3, 3))
col = np.ones((32, 27))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: pad2d(None, 1), "expected an array of NumPy, CuPy or PyTorch, got NoneType"),
        (lambda: pad2d(x, None), "padding must be an int or a pair of ints, got None"),
        (lambda: pad2d(x, 1, "zeros"), "value must be a number, got 'zeros'"),
        (lambda: unpad2d([1.0], 1), "expected an array of NumPy, CuPy or PyTorch, got list"),
        (lambda: unpad2d(x[0], 1), "expected images of shape (N, C, H, W), got (3, 6, 6)"),
        (lambda: unpad2d(x, -1), "padding must be at least 0, got -1"),
        (lambda: im2col("x", 3), "expected an array of NumPy, CuPy or PyTorch, got str"),
        (lambda: im2col(x, 3.5), "kernel_size must be an int or a pair of ints, got 3.5"),
        (lambda: col2im(col, None, 3), "input_shape must be (N, C, H, W), got None"),
        (lambda: col2im(col, (3, 6, 6), 3), "input_shape must be (N, C, H, W), got (3, 6, 6)"),
        (lambda: col2im(col, (2, 3, 6, 6.0), 3), "a size of input_shape must be an integer, got"),
        (lambda: output_size("9", 3), "size must be an integer, got '9'"),
        (lambda: output_size(9, (3, 3)), "kernel_size must be an integer, got (3, 3)"),
        (
            lambda: output_shape(9, *[(1, 1)] * 4),
            "expected the shape of images, (..., H, W), got 9",
        ),
        (
            lambda: convolve(x, None, 1, 0),
            "expected an array of NumPy, CuPy or PyTorch, got NoneType",
        ),
        (lambda: convolve(x[0], filters, 1, 0), "expected images of shape (N, C, H, W), got (3, 6"),
        (
            lambda: convolve(x, filters[0], 1, 0),
            "expected filters of shape (F, C / groups, KH, KW)",
        ),
        (lambda: convolve(x, filters, 1, 0, 1, 2), "expected filters of shape (F, C / groups, KH"),
        (
            lambda: convolve(x, filters, None, 0),
            "stride must be an int or a pair of ints, got None",
        ),
        (lambda: convolve(x, filters, 1, 0, groups=0), "groups must be at least 1, got 0"),
        (
            lambda: convolve_backward(x, x, filters, 1, 0),
            "expected dout of shape (2, 4, 4, 4), got",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_clear_word(call, message):
    with pytest.raises((TypeError, ValueError)) as error:
        call()
    assert str(error.value).startswith(message)
