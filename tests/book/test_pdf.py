"""The book on paper: one chapter is printed here, `make test-all` prints the whole."""

import html
import importlib.util
import re
from collections import Counter

import pikepdf
import pytest

from book.print_pdf import (
    BOTTOM,
    FOLDER,
    SIZES,
    TOP,
    file_name,
    open_book,
    places_in,
    print_book,
    walk,
)
from tests.book.built import ROOT
from tests.book.ink import lowest_ink
from tests.book.other_forms import CHAPTER, build_chapter, build_whole
from tests.chapters import CHAPTERS, Chapter, named_figures, states_for_paper

pytestmark = pytest.mark.browser

POINTS = {"A4": (595, 842), "Letter": (612, 792)}
CONTROLS = (
    "form, input, button, select, textarea, summary, noscript, .headerlink, .explore-controls"
)


@pytest.fixture(scope="module")
def folder(book, tmp_path_factory):
    return build_chapter(tmp_path_factory.mktemp("pdf"), "pdf")


@pytest.fixture(scope="module")
def path(folder):
    """Where it is printed, on one of the sizes; the whole book is, on each."""
    return folder / "A4.pdf"


@pytest.fixture(scope="module")
def page(chromium, folder, path):
    """The page as it was printed."""
    with open_book(chromium, folder) as (page, log):
        print_book(page, "A4", path)
        yield page
        assert log.problems() == []


@pytest.fixture(scope="module")
def pdf(page, path):
    with pikepdf.open(path) as pdf:
        yield pdf


def texts(page, selector):
    return [text.strip() for text in page.locator(selector).all_text_contents()]


def outline(pdf):
    """List the titles of the outline, and the number of the page of each."""
    numbers = {sheet.obj.objgen: number for number, sheet in enumerate(pdf.pages, start=1)}
    with pdf.open_outline() as whole:
        return [(item.title, numbers[item.destination[0].objgen]) for item in walk(whole.root)]


