"""The layers that LeNet-5 has and later networks do not.

Source of all of them: LeCun, Bottou, Bengio and Haffner, *Gradient-based learning applied to
document recognition* (1998), section II.B.
"""

import numpy as np

from lib.backend import array_namespace, cast, zeros
from lib.convolution import row_windows, window_pair, windows
from lib.layers import AvgPool2d, Buffer, Layer, Parameter
from lib.layers.initializers import fans
from lib.networks.sizes import counts
from lib.settings import as_generator


def lecun_uniform_1998(shape, rng):
    r"""Draw uniformly from :math:`\pm 2.4 / n_{in}`, as the source does.

    Notes
    -----
    Source: as above, appendix A.

    Examples
    --------
    >>> weights = lecun_uniform_1998((100, 24), np.random.default_rng(0))
    >>> bool(abs(weights).max() <= 0.1)
    True
    """
    fan_in, _ = fans(shape)
    return (rng.random(shape, dtype=np.float32) * 2 - 1) * np.float32(2.4 / fan_in)


class ScaledTanh(Layer):
    r"""Squash numbers: :math:`y = 1.7159 \tanh(2 x / 3)`.

    1 becomes 1 and -1 becomes -1, where the curve bends most and is not yet flat.

    Shape
    -----
    Any → the same

    Notes
    -----
    Source: as above, appendix A.

    Examples
    --------
    >>> ScaledTanh()(np.array([0.0, 1.0, -9.0])).round(3)
    array([ 0.   ,  1.   , -1.716])
    """

    def forward(self, x):
        """Return the squashed numbers."""
        self.tanh = array_namespace(x).tanh(x * (2 / 3))
        return self.tanh * 1.7159

    def backward(self, dout):
        """Scale by the slope of the curve."""
        return dout * (1.7159 * 2 / 3) * (1 - self.tanh * self.tanh)


class Subsampling(Layer):
    r"""Add up each window of 2×2, times a number that is learned, plus another.

    .. math:: y_{n c p q} = w_c \sum_{i, j < 2} x_{n, c, 2p + i, 2q + j} + b_c

    Parameters
    ----------
    channels : int

    Attributes
    ----------
    weight, bias : Parameter
        ``(C,)``; 1/4 at the start, so that the sum is the mean, and 0.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, C, H // 2, W // 2)``

    Raises
    ------
    ValueError
        In the forward pass, for an input of another shape.

    Examples
    --------
    >>> Subsampling(1)(np.array([[[[1.0, 2.0], [3.0, 6.0]]]]))
    array([[[[3.]]]])
    """

    def __init__(self, channels):
        (channels,) = counts(channels=channels)
        self.channels = channels
        self.pool = AvgPool2d(2)
        self.weight = Parameter(np.full(channels, 0.25, np.float32))
        self.bias = Parameter(np.zeros(channels, np.float32))

    def forward(self, x):
        """Return the scaled sums."""
        self._check_input(x, ("N", self.channels, "H", "W"))
        self.sums = 4 * self.pool(x)
        weight, bias = (cast(p.data, like=x)[:, None, None] for p in (self.weight, self.bias))
        return self.sums * weight + bias

    def backward(self, dout):
        """Set the gradients of weight and bias; return ``dx``."""
        xp = array_namespace(dout)
        if self.weight.trainable:
            self.weight.grad = xp.sum(dout * self.sums, axis=(0, 2, 3))
        if self.bias.trainable:
            self.bias.grad = xp.sum(dout, axis=(0, 2, 3))
        if not self.needs_dx:
            return None
        return self.pool.backward(4 * dout * cast(self.weight.data, like=dout)[:, None, None])

    def _describe(self):
        return f"{self.channels}"


