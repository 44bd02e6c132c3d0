"""What a body that was trained on five classes is worth for the other five."""

from dataclasses import replace
from functools import partial

import numpy as np

from lib.datasets import Dataset
from lib.datasets.dataset import Splits
from lib.layers import Normalize
from lib.networks import VGG
from lib.optimizers import Nesterov
from lib.paths import as_path
from lib.serialization import read_arrays
from lib.studies import comparing
from lib.studies.comparing import Variant, train_variant
from lib.trained import Recipe
from lib.trained.recipes import CROP_AND_FLIP, warm_up_and_cosine

# Both halves have animals and vehicles: airplane, bird, deer, frog and ship are known at first,
# automobile, cat, dog, horse and truck are new.
KNOWN, NEW = (0, 2, 4, 6, 8), (1, 3, 5, 7, 9)
VALIDATION, PRETRAINING_EPOCHS = 2_000, 15
# By the number of pictures of each new class: with few, an epoch has few steps.
EPOCHS = {50: 60, 200: 30, 1_000: 15}
NETWORK = {
    "depth": 11,
    "batch_norm": True,
    "width": 1 / 4,
    "dropout": 0.2,
    "pooled": 1,
    "hidden_size": 64,
}
RECIPE = Recipe(
    partial(VGG, num_classes=5, **NETWORK),
    partial(Nesterov, lr=0.025, weight_decay=5e-4),
    epochs=PRETRAINING_EPOCHS,
    batch_size=32,
    schedule=warm_up_and_cosine,
    augment=CROP_AND_FLIP,
    data="cifar10",
)


def run(splits=None, *, pretraining_epochs=PRETRAINING_EPOCHS, epochs=EPOCHS, **settings):
    """Train a VGG on five classes, then its body on five others in three ways.

    Parameters
    ----------
    splits : Splits, optional
        The training pictures of CIFAR-10 and 2,000 validation pictures, if not given.
    pretraining_epochs : int
    epochs : dict of int to int
        How long to train on the new classes, by the number of pictures of each.
    **settings
        For :func:`~lib.studies.comparing.compare`.

    Returns
    -------
    dict
        ``pretraining`` (a figure for each epoch) and ``variants``, such as ``"frozen 50"``: see
        :func:`~lib.studies.comparing.compare`.
    """
    splits = comparing.cifar10(None, VALIDATION) if splits is None else splits
    new, recipe = only(splits, NEW), replace(RECIPE, epochs=pretraining_epochs)
    at = {name: settings[name] for name in ("folder", "progress") if name in settings}
    body, first = pretrained(splits, pretraining_epochs, **at)
    frozen, tuned = (
        replace(recipe, network=partial(transferred, body, frozen), normalized=False)
        for frozen in (True, False)
    )
    tuned = replace(tuned, optimizer=partial(Nesterov, lr=0.005, weight_decay=5e-4))
    ways = {"frozen": frozen, "fine-tuned": tuned, "from scratch": recipe}
    variants = {
        f"{way} {count}": Variant(
            replace(made, epochs=long), new._replace(train=new.train[: 5 * count])
        )
        for count, long in epochs.items()
        for way, made in ways.items()
    }
    found = comparing.compare("transfer", variants, **settings)
    data = comparing.described_data(splits) | {"known": KNOWN, "new": NEW}
    return {
        "settings": {"data": data},
        "pretraining": {name: first[name] for name in comparing.FIGURES},
        "variants": found,
    }


def pretrained(splits, epochs=PRETRAINING_EPOCHS, *, folder=comparing.FOLDER, progress=True):
    """Train a VGG on the five known classes, or find what an earlier study trained.

    Returns
    -------
    path
        Of the whole network's weights.
    history : History
    """
    place = as_path(folder, "folder") / "transfer"
    body = place / "body_weights.npz"
    variant = Variant(replace(RECIPE, epochs=epochs), only(splits, KNOWN))
    return body, train_variant(variant, 0, place / "body", progress, keep=body)


def transferred(path, frozen, *, rng):
    """Return a network with the saved body and a new head.

    The pictures are normalized as the body's were.
    """
    network = VGG(num_classes=5, **NETWORK, rng=rng)
    saved = read_arrays(path)
    body = {n.removeprefix("features."): a for n, a in saved.items() if n.startswith("features.")}
    network.features.load_state(body)
    if frozen:
        network.features.freeze()
    return network.prepend("normalize", Normalize(saved["normalize.mean"], saved["normalize.std"]))


def only(splits, classes):
    """Return the pictures of some classes, labeled anew from 0 in the order given."""
    place = np.full(max(max(part.labels) for part in splits) + 1, -1)
    place[list(classes)] = range(len(classes))
    kept = []
    for part in splits:
        images, labels = part[place[part.labels] >= 0]
        names = [part.classes[c] for c in classes] if part.classes else ()
        kept.append(Dataset(images, place[labels], part.name, names, part.source))
    return Splits(*kept)
