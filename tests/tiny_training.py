"""A training of a second: pictures with two bright halves, and a network with every state."""

import numpy as np

from lib.datasets import Dataset
from lib.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, ReLU, Sequential
from lib.optimizers import Adam
from lib.schedulers import CosineAnnealingLR
from lib.training import Trainer


def dataset(count=25, seed=0):
    """Bright halves: class 0 left, class 1 right, class 2 both."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count)
    images = 0.3 * rng.random((count, 1, 4, 6))
    images[labels != 1, :, :, :3] += 0.6
    images[labels != 0, :, :, 3:] += 0.6
    return Dataset(images.astype("float32"), labels)


def network(seed=0):
    """With everything that has a state of its own: batch normalization and dropout."""
    rng = np.random.default_rng(seed)
    return Sequential(
        Conv2d(1, 4, 3, padding=1, rng=rng),
        BatchNorm2d(4),
        ReLU(),
        Dropout(0.2, rng=np.random.default_rng(seed + 1)),
        Flatten(),
        Linear(96, 3, rng=rng),
    )


def make_trainer(*, optimizer=Adam, epochs=None, lr=0.01, **settings):
    whole = network()
    chosen = optimizer(whole, lr=lr)
    scheduler = CosineAnnealingLR(chosen, epochs) if epochs else None
    return Trainer(whole, chosen, **{"scheduler": scheduler, "progress": False, **settings})


def figures(history):
    """All that is recorded but the seconds, which differ from run to run."""
    return [{k: v for k, v in entry.items() if k != "seconds"} for entry in history.epochs]


def same_weights(one, two):
    return all(np.array_equal(a, two.network.state()[n]) for n, a in one.network.state().items())
