"""The fast depthwise convolution on the CPU, for NumPy: no window matrix at all.

Each filter sees one channel, so a matrix product has nothing to sum over but the ``KH * KW`` pixels
of a window, and preparing the matrix would cost more than the product. Instead each output row is
the sum of ``KH * KW`` shifted slices of the image, each times one weight a channel. We go row by
row because a row of a whole batch stays in the processor's cache while its slices are added up.

Images lie in memory as :mod:`lib.row_windows` lays them, ``(H, C, W, N)``. The functions answer to
their twins in :mod:`lib.windows` and give the same numbers.
"""

import numpy as np

from lib.row_windows import to_images, to_rows
from lib.windows import axis_slice, output_shape, pad2d, unpad2d


def supports(x, weight, groups):
    """Tell whether this module can convolve `x`: NumPy, and one channel to a group."""
    return isinstance(x, np.ndarray) and groups > 1 and weight.shape[1] == 1


def convolve(x, weight, stride, padding, dilation, groups):
    """Convolve each channel with its filters: the twin of :func:`lib.windows.convolve`."""
    kernel_size = weight.shape[2:]
    out_h, out_w = output_shape(x.shape, kernel_size, stride, padding, dilation)
    rows = _by_channel(pad2d(x, padding))
    filters = _filters(weight, groups)
    # (OH, C, F / C, OW, N)
    out = np.zeros((out_h, *filters.shape[2:4], out_w, len(x)), x.dtype)
    for p, i, j, row, columns in _shifts(kernel_size, stride, dilation, (out_h, out_w)):
        out[p] += filters[i, j] * rows[row, ..., columns, :]
    return to_images(out.reshape(out_h, -1, out_w, len(x)))


def convolve_backward(
    dout,
    x,
    weight,
    stride,
    padding,
    dilation,
    groups,
    *,
    needs_dx=True,
    needs_dweight=True,
):
    """Return ``(dx, dweight)``: the twin of :func:`lib.windows.convolve_backward`."""
    kernel_size, out_shape = weight.shape[2:], dout.shape[2:]
    rows, filters = _by_channel(pad2d(x, padding)), _filters(weight, groups)
    drows = to_rows(dout)
    drows = drows.reshape(len(drows), groups, -1, *drows.shape[2:])
    drows_in = np.zeros_like(rows) if needs_dx else None
    dfilters = np.zeros_like(filters) if needs_dweight else None
    for p, i, j, row, columns in _shifts(kernel_size, stride, dilation, out_shape):
        if needs_dweight:
            products = np.einsum("cmwn,cwn->cm", drows[p], rows[row, :, 0, columns])
            dfilters[i, j] += products[:, :, None, None]
        if needs_dx:
            drows_in[row, :, :, columns] += (filters[i, j] * drows[p]).sum(axis=1, keepdims=True)
    dx = unpad2d(to_images(drows_in[:, :, 0]), padding) if needs_dx else None
    if needs_dweight:
        dfilters = dfilters.transpose(2, 3, 0, 1, 4, 5).reshape(weight.shape)
    return dx, dfilters


def _shifts(kernel_size, stride, dilation, out_shape):
    """Yield, for each output row and place ``(i, j)`` in the window, the image row and columns."""
    (kh, kw), (sh, sw), (dh, dw), (out_h, out_w) = kernel_size, stride, dilation, out_shape
    for p in range(out_h):
        for i in range(kh):
            for j in range(kw):
                yield p, i, j, p * sh + i * dh, axis_slice(j * dw, sw, out_w)


def _by_channel(images):
    """Return ``(N, C, H, W)`` images as ``(H, C, 1, W, N)``: each channel for all its filters."""
    return to_rows(images)[:, :, None]


def _filters(weight, groups):
    """Return ``(F, 1, KH, KW)`` weights as ``(KH, KW, C, F / C, 1, 1)``."""
    _, _, kh, kw = weight.shape
    return weight.reshape(groups, -1, kh, kw).transpose(2, 3, 0, 1)[..., None, None]
