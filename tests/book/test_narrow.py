"""Every page fits a phone, and what cannot says where there is more."""

import pytest

from tests.book.built import NARROW, unfolded
from tests.book.test_typography import TORN

pytestmark = pytest.mark.browser


def test_nothing_sticks_out_of_a_narrow_page(narrow):
    with unfolded(narrow):
        sticking_out = narrow.evaluate(
            """() => Array.from(document.querySelectorAll("main *"))
                .filter(e => e.getBoundingClientRect().right > window.innerWidth + 1)
                .map(e => e.outerHTML.slice(0, 120))"""
        )
        width = narrow.evaluate("document.documentElement.scrollWidth")
    assert width <= NARROW["width"], sticking_out


@pytest.mark.chapters
def test_no_line_ends_between_a_formula_and_its_punctuation(narrow):
    assert narrow.evaluate(TORN) == []


@pytest.mark.chapters
def test_figures_fit_a_phone_and_scroll_where_a_screen_is_narrower(narrow):
    narrow.wait_for_function("!document.querySelector('.explore-figure[data-wide]')")
    narrow.set_viewport_size({"width": 320, "height": 640})
    try:
        narrow.wait_for_function(
            """() => document.querySelector(".explore-figure[data-wide]")
                && Array.from(document.querySelectorAll(".explore-figure"))
                .filter(f => f.checkVisibility()) // a folded solution is measured once it opens
                .every(f => (f.scrollWidth > f.clientWidth) === (f.tabIndex === 0))"""
        )
        assert narrow.locator(".explore-figure[tabindex]").count() > 0
        cue = narrow.locator(".explore-figure[tabindex] + .explore-cue").first
        assert cue.is_visible()
    finally:
        narrow.set_viewport_size(NARROW)
    narrow.wait_for_function("!document.querySelector('.explore-figure[tabindex]')")
