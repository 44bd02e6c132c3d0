"""A figure refuses a setting that it does not know, and draws no other in its place."""

import numpy as np
import pytest

from lib.figures import backpropagation, cnn, convolution, im2col, pixels, pooling, seeing
from lib.figures.digits import tile
from lib.figures.grids import as_place
from lib.figures.style import symmetric_norm

X = np.arange(24.0).reshape(4, 6)
KERNEL = np.ones((2, 2))
WEIGHT = np.ones((2, 1, 2, 2))
DOUT = np.ones((3, 5))
TINY = pixels.TinyNetwork(np.ones(2), np.eye(2), np.ones(2), np.eye(2), np.ones(2), 0)
RUNS = {"noise": convolution.filters.Learned([KERNEL, KERNEL], [1.0, 0.5])}
LAYER = "VGG-16, convolution 2"

CHOICES = {
    "kernel": lambda name: convolution.make_kernel(name),
    "stage": lambda name: convolution.sharing.shared_weights(6, 3, name),
    "window": lambda name: convolution.draw_window(X, KERNEL, row=name),
    "run": lambda name: convolution.draw_learning(KERNEL, RUNS, name, 0),
    "loss": lambda name: pixels.loss_and_slope(name, 0.0, 1),
    "class": lambda name: pixels.draw_many_classes(0.0, name),
    "class in words": lambda name: pixels.describe_many_classes(0.0, name),
    "way": lambda name: pooling.draw_probability(X, {"max": [0.5, 0.6]}, name, 1),
    "way in words": lambda name: pooling.describe_probability(X, {"max": [0.5, 0.6]}, name, 1),
    "layer": lambda name: im2col.memory(name, 3, 1, 1),
    "line of a matrix": lambda name: im2col.draw_matrix((2, 3), (1, 2), name),
    "line in words": lambda name: im2col.describe_matrix((2, 3), (1, 2), name),
    "curve": lambda name: backpropagation.draw_numeric(name, "float32", 1e-3, [1e-3]),
    "precision": lambda name: backpropagation.numeric_errors("a sine", name, [1e-3]),
    "rule": lambda name: seeing.draw_decision(name, "cat"),
    "class of a decision": lambda name: seeing.tiny_passes("gradient", name),
    "layer of maps": lambda name: seeing.draw_maps(X[None], {"one": X[None]}, name),
    "method": lambda name: seeing.draw_by_class({"one": {}}, {}, name),
    "gradient": lambda name: backpropagation.describe_paths(
        np.arange(4), np.ones(2), np.ones(3), 1, name
    ),
}


@pytest.mark.parametrize("draw", CHOICES.values(), ids=CHOICES)
@pytest.mark.parametrize("name", ["typo", "", None, ["max"], X], ids=repr)
def test_a_name_that_is_none_is_refused(draw, name):
    with pytest.raises((ValueError, TypeError)) as caught:
        draw(name)
    message = str(caught.value)
    assert " must be " in message
    assert message.endswith(f"got {name!r}")


