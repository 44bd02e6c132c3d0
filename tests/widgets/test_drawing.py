"""A drawing becomes a picture as MNIST's digits did: in the page, in Python, and like MNIST."""

import numpy as np
import pytest

from lib.datasets import load_mnist_sample
from lib.datasets.centering import BOX, SIZE, center
from lib.widgets import DrawADigit
from lib.widgets.drawing import FINE, as_strokes, hands, picture, rasterize
from tests.widgets.conftest import NAMED, compute

PICTURES = """(cases) => cases.map(([strokes, pen, centered]) =>
    Array.from(Widgets.defined.drawing.picture(strokes, pen, centered).data))"""


@pytest.fixture(scope="module")
def digits():
    return load_mnist_sample().images[:, 0].astype(float)


def cases():
    """Yield drawings: the samples and scribbles, some beyond the pad, with many pens."""
    rng = np.random.default_rng(0)
    for digit in hands():
        for strokes in digit:
            yield strokes, float(rng.uniform(1, 5)), True
            yield strokes, float(rng.uniform(1, 5)), False
    for n in range(150):
        points = rng.uniform(-3, 31, (rng.integers(1, 4), rng.integers(1, 8), 2)).round(2)
        yield points.tolist(), float(rng.choice([1, 1.25, 2, 3.5, 5])), bool(n % 2)
    yield [], 2.0, True
    yield [[[14, 14]]], 1.0, True
    yield [[[40, 40]]], 1.0, True  # nothing on the pad


@pytest.mark.browser
def test_the_page_makes_the_picture_that_python_makes(shown):
    page, every = shown(DrawADigit(**NAMED, label="Draw a digit")), list(cases())
    got = np.array(compute(page, PICTURES, every))
    expected = np.array([picture(*case).ravel() for case in every])
    assert len(every) > 200
    assert got == pytest.approx(expected, abs=1e-6)


def test_a_digit_of_mnist_stays_as_it_is(digits):
    """It is in its box and in the middle already: nothing is to be done."""
    redone = np.array([center(digit) for digit in digits[:1000]])
    same = np.abs(redone - digits[:1000]).max(axis=(1, 2)) < 1e-9
    assert same.mean() > 0.99


def test_the_mass_of_every_digit_of_mnist_is_in_the_middle(digits):
    mass = digits.sum(axis=(1, 2))
    for axis in (1, 2):
        middle = digits.sum(axis=axis) @ np.arange(SIZE) / mass
        assert np.abs(middle - SIZE / 2).max() <= 0.5


def test_a_digit_of_mnist_comes_back_from_anywhere_and_any_size(digits):
    """Drawn 3 to 8 times as large, off the middle: what comes back is the digit again."""
    for k, digit in enumerate(digits[:60]):
        large = np.kron(digit, np.ones((3 + k % 6,) * 2))
        moved = np.pad(large, ((7 * k % 50, 3), (2, 11 * k % 40)))
        assert np.abs(center(moved) - center(digit)).max() < 1e-9


@pytest.mark.parametrize("pen", [1, 2.5, 4])
def test_a_drawing_fills_the_box_and_has_its_mass_in_the_middle(pen):
    places = np.arange(SIZE)
    for strokes in (strokes for digit in hands() for strokes in digit):
        drawn = picture(strokes, pen)
        sides = [np.ptp(np.flatnonzero(drawn.any(axis=axis))) + 1 for axis in (0, 1)]
        assert max(sides) == BOX
        for axis in (0, 1):
            assert abs(drawn.sum(axis) @ places / drawn.sum() - SIZE / 2) <= 0.5 + 1e-6


def test_where_a_drawing_lies_counts_only_if_it_is_not_centered():
    strokes = hands()[4][1]
    aside = [[[x + 3, y - 2] for x, y in stroke] for stroke in strokes]
    assert picture(aside, 2) == pytest.approx(picture(strokes, 2))
    there, here = picture(aside, 2, centered=False), picture(strokes, 2, centered=False)
    assert there[:20, 10:] == pytest.approx(here[2:22, 7:25])


def test_the_pen_is_as_wide_as_it_says():
    bar = rasterize([[[14, 4], [14, 24]]], 3)
    assert bar.sum(axis=1)[SIZE * FINE // 2] == 3 * FINE
    assert rasterize([[[14, 14]]], 4).sum() == pytest.approx(np.pi * (2 * FINE) ** 2, rel=0.03)


@pytest.mark.parametrize(
    ("strokes", "error", "message"),
    [
        ("up", TypeError, r"^strokes must be lists of points \[x, y\], got 'up'$"),
        (3, TypeError, r"^strokes must be lists of points \[x, y\], got 3$"),
        ([3], TypeError, r"^a stroke must be a list of points \[x, y\], got 3$"),
        ([[]], ValueError, r"^a stroke must have a point, got none$"),
        ([[3]], TypeError, r"^a point must be \[x, y\], got 3$"),
        ([[[1, 2, 3]]], TypeError, r"^a point must be \[x, y\], got \[1, 2, 3\]$"),
        ([[[1, "a"]]], TypeError, r"^a coordinate must be a number, got 'a'$"),
        ([[[1, float("nan")]]], ValueError, r"^a coordinate must be finite, got nan$"),
        ([[[1, 1]] * 4001], ValueError, r"^strokes must be at most 4,000 points, got 4,001$"),
    ],
)
def test_what_is_no_drawing_is_refused(strokes, error, message):
    with pytest.raises(error, match=message):
        as_strokes(strokes)


def test_arrays_are_drawings_too():
    assert as_strokes([np.array([[1, 2], [3, 4]])]) == [[[1.0, 2.0], [3.0, 4.0]]]
