"""Where arrays live, and how they get there: see :mod:`lib.backend` for the devices.

PyTorch serves as an array library alone. Its automatic differentiation stays off: the layers go
back by themselves, as they do on NumPy.
"""

from importlib import import_module

import numpy as np

from lib.backend.arrays import array_namespace, cast, is_cupy, is_torch, to_numpy

# What PyTorch calls its devices. With ROCm, a card of AMD answers to "cuda" too.
TORCH_DEVICES = {"cuda": "cuda", "mps": "mps", "torch-cpu": "cpu"}
DEVICES = ("cpu", "gpu", *TORCH_DEVICES)
CARDS = {"cuda": "card of NVIDIA or AMD", "mps": "card of Apple"}


def to_device(x, device):
    """Copy `x` to a device; an array that is already there is returned as it is.

    Parameters
    ----------
    x : array
        A NumPy or CuPy array, or a PyTorch tensor.
    device : {"cpu", "gpu", "cuda", "mps", "torch-cpu"} or array
        Where to: see :mod:`lib.backend`. An array stands for its own library and device.

    Raises
    ------
    RuntimeError
        If the device cannot be used; the message says why.
    ValueError, TypeError
        If `device` is none of these; if `x` is no array, or one of float64 for a device that has
        no such numbers.

    Examples
    --------
    >>> to_device(np.ones(2), "cpu")
    array([1., 1.])
    """
    if isinstance(device, str):
        return _to_named(x, device)
    try:
        xp = array_namespace(device)
    except TypeError:
        raise TypeError(f"device must be {_names(DEVICES)} or an array, got {device!r}") from None
    if xp is np:
        return to_numpy(x)
    if type(x) is type(device) and x.device == device.device:
        return x
    if is_torch(device):
        return _to_torch(x, device.device)
    return xp.asarray(to_numpy(x), device=device.device)


def moved(x, *, like):
    """Return `x` on the device and in the dtype of `like`.

    It is converted before it travels: a card may have no such numbers as `x` has.

    Examples
    --------
    >>> moved(np.ones(2), like=np.zeros(1, np.float32))
    array([1., 1.], dtype=float32)
    """
    array_namespace(like)  # refuses what is no array
    if type(x) is type(like) and x.device == like.device:
        return cast(x, like=like)
    dtype = str(like.dtype).rpartition(".")[2]
    return to_device(to_numpy(x).astype(dtype, copy=False), like)


def _to_named(x, device):
    if device not in DEVICES:
        raise ValueError(
            f"device must be {_names(DEVICES)} or an array, got {device!r}; usable here: "
            f'{_names(available_devices())}; .[torch] brings "cuda" and "mps", .[gpu-cuda12] or '
            '.[gpu-cuda13] brings "gpu" (pip install -e)'
        )
    if device == "cpu":
        return to_numpy(x)
    if reason := missing_because(device):
        raise RuntimeError(f'the device "{device}" cannot be used: {reason}')
    if device in TORCH_DEVICES:
        return _to_torch(x, TORCH_DEVICES[device])
    import cupy

    return cupy.asarray(x if is_cupy(x) else to_numpy(x))  # on the card in use


def _to_torch(x, device):
    """Return `x` as a plain tensor on a device that PyTorch names."""
    import torch

    if is_torch(x):
        tensor = x.detach() if x.requires_grad else x
    else:
        # A copy: PyTorch would share the memory of the host, and knows no steps below 0.
        tensor = torch.from_numpy(np.array(to_numpy(x), order="C"))
    if torch.device(device).type == "mps" and tensor.dtype == torch.float64:
        raise TypeError('a card of Apple has no float64: convert with astype("float32") before')
    return tensor.to(device)


def _names(devices):
    return ", ".join(f'"{device}"' for device in devices)


def available_devices():
    """Return the names of the devices that can be used on this machine.

    Examples
    --------
    >>> available_devices()[0]
    'cpu'
    """
    return tuple(device for device in DEVICES if missing_because(device) is None)


def missing_because(device):
    """Return why a device cannot be used here, or ``None`` where it answers.

    CuPy and PyTorch import on a machine without a card, so the import alone proves nothing.

    Parameters
    ----------
    device : {"cpu", "gpu", "cuda", "mps", "torch-cpu"}

    Raises
    ------
    ValueError
        If it is none of these.

    Examples
    --------
    >>> missing_because("cpu") is None
    True
    """
    if device not in DEVICES:
        raise ValueError(f"device must be {_names(DEVICES)}, got {device!r}")
    if device == "cpu":
        return None
    return _torch_missing(device) if device in TORCH_DEVICES else _cupy_missing()


def _cupy_missing():
    extra = '".[gpu-cuda12]" or ".[gpu-cuda13]", as the driver of the card is'
    if reason := _not_installed("CuPy", "cupy", extra):
        return reason
    import cupy

    if not cupy.cuda.is_available():
        return "CuPy is installed, but no driver with a GPU answers"
    return None


def _torch_missing(device):
    if reason := _not_installed("PyTorch", "torch", '".[torch]"'):
        return reason
    import torch

    module = {"cuda": torch.cuda, "mps": torch.backends.mps, "torch-cpu": torch.cpu}[device]
    if not module.is_available():
        return f"PyTorch is installed, but finds no {CARDS[device]}"
    return None


def _not_installed(name, module, extra):
    for what, needed in ((name, module), ("array-api-compat", "array_api_compat")):
        try:
            import_module(needed)
        except ImportError:
            return f"{what} is not installed (pip install -e {extra})"
    return None
