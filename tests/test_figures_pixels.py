"""The figures of the chapter *From pixels to predictions* show what the library computes."""

import re

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from lib.explore import explore
from lib.figures.pixels import cross_entropy, flattening, graph, hidden, scores
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


def test_every_pixel_and_weight_is_shown_once():
    shown = panels(scores.draw_scores(PICTURE, WEIGHT))
    assert shown["the picture"] == [PICTURE.ravel().tolist()]
    assert shown["flattened, row after row: x"] == [PICTURE.ravel().tolist()]
    assert shown["weights W"] == [WEIGHT.ravel().tolist()]


@pytest.mark.parametrize(("pixel", "terms"), [(0, ("1 · 1", "−2 · 1")), (4, ("−1 · 1", "1 · 1"))])
def test_a_pixel_is_framed_where_it_stands_in_picture_and_row(pixel, terms):
    figure = scores.draw_scores(PICTURE, WEIGHT, pixel)
    (text,) = figure.texts
    assert text.get_text() == "pixel {} adds {} to class 0 and {} to class 1".format(pixel, *terms)
    corners = []
    for ax in figure.axes:
        framed = [p for p in ax.patches if p.get_linewidth() == 3]
        corners += [(p.get_x(), p.get_y(), p.get_height()) for p in framed]
    row, col = divmod(pixel, 3)
    at = pixel - 0.5
    assert corners == [(col - 0.5, row - 0.5, 1), (at, -0.5, 1), (at, -0.5, 2)]
    words = scores.describe_scores(PICTURE, WEIGHT, pixel)
    assert f"Pixel {pixel} is framed" in words
    assert words.count(" times ") == 2


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


# --- both passes -----------------------------------------------------------------------------

TINY = graph.TinyNetwork(
    x=np.array([1, 2]),
    w1=np.array([[-1, 1], [1, -1]]),
    b1=np.array([0, 0]),
    w2=np.array([[-1, 2], [1, -1]]),
    b2=np.array([2, 0]),
    label=1,
)
# By hand: u = (1, -1), a = (1, 0), z = (1, 1), p = (0.5, 0.5).
GRADIENTS = {
    "z": [0.5, -0.5],
    "w2": [[0.5, 0], [-0.5, 0]],
    "b2": [0.5, -0.5],
    "a": [-1, 1.5],
    "u": [-1, 0],
    "w1": [[-1, -2], [0, 0]],
    "b1": [-1, 0],
}


def test_both_passes_are_those_worked_out_by_hand():
    values, gradients = graph.both_ways(TINY)
    assert values["u"].tolist() == [1, -1]
    assert values["a"].tolist() == [1, 0]
    assert values["p"].tolist() == [0.5, 0.5]
    for name, gradient in GRADIENTS.items():
        assert np.allclose(gradients[name], gradient), name


def white_and_dark(figure):
    """Read the numbers of the upper halves, and the gradients, which are white."""
    found = numbers_of(figure.axes[0])
    return [v for v, color in found if color != "#FFFFFF"], [v for v, c in found if c == "#FFFFFF"]


def numbers_of(ax):
    texts = [t for t in ax.texts if re.fullmatch("[\N{MINUS SIGN}]?[0-9.]+", t.get_text())]
    return [(value_of(t.get_text()), t.get_color()) for t in texts]


@pytest.mark.parametrize("step", range(len(graph.STEPS)))
def test_each_step_back_adds_its_gradients(step):
    values, gradients = white_and_dark(graph.draw_graph(TINY, step))
    shown = {1: ["z"], 2: ["w2", "b2"], 3: ["a"], 4: ["u"], 5: ["w1", "b1"]}
    names = [name for at in range(1, step + 1) for name in shown[at]]
    expected = np.concatenate([np.ravel(GRADIENTS[name]) for name in names] or [[]])
    assert sorted(gradients) == sorted(expected.tolist())
    assert len(values) == 22  # x, u, a, z and p of two units, twice four weights and two biases
    text = graph.describe_graph(TINY, step)
    assert ("No gradient is known yet" in text) == (step == 0)
    assert text.count("; d") == max(len(names) - 1, 0)


