"""The schedule that waits until nothing improves."""

from lib.schedulers.base import Scheduler
from lib.schedulers.progress import improves, read_figure


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
        By which share of the best value so far a new one must be better to count.
    lr_min : float, default 0.0
        The learning rate is never lowered below; `min_lr` in PyTorch.

    Raises
    ------
    ValueError
        If a setting is out of range; in a step, if there is no such figure.

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
        if not 0 < factor < 1:
            raise ValueError(f"factor must be 0 < factor < 1, got {factor}")
        if patience < 0:
            raise ValueError(f"patience must be at least 0, got {patience}")
        super().__init__(optimizer)
        self.figure = figure
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.lr_min = lr_min
        self.best = None
        self.waited = 0

    def step(self, figures=None):
        """Lower the learning rate if the figure has not improved for long enough."""
        value = read_figure(figures or {}, self.figure)
        self.epoch += 1
        if improves(self.figure, value, self.best, share=self.threshold):
            self.best, self.waited = value, 0
            return
        self.waited += 1
        if self.waited > self.patience:
            lr = self.optimizer.lr
            self.optimizer.lr = min(lr, max(lr * self.factor, self.lr_min))
            self.waited = 0

    def state(self):
        """Return what a continued training needs, as numbers and text."""
        return {**super().state(), "best": self.best, "waited": self.waited}

    def load_state(self, state):
        """Continue from what :meth:`state` returned."""
        super().load_state(state)
        self.best, self.waited = state["best"], state["waited"]
