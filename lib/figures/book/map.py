"""The map of the book: what a reader of a chapter has read."""

from __future__ import annotations

from typing import NamedTuple

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

from lib.explore import touchable_area
from lib.figures.grids import blank_figure, place_axes
from lib.figures.style import ACCENT, BLANK, INK, MUTED, POSITIVE
from lib.settings import as_choice

__all__ = ["CHAPTERS", "Place", "describe_map", "draw_map", "read_before"]


class Place(NamedTuple):
    """A chapter on the map: its short title, what it asks to be read first, and where it stands."""

    title: str
    needs: tuple[int, ...]
    row: int
    column: int  # in halves of a box's width


CHAPTERS = {
    1: Place("pixels", (), 0, 1),
    2: Place("convolution", (), 0, 3),
    3: Place("pooling", (1, 2), 1, 1),
    4: Place("im2col", (2,), 1, 4),
    5: Place("backward", (2, 3, 4), 2, 2),
    6: Place("a CNN", (1, 2, 3, 4, 5), 3, 2),
    7: Place("seeing", (6,), 4, 0),
    8: Place("learning", (6,), 4, 2),
    9: Place("generalizing", (8,), 5, 0),
    10: Place("deeper", (8,), 5, 2),
    11: Place("architectures", (10,), 6, 2),
    12: Place("transfer", (8,), 5, 4),
    13: Place("faster", (6,), 4, 4),
}
_WIDTH, _HEIGHT, _ACROSS, _DOWN = 1.24, 0.4, 0.86, 0.66  # inches


def read_before(chapter: int) -> tuple[int, ...]:
    """Return the chapters that come before one, directly or through others.

    Parameters
    ----------
    chapter : int
        A key of `CHAPTERS`.

    Examples
    --------
    >>> read_before(5)
    (1, 2, 3, 4)
    """
    as_choice(chapter, "chapter", CHAPTERS)
    found = set(CHAPTERS[chapter].needs)
    for each in CHAPTERS[chapter].needs:
        found |= set(read_before(each))
    return tuple(sorted(found))


def draw_map(chapter: int) -> Figure:
    """Draw the chapters, with an arrow from each to those that build on it, and a way to one.

    Parameters
    ----------
    chapter : int
        A key of `CHAPTERS`: it and what comes before it stand out.
    """
    before = read_before(chapter)
    rows = 1 + max(place.row for place in CHAPTERS.values())
    columns = 1 + max(place.column for place in CHAPTERS.values())
    width, height = (columns - 1) * _ACROSS + _WIDTH + 0.1, (rows - 1) * _DOWN + _HEIGHT + 0.1
    figure = blank_figure(width, height)
    ax = place_axes(figure, 0, 0, width, height)
    ax.set(xlim=(0, width), ylim=(height, 0))
    ax.axis("off")
    for number, place in CHAPTERS.items():
        for need in _direct(number):
            _draw_arrow(ax, need, number, strong=number in (*before, chapter))
        _draw_box(ax, number, place, chapter, before)
    return figure


def describe_map(chapter: int) -> str:
    """Say what :func:`draw_map` shows."""
    before = read_before(chapter)
    title = f"chapter {chapter}, {CHAPTERS[chapter].title}"
    if not before:
        return f"Map of the book. Nothing needs to be read before {title}."
    read = ", ".join(map(str, before))
    return f"Map of the book. Before {title}, come chapters {read}."


def _direct(chapter: int) -> list[int]:
    """Return what a chapter needs that no other of its needs has needed: the arrows to draw."""
    needs = CHAPTERS[chapter].needs
    return [n for n in needs if not any(n in read_before(other) for other in needs)]


def _corner(place: Place) -> tuple[float, float]:
    return 0.05 + place.column * _ACROSS, 0.05 + place.row * _DOWN


def _draw_arrow(ax, start: int, end: int, *, strong: bool) -> None:
    (x, y), (to_x, to_y) = (_corner(CHAPTERS[each]) for each in (start, end))
    ax.annotate(
        "",
        (to_x + _WIDTH / 2, to_y - 0.01),
        (x + _WIDTH / 2, y + _HEIGHT + 0.01),
        arrowprops={
            "arrowstyle": "-|>",
            "color": POSITIVE if strong else MUTED,
            "linewidth": 2.5 if strong else 1.2,
            "shrinkA": 0,
            "shrinkB": 0,
        },
    )


def _draw_box(ax, number: int, place: Place, chapter: int, before: tuple[int, ...]) -> None:
    x, y = _corner(place)
    ground, ink = (POSITIVE, "#FFFFFF") if number in before else (BLANK, INK)
    box = FancyBboxPatch(
        (x, y),
        _WIDTH,
        _HEIGHT,
        boxstyle="round,pad=0,rounding_size=0.08",
        facecolor=ground,
        edgecolor=ACCENT if number == chapter else MUTED,
        linewidth=3 if number == chapter else 1,
    )
    ax.add_patch(box)
    ax.text(
        x + _WIDTH / 2,
        y + _HEIGHT / 2,
        f"{number} {place.title}",
        ha="center",
        va="center_baseline",
        size=10,
        color=ink,
    )
    touchable_area(ax, x, x + _WIDTH, y, y + _HEIGHT, chapter=number)
