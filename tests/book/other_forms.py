"""Make the book's other forms, the EPUB and the PDF: of one chapter, or of the whole book."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import yaml

from tests.book.built import ROOT

CHAPTER = ROOT / "chapters" / "03_pooling.ipynb"
# The pages that a chapter leads to and that are left out here.
ELSEWHERE = re.compile(r"xref_missing|Unknown source document")


def build(folder: Path, builder: str, *options: str) -> Path:
    """Run a builder, let it warn of nothing, and return the folder with what it made."""
    run = subprocess.run(
        [
            *(Path(sys.executable).with_name("jupyter-book"), "build", *options),
            *("--builder", "custom", "--custom-builder", builder),
            *("--path-output", str(folder), str(ROOT)),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    said = (run.stdout + run.stderr).splitlines()
    assert [line for line in said if "WARNING" in line and not ELSEWHERE.search(line)] == []
    return folder / "_build" / builder


def build_chapter(folder: Path, builder: str) -> Path:
    """Make a book of one chapter, and the pages that it most leads to."""
    pages = ["book/notation", "book/glossary", "book/bibliography"]
    toc = {
        "format": "jb-book",
        "root": "book/intro",
        "parts": [
            {"caption": "Chapters", "numbered": 1, "chapters": [{"file": "chapters/03_pooling"}]},
            {"caption": "To look up", "chapters": [{"file": page} for page in pages]},
        ],
    }
    (folder / "toc.yml").write_text(yaml.safe_dump(toc))
    return build(folder, builder, "--toc", str(folder / "toc.yml"))


def build_whole(folder: Path, builder: str) -> Path:
    """Make the whole book."""
    return build(folder, builder, "--warningiserror", "--keep-going")
