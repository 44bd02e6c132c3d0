"""Optimizers: how a parameter follows its gradient.

An optimizer is made for a network and steps after each backward pass::

    value, dlogits = loss(network(x), targets)
    network.backward(dlogits)
    optimizer.step()
"""

import math

import numpy as np

from lib.backend import array_namespace, cast, to_device, to_numpy, zeros
from lib.layers.base import Layer


class Optimizer:
    """What all optimizers share: the parameters, the learning rate and the saved state.

    A subclass says in `slots` which running quantities it keeps for each parameter, and in
    :meth:`update` how they change it.

    Parameters
    ----------
    network : Layer
        Its trainable parameters are updated.
    lr : float
        Learning rate, above 0; may be changed between steps.

    Attributes
    ----------
    step_count : int
        Steps taken.

    Raises
    ------
    TypeError, ValueError
        If `network` is not a layer or has nothing to train, or a setting is out of range.
    """

    slots = ()

    def __init__(self, network, lr):
        if not isinstance(network, Layer):
            raise TypeError(f"expected a network (a Layer), got {type(network).__name__}")
        if not lr > 0:
            raise ValueError(f"lr must be above 0, got {lr}")
        self.parameters = {n: p for n, p in network.named_parameters() if p.trainable}
        if not self.parameters:
            raise ValueError("the network has no trainable parameter")
        self.lr = lr
        self.step_count = 0
        self.running = {
            slot: {name: zeros(p.data.shape, like=p.data) for name, p in self.parameters.items()}
            for slot in self.slots
        }

    def step(self):
        """Update every trainable parameter from its gradient.

        Raises
        ------
        RuntimeError
            If a parameter has no gradient yet.
        """
        for name, parameter in self.parameters.items():
            if parameter.grad is None:
                raise RuntimeError(f'"{name}" has no gradient: call backward before step')
        self.step_count += 1
        for name, parameter in self.parameters.items():
            grad = cast(parameter.grad, like=parameter.data)
            self.update(parameter, grad, *(self.running[slot][name] for slot in self.slots))

    def update(self, parameter, grad, *running):
        """Change one parameter, and its running quantities, in place."""
        raise NotImplementedError

    def to_device(self, device):
        """Move the running quantities to where the parameters are: see `Layer.to_device`."""
        for arrays in self.running.values():
            for name, array in arrays.items():
                arrays[name] = to_device(array, device)
        return self

    def state(self):
        """Return everything that a continued run needs, as a flat dict of numbers and arrays."""
        running = {
            f"{slot}.{name}": array
            for slot, arrays in self.running.items()
            for name, array in arrays.items()
        }
        return {"lr": self.lr, "step_count": self.step_count, **running}

    def load_state(self, state):
        """Continue from a state that :meth:`state` returned.

        Raises
        ------
        ValueError
            If it is the state of another optimizer or of another network.
        """
        if problem := self._problem(state):
            raise ValueError(f"the state is not one of this {type(self).__name__}: {problem}")
        self.lr, self.step_count = float(state["lr"]), int(state["step_count"])
        for slot, arrays in self.running.items():
            for name, array in arrays.items():
                array[...] = to_device(to_numpy(state[f"{slot}.{name}"]), array)

    def _problem(self, state):
        """Return what keeps `state` from being loaded, or ``None``."""
        own = self.state()
        if differing := set(state) ^ set(own):
            return ", ".join(sorted(differing))
        for name, value in own.items():
            if np.shape(state[name]) != np.shape(value):
                return (
                    f'"{name}" has shape {np.shape(state[name])}, its parameter {np.shape(value)}'
                )
        return None


class SGD(Optimizer):
    r"""Stochastic gradient descent: :math:`w \leftarrow w - \eta g`.

    Parameters
    ----------
    network : Layer
    lr : float, default 0.01

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

    def __init__(self, network, lr=0.01):
        super().__init__(network, lr)

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

    Notes
    -----
    PyTorch's form (`SGD` with `momentum`). In Saito's book the learning rate is inside the
    velocity, :math:`v \leftarrow \mu v - \eta g`; at a constant rate the two are one. Source:
    Polyak, *Some methods of speeding up the convergence of iteration methods* (1964).
    """

    slots = ("velocity",)

    def __init__(self, network, lr=0.01, momentum=0.9):
        super().__init__(network, lr)
        if not 0 <= momentum < 1:
            raise ValueError(f"momentum must be 0 <= momentum < 1, got {momentum}")
        self.momentum = momentum

    def update(self, parameter, grad, velocity):
        """Add the gradient to the velocity, then move by it."""
        velocity *= self.momentum
        velocity += grad
        parameter.data -= self.lr * velocity


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
        :math:`\varepsilon`

    Notes
    -----
    Source: Kingma and Ba, *Adam: a method for stochastic optimization* (2014), algorithm 1.
    """

    slots = ("mean", "square")

    def __init__(self, network, lr=1e-3, betas=(0.9, 0.999), eps=1e-8):
        super().__init__(network, lr)
        if not all(0 <= beta < 1 for beta in betas):
            raise ValueError(f"betas must be 0 <= beta < 1, got {betas}")
        self.betas = betas
        self.eps = eps

    def update(self, parameter, grad, mean, square):
        """Update both running means, then move by their corrected ratio."""
        beta1, beta2 = self.betas
        mean += (1 - beta1) * (grad - mean)
        square += (1 - beta2) * (grad * grad - square)
        step = self.lr / (1 - beta1**self.step_count)
        correction = 1 / math.sqrt(1 - beta2**self.step_count)
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

    Raises
    ------
    ValueError
        If a setting is out of range.

    Notes
    -----
    Source: Loshchilov and Hutter, *Decoupled weight decay regularization* (2017), algorithm 2.
    """

    def __init__(self, network, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01):
        super().__init__(network, lr, betas, eps)
        if not weight_decay >= 0:
            raise ValueError(f"weight_decay must be at least 0, got {weight_decay}")
        self.weight_decay = weight_decay

    def update(self, parameter, grad, mean, square):
        """Shrink the parameter, then take Adam's step."""
        parameter.data *= 1 - self.lr * self.weight_decay
        super().update(parameter, grad, mean, square)
