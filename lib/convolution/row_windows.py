"""The fast convolution on the CPU, for NumPy: the window matrix as a view, not a copy.

Images lie in memory as :mod:`lib.convolution.row_layout` lays them, ``(H, C, W, N)``. A buffer that
holds, for each image row, its ``KW`` horizontal shifts already contains the whole
:func:`~lib.convolution.im2col` matrix of each output row as an overlapping view, because
the ``KH`` rows under a filter lie next to each other. A convolution is then ``KW`` slice copies
(im2col makes ``KH * KW``) and one batched matrix product. The threads of
:mod:`lib.convolution.threads` share the output rows, and take a few at a time, each with a buffer
of its own.

The functions answer to their twins in :mod:`lib.convolution.windows` and give the same numbers.
Explained in the chapter *im2col*.
"""

import numpy as np

from lib.backend import cast, total, widened
from lib.convolution.row_layout import to_images, to_rows
from lib.convolution.sizes import axis_slice, output_shape
from lib.convolution.threads import by_rows
from lib.convolution.windows import window_slices

ONE = (1, 1)
# Multiply-adds up to which OpenBLAS (0.3.31, AVX-512) multiplies without copying.
SMALL_PRODUCT = 1_000_000
# Bytes of windows that a thread makes at a time, so that they are multiplied while in the cache.
CACHE = 4_000_000
# Numbers left free after a row of windows that takes a multiple of 2 KB: such rows would fall onto
# the same few lines of the cache, and push one another out.
GAP = 16


def supports(x, dilation):
    """Tell whether this module can convolve `x`; elsewhere :mod:`lib.convolution.windows` does."""
    return isinstance(x, np.ndarray) and dilation == ONE and x.size > 0


def row_windows(rows, kernel_size, stride, padding, part=slice(None)):
    """Return the im2col matrix of each output row.

    Parameters
    ----------
    rows : numpy.ndarray
    kernel_size, stride, padding : (int, int)
        A negative padding cuts rows or columns off.
    part : slice, optional
        Which output rows; all of them if not given.

    Shape
    -----
    ``(H, C, W, N)`` → ``(OH, KH * KW * C, OW * N)``, a read-only view of overlapping memory: of
    the image itself where windows are one column wide and neither skip nor pad.
    """
    (kh, kw), (sh, sw), (ph, pw) = kernel_size, stride, padding
    if ph < 0 or pw < 0:
        cut_h, cut_w = max(-ph, 0), max(-pw, 0)
        rows = rows[cut_h : len(rows) - cut_h, :, cut_w : rows.shape[2] - cut_w]
        ph, pw = max(ph, 0), max(pw, 0)
    h, c, w, n = rows.shape
    out_h, out_w = output_shape((h, w), kernel_size, stride, (ph, pw), ONE)
    start, stop, _ = part.indices(out_h)
    top, above, below, bottom = rows_below(start, stop, kh, sh, ph, h)

    if kw == sw == 1 and pw == 0 and (above, below) == (top, bottom):
        buffer = np.ascontiguousarray(rows[top:bottom]).reshape(bottom - top, c, out_w * n)
    else:
        length = out_w * n
        gap = GAP if length * rows.itemsize % 2048 == 0 else 0
        buffer = np.empty((bottom - top, kw, c, length + gap), rows.dtype)
        shifts = buffer[..., :length].reshape(bottom - top, kw, c, out_w, n)
        shifts[: above - top] = 0
        shifts[below - top :] = 0
        for j in range(kw):
            show_columns(shifts[above - top : below - top, j], rows[above:below], j - pw, sw)

    # NumPy refuses a view that would reach beyond the buffer.
    made = np.ndarray(
        shape=(stop - start, kh * kw * c, out_w * n),
        dtype=buffer.dtype,
        buffer=buffer,
        strides=(sh * buffer.strides[0], buffer.strides[-2], buffer.itemsize),
    )
    made.flags.writeable = False
    return made


def rows_below(start, stop, kernel_size, stride, padding, size):
    """Return which image rows lie below some rows of windows.

    Parameters
    ----------
    start, stop : int
        The rows of windows.
    kernel_size, stride, padding, size : int
        From above to below; `size` is that of the image.

    Returns
    -------
    top, above, below, bottom : int
        Rows top to bottom - 1 lie below the windows; those from above to below - 1 exist.
    """
    top, bottom = start * stride - padding, (stop - 1) * stride - padding + kernel_size
    above = min(max(top, 0), bottom)
    return top, above, max(above, min(bottom, size)), bottom


