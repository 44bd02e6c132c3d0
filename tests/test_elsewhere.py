"""A chapter that was downloaded alone gets its library by itself, or says how to get it."""

import importlib
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import types
import zipfile
from pathlib import Path

import pytest

from tests.chapters import CHAPTERS, ROOT, Chapter
from tests.serving import serve

NAME = "convnets-from-scratch"
# A package installed for editing is found by a .pth file, which Python does not look for in
# PYTHONPATH: so the base Python has every library, and not the project.
PYTHON = Path(sys.base_prefix) / "bin" / Path(sys.executable).resolve().name
LOAD = "import lib; from lib.trained import load_trained\nprint(lib, load_trained('mlp'))"


@pytest.fixture(scope="module")
def setup():
    return next(cell.source for cell in Chapter(CHAPTERS[0]).cells if cell.id == "setup")


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The archive as it lies beside the pages of the book."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "book" / "ext")
        notebooks = importlib.import_module("book_notebooks")
    folder = tmp_path_factory.mktemp("pages")
    builder = types.SimpleNamespace(name="html")
    notebooks.pack(types.SimpleNamespace(builder=builder, srcdir=ROOT, outdir=folder), None)
    return folder / f"{NAME}.zip"


@pytest.fixture
def run(setup, tmp_path):
    """Run the first cell in a folder of its own, then more, without installing anything."""

    def run(more="", address="", folder=tmp_path):
        cell = setup.replace('ARCHIVE = ""', f'ARCHIVE = "{address}"')
        (folder / "chapter.py").write_text(f"{cell}\n{more}\n", encoding="utf-8")
        env = {
            **os.environ,
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_DRY_RUN": "1",
            "PIP_NO_INDEX": "1",
            "PYTHONPATH": sysconfig.get_paths()["purelib"],
        }
        command = [PYTHON, "chapter.py"]
        done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
        return done.stdout + done.stderr

    return run


@pytest.mark.parametrize("chapter", [Chapter(p) for p in CHAPTERS], ids=repr)
def test_every_chapter_begins_with_the_same_hidden_cell(chapter, setup):
    first = next(cell for cell in chapter.cells if cell.kind == "code")
    assert first.id == "setup"
    assert first.tags == {"remove-cell"}
    assert first.raw["metadata"]["jupyter"] == {"source_hidden": True}
    assert first.source == setup


def test_without_the_archive_it_says_how_to_get_it(run):
    said = run()
    assert "ModuleNotFoundError: This notebook needs the book's library" in said
    assert f"{NAME}.zip" in said
    page, title = re.search('page "(.*)", in "(.*)"', said).groups()
    text = (ROOT / "book" / "how_to_run.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {page}\n")
    assert f"\n## {title}\n" in text


def same(said, folder):
    """Tell whether the library was used from a folder, with its data."""
    assert "Error" not in said, said
    return str(folder / "lib" / "__init__.py") in said and "MLP(" in said


@pytest.mark.slow
def test_it_takes_the_archive_from_beside_the_pages_once(run, archive, tmp_path):
    with serve(archive.parent) as site:
        address = f"{site}/{archive.name}"
        said = run(LOAD, address)
    assert f"Unpacking the book's library and its data, from {address}" in said
    assert "Asking pip for what the library needs: anywidget" in said
    assert same(said, tmp_path / NAME)
    again = run(LOAD, address)  # after a restart of the kernel, without a network
    assert "Unpacking" not in again
    assert same(again, tmp_path / NAME)


@pytest.mark.slow
@pytest.mark.parametrize("name", [NAME, f"{NAME}-main"])
def test_an_archive_beside_the_notebook_goes_first(run, archive, tmp_path, name):
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "packed")
    (tmp_path / "packed" / NAME).rename(tmp_path / "packed" / name)
    shutil.make_archive(tmp_path / name, "zip", tmp_path / "packed", name)
    assert same(run(LOAD, "http://127.0.0.1:9/no.zip"), tmp_path / name)


@pytest.mark.slow
def test_among_the_project_s_chapters_it_takes_the_project(run, tmp_path):
    (tmp_path / "chapters").mkdir()
    for part in ("lib", "data", "pyproject.toml"):
        (tmp_path / part).symlink_to(ROOT / part)
    said = run(LOAD, folder=tmp_path / "chapters")
    assert "Unpacking" not in said
    assert same(said, tmp_path)


@pytest.mark.parametrize("page", [None, "Log in first."])
def test_without_a_network_it_says_so(run, tmp_path, page):
    folder = tmp_path / "site"
    folder.mkdir()
    if page:
        (folder / f"{NAME}.zip").write_text(page)
    with serve(folder) as site:
        address = f"{site}/{NAME}.zip"
        said = run("import lib", address)
    assert f"library, lib, and there is none at {address}: " in said
    assert ("File is not a zip file" if page else "404") in said
    assert "put the archive, convnets-from-scratch.zip, beside the notebook" in said
    assert said.count("Traceback") == 1


def test_what_pip_says_is_told(run, tmp_path):
    project = tmp_path / NAME
    project.mkdir()
    (project / "pyproject.toml").write_text('[project]\ndependencies = ["no-such-package>=3"]')
    said = run("import lib")
    assert "ModuleNotFoundError: Pip could not install what the library needs." in said
    assert "No matching distribution found for no-such-package>=3" in said


def test_an_older_python_is_told(setup, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "version_info", (3, 10, 2, "final", 0))
    with pytest.raises(RuntimeError, match=r"needs Python 3\.11 or newer; this is 3\."):
        exec(compile(setup, "setup", "exec"), {})


def test_the_archive_holds_what_a_chapter_runs_with_and_no_more(archive):
    with zipfile.ZipFile(archive) as packed:
        names = packed.namelist()
    assert names[-1] == f"{NAME}/pyproject.toml", "the sign that all of it was unpacked"
    folders = ("lib", "data/weights", "data/histories", "data/studies")
    files = [file for folder in folders for file in (ROOT / folder).rglob("*") if file.is_file()]
    needed = {file.relative_to(ROOT).as_posix() for file in files if file.suffix != ".pyc"}
    assert needed <= {name.partition("/")[2] for name in names}
    assert not any(name.endswith(".pyc") for name in names)
    assert archive.stat().st_size < 14e6


def test_where_the_library_is_nothing_happens(setup, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(setup, "setup", "exec"), {})
    assert list(tmp_path.iterdir()) == []
    assert capsys.readouterr() == ("", "")
