"""A state that does not fit is refused in words, by a new figure and by one that is shown."""

import json
import re

import numpy as np
import pytest

from lib.explore.static import unpack
from lib.widgets import Calculator, Channels, DrawADigit, Im2col, KernelLab, Microscope, Pooling
from tests.widgets.conftest import NAMED

ONES = np.ones((2, 3, 3))
PLACE = {"layer": "conv2", "map": 3, "row": 14, "column": 14}
REFUSED = {
    Calculator: [
        (
            {"layer": "relu"},
            TypeError,
            r"^Calculator has no layer; it has layers, channels, height",
        ),
        ({"layers": ["relu"]}, TypeError, r"^layers must be a text with one layer a line, got \["),
        (
            {"layers": 50_001 * "a"},
            ValueError,
            r"^layers must have at most 50,000 letters, got 50,",
        ),
        ({"height": 0}, ValueError, r"^height must be at least 1 and at most 4096, got 0$"),
        ({"channels": 1.5}, TypeError, r"^channels must be an integer, got 1\.5$"),
        ({"presets": ["LeNet-6"]}, ValueError, r"^a preset must be one of \['SimpleConvNet', "),
        ({"presets": 3}, TypeError, r"^presets must be names or a dict, got 3$"),
        ({"presets": {"a": "relu"}}, TypeError, r'^the preset "a" must have layers and an input, '),
        (
            {"presets": {"a": {"layers": "relu", "input": [3, 8]}}},
            TypeError,
            r'^the input of "a" must be \[C, H, W\], got \[3, 8\]$',
        ),
    ],
    Channels: [
        ({"stride": 2}, TypeError, r"^Channels has no stride; it has x, weight, bias, groups$"),
        ({"x": 1}, TypeError, r"^x must be a list of channels, got 1$"),
        ({"x": np.ones((5, 4, 4))}, ValueError, r"^x must hold 1 to 4 channels, got 5$"),
        ({"x": np.ones((3, 2, 4))}, ValueError, r"^x must be at least 3 × 3 pixels, got shape"),
        ({"x": [np.ones((3, 3)), np.ones((3, 4))]}, ValueError, r"^all of x must be equally large"),
        ({"groups": 2}, ValueError, r"^groups must divide .*, got 2 for 3 and 2$"),
        ({"groups": 0}, ValueError, r"^groups must be at least 1, got 0$"),
        (
            {"weight": [ONES]},
            ValueError,
            r"^a filter must have shape .* \(3, K, K\).*got \(2, 3, 3\)",
        ),
        ({"weight": np.ones((2, 3, 2, 2))}, ValueError, r"with the same K of 1 or 3"),
        ({"bias": [1]}, ValueError, r"^bias must have a number for each of 2 filters, got 1$"),
        ({"bias": ["1", 2]}, TypeError, r"^a number of bias must be a number, got '1'$"),
    ],
    DrawADigit: [
        ({"width": 1}, TypeError, r"^DrawADigit has no width; it has strokes, pen, centered"),
        ({"strokes": [[1]]}, TypeError, r"^a point must be \[x, y\], got 1$"),
        ({"pen": 9}, ValueError, r"^pen must be at least 1 and at most 5, got 9"),
        ({"centered": 1}, TypeError, r"^centered must be True or False, got 1$"),
        ({"whole": "yes"}, TypeError, r"^whole must be True or False, got 'yes'$"),
        ({"network": "lenet5"}, ValueError, r"^network must be one of \['mlp', .*got 'lenet5'$"),
        ({"target": 10}, ValueError, r"^target must be at least 0 and at most 9, got 10$"),
        ({"opened": "conv1"}, TypeError, r"^opened must be None or a dict of layer, map, row"),
        ({"opened": {**PLACE, "layer": "conv9"}}, ValueError, r"^the opened layer must be one of"),
        ({"opened": {**PLACE, "map": 16}}, ValueError, r"^the opened map of conv2 must be .*15"),
        ({"opened": {**PLACE, "layer": "output"}}, ValueError, r"^the opened row of output must"),
    ],
    Im2col: [
        ({"filters": 1}, TypeError, r"^Im2col has no filters; it has x, kernel, stride"),
        ({"kernel": [[1, 2]]}, ValueError, r"^kernel must be square, got shape \(1, 2\)$"),
        ({"kernel": np.ones((4, 4))}, ValueError, r"^kernel must be at most 3 × 3, got shape"),
        ({"x": np.ones((6, 1))}, ValueError, r"^x must be at most 5 × 5, got shape \(6, 1\)$"),
        ({"stride": 4}, ValueError, r"^stride must be at least 1 and at most 3, got 4$"),
        ({"padding": 2}, ValueError, r"^padding must be at least 0 and at most 1, got 2$"),
        ({"mode": "back"}, ValueError, r"^mode must be 'im2col' or 'col2im', got 'back'$"),
        ({"added": 50}, ValueError, r"^added must be at least 0 and at most 49, got 50$"),
        ({"added": True}, TypeError, r"^added must be an integer, got True$"),
    ],
    KernelLab: [
        (
            {"hue": "gray"},
            TypeError,
            r"^KernelLab has no hue; it has picture, credit, kernel",
        ),
        ({"colors": "red"}, ValueError, r"^colors must be 'gray' or 'color', got 'red'$"),
        ({"kernel": "blur"}, ValueError, r"^kernel must be one of \['Sobel, left to right', "),
        ({"kernel": np.ones((4, 4))}, ValueError, r"^kernel must be 3 × 3, 5 × 5 or 7 × 7, got "),
        ({"kernel": np.ones((3, 5))}, ValueError, r"^kernel must be 3 × 3, 5 × 5 or 7 × 7, got "),
        (
            {"kernel": [[1, 2, "x"]] * 3},
            TypeError,
            r"^a number of kernel must be a number, got 'x'",
        ),
        ({"stride": 5}, ValueError, r"^stride must be at least 1 and at most 4, got 5$"),
        ({"padding": 2}, ValueError, r"^padding must be at least 0 and at most 1, got 2$"),
        ({"credit": 1}, TypeError, r"^credit must be a text, got 1$"),
        (
            {"picture": "china.jpg"},
            ValueError,
            r"^picture must be a data: address of a PNG or JPEG",
        ),
        (
            {"picture": "data:image/png;base64,AAAA"},
            ValueError,
            r"^picture must hold a PNG or JPEG",
        ),
        ({"picture": "data:image/png;base64,A"}, ValueError, r"^picture must hold a PNG or JPEG"),
        (
            {"picture": np.ones((9, 9))},
            TypeError,
            r"^picture must be \(H, W\) or \(H, W, 3\) of uint8",
        ),
        (
            {"picture": np.ones((7, 9), np.uint8)},
            ValueError,
            r"^picture must be at least 8 × 8, got ",
        ),
    ],
    Microscope: [
        ({"tint": 1}, TypeError, r"^Microscope has no tint; it has x, kernel, stride"),
        ({"stride": 0}, ValueError, r"^stride must be at least 1 and at most 4, got 0$"),
        ({"padding": 1.5}, TypeError, r"^padding must be an integer, got 1\.5$"),
        ({"x": [[1, 2], [3]]}, ValueError, r"^the rows of x must be equally long, got \[2, 1\]$"),
        ({"x": np.zeros((10, 3))}, ValueError, r"^x must be at most 9 × 10, got shape \(10, 3\)$"),
        ({"x": []}, ValueError, r"^x must be at most 9 × 10, got shape \(0, 0\)$"),
        ({"kernel": [["a"]]}, TypeError, r"^a number of kernel must be a number, got 'a'$"),
        ({"kernel": 3}, TypeError, r"^kernel must be rows of numbers, got 3$"),
    ],
    Pooling: [
        ({"size": 2}, TypeError, r"^Pooling has no size; it has x, kind, kernel"),
        ({"kind": "median"}, ValueError, r"^kind must be 'max' or 'average', got 'median'$"),
        ({"kernel": 5}, ValueError, r"^kernel must be at least 1 and at most 4, got 5$"),
        ({"padding": 2}, ValueError, r"^padding must be at least 0 and at most 1, got 2$"),
        ({"stride": "2"}, TypeError, r"^stride must be an integer, got '2'$"),
        ({"count_include_pad": 1}, TypeError, r"^count_include_pad must be True or False, got 1$"),
        ({"shift": 1}, TypeError, r"^shift must be two integers, got 1$"),
        ({"shift": [0, 0.5]}, TypeError, r"^a number of shift must be an integer, got 0\.5$"),
        ({"mode": "back"}, ValueError, r"^mode must be 'output' or 'gradient', got 'back'$"),
        ({"x": np.zeros((9, 2))}, ValueError, r"^x must be at most 8 × 8, got shape \(9, 2\)$"),
        ({"dout": []}, ValueError, r"^dout must be at most 9 × 9, got shape \(0, 0\)$"),
    ],
}
CASES = [(kind, *case) for kind, cases in REFUSED.items() for case in cases]


