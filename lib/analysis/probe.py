"""One forward pass on zeros, to see the shapes."""

import numpy as np

from lib.analysis.tracing import trace, undisturbed
from lib.backend import zeros


def parameter_like(network):
    """Return an array of the library, device and dtype that the network computes with."""
    return next((p.data for p in network.parameters()), np.zeros(1, np.float32))


def forward_zeros(network, input_shape):
    """Run the network on one image of zeros, in evaluation mode, and return its trace.

    Raises
    ------
    ValueError
        If `input_shape` holds anything but whole numbers from 1 on; or if the network refuses it.
    """
    if not all(isinstance(size, int) and size > 0 for size in input_shape):
        raise ValueError(f"input_shape must be whole numbers from 1 on, got {input_shape}")
    with undisturbed(network):
        network.eval()
        return trace(network, zeros((1, *input_shape), like=parameter_like(network)))
