"""Work that tests let several processes do: ``mpiexec -n 2 python -m tests.together WORK FOLDER``.

Each process leaves what came of it in the folder, as ``RANK.npz``. Where ``CARDS`` is set, each
computes on the stand-in for CuPy, with so many cards, and NCCL unless ``NCCL`` is 0.
"""

import os
import signal
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from lib.augmentation import RandomHorizontalFlip
from lib.backend import to_numpy
from lib.datasets import Dataset
from lib.datasets.dataset import Splits
from lib.layers import Dropout, Flatten, Linear, ReLU, Sequential
from lib.networks import MLP, SimpleConvNet
from lib.optimizers import SGD, Adam
from lib.schedulers import CosineAnnealingLR
from lib.serialization import write_arrays
from lib.trained import RECIPES, Recipe, __main__, run
from lib.training import Callback, Checkpoint, EarlyStopping, Trainer, find_processes
from lib.training.processes import started_together
from tests import fake_cupy, fake_nccl, tiny_training

DEVICE = "gpu" if "CARDS" in os.environ else "cpu"


def as_doubles(images, rng):
    """Flip some pictures, in float64: what is left of a difference then is a mistake."""
    return RandomHorizontalFlip()(images.astype(np.float64), rng)


def plain_network(seed=0):
    """With dropout, and without batch normalization."""
    rng = np.random.default_rng(seed)
    network = Sequential(
        Flatten(), Linear(24, 8, rng=rng), ReLU(), Dropout(0.3, rng=seed), Linear(8, 3, rng=rng)
    )
    return network.astype("float64")


def plain_trainer(parallel=None, seed=0, callbacks=(), **settings):
    network = plain_network(seed)
    optimizer = Adam(network, lr=0.01)
    scheduler = CosineAnnealingLR(optimizer, 7)
    settings = {"scheduler": scheduler, "callbacks": callbacks, "progress": False, **settings}
    return Trainer(network, optimizer, parallel=parallel, device=DEVICE, **settings)


def fit(trainer, epochs=7, batch_size=10, **settings):
    """Train for three steps an epoch, the last with five pictures."""
    train, validation = tiny_training.dataset(25), tiny_training.dataset(11, 1)
    settings = {"epochs": epochs, "batch_size": batch_size, "augment": as_doubles, **settings}
    return trainer.fit(train, validation, **settings)


def results(trainer):
    """Return what a training left: weights, and the figures of its history."""
    names = ("loss", "accuracy", "validation_accuracy", "lr")
    figures = {name: np.array(trainer.history[name]) for name in names}
    return {**{n: to_numpy(a) for n, a in trainer.network.state().items()}, **figures}


def as_one(parallel, folder):
    """A whole training, begun with other weights on each process."""
    trainer = plain_trainer(parallel, seed=parallel.rank)
    trainer.seed = 0
    fit(trainer)
    return results(trainer)


def on_cards(parallel, folder):
    """A training in two parts: which card it was on, and how many numbers NCCL added up."""
    trainer = plain_trainer(parallel)
    fit(trainer, until=2)
    fit(trainer)
    counts = {"card": fake_cupy.Device().id, "built": len(fake_nccl.BUILT), "sums": fake_nccl.SUMS}
    return results(trainer) | {name: np.array(count) for name, count in counts.items()}


def card_that_fails(parallel, folder):
    """NCCL does not come up on one process, and the others wait for it."""
    if parallel.rank == 1:
        fake_nccl.broken()
    as_one(parallel, folder)


def few_pictures(parallel, folder):
    """Batches that are smaller than there are processes."""
    trainer = plain_trainer(parallel)
    fit(trainer, epochs=2, batch_size=2)
    return results(trainer)


def batch_norm(parallel, folder):
    """One step of a network with batch normalization."""
    trainer = tiny_training.make_trainer(parallel=parallel, optimizer=SGD, device=DEVICE)
    trainer.network.astype("float64")
    trainer.fit(tiny_training.dataset(9), epochs=1, batch_size=9, augment=as_doubles)
    return {name: to_numpy(array) for name, array in trainer.network.state().items()}


