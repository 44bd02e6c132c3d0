"""Pooling in the page: the library's numbers both ways, and every touch answered."""

import itertools

import numpy as np
import pytest

from lib.layers import AvgPool2d, MaxPool2d
from lib.widgets import Pooling
from tests.widgets.conftest import NAMED, compute

pytestmark = pytest.mark.browser

ARITHMETIC = """(cases) => {
    const { pool, gradient, outputsOf, moved } = Widgets.defined.pooling;
    return cases.map((state) => ({
        y: pool(state), dx: gradient(state), moved: moved(state.x, state.shift),
        counts: state.x.map((row, r) => row.map((_, c) => outputsOf(r, c, state).length)),
    }));
}"""


def cases():
    """Yield settings of a spread of sizes; small integers, so that many windows have ties."""
    rng = np.random.default_rng(0)
    sizes = itertools.product((1, 4, 7, 8), (3, 6), (1, 2, 3, 4), (1, 2, 3, 4))
    for h, w, k, s in sizes:
        for p in range(k // 2 + 1):
            if min(h, w) + 2 * p < k:
                continue
            shape = [(size + 2 * p - k) // s + 1 for size in (h, w)]
            for kind, counted in (("max", True), ("average", True), ("average", False)):
                yield {
                    "x": rng.integers(-3, 4, (h, w)).tolist(),
                    "kind": kind,
                    "kernel": k,
                    "stride": s,
                    "padding": p,
                    "count_include_pad": counted,
                    "shift": rng.integers(-9, 10, 2).tolist(),
                    "dout": rng.integers(-9, 10, shape).tolist(),
                }


def layer_of(case):
    settings = [case[name] for name in ("kernel", "stride", "padding")]
    if case["kind"] == "max":
        return MaxPool2d(*settings)
    return AvgPool2d(*settings, count_include_pad=case["count_include_pad"])


def figure(**state):
    return Pooling(**NAMED, label="What remains of a window", **state)


def test_every_setting_gives_the_numbers_of_the_library_both_ways(shown):
    page, every = shown(figure()), list(cases())
    assert len(every) > 250
    for case, got in zip(every, compute(page, ARITHMETIC, every), strict=True):
        x, dout = (np.array(case[name], float)[None, None] for name in ("x", "dout"))
        layer = layer_of(case)
        assert np.array_equal(got["y"], layer(x)[0, 0]), case
        np.testing.assert_allclose(got["dx"], layer.backward(dout)[0, 0], atol=1e-12, err_msg=case)
        assert np.array_equal(got["moved"], np.roll(x[0, 0], case["shift"], (0, 1))), case
        counter = AvgPool2d(*(case[name] for name in ("kernel", "stride", "padding")))
        counts = counter(x) * 0 + case["kernel"] ** 2
        assert np.array_equal(got["counts"], counter.backward(counts)[0, 0]), case


def grid(page, name):
    return page.get_by_role("grid", name=name, exact=True)


def marked(grid, look="mark"):
    cells = grid.locator("td").evaluate_all(
        "(cells, look) => cells.map((cell) => cell.classList.contains(`widget-${look}`))", look
    )
    return list(np.flatnonzero(cells))


def says(page):
    return page.locator(".widget-say").inner_text()


def test_at_rest_the_first_window_shows_its_winner_and_the_tie(shown):
    page = shown(figure())
    x = grid(page, "input")
    assert (marked(x), marked(x, "win"), marked(x, "tie")) == ([0, 1, 6, 7], [1], [6])
    assert says(page) == "max of 1, 8, 8, 3 is 8, first of two"


def test_an_output_shows_its_window_and_a_pixel_the_windows_it_wins(shown):
    page = shown(figure(stride=1))
    x, y = grid(page, "input"), grid(page, "output")
    y.locator("td").nth(12).hover()
    assert (marked(x), marked(x, "win")) == ([14, 15, 20, 21], [14])
    assert says(page) == "max of 6, 6, 2, 6 is 6, first of three"
    x.locator("td").nth(14).hover()
    assert (marked(y), marked(y, "win")) == ([6, 7, 11, 12], [6, 7, 11, 12])
    assert says(page) == "The pixel 6 lies in four windows and wins four."


@pytest.mark.parametrize(
    ("counted", "sentence"),
    [("true", "(0 + 0 + 0 + 1) / 4 = 0.25"), ("false", "(1) / 1 = 1")],
)
def test_an_average_counts_the_padding_or_does_not(shown, counted, sentence):
    page = shown(figure(kind="average", padding=1))
    page.locator(f"label:has(input[value={counted}])").click()
    assert says(page) == sentence


def test_padding_is_minus_infinity_for_the_maximum_alone(shown):
    page = shown(figure(padding=1))
    assert grid(page, "input").locator("td").first.inner_text() == "−∞"
    page.get_by_text("negative", exact=True).click()
    assert says(page) == "max of −∞, −∞, −∞, −9 is −9"
    page.get_by_text("average", exact=True).click()
    assert grid(page, "input").locator("td").first.inner_text() == "0"


def test_a_smaller_window_takes_its_padding_along(shown):
    page = shown(figure(kernel=4, padding=2))
    page.get_by_role("button", name="less size").click()
    assert page.get_by_role("spinbutton", name="padding").input_value() == "1"
    assert page.get_by_role("button", name="more padding").is_disabled()


def numbers(grid):
    return np.array(grid.locator("tr").evaluate_all(
        "(rows) => rows.map((row) => [...row.cells].map((cell) => Number(cell.innerText)))"
    ))  # fmt: skip


def drag(page, cell, right, down=0):
    box = cell.bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    for step in range(1, 5):
        page.mouse.move(box["x"] + 10 + right * step / 4, box["y"] + 10 + down * step / 4)
    page.mouse.up()


def test_the_picture_is_dragged_and_its_map_stays(shown):
    page = shown(figure())
    page.get_by_text("dots", exact=True).click()
    x, y = grid(page, "input"), grid(page, "output")
    before, rest = numbers(x), numbers(y)
    drag(page, x.locator("td").nth(17), right=45)  # out of the grid
    assert np.array_equal(numbers(x), np.roll(before, 1, axis=1))
    assert np.array_equal(numbers(y), rest)
    assert "10 of 36 pixels and none of 9 outputs" in page.locator(".widget-note").inner_text()
    page.get_by_role("button", name="move the picture right").click()
    assert np.array_equal(numbers(y), np.roll(rest, 1, axis=1))
    assert marked(y, "change") == list(np.flatnonzero(np.roll(rest, 1, axis=1) != rest))
    page.get_by_role("button", name="move the picture back").click()
    assert np.array_equal(numbers(x), before)


def test_a_finger_touches_an_output_and_drags_the_picture_sideways(shown):
    page = shown(figure(), has_touch=True, viewport={"width": 400, "height": 800})
    x, y = grid(page, "input"), grid(page, "output")
    before, box = numbers(x), x.locator("td").nth(14).bounding_box()
    y.locator("td").nth(4).tap()
    y.locator("td.widget-mark:nth-child(2)").wait_for()  # a tap becomes a click after a while
    assert marked(x) == [14, 15, 20, 21]
    touches = page.context.new_cdp_session(page)

    def touch(kind, *right):
        points = [{"x": box["x"] + 10 + way, "y": box["y"] + 10} for way in right]
        touches.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    touch("touchStart", 0)
    for way in range(5, 45, 5):
        touch("touchMove", way)
    touch("touchEnd")
    assert np.array_equal(numbers(x), np.roll(before, 1, axis=1))


def test_a_cell_of_a_moved_picture_is_edited_where_it_is_seen(shown):
    page = shown(figure(shift=[1, 2]))
    x = grid(page, "input")
    x.locator("td").nth(3).dblclick()
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    assert x.locator("td").nth(3).inner_text() == "4"
    page.get_by_role("button", name="move the picture back").click()
    assert x.locator("td").nth(5 * 6 + 1).inner_text() == "4"


def test_a_preset_is_chosen_only_while_the_cells_equal_it(shown):
    page = shown(figure())
    chosen = page.locator("input[type=radio][value=numbers]")
    assert chosen.is_checked()
    grid(page, "input").locator("td").first.focus()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    assert not chosen.is_checked()


def test_the_gradient_goes_to_the_first_winner_and_comes_from_the_windows_won(shown):
    page = shown(figure(mode="gradient"))
    dout, dx = grid(page, "gradient of the output"), grid(page, "gradient of the input")
    assert marked(dx) == [1]
    assert says(page).endswith("8 is there twice: only the first gets it.")
    assert page.locator(".widget-arrows path[marker-end]").count() == 1
    dout.locator("td").first.focus()
    page.keyboard.type("-7")
    page.keyboard.press("Enter")
    assert dx.locator("td").nth(1).inner_text() == "−7"
    page.get_by_role("spinbutton", name="stride").fill("1")
    dx.locator("td").nth(1).hover()
    assert says(page) == "(−7) + 2 = −5: this pixel won two windows."
    assert page.locator(".widget-arrows path[marker-end]").count() == 2
    dx.locator("td").nth(0).hover()
    assert says(page) == "In one window, never the maximum: nothing arrives."


def test_the_average_shares_and_loses_what_falls_on_the_padding(shown):
    page = shown(figure(mode="gradient", kind="average", padding=1))
    assert says(page).startswith("1 / 4 = 0.25 goes to each pixel")
    assert says(page).endswith("The shares of three padding cells are lost.")


def test_a_window_that_does_not_fit_is_told(shown):
    page = shown(figure(x=[[1, 2]], kernel=2))
    assert "does not fit" in page.locator(".widget-misfit").inner_text()
    assert says(page) == ""


@pytest.mark.parametrize(
    "state",
    [{}, {"mode": "gradient"}, {"kind": "average", "padding": 1}, {"x": [[1]], "kernel": 3}],
    ids=["output", "gradient", "average", "misfit"],
)
def test_its_still_picture_tells_what_it_shows(state):
    markup = figure(**state).still().html
    assert "<svg" in markup
    assert "2 by 2 window" in markup or "does not fit" in markup
