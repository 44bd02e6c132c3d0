"""im2col in the page: window, row and output light one another, and the rows come back."""

import itertools

import numpy as np
import pytest

from lib.convolution import col2im, im2col
from lib.widgets import Im2col
from tests.widgets.conftest import NAMED, compute

pytestmark = pytest.mark.browser

# Beside the matrix and the product: what has been added back after each number of rows.
ARITHMETIC = """(cases) => {
    const { product, addBack, entriesOf, ...core } = Widgets.defined.im2col;
    return cases.map((state) => {
        const col = core.im2col(state);
        return { col, product: product(state),
            back: Array.from({ length: col.length + 1 }, (_, rows) => addBack(state, rows)),
            entries: state.x.map((row, r) => row.map((_, c) => entriesOf(r, c, state).length)) };
    });
}"""


def cases():
    """Yield every setting of a spread of sizes, with integers: sums are then exact."""
    rng = np.random.default_rng(0)
    for h, w, k, s, p in itertools.product(range(1, 6), (1, 3, 4, 5), (1, 2, 3), (1, 2, 3), (0, 1)):
        if min(h, w) + 2 * p >= k:
            yield {
                "x": rng.integers(-9, 10, (h, w)).tolist(),
                "kernel": rng.integers(-9, 10, (k, k)).tolist(),
                "stride": s,
                "padding": p,
            }


def figure(**state):
    return Im2col(**NAMED, label="Windows are rows of a matrix", **state)


def test_every_setting_gives_the_numbers_of_the_library_and_back(shown):
    page, every = shown(figure()), list(cases())
    assert len(every) > 250
    for case, got in zip(every, compute(page, ARITHMETIC, every), strict=True):
        x, kernel = np.array(case["x"], float)[None, None], np.array(case["kernel"], float)
        settings = len(kernel), case["stride"], case["padding"]
        col = im2col(x, *settings)
        assert np.array_equal(got["col"], col), case
        assert np.array_equal(got["product"], col @ kernel.ravel()), case
        for rows, back in enumerate(got["back"]):
            some = np.arange(len(col))[:, None] < rows
            assert np.array_equal(back["sums"], col2im(col * some, x.shape, *settings)[0, 0]), case
            ones = im2col(np.ones_like(x), *settings) * some
            assert np.array_equal(back["terms"], col2im(ones, x.shape, *settings)[0, 0]), case
        assert got["entries"] == got["back"][-1]["terms"], case


NAMES = ("input", "window matrix", "filter as a column", "output as a column", "output")


def marked(page, name, look="mark"):
    cells = page.get_by_role("grid", name=name, exact=True).locator("td")
    found = cells.evaluate_all(
        "(cells, look) => cells.map((cell) => cell.classList.contains(`widget-${look}`))", look
    )
    return np.flatnonzero(found).tolist()


def says(page):
    return page.locator(".widget-say").inner_text()


def cell(page, name, number):
    return page.get_by_role("grid", name=name, exact=True).locator("td").nth(number)


ROW_4 = [[5, 6, 9, 10], [16, 17, 18, 19], [0, 1, 2, 3], [4], [4]]

COLUMN_3 = [[5, 6, 7, 9, 10, 11, 13, 14, 15], list(range(3, 36, 4)), [3], [], []]


