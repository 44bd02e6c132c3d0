"""The search finds sections, the right one first, from a server and from the disk."""

import pytest

from tests.axe import faults
from tests.book.built import NARROW, pages
from tests.browser import new_page

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def searching(chromium, addresses):
    """A page that searches from the disk, for one test after the other, and its log."""
    with new_page(chromium) as page_and_log:
        yield page_and_log


@pytest.fixture
def search(searching, addresses):
    """A function that searches, from the disk or another place, and gives the page."""
    page, log = searching
    log.clear()

    def search_for(words, site=addresses["file"]):
        page.goto(f"{site}/search.html?q={words}")
        wait_for_hits(page)
        return page

    yield search_for
    assert log.problems() == []


def wait_for_hits(page):
    page.locator(".search-page .search-said:not(:empty)").wait_for()


def links(page):
    found = page.locator(".search-page .search-found > li > a")
    return found.evaluate_all("all => all.map(a => a.getAttribute('href').replace(/^\\.\\//, ''))")


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("stride", {"chapters/02_convolution.html#stride", "book/glossary.html#term-stride"}),
        ("padding", {"book/glossary.html#term-padding", "book/glossary.html#term-same-padding"}),
        ("im2col", {"chapters/04_im2col.html", "book/glossary.html#term-im2col"}),
        ("softmax", {"book/glossary.html#term-softmax"}),
        (
            "Conv2d",
            {"book/reference/layers.html#lib.layers.Conv2d", "book/glossary.html#term-convolution"},
        ),
        ("max pooling", {"book/glossary.html#term-max-pooling"}),
        ("Goodfellow", {"book/bibliography.html#"}),
    ],
)
def test_what_a_reader_looks_for_comes_first(search, words, first):
    best = links(search(words))[: len(first)]
    missing = [start for start in first if not any(link.startswith(start) for link in best)]
    assert missing == [], f"the first hits are {best}"


def test_a_hit_leads_to_its_section(search, site):
    page = search("stride", site)
    page.locator(".search-found a[href*='02_convolution.html#stride']").first.click()
    page.wait_for_url("**/chapters/02_convolution.html#stride*")
    heading = page.locator("section[id^=stride] > h2")
    page.wait_for_function("scrollY > 1000")
    assert heading.bounding_box()["y"] < 300


def test_excerpts_show_the_word(search):
    page = search("dilation")
    excerpts = page.locator(".search-page .search-found p")
    assert excerpts.count() > 3
    assert "dilation" in page.locator(".search-found mark").first.inner_text().lower()
    assert max(map(len, excerpts.all_inner_texts())) < 250


def test_plural_and_capitals_find_the_same(search):
    found = [links(search(word)) for word in ("Strides", "stride")]
    assert found[0] == found[1] != []


def test_nothing_found_says_so_and_offers_what_may_be_meant(search):
    page = search("paddeng")
    said = page.locator(".search-page .search-said")
    assert "Nothing in the book matches “paddeng”" in said.inner_text()
    said.get_by_role("link", name="padding", exact=True).click()
    page.wait_for_url("**/search.html?q=padding")
    page.locator(".search-page .search-found > li").first.wait_for()


def test_nothing_near_is_said_without_an_offer(search):
    page = search("xyzzyqwv")
    said = page.locator(".search-page .search-said")
    assert said.inner_text() == "Nothing in the book matches “xyzzyqwv”."
    assert links(page) == []


def test_the_dialog_finds_while_one_types_and_is_led_by_keys(visit, site):
    page, log = visit(f"{site}/{pages()[1]}")
    page.keyboard.press("Control+k")
    page.keyboard.type("stride")
    hits = page.locator("#pst-search-dialog .search-found a")
    hits.first.wait_for()
    assert 1 < hits.count() <= 8
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.href") == hits.nth(1).evaluate("a => a.href")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=stride")
    assert log.problems() == []


def test_answers_are_not_given_away(book):
    sections = (book / "_static/search-sections.js").read_text()
    assert "The checker says" in sections  # beside the exercises
    assert "def solution" not in sections
    assert ":::{admonition}" not in sections


def test_no_page_loads_the_index_before_it_is_asked_for(visit, addresses):
    page, _ = visit(f"{addresses['http']}/{pages()[1]}")
    loaded = "performance.getEntriesByType('resource').map(r => r.name.split('/').at(-1))"
    names = page.evaluate(loaded)
    assert "search.js" in " ".join(names)
    assert not {"search-sections.js", "searchindex.js", "minisearch.js"} & set(names)


def test_axe_finds_nothing_in_what_is_found(visit, addresses):
    page, _ = visit(f"{addresses['file']}/search.html?q=stride", viewport=NARROW)
    wait_for_hits(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_function("s => document.documentElement.dataset.theme === s", arg=scheme)
        page.evaluate("scrollTo(0, 0)")
        assert faults(page, {"include": [[".search-page"]]}) == []
