"""Batch size against steps: how many steps a network needs, at the best learning rate of each."""

import math
import statistics

import numpy as np
from threadpoolctl import threadpool_limits

from lib.analysis import profile
from lib.convolution import set_thread_count
from lib.losses import SoftmaxCrossEntropy
from lib.networks import SimpleConvNet
from lib.optimizers import SGD
from lib.paths import PROJECT, as_path
from lib.serialization import read_json, write_json
from lib.studies.comparing import mnist

DONE = PROJECT / "data" / "checkpoints" / "batch_size.json"
BATCH_SIZES = (8, 16, 32, 64, 128, 256, 512, 1024)
SEEDS = (0, 1, 2)
NETWORK = {"num_filters": 8, "hidden_size": 32}
TARGET, VALIDATION = 0.95, 1_000
MOST_STEPS, MOST_PICTURES = 2_000, 200_000
FIRST_RATE, LINEAR_FROM, PATIENCE = 0.1, 32, 4
OWN = 8  # pictures of a worker, for whom the time of a picture is measured
# When the validation digits are read: first after so many steps, then every so much later.
FIRST_LOOK, LOOK_EVERY = 10, 0.05


def run(splits=None, batch_sizes=BATCH_SIZES, seeds=SEEDS, done=DONE, **goal):
    """Train SimpleConvNet with batches of each size until it reads the validation digits.

    The rate of each batch size is doubled and halved until the best lies between two worse ones.
    Besides, each size is trained at the rate that the *linear rule* gives it: the best of
    batches of 32, times the size over 32. There a training gives up after four times as many
    steps as the best rate needs.

    Parameters
    ----------
    splits : Splits, optional
        MNIST's training digits, and the first 1,000 validation digits, if not given.
    batch_sizes, seeds : sequence of int
    done : path
        Keeps the trainings that are done, so that a study that was stopped goes on.
    **goal
        For :func:`steps_to`.

    Returns
    -------
    dict
        ``tried``: for each batch size, for each rate, the steps that each seed took, None where
        it did not get there; ``best`` and ``linear``: for each batch size, ``rate`` and ``steps``,
        the median of the seeds.
    """
    set_thread_count(1)
    splits = mnist(None, VALIDATION) if splits is None else splits
    runs = _Runs(splits, seeds, as_path(done, "done"), goal)
    record, rate = {"tried": {}, "best": {}, "linear": {}}, FIRST_RATE
    with threadpool_limits(1, "blas"):
        for batch_size in batch_sizes:
            rate = best_rate(lambda r, b=batch_size: runs.median(b, r), rate)
            record["best"][str(batch_size)] = {"rate": rate, "steps": runs.median(batch_size, rate)}
            rate *= 2  # where the search for the next size begins
        unit = record["best"].get(str(LINEAR_FROM), {"rate": FIRST_RATE})["rate"] / LINEAR_FROM
        for batch_size in batch_sizes:
            most = PATIENCE * math.ceil(record["best"][str(batch_size)]["steps"])
            steps = runs.median(batch_size, unit * batch_size, most_steps=most)
            record["linear"][str(batch_size)] = {
                "rate": unit * batch_size,
                "steps": steps if math.isfinite(steps) else None,
            }
    record["tried"] = runs.as_record(batch_sizes)
    settings = {
        "data": splits.train.name,
        "digits": {"training": len(splits.train), "validation": len(splits.validation)},
        "network": f"SimpleConvNet({', '.join(f'{k}={v}' for k, v in NETWORK.items())})",
        "parameters": SimpleConvNet(**NETWORK, rng=0).parameter_count(),
        "optimizer": "SGD",
        "target": goal.get("target", TARGET),
        "most_pictures": goal.get("most_pictures", MOST_PICTURES),
        "most_steps": goal.get("most_steps", MOST_STEPS),
        "seeds": list(seeds),
        "picture_seconds": picture_seconds(splits.validation.images[:OWN]),
    }
    return {"settings": settings, **record}


