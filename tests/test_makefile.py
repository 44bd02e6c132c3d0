"""What ``make`` does, in small copies of the project whose Python only pretends."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.requirements_present import skip_or_fail

MAKEFILE = Path(__file__).resolve().parents[1] / "Makefile"
LISTS = ("pyproject.toml", "requirements.txt", "requirements-dev.txt")

# It makes a virtual environment of itself, "installs" sixty packages, and tells what it is asked.
PYTHON = """#!/bin/sh
case "$*" in
  *sys.base_prefix*) echo "{version}" ;;
  "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  *"pip install"*)
    echo "  Installing build dependencies: finished"
    for package in $(seq 60); do echo "Collecting package-$package"; done
    echo "Installing collected packages: all"
    exit ${{PIP_STATUS:-0}} ;;
  "-m book.print_pdf") echo "asked: $*"; exit ${{PRINT_STATUS:-0}} ;;
  "-m lib.trained"*) echo "asked: $*, HOME=$HOME"; exit ${{TRAINING_STATUS:-0}} ;;
esac
"""


def write_script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


class Project:
    """A folder with the Makefile, lists of requirements, and a Python in ``tools/``."""

    def __init__(self, folder):
        self.folder = folder
        if not folder.exists():
            folder.mkdir()
            shutil.copy(MAKEFILE, folder)
            for name in LISTS:
                (folder / name).touch()
            for name in ("python3", "python3.99"):
                write_script(folder / "tools" / name, PYTHON.format(version=name))

    def make(self, *arguments, status=0, **environment):
        """Run ``make`` and return all that it said."""
        kept = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")}
        path = f"{self.folder}/tools:{os.environ['PATH']}"
        run = subprocess.run(
            ["make", *arguments],
            cwd=self.folder,
            env={**kept, "PATH": path, **environment},
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert run.returncode == status, run.stdout
        return run.stdout


@pytest.fixture
def project(tmp_path):
    if not shutil.which("make"):
        skip_or_fail("there is no make here")
    return Project(tmp_path / "a book")


@pytest.fixture
def ready(project):
    """A project whose environment is made."""
    project.make("train")
    return project


def test_the_first_command_sets_up_what_it_needs_and_tells_how_far_it_is(project):
    said = project.make("train", "NAME=mlp").splitlines()
    assert said[:5] == [
        "Making .venv",
        "Installing what is needed into .venv: a minute or two, once",
        "  25 packages of about 150",
        "  50 packages of about 150",
        "  unpacking 60 packages",
    ]
    assert said[-1].startswith("asked: -m lib.trained mlp,")


def test_the_second_command_goes_to_work_at_once(ready):
    assert ready.make("train", "NAME=mlp").startswith(".venv/bin/python -m lib.trained mlp")
    (ready.folder / "requirements.txt").touch()
    assert ready.make("train").startswith("Installing what is needed into .venv")


def test_a_training_without_data_is_told_of_make_data(ready):
    said = ready.make("train", "NAME=mlp", status=2, TRAINING_STATUS="1")
    assert "\nIf it is MNIST that is missing: make data\n" in said
    assert "make data" not in ready.make("train", "NAME=mlp").rpartition("asked")[2]
    stopped = ready.make("train", "NAME=mlp", status=2, TRAINING_STATUS="130")
    assert "make data" not in stopped.rpartition("asked")[2]


def test_an_installation_that_fails_is_begun_again(project):
    assert "asked" not in project.make("train", status=2, PIP_STATUS="1")
    assert project.make("train").startswith("Installing what is needed into .venv")


def test_an_environment_that_was_left_half_made_is_made_anew(project):
    (project.folder / ".venv" / "bin").mkdir(parents=True)
    said = project.make("train")
    assert said.startswith(".venv was not made in this folder: making it anew\n")


@pytest.mark.parametrize("how", ["copied", "renamed"])
def test_an_environment_of_another_folder_is_made_anew(ready, how, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(ready.folder, other) if how == "copied" else ready.folder.rename(other)
    moved = Project(other)
    assert moved.make("train").startswith(".venv was not made in this folder: making it anew\n")
    assert moved.make("train").startswith(".venv/bin/python")


def test_a_link_to_the_environment_of_another_folder_is_replaced_and_not_followed(ready, tmp_path):
    other = Project(tmp_path / "other")
    (other.folder / ".venv").symlink_to(ready.folder / ".venv")
    assert other.make("train").startswith(".venv was not made in this folder: making it anew\n")
    assert ready.make("train").startswith(".venv/bin/python")


def test_an_environment_without_its_python_is_made_anew(ready):
    python = ready.folder / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/gone/python3")
    said = ready.make("train")
    assert said.startswith("the Python that .venv was made with is gone: making it anew\n")


def test_another_python_that_is_asked_for_gets_an_environment_of_its_own(ready):
    assert ready.make("train", "PYTHON=python3").startswith(".venv/bin/python")
    said = ready.make("train", "PYTHON=python3.99")
    assert said.startswith(".venv was made with another Python than python3.99: making it anew\n")
    assert ready.make("train", "PYTHON=python3.99").startswith(".venv/bin/python")
    assert ready.make("train").startswith(".venv/bin/python")


def test_a_python_that_is_not_there_leaves_the_environment_as_it_is(ready):
    assert "There is no python4 here" in ready.make("train", "PYTHON=python4", status=2)
    assert ready.make("train").startswith(".venv/bin/python")


def test_what_the_environment_happens_to_say_is_not_asked_for(project):
    others = {"NAME": "DESKTOP-AB12CD", "PORT": "1", "PYTHON": "nowhere", "UPGRADE": "--upgrade"}
    assert ".venv/bin/python -m lib.trained --list" in project.make("train", **others)
    assert "_build/html 8000" in project.make("-n", "serve", **others)
    assert "_build/html 8001" in project.make("-n", "serve", "PORT=8001")
    assert "--upgrade" not in project.make("-n", "lock", **others)
    assert "--upgrade" in project.make("-n", "lock", "UPGRADE=--upgrade")


def test_caches_go_home_where_they_can_and_stay_here_where_not(ready, tmp_path):
    assert f"HOME={tmp_path}\n" in ready.make("train", HOME=str(tmp_path))
    for home in ("/nowhere", ""):
        assert f"HOME={ready.folder}/.cache/home\n" in ready.make("train", HOME=home)


def test_the_book_is_printed_from_its_page_and_then_offered(ready):
    """What could not be printed is not offered."""
    ready.make(".venv/ready-to-test")
    jupyter_book = '#!/bin/sh\ncase "$*" in *" pdf "*) echo written;; *) echo offered;; esac\n'
    write_script(ready.folder / ".venv" / "bin" / "jupyter-book", jupyter_book)
    said = ready.make("pdf").splitlines()
    assert said[:3] == ["written", "asked: -m book.print_pdf", "offered"]
    said = ready.make("pdf", status=2, PRINT_STATUS="1").splitlines()
    assert said[0] == "written" and "offered" not in said


def test_jupyterlab_starts_with_the_settings_of_the_book(ready):
    assert "jupyter lab --config book/lab/jupyter_lab_config.py\n" in ready.make("-n", "lab")
    assert (MAKEFILE.parent / "book" / "lab" / "jupyter_lab_config.py").is_file()


def test_whole_test_sets_are_left_to_test_all(ready):
    ready.make(".venv/ready-to-test")
    for target, left_out in (("test", True), ("test-library", True), ("test-all", False)):
        assert ('-m "not whole"' in ready.make("-n", target)) == left_out
    everything = ready.make("-n", "test-all")
    for part in ("ruff check", "codespell", "--nbval-lax chapters", "tests/book tests/lab"):
        assert part in everything


def test_help_names_every_target(ready):
    said = ready.make()
    for line in MAKEFILE.read_text().splitlines():
        name, colon, _ = line.partition(":")
        if "##" in line and colon and name.replace("-", "").isalpha():
            assert f"make {name} " in said
