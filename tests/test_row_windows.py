"""The fast convolutions give the numbers of the readable one, and lie in memory as they say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.convolution import depthwise, row_windows, windows
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


def im2col_by_row(x, kernel_size, stride, padding):
    out_h, out_w = naive.output_shape(x.shape, kernel_size, stride, padding, (1, 1))
    col = naive.im2col(x, kernel_size, stride, padding, (1, 1))
    col = col.reshape(len(x), out_h, out_w, x.shape[1], *kernel_size).transpose(1, 4, 5, 3, 2, 0)
    return col.reshape(out_h, -1, out_w * len(x))


@given(cases(), seeds)
def test_windows_are_the_im2col_matrix_of_each_output_row(case, seed):
    shape, _, kernel_size, stride, padding = case
    x = np.random.default_rng(seed).standard_normal(shape)
    rows = row_windows.row_windows(row_windows.to_rows(x), kernel_size, stride, padding)
    assert np.array_equal(rows, im2col_by_row(x, kernel_size, stride, padding))


@pytest.mark.parametrize(("n", "spread"), [(64, True), (63, False)])
def test_rows_of_windows_do_not_lie_a_multiple_of_2_kb_apart(n, spread, rng):
    x = rng.standard_normal((n, 2, 4, 8)).astype("float32")
    rows = row_windows.row_windows(row_windows.to_rows(x), (3, 3), (1, 1), (1, 1))
    assert np.array_equal(rows, im2col_by_row(x, (3, 3), (1, 1), (1, 1)))
    assert rows.strides[1] == 8 * n * 4 + spread * 4 * row_windows.GAP
    for groups in (1, 2):
        weight = rng.standard_normal((2, 2 // groups, 3, 3)).astype("float32")
        fast = (row_windows if groups == 1 else depthwise).convolve
        settings = (1, 1), (1, 1), (1, 1), groups
        expected = windows.convolve(x.astype("float64"), weight.astype("float64"), *settings)
        assert_close(fast(x, weight, *settings), expected, like=x)


@pytest.mark.parametrize(
    ("kernel_size", "stride", "padding", "copies"),
    [
        ((1, 1), (1, 1), (0, 0), False),
        ((2, 1), (2, 1), (0, 0), False),
        ((1, 1), (1, 2), (0, 0), True),
        ((1, 1), (1, 1), (0, 1), True),
        ((2, 1), (1, 1), (1, 0), True),
        ((1, 2), (1, 1), (0, 0), True),
    ],
)
def test_windows_one_column_wide_are_the_image_where_nothing_is_added_or_left_out(
    kernel_size, stride, padding, copies
):
    x = np.random.default_rng(0).standard_normal((2, 3, 5, 5))
    rows = row_windows.to_rows(x)
    made = row_windows.row_windows(rows, kernel_size, stride, padding)
    assert np.shares_memory(made, rows) != copies
    assert np.array_equal(made, im2col_by_row(x, kernel_size, stride, padding))


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


@pytest.mark.parametrize("cache", [1, 2000])
@given(cases(), seeds)
def test_rows_taken_a_few_at_a_time_give_the_same(cache, case, seed):
    shape, filters, kernel_size, stride, padding = case
    rng = np.random.default_rng(seed)
    x = rng.standard_normal(shape)
    weight = rng.standard_normal((filters, shape[1], *kernel_size))
    results = []
    for held in (row_windows.CACHE, cache):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(row_windows, "CACHE", held)
            out = row_windows.convolve(x, weight, stride, padding)
            results.append((out, *row_windows.convolve_backward(out, x, weight, stride, padding)))
    assert all(map(np.array_equal, *results))


def test_windows_of_a_part_are_that_part_of_all_windows(rng):
    rows = row_windows.to_rows(rng.standard_normal((2, 3, 9, 5)))
    for settings in [((3, 3), (1, 1), (1, 1)), ((2, 3), (2, 1), (3, 0)), ((3, 1), (1, 2), (-1, 0))]:
        every = row_windows.row_windows(rows, *settings)
        for start in range(len(every)):
            for stop in range(start + 1, len(every) + 1):
                part = row_windows.row_windows(rows, *settings, slice(start, stop))
                assert np.array_equal(part, every[start:stop])


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
    # Neighboring output rows share KH - 1 of the KH image rows under the filter.
    assert np.shares_memory(seen[0, 3 * 3 :], seen[1, : -3 * 3])
    low, high = np.lib.array_utils.byte_bounds(seen)
    assert high - low == seen.itemsize * (6 + 2) * 3 * 3 * 5 * 2, "all of it lies in one buffer"


@pytest.mark.parametrize(
    ("dilation", "expected"), [((1, 1), True), ((1, 2), False), ((2, 1), False)]
)
def test_supports_what_it_computes(kind, dilation, expected):
    x = kind(np.ones((1, 2, 3, 3)))
    assert row_windows.supports(x, dilation) is (expected and isinstance(x, np.ndarray))


@given(cases(), st.integers(2, 3), layouts, dtypes, seeds)
def test_groups_equal_the_readable_convolution(case, groups, layout, dtype, seed):
    (n, c, *size), filters, kernel_size, stride, padding = case
    rng = np.random.default_rng(seed)
    x = layout(rng.standard_normal((n, groups * c, *size)).astype(dtype))
    weight = rng.standard_normal((groups * filters, c, *kernel_size)).astype(dtype)
    compare_twins(row_windows, x, weight, stride, padding, (1, 1), groups, layout, rng)


@given(window_settings(max_dilation=1), images((1, 1)), st.integers(1, 3), layouts, dtypes, seeds)
def test_depthwise_equals_the_readable_convolution(case, shape, filters, layout, dtype, seed):
    """Also strided, and with several filters a channel."""
    size, (kernel_size, stride, padding, dilation) = case
    rng, channels = np.random.default_rng(seed), shape[1] + 1
    x = layout(rng.standard_normal((shape[0], channels, *size)).astype(dtype))
    weight = rng.standard_normal((channels * filters, 1, *kernel_size)).astype(dtype)
    assert depthwise.supports(x, weight, dilation, channels)
    compare_twins(depthwise, x, weight, stride, padding, dilation, channels, layout, rng)


def compare_twins(module, x, weight, stride, padding, dilation, groups, layout, rng):
    settings = stride, padding, dilation, groups
    exact_x, exact_weight = x.astype("float64"), weight.astype("float64")
    bias = rng.standard_normal(len(weight))
    out = module.convolve(x, weight, *settings, bias.astype(x.dtype))
    assert_close(out, windows.convolve(exact_x, exact_weight, *settings, bias), like=x)
    dout = layout(rng.standard_normal(out.shape).astype(x.dtype))
    exact = windows.convolve_backward(dout.astype("float64"), exact_x, exact_weight, *settings)
    for needs_dx in (True, False):
        for needs_dweight in (True, False):
            gradients = module.convolve_backward(
                dout, x, weight, *settings, needs_dx=needs_dx, needs_dweight=needs_dweight
            )
            for gradient, needed, expected in zip(
                gradients, (needs_dx, needs_dweight), exact, strict=True
            ):
                if needed:
                    assert_close(gradient, expected, like=x)
                else:
                    assert gradient is None


@pytest.mark.parametrize(
    ("channels", "groups", "dilation", "expected"),
    [(4, 4, 1, True), (4, 2, 1, False), (1, 1, 1, False), (4, 4, 2, False)],
)
def test_depthwise_supports_one_channel_to_a_group(kind, channels, groups, dilation, expected):
    x = kind(np.ones((1, channels, 3, 3)))
    weight = np.ones((4, channels // groups, 2, 2))
    supported = depthwise.supports(x, weight, (1, dilation), groups)
    assert supported is (expected and isinstance(x, np.ndarray))


@pytest.mark.parametrize(("module", "groups"), [(row_windows, 2), (depthwise, 4)])
@pytest.mark.parametrize("stride", [(1, 1), (2, 2)])
def test_groups_lie_with_the_batch_innermost(module, groups, stride, rng):
    x = batch_innermost(rng.standard_normal((3, 4, 8, 7)))
    weight = rng.standard_normal((4, 4 // groups, 3, 3))
    out = module.convolve(x, weight, stride, (1, 1), (1, 1), groups)
    dx, _ = module.convolve_backward(out, x, weight, stride, (1, 1), (1, 1), groups)
    for images_ in (out, dx):
        assert list(np.argsort(images_.strides)) == [0, 3, 1, 2]  # N fastest, then W, C, H