@pytest.mark.parametrize(("kind", "state", "error", "message"), CASES)
def test_what_does_not_fit_is_refused(kind, state, error, message):
    with pytest.raises(error, match=message):
        kind(**NAMED, label="A figure", **state)
    shown = kind(**NAMED, label="A figure")
    before = shown.state
    with pytest.raises(error, match=message):
        shown.set(**state)
    assert shown.state == before


# --- paper ---------------------------------------------------------------------------------------

AT_REST = {"x": np.eye(4), "shift": [0, 1]}


def test_the_states_for_paper_are_those_of_the_figure_in_them():
    paper = {"at rest": {}, "moved & padded": {"shift": [0, 0], "padding": 1}}
    figure = Pooling(**NAMED, label="A figure", **AT_REST, paper=paper)
    page = figure.page()
    rows = json.loads(re.search(r'data-paper="([^"]+)"', page)[1].replace("&quot;", '"'))
    assert [row["label"].replace("&amp;", "&") for row in rows] == list(paper)
    frames = unpack(re.search(r'class="widget-frames">([^<]+)<', page)[1])
    for row, changes in zip(rows, paper.values(), strict=True):
        same = Pooling(**NAMED, label="A figure", **(AT_REST | changes)).still()
        assert frames[row["state"]] == (same.markup, same.alt)
    assert figure.state["shift"] == [0, 1]


def test_a_figure_without_states_for_paper_has_none():
    page = Pooling(**NAMED, label="A figure").page()
    assert "data-paper" not in page and "widget-frames" not in page


@pytest.mark.parametrize(
    ("paper", "error", "message"),
    [
        ([{"padding": 1}], TypeError, r"^paper must be up to 6 states by their words, such as"),
        ({"at rest": 1}, TypeError, r"^paper must be .*; got \{'at rest': 1\}$"),
        ({"": {}}, TypeError, r"^paper must be .*; got \{'': \{\}\}$"),
        ({f"state {n}": {} for n in range(7)}, ValueError, r"^paper must be .*; got 7$"),
        ({"padded": {"padding": 9}}, ValueError, r"^padding must be at least 0 and at most 1"),
        ({"padded": {"border": 1}}, TypeError, r"^Pooling has no border"),
    ],
)
def test_states_for_paper_that_a_figure_does_not_have_are_refused(paper, error, message):
    with pytest.raises(error, match=message):
        Pooling(**NAMED, label="A figure", paper=paper)
