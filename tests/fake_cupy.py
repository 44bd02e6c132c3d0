"""A stand-in for CuPy on a machine without a card: NumPy's arrays, hidden, and launches counted.

Like CuPy's, its arrays refuse to become NumPy's by themselves, and to be computed with while
another card than theirs is in use. Every call that would launch a
kernel, or wait for the card, is counted in `COUNTS`. Kernels in CUDA C are compiled by g++ and run
number by number, so that what they compute is seen.
"""

import collections
import ctypes
import hashlib
import math
import os
import shutil
import subprocess
import sys
import tempfile
import types
import weakref
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from tests.requirements_present import skip_or_fail

COUNTS = collections.Counter()  # "launches" and "waits", and each launch by its name
STREAM = 7  # where all is computed
LENT = weakref.WeakValueDictionary()  # arrays by their address, where somebody asked for it


def launch(name):
    COUNTS["launches"] += 1
    COUNTS[name] += 1


def hidden(value):
    """Return what NumPy can compute with."""
    if isinstance(value, ndarray):
        if value.device != Device():
            raise ValueError("Array device must be same as the current device")
        return value.array
    if isinstance(value, tuple | list):
        return type(value)(map(hidden, value))
    if isinstance(value, np.ndarray) and value.ndim:
        raise TypeError("Unsupported type <class 'numpy.ndarray'>")
    return value


def shown(value):
    return ndarray(np.asarray(value)) if isinstance(value, np.ndarray | np.generic) else value


def same_memory(one, other):
    """Whether two views are one and the same."""
    keys = "data", "shape", "strides"
    return all(one.__array_interface__[k] == other.__array_interface__[k] for k in keys)


class Device:
    """A card, the one in use if not said otherwise."""

    in_use = 0

    def __init__(self, device=None):
        self.id = Device.in_use if device is None else int(device)

    def use(self):
        assert 0 <= self.id < sys.modules["cupy"].cuda.runtime.getDeviceCount()
        Device.in_use = self.id

    @property
    def pci_bus_id(self):
        return f"0000:{self.id:02X}:00.0"

    def __eq__(self, other):
        return isinstance(other, Device) and self.id == other.id

    def __hash__(self):
        return self.id

    def __repr__(self):
        return f"<CUDA Device {self.id}>"


class ndarray:
    """An array that lies, so to say, on the card."""

    __module__ = "cupy"
    __hash__ = None

    def __init__(self, array):
        self.array, self.device = array, Device()

    @property
    def data(self):
        address = self.array.ctypes.data
        LENT[address] = self
        return types.SimpleNamespace(ptr=address)

    def __getattr__(self, name):
        if name in ("shape", "dtype", "ndim", "size", "strides", "flags"):
            return getattr(self.array, name)
        if name in ("T", "mT"):
            return ndarray(getattr(self.array, name))
        raise AttributeError(name)

    def __array__(self, *args, **kwargs):
        raise TypeError("Implicit conversion to a NumPy array is not allowed. Use `.get()`")

    def __array_namespace__(self, *, api_version=None):
        return sys.modules["cupy"]

    def __dlpack__(self, **kwargs):
        raise TypeError("a stand-in lends no memory")

    def get(self):
        COUNTS["waits"] += 1
        return self.array.copy()

    def item(self):
        COUNTS["waits"] += 1
        return self.array.item()

    def __float__(self):
        return float(self.item())

    def __int__(self):
        return int(self.item())

    def __bool__(self):
        return bool(self.item())

    def __len__(self):
        return len(self.array)

    def __getitem__(self, index):
        index = hidden(index)
        out = self.array[index]
        if isinstance(out, np.generic):  # a view of no axes in CuPy
            return ndarray(self.array[(*index, ...) if isinstance(index, tuple) else (index, ...)])
        if not np.shares_memory(out, self.array):
            launch("getitem")
        return ndarray(out)

    def __setitem__(self, index, value):
        value, target = hidden(value), self.array[hidden(index)]
        if isinstance(value, np.ndarray) and same_memory(np.asarray(target), value):
            return  # the end of `x[i] += y`
        launch("setitem")
        self.array[hidden(index)] = value

    def transpose(self, *axes):
        return ndarray(self.array.transpose(*axes))

    def reshape(self, *shape):
        out = self.array.reshape(*shape)
        if self.size and not np.shares_memory(out, self.array):
            launch("reshape")
        return ndarray(out)

    def astype(self, dtype, *, copy=True):
        if not copy and np.dtype(dtype) == self.dtype:
            return self
        launch("astype")
        return ndarray(self.array.astype(dtype))


