"""The planted bugs can be planted, and the script says which of them no test notices."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.planted_bugs import BUGS
from tests.planted_bugs.__main__ import ROOT, main
from tests.planted_bugs.planting import Bug

SUM = "def add(a, b):\n    return a + b  # a sum\n"
TEST = "from lib.sums import add\n\n\ndef test_add():\n    assert add(2, 3) == 5\n"


@pytest.fixture
def project(tmp_path):
    """A project with one function and one test."""
    for file, text in {"lib/sums.py": SUM, "tests/test_sums.py": TEST}.items():
        (tmp_path / file).parent.mkdir()
        (tmp_path / file).write_text(text)
    for file in ("tests/planted_bugs", "lib/__init__.py"):
        (tmp_path / file).symlink_to(ROOT / file)
    return tmp_path


def bug(name, old, new, tests=("tests/test_sums.py",)):
    return Bug(name, "lib/sums.py", old, new, tests)


def test_names_are_different():
    assert [name for name, count in Counter(b.name for b in BUGS).items() if count > 1] == []


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_every_bug_can_be_planted(bug):
    assert bug.planted(ROOT) != (ROOT / bug.file).read_text(encoding="utf-8")
    assert [test for test in bug.tests if not (ROOT / test).is_file()] == []


def test_what_is_caught_and_what_survives(project, capsys):
    bugs = [bug("minus", "a + b", "a - b"), bug("other-words", "# a sum", "# the sum")]
    assert main([], bugs=bugs, root=project) == 1
    first, minus, words, count, missed = capsys.readouterr().out.splitlines()
    assert first == "without a bug, 1 files of tests: green"
    assert minus == "minus        lib/sums.py  caught by tests/test_sums.py::test_add"
    assert words == "other-words  lib/sums.py  SURVIVED"
    assert (count, missed) == ("1 of 2 bugs caught", "not caught: other-words")

    assert main(["minus"], bugs=bugs, root=project) == 0
    assert capsys.readouterr().out.endswith("1 of 1 bugs caught\n")
    assert (project / "lib/sums.py").read_text() == SUM


@pytest.mark.parametrize(
    ("bug", "message"),
    [
        (bug("gone", "a * b", "a - b"), "its text occurs 0 times in lib/sums.py"),
        (bug("twice", "b", "c"), "its text occurs 2 times in lib/sums.py"),
        (bug("no-python", "a + b", "a +"), "invalid syntax"),
        (bug("no-import", "def add", "import nowhere\ndef add"), "could not be run"),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_what_cannot_be_planted_is_not_caught(bug, message, project, capsys):
    assert main([], bugs=[bug], root=project) == 1
    out = capsys.readouterr().out
    assert "NOT PLANTED: " in out and message in out
    assert "0 of 1 bugs caught" in out


def test_nothing_is_planted_where_a_test_fails_anyway(project, capsys):
    (project / "tests/test_sums.py").write_text(TEST.replace("5", "6"))
    assert main([], bugs=[bug("minus", "a + b", "a - b")], root=project) == 1
    assert capsys.readouterr().out.endswith("not green: tests/test_sums.py::test_add\n")


def test_comparisons_with_pytorch_count_where_they_must(project, capsys, monkeypatch):
    file = project / "tests/test_sums.py"
    file.write_text(TEST.replace("def test", "import pytest\n\n\n@pytest.mark.parity\ndef test"))
    (project / "pyproject.toml").write_text('[tool.pytest.ini_options]\nmarkers = ["parity"]\n')
    minus = bug("minus", "a + b", "a - b")
    monkeypatch.setattr("tests.planted_bugs.__main__.find_spec", lambda name: "found")
    assert main([], bugs=[replace(minus, parity=True)], root=project) == 0
    # Without its one test nothing is left of the file.
    assert main([], bugs=[minus], root=project) == 1
    assert "could not be run" in capsys.readouterr().out

    monkeypatch.setattr("tests.planted_bugs.__main__.find_spec", lambda name: None)
    assert main([], bugs=[replace(minus, parity=True)], root=project) == 0
    assert capsys.readouterr().out == "passed over without PyTorch: 1\n"


def test_a_name_that_no_bug_has_is_refused(capsys):
    with pytest.raises(SystemExit):
        main(["minus"], bugs=[])
    assert "there is no bug minus" in capsys.readouterr().err
