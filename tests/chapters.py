"""The chapters as a reader has them: their text, their figures, their exercises."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager

from lib import widgets
from lib.exercises.loading import load_questions
from lib.exercises.solved import all_solutions

ROOT = Path(__file__).resolve().parents[1]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
QUESTIONS = sorted((ROOT / "lib" / "exercises" / "questions").glob("*.toml"))
# What shows a figure.
FIGURES = ("explore", "show", "Still", *(name for name in widgets.__all__ if name[0].isupper()))
OWN_WORK = {"exercise", "solution"}  # tags of cells that are the reader's
ASKS = {"predict", "quiz"}  # functions that ask, in cells of their own

_ROLE = re.compile(r"\{[\w:]+\}`([^`<]*?)(?: *<[^>`]*>)?`")
_NOT_PROSE = [
    (re.compile(r"^(```+)[^`].*?^\1$|^(```+)$.*?^\2$", re.DOTALL | re.MULTILINE), " "),
    (re.compile(r"\$\$.*?\$\$", re.DOTALL), " "),
    (re.compile(r"(?<!\\)\$[^$]+\$"), " "),
    (re.compile(r"\{cite[\w:]*\}`[^`]*`"), " "),
    (re.compile(r"\{kbd\}`[^`]*`"), " "),
    (_ROLE, r"\1"),
    (re.compile(r"``[^`]+``|`[^`]+`"), " "),
    (re.compile(r"!?\[([^\]]*)\]\([^)]*\)"), r"\1"),
    (re.compile(r"^:{3,}(?:\{[\w-]+\})?|^:\w+:.*$|^\|[ :|-]+\|$", re.MULTILINE), " "),
]


def prose(text: str) -> str:
    """Return the words of a piece of Markdown, without code, formulas, citations and markup."""
    for pattern, kept in _NOT_PROSE:
        text = pattern.sub(kept, text)
    return text


def sentences(text: str) -> list[str]:
    """Cut Markdown into sentences; the marks of citations stay in them."""
    return re.split(r"(?<=[.:?])\s+(?=[A-Z*{\[])|\n\s*\n|^[|#:].*$", text, flags=re.MULTILINE)


def texts_of(questions: Path) -> str:
    """Return all that a file of questions says, as the Markdown it is."""

    def walk(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for part in value.values() if isinstance(value, dict) else value:
                yield from walk(part)

    return "\n\n".join(walk(tomllib.loads(questions.read_text(encoding="utf-8"))))


def solved(sources: list[str]) -> list[str]:
    """Replace each cell that shows a solution by the solution and its check.

    What is checked is what the reader's own cell gives to ``check``.
    """
    given, run = {}, []
    for source in sources:
        for line, name in re.findall(r'^(check\("([\w-]+)", .*\))$', source, re.MULTILINE):
            given[name] = line
        if shown := re.fullmatch(r'solution\("([\w-]+)"\)', source.strip()):
            source = f"{all_solutions()[shown[1]]}\n\n{given[shown[1]]}\n"
        run.append(source)
    return run


class Cell(NamedTuple):
    """One cell of a notebook."""

    id: str
    kind: str
    source: str
    tags: set[str]
    raw: dict

    @property
    def tree(self) -> ast.Module:
        """The code of the cell, parsed."""
        return ast.parse(TransformerManager().transform_cell(self.source))

    def calls(self, name: str) -> list[ast.Call]:
        """Find the calls of a function that is used by its plain name."""
        nodes = ast.walk(self.tree) if self.kind == "code" else []
        return [n for n in nodes if isinstance(n, ast.Call) and getattr(n.func, "id", "") == name]


class Box(NamedTuple):
    """An admonition of the text."""

    title: str
    classes: set[str]
    body: str


class Chapter:
    """A notebook of the book."""

    def __init__(self, path: Path):
        self.path = path
        self.notebook = json.loads(path.read_text(encoding="utf-8"))
        self.cells = [
            Cell(
                cell.get("id", ""),
                cell["cell_type"],
                "".join(cell["source"]),
                set(cell["metadata"].get("tags", [])),
                cell,
            )
            for cell in self.notebook["cells"]
        ]

    def __repr__(self) -> str:
        return self.path.stem

    @cached_property
    def texts(self) -> list[Cell]:
        """The cells of text."""
        return [cell for cell in self.cells if cell.kind == "markdown"]

    @cached_property
    def markdown(self) -> str:
        """All text of the chapter."""
        return "\n\n".join(cell.source for cell in self.texts)

    @cached_property
    def code(self) -> list[Cell]:
        """The cells of code that the reader meets, without those of the exercises."""
        hidden = OWN_WORK | {"remove-cell"}
        mine = [c for c in self.cells if c.kind == "code" and not c.tags & hidden]
        return [c for c in mine if not any(c.calls(name) for name in ASKS)]

    @cached_property
    def questions(self) -> tuple[dict, tuple]:
        """The predictions by name, and the quiz: those of the file of the chapter's name."""
        return load_questions(self.questions_file)

    @property
    def questions_file(self) -> Path:
        """The file of questions that the chapter's name names."""
        found = [path for path in QUESTIONS if path.stem in self.path.stem.split("_")]
        assert len(found) == 1, f"{self}: expected one file of questions, got {found}"
        return found[0]

    def asked(self, function: str) -> list[tuple[int, str]]:
        """List where a function that asks is called, and the name it is given."""
        return [
            (place, call.args[0].value)
            for place, cell in enumerate(self.cells)
            for call in cell.calls(function)
        ]

    def section(self, title: str) -> str:
        """Return the text below the second-level heading that matches a pattern."""
        parts = re.split(r"^## ", self.markdown, flags=re.MULTILINE)
        found = [part for part in parts[1:] if re.match(title, part)]
        assert len(found) == 1, f"{self}: {len(found)} sections match {title!r}, expected one"
        return found[0].partition("\n")[2]

    def figures(self, *names: str) -> list[ast.Call]:
        """Find the calls that show a figure."""
        return [call for cell in self.code for name in names for call in cell.calls(name)]

    def boxes(self, text: str | None = None) -> Iterator[Box]:
        """Yield the admonitions of the chapter, or of a piece of its text."""
        pattern = re.compile(r"^(:{3,})\{admonition\} (.*?)\n(.*?)^\1$", re.DOTALL | re.MULTILINE)
        for _, title, body in pattern.findall(self.markdown if text is None else text):
            classes = re.findall(r"^:class: (.*)$", body, flags=re.MULTILINE)
            yield Box(title, set(" ".join(classes).split()), re.sub(r"^:class:.*\n", "", body))

    def box(self, title: str) -> Box:
        """Return the one admonition whose title matches a pattern."""
        found = [box for box in self.boxes() if re.match(title, box.title)]
        assert len(found) == 1, f"{self}: {len(found)} boxes match {title!r}, expected one"
        return found[0]


