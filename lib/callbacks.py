"""Callbacks: what is done at certain moments of a training."""


class Callback:
    """Something to be done at certain moments of a training; every method may be left out.

    Each method receives the trainer, whose ``network``, ``optimizer``, ``history`` and
    ``steps_done`` it may use.
    """

    def on_fit_start(self, trainer):
        """Act before the first step."""

    def on_step_end(self, trainer):
        """Act after each step of the optimizer."""

    def on_epoch_end(self, trainer):
        """Act after each epoch, once its figures are in the history."""


class Checkpoint(Callback):
    """Save the whole state of the training after each epoch: see :meth:`Trainer.load_checkpoint`.

    Parameters
    ----------
    path : path
        An ``.npz`` file, replaced each time.
    """

    def __init__(self, path):
        self.path = path

    def on_epoch_end(self, trainer):
        """Write the file."""
        trainer.save_checkpoint(self.path)
