"""Figures with controls work on the published page: by mouse, by keyboard, and to the ear."""

import pytest

from tests.book.built import WIDE

pytestmark = [pytest.mark.browser, pytest.mark.only("chapters")]

# What Tab reaches: of radio buttons the one that is down.
FIELDS = ".explore :is(input[type=range], input[type=number], input[type=radio]:checked)"


def fields_of(figure):
    """Return the fields of a figure's controls, and how a key moves each, there and back."""
    for field in figure.locator(FIELDS.removeprefix(".explore ")).all():
        keys = ("ArrowUp", "ArrowDown") if field.get_attribute("type") == "number" else None
        yield field, keys or ("ArrowRight", "ArrowLeft")


def markup(figure):
    """Return what a figure draws; the order of the attributes around it may change."""
    return figure.locator(".explore-figure > *").evaluate(
        """drawn => drawn.tagName === "IMG" ? drawn.src
            : drawn.innerHTML.replaceAll(' data-contrast=""', "")  // as another test marked it"""
    )


def lift_veils(page):
    """Make no guess, so that the figures behind the veils of predictions show, too."""
    page.locator("[data-kind=prediction] .question-waive").evaluate_all(
        "all => all.filter(button => button.checkVisibility()).forEach(button => button.click())"
    )


def test_figures_are_ready(reading):
    states = reading.page.locator(".explore").evaluate_all("all => all.map(f => f.dataset.ready)")
    assert states
    assert states == ["true"] * len(states)


def test_arrow_keys_move_every_control_and_its_figure_there_and_back(reading):
    lift_veils(reading.page)
    keyboard = reading.page.keyboard
    for number, figure in enumerate(reading.page.locator(".explore").all()):
        for field, (on, back) in fields_of(figure):
            where = f"figure {number}, {field.evaluate('f => f.labels[0].textContent')}"
            field.focus()
            began = markup(figure)
            keyboard.press(on)
            if markup(figure) == began:  # it stood at its last value
                on, back = back, on
                keyboard.press(on)
            assert markup(figure) != began, f"{where}: the figure stays as it was"
            keyboard.press(back)
            assert markup(figure) == began, where
    assert reading.log.problems() == []


def test_a_touch_moves_every_figure_that_offers_it(reading):
    lift_veils(reading.page)
    for figure in reading.page.locator(".explore").all():
        if not figure.locator(".explore-hint").is_visible():
            continue
        targets = figure.locator("[data-touch]")
        seen = {markup(figure)}
        for place in (0, targets.count() // 2, targets.count() - 1):
            targets.nth(place).click(force=True)
            seen.add(markup(figure))
        assert len(seen) > 1


def test_tab_reaches_every_control(reading):
    lift_veils(reading.page)
    for figure in reading.page.locator(".explore").all():
        fields = figure.locator(FIELDS.removeprefix(".explore "))
        buttons = figure.locator(".explore-play button")
        figure.evaluate("f => { f.tabIndex = -1; f.focus() }")  # Tab goes on from here
        reached = 0
        for _ in range(fields.count() + buttons.count()):
            reading.page.keyboard.press("Tab")
            reached += figure.evaluate(
                "f => f.querySelector('.explore-controls').contains(document.activeElement)"
            )
        figure.evaluate("f => f.removeAttribute('tabindex')")
        assert reached == fields.count() + buttons.count()


def test_controls_say_what_they_are_and_where_they_stand(reading):
    silent = reading.page.locator(FIELDS).evaluate_all(
        """all => all
            .filter(c => !c.labels[0]?.textContent.trim()
                || (c.type === "range" && !c.getAttribute("aria-valuetext"))
                || (c.type === "radio" && !c.closest("fieldset").innerText.trim()))
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


def test_figures_fit_a_phone_and_scroll_where_a_screen_is_narrower(reading):
    page = reading.page
    page.set_viewport_size({"width": 400, "height": 800})
    try:
        page.wait_for_function("!document.querySelector('.explore-figure[data-wide]')")
        page.set_viewport_size({"width": 320, "height": 640})
        page.wait_for_function(
            """() => document.querySelector(".explore-figure[data-wide]")
                && Array.from(document.querySelectorAll(".explore-figure"))
                .filter(f => f.checkVisibility()) // a folded solution is measured once it opens
                .every(f => (f.scrollWidth > f.clientWidth) === (f.tabIndex === 0))"""
        )
        assert page.locator(".explore-figure[tabindex]").count() > 0
        cue = page.locator(".explore-figure[tabindex] + .explore-cue").first
        assert cue.is_visible()
    finally:
        page.set_viewport_size(WIDE)
    page.wait_for_function("!document.querySelector('.explore-figure[tabindex]')")
