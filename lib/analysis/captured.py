"""What the layers of a network give for an input."""

from lib.analysis.tracing import trace, undisturbed


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
    wanted = [layers] if isinstance(layers, str) else list(layers)
    found = [find_layer(network, name) for name in wanted]
    with undisturbed(network):
        network.train(training)
        outputs = {call.layer: call.out for call in trace(network, x).walk()}
    for name, layer in zip(wanted, found, strict=True):
        check_reached(layer in outputs, name)
    return {name: outputs[layer] for name, layer in zip(wanted, found, strict=True)}


def find_layer(network, name):
    """Return the layer of a dotted name.

    Raises
    ------
    ValueError
        If there is none, listing the names that there are.
    """
    layers = dict(network.named_modules())
    if name not in layers:
        names = ", ".join(f'"{known}"' for known in layers if known)
        raise ValueError(f'there is no layer "{name}"; there are {names}')
    return layers[name]


def check_reached(reached, name):
    """Refuse a layer that the forward pass did not come by."""
    if not reached:
        raise ValueError(f'the forward pass does not come by layer "{name}"')
