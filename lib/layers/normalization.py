"""Batch normalization and local response normalization."""

import math

import numpy as np

from lib import compiled
from lib.backend import array_namespace, cast, widened, zeros
from lib.convolution.row_layout import dot_channels, sum_channels
from lib.layers.base import Layer
from lib.layers.parameter import Buffer, Parameter
from lib.settings import as_integer, as_number


class BatchNorm(Layer):
    r"""Give each feature mean 0 and variance 1 over the batch, then scale and shift it.

    .. math:: y = \gamma \frac{x - \mu}{\sqrt{\sigma^2 + \varepsilon}} + \beta

    In training, :math:`\mu` and :math:`\sigma^2` (divided by the count, not the count less one)
    come from the batch, and running averages of them are kept:
    ``running = (1 - momentum) * running + momentum * new``, for the variance with the unbiased
    estimate. In evaluation the running averages are used.

    Parameters
    ----------
    num_features : int
    eps : float, default 1e-5
        Added to the variance; at least 0.
    momentum : float, default 0.1
        0 to 1: weight of the newest batch in the running averages; Keras calls ``1 - momentum`` so.

    Attributes
    ----------
    weight, bias : Parameter
        :math:`\gamma` (ones at the start) and :math:`\beta` (zeros), of shape ``(num_features,)``.
    running_mean, running_var : Buffer
        Saved with the network, not trained.

    Raises
    ------
    ValueError, TypeError
        If a setting is out of range; in the forward pass, for an input of another shape, or in
        training for a single value for each feature or none, which have no variance.

    Notes
    -----
    Source: Ioffe and Szegedy, *Batch normalization* (2015), algorithms 1 and 2; the backward pass
    is that of section 3, simplified.
    """

    input_letters = ()

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.num_features = as_integer(num_features, "num_features", at_least=1)
        self.eps = as_number(eps, "eps", at_least=0)
        self.momentum = as_number(momentum, "momentum", at_least=0, at_most=1)
        self.weight = Parameter(np.ones(num_features, np.float32))
        self.bias = Parameter(np.zeros(num_features, np.float32))
        self.running_mean = Buffer(np.zeros(num_features, np.float32))
        self.running_var = Buffer(np.ones(num_features, np.float32))

    def forward(self, x):
        """Normalize `x`, in training by its own statistics."""
        self._check_input(x, ("N", self.num_features, *self.input_letters))
        # In float16 the sums below would be infinite.
        like, x = x, widened(x)
        self.used_batch = self.training
        weight, bias = (cast(p.data, like=x) for p in (self.weight, self.bias))
        if self.training:
            count = math.prod((x.shape[0], *x.shape[2:]))
            self._check_count(count)
            mean = self._sum(x) / count
            self.x = x - self._along_features(mean)
            variance = self._dot(self.x, self.x) / count
            self._update_running(mean, variance, count)
        else:
            self.x, self.mean = x, cast(self.running_mean.data, like=x)
            variance = cast(self.running_var.data, like=x)
        self.inverse_std = 1 / array_namespace(x).sqrt(variance + self.eps)
        # One factor and one term for each feature, and in place, here and below: passing through
        # memory is what takes the time.
        scale = weight * self.inverse_std
        out = self.x * self._along_features(scale)
        out += self._along_features(bias if self.used_batch else bias - self.mean * scale)
        return cast(out, like=like)

    def backward(self, dout):
        """Set the gradients of weight and bias; return ``dx``."""
        like, dout = dout, widened(dout)
        if self.used_batch or self.weight.trainable or self.bias.trainable:
            dbias = self._sum(dout)
            # What was kept is centered already where the batch was used.
            centered = self.x if self.used_batch else self.x - self._along_features(self.mean)
            dweight = self._dot(dout, centered) * self.inverse_std
            self._set_gradients(dweight, dbias, like)
        if not self.needs_dx:
            return None
        scale = cast(self.weight.data, like=dout) * self.inverse_std
        if not self.used_batch:
            return cast(dout * self._along_features(scale), like=like)
        # Mean and variance depend on every x: their share of the gradient is taken off.
        count = math.prod((dout.shape[0], *dout.shape[2:]))
        dx = self.x * self._along_features(-dweight * self.inverse_std / count)
        dx += dout
        dx -= self._along_features(dbias / count)
        dx *= self._along_features(scale)
        return cast(dx, like=like)

    def _set_gradients(self, dweight, dbias, like):
        """Give weight and bias their gradients, where they are trained."""
        for parameter, gradient in ((self.weight, dweight), (self.bias, dbias)):
            if parameter.trainable:
                parameter.grad = cast(gradient, like=like)

    def _sum(self, x):
        """Add up all numbers of each feature."""
        return array_namespace(x).sum(x, axis=0)

    def _dot(self, a, b):
        """Multiply number by number, and add up the products of each feature."""
        return self._sum(a * b)

    def _along_features(self, values):
        """Shape one value a feature so that it broadcasts over images."""
        return values[(slice(None), *(None for _ in self.input_letters))]

    def _check_count(self, count):
        if count < 2:
            batch = "a batch of 1" if count else "an empty batch"
            raise ValueError(
                f"{type(self).__name__} needs more than one value for each feature in training, "
                f"got {batch}; use a larger batch or eval()"
            )

    def _update_running(self, mean, variance, count):
        unbiased = variance * (count / (count - 1))
        for running, new in ((self.running_mean, mean), (self.running_var, unbiased)):
            updated = (1 - self.momentum) * cast(running.data, like=new) + self.momentum * new
            running.data = cast(updated, like=running.data)

    def _describe(self):
        return f"{self.num_features}, eps={self.eps}, momentum={self.momentum}"


