"""Accuracy on digits that are shifted, turned or noisy."""

import numpy as np

from lib.augmentation import GaussianNoise
from lib.augmentation.resampling import affine_matrices, affine_resample
from lib.datasets import load_mnist_sample
from lib.trained import load_trained, trained_names

NETWORKS = ("mlp", "simple_convnet", "deep_convnet", "deep_convnet_augmented")
CHANGES = {
    "shift": tuple(range(-8, 9)),  # pixels to the right
    "rotation": tuple(range(-90, 91, 10)),  # degrees, counterclockwise
    "noise": (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0),  # standard deviation
}
SEED = 0


def run(digits=None, networks=None):
    """Return the accuracies of some networks on the 5,000 digits that every reader has.

    Parameters
    ----------
    digits : Dataset, optional
    networks : dict of str to Network, optional

    Returns
    -------
    dict
        ``changes``, the amounts of each change, and for each network, for each change, an
        accuracy for each amount.
    """
    digits = load_mnist_sample() if digits is None else digits
    if networks is None:
        networks = {name: load_trained(name) for name in NETWORKS if name in trained_names()}
    measured = {name: {} for name in networks}
    for change, amounts in CHANGES.items():
        changed = [changed_digits(digits.images, change, amount) for amount in amounts]
        for name, network in networks.items():
            measured[name][change] = [network.accuracy(x, digits.labels) for x in changed]
    settings = {"data": digits.name, "digits": len(digits), "seed": SEED}
    return {"settings": settings, "changes": CHANGES, "networks": measured}


def changed_digits(images, change, amount):
    """Return pictures changed all alike.

    Parameters
    ----------
    images : numpy.ndarray
    change : {"shift", "rotation", "noise"}
    amount : float
        Pixels to the right; degrees counterclockwise; standard deviation, cut off at 0 and 1.

    Examples
    --------
    >>> row = np.array([0.0, 1.0, 0.5, 0.0], np.float32).reshape(1, 1, 1, 4)
    >>> changed_digits(row, "shift", 1).ravel()
    array([0. , 0. , 1. , 0.5], dtype=float32)
    """
    if change == "noise":
        return GaussianNoise(amount)(images, np.random.default_rng(SEED))
    zero = np.zeros(len(images))
    angle, shift = (amount, 0) if change == "rotation" else (0, amount)
    matrices = affine_matrices(zero + np.deg2rad(angle), zero + 1, zero + shift, zero)
    return affine_resample(images, matrices)
