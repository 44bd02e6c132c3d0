"""Files: found where a reader says they are, and written whole or not at all."""

import contextlib
import json
import os
import tempfile
from pathlib import Path

import numpy as np

from lib.paths import as_path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

# What the names of temporary files end in: it tells ours from those of other programs.
UNFINISHED = ".unfinished.tmp"


def existing_file(path):
    """Return the path of a file that a reader named, after checking that it is there.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    TypeError
        If `path` is no path.
    """
    path = as_path(path)
    if not path.is_file():
        what = "this is a folder" if path.is_dir() else "there is no such file"
        raise FileNotFoundError(f"{path}: {what}")
    return path


def write_json(path, data, *, indent=2):
    """Write `data` as JSON, indented unless `indent` is ``None``, whole or not at all.

    Raises
    ------
    TypeError, ValueError
        If `data` holds something that JSON cannot store, such as an array or NaN.
    """
    text = json.dumps(data, indent=indent, ensure_ascii=False, allow_nan=False, default=plain)
    write_atomically(path, lambda file: file.write(f"{text}\n".encode()))


def plain(value):
    """Return NumPy's scalars as Python's: what `json.dumps` takes as its `default`.

    Raises
    ------
    TypeError
        For all else.
    """
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def read_json(path):
    """Read what :func:`write_json` wrote.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not JSON.
    """
    path = existing_file(path)
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:  # of the encoding, or of JSON
        raise ValueError(f"{path}: truncated, damaged, or not JSON: {error}") from None


def write_atomically(path, write):
    """Make a file in one step: others see the old content or the new, never a part.

    The content goes into a temporary file in the same folder, and from there to the disk. Then
    the temporary file takes the name of the old one. When `write` or the disk fails, the
    temporary file is removed and the old file stays. A process that is killed leaves its temporary
    file; the next one that writes into the folder removes it.

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
    path = Path(os.path.realpath(as_path(path)))
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_unfinished(path.parent)
    temporary = None
    try:
        with _temporary_file(path) as file:
            temporary = file.name
            write(file)
            file.flush()
            os.fsync(file.fileno())
            if fcntl is None:
                file.close()  # Windows renames no open file
            os.chmod(temporary, _mode_for(path))
            os.replace(temporary, path)
    except BaseException:  # Ctrl-C too
        if temporary is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
        raise
    _sync_folder(path.parent)


def check_writable(path):
    """Refuse a file that could not be written, before the work whose result it shall hold.

    Raises
    ------
    OSError
        If it is a folder, or no file can be made beside it.
    """
    path = Path(os.path.realpath(as_path(path)))
    if path.is_dir():
        raise IsADirectoryError(f"{path}: this is a folder")
    path.parent.mkdir(parents=True, exist_ok=True)
    with _temporary_file(path) as file:
        os.unlink(file.name)


def _temporary_file(path):
    """Open a new file beside `path`, locked as long as it is open."""
    while True:
        file = tempfile.NamedTemporaryFile(  # noqa: SIM115
            prefix=f".{path.name[:100]}.", suffix=UNFINISHED, dir=path.parent, delete=False
        )
        if fcntl is None or _locked(file):
            return file
        file.close()  # in the moment before it was locked, another process removed it


def _locked(file):
    """Lock a file of our own, and tell whether it is still there."""
    with contextlib.suppress(OSError):  # a file system without locks: nothing is removed there
        fcntl.flock(file, fcntl.LOCK_EX)
    return os.fstat(file.fileno()).st_nlink > 0


def _remove_unfinished(folder):
    """Remove the temporary files of processes that are no more.

    A lock ends with the process that holds it, however that ends: what can be locked is written by
    nobody. Where there are no locks, the files stay.
    """
    if fcntl is None:
        return
    for left in folder.glob(f".*{UNFINISHED}"):
        with contextlib.suppress(OSError), open(left, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


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
