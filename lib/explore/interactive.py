"""The figure with sliders: its state, and what happens when a slider moves."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterable
from typing import NamedTuple

from matplotlib.figure import Figure

from lib.explore.rendering import check_format, fresh_prefix, render
from lib.explore.sliders import (
    Control,
    Slider,
    alternative_text,
    as_slider,
    check_alternative,
    check_arguments,
    function_name,
)

__all__ = ["MAX_FRAMES", "Explore", "Frame", "explore"]

MAX_FRAMES = 120


class Frame(NamedTuple):
    """One state of a figure: its markup, and its text alternative."""

    markup: str
    alt: str


class Explore:
    """A figure whose arguments the reader sets with sliders; made by :func:`explore`.

    Attributes
    ----------
    sliders : dict of str to Control
        ``sliders["stride"].value = 2`` moves a slider, as the reader would.
    frame : Frame or None
        The last state that could be drawn: ``frame.markup`` and ``frame.alt``.
    error : Exception or None
        Why the state chosen now could not be drawn.
    """

    def __init__(self, draw, alt, sliders, *, format="svg", caption=None):
        check_format(format)
        sliders = {name: as_slider(name, given) for name, given in sliders.items()}
        check_arguments(draw, sliders)
        self.draw, self.alt, self.format, self.caption = draw, alt, format, caption
        self.sliders = {name: Control(name, s, self.redraw) for name, s in sliders.items()}
        check_alternative(alt, self.sliders)
        self.id = fresh_prefix("explore")
        self.frame: Frame | None = None
        self.error: Exception | None = None
        self.drawn_values: dict[str, object] = {}
        self.watchers: list[Callable[[], None]] = []
        self._frames: dict[tuple[int, ...], Frame] = {}
        self._live = None
        self.static_html: str | None = None

    @property
    def values(self) -> dict[str, object]:
        """What the sliders say now."""
        return {name: control.value for name, control in self.sliders.items()}

    @property
    def name(self) -> str:
        """The name of the function that draws."""
        return function_name(self.draw)

    def redraw(self) -> None:
        """Draw the state chosen now. An exception of the figure function goes to ``error``."""
        try:
            frame = self._draw()
        except Exception as error:
            self.error = error
        else:
            self.frame, self.error, self.drawn_values = frame, None, self.values
        for changed in self.watchers:
            changed()

    def draw_all(self) -> list[Frame]:
        """Draw every state, the last slider running fastest; the sliders stay where they are.

        Raises
        ------
        ValueError
            If there are more than 120 states.
        RuntimeError
            If the figure function fails; the message names the values of the sliders.
        """
        sizes = {name: len(control.slider.values) for name, control in self.sliders.items()}
        if math.prod(sizes.values()) > MAX_FRAMES:
            product = " × ".join(f"{size} {name}" for name, size in sizes.items())
            raise ValueError(
                f"{self.name}() has {math.prod(sizes.values())} frames ({product}), at most "
                f"{MAX_FRAMES} fit in a page; shorten slider {self.longest!r}"
            )
        before = [control.position for control in self.sliders.values()]
        try:
            return [
                self._frame_at(state) for state in itertools.product(*map(range, sizes.values()))
            ]
        finally:
            self._move(before)

    @property
    def longest(self) -> str:
        """The name of the slider with the most values."""
        return max(self.sliders, key=lambda name: len(self.sliders[name].slider.values))

    def _frame_at(self, state: Iterable[int]) -> Frame:
        self._move(state)
        try:
            return self._draw()
        except Exception as error:
            call = ", ".join(f"{name}={value!r}" for name, value in self.values.items())
            problem = f"{type(error).__name__}: {error}"
            raise RuntimeError(f"{self.name}({call}) raised {problem}") from error

    def _move(self, state: Iterable[int]) -> None:
        for control, position in zip(self.sliders.values(), state, strict=True):
            control.position = position

    def _draw(self) -> Frame:
        state = tuple(control.position for control in self.sliders.values())
        if state in self._frames:
            return self._frames[state]
        figure = self.draw(**self.values)
        if not isinstance(figure, Figure):
            raise TypeError(f"{self.name}() must return a Figure, got {type(figure).__name__}")
        markup = render(figure, self.format, prefix=self.id)
        return Frame(markup, alternative_text(self.alt, self.sliders.values()))

    def make_static(self) -> None:
        """Draw every state and keep them, for a page without a kernel."""
        from lib.explore.static import static_html

        frames = self.draw_all()
        self.static_html = static_html(self, frames)
        states = itertools.product(*(range(len(c.slider.values)) for c in self.sliders.values()))
        self._frames = dict(zip(states, frames, strict=True))

    def __repr__(self) -> str:
        controls = ", ".join(map(repr, self.sliders.values()))
        return f"Figure with sliders ({controls}): {self.frame.alt if self.frame else self.error}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        if self.static_html is not None:
            return {"text/html": self.static_html, "text/plain": repr(self)}
        if self._live is None:
            from lib.explore.live import LiveView

            self._live = LiveView(self)
        return self._live.bundle() | {"text/plain": repr(self)}


def explore(
    draw: Callable[..., Figure],
    *,
    alt: str | Callable[..., str],
    format: str = "svg",
    caption: str | None = None,
    **sliders: Slider | Iterable,
) -> Explore:
    """Show a figure whose arguments the reader sets with sliders.

    Parameters
    ----------
    draw : callable
        Returns a matplotlib figure; its arguments are the sliders.
    alt : str or callable
        What each state shows and what to notice, for readers who cannot see it: a text with a
        ``{placeholder}`` for a slider's value, or a function of the same arguments as ``draw``.
    format : {"svg", "png"}
        "svg" also holds photographs; "png" suits a figure of very many marks.
    caption : str, optional
        A line below the figure.
    **sliders : Slider or list of values
        One for each argument of ``draw`` that has no default.

    Returns
    -------
    Explore
        Shown by the notebook when it is the last thing in a cell.

    Raises
    ------
    ValueError, TypeError
        If the sliders do not fit ``draw`` or each other. When the book is built
        (``BOOK_STATIC=1``) also if there are more than 120 states or 150 KB of them.
    RuntimeError
        When the book is built, if ``draw`` fails in any state.

    Examples
    --------
    >>> from lib.figures.style import new_figure
    >>> def draw_power(exponent):
    ...     figure, axes = new_figure(4, 2)
    ...     axes.plot([x**exponent for x in range(5)])
    ...     return figure
    >>> figure = explore(draw_power, alt="x to the power {exponent}.", exponent=[1, 2, 3])
    >>> figure.sliders["exponent"].value = 2
    >>> figure.frame.alt
    'x to the power 2.'
    """
    figure = Explore(draw, alt, sliders, format=format, caption=caption)
    if os.environ.get("BOOK_STATIC") == "1":
        figure.make_static()
    figure.redraw()
    return figure