def extension(name):
    """Load a module of book/ext by itself."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "book" / "ext" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_formula_with_braces_of_a_size_is_written():
    written = extension("book_mathml").formula(
        None, r"\bigl\{ x_n : n < N \bigr\}", is_display=True
    )
    assert html.unescape(re.sub(r"</?m\w+[^>]*>", "", written)) == "{xn:n<N}"


def test_the_first_page_offers_what_is_printed():
    downloads = extension("book_downloads")
    assert {(FOLDER / file_name(size)).as_posix() for size in SIZES} <= set(downloads.FILES)


def check_sheets(path, size):
    with pikepdf.open(path) as pdf:
        for sheet in pdf.pages:
            left, bottom, right, top = map(float, sheet.mediabox)
            assert (right - left, top - bottom) == pytest.approx(POINTS[size], abs=1)
        return len(pdf.pages)


def test_sheets_have_the_size_of_their_paper(pdf, path):
    assert check_sheets(path, "A4") > 30


def half_empty(pdf, page, path):
    """List the sheets that are filled by less than half, and are the last of no chapter."""
    places = places_in(path)
    headings = page.locator(".contents-h1 .page-of").all()
    last = {places[one.get_attribute("data-of")].page - 1 for one in headings} | {len(pdf.pages)}
    found = []
    for number, sheet in enumerate(pdf.pages, start=1):
        room = float(sheet.mediabox[3]) / 72 * 25.4 - TOP - BOTTOM
        if number not in last and lowest_ink(sheet) - BOTTOM > room / 2:
            found.append(number)
    return found


def test_no_sheet_is_half_empty(pdf, page, path):
    assert half_empty(pdf, page, path) == []


def test_it_names_its_title_author_and_language(pdf):
    assert pdf.docinfo["/Title"] == "Convolutional Networks from Scratch"
    assert "authors" in str(pdf.docinfo["/Author"])
    assert pdf.Root.Lang == "en"
    assert pdf.Root.MarkInfo.Marked


def test_every_font_is_in_the_file(pdf):
    fonts = [
        o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/Font"
    ]
    assert fonts
    for font in fonts:
        if font.Subtype == "/Type3":
            assert len(font.CharProcs) > 0
        elif font.Subtype != "/Type0":  # that one names another of these
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(font.FontDescriptor.keys())


def test_the_outline_and_the_contents_agree_on_pages(pdf, page, path):
    """Chromium writes the outline by itself, so that it knows where the headings are."""
    found = outline(pdf)
    places = places_in(path)
    entries = page.locator(".contents a").all()
    assert len(entries) > 15
    for entry in entries:
        title = re.sub(r"\s+", " ", entry.locator(".contents-title").text_content()).strip()
        number = int(entry.locator(".page-of").text_content())
        assert number == places[entry.get_attribute("href")[1:]].page
        assert (title, number) in found


def test_links_name_the_page_of_what_is_elsewhere(page, path):
    places = places_in(path)
    shown = page.locator(".page-reference:visible").all()
    assert len(shown) > 2
    for reference in shown:
        number = reference.locator(".page-of")
        assert int(number.text_content()) == places[number.get_attribute("data-of")].page


def test_links_lead_to_places_and_to_other_hosts(pdf):
    links = [link for sheet in pdf.pages for link in sheet.get("/Annots", ())]
    inside = [link for link in links if "/Dest" in link or link.get("/A", {}).get("/S") == "/GoTo"]
    outside = [link for link in links if link.get("/A", {}).get("/S") == "/URI"]
    assert len(inside) > 100
    assert len(outside) > 20
    assert not [link for link in outside if str(link.A.URI).startswith("file:")]


def test_no_id_is_there_twice_and_every_link_has_a_place(page):
    ids = Counter(page.evaluate("Array.from(document.querySelectorAll('[id]'), e => e.id)"))
    assert [name for name, count in ids.items() if count > 1] == []
    links = page.evaluate("Array.from(document.querySelectorAll('a'), e => e.getAttribute('href'))")
    assert [link for link in links if link[0] == "#" and link[1:] not in ids] == []


def test_nothing_waits_for_a_reader_who_touches_it(page):
    assert page.locator(CONTROLS).count() == 0


def test_code_is_shown_whole_but_for_what_only_draws(page):
    text = page.locator("article[id='03_pooling']").text_content()
    names = [name for name, _ in named_figures(CHAPTER)]
    for cell in Chapter(CHAPTER).code:
        drawn = any(name in cell.source for name in names)
        lines = cell.source.replace("✅", "✓").replace("❌", "✗").strip().splitlines()
        if "hide-input" in cell.tags and drawn:
            assert cell.source.strip() not in text
        else:
            assert all(line in text for line in lines), cell.id
    assert page.locator(".admonition .cell_input").count() == 0


def test_marks_for_right_and_wrong_have_a_font(page):
    text = page.locator("body").text_content()
    assert "✓" in text
    assert not {"✅", "❌"} & set(text)


def test_every_figure_is_there_in_the_states_chosen_for_paper(page):
    chosen = states_for_paper(CHAPTER)
    assert chosen
    for name, _ in named_figures(CHAPTER):
        figure = page.locator(f'[id="03_pooling--{name}"]')
        assert figure.locator("svg[role=img], img").count() == max(1, len(chosen.get(name, ())))
        assert figure.locator("figcaption").text_content().strip().startswith("Figure 1.")
        if name in chosen:
            words = figure.locator(".paper-state p").all_text_contents()
            assert len(set(words)) == len(chosen[name])


def test_answers_stand_at_the_end_of_the_chapter(page):
    notebook = Chapter(CHAPTER)
    predictions, quiz = notebook.questions
    answers = page.locator('[id="03_pooling--answers"]')
    asked = {
        "prediction": len(predictions),
        "quiz": len(quiz),
        "solution": len(notebook.asked("solution")),
        "hint": len(notebook.asked("solution")),
    }
    for kind, count in asked.items():
        ids = answers.locator(".answer").evaluate_all("all => all.map(one => one.id)")
        assert sum(f"--{kind}-" in place for place in ids) == count, kind
    assert page.locator(".answer").count() == sum(asked.values())
    assert page.locator(".answer-sign").count() == sum(asked.values())
    assert not [text for text in texts(page, ".question") if "Answer:" in text]
    last = page.locator("article[id='03_pooling'] h2").last
    assert last.text_content() == "Answers"


SMALL = """<!DOCTYPE html><html lang="en"><head><title>Small</title><meta name="author" content="A">
<script>window.MathJax = {{ startup: {{ promise: Promise.resolve() }} }};</script>
<style>p {{ margin: 0; }} figure {{ break-inside: avoid; }}
</style></head><body><section class="title-page">Small</section><article id="one"><h1>One</h1>
<p style="height: 120mm">Before.</p><figure id="tall" style="height: 150mm">A figure.</figure>
{after}</article></body></html>"""


@pytest.mark.parametrize(("tall", "filled"), [(100, 100), (180, 180)])
def test_the_lowest_ink_of_a_sheet_is_found(chromium, tmp_path, tall, filled):
    """A line, a letter, a path that is cut off: whatever is lowest."""
    lowest = {
        "a line": '<p style="border-bottom: 1px solid; height: {}mm"></p>',
        "a letter": '<p style="height: {}mm; display: flex; align-items: end; line-height: 0">x',
        "a cut path": '<svg style="height: {}mm" width="9"><path d="M0 0H9V9999"/></svg>',
    }
    for kind, markup in lowest.items():
        text = SMALL.replace(
            '<p style="height: 120mm">Before.</p>', markup.replace("{}", str(tall))
        )
        text = re.sub(r"<h1>.*</h1>|<figure.*</figure>", "", text, flags=re.DOTALL)
        (tmp_path / "book.html").write_text(text.format(after=""))
        with open_book(chromium, tmp_path) as (page, _):
            page.add_style_tag(content="@page { size: A4; margin: 20mm } body { margin: 0 }")
            page.add_style_tag(content=".title-page { display: none }")
            page.pdf(path=tmp_path / "ink.pdf", prefer_css_page_size=True)
        with pikepdf.open(tmp_path / "ink.pdf") as pdf:
            assert lowest_ink(pdf.pages[0]) == pytest.approx(297 - 20 - filled, abs=1.5), kind


PARAGRAPH = '<p style="height: 40mm">After.</p>'


@pytest.mark.parametrize(
    ("after", "order"),
    [
        (4 * PARAGRAPH, ["P", "P", "P", "P", "FIGURE", "P"]),
        (PARAGRAPH, ["P", "P", "FIGURE"]),
        (f"{PARAGRAPH}<h2>Two</h2>", ["P", "P", "FIGURE", "H2"]),
        (f"<figure>Another.</figure>{PARAGRAPH}", ["P", "FIGURE", "FIGURE", "P"]),
    ],
)
def test_text_fills_the_gap_before_a_figure_that_does_not_fit(chromium, tmp_path, after, order):
    (tmp_path / "book.html").write_text(SMALL.format(after=after))
    with open_book(chromium, tmp_path) as (page, _):
        print_book(page, "A4", tmp_path / "small.pdf")
        tags = "all => all.map(one => one.tagName).filter(name => !['H1', 'DIV'].includes(name))"
        assert page.locator("article > *").evaluate_all(tags) == order


@pytest.mark.parametrize(("tall", "found"), [(90, [1]), (140, [])])
def test_a_half_empty_sheet_is_found(chromium, tmp_path, tall, found):
    lined = f"{tall}mm; border-bottom: 1px solid"
    text = SMALL.replace("120mm", lined).replace("150mm", "200mm")  # it does not fit below
    text = text.format(after="")
    (tmp_path / "book.html").write_text(text)
    with open_book(chromium, tmp_path) as (page, _):
        print_book(page, "A4", tmp_path / "small.pdf")
        with pikepdf.open(tmp_path / "small.pdf") as pdf:
            assert half_empty(pdf, page, tmp_path / "small.pdf") == found


@pytest.mark.parametrize("size", SIZES)
def test_every_size_of_paper_is_printed(chromium, tmp_path, size):
    (tmp_path / "book.html").write_text(SMALL.format(after=PARAGRAPH))
    with open_book(chromium, tmp_path) as (page, _):
        print_book(page, size, tmp_path / "small.pdf")
    assert check_sheets(tmp_path / "small.pdf", size) > 1


def test_a_figure_that_fits_stays_where_it_is(chromium, tmp_path):
    (tmp_path / "book.html").write_text(SMALL.replace("150mm", "50mm").format(after=PARAGRAPH))
    with open_book(chromium, tmp_path) as (page, _):
        print_book(page, "A4", tmp_path / "small.pdf")
        assert page.locator("figure + p").count() == 1


def test_a_link_to_the_same_sheet_names_no_page(chromium, tmp_path):
    links = "".join(
        f'<a id="link-{place}" href="#{place}">There</a><span class="page-reference" '
        f'data-from="link-{place}"> (p. <span class="page-of" data-of="{place}">000</span>)</span>'
        for place in ("one", "end")
    )
    after = 4 * PARAGRAPH + '<p id="end">The end.</p>'
    text = SMALL.replace("Before.", links).format(after=after)
    (tmp_path / "book.html").write_text(text)
    with open_book(chromium, tmp_path) as (page, _):
        print_book(page, "A4", tmp_path / "small.pdf")
        assert texts(page, ".page-reference:visible") == ["(p. 2)"]
        assert texts(page, ".page-reference[hidden]") == ["(p. 1)"]


@pytest.mark.parametrize("wide", [f"<pre>{'wide ' * 50}</pre>", '<svg width="900"></svg>'])
def test_what_is_wider_than_the_text_is_refused(chromium, tmp_path, wide):
    (tmp_path / "book.html").write_text(SMALL.format(after=wide))
    refused = pytest.raises(RuntimeError, match=r"nothing wider than the text, got \['one: ")
    with open_book(chromium, tmp_path) as (page, _), refused:
        print_book(page, "A4", tmp_path / "wide.pdf")


def test_a_link_that_leads_nowhere_is_refused(chromium, folder, tmp_path):
    with open_book(chromium, folder) as (page, _):
        page.evaluate("document.querySelector('.contents [data-of]').dataset.of = 'nowhere'")
        with pytest.raises(RuntimeError, match=r"places in the book, got \['nowhere'\]"):
            print_book(page, "A4", tmp_path / "lost.pdf")


@pytest.mark.whole
def test_the_whole_book(book, chromium, tmp_path):
    whole = build_whole(tmp_path, "pdf")
    for size in SIZES:
        path = tmp_path / f"{size}.pdf"
        with open_book(chromium, whole) as (page, log):
            assert print_book(page, size, path) > 300
            with pikepdf.open(path) as pdf:
                assert half_empty(pdf, page, path) == []
            slugs = page.evaluate("Array.from(document.querySelectorAll('article'), e => e.id)")
            assert {path.stem for path in CHAPTERS} <= set(slugs)
            assert log.problems() == []