class PartialConv2d(Layer):
    """A convolution whose filters see some of the channels each.

    Different filters see different channels, so they have to learn different things; and there are
    fewer weights.

    Parameters
    ----------
    in_channels : int
    connections : sequence of sequence of int
        For each filter the channels that it sees.
    kernel_size : int
    rng : numpy.random.Generator or int, optional
        Draws the initial weights; a seed makes one, a fresh one if not given.

    Attributes
    ----------
    weight : Parameter
        ``(connections, KH, KW)``, filter by filter.
    bias : Parameter
        ``(F,)``

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, F, OH, OW)``

    Raises
    ------
    ValueError
        If a filter sees no channel, or one that does not exist or is named twice; in the forward
        pass, for an input of another shape.

    Examples
    --------
    >>> layer = PartialConv2d(3, [(0, 1), (2,)], kernel_size=5)
    >>> layer(np.zeros((1, 3, 8, 8), np.float32)).shape, layer.weight.data.shape
    ((1, 2, 4, 4), (3, 5, 5))
    """

    stride, padding, dilation = (1, 1), (0, 0), (1, 1)

    def __init__(self, in_channels, connections, kernel_size, *, rng=None):
        rng = as_generator(rng)
        (in_channels,) = counts(in_channels=in_channels)
        for seen in connections:
            if not seen or len(set(seen)) < len(seen) or not set(seen) <= set(range(in_channels)):
                raise ValueError(
                    f"PartialConv2d expects different channels from 0 to {in_channels - 1} for "
                    f"each filter, got {tuple(seen)}"
                )
        self.connections = connections
        self.in_channels = in_channels
        self.kernel_size = window_pair(kernel_size, "kernel_size", 1)
        kernels = [
            lecun_uniform_1998((1, len(seen), *self.kernel_size), rng)[0] for seen in connections
        ]
        self.weight = Parameter(np.concatenate(kernels))
        self.bias = Parameter(np.zeros(len(connections), np.float32))

    def forward(self, x):
        """Return the convolution of `x` with all filters."""
        self._check_input(x, ("N", self.in_channels, "H", "W"))
        self.x = x
        out = _method(x).convolve(x, self._full_weight(x), *self._settings)
        return out + cast(self.bias.data, like=x)[:, None, None]

    def backward(self, dout):
        """Set the gradients of weight and bias; return ``dx``."""
        xp = array_namespace(dout)
        dx, dfull = _method(dout).convolve_backward(
            dout,
            self.x,
            self._full_weight(dout),
            *self._settings,
            needs_dx=self.needs_dx,
            needs_dweight=self.weight.trainable,
        )
        if self.weight.trainable:
            self.weight.grad = xp.stack([dfull[place] for place in self._places()])
        if self.bias.trainable:
            self.bias.grad = xp.sum(dout, axis=(0, 2, 3))
        return dx

    @property
    def _settings(self):
        return self.stride, self.padding, self.dilation

    def _full_weight(self, like):
        """Return filters that see all channels, with zeros for what is not connected."""
        full = zeros((len(self.connections), self.in_channels, *self.kernel_size), like=like)
        weight = cast(self.weight.data, like=like)
        for i, place in enumerate(self._places()):
            full[place] = weight[i, ...]
        return full

    def _places(self):
        """Yield for each kernel its place in the full weight."""
        for f, seen in enumerate(self.connections):
            for c in seen:
                yield f, c, ...

    def _describe(self):
        return f"{self.in_channels}, {len(self.connections)} filters, {len(self.weight.data)} seen"


class RadialBasis(Layer):
    r"""Compare a code with that of each class: :math:`y_{n k} = -\sum_j (x_{n j} - w_{k j})^2`.

    The source gives the squared distance, which is small for the right class; its negative is a
    logit, large for the right class.

    Parameters
    ----------
    codes : numpy.ndarray
        ``(K, J)``; they are given and not learned.

    Shape
    -----
    ``(N, J)`` → ``(N, K)``

    Raises
    ------
    ValueError
        In the forward pass, for an input of another shape.

    Examples
    --------
    >>> RadialBasis(np.array([[1.0, 1.0], [1.0, -1.0]]))(np.array([[1.0, 0.5]]))
    array([[-0.25, -2.25]])
    """

    def __init__(self, codes):
        self.weight = Buffer(codes)

    def forward(self, x):
        """Return the negative squared distances."""
        self._check_input(x, ("N", self.weight.data.shape[1]))
        difference = x[:, None, :] - cast(self.weight.data, like=x)
        self.x = x
        return -array_namespace(x).sum(difference * difference, axis=2)

    def backward(self, dout):
        """Return ``dx``: toward the codes of the classes that should be more likely."""
        total = array_namespace(dout).sum(dout, axis=1, keepdims=True)
        return 2 * (dout @ cast(self.weight.data, like=dout) - total * self.x)


def _method(x):
    return row_windows if row_windows.supports(x, PartialConv2d.dilation) else windows
