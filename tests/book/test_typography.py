"""The pages look alike on every machine, and as a typesetter would have them."""

import re

import pytest

from tests.book.built import NARROW, chapters, pages
from tests.book.test_files import parse

pytestmark = pytest.mark.browser

DRAWN = "✅❌"
# Letters that a reader's own fonts may give: the picture writing of a name, the marks for copying.
LEFT_TO_THE_READER = DRAWN + "\ufe0f"
CODE = "pre, code, kbd, .highlight"


def letters(book, page, of_code):
    """Return the letters of a page's text or of its code, apart from formulas and drawings."""
    soup = parse(book / page)
    found = set()
    for string in soup.body.find_all(string=True):
        if string.find_parent(["script", "style", "svg", "textarea", "noscript"]):
            continue
        if string.find_parent(class_="math"):
            continue
        code = string.find_parent(["pre", "code", "kbd"]) is not None
        if code is of_code:
            found |= set(string)
    return {letter for letter in found if letter.isprintable() and not letter.isspace()}


@pytest.mark.parametrize(("tag", "of_code"), [("p", False), ("code", True)])
def test_every_letter_is_in_the_book_s_fonts(book, visit, addresses, tag, of_code):
    used = set().union(*(letters(book, page, of_code) for page in pages()))
    assert len(used) > 80
    page, _ = visit(f"{addresses['http']}/{pages()[0]}")
    foreign = []
    client = page.context.new_cdp_session(page)
    client.send("DOM.enable")
    client.send("CSS.enable")
    page.evaluate(
        """async ([tag, letters]) => {
            const places = letters.map((letter, i) => {
                const place = document.createElement(tag);
                place.className = "letter-" + i;
                place.textContent = letter;
                document.querySelector("article").append(place);
                return place;
            });
            const { fontFamily } = getComputedStyle(places[0]);
            await document.fonts.load(`16px ${fontFamily}`, letters.join(""));
            await document.fonts.ready;
        }""",
        [tag, (listed := sorted(used - set(LEFT_TO_THE_READER)))],
    )
    root = client.send("DOM.getDocument")["root"]["nodeId"]
    for i, letter in enumerate(listed):
        node = client.send("DOM.querySelector", {"nodeId": root, "selector": f".letter-{i}"})
        fonts = client.send("CSS.getPlatformFontsForNode", {"nodeId": node["nodeId"]})["fonts"]
        if not fonts or not all(font["isCustomFont"] for font in fonts):
            foreign.append((letter, hex(ord(letter)), [font["familyName"] for font in fonts]))
    assert foreign == []


def test_fonts_are_light_and_licensed(book):
    folder = book / "_static/fonts"
    fonts = list(folder.glob("*.woff2"))
    assert len(fonts) == 4
    assert sum(font.stat().st_size for font in fonts) < 150_000
    for name in ("text", "code", "signs"):
        assert len(next(folder.glob(f"{name}-LICENSE.*")).read_text()) > 1000


def test_marks_are_drawn_and_can_be_read_and_copied(book, page_name):
    soup = parse(book / page_name)
    for string in soup.body.find_all(string=lambda text: any(mark in text for mark in DRAWN)):
        if string.find_parent(["script", "style", "textarea"]):
            continue
        assert string in DRAWN
        assert string.parent["aria-label"] in ("right", "wrong")


TORN = """() => Array.from(document.querySelectorAll("article :is(p, li, .together) > .math"))
    .filter(math => /^[.,;:!?)]/.test(math.nextSibling?.data || ""))
    .filter(math => {
        const range = document.createRange();
        range.setStart(math.nextSibling, 0);
        range.setEnd(math.nextSibling, 1);
        const [stop] = range.getClientRects();
        const box = math.getBoundingClientRect();
        return stop && box.height && stop.top >= box.bottom;
    })
    .map(math => math.parentElement.textContent.slice(0, 80))"""


@pytest.mark.chapters
def test_no_line_ends_between_a_formula_and_its_punctuation(reading):
    assert reading.page.evaluate(TORN) == []


