"""The network calculator: it reads what is typed, says what does not fit, and shows the rest."""

import numpy as np
import pytest

from lib.layers import Conv2d, Layer, Sequential
from lib.widgets import Calculator, describe_network
from tests.axe import faults
from tests.browser import new_page
from tests.widgets.conftest import NAMED, page_of

pytestmark = pytest.mark.browser

COMPUTE = """([text, input]) => Widgets.defined.calculator.compute(text, input)"""


def figure(**state):
    return Calculator(**NAMED, label="A list of layers, and what it comes to", **state)


@pytest.fixture(scope="module")
def computed(chromium, tmp_path_factory):
    """A function that gives what a page makes of a list of layers and an input."""
    file = tmp_path_factory.mktemp("calculator") / "page.html"
    file.write_text(page_of(figure()), encoding="utf-8")
    with new_page(chromium, offline=True) as (page, _):
        page.goto(file.as_uri())
        yield lambda text, shape: page.evaluate(COMPUTE, [text, shape])


def rows(page):
    """Return the text of each row of the table, without the layer itself."""
    return [" ".join(row.split()) for row in page.locator("tbody tr").all_inner_texts()]


def said(page):
    return page.locator(".widget-say").inner_text()


# --- the notation --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("conv 8 5x5\npool 3x3", 1, "a window of 3 does not fit into 2 × 2"),
        ("conv 8 5x3 dilation 2 padding 1x0", 0, "a window of 9 × 5 does not fit into 6 × 6 "),
        ("conv 8 5x3 dilation 2 padding 1x0", 0, "with a padding of 1 × 0"),
        ("relu\n\nlinear 10", 2, "linear takes a row of numbers, not 3 × 6 × 6: flatten"),
        ("flatten\nconv 8 3x3", 1, "conv takes an image, not a row of 108 numbers"),
        ("cnov 8 3x3", 0, "no layer is called “cnov”"),
        ("constructor", 0, "no layer is called “constructor”"),
        ("conv 8", 0, "conv needs its window, such as: conv 64 3x3 stride 2 padding 1"),
        ("conv", 0, "conv needs its filters and window"),
        ("conv 8 3x3 paddding 1", 0, "conv does not know “paddding”; it knows stride, padding"),
        ("conv 8 3x3 padding", 0, "padding must be whole numbers, such as 3 or 3x5, not “”"),
        ("conv 8 3x3 stride 0", 0, "stride must be at least 1"),
        ("conv 8x8 3x3", 0, "filters must be a whole number, not “8x8”"),
        ("conv 8 3x3x3", 0, "window must be whole numbers, such as 3 or 3x5, not “3x3x3”"),
        ("linear 10000000", 0, "outputs must be at most a million"),
        ("conv 9 3x3 groups 2", 0, "2 groups do not divide 3 channels"),
        ("conv 8 3x3 groups 3", 0, "3 groups do not divide 8 filters"),
        ("pool 2x2 padding 2", 0, "a padding of 2 is more than half of the window"),
        ("subsample 2 to 2", 0, "3 channels cannot become 2"),
        ("residual:\n  conv 8 3x3", 0, "the body gives 8 × 4 × 4, the skip 3 × 6 × 6"),
        ("residual:", 0, "nothing is indented below residual:"),
        ("residual:\n  relu\n  skip:\n  skip:\n    relu", 3, "there can be one skip: only"),
        ("concat:\n  relu", 1, "below concat: every line belongs to a branch:"),
        (
            "concat:\n  branch:\n  branch:\n    pool 2x2",
            0,
            "another 3 × 3 × 3: they cannot be joined",
        ),
        ("skip:\n  relu", 0, "skip: belongs into a block"),
        ("loop:\n  relu", 0, "no block is called “loop”; there are residual: and concat:"),
        ("relu\n  relu", 1, "an indented line needs a block above it"),
        ("residual:\n    relu\n  relu", 2, "it is indented neither like the line above"),
    ],
)
def test_what_does_not_come_out_is_named_with_its_line(computed, text, line, message):
    misfit = computed(text, [3, 6, 6])["misfit"]
    assert message in misfit["message"]
    assert misfit["line"] == line
    assert misfit["text"] == text.split("\n")[line].strip()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("conv 8 3x3 padding 1", "Convolution 8 3 × 3 padding 1  # keeps the size"),
        ("conv 8 3x3 padding 1 no bias", "conv 8 3 no bias padding 1x1"),
        ("pool 2x2", "max pool 2"),
        ("pool 2x2\n\naverage", "MaxPool2d 2\naverage pool"),
        ("flatten\nlinear 9", "flatten\ndense 9"),
        ("norm", "Batch Norm"),
        ("leaky relu", "leaky-relu"),
        ("residual:\n  relu", "residual :\n\trelu"),
        ("conv 3 5x5 padding 2", "conv 3 5x5 padding same"),
        ("depthwise 3x3", "conv 3 3x3 groups 3"),
    ],
)
def test_the_same_can_be_said_in_several_ways(computed, one, other):
    first, second = (computed(text, [3, 8, 8]) for text in (one, other))
    assert first["misfit"] is second["misfit"] is None
    assert first["total"] == second["total"]
    assert [row["shape"] for row in first["rows"]] == [row["shape"] for row in second["rows"]]
    assert [row["field"] for row in first["rows"]] == [row["field"] for row in second["rows"]]


