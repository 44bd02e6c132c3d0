"""What the figures of the chapter *Pooling* show is what the library computes."""

import itertools

import numpy as np
import pytest

from lib.analysis import receptive_field
from lib.figures.pooling import shift, windows
from lib.layers import Conv2d, MaxPool2d, Sequential
from tests import naive
from tests.test_figures_convolution import cells, framed, panels, rectangles

DIGIT = np.random.default_rng(0).random((28, 28))
SIGNAL = np.array([0, 0, 1, 1, 0, 1, 1, 0])
CURVES = {"stride 2": [0.9, 0.5, 0.25], "every place": [0.8, 0.8, 0.8]}
NARROW = np.eye(4, 7)


def pooled(x, kind, window):
    function = {"max": naive.max_pool2d, "average": naive.avg_pool2d}[kind]
    pairs = [(setting, setting) for setting in (window, window, 0, 1)]
    return function(np.asarray(x, float)[None, None], *pairs)[0, 0]


# --- what one number sees ------------------------------------------------------------------------


@pytest.mark.parametrize("convolutions", [1, 2, 3, 4])
@pytest.mark.parametrize("with_pooling", [False, True])
def test_reach_is_the_receptive_field(convolutions, with_pooling):
    layers = []
    for layer in range(convolutions):
        if layer and with_pooling:
            layers.append(MaxPool2d(2))
        layers.append(Conv2d(1, 1, 3, padding=1))
    fields = receptive_field(Sequential(*layers), (1, 32, 32)).values()
    of_convolutions = list(fields)[:: 2 if with_pooling else 1]
    expected = [(field.start[0], field.size[0], field.jump[0]) for field in of_convolutions]
    assert windows.reach(convolutions, pooled=with_pooling) == expected


@pytest.mark.parametrize("convolutions", [1, 2, 3])
def test_frames_are_fields_of_outputs_near_the_middle(convolutions):
    parts = panels(windows.draw_reach(DIGIT, convolutions))
    alt = windows.describe_reach(DIGIT, convolutions)
    for name, with_pooling in (("convolutions", False), ("with pooling", True)):
        seen = windows.reach(convolutions, pooled=with_pooling)
        frames = rectangles(parts[name], lambda p: True)
        assert [(height, width) for _, _, height, width in frames] == [(n, n) for _, n, _ in seen]
        for (start, size, step), (top, left, _, _) in zip(seen, frames, strict=True):
            assert (top - start) % step == (left - start) % step == 0
            assert abs(top + size / 2 - 14) <= step / 2
        assert parts[name].get_title().endswith(f": {seen[-1][1]} × {seen[-1][1]}")
        assert f"{seen[-1][1]} by {seen[-1][1]}" in alt


def test_photographs():
    photo = np.random.default_rng(0).random((9, 13))
    figure = windows.draw_photographs(photo, 4)
    shown = {ax.get_title(): ax.images[0].get_array() for ax in figure.axes}
    assert np.allclose(shown["max pooling"], pooled(photo, "max", 4))
    assert np.allclose(shown["average pooling"], pooled(photo, "average", 4))
    assert np.array_equal(shown["every 4th pixel"], photo[::4, ::4])
    assert np.array_equal(shown["photograph, 9 × 13"], photo)


# --- what a shift changes ------------------------------------------------------------------------


def expected_rows(moved, blur):
    """Compute each step number by number, with the row beginning again at its end."""
    n = len(moved)
    larger = [max(moved[i], moved[(i + 1) % n]) for i in range(n)]
    rows = [moved, larger]
    if blur:
        rows.append([(larger[i - 1] + 2 * larger[i] + larger[(i + 1) % n]) / 4 for i in range(n)])
    return rows


@pytest.mark.parametrize(("by", "blur"), list(itertools.product(range(4), [False, True])))
def test_aliasing(by, blur):
    figure = shift.draw_aliasing(SIGNAL, by, blur)
    moved = [SIGNAL[(i - by) % len(SIGNAL)] for i in range(len(SIGNAL))]
    *above, below = figure.axes
    rows = [np.array(cells(ax)[0]) for ax in above]
    last = {round(text.get_position()[0]): float(text.get_text()) for text in below.texts}
    expected = expected_rows(moved, blur)
    assert len(rows) == len(expected)
    for row, values in zip(rows, expected, strict=True):
        assert np.allclose(row.astype(float), values, atol=0.005)
    assert sorted(last) == [0, 2, 4, 6]
    assert list(last.values()) == pytest.approx(expected[-1][::2])
    kept = [framed(ax) for ax in figure.axes]
    assert kept[-2] == [(0, place, 1, 1) for place in range(0, len(SIGNAL), 2)]
    assert not any(kept[:-2] + kept[-1:])
    alt = shift.describe_aliasing(SIGNAL, by, blur)
    assert " ".join(f"{value:g}" for value in expected[-1][::2]) in alt


@pytest.mark.parametrize("signal", [[1, 2, 3], [[1, 0], [0, 1]]])
def test_aliasing_takes_a_row_of_pairs(signal):
    with pytest.raises(ValueError, match="expected an even number of values in a row"):
        shift.aliased(np.array(signal), 0, blur=False)


@pytest.mark.parametrize("way", CURVES)
@pytest.mark.parametrize("by", [0, 1, 2])
def test_probability(way, by):
    picture, curve = shift.draw_probability(NARROW, CURVES, way, by).axes
    assert np.array_equal(picture.images[0].get_array(), np.roll(NARROW, by, axis=1))
    assert picture.get_title() == f"moved {by} px"
    *pale, chosen, marked = curve.lines
    assert sorted(list(line.get_ydata()) for line in pale) == sorted(CURVES.values())
    assert list(chosen.get_ydata()) == CURVES[way]
    assert (marked.get_xdata(), marked.get_ydata()) == ([by], [CURVES[way][by]])
    assert curve.get_title() == f"{way}: probability {CURVES[way][by]:.2f}"
    alt = shift.describe_probability(NARROW, CURVES, way, by)
    assert f"Now it is {CURVES[way][by]:.2f}." in alt
    assert ", ".join(f"{value:.2f}" for value in CURVES[way]) in alt


def test_move():
    assert shift.move(np.array([[1, 2, 3]]), 1).tolist() == [[3, 1, 2]]
    assert shift.move(np.array([[1, 2, 3]]), -1).tolist() == [[2, 3, 1]]
