"""What the layers of a network give for an input."""

from lib.analysis.tracing import trace, undisturbed
from lib.layers.containers import as_layer
from lib.settings import as_flag


def activations(network, x, layers, *, training=False):
    """Return the outputs of some layers.

    Parameters
    ----------
    network : Layer
        It runs once, and is left as it was.
    x : array
        An input of the network.
    layers : str or sequence of str
        Dotted names; ``""`` is the network itself.
    training : bool, default False
        Run in training mode: dropout drops, and batch normalization uses the batch.

    Returns
    -------
    dict of str to array
        In the order of `layers`. For a layer that is used twice, the output of the last time.

    Raises
    ------
    TypeError
        If the network is no layer, or a name no string.
    ValueError
        If there is no layer of a name, listing those that there are; or if the forward pass does
        not come by it.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import Linear, ReLU, Sequential
    >>> network = Sequential(hidden=Linear(2, 3), relu=ReLU(), output=Linear(3, 1))
    >>> {name: a.shape for name, a in activations(network, np.ones((4, 2)), ["relu"]).items()}
    {'relu': (4, 3)}
    """
    wanted = layers if isinstance(layers, tuple | list) else [layers]
    found = [find_layer(network, name) for name in wanted]
    with undisturbed(network):
        network.train(as_flag(training, "training"))
        outputs = {call.layer: call.out for call in trace(network, x).walk()}
    for name, layer in zip(wanted, found, strict=True):
        check_reached(layer in outputs, name)
    return {name: outputs[layer] for name, layer in zip(wanted, found, strict=True)}


def find_layer(network, name):
    """Return the layer of a dotted name.

    Raises
    ------
    TypeError
        If the name is no string.
    ValueError
        If there is none, listing the names that there are.
    """
    layers = dict(as_layer(network, "network").named_modules())
    if not isinstance(name, str):
        raise TypeError(
            f"a layer is asked for by its name, a string, got {type(name).__name__}; "
            f"there are {_listed(layers)}"
        )
    if name not in layers:
        raise ValueError(f'there is no layer "{name}"; there are {_listed(layers)}')
    return layers[name]


def _listed(layers):
    return ", ".join(f'"{name}"' for name in layers if name) or 'only ""'


def check_reached(reached, name):
    """Refuse a layer that the forward pass did not come by."""
    if not reached:
        raise ValueError(f'the forward pass does not come by layer "{name}"')
