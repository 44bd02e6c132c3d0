"""Checkers accept the solution and reject the skeleton and a plausible wrong answer."""

import ast
import json
from pathlib import Path

import numpy as np
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from lib.exercises import (
    Rejected,
    Verdict,
    all_exercises,
    check,
    exercise,
    expect,
    expect_equal,
    registry,
    verdict,
)
from tests.chapters import solved

CHAPTERS = Path(__file__).parents[1] / "chapters"


# --- the machinery ---------------------------------------------------------------------------


@pytest.fixture
def doubling(monkeypatch):
    """Register one exercise, "doubling-1", among no others."""
    monkeypatch.setattr(registry, "_exercises", {})
    monkeypatch.setattr(registry.pkgutil, "iter_modules", lambda path: [])

    @exercise("doubling-1", wrong=[lambda x: x + x[0]])
    def check_doubling(answer):
        """Every entry is doubled.

        This line is for those who read the checker.
        """
        expect(answer, np.array([1.0, 2.0]), returns=np.array([2.0, 4.0]))

    return check_doubling


def test_right_answer(doubling, capsys):
    assert verdict("doubling-1", lambda x: 2 * x) == Verdict(True, "Every entry is doubled.")
    assert check("doubling-1", lambda x: 2 * x) is None
    assert capsys.readouterr().out == "✅ doubling-1: Every entry is doubled.\n"


def test_wrong_answer(doubling, capsys):
    def double(x):
        return x + 1

    check("doubling-1", double)
    expected = "❌ doubling-1: double([1., 2.]): expected [2., 4.], got [2., 3.]\n"
    assert capsys.readouterr().out == expected


def not_implemented(x):
    raise NotImplementedError


SKELETONS = [
    None,
    ...,
    (None, None),
    lambda x: None,
    lambda x: ...,
    lambda x: NotImplemented,
    lambda x: [None, ...],
    not_implemented,
]


@pytest.mark.parametrize("skeleton", SKELETONS)
def test_unfilled_skeleton(doubling, skeleton, capsys):
    assert verdict("doubling-1", skeleton) == Verdict(False, "not written yet")
    check("doubling-1", skeleton)
    assert capsys.readouterr().out == "○ doubling-1: not written yet\n"


@pytest.mark.parametrize("answer", [(), 0, (None, 1), lambda x: []])
def test_what_is_empty_or_half_filled_is_an_answer(doubling, answer):
    assert verdict("doubling-1", answer).message != "not written yet"


def test_an_exception_is_told(doubling):
    def double(x):
        return x.double

    passed, message = verdict("doubling-1", double)
    assert not passed
    assert message.startswith("double([1., 2.]) raised AttributeError: ")


def test_an_exception_outside_expect_is_told(monkeypatch, doubling):
    @exercise("broken-1", wrong=[None])
    def check_broken(answer):
        return answer["key"]

    assert verdict("broken-1", {}) == Verdict(
        False, "it takes or gives something else than the exercise asks for (KeyError: 'key')"
    )


def test_writing_into_the_input_is_told(doubling):
    def double(x):
        x *= 2
        return x

    message = "double([1., 2.]) writes into its arguments; work on a copy"
    assert verdict("doubling-1", double) == Verdict(False, message)


def test_what_is_no_function_is_told(doubling):
    assert verdict("doubling-1", 3) == Verdict(False, "expected a function, got 3")


def test_unknown_exercise_lists_the_known_ones(doubling):
    with pytest.raises(ValueError) as caught:
        verdict("doubling-2", None)
    assert str(caught.value) == (
        "there is no exercise 'doubling-2'; did you mean 'doubling-1'? There are: doubling-1"
    )


def test_registration_refuses(doubling):
    with pytest.raises(ValueError, match="there is already an exercise 'doubling-1'"):
        exercise("doubling-1", wrong=[None])
    with pytest.raises(ValueError, match="'doubling-2': expected at least one wrong answer"):
        exercise("doubling-2", wrong=[])


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (3, 3),
        (np.int64(3), 3),
        (np.array(3.0), 3),
        (0.1 + 0.2, 0.3),
        (float("nan"), float("nan")),
        (True, True),
        (np.True_, True),
        ("same", "same"),
        ((2, 3), (2, 3)),
        ([2, 3], (2, 3)),
        (np.array([2, 3]), (2, 3)),
        (np.ones(2, np.float32), np.ones(2)),
        ((np.ones(2), 1.0), (np.ones(2), 1)),
        ({"a": np.ones(2)}, {"a": np.ones(2)}),
    ],
)
def test_equal(got, expected):
    expect_equal(got, expected)


