"""What the figures of the chapter *Convolution* show is what the library computes."""

import itertools

import numpy as np
import pytest
from matplotlib.patches import Rectangle

from lib.figures import grids
from lib.figures.convolution import filters, kernels, sharing, windows
from lib.layers import Conv2d
from lib.widgets import microscope
from tests.naive import conv2d as naive_conv2d

X = np.array(
    [
        [0, 0, 1, 3, 3, 3],
        [0, 0, 2, 3, 3, 3],
        [0, 1, 3, 3, 3, 3],
        [0, 2, 3, 3, 3, 1],
        [1, 3, 3, 3, 3, 0],
    ]
)
SOBEL = np.array([[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]])
SETTINGS = list(itertools.product([1, 2, 3], [0, 1], [1, 2]))


def panels(figure):
    """Map the first word of each panel's title to its axes."""
    titles = {ax.get_title() or ax.get_title(loc="left"): ax for ax in figure.axes}
    return {title.split(",")[0].split(":")[0]: ax for title, ax in titles.items()}


def cells(ax):
    """Read the numbers of a grid back from its texts."""
    texts = [t for t in ax.texts if t.get_transform() == ax.transData]
    where = {(round(t.get_position()[1]), round(t.get_position()[0])): t for t in texts}
    shape = tuple(np.max(list(where), axis=0) + 1)
    read = [[where[i, j].get_text() for j in range(shape[1])] for i in range(shape[0])]
    return [[text.replace("\N{MINUS SIGN}", "-") for text in line] for line in read]


def numbers(ax):
    return np.array(cells(ax), float)


def rectangles(ax, wanted):
    """List (top, left, height, width) of the rectangles that `wanted` accepts."""
    return [
        (p.get_y() + 0.5, p.get_x() + 0.5, p.get_height(), p.get_width())
        for p in ax.patches
        if isinstance(p, Rectangle) and wanted(p)
    ]


def framed(ax):
    return rectangles(ax, lambda p: p.get_linewidth() == 3)


def expected_output(x, kernel, stride, padding, dilation):
    x, kernel = x[None, None].astype(float), kernel[None, None].astype(float)
    pairs = [(setting, setting) for setting in (stride, padding, dilation)]
    return naive_conv2d(x, kernel, None, *pairs, groups=1)[0, 0]


@pytest.mark.parametrize(("stride", "padding", "dilation"), SETTINGS)
@pytest.mark.parametrize("place", grids.PLACES)
def test_window(place, stride, padding, dilation):
    settings = (stride, padding, dilation)
    figure = windows.draw_window(X, SOBEL, place, place, *settings, room=1)
    y = expected_output(X, SOBEL, *settings)
    parts = panels(figure)
    assert np.array_equal(numbers(parts["output"]), y)
    assert np.array_equal(numbers(parts["picture"]), np.pad(X, padding))
    assert np.array_equal(numbers(parts["kernel"]), SOBEL)
    ((p, q, *_),) = framed(parts["output"])
    factors = [[text.split("·") for text in line] for line in cells(parts["products"])]
    total = sum(int(a) * int(b) for line in factors for a, b in line)
    assert total == y[int(p), int(q)]
    (title,) = (ax.get_title() for ax in figure.axes if ax.get_title().startswith("products"))
    assert title.replace("\N{MINUS SIGN}", "-") == f"products, sum {total}"
    alt = windows.describe_window(X, SOBEL, place, place, *settings)
    assert f"add up to {total}.".replace("-", "\N{MINUS SIGN}") in alt


@pytest.mark.parametrize(("stride", "padding", "dilation"), SETTINGS)
def test_hatched_cells_are_those_that_no_output_reads(stride, padding, dilation):
    ax = panels(windows.draw_window(X, SOBEL, 0, 0, stride, padding, dilation))["picture"]
    hatched = {(int(t), int(left)) for t, left, *_ in rectangles(ax, lambda p: p.get_hatch())}
    padded = np.pad(X, padding)
    read = set()
    ones = np.ones((3, 3))
    for place in np.ndindex(padded.shape):
        probe = np.zeros(padded.shape)
        probe[place] = 1
        if expected_output(probe, ones, stride, 0, dilation).any():
            read.add(place)
    after_the_last = {
        place
        for place in np.ndindex(padded.shape)
        if place[0] > max(r for r, _ in read) or place[1] > max(c for _, c in read)
    }
    assert hatched == after_the_last
    assert not hatched & read


