"""The schedule that waits until nothing improves."""

from lib.schedulers.base import Scheduler
from lib.schedulers.progress import check_figure, improves, read_figure
from lib.settings import as_instance, as_integer, as_number


class ReduceLROnPlateau(Scheduler):
    """Multiply the learning rate by `factor` when a figure has stopped improving.

    Parameters
    ----------
    optimizer : Optimizer
    figure : str, default "validation_loss"
        Which figure of the history to watch: a loss, the smaller the better, or an accuracy.
    factor : float, default 0.1
        Above 0 and below 1.
    patience : int, default 10
        How many epochs without improvement are let pass; after one more, the rate is lowered.
    threshold : float, default 1e-4
        By which share of the best value so far a new one must be better to count, at least 0 and
        below 1.
    lr_min : float, default 0.0
        The learning rate is never lowered below, at least 0; `min_lr` in PyTorch.

    Raises
    ------
    ValueError
        If a setting is out of range; at the start of a training, if there is no such figure.

    Notes
    -----
    PyTorch's rule without its pause after a reduction (`cooldown`).

    Examples
    --------
    >>> from lib.layers import Linear
    >>> from lib.optimizers import SGD
    >>> optimizer = SGD(Linear(1, 1), lr=1.0)
    >>> schedule = ReduceLROnPlateau(optimizer, patience=1)
    >>> for loss in [0.9, 0.8, 0.8, 0.8]:
    ...     schedule.step({"validation_loss": loss})
    >>> optimizer.lr
    0.1
    """

    def __init__(
        self,
        optimizer,
        figure="validation_loss",
        factor=0.1,
        patience=10,
        threshold=1e-4,
        lr_min=0.0,
    ):
        super().__init__(optimizer)
        self.figure = as_instance(figure, "figure", str)
        self.factor = as_number(factor, "factor", above=0, below=1)
        self.patience = as_integer(patience, "patience", at_least=0)
        self.threshold = as_number(threshold, "threshold", at_least=0, below=1)
        self.lr_min = as_number(lr_min, "lr_min", at_least=0)
        self.best = None
        self.waited = 0

    def step(self, figures=None):
        """Lower the learning rate if the figure has not improved for long enough."""
        value = read_figure({} if figures is None else figures, self.figure)
        self.epoch += 1
        if improves(self.figure, value, self.best, share=self.threshold):
            self.best, self.waited = value, 0
            return
        self.waited += 1
        if self.waited > self.patience:
            lr = self.optimizer.lr
            self.optimizer.lr = min(lr, max(lr * self.factor, self.lr_min))
            self.waited = 0

    def check(self, trainer, figures):
        """Refuse what could not work, such as a figure that is not measured."""
        super().check(trainer, figures)
        check_figure(figures, self.figure)

    def state(self):
        """Return what a continued training needs, as numbers and text."""
        return {**super().state(), "best": self.best, "waited": self.waited}

    def load_state(self, state):
        """Continue from what :meth:`state` returned."""
        super().load_state(state)
        self.best, self.waited = state["best"], state["waited"]