class BatchNorm1d(BatchNorm):
    """Batch normalization of feature vectors; see :class:`BatchNorm` for formula and arguments.

    Shape
    -----
    ``(N, num_features)`` → the same

    Examples
    --------
    >>> BatchNorm1d(1)(np.array([[1.0], [3.0]]))
    array([[-0.999995],
           [ 0.999995]])
    """


class BatchNorm2d(BatchNorm):
    """Batch normalization of images; see :class:`BatchNorm` for formula and arguments.

    The features are the channels; the statistics run over batch, rows and columns.

    Shape
    -----
    ``(N, num_features, H, W)`` → the same

    Examples
    --------
    >>> BatchNorm2d(3)(np.ones((2, 3, 4, 4))).shape
    (2, 3, 4, 4)
    """

    input_letters = ("H", "W")

    def forward(self, x):
        """Normalize `x`, in training by its own statistics."""
        self.is_compiled = compiled.takes(x)
        if not self.is_compiled:
            return super().forward(x)
        self._check_input(x, ("N", self.num_features, "H", "W"))
        self.x, self.used_batch = x, self.training
        if self.used_batch:
            self._check_count(x.size // self.num_features)
            self.mean, variance = compiled.passes.moments(x)
            self._update_running(self.mean, variance, x.size // self.num_features)
        else:
            self.mean = cast(self.running_mean.data, like=x)
            variance = cast(self.running_var.data, like=x)
        self.inverse_std = 1 / np.sqrt(variance + np.float32(self.eps))
        self.scale = cast(self.weight.data, like=x) * self.inverse_std
        return compiled.passes.normalize(x, self.mean, self.scale, cast(self.bias.data, like=x))

    def backward(self, dout):
        """Set the gradients of weight and bias; return ``dx``."""
        if not self.is_compiled:
            return super().backward(dout)
        dbias, dots = compiled.passes.sums_and_dots(dout, self.x, self.mean)
        dweight = dots * self.inverse_std
        self._set_gradients(dweight, dbias, dout)
        if not self.needs_dx:
            return None
        # Mean and variance depend on every x of the batch: their share is taken off.
        share = np.float32(self.used_batch / (dout.size // self.num_features))
        off = self.mean, dweight * self.inverse_std * share, dbias * share
        return compiled.passes.normalize_backward(dout, self.x, *off, self.scale)

    _sum, _dot = staticmethod(sum_channels), staticmethod(dot_channels)


class LocalResponseNorm(Layer):
    r"""Divide each pixel by the size of its neighbors in nearby channels.

    .. math:: y_c = x_c S_c^{-\beta}, \qquad
        S_c = k + \frac{\alpha}{n} \sum_{c' = c - \lfloor n / 2 \rfloor}
        ^{c + \lfloor (n - 1) / 2 \rfloor} x_{c'}^2

    for each pixel by itself; :math:`n` is `size`, and channels beyond the first and the last count
    as 0. A channel that answers strongly quiets those beside it.

    Parameters
    ----------
    size : int
        Channels in a neighborhood, the pixel's own included.
    alpha : float, default 1e-4
    beta : float, default 0.75
    k : float, default 1.0
        Above 0, so that nothing is divided by 0.

    Shape
    -----
    ``(N, C, H, W)`` → the same

    Raises
    ------
    ValueError, TypeError
        If `size` is below 1, `alpha` below 0 or `k` not above 0; in the forward pass, for an input
        that is not four-dimensional.

    Notes
    -----
    PyTorch's definition. The source does not divide :math:`\alpha` by :math:`n`: its
    :math:`n = 5, \alpha = 10^{-4}, \beta = 0.75, k = 2` is
    ``LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2)``. Where `size` is even the source's sum,
    from :math:`c - n / 2` to :math:`c + n / 2`, has one channel more. Source: Krizhevsky, Sutskever
    and Hinton, *ImageNet classification with deep convolutional neural networks* (2012), section
    3.3.

    The way back, with the same sums over mirrored neighborhoods:

    .. math:: \frac{\partial L}{\partial x_c} = S_c^{-\beta} \frac{\partial L}{\partial y_c}
        - \frac{2 \alpha \beta}{n} x_c \sum_{c'} \frac{\partial L}{\partial y_{c'}}
        \frac{y_{c'}}{S_{c'}}

    Examples
    --------
    >>> layer = LocalResponseNorm(size=3, alpha=3.0, beta=1.0)
    >>> layer(np.ones((1, 3, 1, 1))).ravel()  # two, three and two channels, and k
    array([0.33333333, 0.25      , 0.33333333])
    """

    def __init__(self, size, alpha=1e-4, beta=0.75, k=1.0):
        self.size = as_integer(size, "size", at_least=1)
        self.alpha = as_number(alpha, "alpha", at_least=0)
        self.beta = as_number(beta, "beta")
        self.k = as_number(k, "k", above=0)

    def forward(self, x):
        """Divide each pixel by the power of its sum."""
        self._check_input(x, ("N", "C", "H", "W"))
        self.x = widened(x)  # a square soon exceeds float16
        before, after = self.size // 2, (self.size - 1) // 2
        squares = _neighbor_sum(self.x * self.x, before, after)
        self.sums = self.k + self.alpha / self.size * squares
        self.out = self.x * self.sums**-self.beta
        return cast(self.out, like=x)

    def backward(self, dout):
        """Return ``dx``: each pixel's own share, less its part in the sums of its neighbors."""
        like, dout = dout, widened(dout)
        before, after = self.size // 2, (self.size - 1) // 2
        # Channel c lies in the sums of the channels that reach it: the neighborhood, mirrored.
        others = _neighbor_sum(dout * self.out / self.sums, after, before)
        factor = 2 * self.alpha * self.beta / self.size
        return cast(dout * self.sums**-self.beta - factor * self.x * others, like=like)

    def _describe(self):
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"


def _neighbor_sum(x, before, after):
    """Return for each channel the sum of those from `before` below it to `after` above it."""
    c = x.shape[1]
    total = zeros(x.shape, like=x)
    for offset in range(max(-before, 1 - c), min(after, c - 1) + 1):
        first, last = max(0, -offset), min(c, c - offset)
        total[:, first:last, ...] += x[:, first + offset : last + offset, ...]
    return total
