"""What a layer checks of what it is given: its input, and the gradient of its output."""

from collections.abc import Mapping
from functools import wraps

import numpy as np

from lib.backend import array_namespace, is_floating


def check_input(layer, x, shape=None):
    """Refuse an input that is not floating-point, not of the given shape, or without a pixel.

    `shape` is a tuple with a letter for every size that is free, such as ``("N", 3, "H", "W")``;
    any will do if not given. A batch may be empty, an image may not.
    """
    array_namespace(x)  # refuses what is no array
    name, actual = type(layer).__name__, tuple(x.shape)
    if shape is not None and not _fits(actual, shape):
        expected = f"({', '.join(map(str, shape))})"
        last = len(actual) == len(shape) == 4 and actual[-1] == shape[1]
        hint = "; are the channels last?" if last else ""
        raise ValueError(f"{name} expects input of shape {expected}, got {actual}{hint}")
    if not is_floating(x):
        raise TypeError(
            f"{name} expects floating-point numbers, got {x.dtype}; "
            "convert pictures with x.astype('float32') / 255"
        )
    if 0 in actual[1:]:
        raise ValueError(f"{name} expects at least one number for each example, got {actual}")


def _fits(actual, shape):
    return len(actual) == len(shape) and all(
        not isinstance(size, int) or size == given
        for size, given in zip(shape, actual, strict=True)
    )


def state_problems(state, own):
    """Return what keeps a saved state from being loaded into `own`, by name: see `check_state`."""
    if not isinstance(state, Mapping):
        raise TypeError(f"expected a mapping of names to arrays, got {type(state).__name__}")
    problems = [f'"{name}" is missing' for name in own if name not in state]
    problems += [f'"{name}" is unexpected' for name in state if name not in own]
    for name, value in own.items():
        if name not in state:
            continue
        saved, shape = state[name], tuple(value.data.shape)
        if not (hasattr(saved, "shape") and hasattr(saved, "dtype")):
            raise TypeError(f'"{name}" must be an array, got {type(saved).__name__}')
        if tuple(saved.shape) != shape:
            problems.append(f'"{name}" has shape {tuple(saved.shape)}, the network needs {shape}')
        if _kind(saved) != (kind := _kind(value.data)):
            problems.append(f'"{name}" holds {saved.dtype}, the network needs {kind}')
    return problems


def _kind(values):
    """Name the kind of numbers of an array, or of what a file says of one."""
    if isinstance(values.dtype, np.dtype):
        kinds = {
            "f": "floating-point numbers",
            "i": "integers",
            "u": "integers",
            "b": "truth values",
        }
        return kinds.get(values.dtype.kind, "something else")
    return "floating-point numbers" if is_floating(values) else "integers"


def watch_passes(layer_class, base):
    """Let the passes that a class defines be checked, one against the other.

    The forward pass notes the shape of its output, and the backward pass refuses what is no
    gradient of that shape: NumPy would often broadcast it without a word. A pass that comes from
    a `base` is watched already; one from a class that is no layer is not.
    """
    for name, watch in (("forward", _noting_output), ("backward", _checking_dout)):
        owner = next(each for each in layer_class.__mro__ if name in vars(each))
        if owner is layer_class or not issubclass(owner, base):
            setattr(layer_class, name, watch(getattr(layer_class, name)))


def _noting_output(forward):
    @wraps(forward)
    def forward_and_note(self, *inputs, **settings):
        out = forward(self, *inputs, **settings)
        # The shape alone: the array itself would stay in memory. Where this pass was called by
        # that of a subclass, which changes the shape, the subclass notes it anew.
        self._noted = (_shape(out),)
        return out

    return forward_and_note


def _checking_dout(backward):
    @wraps(backward)
    def check_and_go_back(self, dout):
        # A pass that was called by that of a subclass may have another output than the layer.
        if type(self).backward is check_and_go_back:
            _check_dout(self, dout)
        return backward(self, dout)

    return check_and_go_back


def _shape(out):
    if isinstance(out, tuple):
        return tuple(map(_shape, out))
    shape = getattr(out, "shape", None)
    return tuple(shape) if isinstance(shape, tuple) else shape  # not as PyTorch writes it


def _check_dout(layer, dout):
    """Refuse a gradient that does not belong to the last output of the layer."""
    name = type(layer).__name__
    if layer._noted is None:
        raise RuntimeError(f"{name} cannot go back: a backward pass needs a forward pass before it")
    (expected,) = layer._noted
    if _shape(dout) != expected:
        if not (isinstance(dout, tuple) or hasattr(dout, "shape")):
            raise TypeError(f"{name} expects dout as an array, got {type(dout).__name__}")
        raise ValueError(
            f"{name} expects dout of the shape of its output, {expected}, got {_shape(dout)}"
        )
    for part in dout if isinstance(dout, tuple) else (dout,):
        if hasattr(part, "shape") and not is_floating(part):
            raise TypeError(f"{name} expects dout of floating-point numbers, got {part.dtype}")
