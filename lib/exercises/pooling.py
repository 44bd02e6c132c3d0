"""The exercises of the chapter *Pooling*."""

from functools import partial
from numbers import Real

import numpy as np

from lib.datasets import load_mnist_sample
from lib.exercises.comparison import NotWritten, Rejected, expect, expect_equal, short, unwritten
from lib.exercises.registry import exercise
from lib.layers import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d


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


# --- 4: a layer --------------------------------------------------------------------------------


class _Average:
    """Average pooling as the library has it, to be made wrong."""

    def __init__(self, k, stride):
        self.k, self.layer = k, AvgPool2d(k, stride)

    def forward(self, x):
        return self.layer.forward(x)

    def backward(self, dout):
        return self.layer.backward(dout)


class _SendsAllToEach(_Average):
    def backward(self, dout):
        return super().backward(dout) * self.k**2


class _DividesByOneSide(_Average):
    def forward(self, x):
        return super().forward(x) * self.k

    def backward(self, dout):
        return super().backward(dout) * self.k


class _Overwrites(_Average):
    def backward(self, dout):
        return np.minimum(super().backward(dout), np.max(dout) / self.k**2)


class _SendsOnesAlone(_Average):
    def backward(self, dout):
        return super().backward(np.ones(dout.shape))


class _SendsToTheLargest(_Average):
    def backward(self, dout):
        largest = MaxPool2d(self.k, self.layer.stride)
        largest.forward(self.x)
        return largest.backward(dout)

    def forward(self, x):
        self.x = x
        return super().forward(x)


@exercise(
    "pooling-4",
    wrong=[
        _SendsAllToEach,
        _DividesByOneSide,
        _Overwrites,
        _SendsOnesAlone,
        _SendsToTheLargest,
    ],
)
def check_average_layer(answer):
    """Means forward; backward equal parts, added up where windows overlap."""
    rng = np.random.default_rng(0)
    for shape, k, stride in (((1, 1, 4, 4), 2, 2), ((2, 3, 5, 7), 3, 2), ((2, 1, 5, 6), 2, 1)):
        library, layer = AvgPool2d(k, stride), answer(k, stride)
        x = rng.normal(size=shape)
        y = library.forward(x)
        given = f"{k} × {k} windows, stride {stride}: "
        _expect_of(layer, "forward", x, y, given)
        dout = rng.normal(size=y.shape)
        _expect_of(layer, "backward", dout, library.backward(dout), given)


def _expect_of(layer, method, given, expected, told):
    """Compare what a method of the reader's layer returns; it must not write into what it gets."""
    kept = given.copy()
    got = getattr(layer, method)(given)
    if unwritten(got):
        raise NotWritten
    if not np.array_equal(kept, given):
        raise Rejected(f"{told}{method} writes into its argument; work on a copy")
    expect_equal(got, expected, f"{told}{method}")


# --- 5: ties -----------------------------------------------------------------------------------


def _slices(shape, k, stride):
    rows, columns = ((size - k) // stride * stride + 1 for size in shape[-2:])
    for i, j in np.ndindex(k, k):
        yield np.s_[..., i : i + rows : stride, j : j + columns : stride]


def _share(dout, x, y, k, stride, parts):
    dx = np.zeros(x.shape)
    won = [x[at] == y for at in _slices(x.shape, k, stride)]
    for at, mine in zip(_slices(x.shape, k, stride), won, strict=True):
        dx[at] += mine * dout / parts(won)
    return dx


def _first_winner_takes_all(dout, x, y, k, stride):
    layer = MaxPool2d(k, stride)
    layer.forward(x)
    return layer.backward(dout)


_count = partial(sum, start=0)
_shares = partial(_share, parts=_count)
_every_winner = partial(_share, parts=lambda won: 1)


def _always_halves(dout, x, y, k, stride):
    return _share(dout, x, y, k, stride, lambda won: np.minimum(_count(won), 2))


def _everybody_gets_a_part(dout, x, y, k, stride):
    layer = AvgPool2d(k, stride)
    layer.forward(x)
    return layer.backward(dout)


@exercise(
    "pooling-5",
    wrong=[_first_winner_takes_all, _every_winner, _always_halves, _everybody_gets_a_part],
)
def check_shared_ties(answer):
    """Tied pixels get equal parts, and nothing is lost or sent twice."""
    flat = np.ones((1, 1, 2, 2))
    expect(answer, np.full((1, 1, 1, 1), 4.0), flat, flat[..., :1, :1], 2, 2, returns=flat)
    rng = np.random.default_rng(0)
    for shape, k, stride in (((1, 1, 4, 6), 2, 2), ((2, 3, 5, 7), 3, 2), ((1, 2, 5, 6), 2, 2)):
        x = rng.integers(0, 3, shape) * 1.0
        y = MaxPool2d(k, stride)(x)
        dout = rng.normal(size=y.shape)
        expect(answer, dout, x, y, k, stride, returns=_shares(dout, x, y, k, stride))


# --- 6: an input that breaks --------------------------------------------------------------------


def _by_value(dout, x, y):
    dx = np.zeros(x.shape)
    for p, q in np.ndindex(y.shape):
        dx += dout[p, q] * (x == y[p, q])
    return dx


_ALL_DIFFER = np.arange(16.0).reshape(4, 4)
_TIES = np.array([[5, 5, 1, 2], [0, 1, 3, 4], [6, 0, 7, 0], [1, 2, 3, 4]])
_EQUAL_LOSERS = np.array([[5, 0, 9, 0], [0, 0, 0, 0], [6, 0, 7, 0], [0, 0, 0, 0]])


@exercise("pooling-6", wrong=[_ALL_DIFFER, _TIES, _EQUAL_LOSERS, np.zeros((4, 4)), np.ones((2, 2))])
def check_breaks_by_value(answer):
    """No window has a tie, and yet a number arrives at a pixel that did not win."""
    x = np.asarray(answer)
    if x.shape != (4, 4) or x.dtype.kind not in "biuf":
        raise Rejected(f"expected numbers of shape (4, 4), got {short(answer)}")
    x = x.astype(float)
    y = MaxPool2d(2)(x[None, None])[0, 0]
    for p, q in np.ndindex(2, 2):
        window = x[2 * p : 2 * p + 2, 2 * q : 2 * q + 2]
        if np.sum(window == y[p, q]) != 1:
            raise Rejected(f"expected no ties, but the window {short(window)} has one")
    dout = np.array([[1.0, 2.0], [3.0, 4.0]])
    layer = MaxPool2d(2)
    layer.forward(x[None, None])
    right, got = layer.backward(dout[None, None])[0, 0], _by_value(dout, x, y)
    if np.array_equal(got, right):
        raise Rejected(f"expected by_value to be wrong, but it is right on {short(x)}")


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
