"""What a control runs over, and where it stands."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass
from numbers import Real
from typing import ClassVar

import numpy as np

__all__ = ["Control", "Slider", "alternative_text", "check_arguments", "plain"]


@dataclass(frozen=True)
class Slider:
    """The values of one argument that the reader chooses with a slider: for magnitudes.

    Parameters
    ----------
    values : iterable of numbers, strings or booleans
        At least two, all different, in the order in which the slider shows them.
    value : optional
        The one to start with, by default the first.
    label : str, optional
        What stands beside the slider, by default the name of the argument.
    format : str
        How numbers are shown, for example ``"{:.0%}"``. Strings are shown as they are, booleans
        as yes and no.

    Raises
    ------
    ValueError
        If there are fewer than two values, if two are the same or look the same, or if ``value``
        is not among them.
    TypeError
        If ``values`` is no collection of values.

    Examples
    --------
    >>> Slider([1, 2, 3], value=2, label="stride").start
    1
    >>> Slider([1, 2, 3], value=4)
    Traceback (most recent call last):
    ...
    ValueError: the start value must be one of [1, 2, 3], got 4
    """

    values: Iterable
    value: object = None
    label: str | None = None
    format: str = "{:g}"
    kind: ClassVar[str] = "slider"

    def __post_init__(self):
        unordered = isinstance(self.values, str | bytes | Set | Mapping)
        if unordered or not isinstance(self.values, Iterable):
            raise TypeError(f"expected a list of values, got {self.values!r}")
        check_text(self.label, "label", optional=True)
        check_text(self.format, "format")
        values = tuple(map(plain, self.values))
        object.__setattr__(self, "values", values)
        if len(values) < 2:
            raise ValueError(f"expected at least two values, got {list(values)}")
        for first, second in itertools.combinations(values, 2):
            if first == second:
                raise ValueError(f"expected different values, got {first!r} and {second!r}")
            if self.text(first) == self.text(second):
                raise ValueError(
                    f"expected values that look different, got {first!r} and {second!r}, both "
                    f"shown as {self.text(first)!r}; choose another format than {self.format!r}"
                )
        start = values[0] if self.value is None else _found(self.value, values)
        if start is None:
            raise ValueError(f"the start value must be one of {list(values)}, got {self.value!r}")
        object.__setattr__(self, "value", start)

    @property
    def start(self) -> int:
        """The position of the start value."""
        return self.values.index(self.value)

    def place_of(self, value: object) -> int | None:
        """Return where one of the values is among them, ``None`` for another."""
        found = _found(value, self.values)
        return None if found is None else self.values.index(found)

    def text(self, value: object) -> str:
        """Write a value as the reader sees it."""
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, str):
            return value
        try:
            return self.format.format(value)
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            raise ValueError(
                f"the format {self.format!r} does not suit {value!r}: {error}"
            ) from None


def plain(value: object) -> object:
    """Look at a value; NumPy's scalars become Python's, which every format understands."""
    plain = value.item() if isinstance(value, np.generic) else value
    if not isinstance(plain, Real | str):
        raise TypeError(f"expected numbers, texts or booleans as values, got {value!r}")
    return plain


def _found(value: object, values: tuple) -> object:
    """Return the one of the values that is equal to one given, or ``None``."""
    if not isinstance(value, Real | str | np.generic):
        return None  # an array is equal to nothing and everything
    return next((one for one in values if one is value or one == value), None)  # nan is itself


class Control:
    """Where one control stands. Setting ``value`` moves it.

    Parameters
    ----------
    name : str
        The argument that it sets.
    slider : Slider
        What it runs over.
    moved : callable
        Called without arguments after each move.
    """

    def __init__(self, name: str, slider: Slider, moved: Callable[[], None]):
        self.name, self.slider, self.label = name, slider, slider.label or name
        self.position = slider.start
        self._moved = moved

    @property
    def value(self) -> object:
        """The value chosen now."""
        return self.slider.values[self.position]

    @value.setter
    def value(self, value: object) -> None:
        position = self.place_of(value)
        if position != self.position:
            self.position = position
            self._moved()

    def place_of(self, value: object) -> int:
        """Return where a value is among those of the control; refuse another."""
        position = self.slider.place_of(value)
        if position is None:
            expected = list(self.slider.values)
            raise ValueError(f"slider {self.name!r}: expected one of {expected}, got {value!r}")
        return position

    @property
    def text(self) -> str:
        """The value chosen now, as the reader sees it."""
        return self.slider.text(self.value)

    def __repr__(self) -> str:
        return f"{self.label} = {self.text}"


def check_arguments(draw: Callable, sliders: Mapping[str, Slider]) -> None:
    """Refuse sliders that do not fit the arguments of the figure function."""
    if not callable(draw):
        raise TypeError(f"expected a function that draws a figure, got {type(draw).__name__}")
    if not sliders:
        raise ValueError("expected at least one slider, got none; show() is for a still figure")
    name = function_name(draw)
    try:
        parameters = inspect.signature(draw).parameters
    except ValueError:  # some functions written in C do not tell
        raise TypeError(f"the arguments of {name}() are not known; wrap it in a function") from None
    takes = [
        p.name for p in parameters.values() if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)
    ]
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
    for slider in sliders:
        # The name becomes a part of the page, and of a call that a reader can write.
        if not slider.isidentifier():
            raise ValueError(f"a slider has the name of an argument, got {slider!r}")
        if slider not in takes and not takes_any:
            raise TypeError(f"{name}() has no argument {slider!r}; it takes {', '.join(takes)}")
    for p in parameters.values():
        needed = p.default is p.empty and p.kind not in (p.VAR_KEYWORD, p.VAR_POSITIONAL)
        if needed and p.name not in sliders:
            raise TypeError(f"{name}() needs a slider for its argument {p.name!r}, got none")


def function_name(draw: Callable) -> str:
    """Name a figure function in messages."""
    return getattr(draw, "__name__", type(draw).__name__)


class _Shown:
    """A value inside an alt text: as the slider shows it, or by the format given there."""

    def __init__(self, control: Control):
        self._value, self._text = control.value, control.text

    def __format__(self, spec: str) -> str:
        return format(self._value, spec) if spec else self._text

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        return repr(self._value)


def alternative_text(alt: str | Callable[..., str], controls: Iterable[Control]) -> str:
    """Describe the state that the controls are in."""
    if callable(alt):
        text = alt(**{control.name: control.value for control in controls})
        if not isinstance(text, str) or not text.strip():
            raise TypeError(f"alt must return a text, got {text!r}")
        return text
    return alt.format(**{control.name: _Shown(control) for control in controls})


def check_text(text: object, name: str, *, optional: bool = False) -> None:
    """Refuse what is no text where one is written into the page."""
    if not (isinstance(text, str) or (optional and text is None)):
        raise TypeError(f"{name} must be a text, got {text!r}")


def check_alternative(alt: object, controls: Mapping[str, Control] | None = None) -> None:
    """Refuse a text alternative that is missing or, for a figure with sliders, never changes."""
    if controls is not None and callable(alt):
        return
    if not isinstance(alt, str) or not alt.strip():
        wanted = "a text" if controls is None else "a text with {placeholders} or a function"
        raise TypeError(f"alt must be {wanted}: what the figure shows, what to notice; got {alt!r}")
    if controls is not None:
        try:
            fixed = alternative_text(alt, controls.values()) == alt
        except (KeyError, IndexError) as error:
            names = ", ".join(f"{{{name}}}" for name in controls)
            raise ValueError(f"alt has an unknown placeholder {error}; expected {names}") from None
        except (ValueError, TypeError, AttributeError) as error:
            name = next(iter(controls))
            raise ValueError(
                f"alt cannot be filled in ({error}); a placeholder is the name of a slider, as in "
                f"{{{name}}}, a brace that stands for itself is doubled, {{{{ or }}}}; got {alt!r}"
            ) from None
        if fixed:
            name = next(iter(controls))
            raise ValueError(f"alt says the same of every state; use placeholders as in {{{name}}}")
