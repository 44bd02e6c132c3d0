"""A page of the book for where no script runs: figures stand still, questions show their answers.

It is well-formed XML, as e-books need it.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable

from bs4 import BeautifulSoup, Tag

from lib.explore.rendering import with_alt
from lib.explore.static import unpack

# A parser of HTML would write their attributes in lower case, and viewBox is none then.
DRAWN = re.compile(r"<(svg|math)\b.*?</\1>", re.DOTALL)
PLACE = "\ue000{}\ue000"  # a character that no text has
PLACES = re.compile("\ue000(\\d+)\ue000")
WIDTH = re.compile(r"max-width:(\d+)px")
WIDE = 538  # of wider drawings two do not stand side by side on paper
# What only a script could move, and links from a heading to itself.
LIFELESS = (
    "script, style, noscript, button, .headerlink, .explore-controls, .explore-hint, "
    ".explore-live, .question-verdict, .question-buttons, .quiz-score, .answers-kept"
)


def still(
    body: str, leads: Callable[[str], bool], change: Callable[[BeautifulSoup], None] | None = None
) -> str:
    """Return the body of a page without what needs a script.

    Parameters
    ----------
    body : str
        As the builders of HTML write it.
    leads : callable
        Says of the address of a link whether there is such a page; where not, its text stays.
    change : callable, optional
        Changes the page further. Drawings and formulas are out of its sight.
    """
    drawn: list[str] = []

    def put_aside(found: re.Match) -> str:
        drawn.append(found[0])
        return PLACE.format(len(drawn) - 1)

    page = BeautifulSoup(DRAWN.sub(put_aside, body), "html.parser")
    for figure in page.select("[data-paper]"):
        show_states(page, figure, drawn)
    for part in page.select(LIFELESS):
        part.decompose()
    for form in page.select("form.question"):
        open_question(page, form)
    for box in page.select(".admonition.dropdown"):
        fold(page, box)
    for summary in page.select("details > summary"):
        shorten(summary)
    for link in page.select("a[href]"):
        if not leads(link["href"]):
            link.unwrap()
    for part in page.find_all(True):
        mend(part)
    if change:
        change(page)
    return PLACES.sub(lambda found: drawn[int(found[1])], page.decode(formatter="minimal"))


def leads(builder, pagename: str, is_left_out: Callable[[str], bool]) -> Callable[[str], bool]:
    """Return what tells whether a link of a page leads to another host, or to a page kept."""

    def leads_there(address: str) -> bool:
        if re.match(r"(?:https?|mailto):", address) or address.startswith("#"):
            return True
        docname = docname_of(builder, pagename, address)
        return docname in builder.env.found_docs and not is_left_out(docname)

    return leads_there


def docname_of(builder, pagename: str, address: str) -> str:
    """Return the page that a relative address leads to, as seen from a page."""
    path = posixpath.join(posixpath.dirname(pagename), address.partition("#")[0])
    return posixpath.normpath(path).removesuffix(builder.out_suffix)


def show_states(page: BeautifulSoup, figure: Tag, drawn: list[str]) -> None:
    """Show of a figure with controls the states that it has for paper, in a row."""
    frames = unpack(figure.select_one(".explore-frames, .widget-frames").string)
    name = figure.find_parent("figure")["id"]
    row = page.new_tag("div", attrs={"class": "paper-states"})
    for place, shown in enumerate(json.loads(figure["data-paper"])):
        frame = frames[shown["state"]]
        markup = with_alt(frame.markup, frame.alt)
        drawn.append(markup.replace(f"{name}--", f"{name}--{place}--"))  # the ids of its parts
        words = page.new_tag("p")
        words.string = shown["label"]
        width = WIDTH.search(markup)[1]
        kind = "paper-state wide" if int(width) > WIDE else "paper-state"
        state = page.new_tag("div", attrs={"class": kind, "style": f"--width: {width}px"})
        state.extend([words, PLACE.format(len(drawn) - 1)])
        row.append(state)
    figure.replace_with(row)


def open_question(page: BeautifulSoup, form: Tag) -> None:
    """Make a question a text with its choices, and a folded answer below."""
    box = page.new_tag(
        "section", attrs={"class": f"question {form['data-kind']}", "id": form["id"]}
    )
    asked = page.new_tag("p")
    asked.extend(list(form.legend.contents))
    box.append(asked)
    if choices := form.select(".question-choice > span"):
        listed = page.new_tag("ul")
        for choice in choices:
            item = page.new_tag("li")
            item.extend(list(choice.contents))
            listed.append(item)
        box.append(listed)
    answer = page.new_tag("details")
    summary = page.new_tag("summary")
    summary.string = "Answer"
    answer.append(summary)
    answer.extend(list(form.select_one(".question-answer").contents))
    wrong = form.select(".question-why-not")
    if wrong:
        listed = page.new_tag("ul")
        for reason in wrong:
            item, said = page.new_tag("li"), page.new_tag("strong")
            said.string = f"{as_said(reason['data-said'])}: "
            item.append(said)
            item.extend(list(reason.contents))
            listed.append(item)
        answer.append(listed)
    box.append(answer)
    form.replace_with(box)


def as_said(answer: str) -> str:
    """Write a wrong answer as a reader would: 7 and not 7.0."""
    return answer.removesuffix(".0").replace("$", "")


def fold(page: BeautifulSoup, box: Tag) -> None:
    """Make a box that a script would fold one that folds by itself."""
    title = box.select_one(".admonition-title")
    folded, summary = page.new_tag("details", attrs={"class": "hint"}), page.new_tag("summary")
    summary.extend(list(title.contents))
    title.decompose()
    folded.append(summary)
    folded.extend(list(box.contents))
    box.replace_with(folded)


def shorten(summary: Tag) -> None:
    """Leave a line of text in what unfolds: a paragraph may not stand there."""
    lines = summary.find_all("p")
    if lines:
        text = lines[0].get_text()
        summary.clear()
        summary.string = text
    del summary["aria-label"]


def mend(part: Tag) -> None:
    """Take away what XHTML does not know."""
    for name in ("data-lm-suppress-shortcuts", "align", "role"):
        if name in part.attrs and not (name == "role" and part.name in ("svg", "img")):
            del part[name]
    if part.name == "label":
        part.unwrap()
