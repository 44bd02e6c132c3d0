"""Schedules that lower the learning rate as the epochs go by."""

import math
from collections.abc import Iterable

from lib.schedulers.base import Scheduler
from lib.settings import as_integer, as_number


class StepLR(Scheduler):
    r"""Multiply the learning rate by `gamma` every `step_size` epochs.

    .. math:: \eta_e = \eta_0\, \gamma^{\lfloor e / \text{step size} \rfloor}

    Parameters
    ----------
    optimizer : Optimizer
    step_size : int
        Epochs between two steps.
    gamma : float, default 0.1
        :math:`\gamma`, above 0.

    Raises
    ------
    ValueError
        If a setting is out of range.

    Examples
    --------
    >>> from lib.layers import Linear
    >>> from lib.optimizers import SGD
    >>> schedule = StepLR(SGD(Linear(1, 1), lr=1.0), step_size=2, gamma=0.5)
    >>> [schedule.lr_at(epoch) for epoch in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer, step_size, gamma=0.1):
        self.step_size = as_integer(step_size, "step_size", at_least=1)
        self.gamma = as_number(gamma, "gamma", above=0)
        super().__init__(optimizer)

    def lr_at(self, epoch):
        """Return the learning rate after so many epochs."""
        return self.lr_start * self.gamma ** (epoch // self.step_size)


class MultiStepLR(Scheduler):
    r"""Multiply the learning rate by `gamma` at each milestone.

    .. math:: \eta_e = \eta_0\, \gamma^{\text{milestones } \le e}

    Parameters
    ----------
    optimizer : Optimizer
    milestones : sequence of int
        After how many epochs; each at least 1.
    gamma : float, default 0.1
        :math:`\gamma`, above 0.

    Raises
    ------
    ValueError
        If a setting is out of range.

    Examples
    --------
    >>> from lib.layers import Linear
    >>> from lib.optimizers import SGD
    >>> schedule = MultiStepLR(SGD(Linear(1, 1), lr=1.0), milestones=[1, 3], gamma=0.5)
    >>> [schedule.lr_at(epoch) for epoch in range(5)]
    [1.0, 0.5, 0.5, 0.25, 0.25]
    """

    def __init__(self, optimizer, milestones, gamma=0.1):
        self.milestones = _as_milestones(milestones)
        self.gamma = as_number(gamma, "gamma", above=0)
        super().__init__(optimizer)

    def lr_at(self, epoch):
        """Return the learning rate after so many epochs."""
        return self.lr_start * self.gamma ** sum(epoch >= place for place in self.milestones)


def _as_milestones(milestones):
    if not isinstance(milestones, Iterable):
        raise TypeError(f"milestones must be a sequence of epochs, got {milestones!r}")
    return [as_integer(epoch, "a milestone", at_least=1) for epoch in milestones]


class ExponentialLR(Scheduler):
    r"""Multiply the learning rate by `gamma` after each epoch: :math:`\eta_e = \eta_0 \gamma^e`.

    Parameters
    ----------
    optimizer : Optimizer
    gamma : float
        :math:`\gamma`, above 0.

    Raises
    ------
    ValueError
        If `gamma` is not above 0.

    Examples
    --------
    >>> from lib.layers import Linear
    >>> from lib.optimizers import SGD
    >>> schedule = ExponentialLR(SGD(Linear(1, 1), lr=1.0), gamma=0.5)
    >>> [schedule.lr_at(epoch) for epoch in range(4)]
    [1.0, 0.5, 0.25, 0.125]
    """

    def __init__(self, optimizer, gamma):
        self.gamma = as_number(gamma, "gamma", above=0)
        super().__init__(optimizer)

    def lr_at(self, epoch):
        """Return the learning rate after so many epochs."""
        return self.lr_start * self.gamma**epoch


class CosineAnnealingLR(Scheduler):
    r"""Lower the learning rate along half a cosine, from its start to `lr_min`.

    .. math:: \eta_e = \eta_{min} + \tfrac12 (\eta_0 - \eta_{min}) (1 + \cos(\pi e / E))

    Parameters
    ----------
    optimizer : Optimizer
    epochs : int
        :math:`E`, how many epochs the way down takes; then the learning rate stays at `lr_min`.
        `T_max` in PyTorch, whose schedule goes up again.
    lr_min : float, default 0.0
        :math:`\eta_{min}`, at least 0; `eta_min` in PyTorch.

    Raises
    ------
    ValueError
        If a setting is out of range.

    Notes
    -----
    Without the restarts of its source: Loshchilov and Hutter, *SGDR: stochastic gradient descent
    with warm restarts* (2016), equation 5.

    Examples
    --------
    >>> from lib.layers import Linear
    >>> from lib.optimizers import SGD
    >>> optimizer = SGD(Linear(1, 1), lr=1.0)
    >>> schedule = CosineAnnealingLR(optimizer, epochs=2)
    >>> schedule.step()
    >>> round(optimizer.lr, 6)
    0.5
    """

    def __init__(self, optimizer, epochs, lr_min=0.0):
        self.epochs = as_integer(epochs, "epochs", at_least=1)
        self.lr_min = as_number(lr_min, "lr_min", at_least=0)
        super().__init__(optimizer)

    def lr_at(self, epoch):
        """Return the learning rate after so many epochs."""
        share = (1 + math.cos(math.pi * min(epoch, self.epochs) / self.epochs)) / 2
        return self.lr_min + (self.lr_start - self.lr_min) * share
