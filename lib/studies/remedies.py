"""What each remedy against overfitting buys, and what it costs: one at a time, on few digits.

Everything is measured on the 5,000 digits that every reader has. The record of each training that
is done is kept in ``data/checkpoints``, so that a study that was stopped goes on where it was.
"""

import numpy as np

from lib.analysis.calibration import best_temperature, expected_calibration_error
from lib.augmentation import (
    Compose,
    GaussianNoise,
    RandomAffine,
    RandomErasing,
    RandomHorizontalFlip,
    RandomRotation,
    RandomShift,
)
from lib.datasets import load_mnist_sample
from lib.layers import Conv2d, Dropout, Dropout2d, Flatten, Linear, MaxPool2d, ReLU
from lib.losses import SoftmaxCrossEntropy, softmax
from lib.networks import Network
from lib.optimizers import Momentum
from lib.paths import PROJECT, as_path
from lib.serialization import read_json, write_json
from lib.studies.robustness import changed_digits
from lib.training import EarlyStopping, Trainer

FOLDER = PROJECT / "data" / "checkpoints" / "remedies"
SEEDS = (0, 1, 2)
TRAINING, STEPS, BATCH, RATE = 500, 500, 50, 0.02
VALIDATION, TEST = slice(2_000, 3_000), slice(3_000, 5_000)
SIZES = (125, 250, 500, 1_000, 2_000)
CHANGES = {"shifted": ("shift", 3), "turned": ("rotation", 30), "noisy": ("noise", 0.4)}
MOVED = RandomAffine(degrees=15, shift=2, scale=(0.85, 1.15))

# What each does to the plain training; `patience` is that of early stopping.
REMEDIES = {
    "plain": {},
    "early stopping": {"patience": 5},
    "L2": {"weight_decay": 1e-2},
    "L1": {"l1": 3e-4},
    "dropout": {"dropout": 0.5},
    "2-D dropout": {"channel_dropout": 0.2},
    "label smoothing": {"smoothing": 0.1},
    "flip": {"augment": RandomHorizontalFlip()},
    "erase": {"augment": RandomErasing()},
    "noise": {"augment": GaussianNoise(0.3)},
    "turn": {"augment": RandomRotation(15)},
    "shift": {"augment": RandomShift(2)},
    "shift, turn, resize": {"augment": MOVED},
    "the same, and dropout": {"augment": MOVED, "dropout": 0.5},
    "the same, and noise": {"augment": Compose([MOVED, GaussianNoise(0.3)])},
}


def with_dropout(dropout=0.0, channel_dropout=0.0, *, rng):
    """Return the layers of SimpleConvNet, with dropout behind its hidden and its pooling layer."""
    return Network(
        Conv2d(1, 30, 5, rng=rng),
        ReLU(),
        MaxPool2d(2),
        Dropout2d(channel_dropout, rng=rng),
        Flatten(),
        Linear(30 * 12 * 12, 100, rng=rng),
        ReLU(),
        Dropout(dropout, rng=rng),
        Linear(100, 10, rng=rng),
    )


def train(
    known,
    validation,
    seed,
    *,
    steps=STEPS,
    patience=None,
    smoothing=0.0,
    augment=None,
    dropout=0.0,
    channel_dropout=0.0,
    **penalties,
):
    """Train one network on some digits, for about as many steps however many digits there are.

    Returns
    -------
    Network
    """
    network = with_dropout(dropout, channel_dropout, rng=np.random.default_rng(seed))
    trainer = Trainer(
        network,
        Momentum(network, lr=RATE, **penalties),
        SoftmaxCrossEntropy(label_smoothing=smoothing),
        seed=seed,
        callbacks=[] if patience is None else [EarlyStopping(patience)],
        progress=False,
    )
    epochs = max(1, round(steps * BATCH / len(known)))
    watched = validation if patience is not None else None
    trainer.fit(known, watched, epochs=epochs, batch_size=BATCH, augment=augment)
    return network