NUMBERS = {
    "kernel size": (lambda n: convolution.make_kernel("box blur", n), (2.0, "3", None)),
    "shared kernel": (lambda n: convolution.sharing.shared_weights(6, n, "tied"), (0, 7, 2.0)),
    "window row": (lambda n: convolution.draw_window(X, KERNEL, row=n), (-1, 3, 0.5)),
    "channels": (lambda n: convolution.draw_channels(X[None], WEIGHT, filter=n), (-1, 2, 0.0)),
    "output": (lambda n: convolution.draw_channels(X[None], WEIGHT, row=n), (-1, 3, 0.0)),
    "output in words": (lambda n: convolution.describe_channels(X[None], WEIGHT, col=n), (-1, 5)),
    "learning step": (lambda n: convolution.draw_learning(KERNEL, RUNS, "noise", n), (-1, 2, 0.0)),
    "threshold": (lambda n: convolution.draw_edges({"x": X}, n), ("1", None, X)),
    "logit": (lambda n: pixels.loss_and_slope("cross-entropy", n, 1), ("0", None, float("nan"))),
    "label": (lambda n: pixels.loss_and_slope("squared error", 0.0, n), (-1, 2, 0.5, "1")),
    "score": (lambda n: pixels.describe_many_classes(n, "7"), ("0", None, float("inf"))),
    "pixel of a row": (lambda n: pixels.draw_scores(X, np.ones((2, 24)), n), (-1, 24, 0.5, "0")),
    "step back": (lambda n: pixels.draw_graph(TINY, n), (-1, 6, 0.5, "1")),
    "step": (lambda n: pixels.draw_step(X, np.ones((2, 24)), 0, 0.1, n), (-1, 0.5)),
    "true class": (lambda n: pixels.draw_step(X, np.ones((2, 24)), n, 0.1, 1), (-1, 2, "0")),
    "photographs": (lambda n: pooling.draw_photographs(X, n), (0, -2, 5, 2.0)),
    "shift": (lambda n: pooling.move(X, n), (0.5, "1", None)),
    "shift in a row": (lambda n: pooling.aliased(np.ones(4), n, blur=True), (0.5, "1", None)),
    "shift on a curve": (
        lambda n: pooling.draw_probability(X, {"max": [0.5, 0.6]}, "max", n),
        (-1, 2, 0.5),
    ),
    "convolutions": (lambda n: pooling.draw_reach(X, n), (0, -1, 1.5, "1")),
    "batch": (lambda n: im2col.memory(LAYER, 3, 1, n), (0, -1, 1.5, "1")),
    "line": (lambda n: im2col.draw_row_windows(X, KERNEL, n), (-1, 3)),
    "line in words": (lambda n: im2col.describe_row_windows(X, KERNEL, n), (-1, 3)),
    "training step": (lambda n: cnn.draw_step(n), (-1, 0.5, "1")),
    "recorded step": (
        lambda n: cnn.draw_filters_in_training([0, 1], [WEIGHT] * 2, [0.5, 0.1], n),
        (2, "0", None),
    ),
    "scattered": (lambda n: backpropagation.draw_scatter(X, KERNEL, DOUT, 1, n), (-1, 15)),
    "gathered": (
        lambda n: backpropagation.describe_gather((4, 6), KERNEL, {1: DOUT}, 0, n, 1),
        (-1, 6),
    ),
    "gathered stride": (
        lambda n: backpropagation.draw_gather((4, 6), KERNEL, {1: DOUT}, 0, 0, n),
        (2, "1"),
    ),
    "numeric step": (
        lambda n: backpropagation.draw_numeric("a sine", "float32", n, [1e-3]),
        (0.0, -1.0, "1", None),
    ),
    "third route": (lambda n: backpropagation.draw_third_route(n, 2, 0), (0, 4, 1.0, "1")),
    "third route stride": (lambda n: backpropagation.describe_third_route(1, n, 0), (0, "1")),
    "third route padding": (lambda n: backpropagation.draw_third_route(2, 2, n), (-1, None)),
    "columns": (lambda n: tile(X[None], cols=n), (0, -1, 1.5)),
    "limit": (lambda n: symmetric_norm(limit=n), (-1.0, "1", float("nan"))),
    "gap": (lambda n: tile(X[None], gap=n), (-1, 0.5)),
}


@pytest.mark.parametrize(
    ("draw", "number"),
    [
        pytest.param(draw, number, id=f"{name}-{number!r:.10}")
        for name, (draw, numbers) in NUMBERS.items()
        for number in numbers
    ],
)
def test_a_number_out_of_place_is_refused(draw, number):
    with pytest.raises((ValueError, TypeError)) as caught:
        draw(number)
    message = str(caught.value)
    assert " must be " in message
    assert message.endswith(f"got {number!r}")


def test_numpys_integers_are_as_good():
    assert as_place(np.int64(1), np.int32(2), (2, 3)) == (1, 2)
    one, other = (pooling.move(X, by) for by in (2, np.int64(2)))
    np.testing.assert_array_equal(one, other)
