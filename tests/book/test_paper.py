"""A chapter on paper: no controls, nothing cut off, no answers given away."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.chapters]

ON_SCREENS = (
    ".explore input, .widget input, .widget select, .toggle-button, .copybtn, .headerlink, button, "
    ".bd-sidebar-primary, .bd-sidebar-secondary, .bd-header-article"
)


def seen(page, selector, such="true"):
    """Return how those begin that a selector finds, which are visible and ``such``."""
    return page.evaluate(
        f"""selector => Array.from(document.querySelectorAll(selector))
            .filter(e => e.checkVisibility() && {such}).map(e => e.outerHTML.slice(0, 120))""",
        selector,
    )


def test_it_has_no_controls_and_no_sidebars(printed):
    assert seen(printed, ON_SCREENS) == []


def test_nothing_is_cut_off(printed):
    boxes = "article :is(pre, .explore-figure, .widget-panel, .cell_output)"
    assert seen(printed, boxes, "e.scrollWidth > e.clientWidth + 1") == []


def test_it_gives_no_answers_away(printed):
    answers = ".admonition.dropdown > :not(.admonition-title), .tag_hide-cell"
    assert seen(printed, answers) == []
