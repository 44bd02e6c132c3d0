"""Optimizers with a step size of its own for each weight."""

import math

from lib.backend import array_namespace, has_kernels, kernels
from lib.optimizers.base import Optimizer
from lib.settings import as_flag, as_number


class AdaGrad(Optimizer):
    r"""Divide each step by the root of the sum of all squared gradients so far.

    .. math:: s \leftarrow s + g^2, \qquad w \leftarrow w - \eta\, \frac{g}{\sqrt s + \varepsilon}

    A weight with small or rare gradients takes larger steps. The sum never shrinks, so the steps
    do.

    Parameters
    ----------
    network : Layer
    lr : float, default 0.01
    eps : float, default 1e-10
        :math:`\varepsilon`, above 0.
    **settings
        `weight_decay`, `l1` and `rates`: see :class:`~lib.optimizers.base.Optimizer`.

    Notes
    -----
    `Adagrad` in PyTorch and Keras. Source: Duchi, Hazan and Singer, *Adaptive subgradient methods
    for online learning and stochastic optimization* (2011), figure 1, with a diagonal matrix.
    """

    slots = ("square_sum",)

    def __init__(self, network, lr=0.01, eps=1e-10, **settings):
        super().__init__(network, lr, **settings)
        self.eps = as_number(eps, "eps", above=0)

    def update(self, parameter, grad, square_sum):
        """Add the square to the sum, then move by the ratio."""
        square_sum += grad * grad
        root = array_namespace(square_sum).sqrt(square_sum)
        parameter.data -= self.lr * grad / (root + self.eps)


class RMSProp(Optimizer):
    r"""Divide each step by the root of a running mean of the squared gradient.

    .. math:: s \leftarrow \alpha s + (1 - \alpha) g^2, \qquad
        w \leftarrow w - \eta\, \frac{g}{\sqrt s + \varepsilon}

    AdaGrad with a memory that fades, so that the steps do not shrink for ever.

    Parameters
    ----------
    network : Layer
    lr : float, default 0.01
    alpha : float, default 0.99
        :math:`\alpha`, ``0 <= alpha < 1``; `rho` in Keras, `decay_rate` in Saito's code.
    eps : float, default 1e-8
        :math:`\varepsilon`, above 0; outside the root as in PyTorch, Keras has it inside.
    **settings
        `weight_decay`, `l1` and `rates`: see :class:`~lib.optimizers.base.Optimizer`.

    Notes
    -----
    `RMSprop` in PyTorch and Keras. Source: Tieleman and Hinton, *Lecture 6.5: RMSProp* (2012), of
    the course *Neural networks for machine learning*.
    """

    slots = ("square",)

    def __init__(self, network, lr=0.01, alpha=0.99, eps=1e-8, **settings):
        super().__init__(network, lr, **settings)
        self.alpha = as_number(alpha, "alpha", at_least=0, below=1)
        self.eps = as_number(eps, "eps", above=0)

    def update(self, parameter, grad, square):
        """Update the running mean, then move by the ratio."""
        _fade(square, self.alpha, grad * grad)
        root = array_namespace(square).sqrt(square)
        parameter.data -= self.lr * grad / (root + self.eps)


def _fade(mean, share, new):
    """Update a running mean in place: `share` of the old one, the rest of what is new.

    Not ``mean += (1 - share) * (new - mean)``: where the old mean is far larger, the difference
    loses the new number to rounding, and the mean keeps an error of the size of its last digit.
    """
    mean *= share
    mean += (1 - share) * new


class Adam(Optimizer):
    r"""Momentum with a step size of its own for each weight.

    .. math::
        m &\leftarrow \beta_1 m + (1 - \beta_1) g, \qquad
        v \leftarrow \beta_2 v + (1 - \beta_2) g^2 \\
        w &\leftarrow w - \eta\, \frac{m / (1 - \beta_1^t)}
        {\sqrt{v / (1 - \beta_2^t)} + \varepsilon}

    Parameters
    ----------
    network : Layer
    lr : float, default 0.001
    betas : (float, float), default (0.9, 0.999)
        :math:`\beta_1, \beta_2`, each ``0 <= beta < 1``.
    eps : float, default 1e-8
        :math:`\varepsilon`, above 0.
    amsgrad : bool, default False
        Divide by the root of the largest :math:`v` so far, so that steps never grow again because
        a large gradient is forgotten.
    **settings
        `weight_decay`, `l1` and `rates`: see :class:`~lib.optimizers.base.Optimizer`.

    Notes
    -----
    Source: Kingma and Ba, *Adam: a method for stochastic optimization* (2014), algorithm 1.
    `amsgrad`: Reddi, Kale and Kumar, *On the convergence of Adam and beyond* (2018), algorithm 2,
    with the corrected ratio, as in PyTorch.
    """

    slots = ("mean", "square")

    def __init__(
        self, network, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, *, amsgrad=False, **settings
    ):
        self.betas = _as_betas(betas)
        self.eps = as_number(eps, "eps", above=0)
        self.amsgrad = as_flag(amsgrad, "amsgrad")
        if self.amsgrad:
            self.slots = ("mean", "square", "largest")
        super().__init__(network, lr, **settings)

    def update(self, parameter, grad, mean, square, largest=None):
        """Update the running means, then move by their corrected ratio."""
        beta1, beta2 = self.betas
        step = self.lr / (1 - beta1**self.step_count)
        correction = 1 / math.sqrt(1 - beta2**self.step_count)
        if largest is None and has_kernels(grad):
            rates = {"step": step, "correction": correction, "eps": self.eps}
            kernels.adam(parameter.data, grad, mean, square, betas=self.betas, **rates)
            return
        _fade(mean, beta1, grad)
        _fade(square, beta2, grad * grad)
        if largest is not None:
            largest[...] = array_namespace(square).maximum(largest, square)
            square = largest
        root = array_namespace(square).sqrt(square)
        parameter.data -= step * mean / (root * correction + self.eps)


class AdamW(Adam):
    r"""Adam, after shrinking the weights: :math:`w \leftarrow (1 - \eta\lambda) w`.

    Added to the gradient, as in plain SGD, the decay would be divided by Adam's running root like
    the rest of the gradient, and the weights that need it most would get the least of it.

    Parameters
    ----------
    network : Layer
    lr : float, default 0.001
    betas : (float, float), default (0.9, 0.999)
    eps : float, default 1e-8
    weight_decay : float, default 0.01
        :math:`\lambda`, at least 0. It shrinks every trainable parameter, biases too, as in
        PyTorch.
    **settings
        `amsgrad`: see :class:`Adam`; `l1` and `rates`: see
        :class:`~lib.optimizers.base.Optimizer`.

    Notes
    -----
    Source: Loshchilov and Hutter, *Decoupled weight decay regularization* (2017), algorithm 2.
    """

    decoupled = True

    def __init__(
        self, network, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01, **settings
    ):
        super().__init__(network, lr, betas, eps, weight_decay=weight_decay, **settings)


def _as_betas(betas):
    try:
        beta1, beta2 = betas
    except (TypeError, ValueError):
        raise ValueError(f"betas must be two numbers, got {betas!r}") from None
    pair = ((beta1, "the first of betas"), (beta2, "the second of betas"))
    return tuple(as_number(beta, name, at_least=0, below=1) for beta, name in pair)
