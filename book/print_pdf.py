"""Print the book: ``make pdf`` runs this on the page that ``book/ext/book_pdf.py`` has written.

Chromium prints, and cannot say in the text on which page something stands. So it prints more than
once: the finished pages tell where every place is, and the numbers are filled in, until all hold.

    python -m book.print_pdf [FOLDER]
"""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pikepdf
from playwright.sync_api import Browser, Page

from tests.browser import Log, launch, new_page

FOLDER = Path("_build/pdf")
NAME = "convolutional-networks-from-scratch"
# In millimeters. The text is as wide on both, so that lines end alike.
SIZES = {"A4": (210, 297), "Letter": (215.9, 279.4)}
TEXT_WIDTH, TOP, BOTTOM = 154, 24, 20
PASSES = 6

# A figure is never cut: one that does not fit on its sheet leaves a gap, unless text follows there.
ROUNDS, MOVES = 12, 3
WIDEST_GAP = 50

# The file names the page of a place only if a link leads there. Nobody sees these links.
ASK = """places => {
    const asked = document.createElement("nav");
    asked.id = "asked";
    for (const place of places) {
        const link = document.createElement("a");
        link.href = "#" + place;
        link.textContent = "·";
        asked.append(link);
    }
    document.querySelector(".title-page").append(asked);
}"""
FORGET = """() => document.querySelectorAll("#asked, .before-figure").forEach(e => e.remove())"""
MARK_FIGURES = """() => Array.from(document.querySelectorAll("figure[id]"), figure => {
    const before = document.createElement("div");
    before.id = "before--" + figure.id;
    before.className = "before-figure";
    figure.before(before);
    return [figure.closest("article").id, figure.id];
})"""
# Move a figure behind the text that follows, as much of it as fills the gap; not behind another
# figure or a box, nor right behind a heading.
MOVE = """([id, gap]) => {
    const heading = "h2, h3, h4", whole = ".question, table, div.math";
    const kinds = `p, ul, ol, dl, .admonition, figure, .answers, .cell:not(:has(figure)),
        ${heading}, ${whole}`;
    const figure = document.getElementById(id);
    const blocks = Array.from(figure.closest("article").querySelectorAll(kinds))
        .filter(block => !block.parentElement.closest(kinds));
    let filled = 0, last = null;
    for (const block of blocks.slice(blocks.indexOf(figure) + 1)) {
        const height = block.getBoundingClientRect().height + 8;
        if (block.matches("figure, .admonition, .answers, :has(figure)")) break;
        if (block.matches(whole) && filled + height > gap) break;
        filled += height;
        if (!block.matches(heading)) last = block;
        if (filled >= gap) break;
    }
    if (last) last.after(document.getElementById("before--" + id), figure);
}"""
SHOW_ONLY = """chapters => {
    for (const article of document.querySelectorAll("article"))
        article.hidden = chapters !== null && !chapters.includes(article.id);
}"""
HIDE_NEAR = """pages => {
    for (const reference of document.querySelectorAll("[data-from]")) {
        const to = reference.querySelector("[data-of]").dataset.of;
        reference.hidden = pages[reference.dataset.from] === pages[to];
    }
}"""
FILL = """pages => {
    for (const number of document.querySelectorAll("[data-of]"))
        number.textContent = pages[number.dataset.of] ?? "?";
}"""
ASKED = """() => [
    ...Array.from(document.querySelectorAll("[data-of]"), number => number.dataset.of),
    ...Array.from(document.querySelectorAll("a[href^='#']"), a => a.getAttribute("href").slice(1)),
]"""
ORIGINS = """() => Array.from(document.querySelectorAll("[data-from]"), r => r.dataset.from)"""
# What would be cut, or reach into the margin; a formula may a little.
TOO_WIDE = """width => Array.from(document.querySelectorAll("pre, table, img, svg, mjx-container"))
    .filter(part => part.closest("article"))
    .filter(part => part.getBoundingClientRect().right
            > width + (part.matches("mjx-container") ? 40 : 1)
        || part.matches("pre") && part.scrollWidth > part.clientWidth + 1)
    .map(part => part.closest("article").id + ": " + part.textContent.trim().slice(0, 60))"""
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


def file_name(size: str) -> str:
    """Return the name of the book's file for one size of paper."""
    return f"{NAME}-{size.lower()}.pdf"


class Place(NamedTuple):
    """Where something stands: the number of its sheet, and how far up there, in millimeters."""

    page: int
    height: float


