"""Questions in a page read from disk: marked, explained, kept, cleared, printed; what they veil."""

from __future__ import annotations

import pytest

from lib.exercises import predict, quiz
from lib.exercises.asking import HERE
from tests.axe import faults
from tests.figure_pages import GROUND, opener

pytestmark = pytest.mark.browser

NUMBER, CHOICE = "convolution-window-right", "convolution-stride"
KEPT = '<div class="answers-kept"></div>'


def veiled(name, output, text=""):
    """Write a prediction and what comes after it, as the extension of the book marks it."""
    return (
        f"{predict(name).html}"
        f'<div class="cell veiled veiled-by-{name}"><div class="cell_output">{output}</div></div>'
        f'<div class="veiled-text veiled-by-{name}">{text}</div>'
    )


def page_of(body, before="", theme="light"):
    """Write a page of questions; ``before`` is a script that runs before theirs."""
    style, script, start = (
        (HERE / file).read_text(encoding="utf-8")
        for file in ("question.css", "question.js", "page.js")
    )
    return (
        f'<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8">'
        f"<title>Questions</title><style>{GROUND}{style}</style><body><main><h1>Questions"
        f"</h1>{body}</main><script>{before}{script}{start}</script></body></html>"
    )


@pytest.fixture
def opened(chromium, sheet, tmp_path):
    """A function that opens a page of questions, offline; its log is checked at the end."""
    with opener(chromium, sheet, tmp_path, page_of, lambda page: None) as show:
        yield show


def box(page, name):
    return page.locator(f'[data-question="{name}"]')


def test_a_guess_lifts_the_veil_and_shows_the_answer_with_its_reason(opened):
    page = opened(veiled(NUMBER, "it is 11") + veiled(CHOICE, "y[::2, ::2]"))
    output, asked = page.get_by_text("it is 11"), box(page, NUMBER)
    answer = asked.locator(".question-answer")
    assert not output.is_visible()
    assert not answer.is_visible()
    asked.get_by_role("button", name="Check").click()
    assert asked.get_by_role("status").inner_text() == "Enter a number first."
    assert not output.is_visible()
    asked.get_by_role("textbox").fill("8")
    asked.get_by_role("button", name="Check").click()
    assert output.is_visible()
    assert "Not so. That would be so if" in asked.get_by_role("status").inner_text()
    assert "Answer: 11" in answer.inner_text()
    assert "more fully on the edge" in answer.inner_text()
    assert not page.get_by_text("y[::2, ::2]").first.is_visible(), "each veils its own"


def test_a_right_guess_is_told_in_words_and_drawn(opened):
    page = opened(veiled(CHOICE, "out"))
    asked = box(page, CHOICE)
    asked.get_by_label("Every second one").check()
    asked.get_by_role("button", name="Check").click()
    assert asked.get_by_role("status").inner_text().strip() == "Right."
    assert asked.locator(".question-verdict svg, label svg").count() == 2
    assert page.get_by_text("out", exact=True).is_visible()


def test_a_guess_may_be_waived_and_asked_for_again(opened):
    page = opened(veiled(CHOICE, "out"))
    asked, output = box(page, CHOICE), page.get_by_text("out", exact=True)
    asked.get_by_role("button", name="Show me without guessing").press("Enter")
    assert output.is_visible()
    assert page.evaluate("document.activeElement.textContent") == "Check", "the focus is kept"
    asked.get_by_role("button", name="Ask me again").press("Enter")
    assert not output.is_visible()
    assert page.evaluate("document.activeElement.type") == "radio"


def test_the_text_below_an_output_is_veiled_with_it(opened):
    count = 'addEventListener("resize", () => { window.resized = (window.resized ?? 0) + 1; });'
    below = "<p id='said'>As you see, 11.</p><ul><li>a list</li></ul>"
    page = opened(
        veiled(NUMBER, "it is 11", below) + veiled(CHOICE, "out", "<p>every second</p>"),
        count,
    )
    said, output = page.get_by_text("As you see, 11."), page.get_by_text("it is 11")
    assert not said.is_visible()
    assert not page.get_by_text("a list").is_visible()
    note = page.locator(".cell_output").first.evaluate(
        "o => getComputedStyle(o, '::after').content"
    )
    assert note == '"The output and what it means show once you have made your guess above."'
    at = box(page, NUMBER).bounding_box()
    box(page, NUMBER).get_by_role("textbox").fill("11")
    page.keyboard.press("Enter")
    assert said.is_visible()
    assert page.get_by_text("a list").is_visible()
    assert output.is_visible()
    assert page.evaluate("resized") == 1, "figures that measure themselves are told once"
    assert box(page, NUMBER).bounding_box()["y"] == at["y"], "the reader's place stays"
    assert not page.get_by_text("every second", exact=True).is_visible(), "each veils its own"
    box(page, NUMBER).get_by_role("button", name="Ask me again").click()
    assert not said.is_visible()


def test_a_link_into_veiled_text_leads_there(opened):
    far = "<p style='height: 3000px'></p>"
    link = "<p><a href='#said'>See there</a></p>"
    page = opened(link + veiled(CHOICE, "out", f"{far}<p id='said'>the place</p>{far}"))
    place = page.get_by_text("the place")
    assert not place.is_visible()
    page.get_by_role("link", name="See there").click()
    place.wait_for()
    assert -1 < place.bounding_box()["y"] < 100
    assert page.get_by_text("out", exact=True).is_visible()
    assert box(page, CHOICE).get_by_role("button", name="Check").is_visible(), "it still asks"
    page.reload()
    place.wait_for()
    page.goto(page.url.partition("#")[0])
    assert not place.is_visible(), "nothing is kept of it"


