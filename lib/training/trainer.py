"""Training: the loop around forward, loss, backward and step."""

import math
import time
import warnings
from functools import partial

from lib import backend
from lib.datasets import Dataset
from lib.paths import in_a_page
from lib.settings import as_flag, as_instance, as_integer
from lib.training import checkpoints
from lib.training.diagnosis import explain_loss
from lib.training.history import History, format_figure
from lib.training.parts import as_callbacks, as_loss, as_parallel, as_scheduler, check_network
from lib.training.plan import Plan
from lib.training.progress import (
    TOLD,
    Averages,
    epoch_line,
    epoch_title,
    progress_bar,
    share_correct,
)


class Trainer:
    """Trains a classifier with an optimizer on a data set.

    Parameters
    ----------
    network : Layer
        Any network, or a single layer.
    optimizer : Optimizer
        Made for that network.
    loss : callable, default `SoftmaxCrossEntropy`
        ``loss(prediction, targets) -> (value, dprediction)``; the targets are NumPy's, on any
        device.
    scheduler : Scheduler, optional
        Made for that optimizer; steps after each epoch: see :mod:`lib.schedulers`.
    seed : int, default 0
        At least 0. Orders the pictures of each epoch; epoch `e` depends on `seed` and `e` alone.
    callbacks : sequence of Callback
        See :mod:`lib.training.callbacks`.
    device : {"cpu", "gpu", "cuda", "mps", "torch-cpu"} or array, default "cpu"
        Where to compute, see :mod:`lib.backend`; the network is moved there. An array stands for
        where it lives.
    progress : bool, default True
        Show a bar for each epoch; while the book is built, a line.
    parallel : DataParallel, optional
        The processes that share each batch.

    Attributes
    ----------
    history : History
        The figures of all epochs so far.
    steps_done, steps_planned : int
        Steps of the optimizer so far, and by the end of the present :meth:`fit`.
    stopped_because : str or None
        Why a callback ended the last :meth:`fit` before all epochs were done.

    Raises
    ------
    TypeError
        If an argument is something else.
    ValueError
        If the optimizer was made for another network, or the scheduler for another optimizer.
    RuntimeError
        If the device cannot be used; the message says why.

    Notes
    -----
    Built in the chapter *A CNN from scratch*.
    """

    def __init__(
        self,
        network,
        optimizer,
        loss=None,
        *,
        scheduler=None,
        seed=0,
        callbacks=(),
        device="cpu",
        progress=True,
        parallel=None,
    ):
        check_network(network, optimizer)
        self.loss = as_loss(loss)
        self.scheduler = as_scheduler(scheduler, optimizer)
        self.seed = as_integer(seed, "seed", at_least=0)
        self.callbacks = as_callbacks(callbacks)
        self.parallel = as_parallel(parallel)
        self.progress = as_flag(progress, "progress") and self.parallel.leads
        self.device = device
        self.network = network.to_device(device)
        self.optimizer = optimizer.to_device(device)
        self.history = History()
        self.steps_done = self.steps_planned = 0
        self.stopped_because = None

    def fit(
        self,
        train,
        validation=None,
        *,
        epochs,
        until=None,
        batch_size=100,
        augment=None,
        drop_last=False,
    ):
        """Train until the history holds `epochs` epochs, and return it.

        A trainer that has loaded a checkpoint continues where it was.

        Parameters
        ----------
        train, validation : Dataset
        epochs : int
            In total, those already in the history included.
        until : int, optional
            Pause after this epoch, for another call to go on with other pictures or another
            augmentation.
        batch_size : int, default 100
            Pictures a step; the last batch of an epoch may be smaller.
        augment : callable, optional
            ``augment(images, rng) -> images`` changes the pictures of each step, before they go
            to the device: see :mod:`lib.augmentation`. Each step has its own generator, which
            depends on `seed`, epoch and step alone. The history's loss and accuracy are those on
            the changed pictures; validation sees the true ones.
        drop_last : bool, default False
            Leave the pictures of a smaller last batch out; each epoch leaves out others.

        Returns
        -------
        History

        Raises
        ------
        ValueError, TypeError, OSError
            Before the first step, if an argument is something else or out of range, a set is empty
            or has labels beyond the network's outputs, the network does not take the pictures or a
            last batch of one, a callback or the scheduler asks for a figure that will not be
            measured, or a file of a callback could not be written.
        FloatingPointError
            If the loss is infinite or not a number; the message names the step, and the layer
            whose output was so first. The network then holds the parameters that gave this loss.
        """
        plan = Plan(
            train,
            validation,
            epochs=epochs,
            until=until,
            batch_size=batch_size,
            augment=augment,
            drop_last=drop_last,
        )
        self.parallel.share_state(self)
        self.parallel.first_does(partial(plan.check, self))
        done = len(self.history.epochs)
        if until is None and done >= plan.epochs and self.parallel.leads:
            warnings.warn(
                f"nothing is left to do: epochs={epochs} counts those already done, {done}",
                stacklevel=2,
            )
        self.steps_planned = plan.epochs * plan.steps
        self.stopped_because = None
        with self.parallel.heeding_ctrl_c():
            self._call("on_fit_start")
            try:
                self._train_epochs(plan)
                if plan.until == plan.epochs or self.stopped_because:
                    self._call("on_fit_end")
            finally:
                self.network.set_needs_dx(True)
                self.network.eval()
        return self.history

    def stop(self, reason):
        """End the training after the present epoch: for callbacks."""
        self.stopped_because = reason

    def _train_epochs(self, plan):
        for epoch in range(len(self.history.epochs) + 1, plan.until + 1):
            self.stopped_because = self.parallel.first_does(lambda: self.stopped_because)
            if self.stopped_because:
                break
            self._train_epoch(plan, epoch)
            if self.scheduler is not None:
                self.scheduler.step(self.history.epochs[-1])
            self._call("on_epoch_end")
            self._call("on_epoch_over")

    def _train_epoch(self, plan, epoch):
        self.network.train()
        self.network.set_needs_dx(False)  # nobody reads the gradient of the pictures
        start, running = time.perf_counter(), Averages()
        title = epoch_title(self.history, epoch, plan.epochs)
        with progress_bar(title, plan.pictures, self.progress) as bar:
            for images, labels in plan.batches(self.seed, epoch):
                running.add(*self._step(images, labels), weight=len(labels))
                bar.update(len(labels))
                bar.set_postfix(running.as_dict(), refresh=False)
            figures = {"epoch": epoch, **running.as_dict()}
            if plan.validation is not None:
                measured = self.evaluate(plan.validation, batch_size=max(plan.batch_size, 500))
                figures.update({f"validation_{name}": value for name, value in measured.items()})
            figures["seconds"] = time.perf_counter() - start
            figures["lr"] = self.optimizer.lr
            bar.set_postfix({n: format_figure(n, figures[n]) for n in TOLD if n in figures})
        self.history.epochs.append(self.parallel.first_does(lambda: figures))
        if self.progress and in_a_page():
            print(epoch_line(f"epoch {epoch}/{plan.epochs}", figures))

    def _step(self, images, labels):
        """Take one step; return loss and accuracy on the batch, as they were before it."""
        figures = self.parallel.gradients(self, images, labels)
        self.optimizer.step()
        self.steps_done += 1
        self._call("on_step_end")
        return figures

    def gradients(self, images, labels):
        """Set the gradients of the loss on some pictures; return the loss, and the accuracy."""
        x = backend.to_device(images, self.device)
        prediction = self.network(x)
        value, dprediction = self.loss(prediction, labels)
        # Here the prediction is there; behind the way back a card would have to be waited for.
        accuracy = share_correct(prediction, labels)
        if not math.isfinite(value):
            step = self.steps_done + 1
            raise FloatingPointError(explain_loss(self.network, value, x, step))
        self.network.backward(dprediction)
        return value, accuracy

    def evaluate(self, dataset, batch_size=500):
        """Return ``{"loss", "accuracy"}`` on a data set, in evaluation mode.

        Parameters
        ----------
        dataset : Dataset
        batch_size : int, default 500

        Raises
        ------
        TypeError, ValueError
            If `dataset` is no data set or empty, or `batch_size` is no integer or below 1.
        """
        batch_size = as_integer(batch_size, "batch_size", at_least=1)
        if len(as_instance(dataset, "dataset", Dataset)) == 0:
            raise ValueError("there is nothing to evaluate: the data set is empty")
        self.network.eval()
        running, own = Averages(), self.parallel.part(len(dataset))
        for first in range(own.start, own.stop, batch_size):
            images, labels = dataset[first : min(first + batch_size, own.stop)]
            prediction = self.network(backend.to_device(images, self.device))
            value, _ = self.loss(prediction, labels)
            running.add(value, share_correct(prediction, labels), weight=len(labels))
        (running.sums,) = self.parallel.total(running.sums)
        return running.as_dict()

    def _call(self, moment):
        for callback in self.callbacks:
            self.parallel.tell(callback, moment, self)

    # Stopping and continuing -----------------------------------------------------------------

    def save_checkpoint(self, path):
        """Write the whole state of the training to one ``.npz`` file.

        That is the network, the optimizer, the schedule, the callbacks, the history and the state
        of every random generator in the network: a training continued from here gives the same
        result to the last bit.
        """
        if self.parallel.leads:
            checkpoints.save_checkpoint(self, path)

    def load_checkpoint(self, path):
        """Continue from a file that :meth:`save_checkpoint` wrote.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is damaged, or is that of another network, optimizer, scheduler, callback
            or seed, or of other settings of one. Then nothing changes.

        Notes
        -----
        The learning rate is the file's. A callback may be new, or left out. A training that shall
        go on in another way, such as along a longer schedule, is given its new parts afterwards:
        ``trainer.scheduler = CosineAnnealingLR(optimizer, 10)``.
        """
        self.parallel.first_does(partial(checkpoints.load_checkpoint, self, path))
        self.parallel.share_state(self)
