"""Figures with controls work on the published page: by mouse, by keyboard, and to the ear."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.chapters, pytest.mark.served]

# What Tab reaches: of radio buttons the one that is down.
FIELDS = ".explore :is(input[type=range], input[type=number], input[type=radio]:checked)"


# What a figure draws is too much to send here for each key: the page compares it. The order of the
# attributes around it may change.
DEFINE_DRAWN = """() => {
    window.drawn = figure => {
        const picture = figure.querySelector(".explore-figure > *");
        return picture.tagName === "IMG" ? picture.src : picture.innerHTML;
    };
}"""
BEGIN = """field => {
    const figure = field.closest(".explore"), began = drawn(figure);
    window.stands = () => drawn(figure) === began;
    field.focus();
    return field.labels[0].textContent;
}"""


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
    page, keyboard = reading.page, reading.page.keyboard
    lift_veils(page)
    page.evaluate(DEFINE_DRAWN)
    for field in page.locator(FIELDS).element_handles():
        name = field.evaluate(BEGIN)
        keys = ("ArrowRight", "ArrowLeft")
        if field.get_attribute("type") == "number":
            keys = ("ArrowUp", "ArrowDown")
        on, back = keys
        keyboard.press(on)
        if page.evaluate("stands()"):  # it stood at its last value
            back, on = keys
            keyboard.press(on)
        assert not page.evaluate("stands()"), f"{name}: the figure stays as it was"
        keyboard.press(back)
        assert page.evaluate("stands()"), name
    assert reading.log.problems() == []


def test_a_touch_moves_every_figure_that_offers_it(reading):
    page = reading.page
    lift_veils(page)
    page.evaluate(DEFINE_DRAWN)
    for figure in page.locator(".explore").all():
        if not figure.locator(".explore-hint").is_visible():
            continue
        targets = figure.locator("[data-touch]")
        figure.evaluate("figure => { window.seen = new Set([drawn(figure)]) }")
        for place in (0, targets.count() // 2, targets.count() - 1):
            targets.nth(place).click(force=True)
            figure.evaluate("figure => { seen.add(drawn(figure)) }")
        assert page.evaluate("seen.size") > 1


def test_tab_reaches_every_control(reading):
    page = reading.page
    lift_veils(page)
    for figure in page.locator(".explore").all():
        expected = figure.evaluate(
            """(figure, fields) => {
                const controls = figure.querySelector(".explore-controls");
                window.reached = new Set();
                controls.addEventListener("focusin", event => reached.add(event.target));
                figure.tabIndex = -1;  // Tab goes on from here
                figure.focus();
                return figure.querySelectorAll(`${fields}, .explore-play button`).length;
            }""",
            FIELDS.replace(".explore ", ":scope "),
        )
        for _ in range(expected):
            page.keyboard.press("Tab")
        figure.evaluate("figure => figure.removeAttribute('tabindex')")
        assert page.evaluate("reached.size") == expected


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
