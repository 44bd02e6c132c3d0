"""Training: the loop around forward, loss, backward and step."""

import math
import time

import numpy as np
from tqdm.auto import tqdm

from lib import backend
from lib.datasets import Dataset
from lib.losses import SoftmaxCrossEntropy
from lib.training import checkpoints
from lib.training.diagnosis import all_finite, first_nonfinite
from lib.training.history import History, format_figure
from lib.training.progress import TOLD, Averages, book_is_being_built, epoch_line, progress_bar


class Trainer:
    """Trains a classifier with an optimizer on a data set.

    Parameters
    ----------
    network : Network
        Anything with ``forward`` and ``backward`` can be trained.
    optimizer : Optimizer
        Made for that network.
    loss : callable, default `SoftmaxCrossEntropy`
        ``loss(prediction, targets) -> (value, dprediction)``
    scheduler : optional
        Steps after each epoch: see :mod:`lib.schedulers`.
    seed : int, default 0
        Orders the pictures of each epoch; epoch `e` depends on `seed` and `e` alone.
    callbacks : sequence of Callback
        See :mod:`lib.training.callbacks`.
    device : {"cpu", "gpu"}, default "cpu"
        Where to compute; the network is moved there.
    progress : bool, default True
        Show a bar for each epoch; while the book is built, a line.

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
    ValueError
        If the optimizer was made for another network.
    RuntimeError
        If there is no GPU; the message says why.

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
    ):
        own = {id(parameter) for parameter in network.parameters()}
        if not all(id(parameter) in own for parameter in optimizer.parameters.values()):
            raise ValueError("the optimizer was made for another network")
        self.network = network.to_device(device)
        self.optimizer = optimizer.to_device(device)
        self.loss = loss or SoftmaxCrossEntropy()
        self.scheduler = scheduler
        self.seed = seed
        self.callbacks = list(callbacks)
        self.device = device
        self.progress = progress
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

        Returns
        -------
        History

        Raises
        ------
        ValueError
            If a number is below 1, or there is nothing to train on.
        TypeError
            If a number is no integer, or what to train on is no data set.
        FloatingPointError
            If the loss is infinite or not a number; the message names the step, and the layer
            whose output was so first. The network then holds the parameters that gave this loss.
        """
        until = epochs if until is None else until
        for name, value in (("epochs", epochs), ("until", until), ("batch_size", batch_size)):
            if not isinstance(value, int | np.integer):
                raise TypeError(f"{name} must be an integer, got {value!r}")
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        for name, data in (("train", train), ("validation", validation)):
            if data is not None and not isinstance(data, Dataset):
                raise TypeError(f"{name} must be a Dataset, got {type(data).__name__}")
        if until > epochs:
            raise ValueError(f"until must be at most epochs, {epochs}, got {until}")
        if len(train) == 0:
            raise ValueError("there is nothing to train on: the data set is empty")
        self.steps_planned = epochs * math.ceil(len(train) / batch_size)
        self.stopped_because = None
        self._call("on_fit_start")
        try:
            for epoch in range(len(self.history.epochs) + 1, until + 1):
                if self.stopped_because:
                    break
                self._train_epoch(train, validation, epoch, epochs, batch_size, augment)
                if self.scheduler is not None:
                    self.scheduler.step(self.history.epochs[-1])
                self._call("on_epoch_end")
                self._call("on_epoch_over")
            if until == epochs or self.stopped_because:
                self._call("on_fit_end")
        finally:
            self.network.set_needs_dx(True)
            self.network.eval()
        return self.history

    def stop(self, reason):
        """End the training after the present epoch: for callbacks."""
        self.stopped_because = reason

    def _train_epoch(self, train, validation, epoch, epochs, batch_size, augment):
        self.network.train()
        self.network.set_needs_dx(False)  # nobody reads the gradient of the pictures
        start, running = time.perf_counter(), Averages()
        with progress_bar(self._title(epoch, epochs), len(train), self.progress) as bar:
            for images, labels in self._batches(train, epoch, batch_size, augment):
                running.add(*self._step(images, labels), weight=len(labels))
                bar.update(len(labels))
                bar.set_postfix(running.as_dict(), refresh=False)
            figures = {"epoch": epoch, **running.as_dict()}
            if validation is not None:
                measured = self.evaluate(validation, batch_size=max(batch_size, 500))
                figures.update({f"validation_{name}": value for name, value in measured.items()})
            figures["seconds"] = time.perf_counter() - start
            figures["lr"] = self.optimizer.lr
            bar.set_postfix({n: format_figure(n, figures[n]) for n in TOLD if n in figures})
        self.history.epochs.append(figures)
        if self.progress and book_is_being_built():
            print(epoch_line(f"epoch {epoch}/{epochs}", figures))

    def _title(self, epoch, epochs):
        """Name the epoch, and once one has been timed say how long all that are left will take."""
        title, done = f"epoch {epoch}/{epochs}", self.history.epochs
        if not done:
            return title
        left = sum(self.history["seconds"]) / len(done) * (epochs - len(done))
        return f"{title} ({tqdm.format_interval(left)} left)"

    def _batches(self, train, epoch, batch_size, augment):
        """Yield the pictures and labels of each step of an epoch."""
        order = np.random.default_rng([self.seed, epoch]).permutation(len(train))
        for step, first in enumerate(range(0, len(train), batch_size), start=1):
            images, labels = train[order[first : first + batch_size]]
            if augment is not None:
                # Steps count from 1, because the seeds [s, e] and [s, e, 0] give the same numbers.
                images = augment(images, np.random.default_rng([self.seed, epoch, step]))
            yield images, labels

    def _step(self, images, labels):
        """Take one step; return loss and accuracy on the batch, as they were before it."""
        x, targets = self._on_device((images, labels))
        prediction = self.network(x)
        value, dprediction = self.loss(prediction, targets)
        if not math.isfinite(value):
            raise FloatingPointError(self._explain(value, x))
        self.network.backward(dprediction)
        self.optimizer.step()
        self.steps_done += 1
        self._call("on_step_end")
        return value, _accuracy(prediction, labels)

    def _explain(self, value, x):
        """Say where a loss that is not finite came from."""
        what = f"the loss is {value} at step {self.steps_done + 1}; "
        if not all_finite(x):
            return what + "the pictures themselves are not finite"
        if (layer := first_nonfinite(self.network, x)) is None:
            return what + "every output of the network is finite"
        return (
            what + f"the first output that is not finite is that of {layer}; "
            "is the learning rate too large?"
        )

    def evaluate(self, dataset, batch_size=500):
        """Return ``{"loss", "accuracy"}`` on a data set, in evaluation mode.

        Parameters
        ----------
        dataset : Dataset
        batch_size : int, default 500

        Raises
        ------
        ValueError
            If the data set is empty.
        """
        if len(dataset) == 0:
            raise ValueError("there is nothing to evaluate: the data set is empty")
        self.network.eval()
        running = Averages()
        for first in range(0, len(dataset), batch_size):
            batch = dataset[first : first + batch_size]
            images, labels = self._on_device(batch)
            prediction = self.network(images)
            value, _ = self.loss(prediction, labels)
            running.add(value, _accuracy(prediction, batch.labels), weight=len(batch))
        return running.as_dict()

    def _on_device(self, batch):
        return (backend.to_device(array, self.device) for array in batch)

    def _call(self, moment):
        for callback in self.callbacks:
            getattr(callback, moment)(self)

    # Stopping and continuing -----------------------------------------------------------------

    def save_checkpoint(self, path):
        """Write the whole state of the training to one ``.npz`` file.

        That is the network, the optimizer, the schedule, the callbacks, the history and the state
        of every random generator in the network: a training continued from here gives the same
        result to the last bit.
        """
        checkpoints.save_checkpoint(self, path)

    def load_checkpoint(self, path):
        """Continue from a file that :meth:`save_checkpoint` wrote.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If the file is damaged, or is that of another network, optimizer, schedule or seed.
            Then nothing changes.
        """
        checkpoints.load_checkpoint(self, path)


def _accuracy(prediction, labels):
    return float((backend.to_numpy(prediction).argmax(axis=1) == labels).mean())
