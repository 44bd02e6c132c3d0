"""Every architecture of the book on one picture: what it holds, computes, and takes of time.

The networks take turns, on one thread, and what counts is the processor time of that thread: other
programs on the machine then slow all of them alike, so that ratios deserve more trust than seconds.
"""

import math
from functools import partial
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np

from lib.analysis import summary, trace
from lib.analysis.probe import forward_zeros
from lib.convolution import set_thread_count
from lib.layers import Conv2d, Linear
from lib.networks import VGG, AlexNet, GoogLeNet, LeNet5, MobileNetV1, MobileNetV2, ResNet, Xception
from lib.networks.lenet_parts import PartialConv2d
from lib.studies.convolving import medians

ROUNDS, SEED = 15, 0
PICTURE = (3, 224, 224)


class Entry(NamedTuple):
    """A network of the study.

    Attributes
    ----------
    year : int
        Of its first publication.
    build : callable
        Called with ``rng``.
    input_shape : (int, int, int)
    """

    year: int
    build: object
    input_shape: tuple = PICTURE


NETWORKS = {
    "LeNet-5": Entry(1998, LeNet5, (1, 32, 32)),
    "AlexNet": Entry(2012, AlexNet),
    "VGG-16": Entry(2014, partial(VGG, 16)),
    "GoogLeNet": Entry(2014, GoogLeNet),
    "ResNet-18": Entry(2015, partial(ResNet, 18)),
    "ResNet-34": Entry(2015, partial(ResNet, 34)),
    "ResNet-50": Entry(2015, partial(ResNet, 50)),
    "Xception": Entry(2016, Xception, (3, 299, 299)),
    "MobileNet v1": Entry(2017, MobileNetV1),
    "MobileNet v2": Entry(2018, MobileNetV2),
}
# Channels of a layer that is computed in one and in two steps, on 28×28 pixels.
CHANNELS, SIZE = (32, 64, 128, 256, 512), 28


