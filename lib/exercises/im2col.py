"""The exercises of the chapter *im2col*."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from lib.convolution import col2im, im2col, output_size
from lib.exercises.comparison import NotWritten, Rejected, expect, expect_equal, unwritten
from lib.exercises.registry import exercise
from lib.layers import AvgPool2d


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


def _channels_last(n, p, q, c, i, j, shape, kernel_size):
    _, channels, h, w = shape
    kh, kw = kernel_size
    out_h, out_w = h - kh + 1, w - kw + 1
    return (n * out_h + p) * out_w + q, (i * kw + j) * channels + c


def _takes_the_picture_for_the_output(n, p, q, c, i, j, shape, kernel_size):
    _, _, h, w = shape
    kh, kw = kernel_size
    return (n * h + p) * w + q, (c * kh + i) * kw + j


@exercise("im2col-2", wrong=[_channels_last, _takes_the_picture_for_the_output])
def check_place(answer):
    """Agrees with the library's matrix."""
    for shape, kernel_size in (((2, 3, 4, 6), (3, 2)), ((3, 2, 5, 4), (2, 3))):
        x = np.arange(np.prod(shape)).reshape(shape)
        col = im2col(x, kernel_size)
        for n, c, p, q, i, j in ((0, 0, 0, 0, 0, 0), (1, 1, 1, 1, 1, 0), (1, 0, 0, 1, 1, 1)):
            ((row, column),) = np.argwhere(
                (col == x[n, c, p + i, q + j])
                & (np.arange(len(col)) == _row(n, p, q, shape, kernel_size))[:, None]
            )
            expect(answer, n, p, q, c, i, j, shape, kernel_size, returns=(int(row), int(column)))


def _row(n, p, q, shape, kernel_size):
    out_h, out_w = (output_size(*axis) for axis in zip(shape[2:], kernel_size, strict=True))
    return np.ravel_multi_index((n, p, q), (shape[0], out_h, out_w))


def _pooled_columns(x, kernel_size, stride):
    n, c, h, w = x.shape
    out_h, out_w = (output_size(size, kernel_size, stride) for size in (h, w))
    means = im2col(x, kernel_size, stride).reshape(-1, c, kernel_size**2).mean(axis=2)
    return means, (n, out_h, out_w, c)


def _forgets_the_transpose(x, kernel_size, stride):
    means, (n, out_h, out_w, c) = _pooled_columns(x, kernel_size, stride)
    return means.reshape(n, c, out_h, out_w)


def _mixes_the_channels(x, kernel_size, stride):
    means, shape = _pooled_columns(x, kernel_size, stride)
    mixed = means.mean(axis=1, keepdims=True) * np.ones(shape[-1])
    return mixed.reshape(shape).transpose(0, 3, 1, 2)


@exercise("im2col-3", wrong=[_forgets_the_transpose, _mixes_the_channels])
def check_average_pool(answer):
    """Agrees with the library's AvgPool2d, also where windows overlap."""
    rng = np.random.default_rng(0)
    for kernel_size, stride in ((2, 2), (3, 2), (2, 3)):
        x = rng.standard_normal((2, 3, 7, 6))
        expect(answer, x, kernel_size, stride, returns=AvgPool2d(kernel_size, stride)(x))


def _adds_only(col, input_shape, kernel_size, stride):
    return col2im(col, input_shape, kernel_size, stride)


@exercise(
    "im2col-4",
    wrong=[_adds_only, lambda col, shape, k, s: col2im(col, shape, k, s) / k**2],
)
def check_undo(answer):
    """Every pixel that lies in a window is back; all others are 0."""
    rng = np.random.default_rng(0)
    for shape, k, s in (((2, 3, 5, 6), 3, 1), ((1, 2, 6, 7), 3, 2), ((2, 1, 7, 5), 2, 3)):
        x = rng.standard_normal(shape)
        reached = col2im(np.ones_like(im2col(x, k, s)), shape, k, s) > 0
        expect(answer, im2col(x, k, s), shape, k, s, returns=x * reached)


def _line_matrix(kernel, size, stride):
    pixels = np.eye(size)
    return sliding_window_view(pixels, len(kernel), axis=1)[:, ::stride].dot(kernel).T


