from pathlib import Path

import pytest

from lib.paths import PROJECT, as_path


def test_the_home_folder_is_expanded(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    assert as_path("~/w.npz") == as_path(Path("~/w.npz")) == tmp_path / "w.npz"
    assert as_path(tmp_path) == tmp_path


@pytest.mark.parametrize("path", [None, 3, b"w.npz", ["w.npz"]])
def test_what_names_no_file_is_refused(path):
    with pytest.raises(TypeError, match=r"^folder must be a path, got "):
        as_path(path, "folder")


def test_the_project_holds_the_library():
    assert (PROJECT / "lib" / "paths.py").exists()
