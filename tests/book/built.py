"""The built book: where it is, what pages it has, and when a page is ready to be looked at."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import yaml
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
HTML = ROOT / "_build" / "html"
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 400, "height": 800}


def pages() -> list[str]:
    """Return the addresses of all pages that the table of contents names, and of the search."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    names = [toc["root"]]
    waiting = [entry for part in toc["parts"] for entry in part["chapters"]]
    while waiting:
        entry, *waiting = waiting
        names.append(entry["file"])
        waiting = [*entry.get("sections", []), *waiting]
    return [f"{name}.html" for name in [*names, "search"]]


def chapters() -> list[str]:
    """Return the addresses of the pages that are notebooks."""
    return [page for page in pages() if page.startswith("chapters/")]


# One template writes the pages of the reference. In a browser these stand for all: the list, the
# largest, which has most formulas, the one with most headings, and one of functions that draw.
REFERENCE = ("index", "layers", "book_tools", "figures_pixels")


def pages_to_read() -> list[str]:
    """Return the addresses of the pages that are read in a browser."""
    left = {f"book/reference/{name}.html" for name in REFERENCE}
    return [page for page in pages() if "/reference/" not in page or page in left]


def check_built() -> None:
    """Raise an error that says what to do, unless the book shows the sources as they are."""
    spec = importlib.util.spec_from_file_location("book_build", ROOT / "book/ext/book_build.py")
    book_build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(book_build)
    stamp = HTML / book_build.STAMP
    if not stamp.exists():
        raise FileNotFoundError("the book is not built, or not without warnings: run `make book`")
    if stamp.read_text() != book_build.hash_of_sources(ROOT):
        raise FileNotFoundError("the sources changed after the book was built: run `make book`")


@contextmanager
def unfolded(page: Page) -> Iterator[None]:
    """Open for a while what is folded away."""
    page.evaluate(
        """async () => {
            window.folded = Array.from(document.querySelectorAll("details:not([open])"));
            window.folded.forEach(details => { details.open = true });
            await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            await Promise.race([
                Promise.allSettled(document.getAnimations().map(a => a.finished)),
                new Promise(done => setTimeout(done, 2000)),
            ]);
        }"""
    )
    try:
        yield
    finally:
        page.evaluate("window.folded.forEach(details => { details.open = false })")


def wait_until_ready(page: Page) -> None:
    """Wait for the page's math, fonts, images and figures."""
    page.evaluate(
        """async () => {
            await window.MathJax?.startup?.promise;
            await document.fonts.ready;
            for (const image of document.images) image.loading = "eager";
            await Promise.allSettled(Array.from(document.images, image => image.decode()));
        }"""
    )
    page.wait_for_function(
        """() => Array.from(document.querySelectorAll(".explore"))
            .every(figure => !["loading", undefined].includes(figure.dataset.ready))"""
    )
