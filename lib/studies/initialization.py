"""The size of numbers and of gradients through depth, for each way to draw the first weights."""

import numpy as np

from lib.datasets import load_mnist_sample
from lib.layers import Flatten, Linear, ReLU, Sequential, Sigmoid, Tanh
from lib.layers.initializers import he_normal, normal, xavier_normal
from lib.losses import SoftmaxCrossEntropy

DEPTH, WIDTH, DIGITS, BINS, SEED = 10, 100, 1_000, 30, 0
ACTIVATIONS = {"sigmoid": Sigmoid, "tanh": Tanh, "relu": ReLU}
INITIALIZERS = {
    "std 1": normal(1.0),
    "std 0.01": normal(0.01),
    "Xavier": xavier_normal,
    "He": he_normal,
}


def run(digits=None):
    """Send digits through networks that have not learned anything, and the gradients back.

    Parameters
    ----------
    digits : Dataset, optional

    Returns
    -------
    dict
        ``networks``: for each activation, for each initializer, for each hidden layer the
        ``mean`` and ``std`` of what the activation gives, the share of ``zeros``, a ``histogram``
        (shares, in equal bins from ``low`` to ``high``), and ``gradient_std``: that of the loss
        with respect to these numbers, of one digit.
    """
    digits = (load_mnist_sample() if digits is None else digits)[:DIGITS]
    measured = {
        activation: {name: measure(layer, draw, digits) for name, draw in INITIALIZERS.items()}
        for activation, layer in ACTIVATIONS.items()
    }
    settings = {
        "data": digits.name,
        "digits": len(digits),
        "depth": DEPTH,
        "width": WIDTH,
        "bins": BINS,
        "seed": SEED,
    }
    return {"settings": settings, "networks": measured}


def measure(activation, initializer, digits):
    """Return the figures of one network, layer by layer."""
    rng = np.random.default_rng(SEED)
    images = (digits.images - digits.images.mean()) / digits.images.std()
    x = Flatten()(images)
    steps = []
    for _ in range(DEPTH):
        linear = Linear(x.shape[1], WIDTH, initializer=initializer, rng=rng)
        steps.append(Sequential(linear, activation()))
        x = steps[-1](x)
    output = Linear(WIDTH, 10, initializer=initializer, rng=rng)
    _, dout = SoftmaxCrossEntropy()(output(x), digits.labels)
    dout = output.backward(dout * len(digits))  # the loss is a mean; we want one digit's own
    figures = []
    for step in reversed(steps):
        gradient = float(dout.std())
        dout = step.backward(dout)
        figures.append({"gradient_std": _short(gradient)})
    x = Flatten()(images)
    for step, found in zip(steps, reversed(figures), strict=True):
        x = step(x)
        found.update(_spread(x))
    return figures[::-1]


def _spread(values):
    low, high = float(values.min()), float(values.max())
    if high == low:
        high = low + 1.0
    counts, _ = np.histogram(values, BINS, (low, high))
    return {
        "mean": _short(values.mean()),
        "std": _short(values.std()),
        "zeros": _short((values == 0).mean()),
        "low": _short(low),
        "high": _short(high),
        "histogram": [round(share, 5) for share in (counts / values.size).tolist()],
    }


def _short(number):
    """Return a number with five digits: more would only fill the file."""
    return float(f"{number:.5g}")
