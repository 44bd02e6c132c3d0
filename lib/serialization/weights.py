"""A network in one file: saved and loaded from any folder, and never by pickle.

A pickle can run any code when it is loaded, and breaks when a class moves. An ``.npz`` file is a
zip archive of plain arrays, a ``.safetensors`` file another form of the same that PyTorch's users
exchange; here each array is called by the dotted name of its parameter.
"""

import numpy as np

from lib.backend import to_numpy
from lib.serialization.files import existing_file
from lib.serialization.formats import readers, writer
from lib.serialization.npz import size_in_memory
from lib.settings import kind_of

FLOATS = ("float16", "float32", "float64")


def save(network, path, *, dtype=None):
    """Write all parameters and buffers of a network to one file.

    The file is there whole or not at all: an older one stays as it was until the new one is
    complete on disk.

    Parameters
    ----------
    network : Layer
        On any device.
    path : path
        Ends in ``.npz``, or in ``.safetensors`` for PyTorch and others: the names are PyTorch's for
        the networks that :func:`load_pretrained` takes. Missing folders are made.
    dtype : {"float16", "float32", "float64"}, optional
        Store floating-point arrays in this type instead of their own. ``"float16"`` halves the
        file and keeps three digits; `load` converts back to the network's own type.

    Raises
    ------
    TypeError
        If `network` is no network.
    ValueError
        If `path` ends in neither, `dtype` is no type of floating-point numbers, or a
        number is too large for it.

    Examples
    --------
    >>> import tempfile
    >>> from lib.layers import Linear
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Linear(3, 2), f"{folder}/linear.npz")
    ...     load(Linear(3, 2), f"{folder}/linear.npz")
    Linear(3, 2, bias=True)
    """
    check_network(network)
    write = writer(path)
    arrays = {name: to_numpy(array) for name, array in network.state().items()}
    if dtype is not None:
        dtype = _as_float_type(dtype)
        arrays = {name: _narrowed(name, array, dtype) for name, array in arrays.items()}
    write(path, arrays)


def load(network, path):
    """Set all parameters and buffers of a network from a file that `save` wrote.

    The network keeps its dtypes and stays on its device. Nothing changes unless everything fits.

    Parameters
    ----------
    network : Layer
    path : path

    Returns
    -------
    Layer
        The same network, so that ``network = load(SimpleConvNet(), path)`` reads well.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    TypeError
        If `network` is no network.
    ValueError
        If it is another kind of file, is truncated or damaged, holds another kind of numbers, or
        does not fit the network: all names that are missing, unexpected or misshapen are listed.
    """
    check_network(network)
    path = existing_file(path)
    read_what_it_says, read = readers(path)
    headers = read_what_it_says(path)
    check_fit(network, headers, path)
    # As large as the network, or as the file, so there is room for them.
    most_bytes = max(size_in_memory(headers.values()), path.stat().st_size)
    return load_arrays(network, read(path, most_bytes=most_bytes), path)


def load_arrays(network, arrays, path):
    """Set all parameters and buffers of a network from arrays by name; return the network.

    Raises
    ------
    ValueError
        As :func:`load`; the message begins with `path`, where the arrays come from.
    """
    check_fit(network, arrays, path)
    types = _types(network)
    try:
        network.load_state({n: _narrowed(n, array, types[n]) for n, array in arrays.items()})
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return network


def check_fit(network, arrays, path):
    """Refuse arrays that do not fit a network; what a file says of them is enough.

    Parameters
    ----------
    network : Layer
    arrays : dict of str to array or Header
    path : path
        Where they come from: the message begins with it.

    Raises
    ------
    ValueError
        If they do not fit.
    """
    try:
        network.check_state(arrays)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _types(network):
    return {name: to_numpy(array).dtype for name, array in network.state().items()}


def check_network(network):
    """Refuse what is no network. Not by its class: layers come above this room."""
    if isinstance(network, type) or not hasattr(network, "named_parameters"):
        raise TypeError(f"expected a network (a Layer), got {kind_of(network)}")


def _as_float_type(dtype):
    """Return the name of a type of floating-point numbers."""
    try:
        name = np.dtype(dtype).name
    except (TypeError, ValueError):
        name = None
    if name not in FLOATS:
        raise ValueError(f"dtype must be one of {list(FLOATS)}, got {dtype!r}")
    return name


def _narrowed(name, array, dtype):
    """Return an array of floating-point numbers in another type that can hold them."""
    if array.dtype.kind != "f":
        return array
    with np.errstate(over="ignore"):
        narrow = array.astype(dtype)
    if not np.array_equal(np.isfinite(narrow), np.isfinite(array)):
        raise ValueError(f'"{name}" holds {np.abs(array).max():g}, too large for {dtype}')
    return narrow
