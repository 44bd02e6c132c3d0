"""The list of exercises, and the verdict on an answer."""

from __future__ import annotations

import difflib
import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lib.exercises.comparison import NotWritten, Rejected, unwritten

__all__ = ["Exercise", "Verdict", "all_exercises", "check", "exercise", "verdict"]

_MACHINERY = {"comparison", "registry"}


@dataclass(frozen=True)
class Exercise:
    """One exercise: its name, its checker, and wrong answers that the checker must reject.

    Parameters
    ----------
    name : str
        As in the chapter: ``"convolution-1"``.
    checker : callable
        Takes the answer; returns when it is right, raises :class:`Rejected` when it is wrong.
    wrong : sequence
        Plausible wrong answers. The tests hold the checker to them.
    """

    name: str
    checker: Callable[[object], None]
    wrong: Sequence[object] = ()


class Verdict(NamedTuple):
    """Whether an answer is right, and why not."""

    passed: bool
    message: str


_exercises: dict[str, Exercise] = {}


def exercise(name: str, *, wrong: Sequence[object]) -> Callable:
    """Register the function below as the checker of an exercise.

    Parameters
    ----------
    name : str
        The chapter's short name and a number.
    wrong : sequence
        At least one plausible wrong answer.

    Raises
    ------
    ValueError
        If the name is taken, or there is no wrong answer.

    Examples
    --------
    A checker calls :func:`lib.exercises.expect` for each case, the telling ones first. Its
    docstring is printed with ✅::

        def forgets_the_padding(size, kernel_size, padding):
            return size - kernel_size + 1

        @exercise("convolution-1", wrong=[forgets_the_padding])
        def check_output_size(answer):
            \"\"\"The output has the right size, with and without padding.\"\"\"
            expect(answer, 5, 3, 0, returns=3)
            expect(answer, 5, 3, padding=1, returns=5)
    """
    if name in _exercises:
        raise ValueError(f"there is already an exercise {name!r}")
    if not wrong:
        raise ValueError(f"exercise {name!r}: expected at least one wrong answer, got none")

    def register(checker: Callable[[object], None]) -> Callable[[object], None]:
        _exercises[name] = Exercise(name, checker, tuple(wrong))
        return checker

    return register


def all_exercises() -> dict[str, Exercise]:
    """Give every exercise of every chapter by its name."""
    package = importlib.import_module("lib.exercises")
    for module in pkgutil.iter_modules(package.__path__):
        if module.name not in _MACHINERY:
            importlib.import_module(f"lib.exercises.{module.name}")
    return dict(_exercises)


def verdict(name: str, answer: object) -> Verdict:
    """Say whether an answer is right, and why not.

    Parameters
    ----------
    name : str
        Of the exercise.
    answer : object
        What the exercise asks for, mostly a function.

    Raises
    ------
    ValueError
        If there is no such exercise.
    """
    exercises = all_exercises()
    if name not in exercises:
        close = difflib.get_close_matches(str(name), exercises, n=1)
        hint = f"; did you mean {close[0]!r}?" if close else "."
        names = ", ".join(exercises) or "none"
        raise ValueError(f"there is no exercise {name!r}{hint} There are: {names}")
    chosen = exercises[name]
    if unwritten(answer):
        return Verdict(False, NotWritten.text)
    try:
        chosen.checker(answer)
    except (Rejected, NotImplementedError) as reason:
        return Verdict(False, str(reason) if isinstance(reason, Rejected) else NotWritten.text)
    except Exception as error:
        return Verdict(False, f"it raised {type(error).__name__}: {error}")
    lines = (chosen.checker.__doc__ or "Right.").strip().splitlines()
    return Verdict(True, lines[0])


def check(name: str, answer: object) -> None:
    """Print ✅ when an answer is right, ❌ and why when it is not; see :func:`verdict`."""
    passed, message = verdict(name, answer)
    print(f"{'✅' if passed else '❌'} {name}: {message}")
