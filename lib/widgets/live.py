"""Figures that can be touched in JupyterLab, through anywidget."""

from __future__ import annotations

import anywidget
import traitlets

from lib.explore.naming import figure_html
from lib.widgets.base import FOLDER, Widget, scripts_of, styles_of

__all__ = ["view_of"]


def view_of(widget: Widget) -> anywidget.AnyWidget:
    """Return the view of a figure: its scripts as one module, its state and data as traits."""

    def text(files):
        return "\n".join((FOLDER / file).read_text(encoding="utf-8") for file in files)

    class View(anywidget.AnyWidget):
        _esm = f'{text(scripts_of(widget.kind))}\nexport default Widgets.live("{widget.kind}");\n'
        _css = text(styles_of(widget.kind))
        state = traitlets.Dict().tag(sync=True)
        data = traitlets.Dict().tag(sync=True)
        label = traitlets.Unicode().tag(sync=True)
        frame = traitlets.Unicode().tag(sync=True)

    # By this name the browser keeps one style sheet: the next figure's would replace it.
    View.__name__ = f"{widget.kind}_view"
    frame = figure_html(widget.name, widget.caption, "")
    return View(state=widget.state, data=widget.data(), label=widget.label, frame=frame)
