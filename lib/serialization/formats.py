"""The two kinds of files that hold the parameters of a network."""

from lib.paths import as_path
from lib.serialization.npz import read_arrays, read_headers, write_arrays
from lib.serialization.safetensors_files import (
    read_safetensors,
    read_safetensors_headers,
    write_safetensors,
)

WRITERS = {".npz": write_arrays, ".safetensors": write_safetensors}


def writer(path):
    """Return what writes arrays to a file of that name.

    Raises
    ------
    ValueError
        If the name ends in none of `WRITERS`.
    """
    path = as_path(path)
    if path.suffix not in WRITERS:
        endings = " or ".join(f'"{ending}"' for ending in WRITERS)
        raise ValueError(f'the file name must end in {endings}, got "{path.name}"')
    return WRITERS[path.suffix]


def readers(path):
    """Return what reads the headers, and what reads the arrays, of a file of either kind.

    Raises
    ------
    ValueError
        If it is a pickle, or another kind of file.
    """
    with open(path, "rb") as file:
        start = file.read(512)
    if start[8:9] == b"{":  # behind its length, the header of a safetensors file is JSON
        return read_safetensors_headers, read_safetensors
    # A pickle as torch.save wrote it before version 1.6, and since.
    if start[:1] == b"\x80" or b"/data.pkl" in start:
        raise ValueError(
            f"{path}: a pickle, as PyTorch saves it, which is not read here; turn it into a "
            "safetensors file: the documentation of lib.serialization.load_pretrained "
            "shows how"
        )
    if start[:2] == b"PK":
        return read_headers, read_arrays
    raise ValueError(f"{path}: neither a safetensors nor an .npz file")
