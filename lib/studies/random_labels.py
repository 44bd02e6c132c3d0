"""A control: a network learns labels by heart that mean nothing."""

import numpy as np

from lib.datasets import Dataset, load_mnist_sample
from lib.networks import SimpleConvNet
from lib.optimizers import Adam
from lib.training import Trainer

TRAINING, EPOCHS, BATCH, SEED = 1_000, 100, 50, 0


def run(digits=None, count=TRAINING, epochs=EPOCHS):
    """Train SimpleConvNet twice on the same digits: with their labels, and with labels drawn.

    Parameters
    ----------
    digits : Dataset, optional
        The 5,000 digits that every reader has, if not given; the first `count` are for training.
    count, epochs : int

    Returns
    -------
    dict
        ``true`` and ``random``: the ``loss`` and ``accuracy`` of each epoch on the training
        digits, and ``held_out_accuracy`` on the others, whose labels are the true ones.
    """
    digits = load_mnist_sample() if digits is None else digits
    known, held_out = digits[:count], digits[count:]
    drawn = np.random.default_rng(SEED).integers(0, 10, count)
    measured = {}
    for kind, labels in (("true", known.labels), ("random", drawn)):
        network = SimpleConvNet(rng=np.random.default_rng(SEED))
        trainer = Trainer(network, Adam(network, lr=1e-3), seed=SEED, progress=False)
        history = trainer.fit(
            Dataset(known.images, labels), held_out, epochs=epochs, batch_size=BATCH
        )
        measured[kind] = {
            "loss": history["loss"],
            "accuracy": history["accuracy"],
            "held_out_accuracy": history["validation_accuracy"],
        }
    settings = {
        "data": digits.name,
        "digits": {"training": count, "held_out": len(held_out)},
        "network": "SimpleConvNet",
        "optimizer": "Adam(lr=0.001)",
        "batch_size": BATCH,
        "epochs": epochs,
        "seed": SEED,
    }
    return {"settings": settings, **measured}
