"""What the figures of the chapter *Pooling* show is what the library computes."""

import itertools

import numpy as np
import pytest

from lib.figures.grids import PLACES
from lib.figures.pooling import gradient, shift, windows
from lib.layers import AvgPool2d, MaxPool2d
from tests import naive
from tests.test_figures_convolution import cells, framed, numbers, panels, rectangles

X = np.array(
    [
        [1, 3, 0, 2, -2, -5],
        [2, 8, 4, 1, -4, -3],
        [0, 4, 6, 6, 1, 0],
        [1, 2, 6, 7, 3, 2],
        [-1, 0, 2, 5, 4, 9],
    ]
)
TIES = np.array(
    [[5, 2, 0, 0, 3], [1, 5, 0, 0, 2], [0, 3, 6, 2, 1], [4, 4, 3, 6, 0], [2, 0, 1, 3, 6]]
)
INPUTS = {"without ties": X[:, :5], "with ties": TIES}
DOUT = np.array([[1.0, 2.0], [3.0, 4.0]])
OUTPUTS = ("all", "0, 0", "0, 1", "1, 0", "1, 1")
SETTINGS = list(itertools.product([2, 3], [1, 2, 3], [0, 1]))
DIGIT = np.pad(np.random.default_rng(0).random((12, 8)), 4)
LINES = np.tile([0.0, 1.0, 0.0, 0.0], (8, 4))
PICTURES = {"a digit": DIGIT, "thin lines": LINES}


def expected_output(x, kind, window, stride, padding):
    function = {"max": naive.max_pool2d, "average": naive.avg_pool2d}[kind]
    pairs = [(setting, setting) for setting in (window, stride, padding, 1)]
    return function(np.asarray(x, float)[None, None], *pairs)[0, 0]


def plain(text):
    return text.replace("\N{MINUS SIGN}", "-")


@pytest.mark.parametrize("kind", windows.KINDS)
@pytest.mark.parametrize(("window", "stride", "padding"), SETTINGS)
@pytest.mark.parametrize("place", PLACES)
def test_window(kind, window, stride, padding, place):
    settings = (kind, window, stride, padding)
    parts = panels(windows.draw_pooling(X, *settings, place, room=1))
    y = expected_output(X, *settings)
    assert np.allclose(numbers(parts["output"]), y, atol=0.0051)
    ((p, q, height, width),) = framed(parts["output"])
    p, q = int(p), int(q)
    assert (height, width) == (1, 1)
    assert framed(parts["input"]) == [(p * stride, q * stride, window, window)]
    outside = {"max": "-∞", "average": "0"}[kind]
    padded = np.pad(X.astype(object), padding, constant_values=outside).astype(str)
    assert cells(parts["input"]) == padded.tolist()
    shown = padded[p * stride : p * stride + window, q * stride : q * stride + window]
    assert cells(parts["window"]) == shown.tolist()
    (sentence,) = (plain(t.get_text()) for t in parts["window"].texts if ":" in t.get_text())
    assert float(sentence.split()[-1]) == pytest.approx(y[p, q], abs=0.0051)
    alt = plain(windows.describe_pooling(X, *settings, place))
    assert sentence in alt
    assert f"gives a {y.shape[0]} by {y.shape[1]} output" in alt
    if kind == "max":
        ((i, j, *_),) = framed(parts["window"])
        assert float(shown[int(i), int(j)]) == y[p, q]
    else:
        total, count = sentence.removeprefix("mean: ").split(" = ")[0].split(" / ")
        assert float(total) / float(count) == pytest.approx(y[p, q])


@pytest.mark.parametrize(("window", "stride", "padding"), SETTINGS)
def test_hatched_cells_are_those_that_reach_no_output(window, stride, padding):
    ax = panels(windows.draw_pooling(X, "max", window, stride, padding))["input"]
    hatched = {(int(i), int(j)) for i, j, *_ in rectangles(ax, lambda p: p.get_hatch())}
    y = expected_output(X, "average", window, stride, padding)
    reach = [(count - 1) * stride + window for count in y.shape]
    padded = np.pad(X, padding)
    beyond = [p for p in np.ndindex(padded.shape) if p[0] >= reach[0] or p[1] >= reach[1]]
    assert hatched == set(beyond)
    for i, j in hatched:
        if padding <= i < padding + X.shape[0] and padding <= j < padding + X.shape[1]:
            changed = X.copy()
            changed[i - padding, j - padding] = 99
            assert np.array_equal(expected_output(changed, "average", window, stride, padding), y)
    alt = windows.describe_pooling(X, "max", window, stride, padding)
    assert ("Hatched" in alt) == bool(hatched)


