"""The exercises of the chapter *im2col*."""

import numpy as np

from lib.convolution import col2im, convolve, im2col, output_size
from lib.exercises.comparison import NotWritten, Rejected, expect, expect_equal, short, unwritten
from lib.exercises.registry import exercise
from lib.layers import MaxPool2d


def _bytes(shape, kernel_size, stride, padding, itemsize=4):
    n, c, h, w = shape
    out_h, out_w = (output_size(size, kernel_size, stride, padding) for size in (h, w))
    return itemsize * n * out_h * out_w * c * kernel_size**2


@exercise(
    "im2col-1",
    wrong=[
        lambda shape, k, s, p: _bytes(shape, k, s, 0),
        lambda shape, k, s, p: _bytes(shape, k, s, p, itemsize=1),
        lambda shape, k, s, p: 4 * int(np.prod(shape)) * k**2,
        lambda shape, k, s, p: _bytes((shape[0], 1, *shape[2:]), k, s, p),
    ],
)
def check_matrix_bytes(answer):
    """Right for every stride and padding, without making the matrix."""
    for shape, *settings in (
        ((1, 1, 4, 6), 3, 1, 0),
        ((2, 3, 7, 5), 3, 2, 1),
        ((32, 64, 224, 224), 3, 1, 1),
    ):
        expect(answer, shape, *settings, returns=_bytes(shape, *settings))


def _channels_last(n, p, q, c, i, j, shape, kh, kw):
    _, channels, h, w = shape
    out_h, out_w = h - kh + 1, w - kw + 1
    return (n * out_h + p) * out_w + q, (i * kw + j) * channels + c


def _takes_the_picture_for_the_output(n, p, q, c, i, j, shape, kh, kw):
    _, _, h, w = shape
    return (n * h + p) * w + q, (c * kh + i) * kw + j


def _swaps_height_and_width(n, p, q, c, i, j, shape, kh, kw):
    _, _, h, w = shape
    out_h, out_w = h - kh + 1, w - kw + 1
    return (n * out_w + p) * out_h + q, (c * kw + i) * kh + j


@exercise(
    "im2col-2",
    wrong=[_channels_last, _takes_the_picture_for_the_output, _swaps_height_and_width],
)
def check_place(answer):
    """Agrees with the library's matrix."""
    for shape, (kh, kw) in (((2, 3, 4, 6), (3, 2)), ((3, 2, 5, 4), (2, 3))):
        x = np.arange(np.prod(shape)).reshape(shape)
        col = im2col(x, (kh, kw))
        windows = shape[0], shape[2] - kh + 1, shape[3] - kw + 1
        for n, c, p, q, i, j in ((0, 0, 0, 0, 0, 0), (1, 1, 1, 1, 1, 0), (1, 0, 0, 1, 1, 1)):
            row = int(np.ravel_multi_index((n, p, q), windows))
            (column,) = np.flatnonzero(col[row] == x[n, c, p + i, q + j])
            expect(answer, n, p, q, c, i, j, shape, kh, kw, returns=(row, int(column)))


def _largest(x, k, stride):
    n, c, h, w = x.shape
    out_h, out_w = (output_size(size, k, stride) for size in (h, w))
    return im2col(x, k, stride).reshape(-1, c, k**2).max(axis=2), (n, out_h, out_w, c)


def _forgets_the_transpose(x, k, stride):
    largest, (n, out_h, out_w, c) = _largest(x, k, stride)
    return largest.reshape(n, c, out_h, out_w)


def _mixes_the_channels(x, k, stride):
    largest, shape = _largest(x, k, stride)
    mixed = largest.max(axis=1, keepdims=True) * np.ones(shape[-1])
    return mixed.reshape(shape).transpose(0, 3, 1, 2)


def _places_before_channels(x, k, stride):
    c = x.shape[1]
    _, shape = _largest(x, k, stride)
    largest = im2col(x, k, stride).reshape(-1, k**2, c).max(axis=1)
    return largest.reshape(shape).transpose(0, 3, 1, 2)


