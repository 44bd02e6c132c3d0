"""The search finds sections, the right one first, from a server and from the disk."""

import pytest

from tests.axe import faults
from tests.book.built import NARROW, pages

pytestmark = pytest.mark.browser


def search(visit, site, words, **options):
    page, log = visit(f"{site}/search.html?q={words}", **options)
    page.locator(".search-page .search-said:not(:empty)").wait_for()
    return page, log


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
def test_what_a_reader_looks_for_comes_first(visit, site, words, first):
    page, log = search(visit, site, words)
    best = links(page)[: len(first)]
    missing = [start for start in first if not any(link.startswith(start) for link in best)]
    assert missing == [], f"the first hits are {best}"
    assert log.problems() == []


def test_a_hit_leads_to_its_section(visit, site):
    page, log = search(visit, site, "stride")
    page.locator(".search-found a[href*='02_convolution.html#stride']").first.click()
    page.wait_for_url("**/chapters/02_convolution.html#stride*")
    heading = page.locator("section[id^=stride] > h2")
    page.wait_for_function("scrollY > 1000")
    assert heading.bounding_box()["y"] < 300
    assert log.problems() == []


def test_excerpts_show_the_word(visit, site):
    page, _ = search(visit, site, "dilation")
    excerpts = page.locator(".search-page .search-found p")
    assert excerpts.count() > 3
    assert "dilation" in page.locator(".search-found mark").first.inner_text().lower()
    assert max(map(len, excerpts.all_inner_texts())) < 250


def test_plural_and_capitals_find_the_same(visit, addresses):
    found = [links(search(visit, addresses["http"], word)[0]) for word in ("Strides", "stride")]
    assert found[0] == found[1] != []


def test_nothing_found_says_so_and_offers_what_may_be_meant(visit, site):
    page, log = search(visit, site, "paddeng")
    said = page.locator(".search-page .search-said")
    assert "Nothing in the book matches “paddeng”" in said.inner_text()
    said.get_by_role("link", name="padding", exact=True).click()
    page.wait_for_url("**/search.html?q=padding")
    page.locator(".search-page .search-found > li").first.wait_for()
    assert log.problems() == []


def test_nothing_near_is_said_without_an_offer(visit, site):
    page, _ = search(visit, site, "xyzzyqwv")
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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_what_is_found(visit, addresses, scheme):
    page, _ = search(visit, addresses["http"], "stride", color_scheme=scheme, viewport=NARROW)
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    page.evaluate("scrollTo(0, 0)")
    assert faults(page, {"include": [[".search-page"]]}) == []
