"""The convolution layer, and the separable convolution built from two."""

import numpy as np

from lib.backend import cast
from lib.convolution import depthwise, row_windows, windows
from lib.convolution.row_layout import sum_channels
from lib.layers.base import Layer
from lib.layers.containers import Sequential
from lib.layers.initializers import he_normal
from lib.parameter import Parameter
from lib.settings import as_generator


class Conv2d(Layer):
    r"""Slide filters over images.

    .. math::
        y_{n f p q} = b_f + \sum_{c, i, j} w_{f c i j}\, \tilde x_{n, c, p S + i D, q S + j D}

    where :math:`\tilde x` is the input with a frame of :math:`P` zeros.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the input; filters, that is channels of the output.
    kernel_size : int or (int, int)
        Rows and columns of a filter.
    stride : int or (int, int), default 1
        Step from one window to the next, in pixels.
    padding : int or (int, int), default 0
        Zeros added on each side, in pixels.
    dilation : int or (int, int), default 1
        Step from one pixel of a window to the next; 1 means a window without gaps.
    groups : int, default 1
        The channels are cut into so many groups that do not see each other; with
        ``groups=in_channels`` the convolution is depthwise.
    bias : bool, default True
    rng : numpy.random.Generator or int, optional
        Draws the initial weights; a seed makes one, a fresh one if not given.
    initializer : callable, default `he_normal`
        Called as ``initializer(shape, rng)``; see :mod:`lib.layers.initializers`.

    Attributes
    ----------
    weight : Parameter
        ``(F, C / groups, KH, KW)``
    bias : Parameter or None
        ``(F,)``, zeros at the start.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, F, OH, OW)`` with OH and OW from
    :func:`lib.convolution.output_size`.

    Raises
    ------
    ValueError, TypeError
        For settings that make no sense; in the forward pass, for an input of another shape, one
        smaller than the window, or one without floating-point numbers.

    Notes
    -----
    What deep learning calls convolution is cross-correlation: the filter is not turned. Source:
    LeCun et al., *Gradient-based learning applied to document recognition* (1998), section II.A.
    Derived in the chapters *Convolution* and *Backpropagation through convolution and pooling*.

    Examples
    --------
    >>> layer = Conv2d(3, 8, kernel_size=5, padding=2)
    >>> layer(np.zeros((1, 3, 32, 32), np.float32)).shape
    (1, 8, 32, 32)
    """

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        groups=1,
        bias=True,
        *,
        rng=None,
        initializer=he_normal,
    ):
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"groups must divide in_channels and out_channels, "
                f"got {groups} for {in_channels} and {out_channels}"
            )
        rng = as_generator(rng)
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = windows.window_pair(kernel_size, "kernel_size", 1)
        self.stride = windows.window_pair(stride, "stride", 1)
        self.padding = windows.window_pair(padding, "padding", 0)
        self.dilation = windows.window_pair(dilation, "dilation", 1)
        self.groups = groups
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight = Parameter(initializer(shape, rng))
        self.bias = Parameter(np.zeros(out_channels, np.float32)) if bias else None

    def forward(self, x):
        """Return the convolution of `x` with all filters."""
        self._check_input(x, ("N", self.in_channels, "H", "W"))
        self.x = x
        weight = cast(self.weight.data, like=x)
        bias = None if self.bias is None else cast(self.bias.data, like=x)
        return self._method(x).convolve(x, weight, *self._settings, bias)

    def backward(self, dout):
        """Set the gradients of weight and bias; return ``dx``."""
        if self.bias is not None and self.bias.trainable:
            self.bias.grad = sum_channels(dout)
        weight = cast(self.weight.data, like=dout)
        dx, dweight = self._method(dout).convolve_backward(
            dout,
            self.x,
            weight,
            *self._settings,
            needs_dx=self.needs_dx,
            needs_dweight=self.weight.trainable,
        )
        if self.weight.trainable:
            self.weight.grad = dweight
        return dx

    @property
    def _settings(self):
        return self.stride, self.padding, self.dilation, self.groups

    def _method(self, x):
        """Return the fastest module that can do this convolution; all give the same numbers."""
        if depthwise.supports(x, self.weight.data, self.dilation, self.groups):
            return depthwise
        return row_windows if row_windows.supports(x, self.dilation) else windows

    def _describe(self):
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"
        for name, usual in [
            ("stride", (1, 1)),
            ("padding", (0, 0)),
            ("dilation", (1, 1)),
            ("groups", 1),
        ]:
            if getattr(self, name) != usual:
                text += f", {name}={getattr(self, name)}"
        return text if self.bias is not None else text + ", bias=False"


class SeparableConv2d(Sequential):
    r"""First across space, then across channels: a depthwise and a pointwise convolution.

    .. math:: y_{n f p q} = b_f + \sum_c v_{f c}
        \sum_{i, j} w_{c i j}\, \tilde x_{n, c, p S + i D, q S + j D}

    It has :math:`C K_H K_W + C F` weights where a convolution has :math:`C K_H K_W F`.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, padding, dilation : int or (int, int)
        Those of the depthwise convolution; see :class:`Conv2d`.
    bias : bool, default True
        Of the pointwise convolution; before it a bias would be redundant.
    rng : numpy.random.Generator or int, optional
        Draws the initial weights; a seed makes one, a fresh one if not given.
    initializer : callable, default `he_normal`
        Called as ``initializer(shape, rng)``; see :mod:`lib.layers.initializers`.

    Attributes
    ----------
    depthwise, pointwise : Conv2d
        Weights ``(C, 1, KH, KW)`` and ``(F, C, 1, 1)``.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, F, OH, OW)`` with OH and OW from
    :func:`lib.convolution.output_size`.

    Raises
    ------
    ValueError, TypeError
        As :class:`Conv2d`.

    Notes
    -----
    `SeparableConv2D` in Keras; in PyTorch two `Conv2d`. Source: Chollet, *Xception: deep learning
    with depthwise separable convolutions* (2016), section 1.

    Examples
    --------
    >>> block = SeparableConv2d(32, 64, kernel_size=3, padding=1)
    >>> block.parameter_count(), Conv2d(32, 64, kernel_size=3, padding=1).parameter_count()
    (2400, 18496)
    """

    def __init__(
        self,
        in_channels,
        out_channels,
        kernel_size,
        stride=1,
        padding=0,
        dilation=1,
        bias=True,
        *,
        rng=None,
        initializer=he_normal,
    ):
        drawn = {"rng": as_generator(rng), "initializer": initializer}
        window = kernel_size, stride, padding, dilation
        super().__init__(
            depthwise=Conv2d(in_channels, in_channels, *window, in_channels, bias=False, **drawn),
            pointwise=Conv2d(in_channels, out_channels, 1, bias=bias, **drawn),
        )
