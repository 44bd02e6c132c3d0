"""How the parts that only some networks have are written as nodes of ONNX."""

import numpy as np

from lib.backend import to_numpy
from lib.networks.googlenet import AuxiliaryHead
from lib.networks.lenet_parts import PartialConv2d, RadialBasis, ScaledTanh, Subsampling
from lib.networks.mobilenet_v1 import PadEnd
from lib.networks.mobilenet_v2 import InvertedResidual
from lib.networks.onnx.graph import ends_of, window, write
from lib.networks.residual import BasicBlock, Bottleneck
from lib.networks.xception import SameMaxPool2d


@write.register
def _(layer: AuxiliaryHead, graph, x):
    return x  # it has its part in training alone


@write.register
def _(layer: BasicBlock, graph, x):
    out = _chain(graph, x, layer.conv1, layer.bn1, layer.relu1, layer.conv2, layer.bn2)
    return write(layer.relu, graph, _with_skip(layer, graph, out, x))


@write.register
def _(layer: Bottleneck, graph, x):
    out = _chain(graph, x, layer.conv1, layer.bn1, layer.relu1, layer.conv2, layer.bn2)
    out = _chain(graph, out, layer.relu2, layer.conv3, layer.bn3)
    return write(layer.relu, graph, _with_skip(layer, graph, out, x))


def _chain(graph, x, *chain):
    for layer in chain:
        x = write(layer, graph, x)
    return x


def _with_skip(block, graph, out, x):
    if not block.skips:
        return out
    return graph.add("Add", out, _chain(graph, x, *filter(None, [block.downsample])))


@write.register
def _(layer: InvertedResidual, graph, x):
    out = write(layer.conv, graph, x)
    return graph.add("Add", out, x) if layer.has_skip else out


@write.register
def _(layer: PadEnd, graph, x):
    return graph.pad(x, layer.padding, ends_of(layer))


@write.register
def _(layer: SameMaxPool2d, graph, x):
    starts = [part.start for part in layer.inside[1:]]
    return write(layer.pool, graph, graph.pad(x, starts, starts, -np.inf))


@write.register
def _(layer: ScaledTanh, graph, x):
    inner = graph.add("Tanh", graph.add("Mul", x, graph.constant(2 / 3)))
    return graph.add("Mul", inner, graph.constant(1.7159))


@write.register
def _(layer: Subsampling, graph, x):
    weight, bias = (to_numpy(p.data)[:, None, None] for p in (layer.weight, layer.bias))
    scaled = graph.add("Mul", write(layer.pool, graph, x), graph.constant(4 * weight))
    return graph.add("Add", scaled, graph.constant(bias))


@write.register
def _(layer: PartialConv2d, graph, x):
    weight = graph.constant(layer._full_weight(layer.weight.data))
    return graph.add("Conv", x, weight, graph.constant(layer.bias.data), **window(layer))


@write.register
def _(layer: RadialBasis, graph, x):
    apart = graph.add("Unsqueeze", x, graph.constant([1], np.int64))
    difference = graph.add("Sub", apart, graph.constant(layer.weight.data))
    squares = graph.add("ReduceSumSquare", difference, axes=[2], keepdims=0)
    return graph.add("Neg", squares)