def _is_copied(matrix):
    """Whether CuPy copies a matrix, or a stack of matrices, before it multiplies."""
    flags = matrix.flags
    return not (flags.c_contiguous or (matrix.ndim == 2 and flags.f_contiguous))


def _operator(name):
    def operate(self, *others):
        if not all(isinstance(x, ndarray | int | float | np.generic) for x in others):
            return NotImplemented
        launch(name)
        if name == "__matmul__":
            for operand in (self.array, *map(hidden, others)):
                if _is_copied(operand):
                    launch("copy of a matrix")
        out = getattr(self.array, name)(*map(hidden, others))
        return self if out is self.array else shown(out)

    return operate


ARITHMETIC = (
    "add",
    "sub",
    "mul",
    "truediv",
    "pow",
    "matmul",
    "floordiv",
    "mod",
    "and",
    "or",
    "xor",
)
for _name in ARITHMETIC:
    for _form in (f"__{_name}__", f"__r{_name}__", f"__i{_name}__"):
        setattr(ndarray, _form, _operator(_form))
del ndarray.__imatmul__
for _name in ("lt", "le", "gt", "ge", "eq", "ne", "neg", "abs", "invert"):
    setattr(ndarray, f"__{_name}__", _operator(f"__{_name}__"))

FREE = {  # what launches nothing
    *("empty", "isdtype", "finfo", "iinfo", "result_type", "can_cast"),
    *("permute_dims", "matrix_transpose", "broadcast_to", "expand_dims", "squeeze", "moveaxis"),
}


def _asarray(value, *, dtype=None, device=None, copy=None):
    if not isinstance(value, ndarray):
        return ndarray(np.array(value, dtype=dtype))
    if copy or value.device != Device():
        launch("copy")
        return ndarray(value.array.copy())
    return value if dtype is None else value.astype(dtype, copy=False)


