"""Questions are read from their files, refused where they are not right, and written as HTML."""

import importlib
import re
from pathlib import Path

import pytest
from docutils import nodes

from lib.exercises import Asked, asking, loading, predict, quiz, solution, solved
from lib.exercises.loading import load_questions
from lib.exercises.texts import as_html

RIGHT = """
[predictions.one]
ask = "Which?"
choices = ["this", "that"]
answer = "this"
why = "Because."
[predictions.one.wrong]
that = "It is not."

[[quiz]]
ask = "How many?"
answer = 11
tolerance = 0.5
unit = "rows"
why = "Count."
wrong = {8 = "Too few."}
"""


@pytest.fixture
def write(tmp_path, monkeypatch):
    """A function that writes the one file of questions there is."""
    monkeypatch.setattr(loading, "FOLDER", tmp_path)

    def write(text) -> Path:
        load_questions.cache_clear()
        file = tmp_path / "short.toml"
        file.write_text(text, encoding="utf-8")
        return file

    yield write
    load_questions.cache_clear()


def test_questions_are_read(write):
    predictions, (asked,) = load_questions(write(RIGHT))
    one = predictions["short-one"]
    assert (one.ask, one.answer, one.why) == ("Which?", "this", "<p>Because.</p>")
    assert one.choices == {"this": "this", "that": "that"}
    assert one.wrong == {"that": "It is not."}
    assert (asked.name, asked.answer, asked.tolerance) == ("short-quiz-1", 11, 0.5)
    assert (asked.unit, asked.wrong) == ("rows", {8: "Too few."})


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '"this"\nwhy',
            '"these"\nwhy',
            r"answer must be one of the choices \['this', 'that'\]",
        ),
        ('["this", "that"]', '["this", "this"]', "choices must be two or more, no two the same"),
        ('["this", "that"]', "3", "choices must be a list of texts, got 3"),
        ('why = "Because."', "", "why must be a text, got None"),
        ('why = "Because."', 'why = "$x"', r"why: expected formulas between two \$, got '\$x'"),
        ('why = "Because."', "why = '$\\foo$'", r"why: cannot read the formula \$\\foo\$"),
        ('"Which?"', '"One.\\n\\nTwo?"', "ask: expected one paragraph, got"),
        ('that = "It', 'these = "It', r"wrong must name wrong choices, of \['that'\], got 'these'"),
        ('that = "It', 'this = "It', r"wrong must name wrong choices, of \['that'\], got 'this'"),
        ('why = "Because."', 'why = "Because."\nhint = "x"', "expected answer, .*, got hint"),
        ('why = "Because."', 'why = "Because."\nunit = "x"', "unit belongs to a number"),
    ],
)
def test_a_prediction_that_is_not_right_is_refused(write, old, new, message):
    assert old in RIGHT
    with pytest.raises(ValueError, match=rf"^short\.toml, \[predictions\.one\]: {message}"):
        load_questions(write(RIGHT.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("answer = 11", 'answer = "eleven"', "answer must be a number, or there must be choices"),
        ("answer = 11", "", "answer must be a number, or there must be choices, got None"),
        ("tolerance = 0.5", "tolerance = -1", "tolerance must be at least 0, got -1"),
        ("8 = ", "11 = ", "wrong has 11, which is right"),
        ("8 = ", "eight = ", "wrong must be a number, .* got 'eight'"),
        ('wrong = {8 = "Too few."}', "wrong = 3", "wrong must map wrong answers to texts, got 3"),
    ],
)
def test_a_number_that_is_not_right_is_refused(write, old, new, message):
    assert old in RIGHT
    with pytest.raises(ValueError, match=rf"^short\.toml, \[\[quiz\]\] 1: {message}"):
        load_questions(write(RIGHT.replace(old, new, 1)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[prediction.one]", r"^short\.toml: expected \[predictions\.NAME\] and .*got prediction$"),
        ("[quiz]", r"^short\.toml: write \[predictions\.NAME\] for each, and \[\[quiz\]\]"),
        ("ask = ", r"^short\.toml: Invalid value"),
        ("predictions.one = 3", r"^short\.toml, \[predictions\.one\]: expected ask, .*got 3$"),
    ],
)
def test_a_file_that_is_not_right_is_refused(write, text, message):
    with pytest.raises(ValueError, match=message):
        load_questions(write(text))


def test_quotes_are_those_of_print_except_in_code():
    written = as_html("""A kernel's "sum", `it's`.""")
    assert written == "<p>A kernel\u2019s \u201csum\u201d, <code>it's</code>.</p>"


