"""Every page reads the same from a server and from the disk, and asks nothing of the network."""

import pytest

from tests.book.built import NARROW, WIDE

pytestmark = pytest.mark.browser


def test_page_loads_whole_and_stays_home(reading):
    assert reading.log.problems() == []


def test_math_is_typeset(reading):
    raw = reading.page.locator(".math").evaluate_all(
        "all => all.filter(m => !m.querySelector('mjx-container mjx-math')).map(m => m.outerHTML)"
    )
    assert raw == [], "formulas that MathJax left as they were"
    errors = reading.page.locator("mjx-merror").evaluate_all("all => all.map(e => e.outerHTML)")
    assert errors == [], "formulas with errors"


@pytest.mark.only("chapters")
def test_chapters_have_math(reading):
    assert reading.page.locator(".math mjx-container").count() > 0


def test_images_are_there(reading):
    broken = reading.page.evaluate(
        "Array.from(document.images).filter(i => !i.naturalWidth).map(i => i.src.slice(0, 200))"
    )
    assert broken == []


def test_narrow_page_does_not_scroll_sideways(reading):
    page = reading.page
    page.set_viewport_size(NARROW)
    try:
        page.wait_for_function("window.innerWidth === 400")
        sticking_out = page.evaluate(
            """() => Array.from(document.querySelectorAll("main *"))
                .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1)
                .map(e => e.outerHTML.slice(0, 120))"""
        )
        width = page.evaluate("document.documentElement.scrollWidth")
    finally:
        page.set_viewport_size(WIDE)
    assert width <= NARROW["width"], sticking_out


def test_ids_are_unique(reading):
    twice = reading.page.evaluate(
        """() => {
            const ids = Array.from(document.querySelectorAll("article [id]"), e => e.id);
            return ids.filter((id, i) => ids.indexOf(id) !== i);
        }"""
    )
    assert twice == []