class Namespace(types.ModuleType):
    """NumPy's functions, for arrays on the card."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        function = getattr(np, name)
        if isinstance(function, type) or not callable(function):
            return function

        def call(*args, device=None, **kwargs):
            if name not in FREE:
                launch(name)
            return shown(function(*hidden(args), **{k: hidden(v) for k, v in kwargs.items()}))

        return call


# Kernels ------------------------------------------------------------------------------------------

SOURCE = """
#include <cmath>
#include <cstddef>
#include <cstdint>
using namespace std;
typedef int32_t int32;
typedef {number} T;
struct Array {{  // CuPy's CArray, as far as kernels use it
  char* data; const ptrdiff_t *shape, *strides; int ndim;
  T& operator[](ptrdiff_t k) const {{
    ptrdiff_t offset = 0;
    for (int axis = ndim; axis-- > 0; k /= shape[axis]) offset += k % shape[axis] * strides[axis];
    return *(T*)(data + offset);
  }}
  template <typename I, int N> T& operator[](const I (&index)[N]) const {{
    ptrdiff_t offset = 0;
    for (int axis = 0; axis < N; ++axis) offset += index[axis] * strides[axis];
    return *(T*)(data + offset);
  }}
}};
extern "C" void run(ptrdiff_t _size, const Array* _arrays, const double* _scalars) {{
  {before}
  for (ptrdiff_t i = 0; i < _size; ++i) {{
    {each}
    {body}
  }}
}}
"""


class _Array(ctypes.Structure):
    _fields_ = (
        ("data", ctypes.c_void_p),
        ("shape", ctypes.POINTER(ctypes.c_ssize_t)),
        ("strides", ctypes.POINTER(ctypes.c_ssize_t)),
        ("ndim", ctypes.c_int),
    )


def _described(array):
    sizes = ctypes.c_ssize_t * max(1, array.ndim)
    pointers = (sizes(*array.shape), sizes(*array.strides))
    return _Array(array.__array_interface__["data"][0], *pointers, array.ndim)


def _compiled(source):
    """Compile once on this machine, whichever process comes first."""
    if shutil.which("g++") is None:
        skip_or_fail("there is no g++ here, so no kernel was run")
    digest = hashlib.sha256(source.encode()).hexdigest()[:16]
    library = Path(tempfile.gettempdir()) / f"fake_cupy_{digest}.so"
    if not library.exists():
        with tempfile.TemporaryDirectory() as folder:
            code, made = Path(folder) / "kernel.cpp", Path(folder) / "kernel.so"
            code.write_text(source, encoding="utf-8")
            command = ["g++", "-std=c++14", "-O1", "-shared", "-fPIC", "-Wall", "-Werror"]
            subprocess.run([*command, "-o", made, code], check=True)
            os.replace(shutil.copy(made, f"{library}.{os.getpid()}"), library)
    return ctypes.CDLL(str(library)).run


class ElementwiseKernel:
    """A kernel that runs on the host, for arrays of float32 or float64."""

    def __init__(self, reads, writes, body, name):
        self.parameters = [p.split() for p in f"{reads}, {writes}".split(", ")]
        self.written, self.body, self.name = len(writes.split(", ")), body, name
        names = [p[-1] for p in self.parameters]
        assert not any(n in ("i", "n") or n.startswith("_") for n in names), "reserved by CuPy"
        self.made = {}

    def __call__(self, *values, size=None):
        launch(self.name)
        assert len(values) == len(self.parameters)
        arrays = [hidden(v) for v in values if isinstance(v, ndarray)]
        (number,) = {a.dtype.name for a in arrays}
        given = list(zip(self.parameters, values, strict=True))
        plain = [v.shape for p, v in given if isinstance(v, ndarray) and p[0] != "raw"]
        shape = np.broadcast_shapes(*plain)
        for parameter, value in given[-self.written :]:
            assert parameter[0] == "raw" or value.shape == shape, "CuPy stretches no output"
        laid = [
            hidden(v) if p[0] == "raw" else np.broadcast_to(hidden(v), shape)
            for p, v in given
            if isinstance(v, ndarray)
        ]
        described = (_Array * len(laid))(*map(_described, laid))
        numbers = [float(v) for v in values if not isinstance(v, ndarray)]
        scalars = (ctypes.c_double * max(1, len(numbers)))(*numbers)
        size = math.prod(shape) if size is None else size
        if size:
            self._run(number, given)(ctypes.c_ssize_t(size), described, scalars)

    def _run(self, number, given):
        if number not in self.made:
            before, each, arrays, scalars = [], [], 0, 0
            for place, (parameter, value) in enumerate(given):
                name = parameter[-1]
                if not isinstance(value, ndarray):
                    before.append(f"const {parameter[0]} {name} = _scalars[{scalars}];")
                    scalars += 1
                    continue
                if parameter[0] == "raw":
                    before.append(f"const Array& {name} = _arrays[{arrays}];")
                else:
                    const = "const " if place < len(given) - self.written else ""
                    each.append(f"{const}T& {name} = _arrays[{arrays}][i];")
                arrays += 1
            number_in_c = {"float32": "float", "float64": "double"}[number]
            parts = {"before": "\n".join(before), "each": "\n".join(each), "body": self.body}
            self.made[number] = _compiled(SOURCE.format(number=number_in_c, **parts))
        return self.made[number]


# In the place of CuPy -----------------------------------------------------------------------------


def install():
    """Let ``import cupy`` give the stand-in, unless CuPy is installed; return whether it does.

    The stand-in says that there is no card, so that no other test takes it for one.
    """
    if "cupy" in sys.modules or find_spec("cupy"):
        return False
    cupy, compat = Namespace("cupy"), Namespace("array_api_compat.cupy")
    for module in (cupy, compat):
        module.asarray = _asarray
        module.reshape = lambda x, shape: x.reshape(shape)
        module.astype = lambda x, dtype, *, copy=True: x.astype(dtype, copy=copy)
    cupy.ndarray, cupy.ElementwiseKernel = ndarray, ElementwiseKernel
    cupy.cuda, nccl = types.ModuleType("cupy.cuda"), types.ModuleType("cupy.cuda.nccl")
    cupy.cuda.is_available, nccl.available = lambda: False, False
    cupy.cuda.Device, cupy.cuda.runtime = Device, types.SimpleNamespace(getDeviceCount=lambda: 0)
    cupy.cuda.get_current_stream = lambda: types.SimpleNamespace(ptr=STREAM)
    modules = (cupy, compat, cupy.cuda, nccl)
    sys.modules.update({module.__name__: module for module in modules})
    return True
