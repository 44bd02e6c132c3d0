"""The passes through memory between the convolutions, compiled: each number read and written once.

NumPy makes an array for every step of a formula. These loops take one number after the other
through all steps of a pass while it is in a register, and the threads share the rows of the images.
Each function stands for a line or two of a layer, which is its readable twin. Images are float32,
and lie as :mod:`lib.convolution.row_layout` lays them.
"""

import numpy as np

from lib.compiled.compiling import jit, jit_sums
from lib.convolution.row_layout import to_images, to_rows
from lib.convolution.threads import by_rows

# Multiply-adds of a convolution that take as long as one number of a pass.
COST = 8


def clip(x, low, high):
    """Return `x` with what is below `low` or above `high` replaced by these; NaN stays."""
    return _by_number(_clip, x, np.float32(low), np.float32(high))


def pass_inside(dout, out, low, high):
    """Return `dout` where `out`, which was clipped, lies between the two, and 0 elsewhere."""
    return _by_number(_pass_inside, dout, out, np.float32(low), np.float32(high))


def add(a, b):
    """Return the sum of two arrays of images."""
    return _by_number(_add, a, b)


def moments(x):
    """Return the mean and the variance of each channel: ``(N, C, H, W)`` → ``(C,)`` twice."""
    rows = _pixels(x)
    sums, squares = np.empty((2, *rows.shape[:2]), np.float32)
    _share(lambda part: _moments(rows[part], sums[part], squares[part]), rows)
    count = rows.size // rows.shape[1]
    mean = sums.sum(axis=0) / np.float32(count)
    # Squares are about the mean of each row: that of the row about the whole is added.
    off = sums / np.float32(rows.shape[2]) - mean
    squares += np.float32(rows.shape[2]) * off * off
    return mean, squares.sum(axis=0) / np.float32(count)


def normalize(x, mean, scale, shift):
    """Return ``(x - mean) * scale + shift`` with one number of each for a channel."""
    rows = _pixels(x)
    out = np.empty_like(rows)
    _share(lambda part: _normalize(rows[part], mean, scale, shift, out[part]), rows)
    return _images(out, x)


def sums_and_dots(dout, x, mean):
    """Return for each channel the sum of `dout`, and that of ``dout * (x - mean)``."""
    drows, rows = _pixels(dout), _pixels(x)
    sums, dots = np.empty((2, *rows.shape[:2]), np.float32)
    _share(lambda p: _sums_and_dots(drows[p], rows[p], mean, sums[p], dots[p]), rows)
    return sums.sum(axis=0), dots.sum(axis=0)


def normalize_backward(dout, x, mean, slope, shift, scale):
    """Return ``(dout - slope * (x - mean) - shift) * scale``, one number of each for a channel."""
    drows, rows = _pixels(dout), _pixels(x)
    dx = np.empty_like(rows)
    numbers = mean, slope, shift, scale
    _share(lambda p: _normalize_backward(drows[p], rows[p], *numbers, dx[p]), rows)
    return _images(dx, x)


