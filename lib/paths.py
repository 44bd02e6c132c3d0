"""Where things lie on this machine, the project and what a reader names; where they are shown."""

import os
import sys
from pathlib import Path

import platformdirs

PROJECT = Path(__file__).resolve().parents[1]


def in_a_page():
    """Tell whether the book is being built, whose pages have no kernel (``BOOK_STATIC=1``)."""
    return os.environ.get("BOOK_STATIC") == "1"


def somebody_is_there():
    """Tell whether a reader sits at the notebook, who could move what is live.

    Who runs a notebook to convert it, as nbconvert does, says that nobody can answer questions.
    Live widgets in such a file would be blank without the network, and move nothing with it.
    """
    ipython = sys.modules.get("IPython")  # where there is a notebook it is loaded
    kernel = getattr(ipython and ipython.get_ipython(), "kernel", None)
    return getattr(kernel, "_allow_stdin", True)


def user_cache():
    """Return the folder where this user's programs keep what can be had again."""
    return Path(platformdirs.user_cache_dir("convnets-from-scratch", appauthor=False))


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