def test_the_input_stays_in_place_when_padding_grows():
    places = []
    for padding in (0, 1):
        figure = windows.draw_pooling(X, padding=padding, room=1)
        ax = panels(figure)["input"]
        figure.canvas.draw()
        places.append(ax.transData.transform((padding, padding)))
    assert np.allclose(*places, atol=1.0)  # pixels of the screen


def test_photographs():
    photo = np.random.default_rng(0).random((9, 13))
    figure = windows.draw_photographs(photo, 4)
    shown = {ax.get_title(): ax.images[0].get_array() for ax in figure.axes}
    assert np.allclose(shown["max pooling"], expected_output(photo, "max", 4, 4, 0))
    assert np.allclose(shown["average pooling"], expected_output(photo, "average", 4, 4, 0))
    assert np.array_equal(shown["every 4th pixel"], photo[::4, ::4])
    assert np.array_equal(shown["photograph, 9 × 13"], photo)


def expected_gradient(x, dout, window, rule):
    """Find the gradient by slopes: to the right of a tie all winners move, to the left none."""
    x, settings = np.asarray(x, float), ((window, window), (2, 2), (0, 0), (1, 1))
    if rule == "average":
        return naive.avg_pool2d_backward(dout[None, None], x[None, None], *settings)["x"][0, 0]
    if rule == "max: first winner":
        return naive.max_pool2d_backward(dout[None, None], x[None, None], *settings)["x"][0, 0]
    dx = np.zeros(x.shape)
    for (p, q), d in np.ndenumerate(dout):
        pixels = list(itertools.product(range(2 * p, 2 * p + window), range(2 * q, 2 * q + window)))
        largest = max(x[pixel] for pixel in pixels)
        winners = [pixel for pixel in pixels if x[pixel] == largest]
        for pixel in winners:
            dx[pixel] += d / (len(winners) if rule == "max: ties share" else 1)
    return dx


@pytest.mark.parametrize("rule", gradient.RULES)
@pytest.mark.parametrize("window", [2, 3])
@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("output", OUTPUTS)
def test_routing(name, window, rule, output):
    state = (INPUTS, DOUT, name, window, rule, output)
    parts = panels(gradient.draw_routing(*state))
    sent = DOUT.copy()
    if output != "all":
        p, q = (int(part) for part in output.split(","))
        sent = np.zeros(DOUT.shape)
        sent[p, q] = DOUT[p, q]
        assert framed(parts["dout"]) == [(p, q, 1, 1)]
    dx = expected_gradient(INPUTS[name], sent, window, rule)
    assert np.allclose(numbers(parts["gradient dx"]), dx, atol=0.0051)
    assert np.array_equal(numbers(parts["input x"]), INPUTS[name])
    assert np.array_equal(numbers(parts["dout"]), DOUT)
    winners = [] if rule == "average" else [(i, j, 1, 1) for i, j in np.argwhere(dx)]
    assert framed(parts["input x"]) == winners
    (sent_back,) = (t.get_text() for t in parts["dout"].texts if "sent" in t.get_text())
    assert sent_back == f"sent back: {sent.sum():g}"
    (arrived,) = (t.get_text() for t in parts["gradient dx"].texts if "arrived" in t.get_text())
    assert float(arrived.removeprefix("arrived: ")) == pytest.approx(dx.sum(), abs=0.0051)
    alt = gradient.describe_routing(*state)
    assert f"reaches {np.count_nonzero(dx)} pixels" in alt
    assert ("more than once" in alt) == (not np.isclose(dx.sum(), sent.sum()))


@pytest.mark.parametrize("window", [2, 3])
def test_hatched_pixels_get_no_gradient(window):
    figure = gradient.draw_routing(INPUTS, DOUT, "with ties", window, "average")
    ax = panels(figure)["gradient dx"]
    hatched = {(int(i), int(j)) for i, j, *_ in rectangles(ax, lambda p: p.get_hatch())}
    dx = expected_gradient(TIES, DOUT, window, "average")
    assert hatched == {(int(i), int(j)) for i, j in np.argwhere(dx == 0)}


