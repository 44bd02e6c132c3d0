"""Whether towers of convolutions learn to read, by depth, with skips and without them.

He, Zhang, Ren and Sun, *Deep residual learning for image recognition* (2015), compare such networks
on photographs, as the study ``depth`` does. Here digits of 14 × 14 pixels are small enough to look
at every layer while it learns, and to try other steps.
"""

from functools import partial

import numpy as np

from lib.analysis import gradient_norms, gradient_turn
from lib.datasets import Dataset, load_mnist_sample
from lib.layers import (
    BatchNorm2d,
    Conv2d,
    GlobalAvgPool2d,
    Linear,
    ReLU,
    Residual,
    Sequential,
)
from lib.losses import SoftmaxCrossEntropy
from lib.optimizers import Adam, Nesterov

DEPTHS, CHANNELS, BATCH, STEPS, EVERY, SEED = (8, 20, 56), 8, 50, 240, 20, 0
HELD_OUT, WATCHED = 1_000, 100
# The first is the chapter's; the others ask whether another step would have helped.
OPTIMIZERS = {
    "Nesterov(lr=0.03)": partial(Nesterov, lr=0.03),
    "Nesterov(lr=0.1)": partial(Nesterov, lr=0.1),
    "Nesterov(lr=0.01)": partial(Nesterov, lr=0.01),
    "Nesterov(lr=0.001)": partial(Nesterov, lr=0.001),
    "Adam(lr=0.001)": partial(Adam, lr=0.001),
}
LOOKS = (0, 1, 2, 5, 10, 20, 50, 100, 150, 240)  # steps taken
LENGTHS = (1e-5, 1e-4, 1e-3, 1e-2)


def run(digits=None, *, depths=DEPTHS, steps=STEPS, every=EVERY, looks=LOOKS):
    """Train towers of each depth, plain and residual, with each optimizer.

    Parameters
    ----------
    digits : Dataset, optional
        The 5,000 digits that every reader has, if not given; the last 1,000 are held out.
    depths : sequence of int
    steps, every : int
        Steps of training; over how many of them a loss is the mean.
    looks : sequence of int
        After how many steps the gradient is measured, with the first optimizer.

    Returns
    -------
    dict
        ``trainings``: by optimizer, by tower such as ``"plain 56"``: ``loss``, a mean for every
        `every` steps; ``accuracy``, of the last 80 batches or fewer as they came; and
        ``held_out_accuracy``. ``gradients``: by tower, for each of `looks`: ``norms``, the length
        of the gradient of each convolution; ``weights``, that of its weights; ``turns``, the
        cosines after steps of `LENGTHS`.
    """
    digits = shrunk(load_mnist_sample() if digits is None else digits)
    towers = {
        f"{'residual' if skips else 'plain'} {depth}": partial(tower, depth, skips)
        for depth in depths
        for skips in (False, True)
    }
    trainings, gradients = {}, {}
    for place, (optimizer, make) in enumerate(OPTIMIZERS.items()):
        trainings[optimizer] = {}
        for name, build in towers.items():
            measured = train(build(), make, digits, steps, every, () if place else looks)
            if found := measured.pop("gradients"):
                gradients[name] = found
            trainings[optimizer][name] = measured
    settings = {
        "data": digits.name,
        "digits": {"training": len(digits) - HELD_OUT, "held_out": HELD_OUT},
        "channels": CHANNELS,
        "batch_size": BATCH,
        "steps": steps,
        "every": every,
        "looks": list(looks),
        "lengths": list(LENGTHS),
        "seed": SEED,
    }
    return {"settings": settings, "trainings": trainings, "gradients": gradients}


def shrunk(digits):
    """Return digits of half the height and width: each pixel is the mean of four."""
    n, c, h, w = digits.images.shape
    images = digits.images.reshape(n, c, h // 2, 2, w // 2, 2).mean(axis=(3, 5))
    return Dataset(images, digits.labels, digits.name)


def tower(depth, skips=False, norm=True, *, channels=CHANNELS, rng=SEED):
    """Return a tower: convolutions of one size in blocks of two, on maps of one size.

    Parameters
    ----------
    depth : int
        Layers with weights: one convolution, blocks of two, and a linear layer at the end.
    skips : bool
        Around each block.
    norm : bool, default True
        Normalize the batch behind each convolution.
    channels : int
    rng : int or numpy.random.Generator
    """
    rng = np.random.default_rng(rng)

    def conv(inputs=channels, stride=1):
        layer = Conv2d(inputs, channels, 3, stride, padding=1, bias=not norm, rng=rng)
        return [layer, BatchNorm2d(channels)] if norm else [layer]

    blocks = []
    for _ in range((depth - 2) // 2):
        body = Sequential(*conv(), ReLU(), *conv())
        blocks += [Residual(body) if skips else body, ReLU()]
    head = GlobalAvgPool2d(), Linear(channels, 10, rng=rng)
    return Sequential(*conv(1, stride=2), ReLU(), *blocks, *head)


def train(network, make, digits, steps, every, looks=()):
    """Train a tower, and return how it went; see :func:`run`."""
    known, held_out = digits[:-HELD_OUT], digits[-HELD_OUT:]
    optimizer, loss, rng = make(network), SoftmaxCrossEntropy(), np.random.default_rng(SEED)
    losses, right, found = [], [], []
    while len(losses) < steps:
        order = rng.permutation(len(known))
        for first in range(0, len(known), BATCH)[: steps - len(losses)]:
            if len(losses) in looks:
                found.append(look(network, held_out[:WATCHED]))
            images, labels = known[order[first : first + BATCH]]
            logits = network(images)
            value, dlogits = loss(logits, labels)
            network.backward(dlogits)
            optimizer.step()
            losses.append(value)
            right.append((logits.argmax(axis=1) == labels).mean())
    if steps in looks:
        found.append(look(network, held_out[:WATCHED]))
    network.eval()
    answers = network(held_out.images).argmax(axis=1)
    return {
        "loss": [_short(np.mean(losses[i : i + every])) for i in range(0, steps, every)],
        "accuracy": round(float(np.mean(right[-80:])), 4),
        "held_out_accuracy": round(float((answers == held_out.labels).mean()), 4),
        "gradients": found,
    }


def look(network, digits):
    """Return the gradients, the weights and the turns of a tower on some digits."""
    norms = gradient_norms(network, *digits)
    convolutions = [layer for layer in network.modules() if isinstance(layer, Conv2d)]
    turns = gradient_turn(network, *digits, LENGTHS)
    return {
        "norms": [_short(norm) for norm in list(norms.values())[: len(convolutions)]],
        "weights": [_short(np.linalg.norm(layer.weight.data)) for layer in convolutions],
        "turns": [round(turn, 3) for turn in turns],
    }


def _short(number):
    """Return a number with three digits: more would only fill the file."""
    return float(f"{number:.3g}")
