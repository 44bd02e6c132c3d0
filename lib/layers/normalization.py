"""Batch normalization."""

import numpy as np

from lib.backend import array_namespace, cast
from lib.layers.base import Layer
from lib.parameter import Buffer, Parameter


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
        Added to the variance.
    momentum : float, default 0.1
        Weight of the newest batch in the running averages; Keras calls ``1 - momentum`` so.

    Attributes
    ----------
    weight, bias : Parameter
        :math:`\gamma` (ones at the start) and :math:`\beta` (zeros), of shape ``(num_features,)``.
    running_mean, running_var : Buffer
        Saved with the network, not trained.

    Raises
    ------
    ValueError
        In the forward pass, for an input of another shape, or in training for a single value for
        each feature, which has no variance.

    Notes
    -----
    Source: Ioffe and Szegedy, *Batch normalization* (2015), algorithms 1 and 2; the backward pass
    is that of section 3, simplified.
    """

    axes = (0,)
    input_letters = ()

    def __init__(self, num_features, eps=1e-5, momentum=0.1):
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.weight = Parameter(np.ones(num_features, np.float32))
        self.bias = Parameter(np.zeros(num_features, np.float32))
        self.running_mean = Buffer(np.zeros(num_features, np.float32))
        self.running_var = Buffer(np.ones(num_features, np.float32))

    def forward(self, x):
        """Normalize `x`, in training by its own statistics."""
        self._check_input(x, ("N", self.num_features, *self.input_letters))
        xp = array_namespace(x)
        self.used_batch = self.training
        if self.training:
            mean = xp.mean(x, axis=self.axes)
            centered = x - self._along_features(mean)
            variance = xp.mean(centered * centered, axis=self.axes)
            self._update_running(mean, variance, count=x.size // self.num_features)
        else:
            mean = cast(self.running_mean.data, like=x)
            variance = cast(self.running_var.data, like=x)
            centered = x - self._along_features(mean)
        self.inverse_std = 1 / xp.sqrt(variance + self.eps)
        self.normalized = centered * self._along_features(self.inverse_std)
        weight, bias = (cast(p.data, like=x) for p in (self.weight, self.bias))
        return self.normalized * self._along_features(weight) + self._along_features(bias)

    def backward(self, dout):
        """Set the gradients of weight and bias; return ``dx``."""
        xp = array_namespace(dout)
        self.bias.grad = xp.sum(dout, axis=self.axes)
        self.weight.grad = xp.sum(dout * self.normalized, axis=self.axes)
        if self.used_batch:
            # Mean and variance depend on every x: their share of the gradient is taken off.
            count = dout.size // self.num_features
            dout = dout - (
                self._along_features(self.bias.grad / count)
                + self.normalized * self._along_features(self.weight.grad / count)
            )
        scale = cast(self.weight.data, like=dout) * self.inverse_std
        return dout * self._along_features(scale)

    def _along_features(self, values):
        """Shape one value a feature so that it broadcasts over images."""
        return values[(slice(None), *(None for _ in self.axes[1:]))]

    def _update_running(self, mean, variance, count):
        if count < 2:
            raise ValueError(
                f"{type(self).__name__} needs more than one value for each feature in training, "
                "got a batch of 1; use a larger batch or eval()"
            )
        unbiased = variance * (count / (count - 1))
        for running, new in ((self.running_mean, mean), (self.running_var, unbiased)):
            new = cast(new, like=running.data)
            running.data = (1 - self.momentum) * running.data + self.momentum * new

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

    axes = (0, 2, 3)
    input_letters = ("H", "W")