@pytest.mark.parametrize("padding", [0, 1])
def test_dashed_cells_are_the_padding(padding):
    ax = panels(windows.draw_window(X, SOBEL, 0, 0, padding=padding))["picture"]
    dashed = rectangles(ax, lambda p: p.get_linestyle() not in ("-", "solid"))
    assert len(dashed) == np.pad(X, padding).size - X.size


def test_frame_shows_the_window():
    parts = panels(windows.draw_window(X, SOBEL, 1, 1, stride=2))
    assert framed(parts["picture"]) == [(2, 2, 3, 3)]
    spread = panels(windows.draw_window(X, SOBEL, 0, 1, dilation=2))
    assert sorted(framed(spread["picture"])) == [(r, c, 1, 1) for r in (0, 2, 4) for c in (1, 3, 5)]


def check_panels_keep_apart(figure):
    """No panel leaves the figure, or covers another."""
    boxes = [ax.get_position() for ax in figure.axes]
    for box in boxes:
        assert min(box.x0, box.y0) > -1e-9 and max(box.x1, box.y1) <= 1 + 1e-9
    for one, other in itertools.combinations(boxes, 2):
        apart = one.x1 <= other.x0 or other.x1 <= one.x0 or one.y1 <= other.y0 or other.y1 <= one.y0
        assert apart, (one, other)


@pytest.mark.parametrize("padding", [0, 1, 2])
def test_the_still_picture_of_a_padded_picture_holds_its_frame(padding, monkeypatch):
    drawn = []

    def draw(*args, **kwargs):
        drawn.append(windows.draw_window(*args, **kwargs))
        return drawn[-1]

    monkeypatch.setattr(microscope, "draw_window", draw)
    named = {"name": "any", "label": "A picture.", "caption": "A picture."}
    microscope.Microscope(x=X, kernel=SOBEL, padding=padding, **named).still()
    check_panels_keep_apart(drawn[-1])


@pytest.mark.parametrize("size", [3, 4, 6, 8])
@pytest.mark.parametrize("kernel_size", [1, 3])
def test_channels_and_their_kernels_keep_apart(size, kernel_size):
    x, weight = np.ones((3, size, size)), np.ones((2, 3, kernel_size, kernel_size))
    check_panels_keep_apart(filters.draw_channels(x, weight))


def test_picture_stays_in_place_when_padding_grows():
    boxes = []
    for padding in (0, 1):
        figure = windows.draw_window(X, SOBEL, 0, 0, padding=padding, room=1)
        ax = panels(figure)["picture"]
        figure.canvas.draw()
        boxes.append(ax.transData.transform((padding, padding)))
    assert np.allclose(*boxes, atol=1.0)  # pixels of the screen


@pytest.mark.parametrize(("filter", "bias"), list(itertools.product([0, 1], [-4, 0, 1])))
def test_channels(filter, bias):
    rng = np.random.default_rng(0)
    x, weight = rng.integers(0, 4, (3, 3, 4)), rng.integers(-2, 3, (2, 3, 2, 2))
    layer = Conv2d(3, 2, 2)
    layer.weight.data, layer.bias.data = weight.astype(float), np.full(2, float(bias))
    y = layer(x[None].astype(float))[0]
    parts = panels(filters.draw_channels(x, weight, filter, 1, 2, bias))
    shown = parts[f"feature map {filter}"]
    assert np.array_equal(numbers(shown), y[filter])
    assert np.array_equal(sum(numbers(parts[f"part {k}"]) for k in range(3)) + bias, y[filter])
    sum_below = shown.texts[-1].get_text().replace("\N{MINUS SIGN}", "-")
    left, right = sum_below.replace("\n+ bias", "+").split("=")
    assert eval(left) == float(right) == y[filter, 1, 2]


@pytest.mark.parametrize(("stride", "padding"), list(itertools.product([1, 2], [0, 1])))
def test_pixel_meets_the_weights_that_the_backward_pass_uses(stride, padding):
    weight = np.arange(1.0, 10.0).reshape(1, 1, 3, 3)
    layer = Conv2d(1, 1, 3, stride=stride, padding=padding, bias=False)
    layer.weight.data = weight
    out = layer(np.zeros((1, 1, 5, 6)))
    shown = {
        pixel: grids.pixel_weights((5, 6), 3, *pixel, stride, padding) for pixel in np.ndindex(5, 6)
    }
    for place in np.ndindex(out.shape[2:]):
        dout = np.zeros_like(out)
        dout[0, 0, *place] = 1
        dx = layer.backward(dout)[0, 0]
        for pixel, weights in shown.items():
            assert weights[place] == dx[pixel]


