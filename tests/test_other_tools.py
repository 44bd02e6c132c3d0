"""The chapters outside JupyterLab: converted by nbconvert, and in whatever speaks to a kernel."""

import os
import re
import subprocess
import sys
from queue import Empty

import pytest
from bs4 import BeautifulSoup
from jupyter_client.manager import start_new_kernel
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from tests.chapters import CHAPTERS, ROOT, Chapter, named_figures

WIDGET = "application/vnd.jupyter.widget-view+json"
QUICK = "05_backpropagation"
# What Python says of an object that says nothing of itself, and of our figures where none shows.
BARE = re.compile(r"<[\w.]+ (?:object )?at 0x|\b(?:Explore|Still|Asked|Solution|View)\(")

every_chapter = pytest.mark.parametrize("chapter", [Chapter(p) for p in CHAPTERS], ids=repr)
# One chapter with every change; the others take minutes.
most_chapters = pytest.mark.parametrize(
    "chapter",
    [
        pytest.param(Chapter(path), marks=() if path.stem == QUICK else pytest.mark.whole)
        for path in CHAPTERS
    ],
    ids=repr,
)
pytestmark = pytest.mark.slow


@pytest.fixture
def convert(tmp_path):
    """Convert a chapter into a folder of its own, and return the file that comes out."""

    def convert(chapter, *options):
        command = [sys.executable, "-m", "nbconvert", "--output-dir", str(tmp_path), *options]
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        env.pop("BOOK_STATIC", None)
        done = subprocess.run(
            [*command, str(chapter.path)], env=env, cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr[-3000:]
        (made,) = tmp_path.iterdir()
        return made

    return convert


@most_chapters
def test_converted_to_html_its_figures_are_pictures_and_its_answers_folded(chapter, convert):
    page = BeautifulSoup(convert(chapter, "--to", "html", "--execute").read_text(), "html.parser")
    figures = page.select("figure.book-figure")
    names = [name for name, _ in named_figures(chapter.path)]
    assert sorted(figure["id"] for figure in figures) == sorted(names)
    for figure in figures:
        assert figure.select("svg, img, table"), figure.get("id")
    asked = len(chapter.questions[0]) + len(chapter.questions[1])
    folded = [box.summary.get_text() for box in page.select("details")]
    assert folded.count("Answer") == asked
    assert folded.count("Solution") == len(chapter.asked("solution"))
    assert page.select("details[open], form, button") == []
    outputs = page.select(".jp-OutputArea-output")
    assert [part.get_text() for part in outputs if BARE.search(part.get_text())] == []
    assert page.select(f'script[type="{WIDGET}"]') == [], "it would be blank without a network"


@most_chapters
def test_converted_to_a_script_it_runs(chapter, convert, tmp_path):
    script = convert(chapter, "--to", "script")
    assert script.name == f"{chapter}.py"
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, script.name], env=env, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert re.sub(r"\r *|epoch [^\r]*", "", done.stderr).strip() == "", "more than a training's bar"
    assert done.stdout
    assert not BARE.search(done.stdout)
    assert not re.search(r"\x1b|\r|<\w+[ >]", done.stdout), "no colors, bars or HTML in a terminal"


@most_chapters
def test_where_a_widget_cannot_show_something_stands_in_its_place(chapter):
    """Run it as VS Code does: each cell a message, its reader there, and look at the answers."""
    manager, client = start_new_kernel(cwd=str(chapter.path.parent))
    shown = []

    def note(message):
        content = message["content"]
        assert message["msg_type"] != "error", "\n".join(content["traceback"])
        if message["msg_type"] in ("display_data", "execute_result"):
            shown.append(content["data"])

    try:
        for cell in chapter.cells:
            if cell.kind == "code":
                try:
                    client.execute_interactive(
                        cell.source, allow_stdin=True, output_hook=note, timeout=120
                    )
                except (Empty, TimeoutError):
                    pytest.fail(f"{cell.id} took longer than the book allows")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    live = [bundle for bundle in shown if WIDGET in bundle]
    asked = len(chapter.asked("predict")) + len(chapter.asked("quiz"))
    assert len(live) >= asked + len(chapter.figures("explore"))
    bars = [bundle for bundle in live if "text/html" not in bundle]
    assert all("%|" in bundle["text/plain"] for bundle in bars), "a bar of progress has words"
    for bundle in shown:
        rich = bundle.get("text/html", "") + bundle.get("image/png", "")
        assert rich or not BARE.search(bundle["text/plain"]), bundle["text/plain"]
        assert rich or WIDGET not in bundle or bundle in bars


@every_chapter
def test_read_as_plain_markdown_nothing_of_its_text_is_lost(chapter):
    """VS Code and Colab know headings, lists, code and formulas, and none of MyST's marks."""
    plain = MarkdownIt("commonmark").enable("table").use(dollarmath_plugin)
    for cell in chapter.texts:
        tokens = plain.parse(cell.source)
        inline = [part for token in tokens for part in token.children or [token]]
        blocks = [token for token in tokens if token.type == "math_block"]
        assert len(blocks) == cell.source.count("$$") / 2, cell.id
        words = " ".join(part.content for part in inline if part.type == "text")
        assert "$$" not in words, f"{cell.id}: a formula is read as text"
        assert "`" not in words, f"{cell.id}: code or a role does not end"
        outside = re.sub(r"^(```+|~~~+).*?^\1", "", cell.source, flags=re.DOTALL | re.MULTILINE)
        headings = re.findall(r"^#+ ", outside, re.MULTILINE)
        assert len([t for t in tokens if t.type == "heading_open"]) == len(headings), cell.id
        assert not any(t.type == "code_block" for t in tokens), f"{cell.id}: text read as code"