def part_of_a_training(parallel, folder):
    """Two epochs of seven, with a checkpoint and what watches for the best epoch."""
    path = Path(folder, "run.npz")
    trainer = plain_trainer(parallel, callbacks=[EarlyStopping(9, "loss"), Checkpoint(path)])
    if path.exists():
        trainer.load_checkpoint(path)
    fit(trainer, until=len(trainer.history.epochs) + 2)
    return results(trainer)


class Acts(Callback):
    """Does something on one process after a step."""

    def __init__(self, rank, step, act):
        self.rank, self.step, self.act = rank, step, act

    def on_step_end(self, trainer):
        if trainer.parallel.rank == self.rank and trainer.steps_done == self.step:
            self.act(trainer)


def not_finite(parallel, folder):
    """The weights of one process alone are spoiled, so its loss is no number."""

    def spoil(trainer):
        trainer.network[1].weight.data[:] = np.nan

    fit(plain_trainer(parallel, callbacks=[Acts(1, 4, spoil)]))


def ctrl_c(parallel, folder):
    def press(trainer):
        os.kill(os.getpid(), signal.SIGINT)

    fit(plain_trainer(parallel, callbacks=[Acts(1, 4, press)]))


def error_on_one(parallel, folder):
    def fail(trainer):
        raise ArithmeticError("one process alone cannot count")

    fit(plain_trainer(parallel, callbacks=[Acts(1, 4, fail)]))


def full_disk(parallel, folder):
    """The checkpoint's folder becomes a file after the training has begun."""
    path = Path(folder, "checkpoints", "run.npz")

    def take_away(trainer):
        path.parent.rmdir()
        path.parent.write_text("no folder")

    fit(plain_trainer(parallel, callbacks=[Acts(0, 2, take_away), Checkpoint(path)]))


def digits(count, seed):
    rng = np.random.default_rng(seed)
    images = rng.random((count, 1, 28, 28), dtype=np.float32)
    return Dataset(images, rng.integers(0, 10, count))


def with_short_recipes(folder):
    """Let the command train short recipes on few pictures, into a folder."""
    short = replace(RECIPES["simple_convnet"], network=partial(SimpleConvNet, num_filters=3))
    RECIPES["simple_convnet"] = replace(short, epochs=4, batch_size=49)
    network = partial(MLP, hidden_size=5, dropout=0.2)
    RECIPES["mlp"] = Recipe(
        network, partial(SGD, lr=0.5), epochs=2, seeds=(3, 4), keep="best", stored_as="float16"
    )
    splits = Splits(digits(120, 0), digits(20, 1), digits(30, 2))
    run.load_mnist_sample = lambda: digits(10, 3)
    run.SNAPSHOT_STEPS = (0, 2, 3)
    run.DATA = Path(folder)
    return partial(run.train, folder=Path(folder), splits=splits, progress=False)


def command(folder, name, signaled=None):
    """The command that trains a recipe; in the second epoch the last process gets a signal."""
    train = with_short_recipes(folder)

    class Signaled(run.CpuSeconds):
        def on_step_end(self, trainer):
            rank, size = started_together()
            if signaled and rank == size - 1 and trainer.steps_done == 4:
                os.kill(os.getpid(), signaled)

    run.CpuSeconds = type("CpuSeconds", (Signaled,), {})
    __main__.run.train = lambda name, parallel: train(name, parallel=parallel)
    __main__.weights_path = __main__.history_path = lambda name: folder
    return __main__.main([name])


COMMANDS = {
    "recipe": partial(command, name="simple_convnet"),
    "recipe_of_two_seeds": partial(command, name="mlp"),
    "recipe_and_ctrl_c": partial(command, name="simple_convnet", signaled=signal.SIGINT),
    "recipe_and_kill": partial(command, name="simple_convnet", signaled=signal.SIGKILL),
}


def main():
    work, folder = sys.argv[1:]
    if work in COMMANDS:
        return COMMANDS[work](folder)
    if DEVICE == "gpu":
        fake_cupy.install()
        fake_nccl.pretend(int(os.environ["CARDS"]), nccl=os.environ.get("NCCL") != "0")
    parallel = find_processes()
    arrays = globals()[work](parallel, folder)
    write_arrays(Path(folder, f"{parallel.rank}.npz"), arrays)
    return 0


if __name__ == "__main__":
    sys.exit(main())
