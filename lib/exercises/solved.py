"""Solutions: shown when asked for, never run by the chapter."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from lib.exercises.comparison import or_rather
from lib.paths import in_a_page

__all__ = ["FOLDER", "Solution", "all_solutions", "solution"]

FOLDER = Path(__file__).parent / "solutions"
BEGINS = re.compile(r"^# %%(.*)$", re.MULTILINE)


class Solution:
    """A folded box with the code of a solution."""

    def __init__(self, name: str, code: str):
        self.name, self.code = name, code

    def __repr__(self) -> str:
        return f"Solution: {self.name}"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        colored = highlight(self.code, PythonLexer(), HtmlFormatter(cssclass="highlight"))
        # JupyterLab would take the keys that unfold it for its commands.
        summary = '<summary data-lm-suppress-shortcuts="true">Solution</summary>'
        markup = f'<details class="solution">{summary}{colored}</details>'
        if not in_a_page():  # the pages of the book have their own colors
            style = (FOLDER.parent / "solution.css").read_text(encoding="utf-8")
            markup = f"<style>{style}</style>{markup}"
        return {"text/html": markup, "text/plain": repr(self)}


def solution(name: str) -> Solution:
    """Show the solution of an exercise in a folded box, and run nothing.

    Parameters
    ----------
    name : str
        Of the exercise, as in ``check``: ``"convolution-3"``.

    Raises
    ------
    TypeError
        If the name is no text.
    ValueError
        If there is no such solution.
    """
    if not isinstance(name, str):
        raise TypeError(f"expected the name of an exercise, got {name!r}")
    solutions = all_solutions()
    if name not in solutions:
        raise ValueError(f"there is no solution {name!r}{or_rather(name, solutions)}")
    return Solution(name, solutions[name])


@cache
def all_solutions() -> dict[str, str]:
    """Give the code of every solution by the name of its exercise.

    Raises
    ------
    ValueError
        If a file does not begin each solution with ``# %% NAME``, once, the chapter's name first.
    """
    found: dict[str, str] = {}
    for file in sorted(FOLDER.glob("*.py")):
        before, *parts = BEGINS.split(file.read_text(encoding="utf-8"))
        if before.strip():
            raise ValueError(f"{file.name}: expected # %% {file.stem}-1 first, got {before!r}")
        for name, code in zip(map(str.strip, parts[::2]), parts[1::2], strict=True):
            if not re.fullmatch(rf"{file.stem}-\d+", name):
                raise ValueError(f"{file.name}: expected a name like {file.stem}-1, got {name!r}")
            if name in found:
                raise ValueError(f"{file.name}: there are two solutions {name!r}")
            found[name] = code.strip() + "\n"
    return found
