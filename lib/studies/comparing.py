"""Trainings compared: several variants of one recipe, several seeds of each.

Studies of this kind take an hour or more. The record of each training that is done is kept in
``data/checkpoints``, so that a study that was stopped goes on where it was.
"""

import re
from dataclasses import dataclass, replace
from functools import partial

from lib.datasets import load_cifar10, load_mnist
from lib.datasets.dataset import Splits
from lib.paths import PROJECT, as_path
from lib.trained import Recipe
from lib.trained.recording import CpuSeconds
from lib.trained.run import described_recipe, fit, make_trainer
from lib.training import Checkpoint, History

FOLDER = PROJECT / "data" / "checkpoints"
SEEDS = (0, 1, 2)
FIGURES = ("loss", "accuracy", "validation_loss", "validation_accuracy")


@dataclass(frozen=True)
class Variant:
    """One way to train.

    Attributes
    ----------
    recipe : Recipe
    splits : Splits
        Training and validation are used; the test pictures are not read.
    """

    recipe: Recipe
    splits: Splits


def compare(study, variants, *, seeds=SEEDS, folder=FOLDER, progress=True):
    """Train every variant from every seed, and return how each went.

    Parameters
    ----------
    study : str
        Names the folder where finished trainings wait.
    variants : dict of str to Variant
    seeds : sequence of int
    folder : path
    progress : bool, default True

    Returns
    -------
    dict
        For each variant ``recipe``, ``parameters``, ``training`` (how many pictures), ``seeds``,
        ``cpu_seconds`` (the mean of the seeds), and for each of `FIGURES` a list for each seed of
        a figure for each epoch.
    """
    compared, folder = {}, as_path(folder, "folder")
    for label, variant in variants.items():
        slug = re.sub(r"\W+", "_", label)
        places = [folder / study / f"{slug}_{seed}" for seed in seeds]
        histories = [
            train_variant(variant, seed, place, progress)
            for seed, place in zip(seeds, places, strict=True)
        ]
        first = histories[0].settings
        seconds = [history.result["cpu_seconds"] for history in histories]
        compared[label] = {
            "recipe": first["recipe"],
            "parameters": first["parameters"],
            "training": first["training"],
            "seeds": list(seeds),
            "cpu_seconds": round(sum(seconds) / len(seconds), 1),
            **{name: [_short(history[name]) for history in histories] for name in FIGURES},
        }
    return compared


def train_variant(variant, seed, place, progress=True, keep=None):
    """Train one variant from one seed, or return what an earlier call found.

    Parameters
    ----------
    variant : Variant
    seed : int
    place : path
        Of the record, without its ending; beside it lies the checkpoint until it is done.
    progress : bool, default True
    keep : path, optional
        Where to save the trained network.

    Returns
    -------
    History
    """
    recipe, splits, place = variant.recipe, variant.splits, as_path(place, "place")
    settings = {"recipe": described_recipe(recipe), "training": len(splits.train), "seed": seed}
    done, checkpoint = place.with_suffix(".json"), place.with_suffix(".npz")
    if done.exists():
        history = History.load(done)
        if {name: history.settings[name] for name in settings} == settings:
            return history
    cpu = CpuSeconds()
    trainer = make_trainer(
        recipe, seed, splits.train, callbacks=[cpu, Checkpoint(checkpoint)], progress=progress
    )
    trainer.history.settings = settings | {"parameters": trainer.network.parameter_count()}
    history = fit(trainer, recipe, splits, checkpoint)
    history.result = {"cpu_seconds": cpu.total}
    if keep is not None:
        trainer.network.save(keep)
    history.save(done)
    checkpoint.unlink()
    return history


def mnist(training, validation=None):
    """Return the first digits of the training part, and the validation part or its beginning."""
    whole = load_mnist(require_full=True)
    return whole._replace(train=whole.train[:training], validation=whole.validation[:validation])


def cifar10(training, validation=None):
    """Return the first pictures of the training part, equally many of each class, and so on."""
    whole = load_cifar10()
    return whole._replace(train=whole.train[:training], validation=whole.validation[:validation])


def described_data(splits):
    """Return what a study was trained and validated on."""
    return {
        "pictures": splits.train.name,
        "through_jpeg": "JPEG" in splits.source,
        "training": len(splits.train),
        "validation": len(splits.validation),
    }


def changed(recipe, network=None, **settings):
    """Return a recipe with other settings; `network` are arguments of its network."""
    if network:
        made = recipe.network
        settings["network"] = partial(made.func, *made.args, **{**made.keywords, **network})
    return replace(recipe, **settings)


def _short(figures):
    return [float(f"{figure:.5g}") for figure in figures]
