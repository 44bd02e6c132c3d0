"""A list of layers, as a picture."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from lib.figures.grids import blank_figure

__all__ = ["draw_layers"]

_LINE = 0.17  # inches
_MOST_LINES, _MOST_COLUMNS = 30, 3


def draw_layers(lines: Sequence[str], input_shape: Sequence[int]) -> Figure:
    """Write the layers of a network one below the other, as far as they fit.

    Parameters
    ----------
    lines : sequence of str
        One layer each; indentation shows what is inside of a block.
    input_shape : (int, int, int)
        ``(C, H, W)``
    """
    shown = list(lines[: _MOST_LINES * _MOST_COLUMNS])
    if len(shown) < len(lines):
        shown[-1] = f"… {len(lines) - len(shown) + 1} more lines"
    columns = [shown[i : i + _MOST_LINES] for i in range(0, len(shown), _MOST_LINES)]
    figure = blank_figure(6.3, 0.45 + _LINE * len(columns[0]))
    height = figure.get_figheight()
    size = " × ".join(map(str, input_shape))
    figure.text(0, 1, f"input: {size}", va="top", fontsize=11, weight="bold")
    for column, texts in enumerate(columns):
        for row, text in enumerate(texts):
            # A page does not keep spaces at the beginning of a text: they become a distance.
            indented = 0.01 * (len(text) - len(text.lstrip()))
            x, y = column / _MOST_COLUMNS + indented, 1 - (0.35 + _LINE * row) / height
            figure.text(x, y, text.strip(), va="top", fontsize=8, family="monospace")
    return figure
