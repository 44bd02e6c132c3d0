"""The IDX format, in which MNIST is published.

Four bytes say what follows: two zeros, the type of the numbers (8: unsigned bytes) and how many
dimensions there are. Each dimension's extent follows in four bytes, the most significant first,
then the numbers themselves. Source: LeCun, Cortes and Burges, "The MNIST database of handwritten
digits" (1998), section "File formats for the MNIST database".
"""

import math
import struct

import numpy as np

UNSIGNED_BYTE = 0x08
MOST_DIMENSIONS = 3  # pictures; labels have one


def parse_idx(data, name="data"):
    """Read the array of unsigned bytes that an IDX file holds.

    Parameters
    ----------
    data : bytes
        The whole file, uncompressed.
    name : str
        What to call it in an error.

    Returns
    -------
    array of uint8
        It cannot be written to: its memory is that of `data`.

    Raises
    ------
    ValueError
        If this is no IDX file of unsigned bytes in up to three dimensions, or is longer or
        shorter than its header says.

    Examples
    --------
    >>> parse_idx(bytes([0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6]))
    array([[1, 2, 3],
           [4, 5, 6]], dtype=uint8)
    """
    if len(data) < 4 or data[:2] != b"\0\0":
        raise ValueError(f"{name}: not an IDX file; it begins with {_shown(data)}, not 00 00")
    kind, dimensions = data[2], data[3]
    if kind != UNSIGNED_BYTE:
        raise ValueError(
            f"{name}: expected unsigned bytes (type {UNSIGNED_BYTE:#04x}), got type {kind:#04x}"
        )
    if dimensions > MOST_DIMENSIONS:
        raise ValueError(f"{name}: expected at most {MOST_DIMENSIONS} dimensions, got {dimensions}")
    start = 4 + 4 * dimensions
    if len(data) < start:
        raise ValueError(
            f"{name}: truncated; the header needs {start} bytes, the file has {len(data)}"
        )
    shape = struct.unpack_from(f">{dimensions}I", data, 4)
    expected = start + math.prod(shape)
    if len(data) != expected:
        size = " × ".join(str(extent) for extent in shape)
        raise ValueError(
            f"{name}: {'truncated' if len(data) < expected else 'too long'}; "
            f"{size} bytes and a header make {expected}, the file has {len(data)}"
        )
    try:
        return np.frombuffer(data, np.uint8, offset=start).reshape(shape)
    except ValueError as error:  # nothing, of an extent beyond all memory
        raise ValueError(f"{name}: not an array; its header says {shape}") from error


def _shown(data):
    return data[:4].hex(" ") or "nothing"
