"""What is drawn becomes a target: touched in the figure, it sets controls.

A function that draws marks its artists with :func:`touchable`; where they are small, or a picture,
it lays an invisible area over them with :func:`touchable_area`, and over a curve tiles with
:func:`touchable_along`. The reader clicks a target, or drags over several; whoever uses the
keyboard has the controls.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import Rectangle

from lib.explore.sliders import Control, plain
from lib.settings import as_number

__all__ = ["TARGET", "find_targets", "parts_of", "touchable", "touchable_along", "touchable_area"]

# The group id of a target that is found: the place of each control, and of its value among all.
TARGET = re.compile(r"touch(-along)? ([\d: ]+)")
_MARKED = re.compile(r"touch(-along)?(\{.*\})")
_ABOVE = 100  # the zorder of invisible areas


def touchable(artist: Artist, **values: object) -> Artist:
    """Let the reader set controls by touching something that a figure function draws.

    Parameters
    ----------
    artist : matplotlib.artist.Artist
        Something filled, such as a rectangle, a circle, a bar or a text.
    **values
        The value that each control takes, for one or several controls of the figure.

    Returns
    -------
    matplotlib.artist.Artist
        The same.

    Raises
    ------
    TypeError
        If it is no artist, or a value is no number, text or boolean.
    ValueError
        If there are no values. That a control has them is looked at when :func:`explore` draws.

    Examples
    --------
    >>> from lib.explore import explore
    >>> from lib.figures.style import new_figure
    >>> def draw(bar):
    ...     figure, axes = new_figure(3, 2)
    ...     for place, drawn in enumerate(axes.bar(range(3), [2, 3, 1])):
    ...         touchable(drawn, bar=place).set_alpha(1 if place == bar else 0.4)
    ...     return figure
    >>> figure = explore(
    ...     draw,
    ...     name="three-bars",
    ...     alt="Three bars; bar {bar} is dark.",
    ...     caption="Three bars, of which one is dark.",
    ...     bar=range(3),
    ... )
    """
    if not isinstance(artist, Artist):
        raise TypeError(f"touchable expects what matplotlib drew, got {type(artist).__name__}")
    if isinstance(artist, AxesImage):
        raise TypeError("touchable expects a shape or a text; lay touchable_area over a picture")
    artist.set_gid("touch" + _written(values))
    return artist


def touchable_area(
    axes: Axes, x0: float, x1: float, y0: float, y1: float, **values: object
) -> Rectangle:
    """Let the reader set controls by touching a part of some axes, whatever is drawn there.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    x0, x1, y0, y1 : float
        Its sides, in the units of the data.
    **values
        As for :func:`touchable`.

    Returns
    -------
    matplotlib.patches.Rectangle
        Invisible.
    """
    _check_axes(axes)
    text = _written(values)
    sides = {"x0": x0, "x1": x1, "y0": y0, "y1": y1}
    x0, x1, y0, y1 = (as_number(side, name) for name, side in sides.items())
    area = Rectangle((x0, y0), x1 - x0, y1 - y0, fc="none", ec="none", lw=0, zorder=_ABOVE)
    area.set(gid="touch" + text, in_layout=False)
    axes.add_artist(area)
    return area


def touchable_along(
    axes: Axes, x_values: Sequence[float], name: str, values: Sequence | None = None
) -> list[Rectangle]:
    """Let the reader set a control by dragging sideways in some axes: to the nearest x.

    Call it once the limits of the axes are set.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Its scale may be logarithmic.
    x_values : sequence of float
        Where each value of the control lies, in the units of the data.
    name : str
        The control.
    values : sequence, optional
        What it takes there, by default ``x_values``.

    Returns
    -------
    list of matplotlib.patches.Rectangle
        Invisible tiles, from the left.

    Raises
    ------
    ValueError
        If there are fewer than two places, two are the same, or another number of values.
    """
    _check_axes(axes)
    if not isinstance(x_values, Iterable):
        raise TypeError(f"expected the places of the values along x, got {x_values!r}")
    if not isinstance(name, str):
        raise TypeError(f"expected the name of a control, got {name!r}")
    x_values = list(x_values)
    places = [as_number(x, "x_values") for x in x_values]
    values = x_values if values is None else list(values)
    if len(values) != len(places):
        raise ValueError(f"expected a value for each of {len(places)} places, got {len(values)}")
    if len(set(places)) < max(2, len(places)):
        raise ValueError(f"expected at least two different places, got {places}")
    scale, order = axes.xaxis.get_transform(), np.argsort(places)
    at = scale.transform(np.array(places)[order])
    ends = scale.transform(np.array(sorted(axes.get_xlim())))
    middles = (at[1:] + at[:-1]) / 2
    edges = [min(ends[0], at[0]), *middles, max(ends[1], at[-1])]
    edges = scale.inverted().transform(np.array(edges))
    tiles = []
    for place, left, right in zip(order, edges[:-1], edges[1:], strict=True):
        tile = Rectangle((left, 0), right - left, 1, fc="none", ec="none", lw=0, zorder=_ABOVE)
        tile.set(transform=axes.get_xaxis_transform(), in_layout=False)
        tile.set_gid("touch-along" + _written({name: values[place]}))
        axes.add_artist(tile)
        tiles.append(tile)
    return tiles


def _check_axes(axes: Axes) -> None:
    if not isinstance(axes, Axes):
        raise TypeError(f"expected axes of matplotlib, got {type(axes).__name__}")


def _written(values: Mapping[str, object]) -> str:
    if not values:
        raise ValueError("a target expects the value of a control, as in row=2; got none")
    return json.dumps({name: plain(value) for name, value in values.items()})


def parts_of(artist: Artist) -> Iterator[Artist]:
    """Yield an artist and all it is made of, but for the ticks of an axis.

    They would be made only to be looked at, which takes a quarter of the time of a drawing.
    """
    yield artist
    if not isinstance(artist, Axis):
        for child in artist.get_children():
            yield from parts_of(child)


def find_targets(figure: Figure, controls: Mapping[str, Control]) -> int:
    """Say of each target of a figure which controls it sets, and to which of their values.

    Returns
    -------
    int
        How many there are.

    Raises
    ------
    ValueError
        If a target names a control, or a value, that the figure does not have.
    """
    names, count = list(controls), 0
    for artist in parts_of(figure):
        marked = _MARKED.fullmatch(artist.get_gid() or "")
        if not marked:
            continue
        along, written = marked.groups()
        places = []
        for name, value in json.loads(written).items():
            if name not in controls:
                raise ValueError(
                    f"a target sets {name!r} to {value!r}, but the figure's controls are "
                    f"{', '.join(names)}"
                )
            place = controls[name].slider.place_of(value)
            if place is None:
                expected = list(controls[name].slider.values)
                raise ValueError(f"a target sets {name!r} to {value!r}, not one of {expected}")
            places.append(f"{names.index(name)}:{place}")
        artist.set_gid(f"touch{along or ''} {' '.join(places)}")
        count += 1
    return count