def max_pool(x, kernel_size):
    """Return the maxima of windows side by side, and which pixel of its window each is, the first.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, C, OH, OW)`` and the same as uint8 in ``(OH, C, OW, N)``
    """
    (kh, kw), rows = kernel_size, to_rows(x)
    h, c, w, n = rows.shape
    out = np.empty((h // kh, c, w // kw, n), x.dtype)
    which = np.empty(out.shape, np.uint8)
    by_rows(
        lambda part: _max_pool(rows[part.start * kh :], out[part], which[part], kh, kw),
        len(out),
        COST * x.size,
    )
    return to_images(out), which


def max_pool_backward(dout, which, kernel_size, shape):
    """Return the gradient of images of a shape: each number of `dout` where its maximum was."""
    (kh, kw), (n, c, h, w), drows = kernel_size, shape, to_rows(dout)
    out_h, out_w = drows.shape[0], drows.shape[2]
    exact = (out_h * kh, out_w * kw) == (h, w)
    dx = (np.empty if exact else np.zeros)((h, c, w, n), dout.dtype)
    by_rows(
        lambda part: _max_pool_backward(drows[part], which[part], dx[part.start * kh :], kh, kw),
        out_h,
        COST * dx.size,
    )
    return to_images(dx)


def _pixels(x):
    """Return images as ``(H, C, W * N)``."""
    rows = to_rows(x)
    return rows.reshape(*rows.shape[:2], -1)


def _images(pixels, like):
    """Return ``(H, C, W * N)`` as images of the shape of others."""
    n, c, h, w = like.shape
    return to_images(pixels.reshape(h, c, w, n))


def _share(work, rows):
    """Do `work` on parts of the rows."""
    by_rows(work, len(rows), COST * rows.size)


def _by_number(loop, first, *rest):
    """Call a loop over the numbers of one array or several of a shape, and return what it fills."""
    arrays = [_pixels(a) if isinstance(a, np.ndarray) else a for a in (first, *rest)]
    out = np.empty_like(arrays[0])

    def work(part):
        parts = (a[part].reshape(-1) if isinstance(a, np.ndarray) else a for a in arrays)
        loop(*parts, out[part].reshape(-1))

    _share(work, out)
    return _images(out, first)


@jit
def _clip(x, low, high, out):
    for i in range(len(out)):
        value = low if x[i] < low else x[i]
        out[i] = high if value > high else value


@jit
def _pass_inside(dout, out, low, high, dx):
    endless = high == np.inf
    for i in range(len(dx)):
        dx[i] = dout[i] * np.float32(out[i] > low and (endless or out[i] < high))


@jit
def _add(a, b, out):
    for i in range(len(out)):
        out[i] = a[i] + b[i]


@jit_sums
def _moments(x, sums, squares):
    for row, channel in np.ndindex(sums.shape):
        pixels = x[row, channel]
        total = np.float32(0)
        for p in range(len(pixels)):
            total += pixels[p]
        mean = total / np.float32(len(pixels))
        square = np.float32(0)
        for p in range(len(pixels)):
            square += (pixels[p] - mean) * (pixels[p] - mean)
        sums[row, channel], squares[row, channel] = total, square


@jit
def _normalize(x, mean, scale, shift, out):
    for row, channel in np.ndindex(x.shape[:2]):
        pixels, results = x[row, channel], out[row, channel]
        center, factor, added = mean[channel], scale[channel], shift[channel]
        for p in range(len(pixels)):
            results[p] = (pixels[p] - center) * factor + added


@jit_sums
def _sums_and_dots(dout, x, mean, sums, dots):
    for row, channel in np.ndindex(sums.shape):
        gradients, pixels, center = dout[row, channel], x[row, channel], mean[channel]
        total, dot = np.float32(0), np.float32(0)
        for p in range(len(pixels)):
            total += gradients[p]
            dot += gradients[p] * (pixels[p] - center)
        sums[row, channel], dots[row, channel] = total, dot


@jit
def _normalize_backward(dout, x, mean, slope, shift, scale, dx):
    for row, channel in np.ndindex(x.shape[:2]):
        gradients, pixels, results = dout[row, channel], x[row, channel], dx[row, channel]
        center, tilt, off, factor = mean[channel], slope[channel], shift[channel], scale[channel]
        for p in range(len(pixels)):
            results[p] = (gradients[p] - tilt * (pixels[p] - center) - off) * factor


@jit
def _max_pool(x, out, which, kh, kw):
    for row, channel, column in np.ndindex(out.shape[:3]):
        best, place = out[row, channel, column], which[row, channel, column]
        best[:] = x[row * kh, channel, column * kw]
        place[:] = 0
        for i in range(kh):
            for j in range(kw):
                pixels, number = x[row * kh + i, channel, column * kw + j], np.uint8(i * kw + j)
                for n in range(len(best)):
                    # NaN is no larger than anything, and has to win.
                    if pixels[n] > best[n] or pixels[n] != pixels[n]:
                        best[n], place[n] = pixels[n], number


@jit
def _max_pool_backward(dout, which, dx, kh, kw):
    for row, channel, column in np.ndindex(dout.shape[:3]):
        gradients, place = dout[row, channel, column], which[row, channel, column]
        for i in range(kh):
            for j in range(kw):
                pixels, number = dx[row * kh + i, channel, column * kw + j], np.uint8(i * kw + j)
                for n in range(len(gradients)):
                    pixels[n] = gradients[n] if place[n] == number else np.float32(0)
