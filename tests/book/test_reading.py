"""What a reader does with the book: take a notebook home, choose the colors."""

import json

import pytest

from tests.book.built import ROOT, pages

pytestmark = pytest.mark.browser

THEME = "document.documentElement.dataset.theme"


def test_index_leads_to_the_first_page(visit, site):
    page, log = visit(f"{site}/index.html")
    page.wait_for_url(f"{site}/{pages()[0]}")
    assert log.problems() == []


@pytest.mark.chapters
@pytest.mark.served
def test_notebook_download(reading):
    with reading.page.expect_download() as download:
        reading.page.get_by_role("link", name="Download this chapter's notebook").click()
    source = (ROOT / reading.name).with_suffix(".ipynb")
    assert download.value.suggested_filename == source.name
    assert json.loads(download.value.path().read_text()) == json.loads(source.read_text())
    assert reading.log.problems() == []


def test_color_mode_button_goes_through_light_and_dark(visit, addresses):
    page, log = visit(f"{addresses['file']}/{pages()[0]}", color_scheme="light")
    button = page.get_by_role("button", name="Color mode").first
    seen = {}
    for _ in range(3):  # light, dark, and as the system has it
        button.click()
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        seen[page.evaluate(THEME)] = ground
    assert set(seen) == {"light", "dark"}
    assert seen["light"] != seen["dark"]
    assert log.problems() == []


def test_choice_of_colors_holds_on_the_next_page(visit, addresses):
    page, _ = visit(f"{addresses['http']}/{pages()[0]}", color_scheme="light")
    button = page.get_by_role("button", name="Color mode").first
    for _ in range(3):
        if page.evaluate(THEME) == "dark":
            break
        button.click()
    page.goto(f"{addresses['http']}/{pages()[1]}")
    assert page.evaluate(THEME) == "dark"


def test_system_s_colors_are_followed(visit, addresses):
    page, _ = visit(f"{addresses['file']}/{pages()[0]}", color_scheme="dark")
    assert page.evaluate(THEME) == "dark"


@pytest.mark.chapters
def test_answers_open_when_asked(reading):
    question = reading.page.locator(".admonition.dropdown").first
    answer = question.locator("p:not(.admonition-title)").first
    assert not answer.is_visible()
    question.get_by_role("button").first.click()
    answer.wait_for(state="visible")
    question.get_by_role("button").first.click()  # the tests of a page share it as it is
    answer.wait_for(state="hidden")
    assert reading.log.problems() == []


@pytest.mark.chapters
def test_buttons_of_folded_boxes_lie_in_their_titles(reading):
    outside = reading.page.evaluate(
        """() => Array.from(document.querySelectorAll(".admonition.toggle .toggle-button"))
            .filter(button => {
                const own = button.getBoundingClientRect();
                const title = button.closest(".admonition-title").getBoundingClientRect();
                return own.bottom > title.bottom + 1 || own.top < title.top - 1;
            }).map(button => button.parentElement.textContent.slice(0, 80))"""
    )
    assert outside == []
