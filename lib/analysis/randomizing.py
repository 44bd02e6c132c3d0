"""Take away what a network learned, from its last layer down, and keep its numbers."""

import copy

from lib.backend import moved, to_numpy
from lib.layers.containers import as_layer
from lib.settings import as_generator, as_integer


def shuffled(network, layers, rng=None):
    """Return a copy of a network whose last layers have their weights in random order.

    Each array of these layers keeps its numbers, and with them their sizes, but not their places:
    what the layer had learned is gone, and the signal stays about as large as it was. Buffers, such
    as the statistics of batch normalization, stay.

    Parameters
    ----------
    network : Layer
        Is left as it was.
    layers : int
        How many, from the end. A layer is an array of weights of two or more axes, with the biases,
        and the scales and shifts of batch normalization, that come before the next one.
    rng : numpy.random.Generator or int, optional
        Draws the orders, on the host; a seed makes one, a fresh one if not given. With the same
        seed, `layers` and one more agree in all that both have shuffled.

    Raises
    ------
    TypeError, ValueError
        If the network is no layer, or has fewer layers with weights than are to be shuffled.

    Notes
    -----
    Source: Adebayo et al., *Sanity checks for saliency maps* (2018), section 3.1, where the weights
    are drawn anew. Used in the chapter *Seeing what a network learned*.

    Examples
    --------
    >>> from lib.layers import Linear, ReLU, Sequential
    >>> network = Sequential(hidden=Linear(9, 9), relu=ReLU(), output=Linear(9, 2))
    >>> other = shuffled(network, 1, rng=0)
    >>> (other.output.weight.data == network.output.weight.data).all()
    np.False_
    >>> (other.hidden.weight.data == network.hidden.weight.data).all()
    np.True_
    """
    layers, rng = as_integer(layers, "layers", at_least=0), as_generator(rng)
    groups = layer_groups(network)
    if layers > len(groups):
        raise ValueError(f"layers must be at most {len(groups)}, those with weights, got {layers}")
    network = copy.deepcopy(network)
    for group in reversed(layer_groups(network)[len(groups) - layers :]):
        for parameter in group:
            values = to_numpy(parameter.data)
            mixed = rng.permutation(values.reshape(-1)).reshape(values.shape)
            parameter.data = moved(mixed, like=parameter.data)
    return network


def layer_groups(network):
    """Return the parameters of each layer with weights, from the first to the last."""
    groups = [[]]
    for parameter in as_layer(network, "network").parameters():
        if len(parameter.data.shape) > 1:
            groups.append([])
        groups[-1].append(parameter)
    return groups[1:]