@exercise(
    "im2col-5",
    wrong=[
        lambda kernel, size, stride: _line_matrix(kernel[::-1], size, stride),
        lambda kernel, size, stride: _line_matrix(kernel, size, 1),
        lambda kernel, size, stride: _line_matrix(kernel, size, stride).T,
    ],
)
def check_line_matrix(answer):
    """One row for each output, the kernel in each, `stride` further to the right."""
    for kernel, size, stride in (([1.0, 2, 3], 5, 1), ([1.0, -1], 7, 2), ([2.0, 0, 1], 9, 3)):
        kernel = np.array(kernel)
        expect(answer, kernel, size, stride, returns=_line_matrix(kernel, size, stride))


def _strided(x, kernel_size, stride, strides=None, writeable=False):
    n, c, h, w = x.shape
    out_h, out_w = (output_size(size, kernel_size, stride) for size in (h, w))
    sn, sc, sh, sw = strides or x.strides
    return np.lib.stride_tricks.as_strided(
        x,
        (n, out_h, out_w, c, kernel_size, kernel_size),
        (sn, stride * sh, stride * sw, sc, sh, sw),
        writeable=writeable,
    )


def _computes_the_strides(x, kernel_size, stride):
    # The strides of a contiguous array of this shape: for others wrong, but inside their memory.
    return _strided(x, kernel_size, stride, np.empty(x.shape, x.dtype).strides)


@exercise(
    "im2col-6",
    wrong=[
        lambda x, k, s: _strided(x, k, s).copy(),
        lambda x, k, s: _strided(x, k, s, writeable=True),
        _computes_the_strides,
    ],
)
def check_window_view(answer):
    """Nothing is copied, nothing can be written, and it works however `x` lies in memory."""
    rng = np.random.default_rng(0)
    plain = rng.standard_normal((2, 3, 5, 6))
    turned = rng.standard_normal((5, 3, 6, 2)).transpose(3, 1, 0, 2)
    for x, k, s in ((plain, 2, 1), (plain, 3, 2), (turned, 2, 1)):
        lies = "contiguous" if x is plain else "transposed"
        view = answer(x, k, s)
        if unwritten(view):
            raise NotWritten
        given = f"the windows of a {lies} array, kernel_size {k}, stride {s}"
        expect_equal(view, np.ascontiguousarray(_strided(x, k, s)), given)
        if not np.may_share_memory(view, x):
            raise Rejected(f"{given}: expected a view of x, got a copy")
        if view.flags.writeable:
            raise Rejected(f"{given}: expected a read-only view, got one that can be written")


class Pixel:
    """A number that counts how often pixels are multiplied."""

    multiplications = 0

    def __init__(self, value):
        self.value = value

    def __add__(self, other):
        return Pixel(self.value + getattr(other, "value", other))

    def __sub__(self, other):
        return Pixel(self.value - getattr(other, "value", other))

    def __rsub__(self, other):
        return Pixel(other - self.value)

    def __mul__(self, other):
        Pixel.multiplications += 1
        return Pixel(self.value * getattr(other, "value", other))

    def __truediv__(self, other):
        Pixel.multiplications += 1
        return Pixel(self.value / getattr(other, "value", other))

    def __neg__(self):
        return Pixel(-self.value)

    __radd__, __rmul__ = __add__, __mul__


def _six_products(d, g):
    return [d[q] * g[0] + d[q + 1] * g[1] + d[q + 2] * g[2] for q in (0, 1)]


def _wrong_sign(d, g):
    first, last = (d[0] - d[2]) * g[0], (d[1] - d[3]) * g[2]
    plus = (d[1] + d[2]) * ((g[0] + g[1] + g[2]) / 2)
    minus = (d[2] - d[1]) * ((g[0] - g[1] + g[2]) / 2)
    return [first + plus + minus, plus - minus + last]


@exercise("im2col-7", wrong=[_six_products, _wrong_sign])
def check_winograd(answer):
    """Two outputs with four multiplications."""
    rng = np.random.default_rng(0)
    for _ in range(3):
        d, g = rng.integers(-9, 10, 4).tolist(), rng.integers(-9, 10, 3).tolist()
        expect(answer, d, g, returns=_six_products(d, g))
    Pixel.multiplications = 0
    got = answer([Pixel(value) for value in d], g)
    expect_equal([y.value for y in got], _six_products(d, g), "the outputs")
    if Pixel.multiplications > 4:
        raise Rejected(
            f"{Pixel.multiplications} multiplications of pixels; expected 4 (sums of weights, "
            "halved, can be made once for all windows and are free)"
        )