@exercise(
    "im2col-3",
    wrong=[
        _forgets_the_transpose,
        _mixes_the_channels,
        _places_before_channels,
        lambda x, k, stride: MaxPool2d(k, k)(x),
    ],
)
def check_max_pool(answer):
    """Agrees with the library's MaxPool2d, also where windows overlap."""
    rng = np.random.default_rng(0)
    for k, stride in ((2, 2), (3, 2), (2, 3)):
        x = rng.standard_normal((2, 3, 7, 6)) - 3  # a zero would be the largest
        expect(answer, x, k, stride, returns=MaxPool2d(k, stride)(x))


def adds_at_once(col, shape, kh, kw, stride):
    """Do what the text of the exercise shows: NumPy adds once to a place that is named twice."""
    number = np.arange(np.prod(shape)).reshape(shape)
    x = np.zeros(np.prod(shape))
    x[im2col(number, (kh, kw), stride)] += col
    return x.reshape(shape)


@exercise(
    "im2col-4",
    wrong=[
        ((1, 1, 4, 4), 2, 2, 2),
        ((2, 3, 5, 5), 1, 1, 1),
        ((1, 1, 3, 3), 3, 3, 1),
        ((1, 1, 8, 8), 3, 3, 4),
        (1, 1, 3, 3),
    ],
)
def check_break(answer):
    """Broken: two windows share a pixel, and one of the two terms is lost."""
    asked = "shape, kh, kw and stride, where shape is (N, C, H, W)"
    if not isinstance(answer, (tuple, list)) or len(answer) != 4:
        raise Rejected(f"expected {asked}, got {short(answer)}")
    shape, kh, kw, stride = answer
    if not isinstance(shape, (tuple, list)) or len(shape) != 4:
        raise Rejected(f"expected {asked}, got {short(answer)}")
    shape = tuple(shape)
    if np.prod(shape) > 1e5:
        raise Rejected(f"expected a small example, got pictures of shape {shape}")
    col = 1.0 + np.arange(im2col(np.zeros(shape), (kh, kw), stride).size).reshape(
        -1, shape[1] * kh * kw
    )
    right, wrong = col2im(col, shape, (kh, kw), stride), adds_at_once(col, shape, kh, kw, stride)
    if np.array_equal(right, wrong):
        raise Rejected(
            f"for shape {shape}, a {kh} × {kw} kernel and stride {stride} both give the same, "
            f"expected a difference; no pixel lies in two windows"
        )


@exercise(
    "im2col-5",
    wrong=[
        col2im,
        lambda col, shape, k, s: col2im(col, shape, k, s) / k**2,
        lambda col, shape, k, s: col2im(col, shape, k, s) * s**2 / k**2,
    ],
)
def check_undo(answer):
    """Every pixel that lies in a window is back; all others are 0."""
    rng = np.random.default_rng(0)
    for shape, k, s in (((2, 3, 5, 6), 3, 1), ((1, 2, 6, 7), 3, 2), ((2, 1, 7, 5), 2, 3)):
        x = rng.standard_normal(shape)
        reached = col2im(np.ones_like(im2col(x, k, s)), shape, k, s) > 0
        expect(answer, im2col(x, k, s), shape, k, s, returns=x * reached)


# The matrix, the product, and the product with its biases are there at the same time.
_COL, _ROWS = (28 / 30) ** 2 * 9, (28 / 30) ** 2 * 2


@exercise("im2col-6", wrong=[9.0, _COL, 1 + _COL, (_COL + 2 * _ROWS) * 1_843_200])
def check_peak(answer):
    """So it is: the matrix, the product, and a copy of the product with the biases."""
    expected = _COL + 2 * _ROWS
    if isinstance(answer, (int, float, np.number)) and answer > 1000:
        raise Rejected(f"expected a multiple of the bytes of `batch`, got {short(answer)}")
    expect_equal(answer, expected, "the peak, as a multiple of `batch`", rtol=0.05)


