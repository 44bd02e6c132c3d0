"""What all schedules share."""

from lib.settings import as_instance, described, kind_of


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

    Raises
    ------
    TypeError
        If `optimizer` is none.
    """

    def __init__(self, optimizer):
        # Not by its class: optimizers come above this room.
        if isinstance(optimizer, type) or not hasattr(optimizer, "lr"):
            raise TypeError(f"{type(self).__name__} expects an optimizer, got {kind_of(optimizer)}")
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

    def check(self, trainer, figures):
        """Refuse, at the start of a training, what could not work in it.

        Parameters
        ----------
        trainer : Trainer
        figures : collection of str
            The names of what each epoch will measure.

        Raises
        ------
        ValueError
            If the schedule was made for another optimizer than the trainer's.
        """
        self.check_optimizer(trainer.optimizer)

    def check_optimizer(self, optimizer):
        """Refuse another optimizer than the one that the schedule was made for."""
        if self.optimizer is not optimizer:
            raise ValueError("the scheduler was made for another optimizer")

    def state(self):
        """Return what a continued training needs, as numbers and text.

        ``made`` says which schedule it is, with its settings.
        """
        return {"made": described(self), "epoch": self.epoch, "lr_start": self.lr_start}

    def load_state(self, state):
        """Continue from what :meth:`state` returned.

        Raises
        ------
        ValueError
            If it is the state of another schedule, or of other settings. A schedule that shall go
            on in another way is a new one.
        """
        self.check_state(state)
        self.epoch, self.lr_start = state["epoch"], state["lr_start"]

    def check_state(self, state):
        """Refuse the state of another schedule: see :meth:`load_state`."""
        made = as_instance(state, "state", dict).get("made")
        if made != described(self):
            raise ValueError(f"the schedule is {described(self)}, the state that of {made}")
