"""The compiled convolution on the CPU: every pixel is found in the image itself.

The twin of :mod:`lib.convolution.row_windows`, which is the readable one: the images lie in the
same layout, and the same threads share their rows. Where that one copies each image row ``KW``
times and leaves the products to BLAS, this one copies it once, with its padding, and
:mod:`lib.compiled.kernels` finds the taps of every window in the copy.
"""

import numpy as np

from lib.compiled import kernels
from lib.compiled.kernels import FILTERS, PIXELS, WIDE
from lib.compiled.layout import by_padded_rows, fill, input_gradient
from lib.compiled.passes import COST
from lib.convolution import row_windows
from lib.convolution.row_layout import to_images, to_rows
from lib.convolution.row_windows import ONE
from lib.convolution.sizes import output_shape
from lib.convolution.threads import by_rows

# Numbers, about, that each channel puts into one sum of a weight's gradient.
PART = 1024


def supports(x, weight, dilation, groups):
    """Tell whether this module can convolve `x`, and pays: float32, and rows not too short."""
    return (
        row_windows.supports(x, dilation)
        and groups == 1
        and x.dtype == weight.dtype == np.float32
        and len(weight) >= PIXELS
        and len(x) * x.shape[3] >= WIDE
    )


def convolve(x, weight, stride, padding, dilation=ONE, groups=1, bias=None):
    """Convolve images with filters: see :func:`lib.convolution.convolve`."""
    out_h, out_w = output_shape(x.shape, weight.shape[2:], stride, padding, ONE)
    out = np.empty((out_h, len(weight), out_w, len(x)), x.dtype)
    _correlate(to_rows(x), weight, stride, padding, out, bias)
    return to_images(out)


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
    kernel_size = weight.shape[2:]
    dx = dweight = None
    if needs_dweight:
        dweight = _dweight(to_rows(dout), to_rows(x), kernel_size, stride, padding)
    if needs_dx:

        def correlate(drows, taps, frame, out):
            _correlate(drows, weight[:, :, *taps].transpose(1, 0, 2, 3), ONE, frame, out)

        dx = input_gradient(correlate, dout, x.shape, kernel_size, stride, padding)
    return dx, dweight


def _correlate(rows, weight, stride, padding, out, bias=None):
    """Fill `out`, ``(OH, F, OW, N)``, with the convolution of `rows`, ``(H, C, W, N)``."""
    kernel_size = weight.shape[2:]
    weights, biases = _blocks(weight, bias)

    def kernel(padded, taps, step, part):
        kernels.correlate(padded, taps, step, weights, biases, part)

    fill(out, kernel, rows, kernel_size, stride, padding, weight[0].size * out.size)


def _blocks(weight, bias):
    """Return the weights as ``(B, T, C, FILTERS)``, and the biases, both with zeros at the end."""
    f, c, kh, kw = weight.shape
    blocks = -(-f // FILTERS)
    weights = np.zeros((blocks, kh * kw, c, FILTERS), weight.dtype)
    biases = np.zeros(blocks * FILTERS, weight.dtype)
    biases[:f] = 0 if bias is None else bias
    by_rows(
        lambda part: kernels.pack(weight[part.start * FILTERS :], weights[part]),
        blocks,
        COST * weight.size,
    )
    return weights, biases


def _dweight(drows, rows, kernel_size, stride, padding):
    """Return ``dweight``: the windows of the input times ``dout``, summed over the rows."""
    out_h, f, out_w, _ = drows.shape
    c, taps = rows.shape[1], kernel_size[0] * kernel_size[1]
    dpixels = drows.reshape(out_h, f, -1)
    length = dpixels.shape[2]
    # Some rows are left to every thread, however short they are.
    together = max(1, min(round(PART / length), out_h // 4))
    parts = max(1, round(length / PART))
    groups = -(-out_h // together)
    dweights = np.empty((groups, parts, taps, f, c), rows.dtype)

    def work(padded, places, part):
        of_groups = slice(part.start // together, -(-part.stop // together))
        kernels.weigh(padded, places, stride[0], dpixels[part], together, dweights[of_groups])

    windows = rows, kernel_size, stride, padding, (out_h, out_w)
    by_padded_rows(work, *windows, taps * c * drows.size, together)
    dweight = np.empty(dweights.shape[2:], rows.dtype)
    by_rows(
        lambda part: dweights[:, :, part].sum(axis=(0, 1), out=dweight[part]), taps, dweights.size
    )
    return dweight.transpose(1, 2, 0).reshape(f, c, *kernel_size)
