"""Plain arrays by name in one safetensors file, as PyTorch's users exchange weights."""

import json

import numpy as np
from safetensors import SafetensorError, deserialize
from safetensors.numpy import save

from lib.paths import as_path
from lib.serialization.files import existing_file, write_atomically
from lib.serialization.npz import MOST_BYTES, Header

# The types of numbers in a safetensors file, in NumPy's words; it has none for BF16.
DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}
DTYPES |= {"I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1", "BOOL": "?"}
MOST_HEADER = 100_000_000  # the format's own limit
DAMAGED = "truncated, damaged, or not safetensors"


def write_safetensors(path, arrays):
    """Write a dictionary of names and NumPy arrays to one safetensors file, whole or not at all.

    The file says that its arrays are PyTorch's ("format": "pt"), which some programs ask for.
    """
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    content = save(arrays, metadata={"format": "pt"})
    write_atomically(as_path(path), lambda file: file.write(content))


def read_safetensors(path, names=None, *, most_bytes=MOST_BYTES):
    """Read the arrays of a safetensors file into a dictionary; bfloat16 becomes float32.

    Parameters
    ----------
    path : path
    names : collection of str, optional
        Those to return; all if not given.
    most_bytes : int, default 2 GiB
        How large the file may be.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no safetensors file, is truncated or damaged, is larger, or holds a type of numbers
        that NumPy lacks.

    Examples
    --------
    >>> import tempfile
    >>> from safetensors.numpy import save_file
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_file({"fc.bias": np.ones(2, np.float16)}, f"{folder}/x.safetensors")
    ...     read_safetensors(f"{folder}/x.safetensors")
    {'fc.bias': array([1., 1.], dtype=float16)}
    """
    path = existing_file(path)
    if (size := path.stat().st_size) > most_bytes:
        raise ValueError(f"{path}: has {size:,} bytes; {most_bytes:,} are allowed")
    content = path.read_bytes()
    try:
        entries = deserialize(content)
    except SafetensorError as error:
        raise ValueError(f"{path}: {DAMAGED}: {error}") from error
    del content  # as large as the arrays
    return {
        name: _decoded(f'{path}: "{name}"', **entry)
        for name, entry in entries
        if names is None or name in names
    }


def read_safetensors_headers(path):
    """Read what a safetensors file says of its arrays, but not the arrays."""
    with open(path, "rb") as file:
        size = int.from_bytes(file.read(8), "little")
        if size > min(MOST_HEADER, path.stat().st_size - 8):
            raise ValueError(f"{path}: {DAMAGED}: its header would have {size:,} bytes")
        text = file.read(size)
    try:
        entries = json.loads(text)
        entries.pop("__metadata__", None)
        return {
            name: Header(tuple(entry["shape"]), _numbers(f'{path}: "{name}"', entry["dtype"]))
            for name, entry in entries.items()
        }
    except (AttributeError, KeyError, TypeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: {DAMAGED}: its header is no list of arrays") from error


def _numbers(place, dtype):
    """Return what kind of numbers an entry gives; `place` says in an error where it stands."""
    if dtype not in DTYPES:
        raise ValueError(f"{place} holds {dtype}, which NumPy lacks")
    return np.dtype("<f4" if dtype == "BF16" else DTYPES[dtype])


def _decoded(place, dtype, shape, data):
    """Return the array of one entry; `place` says in an error where it stands."""
    _numbers(place, dtype)
    array = np.frombuffer(data, DTYPES[dtype]).reshape(shape)
    if dtype == "BF16":  # the upper half of a float32
        array = (array.astype(np.uint32) << 16).view(np.float32)
    return array
