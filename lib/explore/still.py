"""A figure without sliders."""

from __future__ import annotations

from IPython.display import display
from matplotlib.figure import Figure

from lib.explore.naming import check_caption, check_name, figure_html
from lib.explore.rendering import render, with_alt
from lib.explore.sliders import check_alternative

__all__ = ["Still", "show"]


class Still:
    """A figure with its text alternative, as notebooks and the book show it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        What to show.
    name : str
        What links lead to, such as ``"one-window"``; no other figure of the book has it.
    alt : str
        What the figure shows and what to notice, for readers who cannot see it.
    caption : str
        One or two sentences below the figure, saying what it shows; may hold `code` in backticks.
    format : {"svg", "png"}
        "svg" also holds photographs; "png" suits a figure of very many marks.

    Attributes
    ----------
    markup : str
        The drawing alone, without its text alternative.
    picture : str
        The figure alone, as HTML.
    html : str
        The figure with its name and caption.

    Raises
    ------
    TypeError
        If ``figure`` is no matplotlib figure, or ``name``, ``alt`` or ``caption`` is no text.
    ValueError
        If ``name`` has other characters than lower-case letters, digits and hyphens between words,
        or a backtick in ``caption`` has no partner.
    """

    def __init__(self, figure: Figure, *, name: str, alt: str, caption: str, format: str = "svg"):
        check_alternative(alt)
        self.name, self.alt, self.caption = check_name(name), alt, check_caption(caption)
        self.markup = render(figure, format, prefix=f"{name}-")
        self.picture = f'<div class="explore-figure">{with_alt(self.markup, alt)}</div>'
        self.html = figure_html(name, caption, self.picture)

    def __repr__(self) -> str:
        return f"Figure: {self.alt}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": self.html, "text/plain": repr(self)}


def show(figure: Figure, *, name: str, alt: str, caption: str, format: str = "svg") -> None:
    """Show a figure without sliders.

    Parameters
    ----------
    figure, name, alt, caption, format
        As for :class:`lib.explore.Still`.

    Examples
    --------
    >>> from lib.figures.style import new_figure
    >>> figure, axes = new_figure(4, 2)
    >>> show(figure, name="empty", alt="Empty axes from 0 to 1.", caption="Empty axes.")
    Figure: Empty axes from 0 to 1.
    """
    display(Still(figure, name=name, alt=alt, caption=caption, format=format))
