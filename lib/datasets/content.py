"""What a file of a data set holds: unpacked, and compared with what was published."""

import gzip
import hashlib
import io
import zlib
from pathlib import Path

GZIP_MAGIC = b"\x1f\x8b"


def longest_packed(size):
    """Return how long a file of so many bytes can be when it is packed; gzip adds very little."""
    return size + size // 1000 + 1000


def read_content(entry, path):
    """Read of a file what its SHA-256 is of: all of it, unpacked unless it is kept packed.

    Parameters
    ----------
    entry : Entry
        The data set that the file is of; it says how long the file can be.
    path : path

    Raises
    ------
    ValueError
        If it is too long, or has to be unpacked and is truncated or damaged.
    """
    path = Path(path)
    if path.stat().st_size > longest_packed(entry.most_bytes):
        raise ValueError(_too_long(entry, path))
    data = path.read_bytes()
    return data if entry.packed else _unpacked(entry, data, path)


def check_content(entry, file, data, path):
    """Refuse a file that is not, to the last bit, the published one.

    Raises
    ------
    ValueError
        If the SHA-256 of `data` is another; `path` says which file.
    """
    digest = hashlib.sha256(data).hexdigest()
    if digest != entry.files[file]:
        raise ValueError(
            f"{path}: altered, or not the file of {entry.title}; "
            f"its content has SHA-256 {digest}, expected {entry.files[file]}"
        )


def _unpacked(entry, data, path):
    """Unpack a file's content if its first bytes, not its name, say that it is gzip."""
    if not data.startswith(GZIP_MAGIC):
        return data
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            content = packed.read(entry.most_bytes)
            more = packed.read(1)  # also reads, and compares, the checksum at the end
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path}: truncated or damaged gzip data ({error})") from error
    if more:
        raise ValueError(_too_long(entry, path))
    return content


def _too_long(entry, path):
    return f"{path}: too long; no file of {entry.title} has more than {entry.most_bytes:,} bytes"
