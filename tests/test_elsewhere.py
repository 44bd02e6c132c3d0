"""A chapter that was downloaded alone finds its library, or says how to get it."""

import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from tests.chapters import CHAPTERS, ROOT, Chapter

PARTS = ("lib/**/*.py", "lib/**/*.json", "data/weights/mlp.npz", "data/histories/mlp.json")
# A package installed for editing is found by a .pth file, which Python does not look for in
# PYTHONPATH: so the base Python has every library, and not the project.
PYTHON = Path(sys.base_prefix) / "bin" / Path(sys.executable).resolve().name


@pytest.fixture(scope="module")
def setup():
    return next(cell.source for cell in Chapter(CHAPTERS[0]).cells if cell.id == "setup")


@pytest.fixture
def run(setup, tmp_path):
    """Run the first cell in a folder of its own, then more, without installing anything."""

    def run(more=""):
        (tmp_path / "chapter.ipy").write_text(f"{setup}\n{more}\n", encoding="utf-8")
        env = {
            **os.environ,
            "IPYTHONDIR": str(tmp_path / "ipython"),
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_DRY_RUN": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # pip's way to say: without
            "PIP_NO_INDEX": "1",
            "PYTHONPATH": sysconfig.get_paths()["purelib"],
        }
        command = [PYTHON, "-m", "IPython", "--colors=nocolor", "chapter.ipy"]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
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
    assert "convnets-from-scratch.zip" in said
    title = said.partition('book/how_to_run.md, "')[2].partition('"')[0]
    page = (ROOT / "book" / "how_to_run.md").read_text(encoding="utf-8")
    assert f"\n## {title}\n" in page


@pytest.mark.slow
@pytest.mark.parametrize("name", ["convnets-from-scratch", "convnets-from-scratch-main"])
def test_beside_the_archive_it_finds_the_library_and_its_records(run, tmp_path, name):
    project = tmp_path / "packed" / name
    files = [file for part in PARTS for file in ROOT.glob(part)]
    for file in [*files, ROOT / "pyproject.toml", ROOT / "README.md", ROOT / "LICENSE"]:
        place = project / file.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, place)
    with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
        for file in sorted(project.rglob("*")):
            archive.write(file, file.relative_to(project.parent))
    said = run("import lib; from lib.trained import load_trained\nprint(lib, load_trained('mlp'))")
    assert str(tmp_path / name / "lib" / "__init__.py") in said
    assert "MLP(" in said
    assert "Error" not in said


def test_where_the_library_is_nothing_happens(setup, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(setup.replace("%pip", "pass  # "), "setup", "exec"), {})
    assert list(tmp_path.iterdir()) == []
