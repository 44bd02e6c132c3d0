"""The figure of the first page."""

import numpy as np
import pytest

from lib.figures.book import FILTERS, describe_digit_filter, draw_digit_filter, strongest_window


@pytest.mark.parametrize("name", FILTERS)
def test_the_framed_window_answers_most(name):
    image = np.random.default_rng(0).random((7, 9))
    kernel = FILTERS[name]
    output, row, col = strongest_window(image, kernel)
    assert output.shape == (5, 7)
    window = image[row : row + 3, col : col + 3]
    assert np.isclose((window * kernel).sum(), output.max())


def test_every_filter_finds_its_own_pattern():
    rows = np.arange(9)
    left_edge = np.repeat([[0.0] * 4 + [1.0] * 5], 9, axis=0)
    falling = (rows[:, None] == rows).astype(float)
    patterns = {
        "left edges": left_edge,
        "top edges": left_edge.T,
        "rising strokes": falling[::-1],
        "falling strokes": falling,
    }
    assert set(patterns) == set(FILTERS)
    for own, image in patterns.items():
        answers = {
            name: strongest_window(image, kernel)[0].max() for name, kernel in FILTERS.items()
        }
        # The stroke filters' positive weights are larger: compare what each makes of its best case.
        best = {name: kernel.clip(0).sum() for name, kernel in FILTERS.items()}
        shares = {name: answers[name] / best[name] for name in FILTERS}
        assert max(shares, key=shares.get) == own


@pytest.mark.parametrize("name", FILTERS)
def test_the_pictures_frame_and_the_words_agree(name):
    figure = draw_digit_filter(3, name)
    left, _, right = figure.axes
    (window,), (pixel,) = left.patches, right.patches
    assert (window.get_width(), window.get_height()) == (3, 3)
    assert (pixel.get_width(), pixel.get_height()) == (1, 1)
    assert window.get_xy() == pixel.get_xy()
    col, row = (round(place + 0.5) for place in pixel.get_xy())
    words = describe_digit_filter(3, name)
    assert f"row {row}, column {col}" in words
    assert f"{right.images[0].get_array().max():.1f}" in words
