"""Where things lie on this machine: the project, what a reader names, and the book's pages."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]


def in_a_page():
    """Tell whether the book is being built, whose pages have no kernel (``BOOK_STATIC=1``)."""
    return os.environ.get("BOOK_STATIC") == "1"


def as_path(path, name="path"):
    """Return a path that a reader gave, ``~`` expanded: the one place where files are named.

    Parameters
    ----------
    path : str or os.PathLike
    name : str, default "path"
        What the message calls it.

    Raises
    ------
    TypeError
        If it names no file.

    Examples
    --------
    >>> as_path("~/weights.npz") == Path.home() / "weights.npz"
    True
    """
    if not isinstance(path, str | os.PathLike) or isinstance(os.fspath(path), bytes):
        raise TypeError(f"{name} must be a path, got {path!r}")
    return Path(path).expanduser()