def places_in(path: Path) -> dict[str, Place]:
    """Return where everything stands that a link leads to."""
    with pikepdf.open(path) as book:
        numbers = {page.obj.objgen: number for number, page in enumerate(book.pages, start=1)}
        return {
            name.removeprefix("/"): Place(numbers[place[0].objgen], float(place[3]) / 72 * 25.4)
            for name, place in book.Root.get("/Dests", pikepdf.Dictionary()).items()
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


def write(page: Page, path: Path) -> dict[str, Place]:
    """Print the page as it is now; return where everything stands."""
    page.pdf(path=path, prefer_css_page_size=True, print_background=True, outline=True, tagged=True)
    return places_in(path)


def close_gaps(page: Page, path: Path) -> None:
    """Let text fill the gaps that figures leave which do not fit on their sheets.

    In each round the first such figure of each chapter moves, because the others move with it; the
    next round prints those chapters alone.
    """
    figures = page.evaluate(MARK_FIGURES)
    page.evaluate(ASK, [place for _, figure in figures for place in (figure, f"before--{figure}")])
    moved: Counter[str] = Counter()
    for _ in range(ROUNDS):
        places, chapters = write(page, path), set()
        for chapter, figure in figures:
            if figure not in places:
                continue
            before = places[f"before--{figure}"]
            gap = before.height - BOTTOM
            gapes = before.page < places[figure].page and gap > WIDEST_GAP
            if gapes and moved[figure] < MOVES and chapter not in chapters:
                page.evaluate(MOVE, [figure, gap / 25.4 * 96])
                moved[figure] += 1
                chapters.add(chapter)
        if not chapters:
            break
        page.evaluate(SHOW_ONLY, list(chapters))
    page.evaluate(SHOW_ONLY, None)
    page.evaluate(FORGET)


def fill_in_numbers(page: Page, path: Path) -> None:
    """Print until every number of a page in the text is that of the page.

    Raises
    ------
    RuntimeError
        If a link leads nowhere, or the numbers do not come to rest.
    """
    asked = set(page.evaluate(ASKED))
    page.evaluate(ASK, page.evaluate(ORIGINS))
    before: dict[str, int] = {}
    for number in range(PASSES):
        pages = {name: place.page for name, place in write(page, path).items()}
        if lost := sorted(asked - set(pages)):
            raise RuntimeError(f"expected links to places in the book, got {lost[:5]}")
        if not number:
            page.evaluate(FORGET)
            page.evaluate(HIDE_NEAR, pages)
        elif all(before[place] == pages[place] for place in asked):
            return
        page.evaluate(FILL, pages)
        before = pages
    raise RuntimeError(f"the numbers of pages still move after {PASSES} passes")


def print_book(page: Page, size: str, path: Path) -> int:
    """Print the page that is open, once, and return how many sheets it has.

    Raises
    ------
    RuntimeError
        If something is wider than the text, a link leads nowhere, the numbers of pages do not come
        to rest, or the outline lacks a heading.
    """
    width, height = SIZES[size]
    side = (width - TEXT_WIDTH) / 2
    page.add_style_tag(
        content=f"""@page {{ size: {size}; margin: {TOP}mm {side}mm {BOTTOM}mm; }}
        @page cover {{ margin: 0; }} :root {{ --sheet: {height}mm; }}"""
    )
    if wide := page.evaluate(TOO_WIDE, page.viewport_size["width"]):
        raise RuntimeError(f"expected nothing wider than the text, got {wide[:5]}")
    close_gaps(page, path)
    fill_in_numbers(page, path)
    author = page.get_attribute("meta[name=author]", "content")
    return finish(path, author, page.evaluate(HEADINGS))


@contextlib.contextmanager
def open_book(browser: Browser, folder: Path) -> Iterator[tuple[Page, Log]]:
    """Open the page to print, and wait until its formulas, fonts and pictures are there."""
    viewport = {"width": round(TEXT_WIDTH / 25.4 * 96), "height": 900}
    with new_page(browser, viewport=viewport) as (page, log):
        page.emulate_media(media="print")
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
        for size in SIZES:
            path = folder / file_name(size)
            with open_book(browser, folder) as (page, log):
                sheets = print_book(page, size, path)
                problems = log.problems()
            print(f"{path}: {sheets} pages, {path.stat().st_size / 1e6:.1f} MB", flush=True)
            if problems:
                print("\n".join(problems), file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
