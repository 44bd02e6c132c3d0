"""The figures of the results page show the numbers that they were given."""

import pytest

from lib.figures.book import draw_calibration, draw_compared, draw_robustness


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


def test_a_line_is_the_mean_of_the_seeds_and_the_band_reaches_from_least_to_largest():
    one = {"loss": [[2.0, 1.0]], "validation_accuracy": [[0.5, 0.6]]}
    three = {"loss": [[3, 1], [2, 1], [4, 4]], "validation_accuracy": [[0.25, 0.75]] * 3}
    left, right = draw_compared({"one": one, "three": three}).axes
    drawn = {
        line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in left.lines
    }
    assert drawn == {"one": ([1, 2], [2, 1]), "three": ([1, 2], [3, 2])}
    (band,) = left.collections  # one seed has none
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.tolist()}
    assert corners == {(1, 2), (1, 4), (2, 1), (2, 4)}
    assert [list(line.get_ydata()) for line in right.lines] == [[0.5, 0.6], [0.25, 0.75]]


def test_accuracies_are_drawn_from_zero_unless_all_end_well():
    def bottom(*ends):
        made = {str(end): {"loss": [[1, 1]], "validation_accuracy": [[0.1, end]]} for end in ends}
        return draw_compared(made).axes[1].get_ylim()[0]

    assert bottom(0.95, 0.99) == 0.8
    assert bottom(0.95, 0.5) == 0
