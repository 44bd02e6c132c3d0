"""The figure with controls in JupyterLab: each move asks the live kernel."""

from __future__ import annotations

import html
import traceback
from pathlib import Path

import anywidget
import traitlets

from lib.explore.naming import caption_html
from lib.explore.state import State
from lib.explore.static import HINT, describe_controls

__all__ = ["LiveView", "live_bundle"]

_FOLDER = Path(__file__).parent
_ERROR_STYLE = (
    "border-left:4px solid #D55E00;padding:.5em .8em;margin:.5em 0;line-height:1.4;"
    "overflow-wrap:anywhere;white-space:pre-wrap"
)


def _text(*files: str) -> str:
    return "\n".join((_FOLDER / file).read_text(encoding="utf-8") for file in files)


class _View(anywidget.AnyWidget):
    """The script of the page, with the kernel in place of the stored states."""

    _esm = _text("controls.js", "figure.js") + "\nexport default Explore.live();\n"
    _css = _text("controls.css", "figure.css")
    controls = traitlets.List().tag(sync=True)
    places = traitlets.List().tag(sync=True)
    frame = traitlets.Dict().tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    caption = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode(HINT).tag(sync=True)


class LiveView:
    """Controls, the figure below them, and the error of a figure that failed.

    Parameters
    ----------
    figure : State
        Whose controls these are.
    """

    def __init__(self, figure: State):
        self.figure = figure
        described = describe_controls(list(figure.sliders.values()))
        label, caption = f"Figure of {figure.name}", caption_html(figure.caption)
        self.view = _View(controls=described, label=label, caption=caption)
        figure.watchers.append(self.update)
        self.update()
        self.view.observe(self._moved, "places")

    def _moved(self, change) -> None:
        controls = self.figure.sliders
        pairs = zip(controls.items(), change["new"], strict=True)
        self.figure.set(**{name: c.slider.values[place] for (name, c), place in pairs})

    def update(self) -> None:
        """Show what the figure's state is now."""
        figure = self.figure
        places = [control.position for control in figure.sliders.values()]
        frame = {"markup": "", "alt": "", "stale": bool(figure.error), "places": places}
        if figure.frame is not None:
            frame |= figure.frame._asdict()
        with self.view.hold_sync():  # one message
            self.view.places = places
            self.view.message = _describe(figure) if figure.error else ""
            self.view.frame = frame


def _describe(figure: State) -> str:
    error = figure.error
    where = traceback.extract_tb(error.__traceback__)[-1]
    parts = [
        f"<strong>{type(error).__name__}</strong>: {html.escape(str(error))}",
        f"in {html.escape(where.name)}(), line {where.lineno}: "
        f"<code>{html.escape(where.line or '')}</code>",
    ]
    if figure.frame is not None:
        shown = ", ".join(
            f"{c.label} = {c.slider.text(figure.drawn_values[name])}"
            for name, c in figure.sliders.items()
        )
        parts.append(f"The figure below is stale: it still shows {html.escape(shown)}.")
    return (
        f'<div role="alert" class="explore-error" style="{_ERROR_STYLE}">'
        + "\n".join(parts)
        + "</div>"
    )


def live_bundle(view, still: dict[str, str]) -> tuple[dict[str, object], dict[str, object]]:
    """Give what a notebook displays of a widget: the widget, and a picture for where none is.

    The second part says where Colab finds the script that shows widgets; elsewhere it is empty.
    """
    data, metadata = view._repr_mimebundle_()
    return data | still, metadata
