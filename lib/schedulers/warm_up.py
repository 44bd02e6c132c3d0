"""Schedules that begin with small steps."""

from lib.schedulers.base import Scheduler
from lib.settings import as_instance, as_integer, as_number


class LinearLR(Scheduler):
    r"""Change the learning rate along a line, from one share of its start to another.

    .. math:: \eta_e = \eta_0 \Bigl(a + (b - a) \frac{\min(e, E)}{E}\Bigr)

    Parameters
    ----------
    optimizer : Optimizer
        Its `lr` is :math:`\eta_0`; it is lowered at once.
    epochs : int, default 5
        :math:`E`; `total_iters` in PyTorch.
    start_factor : float, default 1/3
        :math:`a`, above 0.
    end_factor : float, default 1.0
        :math:`b`, at least 0.

    Raises
    ------
    ValueError
        If a setting is out of range.

    Examples
    --------
    >>> from lib.layers import Linear
    >>> from lib.optimizers import SGD
    >>> schedule = LinearLR(SGD(Linear(1, 1), lr=1.0), epochs=2, start_factor=0.5)
    >>> [schedule.lr_at(epoch) for epoch in range(4)]
    [0.5, 0.75, 1.0, 1.0]
    """

    def __init__(self, optimizer, epochs=5, start_factor=1 / 3, end_factor=1.0):
        self.epochs = as_integer(epochs, "epochs", at_least=1)
        self.start_factor = as_number(start_factor, "start_factor", above=0)
        self.end_factor = as_number(end_factor, "end_factor", at_least=0)
        super().__init__(optimizer)

    def lr_at(self, epoch):
        """Return the learning rate after so many epochs."""
        way = self.end_factor - self.start_factor
        return self.lr_start * (self.start_factor + way * min(epoch, self.epochs) / self.epochs)


class WarmUp(LinearLR):
    """Raise the learning rate along a line to its start, then follow another schedule.

    At first the weights are random and the running means of the optimizer empty; large steps could
    do harm that later ones do not repair.

    Parameters
    ----------
    schedule : Scheduler
        Takes over after the warm-up, with its own epoch 0.
    epochs : int, default 5
        How long the warm-up takes.
    start_factor : float, default 1/3
        Share of the learning rate in the first epoch.

    Raises
    ------
    TypeError, ValueError
        If `schedule` is none, or a setting is out of range.

    Notes
    -----
    In PyTorch, ``SequentialLR(optimizer, [LinearLR(...), schedule], milestones=[epochs])``. Source:
    Goyal et al., *Accurate, large minibatch SGD: training ImageNet in 1 hour* (2017), section 2.2.

    Examples
    --------
    >>> from lib.layers import Linear
    >>> from lib.optimizers import SGD
    >>> from lib.schedulers import ExponentialLR
    >>> optimizer, rates = SGD(Linear(1, 1), lr=1.0), []
    >>> schedule = WarmUp(ExponentialLR(optimizer, gamma=0.5), epochs=2, start_factor=0.5)
    >>> for _ in range(5):
    ...     rates.append(optimizer.lr)
    ...     schedule.step()
    >>> rates
    [0.5, 0.75, 1.0, 0.5, 0.25]
    """

    def __init__(self, schedule, epochs=5, start_factor=1 / 3):
        self.schedule = as_instance(schedule, "schedule", Scheduler)
        super().__init__(schedule.optimizer, epochs, start_factor)

    def step(self, figures=None):
        """Set the learning rate of the next epoch: see :meth:`Scheduler.step`."""
        if self.epoch < self.epochs:
            super().step()
        else:
            self.schedule.step(figures)

    def check(self, trainer, figures):
        """Refuse what could not work, in the schedule that takes over too."""
        super().check(trainer, figures)
        self.schedule.check(trainer, figures)

    def state(self):
        """Return what a continued training needs, as numbers and text."""
        return {**super().state(), "schedule": self.schedule.state()}

    def load_state(self, state):
        """Continue from what :meth:`state` returned."""
        super().load_state(state)
        self.schedule.load_state(state["schedule"])

    def check_state(self, state):
        """Refuse the state of another schedule: see :meth:`load_state`."""
        super().check_state(state)
        self.schedule.check_state(state["schedule"])
