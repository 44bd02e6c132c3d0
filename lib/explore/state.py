"""The state of a figure with controls: what they say, and the figure they ask for."""

from __future__ import annotations

import html
import itertools
import math
from collections.abc import Callable, Iterable
from typing import NamedTuple

from matplotlib.figure import Figure

from lib.explore.kinds import as_control
from lib.explore.naming import check_caption, check_name, figure_html
from lib.explore.rendering import check_format, render, with_alt
from lib.explore.sliders import (
    Control,
    alternative_text,
    check_alternative,
    check_arguments,
    function_name,
)
from lib.explore.touch import find_targets

__all__ = ["MAX_FRAMES", "Frame", "State"]

MAX_FRAMES = 120


class Frame(NamedTuple):
    """One state of a figure: its markup, and its text alternative."""

    markup: str
    alt: str


class State:
    """A figure whose arguments are set with controls, however it is shown.

    Attributes
    ----------
    name, caption : str
        What links lead to, and what stands below.
    sliders : dict of str to Control
        ``sliders["stride"].value = 2`` moves a control, as the reader would.
    frame : Frame or None
        The last state that could be drawn: ``frame.markup`` and ``frame.alt``.
    error : Exception or None
        Why the state chosen now could not be drawn.
    """

    def __init__(self, draw, alt, sliders, *, name, caption, format="svg"):
        check_format(format)
        self.name, self.caption = check_name(name), check_caption(caption)
        sliders = {of: as_control(of, given) for of, given in sliders.items()}
        check_arguments(draw, sliders)
        self.draw, self.alt, self.format = draw, alt, format
        self.sliders = {of: Control(of, s, self.redraw) for of, s in sliders.items()}
        check_alternative(alt, self.sliders)
        self.id = f"{name}-"  # with a hyphen more it begins the ids of its parts: no name has two
        self.frame: Frame | None = None
        self.error: Exception | None = None
        self.drawn_values: dict[str, object] = {}
        self.watchers: list[Callable[[], None]] = []
        self._frames: dict[tuple[int, ...], Frame] = {}

    @property
    def values(self) -> dict[str, object]:
        """What the controls say now."""
        return {name: control.value for name, control in self.sliders.items()}

    @property
    def function(self) -> str:
        """The name of the function that draws."""
        return function_name(self.draw)

    def set(self, **values) -> None:
        """Move several controls at once, and draw once.

        Raises
        ------
        ValueError
            If there is no such control, or it has no such value; then none moves.
        """
        if unknown := [name for name in values if name not in self.sliders]:
            raise ValueError(f"expected some of {', '.join(self.sliders)}, got {unknown[0]}")
        places = {name: self.sliders[name].place_of(value) for name, value in values.items()}
        if any(self.sliders[name].position != place for name, place in places.items()):
            for name, place in places.items():
                self.sliders[name].position = place
            self.redraw()

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
                f"{self.function}() has {math.prod(sizes.values())} frames ({product}), at most "
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
            raise RuntimeError(f"{self.function}({call}) raised {problem}") from error

    def _move(self, state: Iterable[int]) -> None:
        for control, position in zip(self.sliders.values(), state, strict=True):
            control.position = position

    def _draw(self) -> Frame:
        state = tuple(control.position for control in self.sliders.values())
        if state in self._frames:
            return self._frames[state]
        figure = self.draw(**self.values)
        if not isinstance(figure, Figure):
            raise TypeError(f"{self.function}() must return a Figure, got {type(figure).__name__}")
        if find_targets(figure, self.sliders) and self.format == "png":
            raise ValueError(f"{self.function}() draws targets to touch; they need format='svg'")
        markup = render(figure, self.format, prefix=self.id)
        return Frame(markup, alternative_text(self.alt, self.sliders.values()))

    def keep_all(self) -> list[Frame]:
        """Draw every state as :meth:`draw_all` does, and draw none of them again."""
        frames = self.draw_all()
        states = itertools.product(*(range(len(c.slider.values)) for c in self.sliders.values()))
        self._frames = dict(zip(states, frames, strict=True))
        return frames

    def still_html(self) -> str:
        """Write the last state that could be drawn as a picture that does not move."""
        if self.frame is None:
            return f"<p>{html.escape(repr(self))}</p>"
        markup = with_alt(self.frame.markup, self.frame.alt)
        picture = f'<div class="explore-figure">{markup}</div>'
        return figure_html(self.name, self.caption, picture)

    def __repr__(self) -> str:
        controls = ", ".join(map(repr, self.sliders.values()))
        return f"Figure with sliders ({controls}): {self.frame.alt if self.frame else self.error}"