def test_a_layer_that_the_notation_does_not_know_is_listed_with_its_numbers(computed):
    class Doubled(Layer):
        def forward(self, x):
            return np.concatenate([x, x], axis=1)

    text = describe_network(Sequential(Doubled()), (2, 5, 5))
    assert text == "other Doubled to 4x5x5"
    assert computed(text, [2, 5, 5])["out"] == [4, 5, 5]


def test_ways_that_meet_otherwise_are_refused():
    class Thrice(Layer):
        def __init__(self):
            self.one, self.two, self.three = (Conv2d(2, 2, 1) for _ in range(3))

        def forward(self, x):
            return self.one(x) + self.two(x) + self.three(x)

    with pytest.raises(ValueError, match=r'^no notation for what "sum", Thrice, makes of \[\(2, 5'):
        describe_network(Sequential(sum=Thrice()), (2, 5, 5))


# --- the figure ----------------------------------------------------------------------------------


def test_the_figure_begins_with_where_alexnet_has_its_parameters_and_its_work(shown):
    page = shown(figure())
    assert page.get_by_role("radio", name="AlexNet").is_checked()
    assert (
        rows(page)[0]
        == "1 conv 64 11x11 stride 4 padding 2 64 × 55 × 55 23.3 k 70.3 M 756 KiB 11, 4"
    )
    words = page.locator(".calculator-total").inner_text()
    assert "3 × 224 × 224 becomes 1000: 61,100,840 parameters, 714,188,480 multiply-adds" in words
    assert "Convolutions hold 4 % of the parameters and do 92 % of the work." in words


def test_numbers_follow_while_the_reader_types(shown):
    page = shown(figure(layers="", channels=1, height=28, width=28))
    page.locator("textarea").focus()
    page.keyboard.type("conv 8 3x3 padding 1")
    assert rows(page) == ["1 conv 8 3x3 padding 1 8 × 28 × 28 80 56.4 k 24.5 KiB 3, 1"]
    assert said(page).startswith(
        "Line 1, conv 8 3x3 padding 1: 8 × 1 kernels of 3 × 3 = 72 weights, and 8 biases. "
        "At 28 × 28 places: 56,448 multiply-adds."
    )
    page.keyboard.press("Enter")
    page.keyboard.type("pool 3x3")
    assert said(page).startswith("Line 2, pool 3x3: Nothing to learn")
    assert "The last 1 row and 1 column no window reaches." in said(page)


def test_a_misfit_stands_in_its_line_and_below(shown):
    page = shown(figure())
    page.get_by_role("spinbutton", name="height").fill("50")
    assert rows(page)[12] == "13 pool 3x3 stride 2 a window of 3 does not fit into 2 × 13"
    assert rows(page)[13] == "14 average to 6x6"
    message = "Line 13, pool 3x3 stride 2: a window of 3 does not fit into 2 × 13."
    assert page.locator(".calculator-total").inner_text() == message
    assert page.locator("tfoot").inner_text().split()[:3] == ["total", "so", "far"]


def test_a_misfit_far_below_is_brought_into_view(shown):
    page = shown(figure())
    page.get_by_text("VGG-16", exact=True).click()
    page.get_by_role("spinbutton", name="height").fill("16")
    row, sheet = page.locator(".calculator-misfit"), page.locator(".calculator-sheet")
    top, frame = row.bounding_box()["y"], sheet.bounding_box()
    assert frame["y"] < top < frame["y"] + frame["height"] - 24


def test_a_preset_sets_layers_and_input_and_an_edit_leaves_it(shown):
    page = shown(figure())
    page.get_by_text("LeNet-5", exact=True).click()
    assert (
        page.locator("textarea").input_value().startswith("conv 6 5x5\ntanh\naverage 2x2 learned")
    )
    assert page.get_by_role("spinbutton", name="width").input_value() == "32"
    assert "60,000 parameters" in page.locator(".calculator-total").inner_text()
    page.locator("textarea").fill("flatten")
    assert page.get_by_role("radio", checked=True).count() == 0


def test_enter_keeps_the_indentation_and_can_be_undone(shown):
    page = shown(figure(layers="relu"))
    page.locator("textarea").fill("")
    for text in ("residual:", "relu", "norm"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    text = page.locator("textarea").input_value
    assert text() == "residual:\n  relu\n  norm\n  "
    page.keyboard.press("Control+z")
    assert text() == "residual:\n  relu\n  norm"


def test_pointing_at_a_row_explains_it(shown):
    page = shown(figure())
    page.locator("tbody tr").nth(16).hover()
    assert said(page).startswith("Line 17, linear 4096: 9,216 × 4,096 = 37,748,736 weights")
    assert page.locator(".calculator-current").count() == 1


def test_lines_and_rows_stand_side_by_side(shown):
    page = shown(figure())
    page.get_by_text("GoogLeNet", exact=True).click()
    text, body = page.locator("textarea").bounding_box(), page.locator("tbody").bounding_box()
    assert abs(text["y"] - body["y"]) <= 1
    assert abs(text["height"] - body["height"]) <= 1


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(shown, theme):
    page = shown(figure(), theme=theme)
    page.get_by_role("spinbutton", name="height").fill("50")
    page.locator("summary").click()
    assert faults(page) == []


# --- the state -----------------------------------------------------------------------------------


def test_in_a_notebook_there_are_a_view_and_a_picture(monkeypatch):
    monkeypatch.delenv("BOOK_STATIC", raising=False)
    bundle = figure()._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "<svg" in bundle["text/html"]
    assert "conv 64 11x11 stride 4 padding 2" in bundle["text/html"]
