"""Gradient descent, and what a memory of past gradients adds to it."""

from lib.optimizers.base import Optimizer
from lib.settings import as_number


class SGD(Optimizer):
    r"""Stochastic gradient descent: :math:`w \leftarrow w - \eta g`.

    Parameters
    ----------
    network : Layer
    lr : float, default 0.01
    **settings
        `weight_decay`, `l1` and `rates`: see :class:`~lib.optimizers.base.Optimizer`.

    Notes
    -----
    Source: Robbins and Monro, *A stochastic approximation method* (1951).

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import Linear
    >>> layer = Linear(1, 1)
    >>> layer.weight.data[:], layer.weight.grad = 2.0, np.float32([[3.0]])
    >>> layer.bias.grad = np.float32([0.0])
    >>> SGD(layer, lr=0.1).step()
    >>> layer.weight.data
    array([[1.7]], dtype=float32)
    """

    def __init__(self, network, lr=0.01, **settings):
        super().__init__(network, lr, **settings)

    def update(self, parameter, grad):
        """Take one step down the gradient."""
        parameter.data -= self.lr * grad


class Momentum(Optimizer):
    r"""A rolling ball: :math:`v \leftarrow \mu v + g,\; w \leftarrow w - \eta v`.

    Parameters
    ----------
    network : Layer
    lr : float, default 0.01
    momentum : float, default 0.9
        :math:`\mu`, ``0 <= momentum < 1``.
    **settings
        `weight_decay`, `l1` and `rates`: see :class:`~lib.optimizers.base.Optimizer`.

    Notes
    -----
    PyTorch's form (`SGD` with `momentum`). In Saito's book the learning rate is inside the
    velocity, :math:`v \leftarrow \mu v - \eta g`; at a constant rate the two are one. Source:
    Polyak, *Some methods of speeding up the convergence of iteration methods* (1964).
    """

    slots = ("velocity",)

    def __init__(self, network, lr=0.01, momentum=0.9, **settings):
        super().__init__(network, lr, **settings)
        self.momentum = as_number(momentum, "momentum", at_least=0, below=1)

    def update(self, parameter, grad, velocity):
        """Add the gradient to the velocity, then move by it."""
        velocity *= self.momentum
        velocity += grad
        parameter.data -= self.lr * velocity


class Nesterov(Momentum):
    r"""Momentum that looks ahead.

    .. math:: v \leftarrow \mu v + g, \qquad w \leftarrow w - \eta (g + \mu v)

    The ball first rolls on by :math:`\mu v` and takes the gradient there, where it is about to be.
    Written for the place where it has looked, so that the gradient is the usual one.

    Parameters
    ----------
    network : Layer
    lr : float, default 0.01
    momentum : float, default 0.9
        :math:`\mu`, ``0 <= momentum < 1``.
    **settings
        `weight_decay`, `l1` and `rates`: see :class:`~lib.optimizers.base.Optimizer`.

    Notes
    -----
    ``SGD(nesterov=True)`` in PyTorch and Keras. Papers follow the ball itself,
    :math:`\theta = w + \eta \mu v`, which moves by :math:`\theta \leftarrow \theta - \eta v`; at a
    constant rate that is the same path. Source: Nesterov, *A method for solving the convex
    programming problem with convergence rate O(1/k²)* (1983), in the form of Sutskever, Martens,
    Dahl and Hinton, *On the importance of initialization and momentum in deep learning* (2013),
    equations 3 and 4.
    """

    def update(self, parameter, grad, velocity):
        """Add the gradient to the velocity, then move by where it will have led."""
        velocity *= self.momentum
        velocity += grad
        parameter.data -= self.lr * (grad + self.momentum * velocity)
