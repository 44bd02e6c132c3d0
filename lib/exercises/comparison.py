"""Compare what an answer returns with what it should, and say where they differ."""

from __future__ import annotations

import copy
import difflib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Number

import numpy as np

from lib.settings import as_number

__all__ = [
    "NotWritten",
    "Rejected",
    "count_steps",
    "expect",
    "expect_equal",
    "expect_number",
    "or_rather",
    "short",
    "unwritten",
]


class Rejected(Exception):
    """An answer is wrong; the message tells the reader why."""


class NotWritten(Rejected):
    """The skeleton was left as it is."""

    text = "not written yet"

    def __init__(self):
        super().__init__(self.text)


def unwritten(value: object) -> bool:
    """Whether a value is what an unfilled skeleton gives: None, ..., NotImplemented, or several."""
    if isinstance(value, tuple | list):
        return len(value) > 0 and all(map(unwritten, value))
    return value is None or value is ... or value is NotImplemented


def expect(
    answer: Callable,
    *args: object,
    returns: object,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    dtype: object = None,
    **kwargs: object,
) -> None:
    """Call an answer and compare what it returns; also, it must not write into its arguments.

    Parameters
    ----------
    answer : callable
        The reader's function.
    *args, **kwargs
        What to call it with.
    returns : number, array, string, or a list, tuple or dict of them
        What it should return.
    rtol, atol : float
        How far numbers may be off: ``atol + rtol * abs(expected)``.
    dtype : dtype, optional
        What an array's dtype must be.

    Raises
    ------
    Rejected
        With the call, what was expected and what came.

    Examples
    --------
    >>> expect(abs, -2, returns=2)
    >>> expect(len, [1, 2], returns=3)
    Traceback (most recent call last):
    ...
    lib.exercises.comparison.Rejected: len([1, 2]): expected 3, got 2
    """
    if not callable(answer):
        raise Rejected(f"expected a function, got {short(answer)}")
    given = _call(answer, args, kwargs)
    mine, mine_by_name = copy.deepcopy((args, kwargs))
    try:
        got = answer(*mine, **mine_by_name)
    except NotImplementedError:
        raise NotWritten from None
    except Exception as error:
        raise Rejected(f"{given} raised {type(error).__name__}: {error}") from error
    if returns is not None and unwritten(got):
        raise NotWritten
    if _changed((args, kwargs), (mine, mine_by_name)):
        raise Rejected(f"{given} writes into its arguments; work on a copy")
    expect_equal(got, returns, given, rtol=rtol, atol=atol, dtype=dtype)


def expect_equal(
    got: object,
    expected: object,
    given: str = "",
    *,
    rtol: float = 1e-6,
    atol: float = 1e-8,
    dtype: object = None,
) -> None:
    """Compare a value with the expected one.

    Parameters
    ----------
    got, expected : number, array, string, or a list, tuple or dict of them
        What to compare.
    given : str
        What the value is or comes from; starts the message.
    rtol, atol, dtype
        As in :func:`expect`.

    Raises
    ------
    Rejected
        With what was expected and what came.

    Examples
    --------
    >>> import numpy as np
    >>> expect_equal(np.ones((2, 3)), np.ones((3, 2)), "the sum")
    Traceback (most recent call last):
    ...
    lib.exercises.comparison.Rejected: the sum: expected an array of shape (3, 2), got (2, 3)
    """
    rtol, atol = as_number(rtol, "rtol", at_least=0), as_number(atol, "atol", at_least=0)
    start = f"{given}: " if given else ""
    if isinstance(expected, np.ndarray):
        _compare_arrays(got, expected, start, rtol, atol, dtype)
    elif isinstance(expected, Mapping):
        if not isinstance(got, Mapping) or set(got) != set(expected):
            keys = list(got) if isinstance(got, Mapping) else short(got)
            raise Rejected(f"{start}expected the keys {list(expected)}, got {keys}")
        for key in expected:
            expect_equal(got[key], expected[key], f"{start}{key!r}", rtol=rtol, atol=atol)
    elif isinstance(expected, (tuple, list)):
        if not isinstance(got, (tuple, list, np.ndarray)) or _length(got) != len(expected):
            raise Rejected(f"{start}expected {short(expected)}, got {short(got)}")
        if all(isinstance(item, (Number, str)) for item in expected):
            if not all(_same(g, e, rtol, atol) for g, e in zip(got, expected, strict=True)):
                raise Rejected(f"{start}expected {short(expected)}, got {short(got)}")
        else:
            for place, (g, e) in enumerate(zip(got, expected, strict=True)):
                expect_equal(g, e, f"{start}result {place}", rtol=rtol, atol=atol, dtype=dtype)
    elif not _same(got, expected, rtol, atol):
        raise Rejected(f"{start}expected {short(expected)}, got {short(got)}")


