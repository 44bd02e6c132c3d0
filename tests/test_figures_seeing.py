"""What the figures of the chapter *Seeing what a network learned* show is what was given."""

import numpy as np
import pytest

from lib.figures import seeing
from lib.figures.seeing.units import mosaic, shades
from tests.test_figures_convolution import panels

RNG = np.random.default_rng(0)
PHOTO = RNG.random((3, 8, 12))
SIGNED = RNG.normal(size=(3, 8, 12))
COARSE = RNG.random((4, 6))


# --- the small network ---------------------------------------------------------------------------


def slopes(picture, of, eps=1e-6):
    """Differentiate the logit of a class numerically, away from the kinks of the ReLU."""
    outputs = seeing.OUTPUTS[seeing.CLASSES.index(of)]

    def logit(x):
        return np.maximum((seeing.FILTERS * x).sum(axis=(1, 2)), 0) @ outputs

    found = np.zeros((3, 3))
    for place in np.ndindex(3, 3):
        step = np.zeros((3, 3))
        step[place] = eps
        found[place] = (logit(picture + step) - logit(picture - step)) / (2 * eps)
    return found


@pytest.mark.parametrize("of", seeing.CLASSES)
def test_the_gradient_is_the_slope(of):
    passes = seeing.tiny_passes("gradient", of)
    np.testing.assert_allclose(passes.dx, slopes(seeing.PICTURE, of), atol=1e-8)
    at = seeing.CLASSES.index(of)
    assert passes.logits[at] == (passes.dx * seeing.PICTURE).sum()


def test_the_rules_are_those_of_the_library():
    from lib.analysis import deconvnet, gradient, guided_backprop
    from lib.layers import Conv2d, Flatten, Linear, ReLU, Sequential

    network = Sequential(conv=Conv2d(1, 3, 3), relu=ReLU(), flatten=Flatten(), output=Linear(3, 2))
    network.conv.weight.data[:] = seeing.FILTERS[:, None]
    network.output.weight.data[:] = seeing.OUTPUTS
    x = seeing.PICTURE[None, None].astype(np.float32)
    methods = dict(zip(seeing.RULES, (gradient, deconvnet, guided_backprop), strict=True))
    for rule, method in methods.items():
        for k, of in enumerate(seeing.CLASSES):
            assert np.array_equal(method(network, x, k)[0, 0], seeing.tiny_passes(rule, of).dx)


@pytest.mark.parametrize("rule", seeing.RULES)
@pytest.mark.parametrize("of", seeing.CLASSES)
def test_the_figure_writes_what_the_network_computes(rule, of):
    passes = seeing.tiny_passes(rule, of)
    figure = seeing.draw_decision(rule, of)
    texts = [text.get_text() for ax in figure.axes for text in ax.texts]
    said = [text for text in texts if text.startswith("goes back")]
    assert said == [f"goes back: {v}".replace("-", "\N{MINUS SIGN}") for v in passes.back]
    drawn = panels(figure)[f"{rule}\nof {of}"]
    written = [text.get_text().replace("\N{MINUS SIGN}", "-") for text in drawn.texts]
    assert list(map(int, written)) == passes.dx.ravel().tolist()
    assert f"the logit of {of} is" in seeing.describe_decision(rule, of)


# --- units ---------------------------------------------------------------------------------------


def test_shades_keep_the_order_and_are_few():
    values = RNG.normal(size=500)
    few = shades(values, 5)
    assert set(few) == {0, 0.25, 0.5, 0.75, 1}
    assert (np.diff(few[np.argsort(values)]) >= 0).all()
    assert np.array_equal(shades(np.full(3, 7.0)), [0, 0, 0])


def test_a_mosaic_is_clear_between_its_pictures():
    pictures = RNG.random((3, 3, 2, 2))
    drawn = mosaic(pictures, cols=2)
    assert drawn.shape == (5, 5, 4)
    assert np.array_equal(drawn[:2, 3:, :3], pictures[1].transpose(1, 2, 0))
    assert drawn[2].max() == 0 and drawn[3:, 3:].max() == 0 and drawn[0, 0, 3] == 1


@pytest.mark.parametrize("unit", [0, 9, 19])
def test_one_filter_is_large_and_framed(unit):
    weights, maps = RNG.normal(size=(20, 3, 3, 3)), RNG.random((20, 4, 5))
    figure = seeing.draw_first_layer(weights, maps, PHOTO, unit)
    parts = panels(figure)
    large = parts[f"filter {unit}"].images[0].get_array()
    expected = 0.5 + 0.5 * weights[unit] / np.abs(weights[unit]).max()
    np.testing.assert_allclose(large, expected.transpose(1, 2, 0), atol=0.06)
    assert parts[f"map {unit}"].images[0].get_array().shape == (4, 5)
    frames = [patch for patch in parts["20 filters"].patches if patch.get_linewidth() > 2]
    (frame,) = frames
    row, col = divmod(unit, 8)
    assert frame.get_x() < col * 4 < frame.get_x() + frame.get_width()
    assert frame.get_y() < row * 4 < frame.get_y() + frame.get_height()
    assert f"Filter {unit} of 20" in seeing.describe_first_layer(weights, maps, unit)


