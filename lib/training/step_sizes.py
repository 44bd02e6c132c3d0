"""Are the steps of a training of the right size? Two measurements that say it early."""

import copy
import itertools
import math

import numpy as np

from lib.backend import array_namespace, to_device, to_scalar, widened
from lib.datasets import Dataset
from lib.optimizers import Optimizer
from lib.settings import as_generator, as_instance, as_integer, as_number
from lib.training.parts import as_loss, check_network


def range_test(network, optimizer, train, lrs, *, loss=None, batch_size=100, seed=0):
    """Take a step at each of some learning rates, which grow, and return the loss at each.

    As long as the rate is too small the loss stays where it is; then it falls; where it begins to
    rise, the rate is too large. All of it happens to copies: the network, its optimizer and their
    running quantities stay as they are.

    Parameters
    ----------
    network : Layer
    optimizer : Optimizer
        Made for that network; its own `lr` does not count.
    train : Dataset
        Its pictures come in an order that `seed` draws, and again when all were there.
    lrs : sequence of float
        One for each step, growing, for example ``np.geomspace(1e-5, 1, 100)``.
    loss : callable, default `SoftmaxCrossEntropy`
        As for :class:`Trainer`.
    batch_size : int, default 100
    seed : int or numpy.random.Generator, default 0

    Returns
    -------
    list of float
        The loss of each step on its batch, before the step. From the first that is not finite on
        they are infinite.

    Raises
    ------
    TypeError, ValueError
        If an argument is something else, the optimizer is that of another network, or the rates
        do not grow.

    Notes
    -----
    Source: Smith, *Cyclical learning rates for training neural networks* (2017), section 3.3, with
    rates that grow by a factor, not by a summand. Built in the chapter *Making it learn*.

    Examples
    --------
    >>> from lib.layers import Flatten, Linear, Sequential
    >>> from lib.optimizers import SGD
    >>> network = Sequential(Flatten(), Linear(2, 2, rng=0))
    >>> data = Dataset(np.eye(2, dtype=np.float32).reshape(2, 1, 1, 2), [0, 1])
    >>> losses = range_test(network, SGD(network), data, [0.1, 1.0, 10.0], batch_size=2)
    >>> losses[2] < losses[1] < losses[0]
    True
    """
    check_network(network, optimizer)
    loss, batch_size = as_loss(loss), as_integer(batch_size, "batch_size", at_least=1)
    lrs = _as_growing(lrs)
    if len(as_instance(train, "train", Dataset)) == 0:
        raise ValueError("there is nothing to train on: the data set is empty")
    network, optimizer = copy.deepcopy((network, optimizer))
    network.train()
    losses = []
    with np.errstate(all="ignore"):  # that it overflows at last belongs to the test
        for lr, batch in zip(lrs, _batches(len(train), batch_size, seed), strict=False):
            optimizer.lr = lr
            images, labels = train[batch]
            like = next(iter(optimizer.parameters.values())).data
            prediction = network(to_device(images, like))
            value, dprediction = loss(prediction, labels)
            if not math.isfinite(value):
                return losses + [math.inf] * (len(lrs) - len(losses))
            losses.append(value)
            network.backward(dprediction)
            optimizer.step()
    return losses


def _as_growing(lrs):
    if isinstance(lrs, str) or not hasattr(lrs, "__len__"):
        raise TypeError(f"lrs must be a sequence of learning rates, got {lrs!r}")
    lrs = [as_number(lr, "a learning rate", above=0) for lr in lrs]
    if not lrs or any(later <= lr for lr, later in itertools.pairwise(lrs)):
        raise ValueError(f"lrs must be learning rates that grow, got {lrs}")
    return lrs


def _batches(count, batch_size, seed):
    """Yield places of pictures, epoch after epoch without end, each epoch in a new order."""
    rng, size = as_generator(seed), min(batch_size, count)
    while True:
        order = rng.permutation(count)
        for first in range(0, count - size + 1, size):
            yield order[first : first + size]


def update_ratios(optimizer):
    r"""Take a step, and return how far it moved each parameter, compared with its size.

    .. math:: \frac{\lVert w_{new} - w \rVert}{\lVert w \rVert}

    Parameters
    ----------
    optimizer : Optimizer
        Every parameter of its network has its gradient: the backward pass is done.

    Returns
    -------
    dict of str to float
        A ratio for each trainable parameter, by its dotted name; infinite for one that leaves 0, as
        biases do in their first step, and 0 for one that does not move.

    Raises
    ------
    TypeError
        If it is no optimizer.
    RuntimeError, ValueError
        As :meth:`Optimizer.step`.

    Notes
    -----
    A common rule of thumb wants about 1/1000 for weights. Read with care: the chapter *Making it
    learn* measures at which ratios a network learns.

    Examples
    --------
    >>> from lib.layers import Linear
    >>> from lib.optimizers import SGD
    >>> layer = Linear(1, 1)
    >>> layer.weight.data[:], layer.weight.grad = 2.0, np.float32([[3.0]])
    >>> layer.bias.grad = np.float32([0.0])
    >>> {name: round(ratio, 6) for name, ratio in update_ratios(SGD(layer, lr=0.1)).items()}
    {'weight': 0.15, 'bias': 0.0}
    """
    parameters = as_instance(optimizer, "optimizer", Optimizer).parameters
    before = {name: copy.deepcopy(p.data) for name, p in parameters.items()}
    optimizer.step()
    return {name: _ratio(p.data - before[name], before[name]) for name, p in parameters.items()}


def _ratio(moved, before):
    moved, size = _norm(moved), _norm(before)
    if size == 0:
        return math.inf if moved else 0.0
    return moved / size


def _norm(x):
    x = widened(x)
    return math.sqrt(to_scalar(array_namespace(x).sum(x * x)))
