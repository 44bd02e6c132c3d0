"""Where a figure is shown: in a page without a kernel, to somebody at a notebook, or to nobody."""

from __future__ import annotations

import os

from IPython import get_ipython

__all__ = ["in_a_page", "somebody_is_there"]


def in_a_page() -> bool:
    """Tell whether the book is being built, whose pages have no kernel."""
    return os.environ.get("BOOK_STATIC") == "1"


def somebody_is_there() -> bool:
    """Tell whether a reader sits at the notebook, who could move what is live.

    Who runs a notebook to convert it, as nbconvert does, says that nobody can answer questions.
    Live widgets in such a file would be blank without the network, and move nothing with it.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    return getattr(kernel, "_allow_stdin", True)
