"""Every chapter has the parts that a chapter promises, in bounds, and says what is so."""

import json
import re
from itertools import pairwise

import pytest
from docutils.nodes import make_id

from lib.exercises.solved import all_solutions
from lib.explore.naming import check_name
from tests.chapters import (
    CHAPTERS,
    FIGURES,
    QUESTIONS,
    ROOT,
    Chapter,
    glossary,
    named_figures,
    prose,
    sentences,
    texts_of,
)

PAGES = [*CHAPTERS, *QUESTIONS, *sorted((ROOT / "book").glob("*.md"))]

WORD = re.compile(r"[^\W\d_][\w’'-]*")

every_chapter = pytest.mark.parametrize("chapter", [Chapter(p) for p in CHAPTERS], ids=repr)
every_page = pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)


def text_of(path):
    if path.suffix == ".ipynb":
        return Chapter(path).markdown
    if path.suffix == ".toml":
        return texts_of(path)
    return path.read_text(encoding="utf-8")


# --- what a chapter consists of ------------------------------------------------------------------


@every_chapter
def test_it_begins_with_what_the_reader_will_be_able_to_do(chapter):
    assert "What you will be able to do" in chapter.texts[0].source
    goals = chapter.box("What you will be able to do").body
    assert 3 <= len(re.findall(r"^- \*\*\w+\*\*", goals, re.MULTILINE)) <= 5
    assert re.search(r"\*\*Time:\*\* \d+ minutes to read and run, \d+ for the exercises", goals)
    assert "**Read first:**" in goals


@every_chapter
def test_the_reader_predicts_before_the_output_shows(chapter):
    places = chapter.asked("predict")
    assert len(places) >= 3
    assert sorted(name for _, name in places) == sorted(chapter.questions[0])
    for place, name in places:
        asking, veiled = chapter.cells[place : place + 2]
        assert asking.source.splitlines()[-1] == f'predict("{name}")', asking.id
        assert "remove-input" in asking.tags, f"{asking.id}: the page would show its code"
        assert veiled.kind == "code", f"{asking.id}: no cell of code follows, so nothing is veiled"
        assert veiled in chapter.code, f"{asking.id}: {veiled.id} is the reader's own"


@every_chapter
def test_it_ends_with_summary_misconceptions_exercises_quiz_and_history(chapter):
    order = [
        r"^(?:## Summary|:+\{admonition\} Summary)",
        r"^:+\{admonition\} Misconceptions",
        r"^## Exercises",
        r"^## Quiz",
        r"^## .*(?:[Hh]istory|[Cc]omes? from|References)",
    ]
    places = []
    for pattern in order:
        found = re.search(pattern, chapter.markdown, re.MULTILINE)
        assert found, f"there is no {pattern}"
        places.append(found.start())
    assert places == sorted(places)
    for title, kind in ((r"Summary|In short", "important"), ("Misconceptions", "warning")):
        box = chapter.box(title)
        assert kind in box.classes
        assert box.body.count("\n- ") + box.body.startswith("- ") >= 3
    sources = re.findall(r"\{cite\}`([^`]+)`", chapter.section(order[-1].removeprefix("^## ")))
    assert len({key for keys in sources for key in keys.split(",")}) >= 3


@every_chapter
def test_the_quiz_asks_five_questions_and_explains_their_answers(chapter):
    ((place, _),) = chapter.asked("quiz")
    assert "## Quiz" in chapter.cells[place - 1].source
    assert "remove-input" in chapter.cells[place].tags
    asked = chapter.questions[1]
    assert len(asked) == 5
    for question in asked:
        assert "?" in question.ask, f"no question: {question.ask}"
        words = re.sub("<[^>]*>", " ", question.why).split()
        assert len(words) >= 10, f"no explanation: {question.name}"


def test_every_file_of_questions_and_of_solutions_is_a_chapter_s():
    chapters = [Chapter(path) for path in CHAPTERS]
    for chapter in chapters:
        assert [name for _, name in chapter.asked("quiz")] == [chapter.questions_file.stem]
    assert sorted(chapter.questions_file for chapter in chapters) == QUESTIONS
    shown = [name for chapter in chapters for _, name in chapter.asked("solution")]
    assert sorted(shown) == sorted(all_solutions())


