"""The convolution layer, and the separable convolution built from two."""

import numpy as np

from lib import compiled
from lib.backend import cast
from lib.convolution import depthwise, pad2d, row_windows, unpad2d, window_pair, windows
from lib.convolution.row_layout import sum_channels
from lib.layers.base import Layer
from lib.layers.containers import Sequential
from lib.layers.initializers import drawn, he_normal
from lib.layers.parameter import Parameter
from lib.settings import as_flag, as_generator, as_integer


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
    padding : int, (int, int) or "same", default 0
        Zeros added on each side, in pixels. With ``"same"``, at stride 1, so many that the output
        is as large as the input: :math:`D (K - 1) / 2`. Where that is no whole number, as for
        even kernels, one more below and on the right.
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
        set_channels(self, in_channels, out_channels, groups)
        self.kernel_size = window_pair(kernel_size, "kernel_size", 1)
        self.stride = window_pair(stride, "stride", 1)
        self.dilation = window_pair(dilation, "dilation", 1)
        self.padding, self.overhang = self._padding(padding)
        shape = (self.out_channels, self.in_channels // self.groups, *self.kernel_size)
        self.weight = drawn(initializer, shape, as_generator(rng))
        bias = as_flag(bias, "bias")
        self.bias = Parameter(np.zeros(self.out_channels, np.float32)) if bias else None

    def _padding(self, padding):
        """Return the padding on each side, and what comes in addition below and on the right."""
        if not (isinstance(padding, str) and padding == "same"):
            return window_pair(padding, 'padding, if not "same",', 0), (0, 0)
        if self.stride != (1, 1):
            raise ValueError(f'padding "same" needs stride 1, got {self.stride}')
        sizes = zip(self.dilation, self.kernel_size, strict=True)
        sides = [divmod(dilation * (size - 1), 2) for dilation, size in sizes]
        return tuple(zip(*sides, strict=True))

    def forward(self, x):
        """Return the convolution of `x` with all filters."""
        self._check_input(x, ("N", self.in_channels, "H", "W"))
        self.x = x if self.overhang == (0, 0) else pad2d(x, 0, overhang=self.overhang)
        weight = cast(self.weight.data, like=x)
        bias = None if self.bias is None else cast(self.bias.data, like=x)
        return fastest(x, weight, self).convolve(self.x, weight, *self._settings, bias)

    def backward(self, dout):
        """Set the gradients of weight and bias; return ``dx``."""
        if self.bias is not None and self.bias.trainable:
            self.bias.grad = sum_channels(dout)
        weight = cast(self.weight.data, like=dout)
        dx, dweight = fastest(dout, weight, self).convolve_backward(
            dout,
            self.x,
            weight,
            *self._settings,
            needs_dx=self.needs_dx,
            needs_dweight=self.weight.trainable,
        )
        if self.weight.trainable:
            self.weight.grad = dweight
        return None if dx is None else unpad2d(dx, 0, self.overhang)

    @property
    def _settings(self):
        return self.stride, self.padding, self.dilation, self.groups

    def _describe(self):
        return describe(self)


def set_channels(layer, in_channels, out_channels, groups):
    """Set the numbers of channels and groups of a layer after checking them."""
    layer.in_channels = as_integer(in_channels, "in_channels", at_least=1)
    layer.out_channels = as_integer(out_channels, "out_channels", at_least=1)
    layer.groups = as_integer(groups, "groups", at_least=1)
    if in_channels % groups or out_channels % groups:
        raise ValueError(
            f"groups must divide in_channels and out_channels, "
            f"got {groups} for {in_channels} and {out_channels}"
        )


def fastest(x, weight, layer):
    """Return the fastest module that can do this convolution; all give the same numbers."""
    settings = x, weight, layer.dilation, layer.groups
    if compiled.is_on():
        for module in (compiled.depthwise, compiled.convolution):
            if module.supports(*settings):
                return module
    if depthwise.supports(*settings):
        return depthwise
    return row_windows if row_windows.supports(x, layer.dilation) else windows


def describe(layer):
    """Return the settings of a convolution that `repr` shows: those that are not the usual ones."""
    text = f"{layer.in_channels}, {layer.out_channels}, kernel_size={layer.kernel_size}"
    for name, usual in (
        ("stride", (1, 1)),
        ("padding", (0, 0)),
        ("output_padding", (0, 0)),
        ("dilation", (1, 1)),
        ("groups", 1),
    ):
        value = getattr(layer, name, usual)
        if name == "padding" and getattr(layer, "overhang", usual) != usual:
            value = "same"  # not the same on all sides, so it cannot be told in another way
        if value != usual:
            text += f", {name}={value!r}"
    return text if layer.bias is not None else text + ", bias=False"


class SeparableConv2d(Sequential):
    r"""First across space, then across channels: a depthwise and a pointwise convolution.

    .. math:: y_{n f p q} = b_f + \sum_c v_{f c}
        \sum_{i, j} w_{c i j}\, \tilde x_{n, c, p S + i D, q S + j D}

    It has :math:`C K_H K_W + C F` weights where a convolution has :math:`C K_H K_W F`.

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, padding, dilation : int or (int, int); padding "same" too
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
        draws = {"rng": as_generator(rng), "initializer": initializer}
        window = kernel_size, stride, padding, dilation
        super().__init__(
            depthwise=Conv2d(in_channels, in_channels, *window, in_channels, bias=False, **draws),
            pointwise=Conv2d(in_channels, out_channels, 1, bias=bias, **draws),
        )