def test_no_line_ends_inside_a_size_or_a_percentage(book):
    torn = [
        (page, string)
        for page in chapters()
        for string in parse(book / page).article.find_all(string=True)
        if re.search(r"\w [×%]|× \w", string)
        and not string.find_parent(["pre", "code", "script", "svg", "button", "output"])
        and not string.find_parent(class_=["math", "cell_output"])
    ]
    assert torn == []


def test_code_of_66_letters_fits_at_1280_pixels(reading):
    scrolling = reading.page.evaluate(
        """() => Array.from(document.querySelectorAll(".cell_input pre"))
            .filter(pre => Math.max(...pre.textContent.split("\\n").map(l => l.length)) <= 66)
            .filter(pre => pre.scrollWidth > pre.clientWidth)
            .map(pre => pre.textContent.slice(0, 200))"""
    )
    assert scrolling == []


def test_code_that_scrolls_says_on_which_side_there_is_more(visit, addresses):
    page, _ = visit(f"{addresses['http']}/{chapters()[1]}", viewport=NARROW)
    box = page.locator(".cell_input pre.more-right").first
    box.wait_for()
    assert "rgb" in box.evaluate("pre => getComputedStyle(pre).boxShadow")
    box.evaluate("pre => { pre.classList.add('seen'); pre.scrollLeft = 10000 }")
    page.locator("pre.seen.more-left:not(.more-right)").wait_for()
    assert page.locator(".cell_input pre:not(.more-left, .more-right)").count() > 0


def test_links_have_one_color(reading):
    colors = reading.page.evaluate(
        """() => Array.from(document.querySelectorAll(
                "article p > a.reference, article table a.reference, article li > a.reference"))
            .filter(a => !a.closest(".admonition, .toctree-wrapper"))
            .filter(a => a.checkVisibility())
            .map(a => getComputedStyle(a).color)"""
    )
    assert len(set(colors)) <= 1


@pytest.mark.chapters
def test_what_to_keep_is_not_in_the_color_of_warnings(reading):
    colors = reading.page.evaluate(
        """() => ["important", "warning"].map(kind => {
            const box = document.querySelector(`.admonition.${kind}`);
            return box && getComputedStyle(box).borderLeftColor;
        })"""
    )
    assert None not in colors
    assert colors[0] != colors[1]


@pytest.mark.chapters
def test_the_ring_around_what_has_the_focus_is_whole(reading):
    cut = reading.page.evaluate(
        """() => Array.from(document.querySelectorAll(".cell_output input[type=range]"))
            .filter(input => input.checkVisibility())
            .filter(input => {
                const box = input.closest(".cell_output").getBoundingClientRect();
                const own = input.getBoundingClientRect();
                return own.left - box.left < 5 || box.right - own.right < 5;
            })
            .map(input => input.id)"""
    )
    assert cut == []


def test_works_are_sorted_by_what_they_begin_with(book):
    works = [p.get_text() for p in parse(book / "book/bibliography.html").select(".citation > p")]
    assert len(works) > 30
    assert works[0] == sorted(works, key=str.casefold)[0]
    surnames = [work.partition(",")[0].casefold() for work in works]
    assert all(len(name) > 1 and not name.endswith(".") for name in surnames)
    assert surnames == sorted(surnames)


def test_the_functions_that_draw_stand_on_a_page_for_each_chapter(book):
    pages_that_draw = [page for page in pages() if "reference/figures" in page]
    assert len(pages_that_draw) == 1 + len(chapters()) + 1  # what they share, and the results
    for page in pages_that_draw:
        assert 2 < len(parse(book / page).select("dl.py.function")) < 30


def test_groups_of_columns_have_heads(book):
    (table,) = parse(book / "book/results.html").select("table.grouped")
    heads = [th.get_text() for th in table.select("th[colspan='2'][scope=colgroup]")]
    assert heads[0] == "MNIST"
    assert heads[1].startswith("CIFAR-10")


def test_the_first_page_begins_with_the_figure(book):
    soup = parse(book / pages()[0])
    assert soup.select_one("article .widget[data-widget=digit]")
    assert soup.select("article details, article .cell_input") == []
    assert "to come" not in soup.article.get_text()
    start = soup.select_one("article p > strong > a")
    assert start["href"].endswith("01_pixels_to_predictions.html")