@every_chapter
def test_each_exercise_has_a_hint_a_skeleton_a_checker_and_a_solution(chapter):
    cells = chapter.cells
    skeletons = [i for i, cell in enumerate(cells) if "exercise" in cell.tags]
    assert 5 <= len(skeletons) <= 8
    names = []
    for place in skeletons:
        text, skeleton, shown = cells[place - 1 : place + 2]
        assert re.match(r"### .*★", text.source), f"before {skeleton.id}: no heading with stars"
        hints = [box for box in chapter.boxes(text.source) if box.title == "Hint"]
        assert len(hints) == 1, f"{text.id}: {len(hints)} hints"
        assert "dropdown" in hints[0].classes
        (checked,) = (call.args[0].value for call in skeleton.calls("check"))
        assert shown.source == f'solution("{checked}")', f"after {skeleton.id}: no solution"
        assert {"solution", "remove-input"} <= shown.tags, shown.id
        names.append(checked)
    assert [name.rpartition("-")[2] for name in names] == list(map(str, range(1, len(names) + 1)))
    stars = set(re.findall("★+", chapter.markdown))
    assert {"★", "★★", "★★★"} <= stars


@every_chapter
def test_words_cells_and_figures_are_within_bounds(chapter):
    # What a question says when it is asked is the reader's own time, and so is their work.
    assert 2000 <= len(prose(chapter.markdown).split()) <= 3500
    assert 8 <= len([cell for cell in chapter.code if "hide-input" not in cell.tags]) <= 15
    pictures = re.findall(r"!\[|\{(?:figure|image)\}", chapter.markdown)
    assert 4 <= len(chapter.figures(*FIGURES)) + len(pictures) <= 11
    assert len(chapter.figures("explore")) >= 1


# --- figures -------------------------------------------------------------------------------------


@every_chapter
def test_every_figure_says_what_it_shows(chapter):
    for cell in chapter.cells:
        for call in cell.calls("explore") + cell.calls("show"):
            assert "alt" in {keyword.arg for keyword in call.keywords}, f"{cell.id}: no alt"
    silent = re.findall(r"!\[\s*\]\([^)]*\)", chapter.markdown)
    assert silent == []
    directives = re.findall(r"\{(?:figure|image)\}[^`:]*(?::(?!alt)\w+:.*\n)*", chapter.markdown)
    assert all(":alt:" in found for found in directives)


LONGEST_CAPTION = 240


@every_page
def test_every_figure_has_a_name_and_a_caption(path):
    for name, caption in named_figures(path):
        assert check_name(name) == name
        assert len(caption) <= LONGEST_CAPTION, f"{name}: {len(caption)} characters"
        assert caption.endswith("."), f"{name}: no full stop: {caption}"


def test_no_two_figures_of_the_book_have_the_same_name():
    names = [name for path in PAGES for name, _ in named_figures(path)]
    assert [name for name in names if names.count(name) > 1] == []


@every_page
def test_no_figure_has_the_name_of_a_heading(path):
    headings = re.findall(r"^#+ (.*)$", text_of(path), re.MULTILINE)
    ids = {make_id(heading) for heading in headings}
    assert [name for name, _ in named_figures(path) if name in ids] == []


def test_figures_of_all_pages_are_found():
    counts = {path.stem: len(named_figures(path)) for path in PAGES}
    assert all(counts[path.stem] >= 4 for path in CHAPTERS)
    assert counts["intro"] == 2
    assert counts["results"] >= 5


@every_chapter
def test_figures_are_shown_by_the_functions_that_ask_for_a_text(chapter):
    for cell in chapter.cells:
        assert "pyplot" not in cell.source, f"{cell.id}: show() and explore() give figures an alt"


# --- the notebook --------------------------------------------------------------------------------


@every_chapter
def test_outputs_are_stripped_and_ids_kept(chapter):
    ids = [cell.id for cell in chapter.cells]
    assert len(set(ids)) == len(ids)
    for cell in chapter.cells:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", cell.id), f"no id that says what: {cell.id}"
        assert not re.fullmatch(r"[0-9a-f]{8}", cell.id), f"an id that says nothing: {cell.id}"
        if cell.kind == "code":
            assert cell.raw["outputs"] == [], f"{cell.id} has outputs"
            assert cell.raw["execution_count"] is None, f"{cell.id} has a number"


