"""What an ONNX model is made of, and the function that each kind of layer adds itself by."""

import functools

import numpy as np

from lib.backend import to_numpy

NUMBERS = (int, float, list, tuple)
OPERATORS, FORMAT = 17, 8  # versions that programs of the last years read


class Graph:
    """The nodes and the constants that have been written so far."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, values, dtype=np.float32):
        """Add numbers, such as a weight; return their name."""
        from onnx import numpy_helper

        name = f"constant{len(self.constants)}"
        if not isinstance(values, NUMBERS):
            values = to_numpy(values)
        array = np.array(values, dtype, order="C")
        self.constants.append(numpy_helper.from_array(array, name))
        return name

    def add(self, operator, *inputs, **attributes):
        """Add a node; return the name of its output."""
        from onnx import helper

        out = f"{operator}{len(self.nodes)}"
        self.nodes.append(helper.make_node(operator, list(inputs), [out], **attributes))
        return out

    def pad(self, x, before, after, value=0.0):
        """Add rows and columns before and behind images."""
        pads = self.constant([0, 0, *before, 0, 0, *after], np.int64)
        return self.add("Pad", x, pads, self.constant(value))

    def model(self, name, input_shape, out, out_shape):
        """Return the whole."""
        from onnx import TensorProto, helper

        images, logits = (
            helper.make_tensor_value_info(what, TensorProto.FLOAT, ["N", *shape])
            for what, shape in (("images", input_shape), ("logits", out_shape))
        )
        nodes = [*self.nodes, helper.make_node("Identity", [out], ["logits"])]
        graph = helper.make_graph(nodes, name, [images], [logits], self.constants)
        versions = [helper.make_opsetid("", OPERATORS)]
        return helper.make_model(
            graph, opset_imports=versions, ir_version=FORMAT, producer_name="convnets-from-scratch"
        )


def ends_of(layer):
    """Return how many rows and columns a layer adds behind an image."""
    overhang = getattr(layer, "overhang", (0, 0))
    return [p + more for p, more in zip(layer.padding, overhang, strict=True)]


def window(layer):
    """Return the settings of a window; what hangs over is padding at the end."""
    return {
        "kernel_shape": layer.kernel_size,
        "strides": layer.stride,
        "pads": [*layer.padding, *ends_of(layer)],
        "dilations": layer.dilation,
    }


def parameters_of(layer, graph):
    """Return the weight, and the bias if there is one."""
    present = (p for p in (layer.weight, layer.bias) if p is not None)
    return [graph.constant(parameter.data) for parameter in present]


@functools.singledispatch
def write(layer, graph, x):
    """Add a layer to a graph, behind the value called `x`; return the name of its output."""
    raise TypeError(
        f"there is no ONNX form of {type(layer).__name__}; "
        "`@lib.networks.onnx.write.register` takes a function that adds one"
    )
