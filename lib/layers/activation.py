"""Activations: a function of each number alone."""

from lib.backend import array_namespace
from lib.layers.base import Layer


class ReLU(Layer):
    r"""Keep positive numbers, replace negative ones by 0: :math:`y = \max(x, 0)`.

    The gradient passes where :math:`x > 0`; at 0, where there is none, we take 0.

    Notes
    -----
    Source: Nair and Hinton, *Rectified linear units improve restricted Boltzmann machines*
    (2010). Derived in the chapter *A CNN from scratch*.

    Examples
    --------
    >>> import numpy as np
    >>> ReLU()(np.array([-1.0, 0.0, 2.0]))
    array([0., 0., 2.])
    """

    def forward(self, x):
        """Return the larger of `x` and 0."""
        self.out = array_namespace(x).maximum(x, 0)
        return self.out

    def backward(self, dout):
        """Let `dout` pass where the output is positive."""
        # A product, not an assignment through a mask: NumPy does it many times faster.
        return dout * array_namespace(dout).astype(self.out > 0, dout.dtype)


class Sigmoid(Layer):
    r"""Squeeze every number into 0 to 1: :math:`y = 1 / (1 + e^{-x})`.

    Notes
    -----
    Computed as :math:`(1 + \tanh(x / 2)) / 2`, which is the same and never overflows. Its slope
    is :math:`y (1 - y)`, at most 1/4.

    Examples
    --------
    >>> import numpy as np
    >>> Sigmoid()(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """

    def forward(self, x):
        """Return the sigmoid of `x`."""
        self.out = sigmoid(x)
        return self.out

    def backward(self, dout):
        """Return ``dout`` times the slope."""
        return dout * (self.out * (1 - self.out))


def sigmoid(x):
    """Return ``1 / (1 + exp(-x))`` without overflow; `expit` in SciPy."""
    return 0.5 * (array_namespace(x).tanh(0.5 * x) + 1)


class Tanh(Layer):
    r"""Squeeze every number into −1 to 1: :math:`y = \tanh x`, with slope :math:`1 - y^2`.

    Examples
    --------
    >>> import numpy as np
    >>> Tanh()(np.array([0.0, 1000.0]))
    array([0., 1.])
    """

    def forward(self, x):
        """Return the hyperbolic tangent of `x`."""
        self.out = array_namespace(x).tanh(x)
        return self.out

    def backward(self, dout):
        """Return ``dout`` times the slope."""
        return dout * (1 - self.out * self.out)
