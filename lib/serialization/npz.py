"""Plain arrays by name in one ``.npz`` file, without ever a pickle."""

import io
import math
import zipfile
import zlib
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from lib.paths import as_path
from lib.serialization.files import existing_file, write_atomically
from lib.settings import as_instance

# The bytes that the arrays of a file may take in memory, unless more are asked for: a small file
# may unpack to any size.
MOST_BYTES = 2 << 30
# NumPy writes headers of 128 bytes, and reads none beyond this.
MOST_HEADER = 10_000


class Header(NamedTuple):
    """What a file says of an array.

    Attributes
    ----------
    shape : tuple of int
    dtype : numpy.dtype
    """

    shape: tuple
    dtype: np.dtype


def write_arrays(path, arrays):
    """Write a dictionary of names and NumPy arrays to one ``.npz`` file, whole or not at all.

    Raises
    ------
    TypeError
        If `arrays` is no dictionary of NumPy arrays.
    ValueError
        If `path` does not end in ``.npz``, or an array could only be stored by pickle.
    """
    path = as_npz_path(path)
    for name, array in as_instance(arrays, "arrays", dict).items():
        if as_instance(array, f'"{name}"', np.ndarray).dtype.hasobject:
            raise ValueError(f'"{name}" has dtype {array.dtype}, which only a pickle could store')

    def write(file):
        # np.savez writes the same archive, but cannot take an array called "file".
        archive = zipfile.ZipFile(file, "w")
        try:
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                    np.lib.format.write_array(member, array, allow_pickle=False)
        except BaseException:  # Ctrl-C too
            # The file is thrown away. To close the archive now may fail, and hide what happened.
            archive.fp = None
            raise
        archive.close()

    write_atomically(path, write)


def as_npz_path(path):
    """Return a path to write to, after checking that its name ends in ``.npz``.

    Raises
    ------
    ValueError
        If it does not.
    """
    path = as_path(path)
    if path.suffix != ".npz":
        raise ValueError(f'the file name must end in ".npz", got "{path.name}"')
    return path


def read_arrays(path, names=None, *, most_bytes=MOST_BYTES):
    """Read the arrays of an ``.npz`` file into a dictionary, without ever unpickling.

    Parameters
    ----------
    path : path
    names : collection of str, optional
        Those to read; all if not given.
    most_bytes : int, default 2 GiB
        How much memory they may take.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is no ``.npz`` file, is truncated or damaged, holds something but plain arrays, lacks
        one of `names`, or would take more memory.
    """
    headers = read_headers(path)
    wanted = list(headers if names is None else names)
    if missing := [name for name in wanted if name not in headers]:
        raise ValueError(f"{as_path(path)}: there is no array {missing} among {list(headers)}")
    needed = size_in_memory(headers[name] for name in wanted)
    if needed > most_bytes:
        raise ValueError(
            f"{as_path(path)}: its arrays would take {needed:,} bytes of memory; "
            f"{most_bytes:,} are allowed"
        )
    with _opened(path) as members:
        return {name: _read_member(*members[name]) for name in wanted}


def read_headers(path):
    """Read what an ``.npz`` file says of its arrays, but not the arrays.

    Returns
    -------
    dict of str to Header

    Raises
    ------
    FileNotFoundError, ValueError
        As :func:`read_arrays`.
    """
    with _opened(path) as members:
        return {name: _read_header(*member) for name, member in members.items()}


def size_in_memory(headers):
    """Return how many bytes some arrays take, given their headers."""
    return sum(math.prod(header.shape) * header.dtype.itemsize for header in headers)


@contextmanager
def _opened(path):
    """Give an archive with each member by its name, and say of every error which file it is in."""
    path = existing_file(path)
    with open(path, "rb") as file:
        if file.read(2) != b"PK":  # a zip archive begins with these letters
            raise ValueError(f"{path}: not an .npz file")
        try:
            with zipfile.ZipFile(file) as archive:
                yield {
                    member.filename.removesuffix(".npy"): (archive, member)
                    for member in archive.infolist()
                }
        # Which of these it is depends on which byte of the file is wrong.
        except (
            zipfile.BadZipFile,
            zlib.error,
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


def _read_header(archive, member):
    """Read the header of an array, and hold it to the size of what follows."""
    with archive.open(member) as file:
        start = io.BytesIO(file.read(MOST_HEADER))
    version = np.lib.format.read_magic(start)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(start)
    elif version == (2, 0):
        shape, _, dtype = np.lib.format.read_array_header_2_0(start)
    else:
        raise ValueError(f'"{member.filename}" is of version {version}')
    if dtype.hasobject:
        raise ValueError("Object arrays can only be loaded by pickle")
    header = Header(shape, dtype)
    size = start.tell() + size_in_memory([header])
    if size != member.file_size or min(shape, default=0) < 0:
        raise ValueError(
            f'"{member.filename}" has {member.file_size:,} bytes; with an array of shape {shape} '
            f"and {dtype} it would have {size:,}"
        )
    return header


def _read_member(archive, member):
    with archive.open(member) as file:
        array = np.lib.format.read_array(file, allow_pickle=False)
        file.read()  # the checksum is compared at the end of a member
    return array
