"""The figure with sliders in JupyterLab: each move asks the live kernel."""

from __future__ import annotations

import html
import json
import traceback
from pathlib import Path

import ipywidgets

from lib.explore.naming import figure_html
from lib.explore.rendering import with_alt
from lib.explore.state import State

__all__ = ["LiveView"]

_SCRIPT = Path(__file__).with_name("live.js")
_ERROR_STYLE = (
    "border-left:4px solid #D55E00;padding:.5em .8em;margin:.5em 0;line-height:1.4;"
    "overflow-wrap:anywhere;white-space:pre-wrap"
)


class LiveView:
    """Sliders of ipywidgets, the figure below them, and the error of a figure that failed.

    Parameters
    ----------
    figure : State
        Whose sliders these are.
    """

    def __init__(self, figure: State):
        self.figure = figure
        self.widgets = {name: self._slider(control) for name, control in figure.sliders.items()}
        self.message = ipywidgets.HTML()
        self.picture = ipywidgets.HTML()
        for part in (self.message, self.picture):
            part.layout.width = "100%"
        parts = [*self.widgets.values(), self.message, self.picture, self._repair()]
        self.box = ipywidgets.VBox(parts)
        self.box.add_class("explore-box")
        figure.watchers.append(self.update)
        self.update()

    def _slider(self, control) -> ipywidgets.SelectionSlider:
        slider = control.slider
        widget = ipywidgets.SelectionSlider(
            options=[
                (slider.text(value), position) for position, value in enumerate(slider.values)
            ],
            value=control.position,
            description=control.label,
            style={"description_width": "initial"},  # as wide as the label
            layout={"width": "min(100%, 36em)"},
        )

        def moved(change):
            control.value = slider.values[change["new"]]

        widget.observe(moved, "value")
        return widget

    def _repair(self) -> ipywidgets.Output:
        controls = self.figure.sliders.values()
        texts = [[c.slider.text(value) for value in c.slider.values] for c in controls]
        script = f"{_SCRIPT.read_text(encoding='utf-8')}(element, {json.dumps(texts)});"
        data = {"application/javascript": script}
        output = {"output_type": "display_data", "data": data, "metadata": {}}
        return ipywidgets.Output(outputs=[output])

    def update(self) -> None:
        """Show what the figure's state is now."""
        figure = self.figure
        for name, control in figure.sliders.items():
            self.widgets[name].value = control.position
        self.message.value = _describe(figure) if figure.error else ""
        if figure.frame is None:
            self.picture.value = ""
            return
        style = ' style="opacity:.35"' if figure.error else ""
        markup = with_alt(figure.frame.markup, figure.frame.alt)
        picture = f'<div class="explore-figure"{style}>{markup}</div>'
        self.picture.value = figure_html(figure.name, figure.caption, picture)

    def bundle(self) -> dict[str, object]:
        """Give what the notebook displays."""
        return self.box._repr_mimebundle_()


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