def measure(network, known, validation, test):
    """Return the figures of one trained network: see :func:`run`."""
    pictures = {"clean": test.images} | {
        name: changed_digits(test.images, *change) for name, change in CHANGES.items()
    }
    logits = {name: network.predict(x) for name, x in pictures.items()}
    temperature = best_temperature(network.predict(validation.images), validation.labels)
    probabilities = softmax(logits["clean"])
    weights = [p.data.ravel() for n, p in network.named_parameters() if n.endswith("weight")]
    weights = np.concatenate(weights)
    return {
        "training": network.accuracy(*known),
        **{n: 1 - float((z.argmax(axis=1) == test.labels).mean()) for n, z in logits.items()},
        "confidence": float(probabilities.max(axis=1).mean()),
        "calibration": expected_calibration_error(probabilities, test.labels),
        "temperature": temperature,
        "calibrated": expected_calibration_error(
            softmax(logits["clean"] / temperature), test.labels
        ),
        "norm": float(np.linalg.norm(weights)),
        "small": float((np.abs(weights) < 1e-3).mean()),
    }


def run(digits=None, remedies=None, sizes=SIZES, *, seeds=SEEDS, steps=STEPS, folder=FOLDER):
    """Train a plain network, one with each remedy, and some on more and on fewer digits.

    Parameters
    ----------
    digits : Dataset, optional
        The 5,000 digits that every reader has, if not given.
    remedies : dict of str to dict, optional
        `REMEDIES` if not given.
    sizes : sequence of int
        Of the training sets for ``sizes``.
    seeds : sequence of int
    steps : int
    folder : path
        Where finished trainings wait.

    Returns
    -------
    dict
        ``remedies``: for each, a list of one figure a seed. ``training`` is the accuracy on the
        training digits, ``clean``, ``shifted``, ``turned`` and ``noisy`` are errors on the test
        digits, ``confidence`` and ``calibration`` the mean confidence and its expected
        calibration error on clean ones, ``temperature`` that fitted to the validation digits, and
        ``calibrated`` the calibration error with it; ``norm`` and ``small`` are the length of all
        weights, and the share of them below 0.001. ``sizes``: for ``plain`` and ``augmented`` the
        errors on clean digits, a list for each number of training digits.
    """
    digits = load_mnist_sample() if digits is None else digits
    remedies = REMEDIES if remedies is None else remedies
    validation, test = digits[VALIDATION], digits[TEST]

    def measured(label, count, **remedy):
        known = digits[:count]
        figures = [
            _remembered(
                as_path(folder, "folder") / f"{label}_{count}_{seed}.json",
                lambda seed=seed: measure(
                    train(known, validation, seed, steps=steps, **remedy), known, validation, test
                ),
            )
            for seed in seeds
        ]
        return {name: [float(f"{f[name]:.4g}") for f in figures] for name in figures[0]}

    found = {label: measured(label, TRAINING, **remedy) for label, remedy in remedies.items()}
    ways = {"plain": ("plain", {}), "augmented": ("shift, turn, resize", {"augment": MOVED})}
    grown = {
        way: [measured(label, count, **remedy)["clean"] for count in sizes]
        for way, (label, remedy) in ways.items()
    }
    settings = {
        "data": digits.name,
        "digits": {"training": TRAINING, "validation": len(validation), "test": len(test)},
        "network": "SimpleConvNet, with dropout where it is said",
        "optimizer": f"Momentum(lr={RATE})",
        "batch_size": BATCH,
        "steps": steps,
        "seeds": list(seeds),
        "sizes": list(sizes),
        "changes": {name: list(change) for name, change in CHANGES.items()},
        "remedies": {label: _described(remedy) for label, remedy in remedies.items()},
    }
    return {"settings": settings, "remedies": found, "sizes": grown}


def _described(remedy):
    return {
        name: value if isinstance(value, float | int) else repr(value)
        for name, value in remedy.items()
    }


def _remembered(path, make):
    """Return what a file holds, or make it and write it there."""
    if path.exists():
        return read_json(path)
    made = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, made)
    return made
