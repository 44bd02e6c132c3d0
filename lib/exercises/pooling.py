"""The exercises of the chapter *Pooling*."""

import itertools

import numpy as np

from lib.exercises.comparison import expect
from lib.exercises.registry import exercise
from lib.layers import AdaptiveAvgPool2d, AvgPool2d, MaxPool2d, Sequential


def _pool(layer, x):
    return layer(x[None, None])[0, 0]


def _forgets_where_the_last_window_begins(size, kernel_size, stride):
    return -((kernel_size - size) // stride) + 1


@exercise(
    "pooling-1",
    wrong=[_forgets_where_the_last_window_begins, lambda h, k, s: (h - k) // s + 1],
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


@exercise("pooling-2", wrong=[_mixes_far_pixels, _keeps_the_end])
def check_max_of_blocks(answer):
    """Right for every shape, and what no window reaches is left out at the end."""
    rng = np.random.default_rng(0)
    for shape, k in (((1, 1, 4, 4), 2), ((2, 3, 5, 7), 2), ((1, 2, 6, 11), 3)):
        x = rng.normal(size=shape)
        expect(answer, x, k, returns=MaxPool2d(k)(x))


def _mixes_the_channels(channels, k):
    return np.full((channels, channels, k, k), 1 / (channels * k**2))


def _adds_up(channels, k):
    return np.eye(channels)[:, :, None, None] * np.ones((k, k))


@exercise("pooling-3", wrong=[_mixes_the_channels, _adds_up])
def check_averaging_weight(answer):
    """With these weights a convolution is average pooling, channel by channel."""
    for channels, k in ((1, 2), (3, 2), (2, 3)):
        weight = np.zeros((channels, channels, k, k))
        weight[np.arange(channels), np.arange(channels)] = 1 / k**2
        expect(answer, channels, k, returns=weight)


def _counts_the_padding(x, kernel_size, stride, padding):
    return _pool(AvgPool2d(kernel_size, stride, padding), x)


def _leaves_out_zeros(x, kernel_size, stride, padding):
    total = _counts_the_padding(x, kernel_size, stride, padding) * kernel_size**2
    count = _counts_the_padding((x != 0) * 1.0, kernel_size, stride, padding) * kernel_size**2
    return total / np.maximum(count, 1)


@exercise("pooling-4", wrong=[_counts_the_padding, _leaves_out_zeros])
def check_honest_average(answer):
    """Only pixels of the picture count, zeros among them."""
    expect(answer, np.full((3, 4), 6.0), 3, 1, 1, returns=np.full((3, 4), 6.0))
    rng = np.random.default_rng(0)
    for shape, kernel_size, stride, padding in (((5, 6), 3, 2, 1), ((6, 5), 2, 2, 1)):
        x = rng.integers(-2, 3, shape) * 1.0
        layer = AvgPool2d(kernel_size, stride, padding, count_include_pad=False)
        expect(answer, x, kernel_size, stride, padding, returns=_pool(layer, x))


def _shares(window):
    won = window == window.max()
    return won / won.sum()


def _backward(x, dout, kernel_size, stride, share):
    dx = np.zeros(x.shape)
    for p, q in np.ndindex(dout.shape):
        top, left = p * stride, q * stride
        place = np.s_[top : top + kernel_size, left : left + kernel_size]
        dx[place] += dout[p, q] * share(x[place])
    return dx


def _first_winner_takes_all(x, dout, kernel_size, stride):
    layer = MaxPool2d(kernel_size, stride)
    layer(x[None, None])
    return layer.backward(dout[None, None])[0, 0]


def _every_winner(x, dout, kernel_size, stride):
    return _backward(x, dout, kernel_size, stride, lambda window: window == window.max())


@exercise("pooling-5", wrong=[_first_winner_takes_all, _every_winner])
def check_shared_ties(answer):
    """Tied pixels get equal parts, and nothing is lost or sent twice."""
    expect(answer, np.ones((2, 2)), np.array([[4.0]]), 2, 2, returns=np.ones((2, 2)))
    rng = np.random.default_rng(0)
    for shape, kernel_size, stride in (((4, 6), 2, 2), ((5, 7), 3, 2), ((5, 6), 2, 2)):
        x = rng.integers(0, 3, shape) * 1.0
        dout = rng.normal(size=_pool(MaxPool2d(kernel_size, stride), x).shape)
        expected = _backward(x, dout, kernel_size, stride, _shares)
        expect(answer, x, dout, kernel_size, stride, returns=expected)


_MAX_BLUR = Sequential(MaxPool2d(2, 1), AvgPool2d(2, 1), AvgPool2d(2, 1))


def _blurs_first(x):
    return _pool(Sequential(AvgPool2d(2, 1), AvgPool2d(2, 1), MaxPool2d(2, 1)), x)[::2, ::2]


def _skips_first(x):
    return _pool(Sequential(MaxPool2d(2, 2), AvgPool2d(2, 1), AvgPool2d(2, 1)), x)


@exercise("pooling-6", wrong=[_blurs_first, _skips_first])
def check_max_blur_pool(answer):
    """Maximum at every place, then the blur, then every second number."""
    rng = np.random.default_rng(0)
    for shape in ((7, 7), (9, 12), (10, 8)):
        x = rng.normal(size=shape)
        expect(answer, x, returns=_pool(_MAX_BLUR, x)[::2, ::2])


def _equal_windows(signal, count):
    k = len(signal) // count
    return np.array([signal[p * k : (p + 1) * k].mean() for p in range(count)])


def _never_overlaps(signal, count):
    size = len(signal)
    ends = [p * size // count for p in range(count + 1)]
    return np.array([signal[a:b].mean() for a, b in itertools.pairwise(ends)])


@exercise("pooling-7", wrong=[_equal_windows, _never_overlaps])
def check_adaptive_average(answer):
    """Windows cover the signal for every size, and overlap where they must."""
    rng = np.random.default_rng(0)
    for size, count in ((6, 3), (5, 2), (7, 3), (28, 10)):
        signal = rng.normal(size=size)
        expected = AdaptiveAvgPool2d((1, count))(signal[None, None, None])[0, 0, 0]
        expect(answer, signal, count, returns=expected)
