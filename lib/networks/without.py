"""A network without one of its blocks, for as long as one looks."""

from contextlib import contextmanager
from functools import singledispatch

from lib.analysis.captured import find_layer
from lib.layers import Residual
from lib.networks.residual import Skip


@contextmanager
def without_block(network, name):
    """Let a block pass on what its skip carries, and nothing of its own.

    A block with a skip becomes the skip: the identity, or the shortcut where the shape changes. A
    layer without one hands on its input as it is, and the layers behind it refuse what does not
    fit.

    Parameters
    ----------
    network : Layer
        Inside of the ``with`` it computes without the block, in both passes; afterwards the block
        is back, errors included. Several blocks go by several ``with``.
    name : str
        The dotted name of the block, such as ``"layer2.1"``.

    Yields
    ------
    Layer
        The network.

    Raises
    ------
    TypeError, ValueError
        If the network is no layer, or has none of that name.

    Notes
    -----
    Source: Veit, Wilber and Belongie, *Residual networks behave like ensembles of relatively
    shallow networks* (2016), section 4.1. Used in the chapter *Going deeper*.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import ReLU, Sequential
    >>> network = Sequential(block=Residual(ReLU()))
    >>> with without_block(network, "block"):
    ...     network(np.array([-1.0, 2.0]))
    array([-1.,  2.])
    >>> network(np.array([-1.0, 2.0]))
    array([-1.,  4.])
    """
    block = find_layer(network, name)
    layers = left_of(block)

    def forward(x):
        for layer in layers:
            x = layer(x)
        return x

    def backward(dout):
        for layer in reversed(layers):
            dout = layer.backward(dout)
        return dout

    own = {"forward": forward, "backward": backward}
    before = {key: vars(block)[key] for key in own if key in vars(block)}
    vars(block).update(own)
    try:
        yield network
    finally:
        for key in own:
            vars(block).pop(key, None)
        vars(block).update(before)


@singledispatch
def left_of(block):
    """Return the layers of a block that stay when its own are out: for a layer alone, none."""
    return []


@left_of.register
def _(block: Residual):
    return [] if block.shortcut is None else [block.shortcut]


@left_of.register
def _(block: Skip):
    if not block.skips:
        return []
    return [layer for layer in (block.downsample, block.relu) if layer is not None]