@pytest.mark.parity
def test_pytorch_breaks_ties_as_the_chapter_says(torch):
    ties = torch.tensor([[[[3.0, 3.0]]]], requires_grad=True)
    torch.nn.functional.max_pool2d(ties, (1, 2)).sum().backward()
    assert ties.grad.tolist() == [[[[1, 0]]]]
    ties.grad = None
    ties.amax().backward()
    assert ties.grad.tolist() == [[[[0.5, 0.5]]]]


def dense(x):
    """Take the maximum of 2 × 2 windows that begin at every pixel, and go on at the far side."""
    return np.max([np.roll(x, (-i, -j), (0, 1)) for i in (0, 1) for j in (0, 1)], axis=0)


def blurred(x):
    for axis in (0, 1):
        x = (np.roll(x, 1, axis) + 2 * x + np.roll(x, -1, axis)) / 4
    return x


EXPECTED = {
    "max": lambda x: expected_output(x, "max", 2, 2, 0),
    "average": lambda x: expected_output(x, "average", 2, 2, 0),
    "skip": lambda x: x[::2, ::2],
    "blur, skip": lambda x: blurred(x)[::2, ::2],
    "max, blur, skip": lambda x: blurred(dense(x))[::2, ::2],
}


@pytest.mark.parametrize("method", shift.METHODS)
@pytest.mark.parametrize("picture", PICTURES)
@pytest.mark.parametrize("by", range(5))
def test_shift(method, picture, by):
    state = (PICTURES, picture, method, by)
    figure = shift.draw_shift(*state)
    f = EXPECTED[method]
    before, after = f(PICTURES[picture]), f(np.roll(PICTURES[picture], by, axis=1))
    shown = [ax.images[0].get_array() for ax in figure.axes]
    for drawn, array in zip(shown[1:], (before, after, after - before), strict=True):
        assert np.allclose(drawn, array, atol=1 / 30 + 1e-9)
    titles = [ax.get_title() for ax in figure.axes]
    assert titles[1:3] == [
        f"at rest: mean {before.mean():.2f}",
        f"moved: mean {after.mean():.2f}",
    ]
    difference = abs(after - before).sum()
    if before.any():
        assert titles[3] == f"changed {difference / before.sum():.0%}"
    else:
        assert titles[3] == ("changed ∞" if difference else "changed 0%")
    (line,) = (text.get_text() for text in figure.texts)
    if by % 2 == 0 and picture == "a digit":
        assert line.startswith(f"Moved back {by // 2} cell")
        assert line.endswith("differs by 0%")
    if by == 1 and picture == "a digit":
        least = min(
            abs(np.roll(after, -cells, axis=1) - before).sum() / before.sum() for cells in range(4)
        )
        assert line.endswith(f"differs by {least:.0%}")
    alt = shift.describe_shift(*state)
    assert f"from {before.mean():.2f} to {after.mean():.2f}" in alt
    assert f"In place it changes by {titles[3].removeprefix('changed ')}" in alt


def test_change_is_a_share_of_the_map_before():
    assert shift.change(np.array([2.0, 2.0]), np.array([2.0, 1.0])) == 0.25
    assert shift.change(np.array([0.0, -2.0]), np.array([-2.0, 0.0])) == 2
    assert shift.change(np.zeros(2), np.zeros(2)) == 0
    assert shift.change(np.zeros(2), np.ones(2)) == np.inf


def test_changes_are_plotted():
    changes = {"max": [0.1, 0.2], "average": [0.3, 0.5]}
    figure = shift.draw_changes([1, 2], changes)
    (ax,) = figure.axes
    drawn = {line.get_label(): line.get_ydata().tolist() for line in ax.lines}
    assert drawn == {"max": [10, 20], "average": [30, 50]}
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(changes)


def test_trained_networks_are_plotted():
    results = {"max": [(0.9, 0.8), (0.7, 0.6)], "none": [(0.5, 0.4), (0.3, 0.2)]}
    figure = shift.draw_trained(results)
    for column, ax in enumerate(figure.axes):
        seeds, means = ax.lines[0::2], ax.lines[1::2]
        for row, (pairs, dots, mean) in enumerate(zip(results.values(), seeds, means, strict=True)):
            values = 100 * np.array(pairs)[:, column]
            assert np.allclose(dots.get_xdata(), values)
            assert np.allclose(dots.get_ydata(), row)
            assert np.allclose(mean.get_xdata(), values.mean())
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == list(results)


def test_layers_draw_what_they_say():
    """The two kinds are the layers of their names: a swap would pass where max equals mean."""
    assert {"max": MaxPool2d, "average": AvgPool2d} == windows.KINDS
