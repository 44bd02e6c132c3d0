"""What a training is asked to do, looked at before its first step."""

import math

import numpy as np

from lib.analysis import undisturbed
from lib.backend import to_device
from lib.datasets import Dataset
from lib.losses import SoftmaxCrossEntropy
from lib.settings import as_flag, as_instance, as_integer, kind_of


class Plan:
    """The settings of one call of :meth:`lib.training.Trainer.fit`, checked.

    Attributes
    ----------
    pictures, steps : int
        How many pictures an epoch uses, and in how many steps.

    Raises
    ------
    TypeError, ValueError
        See :meth:`lib.training.Trainer.fit`.
    """

    def __init__(self, train, validation, *, epochs, until, batch_size, augment, drop_last):
        self.epochs = as_integer(epochs, "epochs", at_least=1)
        self.until = self.epochs if until is None else as_integer(until, "until", at_least=1)
        if self.until > self.epochs:
            raise ValueError(f"until must be at most epochs, {self.epochs}, got {self.until}")
        self.batch_size = as_integer(batch_size, "batch_size", at_least=1)
        self.train = as_instance(train, "train", Dataset)
        self.validation = validation
        if len(train) == 0:
            raise ValueError("there is nothing to train on: the data set is empty")
        if validation is not None and len(as_instance(validation, "validation", Dataset)) == 0:
            raise ValueError("there is nothing to validate on: the data set is empty")
        if augment is not None and (isinstance(augment, type) or not callable(augment)):
            raise TypeError(
                f"augment must be a function (images, rng) -> images, got {kind_of(augment)}"
            )
        self.augment = augment
        self.pictures = len(train)
        if as_flag(drop_last, "drop_last"):
            self.pictures -= len(train) % self.batch_size
            if self.pictures == 0:
                raise ValueError(
                    f"drop_last leaves nothing: {len(train)} pictures are no batch of {batch_size}"
                )
        self.steps = math.ceil(self.pictures / self.batch_size)

    def batches(self, seed, epoch):
        """Yield the pictures and labels of each step of an epoch."""
        order = np.random.default_rng([seed, epoch]).permutation(len(self.train))
        for step, first in enumerate(range(0, self.pictures, self.batch_size), start=1):
            images, labels = self.train[order[first : first + self.batch_size]]
            if self.augment is not None:
                # Steps count from 1, because the seeds [s, e] and [s, e, 0] give the same numbers.
                images = self.augment(images, np.random.default_rng([seed, epoch, step]))
            yield images, labels

    def check(self, trainer):
        """Refuse what could not work, or not to the end: the reader should not wait to hear it.

        Raises
        ------
        ValueError, TypeError, OSError
            See :meth:`lib.training.Trainer.fit`.
        """
        figures = ["epoch", "loss", "accuracy", "seconds", "lr"]
        if self.validation is not None:
            figures += ["validation_loss", "validation_accuracy"]
        if trainer.scheduler is not None:
            trainer.scheduler.check(trainer, figures)
        added = [name for callback in trainer.callbacks for name in callback.adds]
        for callback in trainer.callbacks:
            callback.check(trainer, figures + added)
        outputs = self._outputs(trainer)
        if outputs is not None and isinstance(trainer.loss, SoftmaxCrossEntropy):
            self._check_labels(outputs)

    def _outputs(self, trainer):
        """Return how many numbers the network makes of a picture; nothing in it is changed."""
        network = trainer.network
        x = to_device(self.train.images[:1], trainer.device)
        with undisturbed(network):
            try:
                prediction = network.eval()(x)
            except ValueError:
                if self.augment is None or self.validation is not None:
                    raise
                return None  # it may take the changed pictures alone: the first step tells
            last = self.pictures % self.batch_size or self.batch_size
            if last < 2 * trainer.parallel.size:  # one picture for some process
                try:
                    network.train()(x)
                except ValueError as error:
                    which = (
                        "each batch" if last == self.batch_size else "the last batch of an epoch"
                    )
                    if trainer.parallel.size > 1:
                        which = f"a process's part of {which}"
                    way = "" if last == self.batch_size else "drop_last=True or "
                    raise ValueError(
                        f"{which} would be one picture: {error}; give {way}another batch_size"
                    ) from None
        return prediction.shape[1] if prediction.ndim == 2 else None

    def _check_labels(self, classes):
        for name, data in (("train", self.train), ("validation", self.validation)):
            if data is not None and (highest := data.labels.max()) >= classes:
                raise ValueError(
                    f"{name} has the label {highest}, and the network {classes} outputs: "
                    f"labels must lie in 0 to {classes - 1}"
                )
