"""What the array libraries do each in its own way: to know, to make, to convert an array."""

import math
import sys

import numpy as np


def array_namespace(x):
    """Return the module whose functions work on `x`.

    Parameters
    ----------
    x : array
        A NumPy array, a CuPy array, a PyTorch tensor, or any array of the Python array API
        standard.

    Returns
    -------
    module
        `numpy`, `array_api_compat.cupy`, `array_api_compat.torch`, or the namespace that the array
        names itself.

    Raises
    ------
    TypeError
        If `x` is no array, or a tensor for which PyTorch records how to differentiate.

    Examples
    --------
    >>> array_namespace(np.ones(3)).__name__
    'numpy'
    """
    if isinstance(x, np.ndarray):
        return np
    if is_cupy(x):
        import array_api_compat.cupy as xp

        return xp
    if is_torch(x):
        import array_api_compat.torch as xp

        if x.requires_grad:  # every operation would be recorded, and kept in memory
            raise TypeError(
                "expected a tensor as a plain array, got one that requires_grad; "
                "layers go back by themselves: call detach() on it"
            )
        return xp
    if hasattr(type(x), "__array_namespace__"):
        return x.__array_namespace__()
    raise TypeError(f"expected an array of NumPy, CuPy or PyTorch, got {type(x).__name__}")


def is_cupy(x):
    """Tell whether `x` is a CuPy array."""
    return _is_made_by("cupy", "ndarray", x)


def is_torch(x):
    """Tell whether `x` is a PyTorch tensor."""
    return _is_made_by("torch", "Tensor", x)


def _is_made_by(library, kind, x):
    # What a library made can only be here if somebody has imported it.
    module = sys.modules.get(library)
    return module is not None and isinstance(x, getattr(module, kind))


def library_name(x):
    """Name the array library of `x` in one word, for messages: ``"numpy"``, ``"cupy"`` ..."""
    return type(x).__module__.partition(".")[0]


def size(x):
    """Return how many numbers `x` holds; `x.size` is a method in PyTorch.

    Examples
    --------
    >>> size(np.ones((2, 3)))
    6
    """
    array_namespace(x)  # refuses what is no array
    return math.prod(x.shape)


def full(shape, value, *, like, dtype=None):
    """Return a new array filled with `value`, on the device and of the dtype of `like`.

    With NumPy the new array also lies in memory as `like` does, because arithmetic between
    arrays of different memory orders is several times slower.
    """
    if isinstance(like, np.ndarray):
        return np.full_like(like, value, dtype=dtype, shape=shape, subok=False)
    xp = array_namespace(like)
    return xp.full(shape, value, dtype=dtype or like.dtype, device=like.device)


def zeros(shape, *, like):
    """Return a new array of zeros: see :func:`full`."""
    return full(shape, 0, like=like)


def empty(shape, *, like):
    """Return a new array with whatever the memory holds: see :func:`full`."""
    if isinstance(like, np.ndarray):
        return np.empty_like(like, shape=shape, subok=False)
    return array_namespace(like).empty(shape, dtype=like.dtype, device=like.device)


def cast(x, *, like):
    """Return `x` in the dtype of `like`; both must live on the same device.

    Raises
    ------
    TypeError
        If the two arrays come from different libraries, for example a network on the CPU and
        images on the GPU.
    """
    if isinstance(x, np.ndarray) and isinstance(like, np.ndarray):  # soonest: each layer asks
        return x.astype(like.dtype, copy=False)
    if array_namespace(x) is not array_namespace(like):
        raise TypeError(
            f"the parameters are {library_name(x)} arrays and the input is a "
            f"{library_name(like)} array; move one of them with to_device"
        )
    return array_namespace(x).astype(x, like.dtype, copy=False)


def widened(x):
    """Return `x` in float32 where its own dtype is narrower, `x` itself elsewhere.

    A sum in float16 stops growing at 2048 ones, and is infinite from 65,520 on: what adds up,
    adds up in float32, and is cast back at the end.
    """
    if isinstance(x, np.ndarray):  # soonest: each layer asks
        return x.astype(np.float32) if x.dtype.itemsize < 4 else x
    xp = array_namespace(x)
    return xp.astype(x, xp.float32) if xp.finfo(x.dtype).bits < 32 else x


def total(x, axis):
    """Add up `x` along one axis or several, in float32 at least; the dtype is that of `x`.

    Examples
    --------
    >>> float(np.ones(5000, np.float16).cumsum()[-1]), float(total(np.ones(5000, np.float16), 0))
    (2048.0, 5000.0)
    """
    return cast(array_namespace(x).sum(widened(x), axis=axis), like=x)


def is_floating(x):
    """Tell whether the elements of `x` are real floating-point numbers."""
    if isinstance(x, np.ndarray):  # soonest: each layer asks
        return x.dtype.kind == "f"
    return array_namespace(x).isdtype(x.dtype, "real floating")


def as_floats(x, dtype):
    """Return `x` in another floating-point type, named in any usual way.

    Parameters
    ----------
    x : array
    dtype : str or dtype
        float16, float32 or float64: as ``"float64"``, ``np.float64``, ``np.dtype("f8")``,
        ``float``, or as the array library names it.

    Raises
    ------
    TypeError
        If it is none of these.

    Examples
    --------
    >>> as_floats(np.zeros(2), np.float32).dtype
    dtype('float32')
    """
    try:
        name = np.dtype(dtype).name if dtype is not None else None
    except TypeError:  # another library's
        name = str(dtype).rpartition(".")[2]
    xp = array_namespace(x)
    if name not in ("float16", "float32", "float64") or not hasattr(xp, name):
        raise TypeError(f"dtype must be float16, float32 or float64, got {dtype!r}")
    if not xp.isdtype(x.dtype, ("bool", "integral", "real floating")):
        raise TypeError(f"expected real numbers, got {x.dtype}")
    return xp.astype(x, getattr(xp, name))


def to_scalar(x):
    """Copy a zero-dimensional array to the host as a Python number."""
    return to_numpy(x).item()


def to_numpy(x):
    """Copy `x` to the host as a NumPy array: the only door from a device to NumPy.

    What lies in the memory of the host already is not copied.

    Examples
    --------
    >>> to_numpy(np.float32([1, 2]))
    array([1., 2.], dtype=float32)
    """
    if isinstance(x, np.ndarray | np.generic):
        return np.asarray(x)
    if is_cupy(x):
        return x.get()
    if is_torch(x):
        return x.numpy(force=True)
    array_namespace(x)  # anything but an array is refused here
    return np.from_dlpack(x.to_device(x.__array_namespace__().Device("CPU_DEVICE")))