@pytest.mark.parametrize(
    ("step", "equation"),
    [
        (0, "z₀ = −1·1 + 2·0 + 2 = 1"),
        (1, "dz₀ = p₀ − t₀ = 0.5 − 0 = 0.5"),
        (2, "dW₂[0, 0] = dz₀·a₀ = 0.5·1 = 0.5"),
        (3, "da₀ = dz₀·W₂[0, 0] + dz₁·W₂[1, 0] = 0.5·(−1) + (−0.5)·1 = −1"),
        (4, "u₀ > 0: du₀ = da₀ = −1;   u₁ ≤ 0: du₁ = 0"),
        (5, "dW₁[0, 1] = du₀·x₁ = −1·2 = −2"),
    ],
)
def test_each_step_writes_out_one_sum(step, equation):
    texts = [t.get_text() for t in graph.draw_graph(TINY, step).axes[0].texts]
    assert equation in texts


# --- hidden units ----------------------------------------------------------------------------


def test_hidden_units_fire_where_they_are_above_zero():
    rng = np.random.default_rng(0)
    image, weights = rng.random((28, 28)), rng.normal(size=(128, 784))
    before, chances = rng.normal(size=128), np.eye(10)[7]
    drawn = hidden.draw_hidden(image, weights, before, chances, 7, 64, (64, 6))
    picture, row, units, *_, bars_of = drawn.axes
    assert np.array_equal(picture.images[0].get_array(), image)
    expected = weights[64].reshape(28, 28)
    assert np.allclose(row.images[0].get_array(), expected, atol=abs(expected).max() / 29)
    cells = np.ma.filled(units.collections[0].get_array().astype(float), np.nan)
    assert np.allclose(cells[::-1].ravel(), np.where(before > 0, before, np.nan), equal_nan=True)
    fire = int((before > 0).sum())
    assert units.get_title() == f"128 hidden units,\n{fire} fire"
    assert bars(bars_of) == chances.tolist()
    assert bars_of.patches[7].get_hatch()
    text = hidden.describe_hidden(image, weights, before, chances, 7, 64, (64, 6))
    assert f"{fire} units fire" in text
    assert ("so it fires" in text) == (before[64] > 0)


# --- touched ---------------------------------------------------------------------------------


def touched(draw, **controls):
    """Collect the values that a touch of a figure sets, by control."""
    figure = explore(
        draw, name="touched", alt=lambda **values: str(values), caption="A figure.", **controls
    )
    assert figure.error is None
    names, reached = list(controls), {}
    for target in set(re.findall(r'data-touch="([^"]*)"', figure.frame.markup)):
        control, place = map(int, target.split(":"))
        values = figure.sliders[names[control]].slider.values
        reached.setdefault(names[control], set()).add(values[place])
    return reached


def test_every_pixel_can_be_touched():
    reached = touched(lambda pixel: scores.draw_scores(PICTURE, WEIGHT, pixel), pixel=range(9))
    assert reached == {"pixel": set(range(9))}


def test_every_gradient_can_be_touched():
    steps = range(len(graph.STEPS))
    assert touched(lambda step: graph.draw_graph(TINY, step), step=steps) == {
        "step": set(steps[1:])
    }


def test_the_units_that_can_be_chosen_can_be_touched():
    image, weights = np.ones((28, 28)), np.ones((128, 784))
    before, chances = np.ones(128), np.full(10, 0.1)
    reached = touched(
        lambda unit: hidden.draw_hidden(image, weights, before, chances, 7, unit, (6, 64)),
        unit=[6, 64],
    )
    assert reached == {"unit": {6, 64}}


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
        assert drawn[2, 7] == pytest.approx(-0.25 * factor, abs=factor / 28)  # colors are rounded
        assert ax.images[0].norm.vmax == 0.5 * factor
    assert figure.axes[0].get_title(loc="left") == "some (−0.5 … 0.5)"


def test_shifts_have_a_line_each():
    figure = flattening.draw_shifts([-1, 0, 1], {"dense": [0.5, 0.9, 0.6], "other": [0.8, 1, 0.8]})
    lines = {line.get_label(): line.get_ydata() for line in figure.axes[0].lines}
    assert list(lines["dense"]) == [0.5, 0.9, 0.6]
    assert list(lines["other"]) == [0.8, 1, 0.8]
