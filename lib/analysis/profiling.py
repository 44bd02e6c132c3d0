"""Where the time of a training step goes, layer by layer."""

import statistics
import time
from typing import NamedTuple

import numpy as np
from threadpoolctl import threadpool_limits

from lib.analysis.tracing import undisturbed
from lib.convolution import set_thread_count, thread_count
from lib.layers.containers import as_layer
from lib.settings import as_instance, as_integer


class Seconds(NamedTuple):
    """What the two passes of a layer take.

    Attributes
    ----------
    forward, backward : float
        Seconds of one thread of the processor; 0 for a pass that did not come by.
    """

    forward: float
    backward: float


def profile(network, x, rounds=5):
    """Time both passes of every layer, as a training step runs them.

    The network runs in its present mode, on one thread, and is left as it was. A first round
    is not counted: it fills the caches and the library's store of freed memory. Time is that of
    the processor, not of the clock on the wall, so that other programs count little.

    Parameters
    ----------
    network : Layer
    x : numpy.ndarray
        An input of the network. Arrays of a card are refused: a call returns before the card has
        done its work, so that a clock around it would lie.
    rounds : int, default 5
        The medians over so many rounds are given.

    Returns
    -------
    dict of str to Seconds
        By the dotted names of the layers that hold no others, in the order of the network, and
        at last ``""``, the network as a whole: what goes on between its layers is in there alone.

    Raises
    ------
    TypeError
        If `network` is no layer, `x` no NumPy array, or `rounds` no integer.
    ValueError
        If `rounds` is below 1.

    Notes
    -----
    Used in the chapter *Faster, and on more than one machine*.

    Examples
    --------
    >>> from lib.layers import Linear, ReLU, Sequential
    >>> network = Sequential(hidden=Linear(2, 3), relu=ReLU(), output=Linear(3, 1))
    >>> found = profile(network, np.ones((4, 2), np.float32))
    >>> list(found)
    ['hidden', 'relu', 'output', '']
    >>> found[""].forward >= 0
    True
    """
    as_layer(network, "network")
    as_instance(x, "x", np.ndarray)
    rounds, before = as_integer(rounds, "rounds", at_least=1), thread_count()
    set_thread_count(1)
    try:
        with undisturbed(network), threadpool_limits(1, "blas"):
            return _timed(network, x, rounds)
    finally:
        set_thread_count(before)


def _timed(network, x, rounds):
    taken = {}  # by name and pass, the seconds of each round
    for name, layer in network.named_modules():
        if name == "" or not any(True for _ in layer.children()):
            layer.forward = _clocked(layer.forward, taken.setdefault((name, "forward"), []))
            layer.backward = _clocked(layer.backward, taken.setdefault((name, "backward"), []))
    for _ in range(rounds + 1):
        for seconds in taken.values():
            seconds.append(0.0)  # a layer may run several times a round
        out = network.forward(x)
        network.backward(np.full(out.shape, 1 / len(out), out.dtype))
    medians = {key: statistics.median(seconds[1:]) for key, seconds in taken.items()}
    names = [name for name, _ in medians if name]
    return {
        name: Seconds(medians[name, "forward"], medians[name, "backward"])
        for name in [*dict.fromkeys(names), ""]
    }


def _clocked(run, seconds):
    """Let a pass note how long it takes."""

    def clocked(given):
        start = time.thread_time()
        try:
            return run(given)
        finally:
            seconds[-1] += time.thread_time() - start

    return clocked
