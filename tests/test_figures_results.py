"""The figures of the results page show the numbers that they were given."""

import pytest

from lib.figures.results import draw_calibration, draw_robustness


def test_a_line_for_each_network():
    figure = draw_robustness([-1, 0, 1], {"a": [0.2, 0.9, 0.4], "b": [0.1, 0.8, 0.3]}, "pixels")
    (ax,) = figure.axes
    drawn = {line.get_label(): list(line.get_ydata()) for line in ax.lines[:2]}
    assert drawn == {"a": [0.2, 0.9, 0.4], "b": [0.1, 0.8, 0.3]}
    assert ax.get_xlabel() == "pixels"
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]


def test_bars_stand_where_the_bins_are():
    measured = {
        "low": [0.4, 0.8],
        "high": [0.6, 1.0],
        "confidence": [0.5, 0.95],
        "accuracy": [0.25, 0.9],
        "count": [4, 96],
    }
    left, right = draw_calibration(measured).axes
    assert [bar.get_x() for bar in left.patches] == [0.4, 0.8]
    assert [bar.get_height() for bar in left.patches] == [0.25, 0.9]
    assert [bar.get_width() for bar in right.patches] == pytest.approx([0.2, 0.2])
    assert [bar.get_height() for bar in right.patches] == [4, 96]
