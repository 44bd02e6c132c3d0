"""Learning-rate schedules: how large a step is, as the training goes on."""

import math


class CosineAnnealingLR:
    r"""Lower the learning rate along half a cosine, from its start to `lr_min`.

    .. math:: \eta_e = \eta_{min} + \tfrac12 (\eta_0 - \eta_{min}) (1 + \cos(\pi e / E))

    Parameters
    ----------
    optimizer : Optimizer
        Its `lr` is the start :math:`\eta_0`, and is changed.
    epochs : int
        :math:`E`, how many epochs the way down takes.
    lr_min : float, default 0.0
        :math:`\eta_{min}`

    Raises
    ------
    ValueError
        If `epochs` is below 1.

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
        if epochs < 1:
            raise ValueError(f"epochs must be at least 1, got {epochs}")
        self.optimizer = optimizer
        self.epochs = epochs
        self.lr_start = optimizer.lr
        self.lr_min = lr_min
        self.epoch = 0

    def step(self):
        """Set the learning rate of the next epoch; after the last one it stays at `lr_min`."""
        self.epoch = min(self.epoch + 1, self.epochs)
        share = (1 + math.cos(math.pi * self.epoch / self.epochs)) / 2
        self.optimizer.lr = self.lr_min + (self.lr_start - self.lr_min) * share

    def state(self):
        """Return what a continued training needs."""
        return {"epoch": self.epoch, "lr_start": self.lr_start}

    def load_state(self, state):
        """Continue from what :meth:`state` returned."""
        self.epoch, self.lr_start = state["epoch"], state["lr_start"]
