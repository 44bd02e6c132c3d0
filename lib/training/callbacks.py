"""Callbacks: what is done at certain moments of a training."""

from lib import serialization
from lib.backend import to_numpy
from lib.schedulers.progress import check_figure, improves, larger_is_better, read_figure
from lib.settings import as_instance, as_integer, as_number
from lib.training.history import format_figure


class Callback:
    """Something to be done at certain moments of a training; every method may be left out.

    Each method receives the trainer, whose ``network``, ``optimizer``, ``history`` and
    ``steps_done`` it may use, and whose ``stop(reason)`` ends the training after the epoch. A
    callback serves one training. What it remembers from epoch to epoch belongs in :meth:`state`,
    so that a training continued from a checkpoint goes on as if it had not been stopped.

    Attributes
    ----------
    adds : sequence of str
        The names of figures that it writes into the history, for others to watch.
    """

    adds = ()

    def check(self, trainer, figures):
        """Refuse, before anything else, what could not work in this training.

        Parameters
        ----------
        trainer : Trainer
        figures : collection of str
            The names of what each epoch will measure.
        """

    def on_fit_start(self, trainer):
        """Act before the first step; ``trainer.stop`` here means that no step is taken."""

    def on_step_end(self, trainer):
        """Act after each step of the optimizer."""

    def on_epoch_end(self, trainer):
        """Act after each epoch, once its figures are in the history."""

    def on_epoch_over(self, trainer):
        """Act once every callback has seen the end of the epoch: the moment to save."""

    def on_fit_end(self, trainer):
        """Act after the last epoch, unless an error or Ctrl-C ended the training."""

    def state(self):
        """Return what a continued training needs: numbers, text, ``None`` or arrays by name."""
        return {}

    def load_state(self, state):
        """Continue from what :meth:`state` returned."""


class Checkpoint(Callback):
    """Save the whole state of the training after each epoch: see :meth:`Trainer.load_checkpoint`.

    Parameters
    ----------
    path : path
        An ``.npz`` file, replaced each time.

    Raises
    ------
    ValueError
        If `path` does not end in ``.npz``.
    OSError
        At the start of a training, if it cannot be written.
    """

    def __init__(self, path):
        self.path = serialization.as_npz_path(path)

    def check(self, trainer, figures):
        """Refuse a file that cannot be written."""
        serialization.check_writable(self.path)

    def on_epoch_over(self, trainer):
        """Write the file."""
        trainer.save_checkpoint(self.path)


class Threshold(Callback):
    """Stop the training when a figure has reached a value.

    Parameters
    ----------
    figure : str
        A figure of the history, such as ``"validation_accuracy"``.
    value : float
        An accuracy, from 0 to 1, stops at this value or above, a loss at this value or below.

    Raises
    ------
    TypeError, ValueError
        If `value` is no number or out of range; at the start of a training, if there is no such
        figure.

    Examples
    --------
    >>> Threshold("validation_accuracy", 0.99).reached({"validation_accuracy": 0.992})
    True
    """

    def __init__(self, figure, value):
        self.figure = as_instance(figure, "figure", str)
        most = 1 if larger_is_better(figure) else None  # 99 % is 0.99
        self.value = as_number(value, "value", at_least=0, at_most=most)

    def check(self, trainer, figures):
        """Refuse a figure that is not measured."""
        check_figure(figures, self.figure)

    def reached(self, figures):
        """Tell whether the figures of an epoch reach the value."""
        measured = read_figure(figures, self.figure)
        if larger_is_better(self.figure):
            return measured >= self.value
        return measured <= self.value

    def on_fit_start(self, trainer):
        """Stop a continued training that had reached the value."""
        if trainer.history.epochs:
            self.on_epoch_end(trainer)

    def on_epoch_end(self, trainer):
        """Stop if the value is reached."""
        figures = trainer.history.epochs[-1]
        if self.reached(figures):
            measured = format_figure(self.figure, figures[self.figure])
            trainer.stop(f"{self.figure} reached {measured}")


