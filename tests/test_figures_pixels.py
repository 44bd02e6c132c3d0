"""The figures of the chapter *From pixels to predictions* show what the library computes."""

import re

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from lib.figures.pixels import cross_entropy, flattening, scores
from lib.layers import Sigmoid, Softmax
from lib.losses import BinaryCrossEntropy, SoftmaxCrossEntropy, softmax

PICTURE = np.array([[1, 1, 0], [0, 1, 0], [0, 1, 0]])
WEIGHT = np.array([[1, 1, 1, 1, -1, 1, 1, 1, 1], [-2, 1, -2, -1, 1, -1, -1, 1, -1]])


def value_of(text):
    return float(text.replace("\N{MINUS SIGN}", "-"))


def numbers(ax):
    """Read the numbers of a grid, left to right and top to bottom."""
    found = [t for t in ax.texts if re.fullmatch("[\N{MINUS SIGN}]?[0-9.]+", t.get_text())]
    return [value_of(t.get_text()) for t in found]


def panels(figure):
    """Map each title to the numbers below it; a title that comes twice keeps both."""
    grids = {}
    for ax in figure.axes:
        grids.setdefault(ax.get_title(), []).append(numbers(ax))
    return grids


def bars(ax):
    drawn = [bar for bar in ax.patches if isinstance(bar, Rectangle) and not bar.get_gid()]
    return [bar.get_width() for bar in drawn]  # what only answers to touch has a group's id


# --- nine pixels -----------------------------------------------------------------------------


def test_scores_show_every_pixel_and_weight_once():
    shown = panels(scores.draw_scores(PICTURE, WEIGHT))
    assert shown["the picture"] == [PICTURE.ravel().tolist()]
    assert shown["flattened, row after row: x"] == [PICTURE.ravel().tolist()]
    assert shown["weights W"] == [WEIGHT.ravel().tolist()]
    assert shown["z = W x"] == [[2, 1]]


@pytest.mark.parametrize("label", [0, 1])
def test_steps_follow_the_gradient(label):
    weight, lr = WEIGHT.astype(float), 0.25
    for step in range(4):
        shown = panels(scores.draw_step(PICTURE, WEIGHT, label, lr, step))
        z = weight @ PICTURE.ravel()
        p = np.exp(z) / np.exp(z).sum()
        dz = p - np.eye(2)[label]
        gradient = np.outer(dz, PICTURE)
        for k, name in enumerate("₀₁"):
            assert np.allclose(shown[f"weights, class {k}"], weight[k], atol=0.006)
            assert np.allclose(shown[f"z{name}"], z[k], atol=0.006)
            assert np.allclose(shown[f"p{name}"], p[k], atol=0.006)
            assert np.allclose(shown[f"gradient dW{name}"], gradient[k], atol=0.006)
        assert np.allclose(np.ravel(shown["p − t"]), dz, atol=0.006)
        assert np.ravel(shown["t"]).tolist() == np.eye(2)[label].tolist()
        text = scores.describe_step(PICTURE, WEIGHT, label, lr, step)
        assert f"has probability {p[label]:.2f} and the loss is {-np.log(p[label]):.2f}" in text
        weight -= lr * gradient


def test_step_says_how_many_were_taken():
    for step, title in ((0, "after 0 steps"), (1, "after 1 step:"), (2, "after 2 steps")):
        (text,) = scores.draw_step(PICTURE, WEIGHT, 1, 0.25, step).texts
        assert text.get_text().startswith(title)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-0.001, "0"), (2, "2"), (-0.731, "−.73"), (1.269, "1.27"), (-10.5, "−10.50")],
)
def test_short_numbers(value, text):
    assert scores._short(value) == text


# --- the loss --------------------------------------------------------------------------------


@pytest.mark.parametrize("label", [0, 1])
@pytest.mark.parametrize("name", ["cross-entropy", "squared error"])
def test_slopes_are_those_of_the_curves(name, label):
    for z in (-6.0, -1.0, 0.0, 2.0):
        value, slope = cross_entropy.loss_and_slope(name, z, label)
        above, below = (cross_entropy.loss_and_slope(name, z + e, label)[0] for e in (1e-5, -1e-5))
        assert slope == pytest.approx((above - below) / 2e-5, abs=1e-8)
        p = 1 / (1 + np.exp(-z))
        by_hand = -np.log(p if label else 1 - p) if name == "cross-entropy" else (p - label) ** 2
        assert value == pytest.approx(by_hand)