def show_columns(to, rows, start, step):
    """Fill `to`, in place, with every `step`-th column of an image from `start` on.

    Columns that the image does not have, such as those before it, are zeros.

    Shape
    -----
    to ``(H, C, columns, N)``, rows ``(H, C, W, N)``
    """
    count, width = to.shape[2], rows.shape[2]
    # Column k shows image column start + k * step, which exists from first to last - 1.
    first = min(max(0, -(start // step)), count)
    last = max(first, min(count, (width - 1 - start) // step + 1))
    to[:, :, :first] = 0
    to[:, :, last:] = 0
    if first < last:
        to[:, :, first:last] = rows[:, :, axis_slice(start + first * step, step, last - first)]


def convolve(x, weight, stride, padding, dilation=ONE, groups=1, bias=None):
    """Convolve images with filters: the fast twin of :func:`lib.convolution.convolve`."""
    if groups > 1:
        biases = [None] * groups if bias is None else np.split(bias, groups)
        parts = zip(_parts(x, groups), _parts(weight, groups, axis=0), biases, strict=True)
        outs = [convolve(x, w, stride, padding, bias=b) for x, w, b in parts]
        return np.concatenate(outs, axis=1)
    f, _, *kernel_size = weight.shape
    out_h, out_w = output_shape(x.shape, kernel_size, stride, padding, ONE)
    rows, filters = to_rows(x), weight.transpose(0, 2, 3, 1).reshape(f, -1)
    out = np.empty((out_h, f, out_w * len(x)), x.dtype)

    def work(part):
        windows = row_windows(rows, kernel_size, stride, padding, part)
        _multiply(filters, windows, out[part])
        if bias is not None:
            out[part] += bias[:, None]

    at_a_time = _rows_at_a_time(rows, kernel_size, stride, out_w)
    by_rows(work, out_h, filters.shape[1] * out.size, at_a_time)
    return to_images(out.reshape(out_h, f, out_w, len(x)))


def _rows_at_a_time(rows, kernel_size, stride, out_w):
    """Return how many output rows have windows that fit into the cache."""
    _, c, _, n = rows.shape
    image_row = kernel_size[1] * c * out_w * n * rows.itemsize
    return max(1, (CACHE // image_row - kernel_size[0]) // stride[0] + 1)


def _multiply(filters, windows, out):
    """Write ``filters @ windows`` to `out`, a block of columns at a time.

    OpenBLAS copies the matrices of a product into its own order first, unless the product is
    small. With few filters the copy costs as much as the product, so we cut it into small ones.
    """
    columns = out.shape[-1]
    block = SMALL_PRODUCT // filters.size // 16 * 16
    if block < 200:  # narrower blocks lose more than the copy costs
        block = columns
    for first in range(0, columns, block):
        part = slice(first, first + block)
        np.matmul(filters, windows[..., part], out=out[..., part])


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
    """Return ``(dx, dweight)``: see :func:`lib.convolution.convolve_backward`."""
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
    dweight = _dweight(drows, rows, weight, stride, padding) if needs_dweight else None
    return _scattered(drows, x, weight, stride, padding) if needs_dx else None, dweight


def _flipped_convolution(drows, rows, weight, padding, needs_dweight):
    """Return ``(dx, dweight)`` at stride 1, both from one set of windows of ``dout``.

    ``dx`` is the convolution of ``dout`` with the filters turned by 180 degrees and the padding
    ``K - 1 - P``; the same windows, multiplied by the input instead, give ``dweight``.
    """
    f, c, kh, kw = weight.shape
    h, _, w, n = rows.shape
    flipped = weight[:, :, ::-1, ::-1].transpose(1, 2, 3, 0).reshape(c, -1)
    frame = kh - 1 - padding[0], kw - 1 - padding[1]
    pixels = rows.reshape(h, c, w * n)
    dpixels = np.empty_like(pixels)
    dweights = np.empty((h, kh * kw * f, c), rows.dtype)  # that of each row

    def work(part):
        windows = row_windows(drows, (kh, kw), ONE, frame, part)
        _multiply(flipped, windows, dpixels[part])
        if needs_dweight:
            np.matmul(windows, pixels[part].mT, out=dweights[part])

    at_a_time = _rows_at_a_time(drows, (kh, kw), ONE, w)
    by_rows(work, h, weight.size * h * w * n * (1 + needs_dweight), at_a_time)
    dx = to_images(dpixels.reshape(h, c, w, n))
    if not needs_dweight:
        return dx, None
    dweight = total(dweights, axis=0).reshape(kh, kw, f, c)[::-1, ::-1]
    return dx, dweight.transpose(2, 3, 0, 1)


def _dweight(drows, rows, weight, stride, padding):
    """Return ``dweight``: the windows of the input times ``dout``, summed over the rows."""
    f, c, *kernel_size = weight.shape
    out_h, _, out_w, n = drows.shape
    dpixels = drows.reshape(out_h, f, out_w * n)
    dweights = np.empty((out_h, weight[0].size, f), rows.dtype)  # that of each row

    def work(part):
        windows = row_windows(rows, kernel_size, stride, padding, part)
        np.matmul(windows, dpixels[part].mT, out=dweights[part])

    at_a_time = _rows_at_a_time(rows, kernel_size, stride, out_w)
    by_rows(work, out_h, weight[0].size * drows.size, at_a_time)
    return total(dweights, axis=0).reshape(*kernel_size, c, f).transpose(3, 2, 0, 1)


def _scattered(drows, x, weight, stride, padding):
    """Return ``dx`` at any stride: every output row's share, added where its windows stood."""
    f, c, kh, kw = weight.shape
    out_h, _, out_w, n = drows.shape
    dpixels, (h, w), (ph, pw) = drows.reshape(out_h, f, out_w * n), x.shape[2:], padding
    filters = weight.transpose(2, 3, 1, 0).reshape(-1, f)
    dwindows = np.empty((out_h, kh * kw * c, out_w * n), x.dtype)
    by_rows(
        lambda part: np.matmul(filters, dpixels[part], out=dwindows[part]),
        out_h,
        filters.shape[0] * drows.size,
    )
    dwindows = dwindows.reshape(out_h, kh, kw, c, out_w, n)
    dwindows = widened(dwindows)
    padded = np.zeros((h + 2 * ph, c, w + 2 * pw, n), dwindows.dtype)
    for i, j, (_, i_rows, j_columns) in window_slices((kh, kw), stride, ONE, (out_h, out_w)):
        padded[i_rows, :, j_columns] += dwindows[:, i, j]
    return cast(to_images(padded[ph : ph + h, :, pw : pw + w]), like=x)


def _parts(array, groups, axis=1):
    """Cut channels, or filters along axis 0, into one view for each group."""
    return np.split(array, groups, axis)