class BestEpoch(Callback):
    """What watches for the best epoch: a subclass says in ``on_best`` what to do then.

    Parameters
    ----------
    figure : str, default "validation_loss"
        Which figure of the history decides: the smallest loss or the largest accuracy is best,
        the first among equals.

    Attributes
    ----------
    best : float or None
        The best value so far.
    best_epoch : int or None
        The epoch that had it.

    Raises
    ------
    ValueError
        At the start of a training, if there is no such figure.
    """

    def __init__(self, figure="validation_loss"):
        self.figure = as_instance(figure, "figure", str)
        self.best = None
        self.best_epoch = None

    def check(self, trainer, figures):
        """Refuse a figure that is not measured."""
        check_figure(figures, self.figure)

    def on_epoch_end(self, trainer):
        """Compare the epoch with the best so far."""
        figures = trainer.history.epochs[-1]
        value = read_figure(figures, self.figure)
        if improves(self.figure, value, self.best):
            self.best, self.best_epoch = value, figures["epoch"]
            self.on_best(trainer)

    def on_best(self, trainer):
        """Act after an epoch that is the best so far."""

    def state(self):
        """Return the best value and its epoch."""
        return {"best": self.best, "best_epoch": self.best_epoch}

    def load_state(self, state):
        """Continue from what :meth:`state` returned."""
        self.best, self.best_epoch = state["best"], state["best_epoch"]


class BestWeights(BestEpoch):
    """Save the network whenever a figure is the best so far.

    Parameters
    ----------
    path : path
        An ``.npz`` file for :func:`lib.serialization.load`, replaced each time.
    figure : str, default "validation_loss"
        See :class:`BestEpoch`.

    Raises
    ------
    ValueError, OSError
        As for :class:`Checkpoint` and :class:`BestEpoch`.
    """

    def __init__(self, path, figure="validation_loss"):
        super().__init__(figure)
        self.path = serialization.as_npz_path(path)

    def check(self, trainer, figures):
        """Refuse a figure that is not measured, and a file that cannot be written."""
        super().check(trainer, figures)
        serialization.check_writable(self.path)

    def on_best(self, trainer):
        """Write the file."""
        serialization.save(trainer.network, self.path)


class EarlyStopping(BestEpoch):
    """Stop when a figure has not improved for some epochs, and give the best weights back.

    At the end of the training, early or not, the network gets the weights and buffers of its best
    epoch.

    Parameters
    ----------
    patience : int
        After how many epochs in a row without improvement the training stops, at least 1.
    figure : str, default "validation_loss"
        See :class:`BestEpoch`.

    Raises
    ------
    TypeError, ValueError
        If `patience` is no integer or below 1; at the start of a training, if there is no such
        figure.

    Notes
    -----
    Source: Prechelt, *Early stopping: but when?* (1998), the criterion UP with strips of one epoch,
    counted from the best.
    """

    def __init__(self, patience, figure="validation_loss"):
        super().__init__(figure)
        self.patience = as_integer(patience, "patience", at_least=1)
        self.waited = 0
        self.best_state = {}

    def on_fit_start(self, trainer):
        """Stop a continued training that had been stopped."""
        if self.waited >= self.patience:
            self._stop(trainer)

    def on_epoch_end(self, trainer):
        """Count the epochs since the best."""
        self.waited += 1
        super().on_epoch_end(trainer)
        if self.waited >= self.patience:
            self._stop(trainer)

    def on_best(self, trainer):
        """Keep a copy of the network, on the host."""
        self.waited = 0
        self.best_state = {n: to_numpy(a).copy() for n, a in trainer.network.state().items()}

    def on_fit_end(self, trainer):
        """Give the best weights back."""
        if self.best_state:
            trainer.network.load_state(self.best_state)

    def _stop(self, trainer):
        trainer.stop(f"{self.figure} has not improved for {self.waited} epochs")

    def state(self):
        """Return what was counted, and the best weights."""
        weights = {f"best_state.{name}": array for name, array in self.best_state.items()}
        return {**super().state(), "waited": self.waited, **weights}

    def load_state(self, state):
        """Continue from what :meth:`state` returned."""
        super().load_state(state)
        self.waited = state["waited"]
        kept = "best_state."
        self.best_state = {n.removeprefix(kept): a for n, a in state.items() if n.startswith(kept)}
