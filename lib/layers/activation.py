"""Activations: a function of each number alone, and softmax."""

import math

import numpy as np

from lib import compiled
from lib.backend import array_namespace, cast, is_floating, widened
from lib.layers.base import Layer
from lib.settings import as_number


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
        self._check_input(x)
        self.out = _clipped(x, math.inf)
        return self.out

    def backward(self, dout):
        """Let `dout` pass where the output is positive."""
        if compiled.takes(dout, self.out):
            return compiled.passes.pass_inside(dout, self.out, 0, math.inf)
        # A product, not an assignment through a mask: NumPy does it many times faster.
        return dout * array_namespace(dout).astype(self.out > 0, dout.dtype)


class ReLU6(Layer):
    r"""Clip every number to 0 … 6: :math:`y = \min(\max(x, 0), 6)`.

    The bound keeps the range of the numbers known, which matters where they are stored in few
    bits. The gradient passes where :math:`0 < x < 6`; at 0 and 6 we take 0.

    Notes
    -----
    `ReLU6` in PyTorch, ``ReLU(max_value=6)`` in Keras. Source: Krizhevsky, *Convolutional deep
    belief networks on CIFAR-10* (2010); used in MobileNet: Howard et al. (2017).

    Examples
    --------
    >>> import numpy as np
    >>> ReLU6()(np.array([-1.0, 2.0, 9.0]))
    array([0., 2., 6.])
    """

    def forward(self, x):
        """Return `x`, clipped."""
        self._check_input(x)
        self.out = _clipped(x, 6)
        return self.out

    def backward(self, dout):
        """Let `dout` pass where nothing was clipped."""
        if compiled.takes(dout, self.out):
            return compiled.passes.pass_inside(dout, self.out, 0, 6)
        inside = (self.out > 0) & (self.out < 6)
        return dout * array_namespace(dout).astype(inside, dout.dtype)


def _clipped(x, most):
    """Return `x` with 0 for what is below, and `most` for what is above."""
    if compiled.takes(x):
        return compiled.passes.clip(x, 0, most)
    if isinstance(x, np.ndarray):
        return np.clip(x, 0, most)  # in a third of the time that np.maximum(x, 0) takes
    xp = array_namespace(x)
    out = xp.maximum(x, 0)
    return out if most == math.inf else xp.minimum(out, most)


class LeakyReLU(Layer):
    r"""Keep positive numbers, make negative ones small: :math:`y = x` or :math:`y = a x`.

    A ReLU whose input is always negative learns nothing any more; here some of the gradient still
    passes. At 0 the slope is :math:`a`.

    Parameters
    ----------
    negative_slope : float, default 0.01
        :math:`a`

    Notes
    -----
    Source: Maas, Hannun and Ng, *Rectifier nonlinearities improve neural network acoustic models*
    (2013), equation 2. The argument is `alpha` in many texts.

    Examples
    --------
    >>> import numpy as np
    >>> LeakyReLU(0.1)(np.array([-1.0, 0.0, 2.0]))
    array([-0.1,  0. ,  2. ])
    """

    def __init__(self, negative_slope=0.01):
        self.negative_slope = as_number(negative_slope, "negative_slope")

    def forward(self, x):
        """Return `x` times its slope, 1 or `negative_slope`."""
        self._check_input(x)
        positive = array_namespace(x).astype(x > 0, x.dtype)
        self.slope = positive + self.negative_slope * (1 - positive)
        return x * self.slope

    def backward(self, dout):
        """Return ``dout`` times the slope."""
        return dout * cast(self.slope, like=dout)

    def _describe(self):
        return f"negative_slope={self.negative_slope:g}"


class Sigmoid(Layer):
    r"""Squeeze every number into 0 to 1: :math:`y = 1 / (1 + e^{-x})`.

    Notes
    -----
    Its slope is :math:`y (1 - y)`, at most 1/4, and :math:`1 - y` is the sigmoid of :math:`-x`: so
    computed, it does not vanish where :math:`y` rounds to 1.

    Examples
    --------
    >>> import numpy as np
    >>> Sigmoid()(np.array([-1000.0, 0.0, 1000.0]))
    array([0. , 0.5, 1. ])
    """

    def forward(self, x):
        """Return the sigmoid of `x`."""
        self._check_input(x)
        self.x = x
        self.out = sigmoid(x)
        return self.out

    def backward(self, dout):
        """Return ``dout`` times the slope."""
        return dout * (self.out * sigmoid(-self.x))


