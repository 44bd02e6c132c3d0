"""The fast convolution gives the numbers of the readable one, and lies in memory as it says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import row_windows, windows
from tests import naive
from tests.kinds import assert_close, batch_innermost, contiguous, strided
from tests.window_cases import dtypes, images, pairs, seeds
from tests.window_cases import windows as window_settings

layouts = st.sampled_from([contiguous, batch_innermost, strided])


@st.composite
def cases(draw):
    size, (kernel_size, stride, padding, _) = draw(window_settings(max_dilation=1))
    return draw(images(size)), draw(st.integers(1, 4)), kernel_size, stride, padding


@given(cases(), layouts, dtypes, seeds)
def test_equals_the_readable_convolution(case, layout, dtype, seed):
    shape, filters, kernel_size, stride, padding = case
    rng = np.random.default_rng(seed)
    x = layout(rng.standard_normal(shape).astype(dtype))
    weight = rng.standard_normal((filters, shape[1], *kernel_size)).astype(dtype)
    out = row_windows.convolve(x, weight, stride, padding)
    readable = windows.convolve(x.astype("float64"), weight.astype("float64"), stride, padding)
    assert_close(out, readable, like=x)

    dout = layout(rng.standard_normal(out.shape).astype(dtype))
    exact = windows.convolve_backward(
        *(array.astype("float64") for array in (dout, x, weight)), stride, padding
    )
    dx, dweight = row_windows.convolve_backward(dout, x, weight, stride, padding)
    assert_close(dx, exact[0], like=x)
    assert_close(dweight, exact[1], like=x)
    nothing, dweight = row_windows.convolve_backward(
        dout, x, weight, stride, padding, needs_dx=False
    )
    assert nothing is None
    assert_close(dweight, exact[1], like=x)


@given(cases(), seeds)
def test_windows_are_the_im2col_matrix_of_each_output_row(case, seed):
    shape, _, kernel_size, stride, padding = case
    n, c, _, _ = shape
    x = np.random.default_rng(seed).standard_normal(shape)
    rows = row_windows.row_windows(row_windows.to_rows(x), kernel_size, stride, padding)
    out_h, out_w = naive.output_shape(shape, kernel_size, stride, padding, (1, 1))
    col = naive.im2col(x, kernel_size, stride, padding, (1, 1))
    col = col.reshape(n, out_h, out_w, c, *kernel_size).transpose(1, 4, 5, 3, 2, 0)
    assert np.array_equal(rows, col.reshape(rows.shape))


@given(cases(), seeds)
def test_nothing_is_read_that_was_not_written(case, seed):
    """Fresh memory is often zero, and would hide a border that nobody filled."""
    shape, filters, kernel_size, stride, padding = case
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape)
    weight = rng.standard_normal((filters, shape[1], *kernel_size))
    for method in (row_windows, windows):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(np, "empty", lambda shape, dtype=float: np.full(shape, np.nan, dtype))
            patch.setattr(windows, "empty", lambda shape, like: np.full(shape, np.nan, like.dtype))
            out = method.convolve(x, weight, stride, padding)
            gradients = method.convolve_backward(out, x, weight, stride, padding)
        assert all(np.isfinite(array).all() for array in (out, *gradients))


@given(pairs(3, 6), pairs(-1, 0), seeds)
def test_negative_padding_cuts_off(size, padding, seed):
    x = np.random.default_rng(seed).standard_normal((2, 3, *size))
    cut = windows.unpad2d(x, tuple(-p for p in padding))
    expected = row_windows.row_windows(row_windows.to_rows(cut), (1, 1), (1, 1), (0, 0))
    actual = row_windows.row_windows(row_windows.to_rows(x), (1, 1), (1, 1), padding)
    assert np.array_equal(actual, expected)


def test_output_and_dx_lie_with_the_batch_innermost(rng):
    x = rng.standard_normal((4, 3, 8, 7))
    weight = rng.standard_normal((5, 3, 3, 3))
    for stride in [(1, 1), (2, 2)]:
        out = row_windows.convolve(x, weight, stride, (1, 1))
        dx, _ = row_windows.convolve_backward(out, x, weight, stride, (1, 1))
        for images_ in (out, dx):
            assert images_.base is not None, "a view, not a copy"
            assert images_.strides[0] == images_.itemsize
            assert list(np.argsort(images_.strides)) == [0, 3, 1, 2]  # N fastest, then W, C, H
    assert np.shares_memory(row_windows.to_rows(out), out), "the way back copies nothing"


def test_windows_are_a_view_that_nobody_can_write_into(rng):
    rows = row_windows.to_rows(rng.standard_normal((2, 3, 6, 5)))
    seen = row_windows.row_windows(rows, (3, 3), (1, 1), (1, 1))
    assert not seen.flags.writeable
    assert not seen.flags.owndata
    # Neighbouring output rows share KH - 1 of the KH image rows under the filter.
    assert np.shares_memory(seen[0, 3 * 3 :], seen[1, : -3 * 3])
    low, high = np.lib.array_utils.byte_bounds(seen)
    assert high - low == seen.itemsize * (6 + 2) * 3 * 3 * 5 * 2, "all of it lies in one buffer"


@pytest.mark.parametrize(
    ("dilation", "groups", "expected"),
    [((1, 1), 1, True), ((1, 2), 1, False), ((2, 1), 1, False), ((1, 1), 2, False)],
)
def test_supports_what_it_computes(kind, dilation, groups, expected):
    x = kind(np.ones((1, 2, 3, 3)))
    expected = expected and isinstance(x, np.ndarray)
    assert row_windows.supports(x, dilation, groups) is expected
