"""The fast convolution on the CPU, for NumPy: the window matrix as a view, not a copy.

Images are logically ``(N, C, H, W)`` everywhere. In memory they lie as ``(H, C, W, N)``, the
transposed view that NumPy's elementwise functions preserve by themselves. Two things follow:

* with the batch innermost, every slice of an image is a long contiguous run;
* with the row index outermost, the ``KH`` rows under a filter lie next to each other.

So a buffer that holds, for each image row, its ``KW`` horizontal shifts already contains the
whole :func:`~lib.windows.im2col` matrix of each output row as an overlapping view. A convolution
is then ``KW`` slice copies (im2col makes ``KH * KW``) and one batched matrix product.

The functions answer to their twins in :mod:`lib.windows` and give the same numbers. Explained in
the chapter *im2col*.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from lib.windows import axis_slice, output_shape, window_slices

ONE = (1, 1)


def supports(x, dilation):
    """Tell whether this module can convolve `x`; elsewhere :mod:`lib.windows` does."""
    return isinstance(x, np.ndarray) and dilation == ONE


def to_rows(x):
    """Return ``(N, C, H, W)`` images as a contiguous ``(H, C, W, N)`` array."""
    return np.ascontiguousarray(x.transpose(2, 1, 3, 0))


def to_images(rows):
    """Return an ``(H, C, W, N)`` array as a view of shape ``(N, C, H, W)``."""
    return rows.transpose(3, 1, 0, 2)


def row_windows(rows, kernel_size, stride, padding):
    """Return the im2col matrix of each output row.

    Parameters
    ----------
    rows : numpy.ndarray
    kernel_size, stride, padding : (int, int)
        A negative padding cuts rows or columns off.

    Shape
    -----
    ``(H, C, W, N)`` → ``(OH, KH * KW * C, OW * N)``, a read-only view of overlapping memory.
    """
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    if ph < 0 or pw < 0:
        cut_h, cut_w = max(-ph, 0), max(-pw, 0)
        rows = rows[cut_h : len(rows) - cut_h, :, cut_w : rows.shape[2] - cut_w]
        ph, pw = max(ph, 0), max(pw, 0)
    h, c, w, n = rows.shape
    out_h, out_w = output_shape((h, w), kernel_size, stride, (ph, pw), ONE)

    shifts = np.empty((h + 2 * ph, kw, c, out_w, n), rows.dtype)
    shifts[:ph] = 0
    shifts[ph + h :] = 0
    for j in range(kw):
        # Output column o shows image column o * sw + j - pw; those from first to last - 1 exist.
        first = min(max(0, -((j - pw) // sw)), out_w)
        last = max(first, min(out_w, (w - 1 + pw - j) // sw + 1))
        image = shifts[ph : ph + h, j]
        image[:, :, :first] = 0
        image[:, :, last:] = 0
        if first < last:
            columns = axis_slice(first * sw + j - pw, sw, last - first)
            image[:, :, first:last] = rows[:, :, columns]

    row = shifts.strides[0]
    return as_strided(
        shifts,
        shape=(out_h, kh * kw * c, out_w * n),
        strides=(sh * row, out_w * n * shifts.itemsize, shifts.itemsize),
        writeable=False,
    )


def convolve(x, weight, stride, padding, dilation=ONE, groups=1):
    """Convolve images with filters: the fast twin of :func:`lib.windows.convolve`."""
    if groups > 1:
        parts = zip(_parts(x, groups), _parts(weight, groups, axis=0), strict=True)
        return np.concatenate([convolve(*part, stride, padding) for part in parts], axis=1)
    f, _, *kernel_size = weight.shape
    out_h, out_w = output_shape(x.shape, kernel_size, stride, padding, ONE)
    windows = row_windows(to_rows(x), kernel_size, stride, padding)
    filters = weight.transpose(0, 2, 3, 1).reshape(f, -1)
    return to_images((filters @ windows).reshape(out_h, f, out_w, len(x)))


def convolve_backward(
    dout,
    x,
    weight,
    stride,
    padding,
    dilation=ONE,
    groups=1,
    *,
    needs_dx=True,
    needs_dweight=True,
):
    """Return ``(dx, dweight)``: the fast twin of :func:`lib.windows.convolve_backward`."""
    if groups > 1:
        parts = _parts(dout, groups), _parts(x, groups), _parts(weight, groups, axis=0)
        needs = {"needs_dx": needs_dx, "needs_dweight": needs_dweight}
        gradients = [
            convolve_backward(*part, stride, padding, **needs) for part in zip(*parts, strict=True)
        ]
        dx, dweight = zip(*gradients, strict=True)
        return (
            np.concatenate(dx, axis=1) if needs_dx else None,
            np.concatenate(dweight, axis=0) if needs_dweight else None,
        )
    rows, drows = to_rows(x), to_rows(dout)
    if needs_dx and stride == ONE:
        return _flipped_convolution(drows, rows, weight, padding, needs_dweight)
    f, c, kh, kw = weight.shape
    out_h, _, out_w, n = drows.shape
    drows = drows.reshape(out_h, f, out_w * n)
    dweight = None
    if needs_dweight:
        windows = row_windows(rows, (kh, kw), stride, padding)
        dweight = (drows @ windows.mT).sum(axis=0).reshape(f, kh, kw, c).transpose(0, 3, 1, 2)
    if not needs_dx:
        return None, dweight
    dwindows = weight.transpose(2, 3, 1, 0).reshape(-1, f) @ drows
    dwindows = dwindows.reshape(out_h, kh, kw, c, out_w, n)
    (ph, pw), (h, w) = padding, x.shape[2:]
    padded = np.zeros((h + 2 * ph, c, w + 2 * pw, n), x.dtype)
    for i, j, (_, i_rows, j_columns) in window_slices((kh, kw), stride, ONE, (out_h, out_w)):
        padded[i_rows, :, j_columns] += dwindows[:, i, j]
    return to_images(padded[ph : ph + h, :, pw : pw + w]), dweight


def _flipped_convolution(drows, rows, weight, padding, needs_dweight):
    """Return ``(dx, dweight)`` at stride 1, both from one set of windows of ``dout``.

    ``dx`` is the convolution of ``dout`` with the filters turned by 180 degrees and the padding
    ``K - 1 - P``; the same windows, multiplied by the input instead, give ``dweight``.
    """
    f, c, kh, kw = weight.shape
    h, _, w, n = rows.shape
    windows = row_windows(drows, (kh, kw), ONE, (kh - 1 - padding[0], kw - 1 - padding[1]))
    flipped = weight[:, :, ::-1, ::-1].transpose(1, 2, 3, 0).reshape(c, -1)
    dx = (flipped @ windows).reshape(h, c, w, n)
    if not needs_dweight:
        return to_images(dx), None
    dweight = (windows @ rows.reshape(h, c, w * n).mT).sum(axis=0)
    dweight = dweight.reshape(kh, kw, f, c)[::-1, ::-1].transpose(2, 3, 0, 1)
    return to_images(dx), dweight


def _parts(array, groups, axis=1):
    """Cut channels, or filters along axis 0, into one view for each group."""
    return np.split(array, groups, axis)
