"""The book as an EPUB: one chapter is made into one here, `make test-all` makes the whole."""

import io
import re
import subprocess
import zipfile
from pathlib import Path, PurePosixPath
from posixpath import normpath
from urllib.parse import unquote
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from tests.book.other_forms import CHAPTER, build_chapter, build_whole
from tests.browser import new_page
from tests.chapters import Chapter, named_figures, states_for_paper

XHTML, OPF = "{http://www.w3.org/1999/xhtml}", "{http://www.idpf.org/2007/opf}"
SVG, MATHML = "{http://www.w3.org/2000/svg}svg", "{http://www.w3.org/1998/Math/MathML}math"
EPUBCHECK = Path("/usr/share/java/epubcheck.jar")


class Package:
    """An EPUB, unpacked in memory."""

    def __init__(self, path):
        self.path = path
        with zipfile.ZipFile(path) as archive:
            self.first = archive.infolist()[0]
            self.files = {name: archive.read(name) for name in archive.namelist()}
        self.pages = {
            name: ElementTree.fromstring(content)
            for name, content in self.files.items()
            if name.endswith(".xhtml")
        }


@pytest.fixture(scope="module")
def package(book, tmp_path_factory):
    (path,) = build_chapter(tmp_path_factory.mktemp("epub"), "epub").glob("*.epub")
    return Package(path)


@pytest.fixture(scope="module")
def chapter(package):
    return package.pages["chapters/03_pooling.xhtml"]


def test_the_package_is_one(package):
    assert package.first.filename == "mimetype"
    assert package.first.compress_type == zipfile.ZIP_STORED
    assert package.files["mimetype"] == b"application/epub+zip"
    entries = ElementTree.fromstring(package.files["content.opf"]).iter(f"{OPF}item")
    listed = {entry.get("href"): entry.get("properties", "") for entry in entries}
    assert set(listed) == set(package.files) - {
        *("mimetype", "content.opf", "META-INF/container.xml")
    }
    for name, page in package.pages.items():
        kinds = {"svg": SVG, "mathml": MATHML}
        held = {kind for kind, tag in kinds.items() if page.find(f".//{tag}") is not None}
        assert held == set(listed[name].split()) - {"nav"}, name
    assert listed["_static/cover.png"] == "cover-image"


def test_the_cover_comes_first(package):
    content = ElementTree.fromstring(package.files["content.opf"])
    names = {item.get("id"): item.get("href") for item in content.iter(f"{OPF}item")}
    read = [item for item in content.iter(f"{OPF}itemref") if item.get("linear") != "no"]
    assert [names[item.get("idref")] for item in read[:2]] == ["cover.xhtml", "book/intro.xhtml"]


@pytest.mark.browser
def test_the_cover_of_pixels_is_the_one_that_is_drawn(package, chromium):
    with new_page(chromium, viewport={"width": 600, "height": 800}) as (page, _):
        page.set_content(f"<body style='margin:0'>{package.files['_static/cover.svg'].decode()}")
        drawn = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    stored = Image.open(io.BytesIO(package.files["_static/cover.png"])).convert("RGB")
    difference = np.abs(np.asarray(drawn, float) - np.asarray(stored.resize(drawn.size), float))
    assert difference.mean() < 6, "the fonts of two machines differ by less"


def test_a_reader_program_shows_the_title_and_the_chapters_with_their_numbers(package):
    content = ElementTree.fromstring(package.files["content.opf"])
    title = content.find(".//{http://purl.org/dc/elements/1.1/}title")
    assert title.text == "Convolutional Networks from Scratch"
    assert b"not set" not in b"".join(package.files.values())
    entries = package.pages["nav.xhtml"].iter(f"{XHTML}a")
    listed = {link.get("href"): " ".join(link.text.split()) for link in entries}
    assert listed["chapters/03_pooling.xhtml"] == "1 Pooling"


def test_nothing_in_it_needs_a_script(package):
    for name, page in package.pages.items():
        for tag in ("script", "form", "input", "button", "noscript", "label"):
            assert page.find(f".//{XHTML}{tag}") is None, f"{name}: {tag}"


def test_every_link_leads_to_a_place_that_is_there(package):
    ids = {name: {e.get("id") for e in page.iter()} for name, page in package.pages.items()}
    for name, page in package.pages.items():
        for link in page.iter(f"{XHTML}a"):
            address = link.get("href", "")
            if re.match(r"https?:|mailto:", address):
                continue
            path, _, place = unquote(address).partition("#")
            target = normpath(str(PurePosixPath(name).parent / path)) if path else name
            assert target in package.files, f"{name}: {address}"
            assert not place or place in ids[target], f"{name}: {address}"


def test_every_figure_stands_still_and_says_what_it_shows(chapter):
    figures = [f for f in chapter.iter(f"{XHTML}figure") if "book-figure" in f.get("class", "")]
    assert [figure.get("id") for figure in figures] == [name for name, _ in named_figures(CHAPTER)]
    for figure in figures:
        pictures = list(figure.iter(SVG))
        assert len(pictures) == max(1, len(states_for_paper(CHAPTER).get(figure.get("id"), ())))
        for drawn in pictures:
            assert drawn.get("role") == "img"
            assert len(drawn.get("aria-label")) > 20
        assert "Figure" in "".join(figure.find(f"{XHTML}figcaption").itertext())


def test_formulas_have_an_alternative(chapter):
    formulas = list(chapter.iter(MATHML))
    assert len(formulas) > 20
    assert all(formula.get("alttext") for formula in formulas)
    assert "\\(" not in "".join(chapter.itertext())


def test_answers_are_folded_below_their_questions(chapter):
    notebook = Chapter(CHAPTER)
    folded = [
        "".join(summary.itertext()).strip()
        for details in chapter.iter(f"{XHTML}details")
        for summary in details.findall(f"{XHTML}summary")
    ]
    predictions, quiz = notebook.questions
    assert folded.count("Answer") == len(predictions) + len(quiz)
    assert folded.count("Solution") == folded.count("Hint") == len(notebook.asked("solution"))
    assert "" not in folded


def check(path):
    if EPUBCHECK.exists():
        run = subprocess.run(["java", "-jar", EPUBCHECK, path], capture_output=True, text=True)
        assert "0 fatals / 0 errors / 0 warnings" in run.stdout, run.stdout + run.stderr


def test_epubcheck_finds_nothing(package):
    """It is not everywhere: where it is missing, the tests above have looked for the most."""
    check(package.path)


@pytest.mark.whole
def test_the_whole_book(book, tmp_path):
    (path,) = build_whole(tmp_path, "epub").glob("*.epub")
    whole = Package(path)
    names = {f"chapters/{path.stem}.xhtml" for path in CHAPTER.parent.glob("*.ipynb")}
    assert names <= set(whole.pages)
    check(whole.path)
