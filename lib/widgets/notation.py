"""Write a network as the list of layers that the network calculator reads."""

from __future__ import annotations

import math

from lib.analysis import Call
from lib.analysis.probe import forward_zeros
from lib.layers import Parameter

__all__ = ["describe_network"]

INDENT = "  "


def describe_network(network, input_shape) -> str:
    """Return the layers of a network, one a line, as :class:`~lib.widgets.Calculator` reads them.

    Which layer takes what another one gave is seen in one forward pass: whatever classes a network
    is built from, its ways come apart and together again as the data does.

    Parameters
    ----------
    network : Layer
        It runs once on zeros, in evaluation mode, and is left as it was.
    input_shape : (int, int, int)
        ``(C, H, W)`` of one image that the network takes. The list holds for images of any size
        that it takes.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If ways come together in another manner than a sum of two or a concatenation.

    Examples
    --------
    >>> from lib.layers import Conv2d, ReLU, Residual, Sequential
    >>> network = Sequential(Residual(Conv2d(4, 4, 3, padding=1, bias=False)), ReLU())
    >>> print(describe_network(network, (4, 8, 8)))
    residual:
      conv 4 3x3 padding 1 no bias
    relu
    """
    return "\n".join(_lines(forward_zeros(network, input_shape)))


def _lines(call: Call) -> list[str]:
    """Return the lines of one layer and of all in it."""
    said = _say(call)
    if said is not None:
        return [said]
    if not call.calls or any(isinstance(v, Parameter) for v in vars(call.layer).values()):
        return [_say_other(call)]
    trunk, ways, before = [], [], call.x
    for inner in call.calls:
        way = next((way for way in reversed(ways) if way[-1].out is inner.x), None)
        if way is not None:
            way.append(inner)
        else:
            if inner.x is not before:  # the owner made it from what its layers gave so far
                trunk += _joined(call, ways, before, inner.x)
                ways, before = [], inner.x
            ways.append([inner])
    if len(ways) == 1 and ways[0][-1].out is call.out:
        return trunk + _chain(ways[0])
    return trunk + (_joined(call, ways, before, call.out) if call.out is not before else [])


def _chain(way: list[Call]) -> list[str]:
    return [line for call in way for line in _lines(call)]


def _joined(owner: Call, ways: list[list[Call]], x, out) -> list[str]:
    """Return the block of ways that begin at `x` and come together as `out`."""
    ends = [tuple(way[-1].out.shape[1:]) for way in ways]
    shape = tuple(out.shape[1:])
    if all(end == shape for end in ends) and (
        len(ways) == 2 or (len(ways) == 1 and tuple(x.shape[1:]) == shape)
    ):
        body, *skip = map(_chain, ways)
        lines = body + [line for way in skip for line in ["skip:", *_deeper(way)]]
        return ["residual:", *_deeper(lines)]
    if ways and {end[1:] for end in ends} == {shape[1:]} and sum(e[0] for e in ends) == shape[0]:
        branches = [line for way in ways for line in ["branch:", *_deeper(_chain(way))]]
        return ["concat:", *_deeper(branches)]
    raise ValueError(
        f'no notation for what "{owner.name}", {type(owner.layer).__name__}, makes of {ends}: '
        f"{shape}"
    )


def _deeper(lines: list[str]) -> list[str]:
    return [INDENT + line for line in lines]


# --- single layers ------------------------------------------------------------------------------


def _say(call: Call) -> str | None:
    """Return the line of a layer that the notation knows, None otherwise."""
    # By the names of classes: those of single networks lie in the files of these.
    for kind in type(call.layer).__mro__:
        if kind.__name__ in _WORDS:
            words = _WORDS[kind.__name__]
            return words if isinstance(words, str) else words(call.layer)
    return None


def _say_other(call: Call) -> str:
    """Return a line that holds for one size of the input: what is known of an unknown layer."""
    layer = call.layer
    words = [f"other {type(layer).__name__}"]
    if count := sum(p.data.size for p in layer.parameters()):
        words.append(f"parameters {count}")
    weight = getattr(layer, "weight", None)
    if isinstance(weight, Parameter) and weight.data.ndim > 1:
        words.append(f"work {weight.data.size * math.prod(call.out.shape[2:])}")
    if call.out.shape != call.x.shape:
        words.append(f"to {'x'.join(map(str, call.out.shape[1:]))}")
    elif call.out is call.x:
        words.append("aside")
    return " ".join(words)


def _conv(layer) -> str:
    words = f"conv {layer.out_channels} {_size(layer.kernel_size)}"
    if layer.groups == layer.in_channels == layer.out_channels > 1:
        words = f"depthwise {_size(layer.kernel_size)}"
    elif layer.groups > 1:
        words += f" groups {layer.groups}"
    return words + _settings(layer) + _bias(layer)


def _partial(layer) -> str:
    connections, *window = layer.weight.data.shape
    filters = layer.bias.data.shape[0]
    return f"conv {filters} {_size(window)} connections {connections}"


def _pool(name):
    def words(layer):
        ceil = " ceil" if getattr(layer, "ceil_mode", False) else ""
        return f"{name} {_size(layer.kernel_size)}{_settings(layer, layer.kernel_size)}{ceil}"

    return words


def _settings(layer, usual_stride=(1, 1)) -> str:
    """Return the settings of a window that are not the usual ones."""
    words = f" stride {_short(layer.stride)}" if layer.stride != usual_stride else ""
    if any(getattr(layer, "overhang", None) or ()) and type(layer).__name__ == "Conv2d":
        words += " padding same"  # a pixel more at the end than at the beginning
    elif any(layer.padding):
        words += f" padding {_short(layer.padding)}"
    return words + (f" dilation {_short(layer.dilation)}" if layer.dilation != (1, 1) else "")


def _bias(layer) -> str:
    return "" if layer.bias is not None else " no bias"


def _size(pair) -> str:
    first, second = pair
    return f"{first}x{second}"


def _short(pair) -> str:
    first, second = pair
    return str(first) if first == second else _size(pair)


def _subsample(layer) -> str:
    return f"subsample {_short([a.step for a in layer.step[1:]])} to {layer.out_channels}"


_WORDS = {
    "Conv2d": _conv,
    "PartialConv2d": _partial,
    "Linear": lambda layer: f"linear {layer.out_features}{_bias(layer)}",
    "MaxPool2d": _pool("pool"),
    "AvgPool2d": _pool("average"),
    "SameMaxPool2d": lambda layer: f"pool {_size(layer.pool.kernel_size)} stride 2 same",
    "GlobalAvgPool2d": "average",
    "GlobalMaxPool2d": "pool",
    "AdaptiveAvgPool2d": lambda layer: f"average to {_size(layer.output_size)}",
    "Subsampling": "average 2x2 learned",
    "Subsample": _subsample,
    "PadEnd": lambda layer: "pad same" if layer.frame_odd else "pad end",
    "BatchNorm1d": "norm",
    "BatchNorm2d": "norm",
    "LocalResponseNorm": lambda layer: f"lrn {layer.size}",
    "Normalize": "normalize",
    "RadialBasis": lambda layer: f"distances {layer.weight.data.shape[0]}",
    "Flatten": "flatten",
    "Dropout": lambda layer: f"dropout {layer.p:g}",
    "ReLU": "relu",
    "ReLU6": "relu6",
    "LeakyReLU": "leaky relu",
    "Sigmoid": "sigmoid",
    "Softmax": "softmax",
    "Tanh": "tanh",
    "ScaledTanh": "tanh",
}
