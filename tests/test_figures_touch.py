"""What can be touched in the chapters' figures sets what it shows, and leaves out nothing."""

import itertools
import re

import numpy as np
import pytest

from lib.explore import Buttons, Play, Slider, Stepper, explore
from lib.figures import backpropagation, digits, faster, im2col
from lib.figures.cnn import draw_filters_in_training
from lib.figures.pixels import cross_entropy, flattening
from lib.figures.pooling import draw_probability
from tests.test_figures_faster import CORE, STUDY

RNG = np.random.default_rng(0)
PICTURE, KERNEL = RNG.integers(0, 4, (5, 6)), RNG.integers(-1, 3, (3, 3))
DOUTS = {1: RNG.integers(-2, 3, (3, 4)), 2: RNG.integers(-2, 3, (2, 2))}
ROW, WEIGHTS = np.array([2, 0, 1, 3, 1, 4]), np.array([1, -1, 2])
EPSILONS = [10.0**-k for k in range(1, 13)]
SNAPSHOTS, FILTERS = [0, 1, 10, 500], RNG.normal(size=(4, 6, 1, 5, 5))
IMAGES, ANSWERS = RNG.random((8, 28, 28)), np.eye(10)[[3] * 8]
NAMES = [*(f"x[{h}]" for h in range(6)), *(f"w[{i}]" for i in range(3))]

# A figure, its controls, and of which of them a touch reaches every value together.
FIGURES = {
    "two classes": (
        cross_entropy.draw_two_classes,
        {"z": Slider(cross_entropy.LOGITS), "label": Buttons([0, 1])},
        [["z"]],
    ),
    "many classes": (
        cross_entropy.draw_many_classes,
        {"score": Slider(cross_entropy.SCORES), "label": Buttons(cross_entropy.CLASSES)},
        [["score"], ["label"]],
    ),
    "walk": (
        lambda by: flattening.draw_walk(IMAGES[0], np.ones(10), 3, limit=5, shifts=range(5)),
        {"by": Stepper(range(5))},
        [["by"]],
    ),
    "probability": (
        lambda shift: draw_probability(PICTURE, {"stride 2": np.ones(9)}, "stride 2", shift),
        {"shift": range(9)},
        [["shift"]],
    ),
    "sparse matrix": (
        lambda line: im2col.draw_matrix((4, 5), (3, 3), line),
        {"line": Slider(im2col.matrix_lines((4, 5), (3, 3)))},
        [["line"]],
    ),
    "row windows": (
        lambda row: im2col.draw_row_windows(PICTURE, KERNEL, row),
        {"row": range(3)},
        [["row"]],
    ),
    "paths": (
        lambda of: backpropagation.draw_paths(ROW, WEIGHTS, np.array([3, -3]), 2, of),
        {"of": NAMES},
        [["of"]],
    ),
    "scatter": (
        lambda output: backpropagation.draw_scatter(PICTURE, KERNEL, DOUTS[2], 2, output),
        {"output": Play(range(4))},
        [["output"]],
    ),
    "gather": (
        lambda row, col, stride: backpropagation.draw_gather(
            (5, 6), KERNEL, DOUTS, row, col, stride
        ),
        {"row": range(5), "col": range(6), "stride": [1, 2]},
        [["row", "col"]],
    ),
    "numeric": (
        lambda step: backpropagation.draw_numeric("a sine", "float64", step, EPSILONS),
        {"step": Slider(EPSILONS, format="{:.0e}")},
        [["step"]],
    ),
    "filters in training": (
        lambda step: draw_filters_in_training(SNAPSHOTS, FILTERS, [0.9, 0.8, 0.5, 0.1], step),
        {"step": Play(SNAPSHOTS)},
        [["step"]],
    ),
    "mistakes": (
        lambda number: digits.draw_mistake(IMAGES, [5] * 8, ANSWERS, number - 1),
        {"number": range(1, 9)},
        [["number"]],
    ),
    "faster part": (
        lambda part: faster.draw_faster_part(faster.PARTS, part, 2),
        {"part": list(faster.PARTS)},
        [["part"]],
    ),
    "card": (
        lambda batch: faster.draw_devices(CORE, (1000, 1000), batch, "array functions", 5),
        {"batch": Slider(list(CORE))},
        [["batch"]],
    ),
    "shards": (
        lambda first: faster.draw_shards([6, 8, 1, 2, 3], first),
        {"first": range(1, 5)},
        [["first"]],
    ),
    "steps": (
        lambda batch_size: faster.draw_steps(STUDY, batch_size),
        {"batch_size": Slider([8, 32, 128])},
        [["batch_size"]],
    ),
}


@pytest.mark.parametrize(("draw", "controls", "reached"), FIGURES.values(), ids=FIGURES)
def test_a_touch_reaches_every_value(draw, controls, reached):
    words = {"name": "touched", "caption": "A figure.", "alt": lambda **values: str(values)}
    figure = explore(draw, **words, **controls)
    assert figure.error is None
    names = list(controls)
    expected = set()
    for together in reached:
        sizes = [range(len(figure.sliders[name].slider.values)) for name in together]
        for places in itertools.product(*sizes):
            pairs = zip(together, places, strict=True)
            expected.add(" ".join(f"{names.index(name)}:{place}" for name, place in pairs))
    assert set(re.findall(r'data-touch="([^"]*)"', figure.frame.markup)) == expected
