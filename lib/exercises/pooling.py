"""The exercises of the chapter *Pooling* on windows and what remains of them."""

from functools import partial
from numbers import Real

import numpy as np

from lib.datasets import load_mnist_sample
from lib.exercises.comparison import Rejected, expect, expect_equal, short
from lib.exercises.registry import exercise
from lib.layers import AdaptiveAvgPool2d, MaxPool2d


def _forgets_where_the_last_window_begins(size, kernel_size, stride):
    return -((kernel_size - size) // stride) + 1


@exercise(
    "pooling-1",
    wrong=[
        _forgets_where_the_last_window_begins,
        lambda h, k, s: (h - k) // s + 1,
        lambda h, k, s: (h - k) // s + 2,
        lambda h, k, s: -(-h // s),
        lambda h, k, s: round((h - k) / s) + 1,
    ],
)
def check_rounded_up(answer):
    """Every pixel lies in a window where the stride allows it, and no window lies outside."""
    for size, kernel_size, stride in ((5, 2, 2), (6, 3, 2), (7, 3, 2), (8, 3, 3), (6, 2, 5)):
        layer = MaxPool2d(kernel_size, stride, ceil_mode=True)
        expected = layer(np.zeros((1, 1, size, size))).shape[-1]
        expect(answer, size, kernel_size, stride, returns=expected)
    expect(answer, 5, 2, 5, returns=1)  # a second window would begin beyond the end


def _mixes_far_pixels(x, k):
    n, c, h, w = x.shape
    kept = x[:, :, : h // k * k, : w // k * k]
    return kept.reshape(n, c, k, h // k, k, w // k).max(axis=(2, 4))


def _keeps_the_end(x, k):
    n, c, h, w = x.shape
    kept = x[:, :, h % k :, w % k :]
    return kept.reshape(n, c, h // k, k, w // k, k).max(axis=(3, 5))


def _takes_it_for_square(x, k):
    n, c, h, w = x.shape
    size = min(h, w) // k
    kept = x[:, :, : size * k, : size * k]
    return kept.reshape(n, c, size, k, size, k).max(axis=(3, 5))


def _from_zero(x, k):
    return np.maximum(MaxPool2d(k)(x), 0)


@exercise("pooling-2", wrong=[_mixes_far_pixels, _keeps_the_end, _takes_it_for_square, _from_zero])
def check_max_of_blocks(answer):
    """Right for every shape, and what no window reaches is left out at the end."""
    rng = np.random.default_rng(0)
    for shape, k in (((1, 1, 4, 4), 2), ((2, 3, 5, 7), 2), ((1, 2, 6, 11), 3)):
        x = rng.normal(size=shape)
        expect(answer, x, k, returns=MaxPool2d(k)(x))
    expect(answer, -np.ones((1, 1, 2, 2)), 2, returns=-np.ones((1, 1, 1, 1)))


def _padded(x, padding, value, axes=(2, 3)):
    frame = [(padding, padding) if axis in axes else (0, 0) for axis in range(4)]
    return np.pad(x.astype(float), frame, constant_values=value)


def _pads_with_zeros(x, k, stride, padding):
    return MaxPool2d(k, stride)(_padded(x, padding, 0))


def _pads_every_axis(x, k, stride, padding):
    return MaxPool2d(k, stride)(_padded(x, padding, -np.inf, range(4)))


def _does_not_pad(x, k, stride, padding):
    return MaxPool2d(k, stride)(x.astype(float))


def _steps_by_the_window(x, k, stride, padding):
    return MaxPool2d(k, k, padding)(x.astype(float))


def _pads_with_minus_one(x, k, stride, padding):
    return MaxPool2d(k, stride)(_padded(x, padding, -1))


@exercise(
    "pooling-3",
    wrong=[
        _pads_with_zeros,
        _pads_every_axis,
        _does_not_pad,
        _steps_by_the_window,
        _pads_with_minus_one,
    ],
)
def check_padded_max(answer):
    """Batches, channels, any stride, and a padding that never wins."""
    dark = np.full((1, 1, 2, 2), -7)
    expect(answer, dark, 2, 2, 1, returns=np.full((1, 1, 2, 2), -7.0))
    rng = np.random.default_rng(0)
    for shape, *settings in (
        ((2, 3, 5, 7), 3, 2, 1),
        ((1, 2, 6, 5), 2, 1, 1),
        ((2, 1, 7, 6), 2, 3, 0),
    ):
        x = rng.normal(size=shape) - 2
        expect(answer, x, *settings, returns=MaxPool2d(*settings)(x))


# --- 7: a measurement ---------------------------------------------------------------------------


def _share_changed():
    digits = load_mnist_sample().images[:1000]
    at_rest, moved = (MaxPool2d(2)(np.roll(digits, by, axis=-1)) for by in (0, 1))
    return float(np.abs(moved - at_rest).sum() / at_rest.sum())


# Of the pixels, of the mean, of the sum, in percent, and the mean of the differences.
@exercise("pooling-7", wrong=[0.49, 0.45, 0.033, 33.0, 0.06])
def check_share_changed(answer):
    """One pixel changes a third of the map in place, and half of the picture."""
    if not isinstance(answer, Real | np.generic) or isinstance(answer, bool):
        raise Rejected(f"expected a number, got {short(answer)}")
    right = _share_changed()
    if abs(answer / 100 - right) < 0.01:
        raise Rejected(f"expected a share between 0 and 1, got {short(answer)}, a percentage")
    expect_equal(answer, right, "the share that changed", rtol=0, atol=0.01)


def _equal_windows(x, rows, columns):
    k, m = len(x) // rows, len(x[0]) // columns
    return x[: k * rows, : m * columns].reshape(rows, k, columns, m).mean(axis=(1, 3))


def _ends(size, count, *, rounded_up):
    return [(-(-p * size // count)) if rounded_up else p * size // count for p in range(count + 1)]


def _between(x, rows, columns, first_up, end_up):
    tops, bottoms = (_ends(x.shape[0], rows, rounded_up=up) for up in (first_up, end_up))
    lefts, rights = (_ends(x.shape[1], columns, rounded_up=up) for up in (first_up, end_up))
    y = np.zeros((rows, columns))
    for p, q in np.ndindex(rows, columns):
        y[p, q] = x[tops[p] : bottoms[p + 1], lefts[q] : rights[q + 1]].mean()
    return y


_never_overlaps = partial(_between, first_up=False, end_up=False)
_rounds_both_up = partial(_between, first_up=True, end_up=True)


def _swaps_the_axes(x, rows, columns):
    return _between(x.T, columns, rows, False, True)


@exercise("pooling-8", wrong=[_equal_windows, _never_overlaps, _rounds_both_up, _swaps_the_axes])
def check_adaptive_average(answer):
    """Windows cover the picture for every size, and overlap where they must."""
    rng = np.random.default_rng(0)
    for shape, counts in (((6, 4), (3, 2)), ((5, 7), (2, 3)), ((28, 10), (10, 10))):
        x = rng.normal(size=shape)
        expected = AdaptiveAvgPool2d(counts)(x[None, None])[0, 0]
        expect(answer, x, *counts, returns=expected)
