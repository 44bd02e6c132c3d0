"""A body from five classes under a new head: frozen or trained, from which layer, at which rate.

The body is that of the study `transfer`. What is kept here beside accuracies: what the old classes
lose, and how far the filters move.
"""

import time
from functools import partial

import numpy as np

from lib.analysis import codes
from lib.layers import BatchNorm1d, Dropout, Linear, Normalize, ReLU, Sequential
from lib.networks import VGG
from lib.optimizers import Nesterov
from lib.paths import as_path
from lib.schedulers import CosineAnnealingLR
from lib.serialization import load, read_arrays, read_json, write_json
from lib.studies import comparing, transfer
from lib.trained.recipes import CROP_AND_FLIP
from lib.training import Callback, Threshold, Trainer, train_head

# Under a dense head: pictures of each new class, and when the training stops.
COUNT, EPOCHS, THRESHOLD = 1_500, 10, 0.7
# Linear heads on each block: pictures of each class, and draws of them.
DRAWS = {5: 3, 20: 3, 50: 3, 200: 2, 1_000: 1}
LAYERS = {
    "block 1": "features.3",
    "block 2": "features.7",
    "block 3": "features.14",
    "block 4": "features.21",
    "block 5": "features.28",
    "hidden": "classifier.1",
}
# Learning rates of the body, as shares of the head's, with 50 pictures of each class.
SHARES, FEW, FEW_EPOCHS, SEEDS = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0), 50, 30, (0, 1)


def run(
    splits=None,
    *,
    pretraining_epochs=transfer.PRETRAINING_EPOCHS,
    count=COUNT,
    epochs=EPOCHS,
    draws=DRAWS,
    shares=SHARES,
    few_epochs=FEW_EPOCHS,
    seeds=SEEDS,
    folder=comparing.FOLDER,
    progress=True,
):
    """Put new heads on a body that knows five classes, and see what each way costs and gives.

    Parameters
    ----------
    splits : Splits, optional
        The training pictures of CIFAR-10 and 2,000 validation pictures, if not given.
    pretraining_epochs, count, epochs, few_epochs : int
        `count` pictures of each new class under the dense head.
    draws : dict of int to int
        How often to draw so many pictures of each class for the linear heads.
    shares : sequence of float
        Learning rates of the body, as shares of the head's.
    seeds : sequence of int
    folder : path
        Where each part waits until all are done.
    progress : bool, default True

    Returns
    -------
    dict
        ``dense`` (the head with batch normalization and dropout on a ``frozen`` and a ``trained``
        body), ``layers`` (accuracy of linear heads by body, layer and count), and ``rates`` (for
        each share, and for a head that was trained alone first, ``new`` and ``known``: accuracy on
        the new classes, and on the old ones under the old head).
    """
    splits = comparing.cifar10(None, transfer.VALIDATION) if splits is None else splits
    known, new = (transfer.only(splits, classes) for classes in (transfer.KNOWN, transfer.NEW))
    body, first = transfer.pretrained(splits, pretraining_epochs, folder=folder, progress=progress)
    part = partial(_kept, as_path(folder, "folder") / "frozen_body")
    dense = {
        way: part(way, lambda way=way: dense_head(body, new, known, way, count, epochs, progress))
        for way in ("frozen", "trained")
    }
    layers = {
        which: part(which, lambda which=which: by_layer(body, new, which, draws))
        for which in ("body", "untrained", "pixels")
    }
    rates = {
        label: part(
            f"rate_{label}",
            lambda share=share, alone=alone: [
                at_rate(body, new, known, share, alone, few_epochs, seed) for seed in seeds
            ],
        )
        for label, share, alone in _ways(shares)
    }
    return {
        "settings": {
            "data": comparing.described_data(splits)
            | {"known": transfer.KNOWN, "new": transfer.NEW},
            "threshold": THRESHOLD,
            "count": count,
            "few": FEW,
        },
        "pretraining": {"validation_accuracy": first["validation_accuracy"][-1]},
        "dense": dense,
        "layers": layers,
        "rates": {
            label: {name: [one[name] for one in found] for name in ("new", "known", "moved")}
            for label, found in rates.items()
        },
    }


def _ways(shares):
    yield from ((f"{share:g}", share, 0) for share in shares)
    yield "head first", 0.1, 10


def _kept(folder, name, make):
    """Return what an earlier run found, or find it and keep it."""
    path = folder / f"{name.replace(' ', '_')}.json"
    if not path.exists():
        write_json(path, make())
    return read_json(path)


def with_head(body, head, *, rng):
    """Return a VGG with the saved body, and `head` in place of its fully connected layers."""
    network = transfer.transferred(body, frozen=False, rng=rng)
    if head is not None:
        network.classifier = head
    return network