@pytest.mark.parametrize(("z", "label"), [(-4, 1), (3, 0), (0, 1), (6, 1)])
def test_two_classes(z, label):
    figure = cross_entropy.draw_two_classes(z, label)
    left, right = figure.axes
    p = float(Sigmoid()(np.array(float(z))))
    loss, slope = BinaryCrossEntropy()(np.array([[float(z)]]), np.array([[float(label)]]))
    assert left.get_title().endswith(f"log {np.exp(-loss):.3f} = {loss:.3f}")
    assert value_of(right.get_title().split(" = ")[-1]) == pytest.approx(p - label, abs=5e-4)
    legend = [text.get_text() for text in right.get_legend().get_texts()]
    assert value_of(legend[0].split()[-1]) == pytest.approx(slope[0, 0], abs=5e-4)
    assert legend[1].startswith("squared error: slope")
    marked = [line.get_xydata()[0] for line in left.lines if len(line.get_xdata()) == 1]
    assert np.allclose(marked, [[p, loss], [p, (p - label) ** 2]])
    text = cross_entropy.describe_two_classes(z, label)
    assert f"is {loss:.3f}" in text and f"true class is {label}" in text


@pytest.mark.parametrize("label", cross_entropy.CLASSES)
@pytest.mark.parametrize("score", [-4, 0, 8])
def test_many_classes(score, label):
    figure = cross_entropy.draw_many_classes(score, label)
    z = np.array([[1.0, 0.0, score, 2.0]])
    true = cross_entropy.CLASSES.index(label)
    loss, gradient = SoftmaxCrossEntropy()(z, np.array([true]))
    shown = [bars(ax) for ax in figure.axes]
    assert np.allclose(shown, [z[0], softmax(z)[0], gradient[0]])
    assert figure.axes[1].get_xlabel().endswith(f"= {loss:.3f}")
    assert [bar.get_hatch() for bar in figure.axes[1].patches].index("///") == true
    assert f"true: {label}" in [t.get_text() for t in figure.axes[0].get_yticklabels()]
    assert f"the loss {loss:.3f}" in cross_entropy.describe_many_classes(score, label)


# --- digits ----------------------------------------------------------------------------------


@pytest.fixture
def digit():
    return np.random.default_rng(0).random((28, 28))


def test_walk_shows_the_pixels_in_their_order(digit):
    logits = np.random.default_rng(1).normal(size=10)
    picture, strip, scores, chances = flattening.draw_walk(digit, logits, 3, limit=5).axes
    assert np.array_equal(picture.images[0].get_array(), digit)
    assert np.array_equal(strip.images[0].get_array()[0], digit.ravel())
    assert np.allclose(bars(scores), logits)
    assert np.allclose(bars(chances), Softmax()(logits[None])[0])
    assert chances.patches[3].get_hatch()
    assert chances.get_title().endswith(f"says {logits.argmax()}")


@pytest.mark.parametrize("label", [0, 7])
def test_walk_is_told(digit, label):
    logits = np.zeros(10)
    logits[7] = 2
    text = flattening.describe_walk(digit, logits, label)
    assert f"says 7 with {np.exp(2) / (np.exp(2) + 9):.0%}" in text
    assert ("which is right" in text) == (label == 7)


def test_shuffled_shows_both_pictures_and_both_answers(digit):
    other = digit[::-1]
    answers = {"straight": np.eye(10)[4], "shuffled": np.eye(10)[6]}
    figure = flattening.draw_shuffled(digit, other, answers, 6)
    assert np.array_equal(figure.axes[0].images[0].get_array(), digit)
    assert np.array_equal(figure.axes[1].images[0].get_array(), other)
    assert [ax.get_title() for ax in figure.axes[2:]] == [
        "learned straight: 4",
        "learned shuffled: 6",
    ]
    assert [bars(ax).index(1) for ax in figure.axes[2:]] == [4, 6]
    text = flattening.describe_shuffled(digit, other, answers, 6)
    assert "learned straight pictures says 4 with 100%" in text


def test_weights_have_a_scale_for_each_row():
    weights = np.zeros((2, 3, 3))
    weights[0, 0, 0], weights[1, 2, 2] = 0.5, -0.25
    figure = flattening.draw_weights({"some": weights, "more": 10 * weights})
    for ax, factor in zip(figure.axes, (1, 10), strict=True):
        drawn = np.asarray(ax.images[0].get_array())
        assert drawn.shape == (3, 3 + 2 + 3)
        assert drawn[0, 0] == pytest.approx(0.5 * factor)
        assert drawn[2, 7] == pytest.approx(-0.25 * factor, rel=0.1)  # colors are rounded
        assert ax.images[0].norm.vmax == 0.5 * factor
    assert figure.axes[0].get_title(loc="left") == "some (−0.5 … 0.5)"


def test_shifts_have_a_line_each():
    figure = flattening.draw_shifts([-1, 0, 1], {"dense": [0.5, 0.9, 0.6], "other": [0.8, 1, 0.8]})
    lines = {line.get_label(): line.get_ydata() for line in figure.axes[0].lines}
    assert list(lines["dense"]) == [0.5, 0.9, 0.6]
    assert list(lines["other"]) == [0.8, 1, 0.8]
