"""The windows of pooling, and max pooling: one number for each; nothing to learn."""

import math
from functools import reduce

from lib import compiled
from lib.backend import array_namespace, to_scalar, zeros
from lib.convolution import output_shape, output_size, pad2d, unpad2d, window_pair
from lib.convolution.sizes import axis_slice
from lib.layers.base import Layer
from lib.settings import as_flag


class Pool2d(Layer):
    """What max and average pooling share: the settings of the window, and where windows stand.

    Parameters
    ----------
    kernel_size, stride, padding, dilation, ceil_mode
        See :class:`MaxPool2d`.
    """

    def __init__(self, kernel_size, stride, padding, dilation, ceil_mode):
        self.kernel_size = window_pair(kernel_size, "kernel_size", 1)
        self.stride = self.kernel_size if stride is None else window_pair(stride, "stride", 1)
        self.padding = window_pair(padding, "padding", 0)
        self.dilation = window_pair(dilation, "dilation", 1)
        self.ceil_mode = as_flag(ceil_mode, "ceil_mode")
        if any(p > k // 2 for p, k in zip(self.padding, self.kernel_size, strict=True)):
            raise ValueError(
                f"padding must be at most half of kernel_size {self.kernel_size}, "
                f"got {self.padding}: a window could lie in the padding alone"
            )

    def _place_windows(self, x):
        """Return the output size, and how far the last window hangs over the frame, by axis."""
        self._check_input(x, ("N", "C", "H", "W"))
        settings = self.kernel_size, self.stride, self.padding, self.dilation
        axes = list(zip(x.shape[2:], *settings, strict=True))
        for axis in axes:
            self._check_dilation(*axis)
        if not self.ceil_mode:
            return output_shape(x.shape, *settings), (0, 0)
        return tuple(zip(*(_rounded_up(*axis) for axis in axes), strict=True))

    def _check_dilation(self, size, kernel_size, stride, padding, dilation):
        """Refuse a window whose gaps are wider than the image, and that sees the frame alone."""
        if dilation <= size:  # some pixel of every window lies in the image
            return
        for start in range(-padding, 0, stride):
            if not any(0 <= start + i * dilation < size for i in range(kernel_size)):
                raise ValueError(
                    f"{type(self).__name__} with dilation {dilation} and padding {padding} has a "
                    f"window that sees the padding alone, in an image of size {size}"
                )

    def _describe(self):
        text = f"{self.kernel_size}, stride={self.stride}, padding={self.padding}"
        if self.dilation != (1, 1):
            text += f", dilation={self.dilation}"
        return text + (", ceil_mode=True" if self.ceil_mode else "")


class MaxPool2d(Pool2d):
    r"""Keep the largest number of each window.

    .. math:: y_{n c p q} = \max_{i, j} \tilde x_{n, c, p S + i D, q S + j D}

    where :math:`\tilde x` is the input with a frame of :math:`-\infty`: with zeros, the padding
    would win over negative numbers.

    Parameters
    ----------
    kernel_size : int or (int, int)
    stride : int or (int, int), optional
        `kernel_size` if not given: windows side by side.
    padding : int or (int, int), default 0
        At most half of `kernel_size`.
    dilation : int or (int, int), default 1
    ceil_mode : bool, default False
        Where pixels remain after the last window, add one that hangs over the end, unless it would
        begin beyond the image and the padding before it: the output size is rounded up.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, C, OH, OW)``

    Raises
    ------
    ValueError, TypeError
        If the padding is too large, or another setting makes no sense; in the forward pass, if the
        window does not fit, or steps over the whole image.

    Notes
    -----
    The gradient of an output goes to the pixel that was the maximum; among equal ones, to the
    first in reading order, as in PyTorch. The maximum of a window is the maximum over rows of
    the maxima within each row, so ``KH + KW`` comparisons do the work of ``KH * KW``, and the
    first row with the first column in it is the first in reading order.

    Derived in the chapters *Pooling* and *Backpropagation through convolution and pooling*.

    Examples
    --------
    >>> import numpy as np
    >>> MaxPool2d(2)(np.arange(16.0).reshape(1, 1, 4, 4))[0, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1, *, ceil_mode=False):
        super().__init__(kernel_size, stride, padding, dilation, ceil_mode)

    def forward(self, x):
        """Return the maxima: first within the rows of the windows, then over the rows."""
        out_shape, self.overhang = self._place_windows(x)
        self.which = None
        if compiled.takes(x) and self._side_by_side():
            out, self.which = compiled.passes.max_pool(x, self.kernel_size)
            self.input_shape = x.shape
            return out
        if self.padding != (0, 0) or self.overhang != (0, 0):
            x = pad2d(x, self.padding, -math.inf, self.overhang)
        self.maxima = self._maxima(x, out_shape)
        return self.maxima[-1]

    def backward(self, dout):
        """Route each number of `dout` to the first maximum of its window."""
        if self.which is not None:
            where = self.which, self.kernel_size, self.input_shape
            return compiled.passes.max_pool_backward(dout, *where)
        if self.padding == self.overhang == (0, 0):
            return self._route(dout, *self.maxima)
        xp, (padded, _, out) = array_namespace(dout), self.maxima
        # Where the whole window is -inf, so is the frame: it must not be taken for the maximum.
        nothing = xp.astype(out == -math.inf, dout.dtype)
        if not to_scalar(xp.any(nothing != 0)):
            dpadded = self._route(dout, *self.maxima)
        else:
            image = zeros(unpad2d(padded, self.padding, self.overhang).shape, like=padded)
            image = pad2d(image, self.padding, -math.inf, self.overhang)
            dpadded = self._route(dout * (1 - nothing), *self.maxima)
            dpadded += self._route(dout * nothing, *self._maxima(image, out.shape[2:]))
        return unpad2d(dpadded, self.padding, self.overhang)

    def _maxima(self, padded, out_shape):
        """Return `padded`, the maxima within the rows of the windows, and those of the windows."""
        row_maxima = _maximum(padded, self._column_slices(out_shape[1]))
        return padded, row_maxima, _maximum(row_maxima, self._row_slices(out_shape[0]))

    def _route(self, dout, padded, row_maxima, out):
        """Carry `dout` back the way on which :meth:`_maxima` came."""
        (out_h, out_w), (rows_overlap, columns_overlap) = out.shape[2:], self._overlap()
        slices = self._row_slices(out_h)
        drow_maxima = _route(dout, out, row_maxima, slices, overlap=rows_overlap)
        slices = self._column_slices(out_w)
        return _route(drow_maxima, row_maxima, padded, slices, overlap=columns_overlap)

    def _side_by_side(self):
        """Tell whether the windows neither overlap nor reach beyond the image."""
        plain = self.padding == self.overhang == (0, 0) and self.dilation == (1, 1)
        return plain and self.stride == self.kernel_size

    def _overlap(self):
        """Tell for each axis whether a pixel can lie in two windows."""
        spans = (d * (k - 1) + 1 for d, k in zip(self.dilation, self.kernel_size, strict=True))
        return [span > step for span, step in zip(spans, self.stride, strict=True)]

    def _row_slices(self, out_h):
        (kh, _), (sh, _), (dh, _) = self.kernel_size, self.stride, self.dilation
        return [(..., axis_slice(i * dh, sh, out_h), slice(None)) for i in range(kh)]

    def _column_slices(self, out_w):
        (_, kw), (_, sw), (_, dw) = self.kernel_size, self.stride, self.dilation
        return [(..., axis_slice(j * dw, sw, out_w)) for j in range(kw)]


def _rounded_up(size, kernel_size, stride, padding, dilation):
    """Return how many windows there are in `ceil_mode`, and how far the last one hangs over."""
    span = dilation * (kernel_size - 1) + 1
    padded = size + 2 * padding
    if padded + stride <= span:
        output_size(size, kernel_size, stride, padding, dilation)  # says that nothing fits
    count = -((span - padded) // stride) + 1
    if (count - 1) * stride >= size + padding:
        count -= 1
    return count, max(0, (count - 1) * stride + span - padded)


def _maximum(x, slices):
    """Return the elementwise maximum of several slices of `x`."""
    xp = array_namespace(x)
    if len(slices) == 1:
        return xp.asarray(x[slices[0]], copy=True)
    return reduce(xp.maximum, (x[index] for index in slices))


def _route(dout, out, x, slices, *, overlap):
    """Carry `dout` back to the first of the slices of `x` that equals `out`."""
    xp = array_namespace(x)
    dx = zeros(x.shape, like=x)
    for index in slices:
        if index is slices[-1]:
            share = dout  # what no earlier slice has taken
        else:
            share = dout * xp.astype(x[index] == out, dout.dtype)
            dout = dout - share
        # Where no two windows share a pixel there is nothing to add to.
        dx[index] = dx[index] + share if overlap else share
    return dx
