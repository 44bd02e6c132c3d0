"""The exercises of the chapter *Pooling* on layers and on where the gradient goes."""

from functools import partial

import numpy as np

from lib.exercises.comparison import NotWritten, Rejected, expect, expect_equal, short, unwritten
from lib.exercises.registry import exercise
from lib.layers import AvgPool2d, MaxPool2d

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