# What hides code on the page behind a button, or leaves it out.
OUT_OF_VIEW = {"hide-input", "hide-cell", "remove-input", "remove-cell"}


@every_chapter
def test_code_that_shows_fits_the_page(chapter):
    """A column of the page shows 66 characters, and 25 lines are read at one glance."""
    too_large = {}
    for cell in chapter.cells:
        if cell.kind == "code" and not cell.tags & OUT_OF_VIEW:
            lines = cell.source.splitlines()
            wide = [len(line) for line in lines if len(line) > 66]
            if wide or len(lines) > 25:
                too_large[cell.id] = (len(lines), max(wide, default=0))
    assert too_large == {}, "lines, and characters of the longest line"


# --- what the text says --------------------------------------------------------------------------

PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s?%")
OF_THE_TEST_SET = re.compile(r"(\d[\d,]*) of (?:the )?(?:official )?10,000")
MEASURED = re.compile(r"\b(?:test|validation|held-out) (?:digits|pictures|set|accuracy)")


def shares_in(value, name=""):
    """Yield every accuracy of a record, and the error that it leaves."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield from shares_in(part, key)
    elif isinstance(value, list):
        for part in value:
            yield from shares_in(part, name)
    elif "accuracy" in name:
        yield from (value, 1 - value)


RECORDS = {
    file.stem: json.loads(file.read_text(encoding="utf-8"))
    for file in sorted((ROOT / "data" / "histories").glob("*.json"))
}


def contradictions(text, records):
    """Find shares in a text that no record of the network they are about has.

    Where a sentence names a recorded network, each percentage in it must be in the record of that
    network, rounded as it stands; where it speaks of test or validation digits, each one with a
    decimal must be in some record. What is cited is others' measurement.
    """
    found = []
    for sentence in sentences(text):
        if "{cite" in sentence:
            continue
        plain = " ".join(prose(sentence).split())
        words = set(re.findall(r"\w+", plain + " ".join(re.findall(r"`\w+`", sentence))))
        named = [
            record
            for name, record in records.items()
            if words & {name, record["settings"].get("network", name)}
        ]
        if not named and not MEASURED.search(plain):
            continue
        shares = [
            s for r in named or records.values() for s in shares_in([r["epochs"], r["result"]])
        ]
        for number in PERCENT.findall(plain):
            digits = len(number.partition(".")[2])
            if not named and not digits:
                continue
            if not any(f"{100 * share:.{digits}f}" == number for share in shares):
                found.append(f"{number} %: {plain}")
        for number in OF_THE_TEST_SET.findall(plain):
            if not any(round(10_000 * s) == int(number.replace(",", "")) for s in shares):
                found.append(f"{number} of 10,000: {plain}")
    return found


@every_page
def test_no_number_contradicts_a_record(path):
    assert contradictions(text_of(path), RECORDS) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("`SimpleConvNet` reads 98.9 % of the test digits.", 0),
        ("SimpleConvNet reads 98.91 % of the test digits.", 1),
        ("SimpleConvNet misreads 110 of the 10,000 test digits, 1.1 %.", 0),
        ("SimpleConvNet misreads 111 of the 10,000 test digits.", 1),
        ("Of the test digits, 98.8 % are right.", 1),
        ("On the validation set\nit reaches 97.7 %.", 0),
        ("LeNet reached 99.2 % on the test set {cite}`lecun1998gradient`.", 0),
        ("Half of the numbers, 50.0 %, are zero.", 0),
        ("SimpleConvNet reads 75.0 % of the digits.", 1),  # a loss is no share
    ],
)
def test_contradictions_are_found(text, wrong):
    record = {
        "settings": {"network": "SimpleConvNet"},
        "epochs": [{"validation_accuracy": 0.977, "loss": 0.25}],
        "result": {"test_accuracy": 0.989},
    }
    assert len(contradictions(text, {"simple_convnet": record})) == wrong


# --- how it is said ------------------------------------------------------------------------------


@every_page
def test_style(path):
    text = prose(text_of(path))
    assert re.findall(r"(?i).{0,30}\b(?:simply|just|obviously)\b.{0,30}", text) == []
    assert re.findall(r".{0,40}!(?!=)", text) == []


# Words that are one, and could be written as two.
JOINED = re.compile(
    r"(?i)\b(back|down|up|over|hyper|fine|sub|auto|data|soft|arg|multi|feature)[ -]"
    r"(propagation|propagate|sampling|fitting|fit|parameter|sample|set|max|layer|map)s?\b"
)


# Names whose capitals or digits belong to them: ReLU, im2col, MNIST.
CAPITALS = re.compile(r"[a-z][A-Z]|[A-Z]{2}[a-z]|^[A-Z]{4,}$|\d")


def misspellings(text):
    """Find terms that are written in another way than in the glossary."""
    names = {name for entry in glossary() for name in entry}
    lower = {name.lower() for name in names}
    found = [m[0] for m in JOINED.finditer(text) if re.sub(r"[ -]", "", m[0]).lower() in lower]
    for name in sorted(names, key=len, reverse=True):
        ending = "(?:s|es)?" if name[-1].isalpha() else ""
        own = re.compile(rf"(?<![\w-]){re.escape(name)}{ending}(?![\w-])", re.IGNORECASE)
        parts = re.split("[ -]", name)
        if len(parts) > 1:
            others = re.compile(
                rf"(?<![\w-]){'[ -]?'.join(map(re.escape, parts))}{ending}(?![\w-])", re.IGNORECASE
            )
            found += [
                m[0] for m in others.finditer(text) if not own.fullmatch(" ".join(m[0].split()))
            ]
        elif CAPITALS.search(name):
            # A sentence may begin with im2col.
            right = {name, name[0].upper() + name[1:]}
            forms = {form + plural for form in right for plural in ("", "s")}
            found += [m[0] for m in own.finditer(text) if m[0] not in forms]
        text = own.sub(" ", text)  # a longer name contains shorter ones
    return found


@every_page
def test_terms_are_spelled_as_in_the_glossary(path):
    text = text_of(path)
    # What another calls a thing stands in quotation marks or in code.
    assert misspellings(re.sub(r'"[^"\n]*"', " ", prose(text))) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("The cross-entropy loss, a feature map, im2col, ReLU.", []),
        ("The cross entropy of a feature-map.", ["cross entropy", "feature-map"]),
        ("Back-propagation is backpropagation.", ["Back-propagation"]),
        ("A Relu, a CNN's Im2Col and IM2COL.", ["Relu", "Im2Col", "IM2COL"]),
        ("A learning rate and a learning-rate schedule.", []),
        ("Over fitting and over-fitting", ["Over fitting", "over-fitting"]),
    ],
)
def test_misspellings_are_found(text, wrong):
    assert sorted(misspellings(text)) == sorted(wrong)


LINK = re.compile(r"\{term\}`([^`<]+?)(?:\s*<([^>`]+)>)?`")


def running_text(chapter):
    """Return the text in reading order, without headings, boxes' titles and the first box."""
    goals = r"^(:{3,})\{admonition\} What you.*?^\1$|^```.*?^```$"
    text = re.sub(goals, "", chapter.markdown, flags=re.DOTALL | re.MULTILINE)
    return re.sub(r"^(?:#|:{3,}).*$", "", text, flags=re.MULTILINE)


@every_chapter
def test_terms_are_linked_where_they_first_stand(chapter):
    text = running_text(chapter)
    first = {}
    for link in LINK.finditer(text):
        first.setdefault((link[2] or link[1]).lower(), link)
    assert len(first) >= 10, "too few terms lead to the glossary"
    late = []
    for target, link in first.items():
        before = prose(text[: link.start()])
        names = "|".join({re.escape(target), re.escape(link[1].lower())})
        if re.search(rf"(?i)(?<![\w-])(?:{names})(?![\w-])", before):
            late.append(target)
    assert late == []


def test_chapters_are_numbered_one_after_the_other():
    numbers = [int(path.name[:2]) for path in CHAPTERS]
    assert all(first < second for first, second in pairwise(numbers))
