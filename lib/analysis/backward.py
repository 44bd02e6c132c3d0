"""Backward passes from one number of a network, and rules that change them on their way."""

from contextlib import contextmanager

import numpy as np

from lib.analysis.captured import check_reached, find_layer
from lib.analysis.tracing import undisturbed
from lib.backend import moved, to_numpy
from lib.layers import ReLU, ReLU6
from lib.settings import as_number


@contextmanager
def ready_for_dx(network):
    """Let the network compute ``dx``, and no gradient of a parameter, in evaluation mode.

    The network is as before after the ``with``, errors included.
    """
    with undisturbed(network):
        network.eval()
        for parameter in network.parameters():
            parameter.trainable = False
        network.set_needs_dx(True)
        yield


def dx_of_target(network, x, target):
    """Run both passes, from the logits of the target classes to the input."""
    logits = network(x)
    return network.backward(one_hot(logits, target))


def one_hot(logits, target):
    """Return 1 for the target class of each image and 0 elsewhere: the gradient of its logit.

    Parameters
    ----------
    logits : array
        ``(N, K)``
    target : int or array
        A class for all images, or ``(N,)``, one for each.

    Raises
    ------
    ValueError
        If the network does not give logits, or there is no such class.
    """
    classes = classes_of(logits, target)
    chosen = np.zeros(tuple(logits.shape), np.float32)
    chosen[np.arange(len(classes)), classes] = 1
    return moved(chosen, like=logits)


def classes_of(logits, target):
    """Return the target classes ``(N,)`` as a NumPy array, checked against the logits."""
    if len(logits.shape) != 2:
        raise ValueError(f"attribution expects logits of shape (N, K), got {tuple(logits.shape)}")
    n, k = logits.shape
    host = isinstance(target, int | float | str | list | tuple | type(None))
    classes = np.asarray(target if host else to_numpy(target))
    if classes.shape not in {(), (n,)} or classes.dtype.kind not in "iu":
        raise ValueError(
            f"target must be a class or integers of shape ({n},), "
            f"got {classes.dtype} of shape {classes.shape}"
        )
    wrong = classes[(classes < 0) | (classes >= k)]
    if wrong.size:
        raise ValueError(f"target must be a class from 0 to {k - 1}, got {wrong[0]}")
    return np.broadcast_to(classes, n)


def replace_relu_backward(network, rule):
    """Let every ReLU go back by ``rule(dout, usual)``; call it inside of `ready_for_dx`.

    Raises
    ------
    ValueError
        If the network has no ReLU: the rule would change nothing.
    """
    relus = {layer for layer in network.modules() if isinstance(layer, ReLU | ReLU6)}
    if not relus:
        raise ValueError(f"{type(network).__name__} has no ReLU, so the rule would change nothing")
    for relu in relus:
        relu.backward = lambda dout, usual=relu.backward: rule(dout, usual)


def as_bounds(bounds):
    """Return the least and the greatest value of a pixel, or say what was given instead."""
    if not isinstance(bounds, tuple | list) or len(bounds) != 2:
        raise TypeError(f"bounds must be (low, high), got {bounds!r}")
    low = as_number(bounds[0], "the lower of bounds")
    return low, as_number(bounds[1], "the upper of bounds", above=low)


class Tap:
    """Sits on a layer: keeps its output, and the gradient that comes back to it.

    Make it inside of `ready_for_dx`, which takes it off again.

    Parameters
    ----------
    network : Layer
    name : str
        The dotted name of the layer.
    begin_with : callable, optional
        Called with the output, returns the gradient with which the way back begins at this layer,
        in place of the one that comes from above.

    Raises
    ------
    ValueError
        If there is no layer of that name.
    """

    def __init__(self, network, name, begin_with=None):
        layer = find_layer(network, name)
        self.name, self.begin_with = name, begin_with
        self._usual = layer.forward, layer.backward
        self._out = self._dout = None
        layer.forward, layer.backward = self._forward, self._backward

    @property
    def out(self):
        """The output of the last forward pass."""
        check_reached(self._out is not None, self.name)
        return self._out

    @property
    def dout(self):
        """The gradient of the last backward pass with respect to the output."""
        check_reached(self._dout is not None, self.name)
        return self._dout

    def _forward(self, x):
        self._out = self._usual[0](x)
        return self._out

    def _backward(self, dout):
        self._dout = dout if self.begin_with is None else self.begin_with(self.out)
        return self._usual[1](self._dout)
