"""How a figure reaches who sits at a notebook, if somebody does."""

from __future__ import annotations

from IPython import get_ipython

__all__ = ["live_bundle", "somebody_is_there"]


def somebody_is_there() -> bool:
    """Tell whether a reader sits at the notebook, who could move what is live.

    Who runs a notebook to convert it, as nbconvert does, says that nobody can answer questions.
    Live widgets in such a file would be blank without the network, and move nothing with it.
    """
    kernel = getattr(get_ipython(), "kernel", None)
    return getattr(kernel, "_allow_stdin", True)


def live_bundle(view, still: dict[str, str]) -> tuple[dict[str, object], dict[str, object]]:
    """Give what a notebook displays of a widget: the widget, and a picture for where none is.

    The second part says where Colab finds the script that shows widgets; elsewhere it is empty.
    """
    data, metadata = view._repr_mimebundle_()
    return data | still, metadata
