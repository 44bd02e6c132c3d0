"""The compiled depthwise convolution on the CPU: each channel by itself.

The twin of :mod:`lib.convolution.depthwise`, which is the readable one. There is nothing to sum
over but the taps of a window, so a tile has one row; the threads share the rows of the images.
"""

import numpy as np

from lib.compiled import vectors
from lib.compiled.compiling import jit, jit_sums
from lib.compiled.kernels import PIXELS, WIDE
from lib.compiled.layout import by_padded_rows, fill, input_gradient
from lib.compiled.vectors import LENGTH, add_products
from lib.convolution import depthwise
from lib.convolution.row_layout import to_images, to_rows
from lib.convolution.row_windows import ONE
from lib.convolution.sizes import output_shape

_zeros = vectors.zeros(PIXELS)
_load, _repeat, _store = vectors.loads(PIXELS), vectors.repeats(1), vectors.stores(PIXELS)


def supports(x, weight, dilation, groups):
    """Tell whether this module can convolve `x`, and pays: float32, and rows not too short."""
    return (
        depthwise.supports(x, weight, dilation, groups)
        and x.dtype == weight.dtype == np.float32
        and len(x) * x.shape[3] >= WIDE
    )


def convolve(x, weight, stride, padding, dilation, groups, bias=None):
    """Convolve each channel with its filters: see :func:`lib.convolution.convolve`."""
    kernel_size = weight.shape[2:]
    out_h, out_w = output_shape(x.shape, kernel_size, stride, padding, ONE)
    out = np.empty((out_h, len(weight), out_w, len(x)), x.dtype)
    _correlate(to_rows(x), weight.reshape(groups, -1, 1, *kernel_size), stride, padding, out)
    if bias is not None:
        out += bias[:, None, None]
    return to_images(out)


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
    """Return ``(dx, dweight)``: see :func:`lib.convolution.convolve_backward`."""
    kernel_size = weight.shape[2:]
    dx = dweight = None
    if needs_dweight:
        dweight = _dweight(to_rows(dout), to_rows(x), kernel_size, stride, padding)
    if needs_dx:
        filters = weight.reshape(groups, 1, -1, *kernel_size)  # those of a channel are summed over

        def correlate(drows, taps, frame, out):
            _correlate(drows, filters[..., *taps], ONE, frame, out)

        dx = input_gradient(correlate, dout, x.shape, kernel_size, stride, padding)
    return dx, dweight


def _correlate(rows, weight, stride, padding, out):
    """Fill `out`, ``(OH, G * O, OW, N)``; the weights are ``(G, O, I, KH, KW)``."""
    kernel_size = weight.shape[3:]
    weights = np.ascontiguousarray(weight.reshape(*weight.shape[:3], -1))

    def kernel(padded, taps, step, part):
        _correlate_rows(padded, taps, step, weights, part)

    fill(out, kernel, rows, kernel_size, stride, padding, weights[0, 0].size * out.size)


def _dweight(drows, rows, kernel_size, stride, padding):
    """Return ``dweight``: the windows of the input times ``dout``, summed over the rows."""
    out_h, f, out_w, _ = drows.shape
    dpixels = drows.reshape(out_h, f, -1)
    taps = kernel_size[0] * kernel_size[1]
    dweights = np.empty((out_h, f, taps), rows.dtype)

    def work(padded, places, part):
        _weigh_rows(padded, places, stride[0], dpixels[part], dweights[part])

    multiply_adds = taps * drows.size
    by_padded_rows(work, rows, kernel_size, stride, padding, (out_h, out_w), multiply_adds)
    return dweights.sum(axis=0).reshape(f, 1, *kernel_size)


@jit
def _correlate_rows(padded, taps, step, weights, out):
    """Fill rows of the output: each sum over the taps, and over a group's input channels.

    Shape
    -----
    padded ``(R, G * I, S)``, taps ``(T,)``, weights ``(G, O, I, T)``, out ``(rows, G * O, L)``, all
    contiguous, with L at least `WIDE`
    """
    _, channels, room = padded.shape
    groups, outs, ins, _ = weights.shape
    rows, _, length = out.shape
    pixels, numbers, results = padded.reshape(-1), weights.reshape(-1), out.reshape(-1)
    for row in range(rows):
        for channel in range(groups * outs):
            group = channel // outs
            for tile in range(0, length, WIDE):
                p = min(tile, length - WIDE)  # the last tile overlaps the one before
                weight = channel * ins * len(taps)
                sums = _zeros()
                for i in range(ins):
                    pixel = (row * step * channels + group * ins + i) * room + p
                    for tap in taps:
                        pair = _repeat(numbers, weight), _load(pixels, pixel + tap, LENGTH)
                        sums = add_products(sums, *pair)
                        weight += 1
                _store(sums, results, (row * groups * outs + channel) * length + p, length, 1)


@jit_sums
def _weigh_rows(padded, taps, step, pixels, out):
    """Multiply the taps of each channel's windows by the pixels of its filters, and sum up.

    Shape
    -----
    padded ``(R, C, S)``, taps ``(T,)``, pixels ``(rows, C * M, L)``, out ``(rows, C * M, T)``
    """
    rows, filters, length = pixels.shape
    _, channels, room = padded.shape
    seen = padded.reshape(-1)
    for row, f in np.ndindex(rows, filters):
        weighted = pixels[row, f]
        first = (row * step * channels + f // (filters // channels)) * room
        for t, tap in enumerate(taps):
            window = seen[first + tap : first + tap + length]
            total = np.float32(0)
            for p in range(length):
                total += window[p] * weighted[p]
            out[row, f, t] = total
