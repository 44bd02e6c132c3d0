"""Pooling: one number for each window of each channel; nothing to learn."""

import math
from functools import reduce

from lib.backend import array_namespace, full, zeros
from lib.convolution import output_shape, output_size, pad2d, unpad2d, window_pair
from lib.convolution.sizes import axis_slice
from lib.convolution.windows import window_slices
from lib.layers.base import Layer


class _Pool2d(Layer):
    """What max and average pooling share: the settings of the window."""

    def __init__(self, kernel_size, stride=None, padding=0, dilation=1):
        self.kernel_size = window_pair(kernel_size, "kernel_size", 1)
        self.stride = self.kernel_size if stride is None else window_pair(stride, "stride", 1)
        self.padding = window_pair(padding, "padding", 0)
        self.dilation = window_pair(dilation, "dilation", 1)
        if any(p > k // 2 for p, k in zip(self.padding, self.kernel_size, strict=True)):
            raise ValueError(
                f"padding must be at most half of kernel_size {self.kernel_size}, "
                f"got {self.padding}: a window could lie in the padding alone"
            )

    def _out_shape(self, x):
        self._check_input(x, ("N", "C", "H", "W"))
        return output_shape(x.shape, self.kernel_size, self.stride, self.padding, self.dilation)

    def _describe(self):
        text = f"{self.kernel_size}, stride={self.stride}, padding={self.padding}"
        if self.dilation != (1, 1):
            text += f", dilation={self.dilation}"
        return text


class MaxPool2d(_Pool2d):
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
    ValueError
        If the padding is too large; in the forward pass, if the window does not fit.

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
        super().__init__(kernel_size, stride, padding, dilation)
        self.ceil_mode = ceil_mode

    def forward(self, x):
        """Return the maxima: first within the rows of the windows, then over the rows."""
        out_shape, self.overhang = self._out_shape(x)
        self.padded = pad2d(x, self.padding, -math.inf, self.overhang)
        self.row_maxima = _maximum(self.padded, self._column_slices(out_shape[1]))
        self.out = _maximum(self.row_maxima, self._row_slices(out_shape[0]))
        return self.out

    def backward(self, dout):
        """Route each number of `dout` to the first maximum of its window."""
        (out_h, out_w), (rows_overlap, columns_overlap) = self.out.shape[2:], self._overlap()
        slices = self._row_slices(out_h)
        drow_maxima = _route(dout, self.out, self.row_maxima, slices, overlap=rows_overlap)
        slices = self._column_slices(out_w)
        dpadded = _route(drow_maxima, self.row_maxima, self.padded, slices, overlap=columns_overlap)
        return unpad2d(dpadded, self.padding, self.overhang)

    def _out_shape(self, x):
        """Return the output size, and how far the last window hangs over the frame, by axis."""
        if not self.ceil_mode:
            return super()._out_shape(x), (0, 0)
        self._check_input(x, ("N", "C", "H", "W"))
        settings = self.kernel_size, self.stride, self.padding, self.dilation
        axes = zip(x.shape[2:], *settings, strict=True)
        return zip(*(_rounded_up(*axis) for axis in axes), strict=True)

    def _describe(self):
        return super()._describe() + (", ceil_mode=True" if self.ceil_mode else "")

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


class AvgPool2d(_Pool2d):
    r"""Keep the mean of each window.

    .. math:: y_{n c p q} = \frac{1}{K_H K_W} \sum_{i, j} \tilde x_{n, c, p S + i, q S + j}

    where :math:`\tilde x` is the input with a frame of zeros.

    Parameters
    ----------
    kernel_size : int or (int, int)
    stride : int or (int, int), optional
        `kernel_size` if not given: windows side by side.
    padding : int or (int, int), default 0
        At most half of `kernel_size`.
    count_include_pad : bool, default True
        Divide by the size of the window, ``KH * KW``; if false, by the number of pixels of the
        image in it, so that the padding does not darken the border.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, C, OH, OW)``

    Raises
    ------
    ValueError
        If the padding is too large; in the forward pass, if the window does not fit.

    Notes
    -----
    Derived in the chapters *Pooling* and *Backpropagation through convolution and pooling*.

    Examples
    --------
    >>> import numpy as np
    >>> AvgPool2d(2)(np.arange(16.0).reshape(1, 1, 4, 4))[0, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """

    def __init__(self, kernel_size, stride=None, padding=0, count_include_pad=True):
        super().__init__(kernel_size, stride, padding)
        self.count_include_pad = count_include_pad

    def forward(self, x):
        """Return the means."""
        self.input_shape = x.shape
        total = self._sum(x)
        self.divisor = self._divisor(x)
        return total / self.divisor

    def backward(self, dout):
        """Give every pixel of a window the same share of its number in `dout`."""
        n, c, h, w = self.input_shape
        (ph, pw), share = self.padding, dout / self.divisor
        dpadded = zeros((n, c, h + 2 * ph, w + 2 * pw), like=share)
        for pixels in self._windows(share.shape[2:]):
            dpadded[pixels] += share
        return unpad2d(dpadded, self.padding)

    def _windows(self, out_shape):
        for _, _, pixels in window_slices(self.kernel_size, self.stride, (1, 1), out_shape):
            yield pixels

    def _sum(self, x):
        out_shape = self._out_shape(x)
        padded = pad2d(x, self.padding)
        total = zeros((*x.shape[:2], *out_shape), like=x)
        for pixels in self._windows(out_shape):
            total += padded[pixels]
        return total

    def _divisor(self, x):
        """Return how many pixels each window counts: a number, or an array ``(1, 1, OH, OW)``."""
        if self.count_include_pad or self.padding == (0, 0):
            return self.kernel_size[0] * self.kernel_size[1]
        return self._sum(full((1, 1, *x.shape[2:]), 1, like=x))
