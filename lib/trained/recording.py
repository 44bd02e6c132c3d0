"""What a training of the book's networks records beside the figures of each epoch."""

import time

import numpy as np

from lib.training import Callback


class CpuSeconds(Callback):
    """Add up the processors' time of all epochs; what else the machine does adds nothing to it.

    Attributes
    ----------
    total : float
        Seconds in whole epochs, of all threads and processes together.
    """

    def __init__(self):
        self.total = 0.0

    def on_fit_start(self, trainer):
        """Start the clock."""
        self.started = time.process_time()

    def on_epoch_end(self, trainer):
        """Count the epoch."""
        now = time.process_time()
        (seconds,) = trainer.parallel.total(np.array([now - self.started]))
        self.total += seconds.item()
        self.started = now

    def state(self):
        """Return the seconds so far."""
        return {"total": self.total}

    def load_state(self, state):
        """Continue from what :meth:`state` returned."""
        self.total = state["total"]


class FilterSnapshots(Callback):
    """Keep the filters of a layer at some steps, and how good the network is then.

    Parameters
    ----------
    layer : str
        Its name in the network.
    validation : Dataset
    steps : sequence of int
        0 is before the training.

    Attributes
    ----------
    taken : dict of str to list
        ``steps``, ``filters`` (float16) and ``validation_accuracy``.
    """

    def __init__(self, layer, validation, steps):
        self.layer = layer
        self.validation = validation
        self.steps = frozenset(steps)
        self.taken = {"steps": [], "filters": [], "validation_accuracy": []}

    def on_fit_start(self, trainer):
        """Look at the network before it has learned anything."""
        if trainer.steps_done == 0:
            self.on_step_end(trainer)

    def on_step_end(self, trainer):
        """Look at the network if it is time."""
        if trainer.steps_done in self.steps:
            accuracy = trainer.evaluate(self.validation)["accuracy"]
            trainer.network.train()
            weight = getattr(trainer.network, self.layer).weight.data
            self.taken["steps"].append(trainer.steps_done)
            self.taken["filters"].append(weight.astype(np.float16))
            self.taken["validation_accuracy"].append(accuracy)

    def arrays(self):
        """Return what was taken, as arrays."""
        return {name: np.array(values) for name, values in self.taken.items()}

    def state(self):
        """Return what was taken."""
        return self.arrays()

    def load_state(self, state):
        """Continue from what :meth:`state` returned."""
        self.taken = {name: list(array) for name, array in state.items()}