@pytest.mark.parametrize(
    ("name", "number", "expected", "words"),
    [
        ("output", 4, ROW_4, "Row 4 is the window of output (1, 1): 6 · 1 + 7 · 0 + 1 · 2"),
        ("output as a column", 4, ROW_4, "Row 4 is the window of output (1, 1)"),
        ("window matrix", 18, ROW_4, "Row 4, column 2: pixel (2, 1). It meets weight 2: 1 · 2."),
        ("input", 1, [[1], [1, 4], [0, 1], [0, 1], [0, 1]], "The pixel 2 lies in 2 windows"),
        ("filter as a column", 3, COLUMN_3, "Column 3 holds the pixels that weight 3 meets"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 25 else "",
)  # fmt: skip
def test_touching_one_lights_the_others(shown, name, number, expected, words):
    page = shown(figure())
    cell(page, name, number).hover()
    assert [marked(page, each) for each in NAMES] == expected
    assert says(page).startswith(words)


def test_an_entry_is_told_from_the_rest_of_its_row(shown):
    page = shown(figure())
    cell(page, "window matrix", 18).hover()
    assert [marked(page, name, "win") for name in NAMES[:3]] == [[9], [18], [2]]
    cell(page, "output", 0).hover()
    assert [marked(page, name, "win") for name in NAMES[:3]] == [[], [], []]


def test_the_filter_is_edited_and_grows(shown):
    page = shown(figure())
    cell(page, "filter as a column", 0).focus()
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    assert cell(page, "output", 0).inner_text() == "7"
    page.get_by_role("button", name="more kernel").click()
    assert "windows, 4 × 9" in page.locator(".widget").inner_text()
    assert cell(page, "filter as a column", 0).inner_text() == "3"
    assert cell(page, "filter as a column", 3).inner_text() == "2"


def numbers(page, name):
    text = page.get_by_role("grid", name=name, exact=True).locator("td").all_inner_texts()
    return [int(number.replace("−", "-")) for number in text]


def test_rows_come_back_one_at_a_time(shown):
    page = shown(figure(mode="col2im", added=0))
    assert says(page) == "Nothing is added yet."
    more = page.get_by_role("button", name="more rows added")
    more.click()
    assert numbers(page, "sum so far")[:8] == [1, 2, 0, 0, 5, 6, 0, 0]
    assert marked(page, "sum so far", "later") == [2, 3, 6, 7, *range(8, 16)]
    more.click()
    assert numbers(page, "sum so far")[:8] == [1, 4, 3, 0, 5, 12, 7, 0]
    assert numbers(page, "terms in each sum")[:8] == [1, 2, 1, 0, 1, 2, 1, 0]
    assert says(page) == "Row 1 (2, 3, 6, 7) is added to the pixels it came from."
    assert marked(page, "sum so far") == [1, 2, 5, 6]
    assert marked(page, "window matrix") == [4, 5, 6, 7]
    assert marked(page, "window matrix", "later") == list(range(8, 36))
    cell(page, "sum so far", 5).hover()
    assert says(page) == "Pixel (1, 1): 6 + 6 = 12, 2 of 4 terms so far."
    assert marked(page, "window matrix") == [3, 6, 13, 16]


def test_play_adds_all_rows_and_stops_and_the_keyboard_steps(shown):
    page = shown(figure(mode="col2im", added=7))
    page.get_by_role("button", name="Play").click()
    page.get_by_role("button", name="Play").wait_for()  # it has come to the end
    assert says(page).endswith("each sum is the pixel times the number of its terms.")
    assert numbers(page, "sum so far")[5] == 4 * 6
    number = page.get_by_role("spinbutton", name="rows added")
    number.focus()
    page.keyboard.press("ArrowDown")
    assert number.input_value() == "8"
    page.get_by_role("button", name="From the start").click()
    assert set(numbers(page, "sum so far")) == {0}


def test_what_comes_back_to_the_padding_is_cut_off(shown):
    page = shown(figure(mode="col2im", added=1, padding=1))
    assert says(page).endswith("What belongs to the padding is cut off.")
    cell(page, "input", 0).hover()
    assert says(page) == "Padding: what comes back to it is cut off."


def test_a_window_that_does_not_fit_is_told(shown):
    page = shown(figure(x=[[1, 2]]))
    assert "does not fit" in page.locator(".widget-misfit").inner_text()
    assert says(page) == ""


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({}, "Row 0 holds 1, 2, 5, 6. Times the filter as a column it gives 5."),
        ({"mode": "col2im", "added": 2}, "2 rows have been added back"),
        ({"x": [[1]]}, "does not fit"),
    ],
    ids=["im2col", "col2im", "misfit"],
)
def test_its_still_picture_tells_what_it_shows(state, words):
    markup = figure(**state).still().html
    assert "<svg" in markup
    assert words in markup
