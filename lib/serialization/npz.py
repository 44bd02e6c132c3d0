"""Save a network to one ``.npz`` file and load it, from any folder and never by pickle.

A pickle can run any code when it is loaded, and breaks when a class moves. An ``.npz`` file is a
zip archive of plain arrays; here each is called by the dotted name of its parameter.
"""

import contextlib
import json
import os
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from lib.backend import to_numpy


def save(network, path, *, dtype=None):
    """Write all parameters and buffers of a network to one ``.npz`` file.

    The file is there whole or not at all: an older one stays as it was until the new one is
    complete on disk.

    Parameters
    ----------
    network : Layer
        On the CPU or a GPU.
    path : path
        Must end in ``.npz``; missing folders are made.
    dtype : str, optional
        Store floating-point arrays in this type instead of their own. ``"float16"`` halves the
        file and keeps three digits; `load` converts back to the network's own type.

    Raises
    ------
    ValueError
        If `path` does not end in ``.npz``, or a number is too large for `dtype`.

    Examples
    --------
    >>> from lib.layers import Linear
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(Linear(3, 2), f"{folder}/linear.npz")
    ...     {name: array.shape for name, array in read_arrays(f"{folder}/linear.npz").items()}
    {'weight': (2, 3), 'bias': (2,)}
    """
    arrays = {name: to_numpy(array) for name, array in network.state().items()}
    if dtype is not None:
        arrays = {name: _narrowed(name, array, dtype) for name, array in arrays.items()}
    write_arrays(path, arrays)


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
    ValueError
        If it is no ``.npz`` file, is truncated or damaged, or does not fit the network: all names
        that are missing, unexpected or misshapen are listed.
    """
    return load_arrays(network, read_arrays(path), path)


def load_arrays(network, arrays, path):
    """Set all parameters and buffers of a network from arrays by name; return the network.

    Raises
    ------
    ValueError
        As :func:`load`; the message begins with `path`, where the arrays come from.
    """
    try:
        network.load_state(arrays)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    return network


def write_arrays(path, arrays):
    """Write a mapping of names to NumPy arrays to one ``.npz`` file, whole or not at all.

    Raises
    ------
    ValueError
        If `path` does not end in ``.npz``, or an array could only be stored by pickle.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise ValueError(f'the file name must end in ".npz", got "{path.name}"')
    for name, array in arrays.items():
        if array.dtype.hasobject:
            raise ValueError(f'"{name}" has dtype {array.dtype}, which only a pickle could store')

    def write(file):
        # np.savez writes the same archive, but cannot take an array called "file".
        with zipfile.ZipFile(file, "w") as archive:
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)

    write_atomically(path, write)


def read_arrays(path):
    """Read all arrays of an ``.npz`` file into a dictionary, without ever unpickling.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no ``.npz`` file, is truncated or damaged, or holds something but plain arrays.
    """
    if not Path(path).is_file():
        raise FileNotFoundError(f"{path}: there is no such file")
    with open(path, "rb") as file:
        if file.read(2) != b"PK":  # a zip archive begins with these letters
            raise ValueError(f"{path}: not an .npz file")
        try:
            with zipfile.ZipFile(file) as archive:
                return {
                    name.removesuffix(".npy"): _read_member(archive, name)
                    for name in archive.namelist()
                }
        # Which of these it is depends on which byte of the file is wrong.
        except (
            zipfile.BadZipFile,
            EOFError,
            NotImplementedError,
            OSError,
            RuntimeError,
            ValueError,
        ) as error:
            reason = str(error) or "it ends too early"
            raise ValueError(
                f"{path}: truncated, damaged, or not plain arrays: {reason}"
            ) from error


def write_json(path, data, *, indent=2):
    """Write `data` as JSON, indented unless `indent` is ``None``, whole or not at all.

    Raises
    ------
    TypeError, ValueError
        If `data` holds something that JSON cannot store, such as an array or NaN.
    """
    text = json.dumps(data, indent=indent, ensure_ascii=False, allow_nan=False) + "\n"
    write_atomically(path, lambda file: file.write(text.encode()))


def write_atomically(path, write):
    """Make a file in one step: others see the old content or the new, never a part.

    The content goes into a temporary file in the same folder, and from there to the disk. Then
    the temporary file takes the name of the old one. When `write` or the disk fails, the
    temporary file is removed and the old file stays.

    Parameters
    ----------
    path : path
        Missing folders are made; a symbolic link is followed.
    write : callable
        Called with a binary file, open for writing.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(f"{folder}/greeting.txt", lambda file: file.write(b"hello"))
    ...     print(Path(folder, "greeting.txt").read_text(), os.listdir(folder))
    hello ['greeting.txt']
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "w+b") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, _mode_for(path))
        os.replace(temporary, path)
    except BaseException:  # Ctrl-C too
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        raise
    _sync_folder(path.parent)


def _narrowed(name, array, dtype):
    if array.dtype.kind != "f":
        return array
    with np.errstate(over="ignore"):
        narrow = array.astype(dtype)
    if not np.array_equal(np.isfinite(narrow), np.isfinite(array)):
        raise ValueError(f'"{name}" holds {np.abs(array).max():g}, too large for {dtype}')
    return narrow


def _read_member(archive, name):
    with archive.open(name) as member:
        array = np.lib.format.read_array(member, allow_pickle=False)
        # The checksum is compared at the end of a member, which an array need not reach.
        if member.read(1):
            raise ValueError(f'"{name}" is longer than its array')
    return array


def _mode_for(path):
    """Keep the old file's permissions; give a new file those that `open` would give."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def _sync_folder(folder):
    # The new name must reach the disk too; Windows cannot open a folder, and need not.
    with contextlib.suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
