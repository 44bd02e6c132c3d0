"""Write a network as an ONNX model, which other programs run: a function for each kind of layer.

ONNX is a format that PyTorch, browsers and phones read. It knows no backward pass: what is written
is the network as it predicts.
"""

import json

import numpy as np

from lib.networks.onnx import layers, parts  # noqa: F401 - they say how each is written
from lib.networks.onnx.graph import Graph, write
from lib.paths import as_path
from lib.serialization.files import write_atomically
from lib.settings import as_integers

__all__ = ["export_onnx", "write"]

CHANNELS = {1: "gray", 3: "red, green, blue"}


def export_onnx(network, path, input_shape, *, classes=()):
    """Write a network to an ``.onnx`` file: see :meth:`lib.networks.Network.export_onnx`."""
    path = as_path(path)
    if path.suffix != ".onnx":
        raise ValueError(f'the file name must end in ".onnx", got "{path.name}"')
    input_shape = as_integers(input_shape, "input_shape", at_least=1)
    try:
        import onnx
    except ModuleNotFoundError:
        raise ModuleNotFoundError(
            "to write ONNX models the package onnx is needed: pip install onnx"
        ) from None
    graph = Graph()
    # In evaluation mode; on each layer it leaves what its sizes are, which some writers need.
    logits = network.predict(np.zeros((1, *input_shape), np.float32))
    classes = _as_classes(classes, logits.shape[1])
    out = write(network, graph, "images")
    model = graph.model(type(network).__name__, input_shape, out, logits.shape[1:])
    onnx.helper.set_model_props(model, _description(input_shape, classes))
    onnx.checker.check_model(model, full_check=True)
    write_atomically(path, lambda file: file.write(model.SerializeToString()))


def _as_classes(classes, count):
    """Return the names of the classes, none or one for each logit."""
    if not isinstance(classes, list | tuple) or not all(isinstance(c, str) for c in classes):
        raise TypeError(f"classes must be a list of names, got {classes!r}")
    if classes and len(classes) != count:
        raise ValueError(
            f"classes must name each of the network's {count} classes, got {len(classes)} names"
        )
    return list(classes)


def _description(input_shape, classes):
    """Return what a program has to know of the model's input and output."""
    layout = "N, channels, height, width" if len(input_shape) == 3 else "N, features"
    return {
        "input": json.dumps(
            {
                "layout": layout,
                "channels": CHANNELS.get(input_shape[0], str(input_shape[0])),
                "range": [0, 1],
                "normalization": "within the model, if there is one",
            }
        ),
        "output": "logits: softmax makes them probabilities",
        "classes": json.dumps(classes),
    }
