"""How images lie in memory where NumPy computes: row by row, the batch innermost.

Images are logically ``(N, C, H, W)`` everywhere. In memory they lie as ``(H, C, W, N)``, a
transposed view that NumPy's elementwise functions preserve by themselves. Two things follow:

* with the batch innermost, every slice of an image is a long contiguous run;
* with the row index outermost, the ``KH`` rows under a filter lie next to each other.

:mod:`lib.convolution.row_windows` and :mod:`lib.convolution.depthwise` build on both. Explained in
the chapter *im2col*.
"""

import numpy as np

from lib.backend import cast, total, widened


def to_rows(x):
    """Return ``(N, C, H, W)`` images as a contiguous ``(H, C, W, N)`` array."""
    return np.ascontiguousarray(x.transpose(2, 1, 3, 0))


def to_images(rows):
    """Return an ``(H, C, W, N)`` array as a view of shape ``(N, C, H, W)``."""
    return rows.transpose(3, 1, 0, 2)


def sum_channels(x):
    """Add up all numbers of each channel.

    For NumPy a matrix-vector product with ones does it: BLAS adds about three times as fast as
    `numpy.sum` along several axes.

    Shape
    -----
    ``(N, C, H, W)`` → ``(C,)``

    Examples
    --------
    >>> sum_channels(np.ones((2, 3, 4, 5)))
    array([40., 40., 40.])
    """
    if not isinstance(x, np.ndarray):
        return total(x, axis=(0, 2, 3))
    rows = _pixel_rows(widened(x))
    return cast((rows @ np.ones(rows.shape[2], rows.dtype)).sum(axis=0), like=x)


def dot_channels(a, b):
    """Multiply two arrays number by number, and add up the products of each channel.

    For NumPy without an array of the products, which would cost more time than the sum.

    Shape
    -----
    ``(N, C, H, W)`` and the same → ``(C,)``

    Examples
    --------
    >>> dot_channels(np.full((2, 3, 4, 5), 2.0), np.full((2, 3, 4, 5), 3.0))
    array([240., 240., 240.])
    """
    if not isinstance(a, np.ndarray):
        return total(a * b, axis=(0, 2, 3))
    return cast(np.vecdot(_pixel_rows(widened(a)), _pixel_rows(widened(b))).sum(axis=0), like=a)


def _pixel_rows(x):
    """Return images as ``(H, C, W * N)``."""
    rows = to_rows(x)
    return rows.reshape(*rows.shape[:2], rows.shape[2] * rows.shape[3])