def test_the_maps_of_the_largest_mean_are_drawn():
    maps = np.arange(12.0)[::-1, None, None] * np.ones((12, 4, 6))
    titles = [ax.get_title() for ax in seeing.draw_maps(PHOTO, {"one": maps}, "one").axes]
    assert titles == [
        "photograph",
        *(f"channel {k}" for k in range(4)),
        "",
        *(f"channel {k}" for k in range(4, 8)),
    ]


def test_frames_are_the_boxes_inside_of_the_digits():
    pictures, pixels = RNG.random((9, 10, 10)), RNG.random((9, 6, 6))
    boxes = np.array([[2, 3, 6, 6]] * 8 + [[-3, 7, 6, 6]])
    labels = np.arange(9)
    figure = seeing.draw_patches(pixels, pictures, boxes, labels, np.arange(10.0), "mean")
    middle = figure.axes[1]
    assert middle.get_title() == "digits: 0 1 2 3 4 5 6 7 8"
    found = [(p.get_y(), p.get_x(), p.get_height(), p.get_width()) for p in middle.patches]
    assert found[0] == (1.5, 2.5, 6, 6)
    assert found[8] == (24 - 0.5, 24 + 7 - 0.5, 3, 3)
    said = seeing.describe_patches(labels, np.arange(10.0), "relu", 3)
    assert "9 excites it most, by 9.0, and 0 least, by 0.0" in said
    assert "dead" in seeing.describe_patches(labels, np.zeros(10), "relu", 3)


def test_painted_pictures_have_their_class_and_probability():
    names, p = list("abcdefghij"), np.linspace(0, 1, 10)
    figure = seeing.draw_painted(RNG.random((10, 3, 4, 4)), p, names)
    titles = [ax.get_title() for ax in figure.axes]
    assert titles == [f"{name} {value:.3f}" for name, value in zip(names, p, strict=True)]


# --- reasons -------------------------------------------------------------------------------------


def test_methods_are_drawn_after_the_photograph():
    figure = seeing.draw_methods(PHOTO, {"signed": SIGNED, "coarse": COARSE, "falls": COARSE - 0.5})
    assert [ax.get_title() for ax in figure.axes] == ["photograph", "signed", "coarse", "falls"]
    gray = figure.axes[1].images[0].get_array()
    assert gray.shape == (8, 12, 3)
    np.testing.assert_allclose(gray[SIGNED.transpose(1, 2, 0) > 3 * SIGNED.std()], 1)


ALIKE = {"one": {"dog": 0.9, "ship": 0.95}, "two": {"dog": 0.9, "ship": -0.5}}


def test_classes_stand_beside_each_other_with_their_correlation():
    reasons = {name: {"cat": SIGNED, "dog": SIGNED, "ship": SIGNED} for name in ALIKE}
    titles = [ax.get_title() for ax in seeing.draw_by_class(reasons, ALIKE, "two").axes]
    assert titles[0] == "why cat?\n "
    assert titles[2] == "why ship?\ncorrelation with cat: \N{MINUS SIGN}0.50"
    assert seeing.describe_by_class(ALIKE, "one").endswith("the three pictures are one.")
    assert seeing.describe_by_class(ALIKE, "two").endswith("The pictures differ.")


def test_the_curves_are_those_given_and_the_place_is_marked():
    counts, curves = [0, 2, 5], {"one": [1, 0.5, 0.2], "two": [1, -0.5, 0]}
    pictures = {"one": [SIGNED] * 3, "two": [COARSE] * 3}
    right = seeing.draw_shuffled(counts, curves, pictures, 2).axes[-1]
    drawn = {line.get_label(): list(line.get_ydata()) for line in right.lines}
    assert drawn["one"] == curves["one"] and drawn["two"] == curves["two"]
    assert [2, 2] in [list(line.get_xdata()) for line in right.lines]
    said = seeing.describe_shuffled(counts, curves, 2)
    assert said.startswith("With 2 layers") and "two \N{MINUS SIGN}0.50" in said


# --- one signed step -----------------------------------------------------------------------------


def test_bars_are_the_largest_probabilities_and_the_truth():
    classes, p = list("abcdef"), np.array([0.0, 0.5, 0.2, 0.1, 0.15, 0.05])
    changed = np.clip(PHOTO + 2 / 255 * np.sign(SIGNED), 0, 1)
    figure = seeing.draw_signed_step(PHOTO, changed, p, classes, 0, 2)
    names = [label.get_text() for label in figure.axes[3].get_yticklabels()]
    assert names == ["b", "c", "e", "a"]
    widths = [bar.get_width() for bar in figure.axes[3].patches]
    assert widths == [0.5, 0.2, 0.15, 0.0]
    signs = figure.axes[1].images[0].get_array()
    inside = ((PHOTO > 0.02) & (PHOTO < 0.98)).transpose(1, 2, 0)
    assert np.array_equal(signs[inside] > 0.5, SIGNED.transpose(1, 2, 0)[inside] > 0)
    said = seeing.describe_signed_step(p, classes, 0, 2, "up or down")
    assert "answers b, 50%, and gives a 0%" in said
