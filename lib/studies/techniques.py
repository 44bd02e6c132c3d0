"""What each technique gives: one change at a time, from a plain recipe."""

from functools import partial

import numpy as np

from lib.augmentation import RandomAffine
from lib.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Linear, MaxPool2d, ReLU
from lib.layers.initializers import he_normal, normal, xavier_normal
from lib.networks import Network
from lib.networks.sizes import shape_after
from lib.optimizers import SGD, Adam, AdamW, Momentum
from lib.studies import comparing
from lib.studies.comparing import Variant, changed
from lib.trained import Recipe
from lib.trained.recipes import CROP_AND_FLIP, constant, cosine

TRAINING, VALIDATION = {"mnist": 2_000, "cifar10": 4_000}, 2_000
EPOCHS = {"mnist": 20, "cifar10": 12}
# Twice the rate is too much for the digits: one of three trainings with augmentation stood still.
MOMENTUM = {"mnist": partial(Momentum, lr=0.01), "cifar10": partial(Momentum, lr=0.02)}
AUGMENTED = {
    "mnist": RandomAffine(degrees=10, shift=2, scale=(0.9, 1.1)),
    "cifar10": CROP_AND_FLIP,
}


def six_convolutions(
    input_shape=(1, 28, 28), batch_norm=False, dropout=0.0, initializer=he_normal, *, rng
):
    """Return three blocks of two 3×3 convolutions and a pooling, and one linear layer."""
    layers, c = [], input_shape[0]
    for filters in (16, 32, 64):
        for _ in range(2):
            layers.append(Conv2d(c, filters, 3, padding=1, initializer=initializer, rng=rng))
            layers += [BatchNorm2d(filters), ReLU()] if batch_norm else [ReLU()]
            c = filters
        layers.append(MaxPool2d(2))
    size = int(np.prod(shape_after(layers, input_shape)))
    output = Linear(size, 10, initializer=initializer, rng=rng)
    return Network(*layers, Flatten(), Dropout(dropout, rng=rng), output)


def variants(data, splits, epochs):
    """Return the plain recipe and each change of it."""
    plain = Recipe(
        partial(six_convolutions, input_shape=splits.train.images.shape[1:]),
        MOMENTUM[data],
        epochs=epochs,
        batch_size=50,
        schedule=constant,
        data=data,
    )
    recipes = {
        "plain": plain,
        "initial weights: Xavier": changed(plain, {"initializer": xavier_normal}),
        "initial weights: std 0.01": changed(plain, {"initializer": normal(0.01)}),
        "batch norm": changed(plain, {"batch_norm": True}),
        "dropout 0.5": changed(plain, {"dropout": 0.5}),
        "weight decay 0.001": changed(plain, optimizer=partial(MOMENTUM[data], weight_decay=1e-3)),
        "augmentation": changed(plain, augment=AUGMENTED[data]),
        "cosine schedule": changed(plain, schedule=cosine),
        "SGD": changed(plain, optimizer=partial(SGD, lr=0.05)),
        "Adam": changed(plain, optimizer=partial(Adam, lr=1e-3)),
        "all that helps": changed(
            plain,
            {"batch_norm": True, "dropout": 0.5},
            optimizer=partial(AdamW, lr=2e-3, weight_decay=0.05),
            augment=AUGMENTED[data],
            schedule=cosine,
        ),
    }
    return {label: Variant(recipe, splits) for label, recipe in recipes.items()}


def run(data=None, *, epochs=None, **settings):
    """Train the plain recipe and each change of it on few digits, and on few pictures.

    Parameters
    ----------
    data : dict of str to Splits, optional
        ``"mnist"`` and ``"cifar10"``: the first 2,000 training digits, the first 4,000 training
        pictures, and 2,000 validation pictures of each, if not given.
    epochs : int, optional
        20 and 12 if not given.
    **settings
        For :func:`~lib.studies.comparing.compare`.

    Returns
    -------
    dict
        ``mnist`` and ``cifar10``: see :func:`~lib.studies.comparing.compare`.
    """
    if data is None:
        loaders = {"mnist": comparing.mnist, "cifar10": comparing.cifar10}
        data = {name: load(TRAINING[name], VALIDATION) for name, load in loaders.items()}
    record = {"settings": {"data": {}}}
    for name, splits in data.items():
        record["settings"]["data"][name] = comparing.described_data(splits)
        compared = variants(name, splits, EPOCHS[name] if epochs is None else epochs)
        record[name] = comparing.compare(f"techniques/{name}", compared, **settings)
    return record