@pytest.mark.parametrize(
    ("got", "expected", "message"),
    [
        (2, 3, "x: expected 3, got 2"),
        (0.1001, 0.1, "x: expected 0.1, got 0.1001"),
        (True, 1, "x: expected 1, got True"),
        (1, True, "x: expected True, got 1"),
        ("3", 3, "x: expected 3, got '3'"),
        ((2, 3), (3, 2), "x: expected (3, 2), got (2, 3)"),
        ((2,), (2, 3), "x: expected (2, 3), got (2,)"),
        (2, (2, 3), "x: expected (2, 3), got 2"),
        ([1.0], np.ones(1), "x: expected an array, got [1.0]"),
        (np.ones((1, 2)), np.ones(2), "x: expected an array of shape (2,), got (1, 2)"),
        (np.array(["a"]), np.ones(1), "x: expected numbers, got dtype <U1"),
        (
            (np.ones(2), np.zeros(2)),
            (np.ones(2), np.ones(2)),
            "x: result 1: expected [1., 1.], got [0., 0.]",
        ),
        ({"a": 1}, {"b": 1}, "x: expected the keys ['b'], got ['a']"),
        ({"a": 1}, {"a": 2}, "x: 'a': expected 2, got 1"),
        (
            np.arange(20).reshape(4, 5),
            np.minimum(np.arange(20), 17).reshape(4, 5),
            "x: expected 17 at [3, 3], got 18 (2 of 20 entries differ)",
        ),
    ],
)
def test_different(got, expected, message):
    with pytest.raises(Rejected) as caught:
        expect_equal(got, expected, "x")
    assert str(caught.value) == message


def test_dtype_and_tolerance():
    expect_equal(np.array([1.05]), np.array([1.0]), rtol=0.1)
    expect_equal(np.array([1e-3]), np.array([0.0]), atol=0.1)
    with pytest.raises(Rejected, match="expected dtype float32, got float64"):
        expect_equal(np.ones(2), np.ones(2), dtype=np.float32)


def test_expect_shows_large_arguments_by_their_shape():
    with pytest.raises(Rejected) as caught:
        expect(np.sum, np.ones((5, 5)), axis=0, returns=3)
    start = "sum(<array of shape (5, 5)>, axis=0): expected 3, got "
    assert str(caught.value).startswith(start)


def test_expect_gives_each_call_its_own_copy():
    given = np.ones(2)

    def spoil(x):
        x[0] = 5
        return 1

    with pytest.raises(Rejected, match="writes into its arguments"):
        expect(spoil, given, returns=1)
    assert given.tolist() == [1, 1]
    with pytest.raises(Rejected, match="writes into its arguments"):
        expect(lambda pair: pair[0].fill(0), [given], returns=None)


# --- the exercises of the chapters -----------------------------------------------------------


class Chapter:
    """A notebook, of which single cells can be run with what they need of the cells before."""

    def __init__(self, path):
        self.path = path
        plain = TransformerManager().transform_cell
        notebook = json.loads(path.read_text(encoding="utf-8"))
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        sources = solved(["".join(cell["source"]) for cell in cells])
        self.cells = [
            (set(cell["metadata"].get("tags", [])), ast.parse(plain(source)))
            for cell, source in zip(cells, sources, strict=True)
        ]

    def checks(self, tag):
        """Map each exercise that cells with a tag check to the place of its cell."""
        return {
            call.args[0].value: place
            for place, (tags, tree) in enumerate(self.cells)
            if tag in tags
            for call in ast.walk(tree)
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "check"
        }

    def answers(self, place):
        """Run a cell and return what it gives to ``check``, by name."""
        _, tree = self.cells[place]
        namespace, given = {"__name__": "chapter"}, {}
        before = ast.Module(self._needed_by(place), type_ignores=[])
        exec(compile(before, str(self.path), "exec"), namespace)
        namespace["check"] = given.__setitem__
        exec(compile(tree, str(self.path), "exec"), namespace)
        return given

    def _needed_by(self, place):
        """Collect the statements before a cell that bind the names it uses."""
        own = {"exercise", "solution"}
        earlier = [s for tags, tree in self.cells[:place] if not tags & own for s in tree.body]
        names, bound, kept = set(), set(), []
        for statement in self.cells[place][1].body:
            names |= used_by(statement) - bound
            bound |= bound_by(statement)
        for statement in reversed(earlier):
            if bound_by(statement) & names:
                names |= used_by(statement)
                kept.insert(0, statement)
        return kept