def test_formulas_are_mathml_with_no_script():
    written = as_html(r"Then $\lfloor 5/2 \rfloor \to \infty$ and `$x`.")
    assert r'<math alttext="\lfloor 5/2 \rfloor \to \infty"' in written
    assert "\\" not in re.sub('alttext="[^"]*"', "", written)
    assert "<code>$x</code>" in written


def test_an_unknown_name_is_told_the_nearest(write):
    write(RIGHT)
    with pytest.raises(ValueError, match=r"no prediction 'short-on'; did you mean 'short-one'\?"):
        predict("short-on")
    with pytest.raises(ValueError, match=r"^there is no quiz 'shirt'; did you mean 'short'\?"):
        quiz("shirt")


def test_each_question_says_itself_in_words(write):
    write(RIGHT)
    assert isinstance(predict("short-one"), Asked)
    assert repr(predict("short-one")) == "Prediction: short-one"
    assert repr(quiz("short")) == "Quiz: short"


def test_a_page_leads_to_pages(write, monkeypatch):
    write(
        RIGHT.replace("Because.", "[There](02_convolution.ipynb#size), [here](https://x.org/a.md).")
    )
    shown = []
    monkeypatch.setattr("lib.exercises.asking.display", lambda data, raw: shown.append(data))
    monkeypatch.setenv("BOOK_STATIC", "1")
    predict("short-one")._ipython_display_()
    (data,) = shown
    assert 'href="02_convolution.html#size"' in data["text/html"]
    assert 'href="https://x.org/a.md"' in data["text/html"]


@pytest.mark.parametrize("there", [True, False])
def test_where_no_script_runs_the_answer_is_folded(write, monkeypatch, there):
    write(RIGHT)
    shown = []
    monkeypatch.delenv("BOOK_STATIC", raising=False)
    monkeypatch.setattr(asking, "somebody_is_there", lambda: there)
    monkeypatch.setattr(asking, "display", lambda data, **_: shown.append(data))
    for asked in (predict("short-one"), quiz("short")):
        asked._ipython_display_()
        bundle = shown[-1]
        assert ("application/vnd.jupyter.widget-view+json" in bundle) is there
        seen, folded = bundle["text/html"].split("<details><summary>Answer</summary>")
        assert not re.search("form|button|input|Answer|Because|Count", seen)
        assert "<strong>Answer:</strong>" in folded


def test_a_solution_is_folded_and_only_shown(monkeypatch):
    monkeypatch.setenv("BOOK_STATIC", "1")
    shown = solution("convolution-1")._repr_mimebundle_()["text/html"]
    assert re.match(
        r'<details class="solution"><summary[^>]*>Solution</summary><div class="hi', shown
    )
    assert "same_padding" in shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n# %% short-1\n", "expected # %% short-1 first, got 'x = 1"),
        ("# %% long-1\n", "expected a name like short-1, got 'long-1'"),
        ("# %% short-1\n1\n# %% short-1\n2\n", "there are two solutions 'short-1'"),
    ],
)
def test_a_file_of_solutions_that_is_not_right_is_refused(tmp_path, monkeypatch, text, message):
    monkeypatch.setattr(solved, "FOLDER", tmp_path)
    (tmp_path / "short.py").write_text(text)
    with pytest.raises(ValueError, match=rf"^short\.py: {message}"):
        solved.all_solutions.__wrapped__()


def test_the_page_marks_the_cell_after_a_prediction_and_the_text_below_and_no_other(
    monkeypatch,
):
    monkeypatch.syspath_prepend(Path(__file__).parents[1] / "book" / "ext")
    extension = importlib.import_module("book_questions")

    def cell(output):
        return nodes.container("", nodes.raw("", output, format="html"), nb_element="cell_code")

    def text(kind=nodes.paragraph):
        return kind("", nodes.Text("text"))

    asking, veiled, free = cell(predict("convolution-stride").html), cell("out"), cell("more")
    last, end = cell(predict("convolution-padding").html), cell("end")
    above, lesson, box, other, open_text = text(), text(), text(nodes.note), text(), text()
    page = nodes.section(
        "",
        *(cell(quiz("pooling").html), text(), asking, above, veiled, lesson, box, free, other),
        *(last, end, nodes.section("", open_text)),
    )
    extension.mark_cells(None, page, "page")
    marked = {part: part["classes"] for part in page.findall(nodes.container) if part["classes"]}
    assert marked == {
        veiled: ["veiled", "veiled-by-convolution-stride"],
        lesson.parent: ["veiled-text", "veiled-by-convolution-stride"],
        end: ["veiled", "veiled-by-convolution-padding"],
    }
    assert lesson.parent.children == [lesson, box]
    assert page.index(lesson.parent) == page.index(veiled) + 1