@pytest.mark.parametrize("size", [3, 5, 7])
@pytest.mark.parametrize("name", kernels.KERNELS)
def test_kernels_keep_or_drop_the_brightness(name, size):
    kernel = kernels.make_kernel(name, size)
    assert kernel.shape == (size, size)
    drops = name.startswith("Sobel") or name == "Laplacian"
    assert kernel.sum() == pytest.approx(0 if drops else 1)


def test_a_wider_sobel_is_blur_then_sobel():
    x = np.random.default_rng(0).random((9, 11))
    blur = np.outer([1, 2, 1], [1, 2, 1]) / 16
    blurred = grids.correlate(x, blur)
    expected = grids.correlate(blurred, kernels.make_kernel("Laplacian"))
    wide = grids.correlate(x, kernels.make_kernel("Laplacian", 5))
    assert np.allclose(wide, expected)


def test_kernels_refuse_even_sizes():
    with pytest.raises(ValueError, match="size must be odd and at least 3, got 4"):
        kernels.make_kernel("Laplacian", 4)


def test_photograph_is_shared_and_safe():
    with pytest.raises(ValueError, match="read-only"):
        kernels.load_temple()[0, 0] = 1


def test_edges_are_those_above_the_threshold():
    x = np.zeros((6, 8))
    x[:, 4:] = 1
    figure = kernels.draw_edges({"step": x}, threshold=0.8)
    assert figure.axes[1].get_title() == "edges: 33%"
    edges = ~figure.axes[1].images[0].get_array().astype(bool)
    assert edges.any(axis=0).tolist() == [False, False, True, True, False, False]
    assert "step 33%" in kernels.describe_edges({"step": x}, threshold=0.8)
    assert "step 0%" in kernels.describe_edges({"step": x}, threshold=5)


@pytest.mark.parametrize(("inputs", "kernel_size"), [(6, 3), (5, 2), (4, 4)])
def test_shared_weights_are_those_of_a_convolution(inputs, kernel_size):
    dense, tied, cut = (
        sharing.shared_weights(inputs, kernel_size, stage) for stage in sharing.STAGES
    )
    assert len(np.unique(dense)) == dense.size
    shifted = np.array_equal(tied[1:, 1:], tied[:-1, :-1])
    assert shifted and len(np.unique(tied)) == sum(tied.shape) - 1
    weights = np.arange(1.0, kernel_size + 1)
    pixels = np.random.default_rng(0).random(inputs)
    expected = grids.correlate(pixels[None], weights[None])[0]
    assert np.allclose(cut @ pixels, expected)


def test_sharing_figure():
    counts = {"dense": 3_584_734_003_200, "tied": 52_367_376, "tied and cut": 432}
    figure = sharing.draw_sharing([0, 0, 1, 3, 3, 3], 3, counts)
    titles = [ax.get_title() for ax in figure.axes if ax.get_title()]
    assert titles[:3] == ["dense: 24 weights", "tied: 9 weights", "tied and cut: 3 weights"]
    matrix = figure.axes[5]
    read = cells(matrix)
    assert ["".join(line) for line in read] == ["abc000", "0abc00", "00abc0", "000abc"]
    said = [text.get_text() for text in figure.axes[-1].texts]
    assert said == ["3.6 trillion", "52 million", "432"]
    alt = sharing.describe_sharing([0, 0, 1, 3, 3, 3], 3, counts)
    assert "tied, 9 different weights" in alt and "52 million tied" in alt


def test_learning():
    run = filters.Learned([np.zeros((3, 3)), SOBEL - 0.125], [4.0, 0.015625])
    figure = filters.draw_learning(SOBEL, {"noise": run}, "noise", 1)
    parts = panels(figure)
    assert np.allclose(numbers(parts["after 1 step"]), SOBEL - 0.125, atol=0.0051)
    assert np.array_equal(numbers(parts["behind the data"]), SOBEL)
    line, marker = parts["mean squared error"].lines
    assert line.get_ydata().tolist() == run.losses
    assert marker.get_xydata().tolist() == [[1, 0.015625]]
    text = filters.describe_learning(SOBEL, {"noise": run}, "noise", 1)
    assert "after 1 step the loss is 0.016" in text
    assert "0.12 away" in text
