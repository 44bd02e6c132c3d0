"""The only file that knows which array library is in use.

Layers are written in the functions of the Python array API standard, which NumPy and CuPy share.
``xp = array_namespace(x)`` gives those functions for the library that made ``x``.
"""

import numpy as np


def array_namespace(x):
    """Return the module whose functions work on `x`.

    Parameters
    ----------
    x : array
        A NumPy array, a CuPy array, or any array of the Python array API standard.

    Returns
    -------
    module
        `numpy`, `array_api_compat.cupy`, or the namespace that the array names itself.

    Raises
    ------
    TypeError
        If `x` is no array.

    Examples
    --------
    >>> array_namespace(np.ones(3)).__name__
    'numpy'
    """
    if isinstance(x, np.ndarray):
        return np
    if _is_cupy(x):
        import array_api_compat.cupy as xp

        return xp
    if hasattr(type(x), "__array_namespace__"):
        return x.__array_namespace__()
    raise TypeError(f"expected a NumPy or CuPy array, got {type(x).__name__}")


def _is_cupy(x):
    return type(x).__module__.partition(".")[0] == "cupy"


def library_name(x):
    """Name the array library of `x` in one word, for messages: ``"numpy"``, ``"cupy"`` ..."""
    return type(x).__module__.partition(".")[0]


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

    Examples
    --------
    >>> to_numpy(np.float32([1, 2]))
    array([1., 2.], dtype=float32)
    """
    if isinstance(x, np.ndarray | np.generic):
        return np.asarray(x)
    if _is_cupy(x):
        return x.get()
    array_namespace(x)  # anything but an array is refused here
    return np.from_dlpack(x.to_device(x.__array_namespace__().Device("CPU_DEVICE")))


def to_device(x, device):
    """Copy `x` to a device; an array that is already there is returned as it is.

    Parameters
    ----------
    x : array
        A NumPy or CuPy array.
    device : {"cpu", "gpu"} or array
        Where to; an array stands for its own library and device.

    Raises
    ------
    RuntimeError
        If ``"gpu"`` is asked for and none answers; the message says why.
    ValueError, TypeError
        If `device` is none of these.
    """
    if isinstance(device, str):
        if device == "cpu":
            return to_numpy(x)
        if device == "gpu":
            return _to_gpu(x)
        hint = '; "gpu" is the name for CUDA here' if device.startswith("cuda") else ""
        raise ValueError(f'device must be "cpu", "gpu" or an array, got {device!r}{hint}')
    try:
        xp = array_namespace(device)
    except TypeError:
        raise TypeError(f'device must be "cpu", "gpu" or an array, got {device!r}') from None
    if xp is np:
        return to_numpy(x)
    if type(x) is type(device) and x.device == device.device:
        return x
    return xp.asarray(to_numpy(x), device=device.device)


def _to_gpu(x):
    if _is_cupy(x):
        return x
    reason = gpu_missing_because()
    if reason:
        raise RuntimeError(f"no GPU can be used: {reason}")
    import cupy

    return cupy.asarray(to_numpy(x))


def gpu_available():
    """Tell whether CuPy is installed *and* a driver with a GPU answers."""
    return gpu_missing_because() is None


def gpu_missing_because():
    """Return why no GPU can be used, or ``None`` where one answers.

    CuPy imports on a machine without a GPU, so the import alone proves nothing.
    """
    try:
        import cupy
    except ImportError:
        return 'CuPy is not installed (pip install -e ".[gpu]")'
    if not cupy.cuda.is_available():
        return "CuPy is installed, but no driver with a GPU answers"
    return None
