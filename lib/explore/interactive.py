"""The figure with controls as a cell shows it: live in JupyterLab, stored in the built book."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from matplotlib.figure import Figure

from lib.explore.live import LiveView, live_bundle
from lib.explore.paper import check_paper
from lib.explore.sliders import Slider
from lib.explore.state import State
from lib.explore.static import static_html
from lib.paths import in_a_page, somebody_is_there

__all__ = ["Explore", "explore"]


class Explore(State):
    """A figure whose arguments the reader sets with controls; made by :func:`explore`.

    Attributes
    ----------
    sliders : dict of str to Control
        ``sliders["stride"].value = 2`` moves a control, as the reader would.
    frame : Frame or None
        The last state that could be drawn: ``frame.markup`` and ``frame.alt``.
    error : Exception or None
        Why the state chosen now could not be drawn.
    """

    def __init__(self, draw, alt, sliders, *, name, caption, format="svg", paper=()):
        super().__init__(draw, alt, sliders, name=name, caption=caption, format=format)
        self.paper = check_paper(paper, self.sliders)
        self._live: LiveView | None = None
        self.static_html: str | None = None

    def make_static(self) -> None:
        """Draw every state and keep them, for a page without a kernel."""
        self.static_html = static_html(self, self.keep_all(), self.paper)

    def _repr_mimebundle_(self, include=None, exclude=None):
        if self.static_html is not None:
            return {"text/html": self.static_html, "text/plain": repr(self)}
        # What shows no live view, such as a converted notebook, shows a picture.
        still = {"text/html": self.still_html(), "text/plain": repr(self)}
        if not somebody_is_there():
            return still
        self._live = self._live or LiveView(self)
        return live_bundle(self._live.view, still)


def explore(
    draw: Callable[..., Figure],
    *,
    name: str,
    alt: str | Callable[..., str],
    caption: str,
    format: str = "svg",
    paper: Sequence[Mapping[str, object]] = (),
    **sliders: Slider | Iterable,
) -> Explore:
    """Show a figure whose arguments the reader sets with controls.

    Parameters
    ----------
    draw : callable
        Returns a matplotlib figure; its arguments are the controls. What it marks with
        :func:`touchable` sets them when the reader touches it.
    name : str
        What links lead to, such as ``"one-window"``; no other figure of the book has it.
    alt : str or callable
        What each state shows and what to notice, for readers who cannot see it: a text with a
        ``{placeholder}`` for a control's value, or a function of the same arguments as ``draw``.
    caption : str
        One or two sentences below the figure, saying what it shows; may hold `code` in backticks.
    format : {"svg", "png"}
        "svg" also holds photographs; "png" suits a figure of very many marks.
    paper : sequence of mapping
        The states that stand side by side where nothing moves, on paper and in the e-book: up to
        six, such as ``[{"step": 1}, {"step": 8}]``. A control that a state does not name stays
        where it starts. Without any, the state shown first stands there.
    **sliders : Slider, Buttons, Stepper, Play or list of values
        One for each argument of ``draw`` that has no default. A list of texts, or of two booleans,
        gives buttons; a range, or a list of whole numbers that grow, a stepper; any other list a
        slider.

    Returns
    -------
    Explore
        Shown by the notebook when it is the last thing in a cell.

    Raises
    ------
    ValueError, TypeError
        If the name or the caption does not fit (see :class:`Still`), the controls do not fit
        ``draw`` or each other, or ``paper`` has a state that the controls do not. When the book is
        built (``BOOK_STATIC=1``) also if there are more than 120 states or 150 KB of them.
    RuntimeError
        When the book is built, if ``draw`` fails in any state.

    Examples
    --------
    >>> from lib.figures.style import new_figure
    >>> def draw_power(exponent):
    ...     figure, axes = new_figure(4, 2)
    ...     axes.plot([x**exponent for x in range(5)])
    ...     return figure
    >>> figure = explore(
    ...     draw_power,
    ...     name="powers",
    ...     alt="x to the power {exponent}.",
    ...     caption="A power grows the faster, the larger its exponent.",
    ...     exponent=[1, 2, 3],
    ... )
    >>> figure.sliders["exponent"].value = 2
    >>> figure.frame.alt
    'x to the power 2.'
    """
    figure = Explore(draw, alt, sliders, name=name, caption=caption, format=format, paper=paper)
    if in_a_page():
        figure.make_static()
    figure.redraw()
    return figure