def expect_number(answer: object, what: str = "one number") -> None:
    """Refuse an answer that is no number; ``what`` says in the message what was asked for.

    Raises
    ------
    NotWritten
        If the skeleton was left as it is.
    Rejected
        If it is no number.
    """
    if unwritten(answer):
        raise NotWritten
    if not isinstance(answer, int | float | np.number) or isinstance(answer, bool):
        raise Rejected(f"expected {what}, got {short(answer)}")


def _compare_arrays(got, expected, start, rtol, atol, dtype) -> None:
    if not isinstance(got, (np.ndarray, np.generic)):
        raise Rejected(f"{start}expected an array, got {short(got)}")
    if got.shape != expected.shape:
        raise Rejected(f"{start}expected an array of shape {expected.shape}, got {got.shape}")
    if dtype is not None and got.dtype != np.dtype(dtype):
        raise Rejected(f"{start}expected dtype {np.dtype(dtype)}, got {got.dtype}")
    if got.dtype.kind not in "biufc":
        raise Rejected(f"{start}expected numbers, got dtype {got.dtype}")
    wrong = ~np.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True)
    if not wrong.any():
        return
    if expected.size <= 16:
        raise Rejected(f"{start}expected {short(expected)}, got {short(got)}")
    place = tuple(int(i) for i in np.argwhere(wrong)[0])
    raise Rejected(
        f"{start}expected {expected[place]:.6g} at {list(place)}, got {got[place]:.6g} "
        f"({int(wrong.sum())} of {wrong.size} entries differ)"
    )


def _length(got: Sequence | np.ndarray) -> int:
    return 0 if isinstance(got, np.ndarray) and got.ndim == 0 else len(got)


def _same(got: object, expected: object, rtol: float, atol: float) -> bool:
    if isinstance(got, np.ndarray) and got.ndim == 0:
        got = got[()]
    if isinstance(expected, Number) and not isinstance(expected, (bool, np.bool_)):
        if isinstance(got, (bool, np.bool_)) or not isinstance(got, (Number, np.generic)):
            return False
        try:
            return bool(np.isclose(got, expected, rtol=rtol, atol=atol, equal_nan=True))
        except (TypeError, OverflowError):  # a date; an integer beyond all floats
            return False
    if isinstance(expected, (bool, np.bool_)):
        return isinstance(got, (bool, np.bool_)) and bool(got) == bool(expected)
    return type(got) is type(expected) and got == expected


def _changed(before: object, after: object) -> bool:
    """Whether an array or list differs, at any depth."""
    if isinstance(before, np.ndarray):
        return before.shape != after.shape or before.tobytes() != after.tobytes()
    if isinstance(before, Mapping):
        return list(before) != list(after) or any(_changed(before[k], after[k]) for k in before)
    if isinstance(before, (list, tuple)):
        pairs = zip(before, after, strict=False)
        return len(before) != len(after) or any(_changed(b, a) for b, a in pairs)
    if isinstance(before, (Number, str)):
        return type(before) is not type(after) or (before == before and before != after)
    return False


def _call(answer: Callable, args: Sequence, kwargs: Mapping) -> str:
    name = getattr(answer, "__name__", type(answer).__name__)
    given = [short(value) for value in args] + [f"{k}={short(v)}" for k, v in kwargs.items()]
    return f"{name}({', '.join(given)})"


def or_rather(name: str, known: Iterable[str]) -> str:
    """Say, of a name that is not known, which was meant and which there are."""
    known = list(known)
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]!r}?" if close else "."
    return f"{hint} There are: {', '.join(known) or 'none'}"


def short(value: object) -> str:
    """Write a value for a message: small arrays in full, large ones by their shape."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, np.ndarray):
        if value.size > 16:
            return f"<array of shape {value.shape}>"
        return np.array2string(value, separator=", ", precision=5).replace("\n", "")
    if isinstance(value, float):
        return f"{value:.7g}"
    if isinstance(value, (list, tuple)) and any(
        isinstance(v, (np.ndarray, np.generic)) for v in value
    ):
        inside = ", ".join(map(short, value))
        return f"[{inside}]" if isinstance(value, list) else f"({inside})"
    if callable(value) and hasattr(value, "__name__"):
        return value.__name__
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."


def count_steps(function: Callable, *args: object) -> int:
    """Count the lines and calls of Python that a function runs through."""
    count, before = 0, sys.gettrace()

    def trace(frame, event, argument):
        nonlocal count
        count += event in ("line", "call")
        return trace

    sys.settrace(trace)
    try:
        function(*args)
    finally:
        sys.settrace(before)
    return count
