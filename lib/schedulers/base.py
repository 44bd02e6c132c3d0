"""What all schedules share."""


class Scheduler:
    """What all schedules share: the optimizer, the epochs counted, and the saved state.

    A subclass says in :meth:`lr_at` what the learning rate is after some epochs.

    Parameters
    ----------
    optimizer : Optimizer
        Its `lr` is the start, ``lr_start``, and is changed.

    Attributes
    ----------
    epoch : int
        Epochs done.
    """

    def __init__(self, optimizer):
        self.optimizer = optimizer
        self.lr_start = optimizer.lr
        self.epoch = 0
        optimizer.lr = self.lr_at(0)

    def lr_at(self, epoch):
        """Return the learning rate after so many epochs."""
        return self.lr_start

    def step(self, figures=None):
        """Set the learning rate of the next epoch.

        Parameters
        ----------
        figures : dict of str to float, optional
            What the last epoch measured: an entry of :attr:`lib.training.History.epochs`.
        """
        self.epoch += 1
        self.optimizer.lr = self.lr_at(self.epoch)

    def state(self):
        """Return what a continued training needs, as numbers and text."""
        return {"kind": type(self).__name__, "epoch": self.epoch, "lr_start": self.lr_start}

    def load_state(self, state):
        """Continue from what :meth:`state` returned.

        Raises
        ------
        ValueError
            If it is the state of another schedule.
        """
        self.check_state(state)
        self.epoch, self.lr_start = state["epoch"], state["lr_start"]

    def check_state(self, state):
        """Refuse the state of another schedule: see :meth:`load_state`."""
        if state["kind"] != type(self).__name__:
            raise ValueError(
                f"the schedule is a {type(self).__name__}, the state that of a {state['kind']}"
            )


def at_least_one(name, value):
    """Return `value` after checking it."""
    if value < 1:
        raise ValueError(f"{name} must be at least 1, got {value}")
    return value


def above_zero(name, value):
    """Return `value` after checking it."""
    if not value > 0:
        raise ValueError(f"{name} must be above 0, got {value}")
    return value
