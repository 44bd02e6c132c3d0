"""Convolutions and the passes between them, compiled by Numba: an extra, as fast as PyTorch's.

It is off until a program turns it on, or starts with ``CNN_COMPILED=1`` in its environment. Then
the layers compute float32 images on the CPU here, and everything else as ever. Each function has a
readable twin in NumPy, answers to its calls, and gives its numbers but for their last digits.

Numba compiles a function when it is first called, which takes some seconds, and keeps the machine
code for the next time. Explained in the chapter *Faster*.
"""

import importlib
import os

import numpy as np

# Numbers in a batch of images below which calling compiled code takes longer than it saves.
WORTH_COMPILING = 100_000

_on = None  # chosen at the first question


def turn_on():
    """Let the layers compute compiled code where there is some.

    Raises
    ------
    ImportError
        If Numba is missing.
    """
    global _on
    try:
        importlib.import_module("numba")
    except ImportError:
        raise ImportError("the compiled layers need the package numba: pip install numba") from None
    for name in ("convolution", "depthwise", "passes"):  # from now on attributes of this package
        importlib.import_module(f"lib.compiled.{name}")
    _on = True


def turn_off():
    """Let the layers compute with NumPy alone."""
    global _on
    _on = False


def is_on():
    """Tell whether the layers use compiled code: at first, what ``CNN_COMPILED`` says."""
    if _on is None:
        turn_on() if os.environ.get("CNN_COMPILED") == "1" else turn_off()
    return _on


def takes(*images):
    """Tell whether compiled passes can take these arrays, and pay: NumPy, 4-D, float32, large."""
    return is_on() and all(
        isinstance(x, np.ndarray)
        and x.dtype == np.float32
        and x.ndim == 4
        and x.size > WORTH_COMPILING
        for x in images
    )
