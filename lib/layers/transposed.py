"""The transposed convolution: the way back of a convolution, taken forward."""

import numpy as np

from lib.backend import cast, empty
from lib.convolution import window_pair
from lib.convolution.row_layout import sum_channels
from lib.layers.base import Layer
from lib.layers.convolution import describe, fastest, set_channels
from lib.layers.initializers import drawn, he_normal
from lib.layers.parameter import Parameter
from lib.settings import as_flag, as_generator


class ConvTranspose2d(Layer):
    r"""Spread each pixel over a window of the output, and add up where windows overlap.

    .. math::
        y_{n f h w} = b_f + \sum_{c, p, q, i, j} w_{c f i j}\, x_{n c p q}
        \quad \text{over all}\quad p S + i D = h + P,\; q S + j D = w + P

    A convolution takes images to smaller ones; its way back takes the gradient to the larger size
    again, and that, applied to images, is this layer. It undoes the size of a convolution with the
    same settings, not its numbers.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size : int or (int, int)
    stride : int or (int, int), default 1
        Pixels of the output from one window to the next.
    padding : int or (int, int), default 0
        Pixels cut off on each side of the output: the padding of the convolution.
    output_padding : int or (int, int), default 0
        Rows and columns more at the end, below `stride`: a convolution with a stride gives
        several sizes of image the same size, and this chooses among them.
    groups : int, default 1
    bias : bool, default True
    dilation : int or (int, int), default 1
    rng : numpy.random.Generator or int, optional
        Draws the initial weights; a seed makes one, a fresh one if not given.
    initializer : callable, default `he_normal`
        Called as ``initializer(shape, rng)``; see :mod:`lib.layers.initializers`. It takes the
        second entry of `shape` for the channels that an output sums over; here that is the first.

    Attributes
    ----------
    weight : Parameter
        ``(C, F / groups, KH, KW)``: that of the convolution from F to C channels.
    bias : Parameter or None
        ``(F,)``, zeros at the start.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, F, OH, OW)`` with
    ``OH = (H - 1) * S - 2 * P + D * (K - 1) + output_padding + 1``, OW likewise.

    Raises
    ------
    ValueError, TypeError
        For settings that make no sense; in the forward pass, for an input of another shape, one
        that leaves no pixel, or one without floating-point numbers.

    Notes
    -----
    `Conv2DTranspose` in Keras; also called fractionally strided convolution, upconvolution and,
    misleadingly, deconvolution. Source: Dumoulin and Visin, *A guide to convolution arithmetic for
    deep learning* (2016), chapter 4. Derived as the way back of a convolution in the chapter
    *Backpropagation through convolution and pooling*.

    Examples
    --------
    >>> layer = ConvTranspose2d(1, 1, kernel_size=2, stride=2)
    >>> layer.weight.data[...] = 1
    >>> layer(np.array([[[[1.0, 2.0]]]]))[0, 0]
    array([[1., 1., 2., 2.],
           [1., 1., 2., 2.]])
    """

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        output_padding=0,
        groups=1,
        bias=True,
        dilation=1,
        *,
        rng=None,
        initializer=he_normal,
    ):
        set_channels(self, in_channels, out_channels, groups)
        self.kernel_size = window_pair(kernel_size, "kernel_size", 1)
        self.stride = window_pair(stride, "stride", 1)
        self.padding = window_pair(padding, "padding", 0)
        self.output_padding = window_pair(output_padding, "output_padding", 0)
        self.dilation = window_pair(dilation, "dilation", 1)
        if any(more >= step for more, step in zip(self.output_padding, self.stride, strict=True)):
            raise ValueError(
                f"output_padding must be below stride {self.stride}, got {self.output_padding}"
            )
        shape = (self.in_channels, self.out_channels // self.groups, *self.kernel_size)
        self.weight = drawn(initializer, shape, as_generator(rng))
        bias = as_flag(bias, "bias")
        self.bias = Parameter(np.zeros(self.out_channels, np.float32)) if bias else None

    def forward(self, x):
        """Return what a convolution gives for ``dx`` when `x` is its ``dout``, and the biases."""
        self._check_input(x, ("N", self.in_channels, "H", "W"))
        self.x = x
        weight = cast(self.weight.data, like=x)
        shape = (x.shape[0], self.out_channels, *self._output_size(x.shape[2:]))
        out, _ = fastest(x, weight, self).convolve_backward(
            x, empty(shape, like=x), weight, *self._settings, needs_dweight=False
        )
        return out if self.bias is None else out + cast(self.bias.data, like=x)[:, None, None]

    def backward(self, dout):
        """Set the gradients of weight and bias; return ``dx``, the convolution of `dout`."""
        if self.bias is not None and self.bias.trainable:
            self.bias.grad = sum_channels(dout)
        weight = cast(self.weight.data, like=dout)
        method = fastest(dout, weight, self)
        if self.weight.trainable:
            # In the convolution whose way back this is, `dout` is the input and x the gradient.
            _, self.weight.grad = method.convolve_backward(
                cast(self.x, like=dout), dout, weight, *self._settings, needs_dx=False
            )
        return method.convolve(dout, weight, *self._settings) if self.needs_dx else None

    def _output_size(self, size):
        """Return OH and OW, after checking that there is a pixel left."""
        settings = self.kernel_size, self.stride, self.padding, self.dilation, self.output_padding
        out_size = tuple(
            (pixels - 1) * s - 2 * p + d * (k - 1) + more + 1
            for pixels, k, s, p, d, more in zip(size, *settings, strict=True)
        )
        if min(out_size) < 1:
            raise ValueError(
                f"ConvTranspose2d with padding {self.padding} leaves nothing of an image of "
                f"{tuple(size)}: the output would have size {out_size}"
            )
        return out_size

    @property
    def _settings(self):
        return self.stride, self.padding, self.dilation, self.groups

    def _describe(self):
        return describe(self)
