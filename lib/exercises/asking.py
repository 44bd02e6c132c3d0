"""Questions that are asked before the answer shows: in the page and in JupyterLab."""

from __future__ import annotations

import html
import re
from pathlib import Path

import anywidget
import traitlets
from IPython.display import HTML, display

from lib.exercises.loading import Question, find_prediction, find_quiz
from lib.paths import in_a_page

__all__ = ["Asked", "predict", "quiz"]

HERE = Path(__file__).parent
# JupyterLab shows a widget after the next cell has its output. This veils it until then: for a few
# seconds only, should the widget never come.
UNTIL_ASKED = (
    "<style>@keyframes question-soon {{ from, to {{ visibility: hidden }} }}"
    ".jp-Cell:has(.question-soon-{name}) + .jp-CodeCell .jp-OutputArea-output,"
    ".jp-Cell:has(.question-soon-{name}) + .jp-MarkdownCell + .jp-CodeCell .jp-OutputArea-output"
    "{{ animation: question-soon 4s }}</style><span class='question-soon-{name}'></span>"
)


class Asked:
    """Questions as a notebook and the book show them; made by :func:`predict` and :func:`quiz`."""

    def __init__(self, markup: str, told: str, veils: str | None = None):
        self.html, self.told, self.veils = markup, told, veils

    def __repr__(self) -> str:
        return self.told

    def _ipython_display_(self) -> None:
        still = {"text/html": self.html, "text/plain": self.told}
        if in_a_page():
            # Between pages links lead to pages, between notebooks to notebooks.
            page = re.sub(r'(href="[^":]*)\.(?:ipynb|md)(?=[#"])', r"\1.html", self.html)
            display(still | {"text/html": page}, raw=True)
            return
        if self.veils:
            display(HTML(UNTIL_ASKED.format(name=self.veils)))
        display(_view(self.html)._repr_mimebundle_()[0] | still, raw=True)


def predict(name: str) -> Asked:
    """Ask for a prediction; until it is made, the next code cell's output and lesson are veiled.

    The lesson is the text below that output, up to the next heading or the next cell on the page.

    Parameters
    ----------
    name : str
        The chapter's short name, then the prediction's in ``lib/exercises/questions``:
        ``"convolution-window-right"``.

    Raises
    ------
    TypeError
        If the name is no text.
    ValueError
        If there is no such prediction, or its file is not as it should be.
    """
    question = find_prediction(name)
    return Asked(_box(question, "prediction", "Predict"), f"Prediction: {name}", veils=name)


def quiz(chapter: str) -> Asked:
    """Ask the questions of a chapter's quiz.

    Parameters
    ----------
    chapter : str
        Its short name, as in ``lib/exercises/questions``: ``"convolution"``.

    Raises
    ------
    TypeError
        If the name is no text.
    ValueError
        If there is no such chapter, or its file is not as it should be.
    """
    questions = find_quiz(chapter)
    boxes = (_box(asked, "quiz", f"{number}.") for number, asked in enumerate(questions, start=1))
    markup = (
        f'<div class="quiz" data-quiz="{chapter}">{"".join(boxes)}<div class="quiz-score">'
        f'<p role="status"></p><button type="button" class="question-button quiz-clear">'
        f"Clear the answers of this chapter</button></div></div>"
    )
    return Asked(markup, f"Quiz: {chapter}")


def _view(markup: str) -> anywidget.AnyWidget:
    """Return the view of JupyterLab."""

    class View(anywidget.AnyWidget):
        _esm = (HERE / "question.js").read_text(encoding="utf-8") + "export default Questions.live;"
        _css = (HERE / "question.css").read_text(encoding="utf-8")
        markup = traitlets.Unicode().tag(sync=True)

    View.__name__ = "question_view"  # by this name the browser keeps one style sheet
    return View(markup=markup)


def _spoken(choice: str) -> str:
    """Name a choice that is a formula, which has no words of its own."""
    return f' aria-label="{html.escape(choice.replace("$", ""))}"' if "$" in choice else ""


def _box(question: Question, kind: str, lead: str) -> str:
    """Write a question with its answer below: what hides the answer is style, for screens alone."""
    name = question.name
    waive = "Show me without guessing" if kind == "prediction" else "Show the answer"
    if question.choices:
        fields = "".join(
            f'<label class="question-choice"><input type="radio" name="{name}" '
            f'value="{html.escape(text)}"{_spoken(text)}'
            f"{' data-right' if text == question.answer else ''}>"
            f"<span>{shown}</span></label>"
            for text, shown in question.choices.items()
        )
        answer, numbers = question.choices[question.answer], ""
    else:
        unit = f" {html.escape(question.unit)}" if question.unit else ""
        fields = (
            f'<label class="question-number">Your number: <input type="text" inputmode="decimal" '
            f'autocomplete="off" size="8">{unit}</label>'
        )
        answer = _number(question.answer) + ("" if question.answer == 1 else unit)  # not "1 rows"
        numbers = f' data-answer="{question.answer!r}" data-tolerance="{question.tolerance!r}"'
    reasons = "".join(
        f'<p class="question-why-not" data-said="{html.escape(str(said))}" hidden>{reason}</p>'
        for said, reason in question.wrong.items()
    )
    return (
        f'<form class="question" id="{name}" data-question="{name}" data-kind="{kind}"{numbers}>'
        f"<fieldset><legend><strong>{lead}</strong> "
        f"{question.ask}</legend>{fields}</fieldset>"
        f'<div class="question-buttons"><button class="question-button">Check</button>'
        f'<button type="button" class="question-button question-waive">{waive}</button></div>'
        f'<div class="question-verdict" role="status"></div>{reasons}'
        f'<div class="question-answer"><p><strong>Answer:</strong> {answer}</p>{question.why}</div>'
        f'<button type="button" class="question-button question-again">Ask me again</button></form>'
    )


def _number(number: float) -> str:
    """Write a number as the book does."""
    text = f"{number:,.0f}" if number == int(number) else f"{number:,}"
    return text.replace("-", "−")
