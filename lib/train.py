"""Train the networks that come with the book: ``python -m lib.train simple_convnet``.

Each network has a recipe with a fixed seed. Ctrl-C stops a training; the same command continues
it, to the same result. At the end the weights go to ``data/weights`` and the record of the
training to ``data/histories``.
"""

import argparse
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from lib.callbacks import Checkpoint
from lib.datasets import load_mnist
from lib.history import describe_machine
from lib.networks.trained import ARCHITECTURES, DATA, history_path, load_history, weights_path
from lib.optimizers import AdamW
from lib.schedulers import CosineAnnealingLR
from lib.training import Trainer


@dataclass(frozen=True)
class Recipe:
    """How a shipped network is trained: with AdamW, its learning rate lowered along a cosine."""

    epochs: int
    batch_size: int = 100
    lr: float = 2e-3
    weight_decay: float = 0.2
    seed: int = 0


# Chosen on the validation digits: with plain Adam the network soon knows its digits by heart.
RECIPES = {"simple_convnet": Recipe(epochs=12)}


def train(name, *, folder=DATA, splits=None, progress=True):
    """Train one network by its recipe, continuing where a stopped training was.

    Parameters
    ----------
    name : str
        A key of `RECIPES`.
    folder : path, optional
        Where the folders ``weights``, ``histories`` and ``checkpoints`` are; the project's
        ``data`` if not given.
    splits : Splits, optional
        The data; the whole of MNIST if not given.
    progress : bool, default True

    Returns
    -------
    History

    Raises
    ------
    FileNotFoundError
        If MNIST is not on this machine; the message says how to get it.
    """
    recipe = RECIPES[name]
    splits = splits or load_mnist(require_full=True)
    network = ARCHITECTURES[name](rng=np.random.default_rng(recipe.seed))
    optimizer = AdamW(network, lr=recipe.lr, weight_decay=recipe.weight_decay)
    checkpoint = Path(folder, "checkpoints", f"{name}.npz")
    trainer = Trainer(
        network,
        optimizer,
        scheduler=CosineAnnealingLR(optimizer, recipe.epochs),
        seed=recipe.seed,
        callbacks=[Checkpoint(checkpoint)],
        progress=progress,
    )
    if checkpoint.exists():
        trainer.load_checkpoint(checkpoint)
        print(f"continuing after epoch {len(trainer.history.epochs)} of {recipe.epochs}")
    history = trainer.fit(
        splits.train, splits.validation, epochs=recipe.epochs, batch_size=recipe.batch_size
    )
    history.settings = {
        "command": f"python -m lib.train {name}",
        "network": type(network).__name__,
        "parameters": network.parameter_count(),
        "recipe": asdict(recipe),
        "optimizer": type(optimizer).__name__,
        "schedule": type(trainer.scheduler).__name__,
        "data": {part: len(getattr(splits, part)) for part in splits._fields},
        "machine": describe_machine(),
    }
    # The test set is read here and nowhere else: nothing above was chosen by it.
    measured = trainer.evaluate(splits.test)
    history.result = {
        "test_loss": measured["loss"],
        "test_accuracy": measured["accuracy"],
        "seconds": sum(history["seconds"]),
    }
    network.save(weights_path(name, folder))
    history.save(history_path(name, folder))
    checkpoint.unlink()
    return history


def list_networks():
    """Return a line for each network: its epochs, and the recorded time and result."""
    lines = []
    for name, recipe in RECIPES.items():
        line = f"{name}: {recipe.epochs} epochs"
        if history_path(name).exists():
            result = load_history(name).result
            line += f", {result['seconds'] / 60:.1f} minutes, {result['test_accuracy']:.2%} on test"
        lines.append(line)
    return "\n".join(lines)


def main(arguments=None):
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m lib.train", description=__doc__)
    parser.add_argument("name", nargs="?", choices=RECIPES, help="the network to train")
    parser.add_argument("--list", action="store_true", help="show the networks and their results")
    options = parser.parse_args(arguments)
    if options.list:
        print(list_networks())
        return 0
    if options.name is None:
        parser.error(f"name a network: {', '.join(RECIPES)}")
    try:
        history = train(options.name)
    except KeyboardInterrupt:
        print("\nstopped; the same command continues after the last whole epoch", file=sys.stderr)
        return 130
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"accuracy on the test set: {history.result['test_accuracy']:.2%}")
    print(f"written: {weights_path(options.name)}, {history_path(options.name)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
