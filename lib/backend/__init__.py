"""The only room that knows which array library is in use.

Layers are written in the functions of the Python array API standard, which NumPy, CuPy and PyTorch
share. ``xp = array_namespace(x)`` gives those functions for the library that made ``x``. A device
is named by what computes there:

* ``"cpu"``: NumPy, as everywhere in the book;
* ``"gpu"``: CuPy, on a card of NVIDIA (installed with ``.[gpu-cuda12]`` or ``.[gpu-cuda13]``);
* ``"cuda"``: PyTorch, on a card of NVIDIA or AMD (with ``.[torch]``, as the two below);
* ``"mps"``: PyTorch, on a card of Apple, which has no float64;
* ``"torch-cpu"``: PyTorch, on the CPU, to try and to test.
"""

from lib.backend.arrays import (
    array_namespace,
    as_floats,
    cast,
    empty,
    full,
    is_floating,
    library_name,
    size,
    to_numpy,
    to_scalar,
    total,
    widened,
    zeros,
)
from lib.backend.devices import available_devices, missing_because, moved, to_device
from lib.backend.kernels import has_kernels

__all__ = [
    "array_namespace",
    "as_floats",
    "available_devices",
    "cast",
    "empty",
    "full",
    "has_kernels",
    "is_floating",
    "library_name",
    "missing_because",
    "moved",
    "size",
    "to_device",
    "to_numpy",
    "to_scalar",
    "total",
    "widened",
    "zeros",
]