def sigmoid(x):
    r"""Return ``1 / (1 + exp(-x))``, exact in both tails; `expit` in SciPy.

    No exponential is of a positive number, so none overflows, and nothing is subtracted: where
    the result is tiny it is still right to the last digits.

    Examples
    --------
    >>> import numpy as np
    >>> sigmoid(np.array([-40.0]))  # 1 - 1 / (1 + exp(-40)) would be 0
    array([4.24835426e-18])
    """
    xp = array_namespace(x)
    return xp.exp(xp.minimum(x, 0)) / (1 + xp.exp(-xp.abs(x)))


class Tanh(Layer):
    r"""Squeeze every number into −1 to 1: :math:`y = \tanh x`, with slope :math:`1 - y^2`.

    Notes
    -----
    The slope is computed as :math:`4 s(2x) s(-2x)`, where :math:`s` is the sigmoid: the same, but
    it does not vanish where :math:`y` rounds to 1.

    Examples
    --------
    >>> import numpy as np
    >>> Tanh()(np.array([0.0, 1000.0]))
    array([0., 1.])
    """

    def forward(self, x):
        """Return the hyperbolic tangent of `x`."""
        self._check_input(x)
        self.x = x
        return array_namespace(x).tanh(x)

    def backward(self, dout):
        """Return ``dout`` times the slope."""
        return dout * (4 * sigmoid(2 * self.x) * sigmoid(-2 * self.x))


class Softmax(Layer):
    r"""Turn the numbers along axis 1 into probabilities: :math:`p_k = e^{z_k} / \sum_j e^{z_j}`.

    Every probability depends on every number, so the way back mixes them:

    .. math:: \frac{\partial L}{\partial z_k}
        = p_k \Bigl(\frac{\partial L}{\partial p_k}
        - \sum_j p_j \frac{\partial L}{\partial p_j}\Bigr)

    Shape
    -----
    ``(N, K, ...)`` → the same

    Notes
    -----
    ``Softmax(dim=1)`` in PyTorch. To train a classifier, leave it away and take
    :class:`~lib.losses.SoftmaxCrossEntropy`, which holds for any logits. Derived in the chapter
    *From pixels to predictions*.

    Examples
    --------
    >>> import numpy as np
    >>> Softmax()(np.array([[0.0, 0.0, np.log(2)]]))
    array([[0.25, 0.25, 0.5 ]])
    """

    def forward(self, x):
        """Return the probabilities."""
        self._check_input(x)
        self.out = softmax(x)
        return self.out

    def backward(self, dout):
        """Return the gradient with respect to the numbers before softmax."""
        # Sums of float16 would lose digits: here and below, they are kept in float32.
        out, wide = widened(cast(self.out, like=dout)), widened(dout)
        mean = array_namespace(dout).sum(wide * out, axis=1, keepdims=True)
        return cast(out * (wide - mean), like=dout)


def softmax(logits):
    r"""Turn the numbers along axis 1 into probabilities: :math:`p_k = e^{z_k} / \sum_j e^{z_j}`.

    The largest number is taken off first; that changes nothing and keeps the
    exponential from overflowing.

    Shape
    -----
    ``(N, K, ...)`` → the same

    Examples
    --------
    >>> import numpy as np
    >>> softmax(np.array([[1000.0, 1000.0]]))
    array([[0.5, 0.5]])
    """
    return array_namespace(logits).exp(log_softmax(logits))


def log_softmax(logits):
    """Return the logarithm of :func:`softmax`, exact where the probability rounds to 0."""
    xp = array_namespace(logits)
    if not is_floating(logits):
        raise TypeError(f"softmax expects floating-point numbers, got {logits.dtype}")
    if len(logits.shape) < 2 or logits.shape[1] == 0:
        raise ValueError(
            "softmax expects numbers of shape (N, K, ...), one for each of K classes, "
            f"got {tuple(logits.shape)}"
        )
    shifted = widened(logits) - xp.max(widened(logits), axis=1, keepdims=True)
    return cast(shifted - xp.log(xp.sum(xp.exp(shifted), axis=1, keepdims=True)), like=logits)
