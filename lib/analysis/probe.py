"""One forward pass on zeros, to see the shapes."""

import numpy as np

from lib.analysis.tracing import trace, undisturbed
from lib.backend import zeros
from lib.layers.containers import as_layer
from lib.settings import as_integers


def parameter_like(network):
    """Return an array of the library, device and dtype that the network computes with."""
    parameters = as_layer(network, "network").parameters()
    return next((p.data for p in parameters), np.zeros(1, np.float32))


def forward_zeros(network, input_shape):
    """Run the network on one image of zeros, in evaluation mode, and return its trace.

    Raises
    ------
    TypeError, ValueError
        If the network is no layer; if `input_shape` is anything but integers from 1 on; or if the
        network refuses it.
    """
    as_layer(network, "network")
    input_shape = as_integers(input_shape, "input_shape", at_least=1)
    with undisturbed(network):
        network.eval()
        return trace(network, zeros((1, *input_shape), like=parameter_like(network)))
