"""Padded rows of images, in which the taps of every window lie at the same distances."""

import math
from itertools import product

import numpy as np

from lib.compiled.kernels import WIDE
from lib.compiled.vectors import LENGTH
from lib.convolution.row_layout import to_images, to_rows
from lib.convolution.row_windows import CACHE, rows_below, show_columns
from lib.convolution.threads import by_rows


def padded_rows(rows, kernel_size, stride, padding, part, out_w):
    """Return the image rows under some rows of windows, padded, and the taps of a window in them.

    At a stride of S the columns lie sorted by their number modulo S, so that those which one tap
    sees in all windows lie side by side.

    Parameters
    ----------
    rows : numpy.ndarray
    kernel_size, stride, padding : (int, int)
        A negative padding cuts rows or columns off.
    part : slice
        Which rows of windows.
    out_w : int
        How many windows there are in a row.

    Returns
    -------
    padded : numpy.ndarray
    taps : numpy.ndarray
        How far each pixel of a window lies from its first one, in numbers.

    Shape
    -----
    ``(H, C, W, N)`` → ``(rows, C, room)``, of the image itself where there is nothing to add, and
    ``(KH * KW,)``
    """
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    h, c, w, n = rows.shape
    top, above, below, bottom = rows_below(part.start, part.stop, kh, sh, ph, h)
    row, column = np.indices(kernel_size).reshape(2, -1)
    whole = (above, below) == (top, bottom) and out_w <= w
    if kw == sw == 1 and pw == 0 and whole and w * n >= WIDE:
        return rows[top:bottom].reshape(-1, c, w * n), row * c * w * n  # nothing to add
    columns = out_w + (kw - 1) // sw  # of each remainder
    length = sw * columns * n
    room = length + max(0, WIDE - out_w * n)  # the kernel reads whole tiles
    if room % 1024 < WIDE:  # channels 4 KB apart would fight for the same places of the cache
        room += WIDE
    room = -(-room // LENGTH) * LENGTH
    padded = _aligned((bottom - top, c, room), rows.dtype)
    padded[: above - top] = 0
    padded[below - top :] = 0
    images = padded[above - top : below - top, :, :length].reshape(below - above, c, sw, columns, n)
    for r in range(sw):
        show_columns(images[:, :, r], rows[above:below], r - pw, sw)
    return padded, row * c * room + (column % sw * columns + column // sw) * n


def _aligned(shape, dtype):
    """Return a fresh array that begins where a vector does: one across two lines loads twice."""
    size, vector = math.prod(shape), LENGTH * dtype.itemsize
    memory = np.empty(size + LENGTH, dtype)
    first = -memory.ctypes.data % vector // dtype.itemsize
    return memory[first : first + size].reshape(shape)


def by_padded_rows(work, rows, kernel_size, stride, padding, out_shape, multiply_adds, together=1):
    """Call ``work(padded, taps, part)`` for a few rows of windows at a time, on several threads.

    Parameters
    ----------
    work : callable
        Takes what :func:`padded_rows` returns, and a slice of the rows of windows.
    rows : numpy.ndarray
        Images, ``(H, C, W, N)``.
    kernel_size, stride, padding : (int, int)
    out_shape : (int, int)
        Rows and columns of windows.
    multiply_adds : int
        Of the whole computation.
    together : int, default 1
        Rows of windows that must not be parted: so many from each multiple of it on.
    """
    out_h, out_w = out_shape

    def pad_and_work(groups):
        part = slice(groups.start * together, min(groups.stop * together, out_h))
        work(*padded_rows(rows, kernel_size, stride, padding, part, out_w), part)

    in_cache = (CACHE // rows[0].nbytes - kernel_size[0]) // stride[0] + 1
    by_rows(pad_and_work, -(-out_h // together), multiply_adds, max(1, in_cache // together))


def fill(out, kernel, rows, kernel_size, stride, padding, multiply_adds):
    """Fill `out`, ``(OH, F, OW, N)``, by ``kernel(padded, taps, step, part_of_out)``.

    The kernel fills whole tiles, one after the other; where `out` has no room for that, another
    array has.
    """
    out_h, f, out_w, n = out.shape
    length = out_w * n
    fits = out.flags.c_contiguous and length >= WIDE
    wide = out.reshape(out_h, f, -1) if fits else np.empty((out_h, f, max(length, WIDE)), out.dtype)

    def work(padded, taps, part):
        kernel(padded, taps, stride[0], wide[part])
        if not fits:
            out[part] = wide[part, :, :length].reshape(out[part].shape)

    by_padded_rows(work, rows, kernel_size, stride, padding, (out_h, out_w), multiply_adds)


def input_gradient(correlate, dout, shape, kernel_size, stride, padding):
    """Return the gradient of images as some convolutions of `dout` at stride 1.

    A pixel whose place, counted from the edge of the padding, leaves the remainders ``a`` and ``b``
    modulo the strides is seen by the taps ``a, a + S ...`` and ``b, b + S ...`` alone. The gradient
    of all these pixels is a convolution with these taps, turned by 180 degrees.

    Parameters
    ----------
    correlate : callable
        Called as ``correlate(drows, taps, frame, out)``: the rows of `dout`, the slices that take
        the filters' taps, turned, the padding of `dout`, below 0 where it is cut, and what is to be
        filled.
    dout : numpy.ndarray
    shape : tuple of int
        That of the images.
    kernel_size, stride, padding : (int, int)

    Shape
    -----
    ``(N, F, OH, OW)`` → ``(N, C, H, W)``
    """
    n, c, h, w = shape
    # Pixels that a stride wider than the window steps over have no gradient.
    skips = np.less(kernel_size, stride).any()
    dx = (np.zeros if skips else np.empty)((h, c, w, n), dout.dtype)
    drows = to_rows(dout)
    for of_rows, of_columns in product(*map(_by_remainder, (h, w), kernel_size, stride, padding)):
        taps, pixels, frame = zip(of_rows, of_columns, strict=True)
        correlate(drows, taps, frame, dx[pixels[0], :, pixels[1]])
    return to_images(dx)


def _by_remainder(size, kernel_size, stride, padding):
    """Return taps, pixels and frame for each remainder along one axis."""
    found = []
    for r in range(min(kernel_size, stride)):
        first = (r - padding) % stride
        if first < size:
            count = len(range(r, kernel_size, stride))
            taps = slice(r + (count - 1) * stride, None if r == 0 else r - 1, -stride)
            # The window that begins at the first pixel has so many before it.
            window = (first + padding) // stride
            found.append((taps, slice(first, None, stride), count - 1 - window))
    return found
