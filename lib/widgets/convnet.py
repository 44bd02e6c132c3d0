"""Trained networks, written so that a page can run them: the other half of ``convnet.js``."""

from __future__ import annotations

import base64
import functools

import numpy as np

from lib.backend import to_numpy
from lib.layers import Dropout
from lib.settings import as_choice
from lib.trained import load_trained, trained_names

__all__ = ["NETWORKS", "describe", "half_precision", "written"]

# The layers that convnet.js knows, with their settings and their arrays.
LAYERS = {
    "Normalize": ((), ("mean", "std")),
    "Conv2d": (("stride", "padding", "dilation"), ("weight", "bias")),
    "ReLU": ((), ()),
    "MaxPool2d": (("kernel_size", "stride"), ()),
    "Flatten": ((), ()),
    "Linear": ((), ("weight", "bias")),
}
# The networks on digits that are made of these layers alone.
NETWORKS = ("mlp", "two_conv_net", "simple_convnet", "deep_convnet", "deep_convnet_augmented")


def describe(network, input_shape) -> dict:
    """Return a network as JSON: its layers in their order, with weights of half precision.

    Parameters
    ----------
    network : Sequential
        Of the layers in `LAYERS`; dropout, which does nothing when a network is used, is left out.
    input_shape : tuple of int
        Of one image, ``(C, H, W)``.

    Returns
    -------
    dict
        ``input``, a shape, and ``layers``: for each its ``name``, ``type`` and settings, the
        ``shape`` of its output, and its arrays: ``{"shape": [16, 1, 3, 3], "float16": "..."}``,
        little-endian numbers in base64.

    Raises
    ------
    TypeError
        If a layer is none of these, or set as ``convnet.js`` does not know it.

    Examples
    --------
    >>> from lib.layers import Linear, Sequential
    >>> network = Sequential(output=Linear(2, 1))
    >>> network.output.weight.data[:] = [[1, -2]]
    >>> layer = describe(network, (2,))["layers"][0]
    >>> layer["name"], layer["shape"], layer["weight"]
    ('output', [1], {'shape': [1, 2], 'float16': 'ADwAwA=='})
    """
    layers, x = [], np.zeros((1, *input_shape), np.float32)
    for name, layer in network.children().items():
        if not isinstance(layer, Dropout):
            described, x = _describe_layer(name, layer), layer(x)
            layers.append({"name": name, "shape": list(x.shape[1:])} | described)
    return {"input": list(input_shape), "layers": layers}


def _describe_layer(name, layer):
    kind = type(layer).__name__
    if kind not in LAYERS:
        raise TypeError(f'layer "{name}" is a {kind}; a page can run {", ".join(LAYERS)}')
    settings, arrays = LAYERS[kind]
    if any(getattr(layer, array) is None for array in arrays):
        raise TypeError(f'layer "{name}" has no bias; a page cannot run it')
    if kind == "Conv2d" and layer.groups != 1:
        raise TypeError(f'layer "{name}" has groups; a page cannot run it')
    if kind == "MaxPool2d" and (layer.padding, layer.dilation) != ((0, 0), (1, 1)):
        raise TypeError(f'layer "{name}" has padding or dilation; a page cannot run it')
    return (
        {"type": kind}
        | {setting: list(getattr(layer, setting)) for setting in settings}
        | {array: _packed(to_numpy(getattr(layer, array).data)) for array in arrays}
    )


def _packed(array):
    numbers = base64.b64encode(array.astype("<f2").tobytes()).decode()
    return {"shape": list(array.shape), "float16": numbers}


def half_precision(network):
    """Round the parameters and buffers of a network as the page has them, and return it."""
    for _, array in (*network.named_parameters(), *network.named_buffers()):
        array.data[...] = array.data.astype(np.float16)
    return network


@functools.cache
def written(name):
    """Return the description of a network that comes with the book.

    Raises
    ------
    ValueError
        If it is none of `NETWORKS`, or not trained.
    """
    as_choice(name, "network", [known for known in NETWORKS if known in trained_names()])
    return describe(load_trained(name), (1, 28, 28))
