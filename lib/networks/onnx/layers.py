"""How each kind of layer is written as nodes of ONNX."""

import numpy as np

from lib import layers
from lib.backend import to_numpy
from lib.networks.onnx.graph import ends_of, parameters_of, window, write


@write.register
def _(layer: layers.Sequential, graph, x):
    for child in layer:
        x = write(child, graph, x)
    return x


@write.register
def _(layer: layers.Residual, graph, x):
    skip = x if layer.shortcut is None else write(layer.shortcut, graph, x)
    return graph.add("Add", write(layer.body, graph, x), skip)


@write.register
def _(layer: layers.Concat, graph, x):
    branches = [write(branch, graph, x) for branch in layer.children().values()]
    return graph.add("Concat", *branches, axis=1)


@write.register
def _(layer: layers.Conv2d, graph, x):
    return graph.add("Conv", x, *parameters_of(layer, graph), group=layer.groups, **window(layer))


@write.register
def _(layer: layers.ConvTranspose2d, graph, x):
    settings = window(layer) | {"group": layer.groups, "output_padding": layer.output_padding}
    return graph.add("ConvTranspose", x, *parameters_of(layer, graph), **settings)


@write.register
def _(layer: layers.Linear, graph, x):
    return graph.add("Gemm", x, *parameters_of(layer, graph), transB=1)


@write.register
def _(layer: layers.Flatten, graph, x):
    return graph.add("Flatten", x)


@write.register(layers.BatchNorm1d)
@write.register(layers.BatchNorm2d)
def _(layer, graph, x):
    numbers = (layer.weight, layer.bias, layer.running_mean, layer.running_var)
    constants = [graph.constant(each.data) for each in numbers]
    return graph.add("BatchNormalization", x, *constants, epsilon=layer.eps)


@write.register
def _(layer: layers.LocalResponseNorm, graph, x):
    if layer.size % 2 == 0:
        raise ValueError(f"ONNX counts the channels of an even size otherwise, got {layer!r}")
    return graph.add("LRN", x, size=layer.size, alpha=layer.alpha, beta=layer.beta, bias=layer.k)


@write.register
def _(layer: layers.Normalize, graph, x):
    mean, std = (graph.constant(to_numpy(b.data)[:, None, None]) for b in (layer.mean, layer.std))
    return graph.add("Div", graph.add("Sub", x, mean), std)


@write.register
def _(layer: layers.ReLU, graph, x):
    return graph.add("Relu", x)


@write.register
def _(layer: layers.ReLU6, graph, x):
    return graph.add("Clip", x, graph.constant(0), graph.constant(6))


@write.register
def _(layer: layers.LeakyReLU, graph, x):
    return graph.add("LeakyRelu", x, alpha=layer.negative_slope)


@write.register
def _(layer: layers.Sigmoid, graph, x):
    return graph.add("Sigmoid", x)


@write.register
def _(layer: layers.Tanh, graph, x):
    return graph.add("Tanh", x)


@write.register
def _(layer: layers.Softmax, graph, x):
    return graph.add("Softmax", x, axis=1)


@write.register(layers.Dropout)
@write.register(layers.Dropout2d)
def _(layer, graph, x):
    return x


@write.register
def _(layer: layers.MaxPool2d, graph, x):
    return graph.add("MaxPool", x, **window(layer))


@write.register
def _(layer: layers.AvgPool2d, graph, x):
    framed = graph.pad(x, layer.padding, ends_of(layer))
    means = graph.add(
        "AveragePool", framed, kernel_shape=layer.kernel_size, strides=layer.stride
    )  # over all that is framed; the layer may count less
    every = layer.kernel_size[0] * layer.kernel_size[1]
    return graph.add("Mul", means, graph.constant(every / layer.divisor))


@write.register
def _(layer: layers.AdaptiveAvgPool2d, graph, x):
    """Averaging rows is a matrix product from the left, averaging columns one from the right."""
    size = layer.input_shape[2:]
    rows, columns = (np.zeros(pair) for pair in zip(layer.output_size, size, strict=True))
    for (_, out_rows, out_columns), (_, in_rows, in_columns) in layer._windows():
        rows[out_rows, in_rows] = 1 / (in_rows.stop - in_rows.start)
        columns[out_columns, in_columns] = 1 / (in_columns.stop - in_columns.start)
    averaged = graph.add("MatMul", graph.constant(rows), x)
    return graph.add("MatMul", averaged, graph.constant(columns.T))


@write.register
def _(layer: layers.GlobalAvgPool2d, graph, x):
    return graph.add("Flatten", graph.add("GlobalAveragePool", x))


@write.register
def _(layer: layers.GlobalMaxPool2d, graph, x):
    return graph.add("Flatten", graph.add("GlobalMaxPool", x))


@write.register
def _(layer: layers.Subsample, graph, x):
    step = layer.step[-1].step
    numbers = ([0, 0], layer.input_shape[2:], [2, 3], [step, step])
    pixels = graph.add("Slice", x, *(graph.constant(each, np.int64) for each in numbers))
    new = layer.out_channels - layer.input_shape[1]
    return graph.add("Pad", pixels, graph.constant([0] * 5 + [new, 0, 0], np.int64))
