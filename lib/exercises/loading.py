"""The questions of a chapter, read from its file and looked at once."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from numbers import Real
from pathlib import Path

from lib.exercises.comparison import or_rather
from lib.exercises.texts import as_html

__all__ = ["FOLDER", "Question", "chapters", "find_prediction", "find_quiz", "load_questions"]

FOLDER = Path(__file__).parent / "questions"
KEYS = {"ask", "choices", "answer", "why", "wrong", "tolerance", "unit"}


@dataclass(frozen=True)
class Question:
    """What is asked, what is right, and why; texts are HTML.

    Parameters
    ----------
    name : str
        As in ``predict``: ``"convolution-window-right"``; of a quiz, ``"convolution-quiz-1"``.
    ask : str
        The question, one paragraph.
    why : str
        What explains the answer.
    answer : str or float
        The right choice, or the number.
    choices : dict of str to str
        Each choice as it is written in the file, and its HTML; empty where a number is asked.
    wrong : dict of str or float to str
        Why not, for wrong choices or numbers.
    tolerance : float
        How far off a number may be.
    unit : str
        What the number counts.
    """

    name: str
    ask: str
    why: str
    answer: str | float
    choices: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str | float, str] = field(default_factory=dict)
    tolerance: float = 0.0
    unit: str = ""


def chapters() -> list[str]:
    """Name the chapters that have questions, by their short names."""
    return sorted(file.stem for file in FOLDER.glob("*.toml"))


@cache
def load_questions(file: Path) -> tuple[dict[str, Question], tuple[Question, ...]]:
    """Read a chapter's file: its predictions by name, and its quiz in order.

    Raises
    ------
    ValueError
        If an entry is not as it should be: the file, the entry, what was expected, what came.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file.name}: {error}") from None
    if unknown := sorted(set(content) - {"predictions", "quiz"}):
        raise ValueError(f"{file.name}: expected [predictions.NAME] and [[quiz]], got {unknown[0]}")
    listed, quiz = content.get("predictions", {}), content.get("quiz", [])
    if not isinstance(listed, dict) or not isinstance(quiz, list):
        raise ValueError(f"{file.name}: write [predictions.NAME] for each, and [[quiz]] for each")
    entries = [(name, f"[predictions.{name}]", entry) for name, entry in listed.items()]
    entries += [(f"quiz-{i}", f"[[quiz]] {i}", entry) for i, entry in enumerate(quiz, start=1)]
    read = []
    for name, place, entry in entries:
        try:
            read.append(_question(f"{file.stem}-{name}", entry))
        except ValueError as error:
            raise ValueError(f"{file.name}, {place}: {error}") from None
    predictions = {question.name: question for question in read[: len(listed)]}
    return predictions, tuple(read[len(listed) :])


def find_prediction(name: str) -> Question:
    """Return the prediction of this name, the chapter's short name first."""
    if not isinstance(name, str):
        raise TypeError(f"expected the name of a prediction, got {name!r}")
    known: dict[str, Question] = {}
    for chapter in chapters():
        known |= load_questions(FOLDER / f"{chapter}.toml")[0]
    if name not in known:
        raise ValueError(f"there is no prediction {name!r}{or_rather(name, known)}")
    return known[name]


def find_quiz(chapter: str) -> tuple[Question, ...]:
    """Return the questions of a chapter's quiz."""
    if not isinstance(chapter, str):
        raise TypeError(f"expected the short name of a chapter, got {chapter!r}")
    if chapter not in (known := chapters()):
        raise ValueError(f"there is no quiz {chapter!r}{or_rather(chapter, known)}")
    return load_questions(FOLDER / f"{chapter}.toml")[1]


def _question(name: str, entry: object) -> Question:
    if not isinstance(entry, dict):
        raise ValueError(f"expected ask, answer and why, got {entry!r}")
    if unknown := sorted(set(entry) - KEYS):
        raise ValueError(f"expected {', '.join(sorted(KEYS))}, got {unknown[0]}")
    ask, why = _text(entry, "ask"), _text(entry, "why")
    if "choices" in entry:
        answer = _text(entry, "answer")
        choices = _choices(entry, answer)
        wrong = _reasons(_table(entry.get("wrong", {})), {text: text for text in choices}, answer)
        return Question(name, _html("ask", ask, True), _html("why", why), answer, choices, wrong)
    answer = _number("answer", entry.get("answer"))
    tolerance = _number("tolerance", entry.get("tolerance", 0))
    if tolerance < 0:
        raise ValueError(f"tolerance must be at least 0, got {tolerance}")
    given = _table(entry.get("wrong", {}))
    numbers = {text: _number("wrong", _as_number(text)) for text in given}
    for text, number in numbers.items():
        if abs(number - answer) <= tolerance:
            raise ValueError(f"wrong has {text}, which is right: {answer:g} ± {tolerance:g}")
    return Question(
        name,
        _html("ask", ask, True),
        _html("why", why),
        answer,
        wrong=_reasons(given, numbers, None),
        tolerance=tolerance,
        unit=_text(entry, "unit") if "unit" in entry else "",
    )


def _text(entry: dict, key: str) -> str:
    value = entry.get(key)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{key} must be a text, got {value!r}")
    return value.strip()


def _html(key: str, text: str, inline: bool = False) -> str:
    try:
        return as_html(text, inline=inline)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _choices(entry: dict, answer: str) -> dict[str, str]:
    choices = entry["choices"]
    if not isinstance(choices, list) or not all(isinstance(c, str) and c.strip() for c in choices):
        raise ValueError(f"choices must be a list of texts, got {choices!r}")
    choices = [choice.strip() for choice in choices]
    if len(choices) < 2 or len(set(choices)) < len(choices):
        raise ValueError(f"choices must be two or more, no two the same, got {choices}")
    if answer not in choices:
        raise ValueError(f"answer must be one of the choices {choices}, got {answer!r}")
    if extra := {"tolerance", "unit"} & set(entry):
        raise ValueError(f"{min(extra)} belongs to a number, and there are choices")
    return {choice: _html("choices", choice, True) for choice in choices}


def _number(key: str, value: object) -> float:
    if not isinstance(value, Real) or isinstance(value, bool) or value != value:
        raise ValueError(f"{key} must be a number, or there must be choices, got {value!r}")
    return float(value)


def _as_number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _table(given: object) -> dict:
    if not isinstance(given, dict):
        raise ValueError(f"wrong must map wrong answers to texts, got {given!r}")
    return given


def _reasons(given: dict, known: dict, answer: str | None) -> dict:
    """Return why not, for each wrong answer; ``known`` maps what is written to the answer."""
    for text in given:
        if text not in known or text == answer:
            others = [choice for choice in known if choice != answer]
            raise ValueError(f"wrong must name wrong choices, of {others}, got {text!r}")
    return {known[text]: _html("wrong", _text(given, text), True) for text in given}