def test_answers_outlast_the_page_and_can_be_cleared(opened):
    page = opened(veiled(NUMBER, "it is 11") + quiz("pooling").html + KEPT)
    box(page, NUMBER).get_by_role("textbox").fill("8")
    page.keyboard.press("Enter")
    box(page, "pooling-quiz-2").get_by_label("Neither").check()
    box(page, "pooling-quiz-2").get_by_role("button", name="Check").click()
    page.reload()
    assert page.get_by_text("it is 11").is_visible()
    assert box(page, NUMBER).get_by_role("textbox").input_value() == "8"
    assert box(page, "pooling-quiz-2").get_by_label("Neither").is_checked()
    assert page.get_by_text("Your answers in this browser: 2").is_visible()
    page.get_by_role("button", name="Clear the answers of this chapter").click()
    assert page.get_by_text("Your answers in this browser: 1").is_visible()
    assert not box(page, "pooling-quiz-2").get_by_label("Neither").is_checked()
    page.get_by_role("button", name="Clear them").click()
    assert not page.get_by_text("it is 11").is_visible()
    page.reload()
    assert page.get_by_text("Your answers in this browser: 0").is_visible()


def test_what_the_browser_holds_of_another_question_is_passed_over(opened):
    key = "convnets-from-scratch:answer:"
    stored = f"""localStorage.setItem("{key}{CHOICE}", '{{"said": "a choice that is gone"}}');
        localStorage.setItem("{key}{NUMBER}", "no JSON");"""
    page = opened(veiled(CHOICE, "out") + veiled(NUMBER, "eleven"), stored)
    assert not page.get_by_text("out", exact=True).is_visible()
    assert not page.get_by_text("eleven", exact=True).is_visible()


def test_without_storage_answers_last_as_long_as_the_page(opened):
    denied = """Object.defineProperty(window, "localStorage",
        { get() { throw new DOMException("denied", "SecurityError"); } });"""
    page = opened(veiled(CHOICE, "out") + KEPT, denied)
    box(page, CHOICE).get_by_role("button", name="Show me without guessing").click()
    assert page.get_by_text("out", exact=True).is_visible()
    assert page.get_by_text("Your answers in this browser: 1").is_visible()
    page.get_by_role("button", name="Clear them").click()
    assert not page.get_by_text("out", exact=True).is_visible()


def test_the_quiz_by_keyboard_alone(opened):
    page = opened(quiz("convolution").html)
    score = page.locator(".quiz-score [role=status]")
    assert score.inner_text() == "0 of 5 right"
    page.keyboard.press("Tab")
    page.keyboard.type("73,728")
    page.keyboard.press("Enter")
    first = box(page, "convolution-quiz-1")
    assert "These are the weights alone." in first.get_by_role("status").inner_text()
    assert not first.locator(".question-answer").is_visible(), "one may try again"
    page.keyboard.press("Control+a")
    page.keyboard.type("73856")
    assert first.get_by_role("status").inner_text() == "", "a new answer is not judged yet"
    page.keyboard.press("Enter")
    assert score.inner_text() == "1 of 5 right"
    assert page.evaluate("document.activeElement.value") == "73856", "the focus is kept"
    second = box(page, "convolution-quiz-2")
    while not second.evaluate("root => root.contains(document.activeElement)"):
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowUp")  # from before the first to the last
    assert second.get_by_label("0 and 0").is_checked()
    page.keyboard.press("Enter")
    assert score.inner_text() == "2 of 5 right"
    page.keyboard.press("ArrowUp")
    assert second.get_by_label("0 and 0").is_checked(), "what was answered stays"
    third = box(page, "convolution-quiz-3")
    third.get_by_role("button", name="Show the answer").press("Enter")
    assert third.locator(".question-answer").is_visible()
    assert score.inner_text() == "2 of 5 right", "what was shown was not answered"


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("57,600", 57600),
        ("1,234,567.5", 1234567.5),
        ("0,5", 0.5),
        ("−3", -3),
        (" 2 ", 2),
        ("1e3", 1000),
        ("", None),
        ("about 3", None),
        ("Infinity", None),
    ],
)
def test_numbers_are_read_as_they_are_typed(opened, typed, number):
    assert opened(KEPT).evaluate("text => Questions.parse(text)", typed) == number


def test_print_veils_nothing_and_answers_all(opened):
    page = opened(veiled(CHOICE, "out", "what it means") + quiz("pooling").html)
    page.emulate_media(media="print")
    assert page.get_by_text("out", exact=True).is_visible()
    assert page.get_by_text("what it means").is_visible()
    answers = page.locator(".question-answer")
    assert answers.count() == 6
    assert all(answer.is_visible() for answer in answers.all())
    assert not page.get_by_role("button").first.is_visible()


def test_without_scripts_nothing_is_veiled(opened):
    page = opened(veiled(CHOICE, "out", "what it means"), java_script_enabled=False)
    assert page.get_by_text("out", exact=True).is_visible()
    assert page.get_by_text("what it means").is_visible()
    assert page.locator(".question-answer").is_visible()
    assert not page.locator(".question-buttons").is_visible()


def test_nothing_shows_before_the_script_has_run(opened):
    late = """const parts = document.querySelectorAll(".cell_output, .veiled-text");
        window.shownBefore = Array.from(parts,
            part => part.checkVisibility({ visibilityProperty: true }));"""
    page = opened(veiled(CHOICE, "out", "what it means"), late)
    assert page.evaluate("shownBefore") == [False, False]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_questions_are_accessible_and_fit_a_phone(opened, theme):
    page = opened(veiled(CHOICE, "out") + quiz("convolution").html, theme=theme)
    page.set_viewport_size({"width": 400, "height": 800})
    for answered in (False, True):
        if answered:
            for button in page.locator(".question-waive").all():
                button.click()
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
