"""The list of exercises, and the verdict on an answer."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from lib.exercises.comparison import NotWritten, Rejected, expect, or_rather, short, unwritten

__all__ = ["Exercise", "Verdict", "all_exercises", "check", "exercise", "verdict"]

_MACHINERY = {"asking", "comparison", "loading", "registry", "solved", "texts"}


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
    if not isinstance(name, str):
        raise TypeError(f"the name of an exercise must be a text, got {name!r}")
    if isinstance(wrong, str) or not isinstance(wrong, Sequence):
        raise TypeError(f"exercise {name!r}: expected a list of wrong answers, got {wrong!r}")
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
    TypeError
        If the name is no text.
    ValueError
        If there is no such exercise.
    """
    if not isinstance(name, str):
        raise TypeError(f"expected the name of an exercise, then your answer, got {name!r} first")
    exercises = all_exercises()
    if name not in exercises:
        raise ValueError(f"there is no exercise {name!r}{or_rather(name, exercises)}")
    chosen = exercises[name]
    if unwritten(answer):
        return Verdict(False, NotWritten.text)
    if kind := _of_another_kind(answer, chosen.wrong):
        return Verdict(False, kind)
    try:
        chosen.checker(answer)
    except (Rejected, NotImplementedError) as reason:
        return Verdict(False, str(reason) if isinstance(reason, Rejected) else NotWritten.text)
    except Exception as error:
        return Verdict(False, _told(error, chosen.checker))
    lines = (chosen.checker.__doc__ or "Right.").strip().splitlines()
    return Verdict(True, lines[0])


def _of_another_kind(answer: object, wrong: Sequence[object]) -> str | None:
    """Say whether a function is missing, or one that should have been called."""
    functions = [callable(other) for other in wrong]
    if all(functions) and not callable(answer):
        return f"expected a function, got {short(answer)}"
    if not any(functions) and callable(answer):
        return f"expected a value, got {short(answer)}, which has to be called"
    return None


def _told(error: Exception, checker: Callable) -> str:
    """Say what went wrong: in the answer, or in the checker, which could not use it."""
    frame = error.__traceback__
    while frame.tb_next is not None:
        frame = frame.tb_next
    said = f"{type(error).__name__}: {error}"
    if frame.tb_frame.f_globals.get("__name__") in (checker.__module__, expect.__module__):
        return f"it takes or gives something else than the exercise asks for ({said})"
    return f"it raised {said}"


def check(name: str, answer: object) -> None:
    """Print ✅ when an answer is right, ❌ and why when it is not; see :func:`verdict`.

    A skeleton that was left as it is gets a neutral mark.
    """
    passed, message = verdict(name, answer)
    mark = "✅" if passed else "○" if message == NotWritten.text else "❌"
    print(f"{mark} {name}: {message}")