SCOPES = ast.FunctionDef | ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def used_by(node):
    """Collect the names that a piece of code takes from around it."""
    if isinstance(node, ast.Name):
        return {node.id} if isinstance(node.ctx, ast.Load) else set()
    names = set().union(*map(used_by, ast.iter_child_nodes(node)))
    if isinstance(node, ast.AugAssign):
        names |= names_in(node.target, ast.Store)
    if isinstance(node, SCOPES):
        names -= names_in(node, ast.Store)
        names -= {child.arg for child in ast.walk(node) if isinstance(child, ast.arg)}
    return names


def names_in(tree, context):
    nodes = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return {node.id for node in nodes if isinstance(node.ctx, context)}


def bound_by(statement):
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).split(".")[0] for alias in statement.names}
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    names = names_in(statement, ast.Store)
    for node in ast.walk(statement):  # image[0] = 1 changes image
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
            names |= names_in(node.value, ast.Load)
    return names


def used():
    """List each chapter with exercises and each exercise in it."""
    for path in sorted(CHAPTERS.glob("*.ipynb")):
        chapter = Chapter(path)
        for name in {**chapter.checks("exercise"), **chapter.checks("solution")}:
            yield pytest.param(chapter, name, id=name)


USED = list(used())
REGISTERED = all_exercises()


@pytest.mark.parametrize(("chapter", "name"), USED)
def test_skeleton_is_rejected_and_solution_accepted(chapter, name, monkeypatch):
    monkeypatch.chdir(CHAPTERS)
    skeletons, solutions = chapter.checks("exercise"), chapter.checks("solution")
    assert name in skeletons, f"{chapter.path.name}: no cell tagged exercise checks {name!r}"
    assert name in solutions, f"{chapter.path.name}: no cell tagged solution checks {name!r}"
    skeleton = verdict(name, chapter.answers(skeletons[name])[name])
    assert skeleton == Verdict(False, "not written yet")
    solution = verdict(name, chapter.answers(solutions[name])[name])
    assert solution.passed, solution.message


@pytest.mark.parametrize("name", REGISTERED)
def test_wrong_answers_are_rejected(name):
    for answer in REGISTERED[name].wrong:
        passed, message = verdict(name, answer)
        assert not passed, f"accepted {answer}"
        assert message != "not written yet"
        assert " raised " not in message, f"not a plausible wrong answer, {message}"


def test_every_exercise_is_in_one_chapter():
    assert sorted(param.values[1] for param in USED) == sorted(REGISTERED)


def test_cells_run_with_what_they_need(tmp_path):
    sources = [
        ([], "import math\nimage = [0, 0]\nraise_if_run = 1 / 0"),
        ([], "image[1] = 5\nimage[0] = 1\ndef total(x):\n    return math.fsum(x)"),
        ([], "x = answer = 1 / 0"),  # names that the function and the cell have of their own
        (["exercise"], "def total(x):\n    ...\ncheck('one', total)"),
        (["solution"], "answer = total(image)\ncheck('one', answer)"),
    ]
    cells = [
        {"cell_type": "code", "metadata": {"tags": tags}, "source": source}
        for tags, source in sources
    ]
    path = tmp_path / "chapter.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    chapter = Chapter(path)
    assert chapter.checks("exercise") == {"one": 3}
    assert chapter.answers(4) == {"one": 6.0}