def picture_seconds(images, rounds=15):
    """Return the seconds of one thread in which both passes of a picture are computed."""
    network = SimpleConvNet(**NETWORK, rng=0)
    network.set_needs_dx(False)
    return float(f"{sum(profile(network, images, rounds)['']) / len(images):.3g}")


def best_rate(steps_at, start):
    """Double and halve a rate until one needs fewer steps than its neighbors.

    Parameters
    ----------
    steps_at : callable
        ``steps_at(rate) -> steps``, infinite where the training did not get there.
    start : float

    Returns
    -------
    float
    """
    while math.isinf(steps_at(start)) and start > FIRST_RATE / 1000:
        start /= 2
    best = start
    for factor in (2, 0.5):
        while steps_at(best * factor) < steps_at(best):
            best *= factor
    return best


def steps_to(
    splits,
    batch_size,
    rate,
    seed,
    *,
    target=TARGET,
    most_steps=MOST_STEPS,
    most_pictures=MOST_PICTURES,
):
    """Return after how many steps the network reads `target` of the validation digits.

    Parameters
    ----------
    splits : Splits
    batch_size : int
    rate : float
        Of plain gradient descent; it stays as it is.
    seed : int
        Draws the weights and the order of the digits.
    target : float
        An accuracy.
    most_steps, most_pictures : int
        Where the training gives up.

    Returns
    -------
    int or None
        None where it did not get there.
    """
    rng = np.random.default_rng(seed)
    network = SimpleConvNet(**NETWORK, rng=rng)
    network.set_needs_dx(False)
    optimizer, loss = SGD(network, lr=rate), SoftmaxCrossEntropy()
    order, look_at = np.empty(0, int), FIRST_LOOK
    for step in range(1, min(most_steps, most_pictures // batch_size) + 1):
        while len(order) < batch_size:
            order = np.concatenate([order, rng.permutation(len(splits.train))])
        images, labels = splits.train[order[:batch_size]]
        order = order[batch_size:]
        network.train()
        value, dlogits = loss(network(images), labels)
        if not math.isfinite(value):
            return None
        network.backward(dlogits)
        optimizer.step()
        if step >= look_at:
            look_at = max(step + 1, math.ceil(step * (1 + LOOK_EVERY)))
            network.eval()
            with np.errstate(all="ignore"):  # a training that runs away
                accuracy = _share_right(network, splits.validation)
            if accuracy >= target:
                return step
    return None


def _share_right(network, digits):
    logits = network.predict(digits.images)
    return float((logits.argmax(axis=1) == digits.labels).mean())


class _Runs:
    """The trainings that were done, kept in a file."""

    def __init__(self, splits, seeds, path, goal):
        self.splits, self.seeds, self.path, self.goal = splits, seeds, path, goal
        self.found = read_json(path) if path.exists() else {}

    def steps(self, batch_size, rate, seed, **goal):
        """Return the steps of one training, which is made if it was not."""
        name = f"{batch_size} {rate:g} {seed}"
        if name not in self.found:
            with np.errstate(all="ignore"):
                goal = self.goal | goal
                self.found[name] = steps_to(self.splits, batch_size, rate, seed, **goal)
            write_json(self.path, self.found)
        return self.found[name]

    def median(self, batch_size, rate, **goal):
        """Return the median of the seeds; infinite where most did not get there."""
        steps = (self.steps(batch_size, rate, seed, **goal) for seed in self.seeds)
        return statistics.median(math.inf if found is None else found for found in steps)

    def as_record(self, batch_sizes):
        """Return the steps of every seed, by batch size and rate."""
        tried = {str(batch_size): {} for batch_size in batch_sizes}
        for name, steps in self.found.items():
            batch_size, rate, _ = name.split()
            if batch_size in tried:
                tried[batch_size].setdefault(rate, []).append(steps)
        return {b: dict(sorted(by.items(), key=lambda i: float(i[0]))) for b, by in tried.items()}