def source_head(inputs, rng):
    """Return the head of the sources: dense, batch normalization, dropout 0.4, dense."""
    return Sequential(
        Linear(inputs, 128, rng=rng),
        BatchNorm1d(128),
        ReLU(),
        Dropout(0.4, rng=rng),
        Linear(128, 5, rng=rng),
    )


class Forgetting(Callback):
    """Measure after each epoch what the body is still worth under its old head."""

    def __init__(self, body, known):
        self.old, self.known, self.accuracy = load(_vgg(), body), known, []

    def on_epoch_end(self, trainer):
        """Give the old network the present body."""
        self.accuracy.append(known_accuracy(self.old, trainer.network, self.known))


def _vgg(rng=0):
    network = VGG(num_classes=5, **transfer.NETWORK, rng=rng)
    return network.prepend("normalize", Normalize([0.0] * 3, [1.0] * 3))


def known_accuracy(old, network, known):
    """Return the accuracy on the known classes of the old head on another network's body."""
    old.features.load_state(network.features.state())
    return round(old.accuracy(known.images, known.labels), 4)


def moved(body, network):
    """Return by how much of its length each convolution's weights have moved."""
    before = read_arrays(body)
    return {
        name: round(float(np.linalg.norm(p.data - before[name]) / np.linalg.norm(before[name])), 4)
        for name, p in network.named_parameters()
        if name.startswith("features.") and p.data.ndim == 4
    }


def dense_head(body, new, known, way, count, epochs, progress):
    """Train the sources' head on a frozen or a trained body, until the threshold is reached."""
    rng = np.random.default_rng(0)
    network = with_head(body, source_head(128, rng), rng=rng)
    if way == "frozen":
        network.features.freeze()
    forgetting = Forgetting(body, known.validation)
    start = time.process_time()
    optimizer = Nesterov(network, lr=0.01, weight_decay=5e-4)
    trainer = Trainer(
        network,
        optimizer,
        scheduler=CosineAnnealingLR(optimizer, epochs),
        callbacks=[forgetting, Threshold("validation_accuracy", THRESHOLD)],
        progress=progress,
    )
    part = new.train[: 5 * count]
    history = trainer.fit(part, new.validation, epochs=epochs, batch_size=50, augment=CROP_AND_FLIP)
    return {
        "accuracy": [round(a, 4) for a in history["accuracy"]],
        "validation_accuracy": [round(a, 4) for a in history["validation_accuracy"]],
        "known_accuracy": forgetting.accuracy,
        "parameters": sum(p.data.size for p in network.parameters() if p.trainable),
        "stopped": trainer.stopped_because,
        "moved": moved(body, network),
        "cpu_seconds": round(time.process_time() - start, 1),
    }


def by_layer(body, new, which, draws):
    """Return the accuracy of linear heads on the codes of each layer, by count and draw."""
    network = load(_vgg(), body) if which == "body" else _vgg(rng=1)
    if which == "untrained":
        network.normalize = load(_vgg(), body).normalize
    layers = {"pixels": None} if which == "pixels" else LAYERS
    most = 5 * max(count * times for count, times in draws.items())
    train, validation = new.train[:most], new.validation
    found = {}
    for label, layer in layers.items():
        if layer is None:
            of = [part.images.reshape(len(part), -1) for part in (train, validation)]
        else:
            of = [codes(network, part.images, layer) for part in (train, validation)]
        found[label] = {
            str(count): [
                _accuracy(*of, train.labels, validation.labels, slice(first, first + 5 * count))
                for first in range(0, 5 * count * times, 5 * count)
            ]
            for count, times in draws.items()
        }
    return found


def _accuracy(rows, others, labels, true, part):
    head = train_head(rows[part], labels[part], classes=5)
    return round(float((head(others).argmax(axis=1) == true).mean()), 4)


def at_rate(body, new, known, share, alone, epochs, seed):
    """Train body and head on few pictures, the body at a share of the head's learning rate.

    `alone` are epochs at the beginning in which the head alone is trained.
    """
    network = with_head(body, None, rng=np.random.default_rng(seed))
    few = new.train[: 5 * FEW]
    if alone:
        network.features.freeze()
        first = Trainer(network, Nesterov(network, lr=0.025), seed=seed, progress=False)
        first.fit(few, epochs=alone, batch_size=25, augment=CROP_AND_FLIP)
        network.features.unfreeze()
    optimizer = Nesterov(network, lr=0.025, weight_decay=5e-4, rates={"features": share})
    trainer = Trainer(
        network,
        optimizer,
        scheduler=CosineAnnealingLR(optimizer, epochs - alone),
        seed=seed,
        progress=False,
    )
    trainer.fit(few, epochs=epochs - alone, batch_size=25, augment=CROP_AND_FLIP)
    return {
        "new": round(trainer.evaluate(new.validation)["accuracy"], 4),
        "known": known_accuracy(load(_vgg(), body), network, known.validation),
        "moved": moved(body, network),
    }
