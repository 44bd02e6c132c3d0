"""Print the book: ``make pdf`` runs this on the page that ``book/ext/book_pdf.py`` has written.

Chromium prints, and cannot say in the text on which page something stands. So it prints more than
once: the finished pages tell where every place is, and the numbers are filled in, until all hold.

    python -m book.print_pdf [FOLDER]
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pikepdf
from playwright.sync_api import Browser, Page

from tests.browser import Log, launch, new_page

FOLDER = Path("_build/pdf")
NAME = "convolutional-networks-from-scratch"
# How wide the margins beside the text are, and how high a sheet is: the text is as wide on both, so
# that lines end alike.
SIZES = {"A4": ("28mm", "297mm"), "Letter": ("31mm", "279.4mm")}
PASSES = 6

# Every place that is asked for needs a link to it: only then the file names its page. In the first
# pass, links that nobody sees ask where the links of the text are.
ASK = """() => {
    const asked = document.createElement("nav");
    asked.id = "asked";
    for (const reference of document.querySelectorAll("[data-from]")) {
        const link = document.createElement("a");
        link.href = "#" + reference.dataset.from;
        link.textContent = "·";
        asked.append(link);
    }
    document.querySelector(".title-page").append(asked);
}"""
FORGET = """pages => {
    document.getElementById("asked").remove();
    for (const reference of document.querySelectorAll("[data-from]")) {
        const to = reference.querySelector("[data-of]").dataset.of;
        reference.hidden = pages[reference.dataset.from] === pages[to];
    }
}"""
FILL = """pages => {
    for (const number of document.querySelectorAll("[data-of]"))
        number.textContent = pages[number.dataset.of] ?? "?";
}"""
ASKED = """() => Array.from(document.querySelectorAll("[data-of]"), number => number.dataset.of)"""
HEADINGS = """() => Array.from(
    document.querySelectorAll("h1, h2, h3, h4, h5, h6"),
    heading => heading.textContent.trim().replace(/\\s+/g, " "))"""
READY = """async () => {
    await MathJax.startup.promise;
    for (const formula of document.querySelectorAll("mjx-container")) {
        formula.setAttribute("role", "img");
    }
    await document.fonts.ready;
    await Promise.all(Array.from(document.images, image => image.decode()));
}"""


def pages_of(path: Path) -> dict[str, int]:
    """Return the number of the page of every place that a link leads to."""
    with pikepdf.open(path) as book:
        numbers = {page.obj.objgen: number for number, page in enumerate(book.pages, start=1)}
        return {
            name.removeprefix("/"): numbers[place[0].objgen]
            for name, place in book.Root.Dests.items()
        }


def finish(path: Path, author: str, headings: list[str]) -> int:
    """Mend the outline, name the author, pack the file; return how many sheets it has.

    Chromium writes into the outline twice what stands at the head of a sheet, and packs little.
    """
    with pikepdf.open(path, allow_overwriting_input=True) as book:
        with book.open_outline() as outline:
            items = list(walk(outline.root))
            if len(items) != len(headings):
                problem = f"expected {len(headings)} headings in the outline, got {len(items)}"
                raise RuntimeError(problem)
            for item, heading in zip(items, headings, strict=True):
                item.title = heading
        book.docinfo["/Author"] = author
        packed = pikepdf.ObjectStreamMode.generate
        book.save(path, object_stream_mode=packed, recompress_flate=True, deterministic_id=True)
        return len(book.pages)


def walk(items: Iterable[pikepdf.OutlineItem]) -> Iterator[pikepdf.OutlineItem]:
    """Yield what an outline names, in the order of the book."""
    for item in items:
        yield item
        yield from walk(item.children)


def print_book(page: Page, size: str, path: Path) -> int:
    """Print the page that is open, with all numbers; return how many sheets it has.

    Raises
    ------
    RuntimeError
        If a link leads nowhere, the numbers do not come to rest, or the outline lacks a heading.
    """
    margin, height = SIZES[size]
    rule = f"@page {{ size: {size}; margin-left: {margin}; margin-right: {margin}; }}"
    rule += "@page cover { margin: 0; }"
    rule += f":root {{ --sheet: {height}; }}"
    style = page.add_style_tag(content=rule)
    page.evaluate(ASK)
    asked = set(page.evaluate(ASKED))
    before: dict[str, int] = {}
    try:
        for number in range(PASSES):
            page.pdf(
                path=path,
                prefer_css_page_size=True,
                print_background=True,
                outline=True,
                tagged=True,
            )
            found = pages_of(path)
            if lost := sorted(asked - set(found)):
                raise RuntimeError(f"expected links to places in the book, got {lost[:5]}")
            if not number:
                page.evaluate(FORGET, found)
            elif all(before[place] == found[place] for place in asked):
                author = page.get_attribute("meta[name=author]", "content")
                return finish(path, author, page.evaluate(HEADINGS))
            page.evaluate(FILL, found)
            before = found
    finally:
        style.evaluate("style => style.remove()")
    raise RuntimeError(f"the numbers of pages still move after {PASSES} passes")


@contextlib.contextmanager
def open_book(browser: Browser, folder: Path) -> Iterator[tuple[Page, Log]]:
    """Open the page to print, and wait until its formulas, fonts and pictures are there."""
    with new_page(browser) as (page, log):
        page.set_default_timeout(600_000)
        page.goto((folder / "book.html").absolute().as_uri())
        page.evaluate(READY)
        yield page, log


def main(folder: Path) -> int:
    """Print the book on every size of paper."""
    with launch() as browser:
        if browser is None:
            print("There is no Chromium here to print with.", file=sys.stderr)
            return 1
        with open_book(browser, folder) as (page, log):
            for size in SIZES:
                path = folder / f"{NAME}-{size.lower()}.pdf"
                sheets = print_book(page, size, path)
                print(f"{path}: {sheets} pages, {path.stat().st_size / 1e6:.1f} MB", flush=True)
            if problems := log.problems():
                print("\n".join(problems), file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
