"""A figure without sliders."""

from __future__ import annotations

import html

from IPython.display import display
from matplotlib.figure import Figure

from lib.explore.rendering import fresh_prefix, render, with_alt
from lib.explore.sliders import check_alternative, check_text

__all__ = ["Still", "show"]


class Still:
    """A figure with its text alternative, as notebooks and the book show it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to show.
    alt : str
        What the figure shows and what to notice, for readers who cannot see it.
    caption : str, optional
        A line below the figure.
    format : {"svg", "png"}
        "svg" also holds photographs; "png" suits a figure of very many marks.

    Raises
    ------
    TypeError
        If ``figure`` is no matplotlib figure or ``alt`` is no text.
    """

    def __init__(self, figure: Figure, *, alt: str, caption: str | None = None, format="svg"):
        check_alternative(alt)
        check_text(caption, "caption", optional=True)
        self.alt = alt
        markup = with_alt(render(figure, format, prefix=fresh_prefix("figure")), alt)
        text = f'<figcaption class="explore-caption">{html.escape(caption or "")}</figcaption>'
        self.html = (
            f'<figure class="explore-still" style="margin:0">'
            f'<div class="explore-figure">{markup}</div>{text if caption else ""}</figure>'
        )

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": repr(self)}


def show(figure: Figure, *, alt: str, caption: str | None = None, format: str = "svg") -> None:
    """Show a figure without sliders.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to show.
    alt : str
        What the figure shows and what to notice, for readers who cannot see it.
    caption : str, optional
        A line below the figure.
    format : {"svg", "png"}
        As for :func:`lib.explore.explore`.

    Examples
    --------
    >>> from lib.figures.style import new_figure
    >>> figure, axes = new_figure(4, 2)
    >>> show(figure, alt="Empty axes from 0 to 1.")
    Figure: Empty axes from 0 to 1.
    """
    display(Still(figure, alt=alt, caption=caption, format=format))
