"""The fast depthwise convolution on the CPU, for NumPy: a small matrix for each channel.

Each filter sees one channel, so the product has nothing to sum over but the ``KH * KW`` pixels of a
window. Most of the time goes into moving numbers, and the windows of all channels together would
not fit into the processor's cache. So we take a few channels at a time: their
:func:`~lib.convolution.row_windows.row_windows` are multiplied while they are still in the cache.
The threads of :mod:`lib.convolution.threads` share the channels, which do not see each other.

The functions answer to their twins in :mod:`lib.convolution.windows` and give the same numbers.
"""

import numpy as np
from numpy.lib.stride_tricks import as_strided

from lib.backend import cast, total, widened
from lib.convolution.row_layout import to_images, to_rows
from lib.convolution.row_windows import CACHE, ONE, row_windows
from lib.convolution.sizes import output_shape
from lib.convolution.threads import by_rows
from lib.convolution.windows import window_slices


def supports(x, weight, dilation, groups):
    """Tell whether this module can convolve `x`: NumPy, one channel to a group, no dilation."""
    one_channel = groups > 1 and weight.shape[1] == 1
    return isinstance(x, np.ndarray) and one_channel and dilation == ONE and x.size > 0


def convolve(x, weight, stride, padding, dilation, groups, bias=None):
    """Convolve each channel with its filters: see :func:`lib.convolution.convolve`."""
    kernel_size = weight.shape[2:]
    out_h, out_w = output_shape(x.shape, kernel_size, stride, padding, ONE)
    rows, filters = to_rows(x), weight.reshape(groups, -1, kernel_size[0] * kernel_size[1])
    # A channel has M = F / C filters.
    out = np.empty((out_h, groups, filters.shape[1], out_w * len(x)), x.dtype)
    biases = None if bias is None else bias.reshape(groups, -1, 1)

    def work(part):
        for few, windows in _windows(rows, part, kernel_size, stride, padding):
            np.matmul(filters[few], windows, out=out[:, few])
            if biases is not None:
                out[:, few] += biases[few]

    by_rows(work, groups, filters.shape[2] * out.size)
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
    """Return ``(dx, dweight)``: the twin of :func:`lib.convolution.convolve_backward`."""
    drows = to_rows(dout)
    out_h, _, out_w, n = drows.shape
    drows = drows.reshape(out_h, groups, -1, out_w, n)  # (OH, C, M, OW, N)
    weight = weight.reshape(groups, -1, *weight.shape[2:])  # (C, M, KH, KW)
    dx = dweight = None
    if needs_dx and stride == ONE:
        dx = _gathered(drows, x.shape, weight, padding)
    elif needs_dx:
        dx = _scattered(drows, x.shape, weight, stride, padding)
    if needs_dweight:
        dweight = _dweight(drows, to_rows(x), weight, stride, padding)
    return dx, dweight


def _dweight(drows, rows, weight, stride, padding):
    """Return ``dweight``: the windows of the input times ``dout``, summed over the rows."""
    c, m, *kernel_size = weight.shape
    dpixels = drows.reshape(*drows.shape[:3], -1)
    dweights = np.empty((len(drows), c, weight[0, 0].size, m), rows.dtype)  # that of each row

    def work(part):
        for few, windows in _windows(rows, part, kernel_size, stride, padding):
            np.matmul(windows, dpixels[:, few].mT, out=dweights[:, few])

    by_rows(work, c, weight[0, 0].size * drows.size)
    return total(dweights, axis=0).mT.reshape(c * m, 1, *kernel_size)


def _gathered(drows, input_shape, weight, padding):
    """Return ``dx`` at stride 1: a convolution of ``dout`` with turned filters."""
    c, m, kh, kw = weight.shape
    n, _, h, w = input_shape
    frame = kh - 1 - padding[0], kw - 1 - padding[1]
    turned = np.ascontiguousarray(weight[:, :, ::-1, ::-1]).reshape(c, m, 1, kh * kw)
    dpixels = np.empty((h, c, 1, w * n), drows.dtype)

    def work(part):
        for k in range(m):
            for few, windows in _windows(drows[:, :, k], part, (kh, kw), ONE, frame):
                if k == 0:
                    np.matmul(turned[few, k], windows, out=dpixels[:, few])
                else:
                    dpixels[:, few] += turned[few, k] @ windows

    by_rows(work, c, kh * kw * drows.size)
    return to_images(dpixels.reshape(h, c, w, n))


def _scattered(drows, input_shape, weight, stride, padding):
    """Return ``dx`` at any stride: each share of ``dout`` is added where its window stood."""
    c, m, *kernel_size = weight.shape
    (n, _, h, w), (ph, pw) = input_shape, padding
    wide = widened(drows)
    padded = np.zeros((h + 2 * ph, c, w + 2 * pw, n), wide.dtype)
    places = list(window_slices(kernel_size, stride, ONE, drows.shape[::3]))

    def work(part):
        for few in _few(part, padded[:, 0].nbytes):
            for k in range(m):
                for i, j, (_, i_rows, j_columns) in places:
                    share = weight[few, k, i, j, None, None] * wide[:, few, k]
                    padded[i_rows, few, j_columns] += share

    by_rows(work, c, weight[0, 0].size * drows.size)
    return cast(to_images(padded[ph : ph + h, :, pw : pw + w]), like=drows)


def _windows(rows, part, kernel_size, stride, padding):
    """For a few channels at a time, yield them as a slice, and the windows of each.

    Shape
    -----
    ``(H, C, W, N)`` → ``(OH, few, KH * KW, OW * N)``
    """
    for few in _few(part, kernel_size[1] * rows[:, 0].nbytes):
        windows = row_windows(rows[:, few], kernel_size, stride, padding)
        out_h, _, length = windows.shape
        row, shift, number = windows.strides
        count = few.stop - few.start
        by_channel = as_strided(
            windows,
            shape=(out_h, count, kernel_size[0] * kernel_size[1], length),
            strides=(row, shift, count * shift, number),
            writeable=False,
        )
        yield few, by_channel


def _few(part, channel_bytes):
    """Cut a slice of channels into slices of so many as fit into the cache."""
    step = max(1, CACHE // channel_bytes)
    for first in range(part.start, part.stop, step):
        yield slice(first, min(first + step, part.stop))
