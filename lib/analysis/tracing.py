"""Watch a network at work, and leave no trace of having watched."""

from contextlib import contextmanager
from dataclasses import dataclass

from lib.layers import Buffer, Layer, Parameter
from lib.layers.containers import as_layer


@dataclass
class Call:
    """One forward pass of one layer.

    Attributes
    ----------
    name : str
        The dotted name of the layer; ``""`` is the network itself.
    layer : Layer
    x, out : array
        The input and the output themselves, no copies: where one layer returns what the next one
        takes, both are the same object.
    calls : list of Call
        The layers that this one called, in order.
    """

    name: str
    layer: Layer
    x: object
    out: object
    calls: list

    def walk(self):
        """Yield this call and all below it in the order in which they ended: inner ones first."""
        for call in self.calls:
            yield from call.walk()
        yield self


def trace(network, x):
    """Run the network once, in its present mode, and return the :class:`Call` of the whole.

    Afterwards the network is as before: see :func:`undisturbed`.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import Linear, ReLU, Sequential
    >>> network = Sequential(hidden=Linear(2, 3), relu=ReLU())
    >>> [(call.name, call.out.shape) for call in trace(network, np.ones((1, 2))).walk()]
    [('hidden', (1, 3)), ('relu', (1, 3)), ('', (1, 3))]
    """
    open_calls = [[]]

    def watched(name, layer):
        forward = layer.forward

        def forward_and_note(x):
            open_calls.append([])
            out = forward(x)
            calls = open_calls.pop()
            open_calls[-1].append(Call(name, layer, x, out, calls))
            return out

        return forward_and_note

    with undisturbed(network):
        for name, layer in network.named_modules():
            layer.forward = watched(name, layer)  # hides the method of the class
        network(x)
    ((whole,),) = open_calls
    return whole


@contextmanager
def undisturbed(network):
    """Put back whatever happens to the network inside of the ``with``, errors included.

    That is the mode, parameters with their gradients, buffers, random generators, what the last
    forward pass kept for the way back, and methods that were replaced.

    Examples
    --------
    >>> from lib.layers import Dropout
    >>> layer = Dropout()
    >>> with undisturbed(layer):
    ...     _ = layer.eval()
    >>> layer.training
    True
    """
    layers = list(as_layer(network, "network").modules())
    values = [v for layer in layers for v in vars(layer).values()]
    owned = [value for value in values if isinstance(value, Parameter | Buffer)]
    attributes = [(vars(thing), dict(vars(thing))) for thing in (*layers, *owned)]
    generators = [(layer.rng, layer.rng.bit_generator.state) for layer in layers if _draws(layer)]
    try:
        yield
    finally:
        for present, before in attributes:
            present.clear()
            present.update(before)
        for rng, state in generators:
            rng.bit_generator.state = state


def _draws(layer):
    return hasattr(getattr(layer, "rng", None), "bit_generator")
