"""Figures with sliders work on the published page: by mouse, by keyboard, and to the ear."""

import pytest

from tests.book.built import NARROW, WIDE

pytestmark = [pytest.mark.browser, pytest.mark.only("chapters")]


def controls_of(reading):
    return reading.page.locator(".explore input[type=range]").all()


def put_back(figure):
    """Move a figure's controls to where the reader finds them: one may hold another's end back."""
    figure.evaluate(
        """figure => figure.querySelectorAll("input[type=range]").forEach(control => {
            control.value = control.defaultValue;
            control.dispatchEvent(new Event("input", { bubbles: true }));
        })"""
    )


def markup(figure):
    return figure.locator(".explore-figure").inner_html()


def test_figures_are_ready(reading):
    states = reading.page.locator(".explore").evaluate_all("all => all.map(f => f.dataset.ready)")
    assert states
    assert states == ["true"] * len(states)


def test_controls_move_to_both_ends_and_their_figures_follow(reading):
    for number, figure in enumerate(reading.page.locator(".explore").all()):
        for control in figure.locator("input[type=range]").all():
            where = f"figure {number}, {control.get_attribute('id')}"
            put_back(figure)
            texts, shown = [], []
            for key, end in (("Home", "min"), ("End", "max")):
                control.press(key)
                assert control.input_value() == control.get_attribute(end), where
                texts.append(control.get_attribute("aria-valuetext"))
                shown.append(markup(figure))
                beside = control.evaluate("c => c.parentElement.querySelector('output').value")
                assert beside == texts[-1], where
            assert texts[0] != texts[1], where
            assert shown[0] != shown[1], f"{where}: the figure stays as it was"
    assert reading.log.problems() == []


def test_arrow_keys_move_every_control(reading):
    for control in controls_of(reading):
        control.press("Home")
        texts = [control.get_attribute("aria-valuetext")]
        for key in ("ArrowRight", "ArrowLeft"):
            control.press(key)
            texts.append(control.get_attribute("aria-valuetext"))
        assert texts[0] == texts[2] != texts[1], control.get_attribute("id")


def test_mouse_moves_every_control(reading):
    for control in controls_of(reading):
        control.press("Home")
        box = control.bounding_box()
        control.click(position={"x": box["width"] - 2, "y": box["height"] / 2})
        assert control.input_value() == control.get_attribute("max"), control.get_attribute("id")


def test_tab_reaches_every_control(reading):
    for figure in reading.page.locator(".explore").all():
        expected = figure.locator("input[type=range]").evaluate_all("all => all.map(c => c.id)")
        figure.evaluate("f => { f.tabIndex = -1; f.focus() }")  # Tab goes on from here
        reached = []
        for _ in expected:
            reading.page.keyboard.press("Tab")
            reached.append(reading.page.evaluate("document.activeElement.id"))
        figure.evaluate("f => f.removeAttribute('tabindex')")
        assert reached == expected


def test_controls_say_what_they_are_and_where_they_stand(reading):
    silent = reading.page.locator(".explore input[type=range]").evaluate_all(
        """all => all
            .filter(c => !c.labels[0]?.innerText.trim() || !c.getAttribute("aria-valuetext"))
            .map(c => c.outerHTML)"""
    )
    assert silent == []


def test_figures_say_what_they_show(reading):
    unnamed = reading.page.locator(".explore-figure > *").evaluate_all(
        """all => all
            .filter(f => !(f.getAttribute("aria-label") || f.getAttribute("alt")))
            .map(f => f.outerHTML.slice(0, 200))"""
    )
    assert unnamed == []


def test_figures_that_scroll_on_a_narrow_screen_can_be_reached(reading):
    page = reading.page
    page.set_viewport_size(NARROW)
    try:
        page.wait_for_function(
            """() => Array.from(document.querySelectorAll(".explore-figure"))
                .filter(f => f.checkVisibility()) // a folded solution is measured once it opens
                .every(f => (f.scrollWidth > f.clientWidth) === (f.tabIndex === 0))"""
        )
        assert page.locator(".explore-figure[tabindex]").count() > 0
    finally:
        page.set_viewport_size(WIDE)
    page.wait_for_function("!document.querySelector('.explore-figure[tabindex]')")
