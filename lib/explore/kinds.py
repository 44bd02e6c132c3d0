"""The controls beside the slider: each suits another kind of values."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar

from lib.explore.sliders import Slider

__all__ = ["Buttons", "Play", "Stepper", "as_control"]


class Buttons(Slider):
    """A row of buttons, one for each value, of which one is down: for what has a name.

    A list of texts, or of two booleans, becomes buttons by itself; write ``Buttons`` to choose
    the first value or the label. The parameters are those of :class:`Slider`.

    Examples
    --------
    >>> Buttons(["max", "average"], value="average", label="pooling").start
    1
    """

    kind: ClassVar[str] = "buttons"


class Play(Slider):
    """A slider with a button that moves it from value to value, to the last: for time.

    The parameters are those of :class:`Slider`.

    Examples
    --------
    >>> Play(range(3), label="steps taken").values
    (0, 1, 2)
    """

    kind: ClassVar[str] = "play"


@dataclass(frozen=True)
class Stepper(Slider):
    """A whole number that is typed, or moved with a button on either side.

    A ``range``, or a list of whole numbers that grow, becomes a stepper by itself; write
    ``Stepper`` to choose the first value or the label.

    Parameters
    ----------
    values : iterable of int
        At least two, each greater than the one before.
    value, label : optional
        As for :class:`Slider`.
    format : str
        How texts write the number; the control shows it as it is.

    Raises
    ------
    TypeError, ValueError
        As for :class:`Slider`; also if a value is no whole number, or they do not grow.

    Examples
    --------
    >>> Stepper([1, 2, 4], value=2, label="stride").start
    1
    >>> Stepper([2, 1])
    Traceback (most recent call last):
    ...
    ValueError: a stepper expects whole numbers that grow, got [2, 1]
    """

    format: str = "{}"
    kind: ClassVar[str] = "stepper"

    def __post_init__(self):
        super().__post_init__()
        if not _grow(self.values):
            expected = "a stepper expects whole numbers that grow"
            raise ValueError(f"{expected}, got {list(self.values)}")


def _grow(values: tuple) -> bool:
    whole = all(isinstance(v, int) and not isinstance(v, bool) for v in values)
    return whole and all(first < second for first, second in itertools.pairwise(values))


def as_control(name: str, given: object) -> Slider:
    """Take a control, or make the one that suits a list of values; errors name the argument."""
    try:
        if isinstance(given, Slider):
            return given
        if isinstance(given, Iterable) and not hasattr(given, "__len__"):
            given = list(given)  # an iterator gives its values once
        slider = Slider(given)
        values = slider.values
        if _grow(values):
            return Stepper(values)
        if all(isinstance(v, str | bool) for v in values):
            return Buttons(values)
        return slider
    except (TypeError, ValueError) as error:
        raise type(error)(f"slider {name!r}: {error}") from None
