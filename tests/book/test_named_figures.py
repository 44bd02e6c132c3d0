"""Figures have names, numbers and captions; links lead to them; one page lists them all."""

import re

from tests.book.built import ROOT, chapters, pages
from tests.book.test_files import parse
from tests.chapters import named_figures

CHAPTER = re.compile(r"chapters/(\d+)_")


def source_of(page_name):
    """Return the file that a page was made from; search has none."""
    path = ROOT / page_name
    return next((p for s in (".ipynb", ".md") if (p := path.with_suffix(s)).exists()), None)


def figures_of(book, page_name):
    return parse(book / page_name).select("figure.book-figure")


def number_of(figure):
    return figure.select_one(".caption-number").get_text().strip()


# The page sets apostrophes, and keeps sizes in one line.
AS_TYPED = str.maketrans({"\u00a0": " ", "’": "'"})
PAGES = [page_name for page_name in pages() if page_name != "search.html"]


def test_figures_are_those_of_the_source_each_with_its_caption(book, page_name):
    shown = [
        (figure["id"], figure.select_one(".caption-text").get_text().translate(AS_TYPED))
        for figure in figures_of(book, page_name)
    ]
    source = source_of(page_name)
    named = named_figures(source) if source else []
    assert shown == [(name, caption.replace("`", "")) for name, caption in named]


def test_each_figure_has_one_caption_and_a_link_to_itself(book, page_name):
    soup = parse(book / page_name)
    drawn = soup.select(".explore, .widget, .cell_output .explore-figure")
    assert [
        part for part in drawn if part.find_parent("figure", class_="book-figure") is None
    ] == []
    for figure in figures_of(book, page_name):
        assert len(figure.select("figcaption")) == 1
        assert figure.select_one("figcaption a.headerlink")["href"] == f"#{figure['id']}"


def test_numbers_go_through_the_chapters_in_order(book):
    for place, page_name in enumerate(chapters(), start=1):
        numbers = list(map(number_of, figures_of(book, page_name)))
        assert numbers
        assert numbers == [f"Figure {place}.{n}" for n in range(1, len(numbers) + 1)]


def test_other_pages_count_by_themselves(book):
    others = [page for page in pages() if page not in chapters()]
    numbers = [number_of(figure) for page in others for figure in figures_of(book, page)]
    assert numbers == [f"Figure {n}" for n in range(1, len(numbers) + 1)]


def test_chapters_have_their_numbers_and_nothing_else_has(book):
    for page_name in PAGES:
        titles = parse(book / page_name).select(":is(h1, h2, h3) .section-number")
        numbers = [number.get_text().strip() for number in titles]
        found = CHAPTER.match(page_name)
        assert numbers == ([str(int(found[1]))] if found else [])
    entries = parse(book / pages()[0]).select(".bd-links a.reference.internal[href*=chapters]")
    words = [entry.get_text().split() for entry in entries]
    assert [first for first, *_ in words] == [str(n) for n in range(1, len(chapters()) + 1)]


def test_the_list_is_that_of_all_pages(book):
    cards = parse(book / "book/figures.html").select(".figure-card")
    listed = [(card.a["href"], card.a.get_text()) for card in cards]
    first, *others = pages()
    there = [
        (
            f"{page_name.removeprefix('book/') if 'book/' in page_name else '../' + page_name}",
            figure,
        )
        for page_name in (first, *others)
        for figure in figures_of(book, page_name)
    ]
    assert there
    assert listed == [(f"{link}#{figure['id']}", number_of(figure)) for link, figure in there]
    for card, (_, figure) in zip(cards, there, strict=True):
        assert figure.select_one(".caption-text").get_text() in card.p.get_text()
        assert card.select_one("svg[role=img], img[alt]")


def test_folded_code_says_what_opens(book, page_name):
    for details in parse(book / page_name).select("details.hide"):
        words = details.summary.get_text(" ", strip=True)
        assert re.match(r"Show .* Hide ", words)
        assert "cell" not in words
        cell = details.find_parent("div", class_="cell")
        if "tag_hide-input" in cell["class"] and cell.select("figure.book-figure"):
            assert words.startswith("Show the code of this figure")
