"""Every page reads the same from a server and from the disk, and asks nothing of the network."""

import pytest

from tests.book.built import pages, pages_to_read
from tests.book.test_files import parse

pytestmark = [pytest.mark.browser, pytest.mark.served]


def raw(page):
    """Return the formulas that MathJax left as they were, or found wrong."""
    return page.locator(".math").evaluate_all(
        """all => all
            .filter(m => !m.querySelector("mjx-math") || m.querySelector("mjx-merror"))
            .map(m => m.outerHTML)"""
    )


def test_page_loads_whole_and_stays_home(reading):
    assert reading.log.problems() == []


def test_math_is_typeset(reading):
    assert raw(reading.page) == []


def test_math_of_the_pages_that_no_browser_reads_is_typeset(book, visit, addresses):
    left = set(pages()) - set(pages_to_read())
    formulas = [str(math) for page in left for math in parse(book / page).select(".math")]
    assert len(formulas) > 100
    page, _ = visit(f"{addresses['file']}/book/notation.html")
    page.evaluate(
        """async formulas => {
            document.querySelector("article").innerHTML = formulas.join(" ");
            await MathJax.startup.promise;
            await MathJax.typesetPromise();
        }""",
        formulas,
    )
    assert raw(page) == []


@pytest.mark.chapters
def test_chapters_have_math(reading):
    assert reading.page.locator(".math mjx-container").count() > 0


def test_images_are_there(reading):
    broken = reading.page.evaluate(
        "Array.from(document.images).filter(i => !i.naturalWidth).map(i => i.src.slice(0, 200))"
    )
    assert broken == []


def test_ids_are_unique(reading):
    twice = reading.page.evaluate(
        """() => {
            const ids = Array.from(document.querySelectorAll("article [id]"), e => e.id);
            return ids.filter((id, i) => ids.indexOf(id) !== i);
        }"""
    )
    assert twice == []
