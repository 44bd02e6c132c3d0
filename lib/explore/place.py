"""Whether a figure is shown to somebody, who sits at a notebook."""

from __future__ import annotations

from IPython import get_ipython

__all__ = ["somebody_is_there"]


def somebody_is_there() -> bool:
    """Tell whether a reader sits at the notebook, who could move what is live.

    Who runs a notebook to convert it, as nbconvert does, says that nobody can answer questions.
    Live widgets in such a file would be blank without the network, and move nothing with it.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    return getattr(kernel, "_allow_stdin", True)