def _linear_pairs():
    """Yield a map, what is said to be its adjoint, whether it is, and the shapes of both."""
    shape, k = (2, 2, 5, 4), 2
    wide = im2col(np.zeros(shape), k).shape

    def once(col):
        return adds_at_once(col, shape, k, k, 1)

    def forth(x):
        return im2col(x, k)

    def back(col):
        return col2im(col, shape, k)

    yield forth, back, True, shape, wide
    yield forth, once, False, shape, wide
    yield forth, lambda col: -back(col), False, shape, wide
    yield forth, lambda col: 1.001 * back(col), False, shape, wide
    yield forth, lambda col: back(col[::-1]), False, shape, wide
    yield (lambda x: x[:, ::2]), _spread, True, (3, 6), (3, 3)
    yield (lambda x: x[:, ::2]), (lambda y: _spread(y)[:, ::-1]), False, (3, 6), (3, 3)
    yield (lambda x: 1e-6 * x), (lambda y: 2e-6 * y), False, (4,), (4,)


def _spread(y):
    x = np.zeros((3, 6))
    x[:, ::2] = y
    return x


def _round_trip(forward, back, x_shape, y_shape):
    x = np.random.default_rng(1).standard_normal(x_shape)
    return bool(np.allclose(back(forward(x)), x))


def _with_ones(forward, back, x_shape, y_shape):
    x, y = np.ones(x_shape), np.ones(y_shape)
    return bool(np.isclose((forward(x) * y).sum(), (x * back(y)).sum()))


def _never_below_a_millionth(forward, back, x_shape, y_shape):
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal(x_shape), rng.standard_normal(y_shape)
    return abs((forward(x) * y).sum() - (x * back(y)).sum()) < 1e-3


@exercise(
    "im2col-7",
    wrong=[
        _round_trip,
        _with_ones,
        _never_below_a_millionth,
        lambda forward, back, x_shape, y_shape: back(np.ones(y_shape)).shape == tuple(x_shape),
    ],
)
def check_adjoint(answer):
    """Every adjoint is accepted, and every imitation refused, however small its numbers are."""
    for place, (forward, back, is_adjoint, x_shape, y_shape) in enumerate(_linear_pairs()):
        got = answer(forward, back, x_shape, y_shape)
        if unwritten(got):
            raise NotWritten
        kind = "an adjoint" if is_adjoint else "an imitation"
        expect_equal(bool(got), is_adjoint, f"pair {place}, {kind} for shape {x_shape}")


def _layer(x, weight, bias, stride, pad, dilation):
    pairs = ((stride,) * 2, (pad,) * 2, (dilation,) * 2)
    return convolve(x, weight, *pairs, bias=bias)


def _forgets_the_bias(x, weight, bias, stride, pad, dilation):
    return _layer(x, weight, np.zeros_like(bias), stride, pad, dilation)


def _forgets_the_dilation(x, weight, bias, stride, pad, dilation):
    return _layer(x, weight, bias, stride, pad, 1)


def _pours_rows(x, weight, bias, stride, pad, dilation):
    y = _layer(x, weight, bias, stride, pad, dilation)
    return y.transpose(0, 2, 3, 1).reshape(y.shape)


def _pads_at_the_end(x, weight, bias, stride, pad, dilation):
    padded = np.pad(x, ((0, 0), (0, 0), (0, 2 * pad), (0, 2 * pad)))
    return _layer(padded, weight, bias, stride, 0, dilation)


def _turns_the_kernel(x, weight, bias, stride, pad, dilation):
    return _layer(x, weight[..., ::-1, ::-1], bias, stride, pad, dilation)


@exercise(
    "im2col-8",
    wrong=[
        _forgets_the_bias,
        _forgets_the_dilation,
        _pours_rows,
        _pads_at_the_end,
        _turns_the_kernel,
    ],
)
def check_dilated(answer):
    """Complete: batches, channels, bias, stride, padding and dilation."""
    rng = np.random.default_rng(0)
    x, bias = rng.standard_normal((2, 3, 9, 8)), rng.standard_normal(4)
    for (kh, kw), *settings in (
        ((3, 2), 1, 0, 1),
        ((2, 3), 2, 1, 1),
        ((3, 2), 1, 2, 3),
        ((2, 3), 3, 2, 2),
    ):
        weight = rng.standard_normal((4, 3, kh, kw))
        expected = _layer(x, weight, bias, *settings)
        expect(answer, x, weight, bias, *settings, returns=expected)