def named_figures(path: Path) -> list[tuple[str, str]]:
    """Return the name and the caption of every figure of a page, as its code says them."""
    if path.suffix == ".ipynb":
        cells = [cell for cell in Chapter(path).cells if cell.kind == "code"]
    else:
        text = path.read_text(encoding="utf-8")
        blocks = re.findall(r"^```\{code-cell\}.*?\n\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
        cells = [Cell("", "code", block, set(), {}) for block in blocks]
    found = []
    for cell in cells:
        calls = [call for name in FIGURES for call in cell.calls(name)]
        for call in sorted(calls, key=lambda call: call.lineno):
            given = {keyword.arg: keyword.value for keyword in call.keywords}
            found.append(tuple(ast.literal_eval(given[part]) for part in ("name", "caption")))
    return found


def states_for_paper(path: Path) -> dict[str, list]:
    """Return the states that the figures of a chapter show on paper, by the figures' names."""
    found = {}
    for call in Chapter(path).figures(*FIGURES):
        given = {keyword.arg: keyword.value for keyword in call.keywords}
        if "paper" in given:
            states = ast.literal_eval(given["paper"])
            found[ast.literal_eval(given["name"])] = states
    return found


def glossary() -> list[list[str]]:
    """Return the names of each entry of the glossary."""
    text = (ROOT / "book" / "glossary.md").read_text(encoding="utf-8")
    entries: list[list[str]] = []
    for block in re.findall(r"```\{glossary\}\n:sorted:\n(.*?)```", text, re.DOTALL):
        names: list[str] = []
        for line in block.splitlines():
            if line and not line.startswith(" "):
                names.append(line)
            elif names:
                entries.append(names)
                names = []
    return entries
