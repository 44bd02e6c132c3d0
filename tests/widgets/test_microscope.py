"""The convolution microscope: its arithmetic is the library's, and it answers every touch."""

import itertools

import numpy as np
import pytest

from lib.convolution import convolve, convolve_backward, output_size
from lib.widgets import Microscope
from tests.widgets.conftest import NAMED, compute

pytestmark = pytest.mark.browser

# For each case: the output, the remainders, and for each pixel the sum of the weights that read it.
ARITHMETIC = """(cases) => {
    const { convolve, outputsOf, remainder } = Widgets.defined.microscope;
    return cases.map((state) => ({
        y: convolve(state),
        remainder: [remainder(state.x.length, state.kernel.length, state),
                    remainder(state.x[0].length, state.kernel[0].length, state)],
        back: state.x.map((row, r) => row.map((_, c) =>
            outputsOf(r, c, state).reduce((sum, { i, j }) => sum + state.kernel[i][j], 0))),
    }));
}"""


def cases():
    """Yield every setting of a spread of sizes, with integers: sums are then exact."""
    rng = np.random.default_rng(0)
    sizes = itertools.product((1, 4, 9), (3, 6), (1, 2, 3), (1, 3, 5))
    for (h, w, kh, kw), s, p, d in itertools.product(sizes, (1, 2, 3), (0, 1, 2), (1, 2, 3)):
        if h + 2 * p >= d * (kh - 1) + 1 and w + 2 * p >= d * (kw - 1) + 1:
            yield {
                "x": rng.integers(-9, 10, (h, w)).tolist(),
                "kernel": rng.integers(-9, 10, (kh, kw)).tolist(),
                "stride": s,
                "padding": p,
                "dilation": d,
            }


def figure(**state):
    return Microscope(**NAMED, label="A window slides over an input", **state)


def test_every_setting_gives_the_numbers_of_the_library(shown):
    page, every = shown(figure()), list(cases())
    assert len(every) > 700
    for case, got in zip(every, compute(page, ARITHMETIC, every), strict=True):
        x, kernel = (np.array(case[name], float)[None, None] for name in ("x", "kernel"))
        pairs = [(case[name],) * 2 for name in ("stride", "padding", "dilation")]
        y = convolve(x, kernel, *pairs)
        assert np.array_equal(got["y"], y[0, 0]), case
        dx, _ = convolve_backward(np.ones_like(y), x, kernel, *pairs, needs_dweight=False)
        assert np.array_equal(got["back"], dx[0, 0]), case
        for axis, left in enumerate(got["remainder"]):
            size, k = x.shape[axis + 2], kernel.shape[axis + 2]
            s, p, d = (case[name] for name in ("stride", "padding", "dilation"))
            reached = (output_size(size, k, s, p, d) - 1) * s + d * (k - 1) + 1
            assert left == size + 2 * p - reached, case


def grids(page):
    return [page.get_by_role("grid", name=name) for name in ("input", "kernel", "output")]


def marked(grid):
    return grid.locator(".widget-mark").count()


def test_an_output_shows_its_window_and_a_pixel_its_outputs(shown):
    page = shown(figure())
    x, kernel, y = grids(page)
    y.locator("td").nth(1).hover()
    assert [marked(grid) for grid in (x, kernel, y)] == [9, 9, 1]
    assert page.locator(".widget-say").inner_text().endswith("= −2")
    x.locator("td").nth(2 * 7 + 3).hover()
    assert [marked(grid) for grid in (x, kernel, y)] == [1, 9, 9]
    assert page.locator(".widget-say").inner_text().startswith("9 outputs read this pixel")


def test_a_weight_shows_the_pixels_that_it_meets(shown):
    page = shown(figure(stride=2, padding=1))
    x, kernel, y = grids(page)
    kernel.locator("td").nth(4).hover()
    assert [marked(grid) for grid in (x, kernel, y)] == [3 * 4, 1, 0]
    cells = "(cells) => cells.flatMap((cell, i) => cell.className.includes('mark') ? [i] : [])"
    met = [9 * row + column for row in (1, 3, 5) for column in (1, 3, 5, 7)]
    assert x.locator("td").evaluate_all(cells) == met
    assert page.locator(".widget-say").inner_text().startswith("The weight 0 meets 12 pixels")


def test_a_preset_is_chosen_only_while_the_cells_equal_it(shown):
    page = shown(figure())
    chosen = page.get_by_role("group", name="kernel").get_by_role("radio", name="edge").first
    assert chosen.is_checked()
    grids(page)[1].locator("td").first.focus()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    assert not chosen.is_checked()
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    assert chosen.is_checked()


def test_a_second_touch_of_a_cell_edits_it_and_leaving_it_takes_the_number(shown):
    page = shown(figure())
    first, other = (grids(page)[1].locator("td").nth(number) for number in (0, 8))
    first.click()
    page.wait_for_timeout(600)  # no double click: a finger may take its time
    first.click()
    assert first.locator("input").is_visible()
    page.keyboard.type("4")
    other.click()
    assert first.inner_text() == "4"
    assert other.evaluate("cell => cell === document.activeElement")


def test_the_keyboard_reaches_and_edits_every_cell(shown):
    page = shown(figure())
    x, kernel, y = grids(page)
    before = y.inner_text()
    kernel.locator("td").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("-2.5")
    page.keyboard.press("Enter")
    assert kernel.locator("td").nth(4).inner_text() == "−2.5"
    assert y.inner_text() != before
    y.locator("td").first.focus()
    assert marked(x) == 9


def test_escape_leaves_a_cell_as_it_was(shown):
    page = shown(figure())
    cell = grids(page)[0].locator("td").first
    cell.dblclick()
    page.keyboard.type("7")
    page.keyboard.press("Escape")
    assert cell.inner_text() == "0"


def test_what_is_no_number_changes_nothing(shown):
    page = shown(figure())
    cell = grids(page)[1].locator("td").first
    cell.dblclick()
    page.keyboard.type("one")
    page.keyboard.press("Enter")
    assert cell.inner_text() == "1"


def test_steppers_and_presets_change_the_figure(shown):
    page = shown(figure())
    page.get_by_role("button", name="more stride").click()
    page.get_by_role("spinbutton", name="padding").fill("1")
    assert "output, 3 × 4" in page.locator(".widget").inner_text()
    page.get_by_text("ones", exact=True).click()
    assert set(grids(page)[1].inner_text().split()) == {"1"}
    page.get_by_role("spinbutton", name="dilation").fill("3")
    page.get_by_role("spinbutton", name="padding").fill("0")
    assert "output, 0 × 0" in page.locator(".widget").inner_text()
    assert "does not fit" in page.locator(".widget-misfit").inner_text()
