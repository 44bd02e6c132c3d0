"""What a body that was trained on five classes is worth for the other five."""

from dataclasses import replace
from functools import partial

import numpy as np

from lib.augmentation import Compose, RandomCrop, RandomHorizontalFlip
from lib.datasets import Dataset
from lib.datasets.dataset import Splits
from lib.layers import Normalize
from lib.networks import VGG
from lib.optimizers import Nesterov
from lib.serialization import read_arrays
from lib.studies import comparing
from lib.studies.comparing import Variant, train_variant
from lib.train.recipes import Recipe, warm_up_and_cosine

# Both halves have animals and vehicles: airplane, bird, deer, frog and ship are known at first,
# automobile, cat, dog, horse and truck are new.
KNOWN, NEW = (0, 2, 4, 6, 8), (1, 3, 5, 7, 9)
COUNTS = (50, 200, 1_000)  # pictures of each new class
EPOCHS, PRETRAINING_EPOCHS = 20, 15
NETWORK = {"depth": 11, "batch_norm": True, "width": 1 / 4, "pooled": 1, "hidden_size": 64}


def run(splits=None, *, counts=COUNTS, epochs=(PRETRAINING_EPOCHS, EPOCHS), **settings):
    """Train a VGG on five classes, then its body on five others in three ways.

    Parameters
    ----------
    splits : Splits, optional
        CIFAR-10 if not given.
    counts : sequence of int
    epochs : (int, int)
        For the first training, and for those on the new classes.
    **settings
        For :func:`~lib.studies.comparing.compare`.

    Returns
    -------
    dict
        ``pretraining`` (a figure for each epoch) and ``variants``, such as ``"frozen 50"``: see
        :func:`~lib.studies.comparing.compare`.
    """
    splits = splits or comparing.cifar10(None)
    known, new = (only(splits, classes) for classes in (KNOWN, NEW))
    recipe = Recipe(
        partial(VGG, num_classes=5, **NETWORK),
        partial(Nesterov, lr=0.05, weight_decay=5e-4),
        epochs=epochs[0],
        batch_size=64,
        schedule=warm_up_and_cosine,
        augment=Compose([RandomCrop(padding=4), RandomHorizontalFlip()]),
        data="cifar10",
    )
    folder = settings.get("folder", comparing.FOLDER) / "transfer"
    body, progress = folder / "body_weights.npz", settings.get("progress", True)
    first = train_variant(Variant(recipe, known), 0, folder / "body", progress, keep=body)
    from_scratch = replace(recipe, epochs=epochs[1])
    frozen, tuned = (
        replace(from_scratch, network=partial(transferred, body, frozen), normalized=False)
        for frozen in (True, False)
    )
    tuned = replace(tuned, optimizer=partial(Nesterov, lr=0.01, weight_decay=5e-4))
    ways = {"frozen": frozen, "fine-tuned": tuned, "from scratch": from_scratch}
    variants = {
        f"{way} {count}": Variant(made, new._replace(train=new.train[: 5 * count]))
        for count in counts
        for way, made in ways.items()
    }
    found = comparing.compare("transfer", variants, **settings)
    data = comparing.described_data(splits) | {"known": KNOWN, "new": NEW}
    return {
        "settings": {"data": data},
        "pretraining": {name: first[name] for name in comparing.FIGURES},
        "variants": found,
    }


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
    """Return the pictures of some classes, labelled anew from 0 in the order given."""
    place = np.full(max(max(part.labels) for part in splits) + 1, -1)
    place[list(classes)] = range(len(classes))
    kept = []
    for part in splits:
        images, labels = part[place[part.labels] >= 0]
        names = [part.classes[c] for c in classes] if part.classes else ()
        kept.append(Dataset(images, place[labels], part.name, names, part.source))
    return Splits(*kept)