def run(rounds=ROUNDS, networks=NETWORKS, channels=CHANNELS):
    """Measure them all.

    Parameters
    ----------
    rounds : int
        How often each is timed, in turns; the medians are kept.
    networks : dict of str to Entry
    channels : sequence of int

    Returns
    -------
    dict
        ``networks``: for each its ``year``, ``input``, ``parameters``, ``multiply_adds``,
        ``activation_bytes``, ``weight_bytes``, the median ``seconds`` of a forward pass, and under
        ``kinds`` the multiply-adds and the seconds of its layers by kind, each layer timed for
        itself; ``pytorch`` under each kind with weights, where PyTorch is installed.
        ``separable``: for each number of channels the multiply-adds and the seconds of a 3×3
        convolution, of a depthwise one, and of a 1×1 convolution.
    """
    set_thread_count(1)
    if find_spec("torch"):
        import torch

        torch.set_num_threads(1)
    rng = np.random.default_rng(SEED)
    record, built = {}, {}
    for name, entry in networks.items():
        built[name] = entry.build(rng=rng)
        built[name].eval()
        table = summary(built[name], entry.input_shape)
        record[name] = {
            "year": entry.year,
            "input": list(entry.input_shape),
            "parameters": table.parameters,
            "multiply_adds": table.multiply_adds,
            "activation_bytes": table.activation_bytes,
            "weight_bytes": 4 * table.parameters,
        }
    pictures = {
        name: rng.random((1, *entry.input_shape), dtype=np.float32)
        for name, entry in networks.items()
    }
    ways = {name: partial(built[name], pictures[name]) for name in networks}
    for name, seconds in medians(ways, rounds).items():
        record[name]["seconds"] = seconds
    for name in networks:
        record[name]["kinds"] = kinds(built.pop(name), pictures[name], max(1, rounds // 3))
    settings = {
        "rounds": rounds,
        "seed": SEED,
        "threads": 1,
        "clock": "processor time of the thread",
        "separable_size": SIZE,
    }
    return {
        "settings": settings,
        "networks": record,
        "separable": {str(c): separable(rng, c, rounds) for c in channels},
    }


def kind_of(layer):
    """Return what a layer is called in the record.

    Examples
    --------
    >>> kind_of(Conv2d(8, 8, 3, groups=8)), kind_of(Conv2d(8, 4, 1)), kind_of(Linear(8, 4))
    ('depthwise', '1×1', 'linear')
    """
    if isinstance(layer, Linear):
        return "linear"
    if isinstance(layer, PartialConv2d):
        return "convolution"
    if not isinstance(layer, Conv2d):
        return "without weights"
    if layer.groups > 1:
        return "depthwise"
    return "1×1" if tuple(layer.kernel_size) == (1, 1) else "convolution"


def layers_of(network, input_shape):
    """List the layers of a network that have weights: kind, parameters, multiply-adds.

    What a normalization learns counts with the convolution before it.

    Parameters
    ----------
    network : Layer
    input_shape : tuple of int

    Returns
    -------
    list of (str, int, int)

    Examples
    --------
    >>> from lib.layers import BatchNorm2d, Sequential
    >>> layers_of(Sequential(Conv2d(3, 8, 1, bias=False), BatchNorm2d(8)), (3, 5, 5))
    [('1×1', 40, 600)]
    """
    layers = {call.name: call.layer for call in forward_zeros(network, input_shape).walk()}
    rows = []
    for row in summary(network, input_shape).rows:
        kind = kind_of(layers[row.name])
        if kind != "without weights":
            rows.append((kind, row.parameters, row.multiply_adds))
        elif row.parameters:
            before, parameters, multiply_adds = rows[-1]
            rows[-1] = before, parameters + row.parameters, multiply_adds
    return rows


def kinds(network, picture, rounds):
    """Time every layer of a network for itself, and add up by kind."""
    calls = [call for call in trace(network, picture).walk() if not call.calls]
    ways = {number: partial(call.layer, call.x) for number, call in enumerate(calls)}
    ours, theirs = medians(ways, rounds), _medians_in_pytorch(calls, rounds)
    found = {}
    for number, call in enumerate(calls):
        part = found.setdefault(kind_of(call.layer), {"multiply_adds": 0, "seconds": 0.0})
        part["multiply_adds"] += _multiply_adds(call)
        part["seconds"] += ours[number]
        if number in theirs:
            part["pytorch"] = part.get("pytorch", 0.0) + theirs[number]
    return {kind: _rounded(part) for kind, part in found.items()}


def separable(rng, channels, rounds):
    """Time a layer as one convolution, and as the two steps that take its place."""
    x = rng.random((1, channels, SIZE, SIZE), dtype=np.float32)
    layers = {
        "3×3": Conv2d(channels, channels, 3, padding=1, bias=False, rng=rng),
        "depthwise": Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False, rng=rng),
        "1×1": Conv2d(channels, channels, 1, bias=False, rng=rng),
    }
    # What a layer before them would hand on: pictures that lie as the library's layers lay them.
    x = layers["1×1"](x)
    calls = [trace(layer, x) for layer in layers.values()]
    ours = medians({name: partial(layer, x) for name, layer in layers.items()}, rounds)
    theirs = _medians_in_pytorch(calls, rounds)
    return {
        name: _rounded(
            {"multiply_adds": _multiply_adds(call), "seconds": ours[name]}
            | ({"pytorch": theirs[number]} if number in theirs else {})
        )
        for number, (name, call) in enumerate(zip(layers, calls, strict=True))
    }


def _multiply_adds(call):
    """Count as :func:`lib.analysis.summary` does: each weight once for each pixel of the output."""
    if kind_of(call.layer) == "without weights":
        return 0
    return call.layer.weight.data.size * math.prod(call.out.shape[2:])


def _medians_in_pytorch(calls, rounds):
    """Time the same products in PyTorch, by the number of the call; nothing where it is missing."""
    if not find_spec("torch"):
        return {}
    import torch
    from torch.nn import functional

    ways = {}
    for number, call in enumerate(calls):
        layer = call.layer
        if not isinstance(layer, Conv2d | Linear):
            continue
        x = torch.from_numpy(np.ascontiguousarray(call.x))
        weight = torch.from_numpy(layer.weight.data)
        if isinstance(layer, Linear):
            ways[number] = partial(functional.linear, x, weight)
        else:
            settings = layer.stride, layer.padding, layer.dilation, layer.groups
            ways[number] = partial(functional.conv2d, x, weight, None, *settings)
    with torch.inference_mode():
        return medians(ways, rounds)


def _rounded(part):
    return {
        name: value if isinstance(value, int) else float(f"{value:.4g}")
        for name, value in part.items()
    }
