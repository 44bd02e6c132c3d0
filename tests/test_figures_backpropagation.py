"""What the figures of the chapter on backpropagation show is what the library computes."""

import itertools
import re

import numpy as np
import pytest

from lib.figures.backpropagation import numeric, paths, pictures, scatter_gather, third_route
from lib.layers import Conv2d
from tests.test_figures_convolution import framed, panels, rectangles

ROW, WEIGHTS, TARGET = np.array([2, 0, 1, 3, 1, 4]), np.array([1, -1, 2]), np.array([3, -3])
NAMES = [f"x[{h}]" for h in range(6)] + [f"w[{i}]" for i in range(3)] + ["b"]
PICTURE = np.random.default_rng(0).integers(0, 4, (5, 6))
KERNEL = np.array([[1, 0, -1], [2, 1, 0], [0, -1, 3]])
EVERY = np.array([[2, 0, -1, 1], [0, 1, 1, -2], [1, -1, 3, 0]])
DOUTS = {1: EVERY, 2: EVERY[::2, ::2]}


def minus(text):
    return text.replace("\N{MINUS SIGN}", "-")


def shown(ax):
    """Read the numbers of a grid back from its texts; nan where a cell is empty."""
    texts = [text for text in ax.texts if text.get_transform() == ax.transData]
    shape = round(ax.get_ylim()[0] + 0.45), round(ax.get_xlim()[1] + 0.45)
    read = np.full(shape, np.nan)
    for text in texts:
        column, row = text.get_position()
        read[round(row), round(column)] = float(minus(text.get_text()))
    return read


def hatched(ax):
    return sorted(
        (int(top), int(left)) for top, left, *_ in rectangles(ax, lambda p: p.get_hatch())
    )


def backward(x, kernel, dout, stride=1, padding=0, dilation=1):
    """Give dx, dw and db of the library's layer, for arrays of two axes."""
    layer = Conv2d(1, 1, kernel.shape, stride=stride, padding=padding, dilation=dilation)
    layer = layer.astype("float64")
    layer.weight.data = kernel[None, None].astype(float)
    layer(x[None, None].astype(float))
    dx = layer.backward(dout[None, None].astype(float))
    return dx[0, 0], layer.weight.grad[0, 0], float(layer.bias.grad[0])


@pytest.mark.parametrize("of", NAMES)
def test_paths_add_up_to_the_gradient(of):
    layer = Conv2d(1, 1, (1, 3), stride=(1, 2)).astype("float64")
    layer.weight.data = WEIGHTS[None, None, None].astype(float)
    y = layer(ROW[None, None, None].astype(float))
    dx = layer.backward(y - TARGET)[0, 0, 0]
    gradients = {f"x[{h}]": dx[h] for h in range(6)}
    gradients |= {f"w[{i}]": layer.weight.grad[0, 0, 0, i] for i in range(3)}
    gradients["b"] = layer.bias.grad[0]
    figure = paths.draw_paths(ROW, WEIGHTS, TARGET, 2, of)
    (ax,) = figure.axes
    (equation,) = (t.get_text() for t in ax.texts if t.get_text().startswith(f"d{of}"))
    value = re.search(r"(-?\d+)(: no window reaches it)?$", minus(equation))[1]
    assert float(value) == gradients[of]
    assert equation in paths.describe_paths(ROW, WEIGHTS, TARGET, 2, of)
    arrows = [t for t in ax.texts if getattr(t, "arrow_patch", None) is not None]
    flowing = [t for t in arrows if t.arrow_patch.get_linewidth() > 2]
    uses = {"x[2]": 2, "x[5]": 0, "b": 0}.get(of, 1 if of[0] == "x" else 2)
    outputs = 2 if of[0] in "wb" or of == "x[2]" else min(uses, 1)
    assert len(flowing) == uses + outputs


def test_paths_show_outputs_and_loss():
    (ax,) = paths.draw_paths(ROW, WEIGHTS, TARGET, 2, "b").axes
    at = {text.get_text(): np.array(text.get_position()) for text in ax.texts}
    texts = [text.get_text() for text in ax.texts]
    assert [texts[texts.index(name) - 1] for name in ("y[0]", "y[1]", "L")] == ["4", "0", "5"]
    assert {"dy[0] = 1", "dy[1] = 3"} <= set(at)


@pytest.mark.parametrize(("row", "col"), list(np.ndindex(2, 2)))
def test_scatter_adds_up(row, col):
    figure = scatter_gather.draw_scatter(PICTURE, KERNEL, DOUTS[2], 2, 2 * row + col)
    parts = {ax.get_title(): ax for ax in figure.axes}
    sent = [(p, q) for p, q in np.ndindex(2, 2) if (p, q) <= (row, col)]
    dx, dw = np.zeros(PICTURE.shape), np.zeros(KERNEL.shape)
    for p, q in sent:
        window = np.s_[2 * p : 2 * p + 3, 2 * q : 2 * q + 3]
        dx[window] += DOUTS[2][p, q] * KERNEL
        dw += DOUTS[2][p, q] * PICTURE[window]
    d = str(DOUTS[2][row, col]).replace("-", "\N{MINUS SIGN}")
    assert np.array_equal(shown(parts["dx so far"]), dx)
    assert np.array_equal(shown(parts["dw so far"]), dw)
    assert np.array_equal(shown(parts[f"{d} · w"]), DOUTS[2][row, col] * KERNEL)
    window = PICTURE[2 * row : 2 * row + 3, 2 * col : 2 * col + 3]
    assert np.array_equal(shown(parts[f"{d} · window"]), DOUTS[2][row, col] * window)
    assert np.count_nonzero(np.isfinite(shown(parts["dy so far"]))) == len(sent)
    for name in ("dx so far", "x, its window"):
        assert framed(parts[name]) == [(2 * row, 2 * col, 3, 3)]
        assert hatched(parts[name]) == [(r, 5) for r in range(5)]
    if (row, col) == (1, 1):
        whole = backward(PICTURE, KERNEL, DOUTS[2], stride=2)
        assert np.array_equal(dx, whole[0])
        assert np.array_equal(dw, whole[1])
    alt = scatter_gather.describe_scatter(PICTURE, KERNEL, DOUTS[2], 2, 2 * row + col)
    assert f"dw is {'; '.join(' '.join(f'{v:g}' for v in line) for line in dw)}." in minus(alt)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("row", "col"), list(np.ndindex(5, 6)))
def test_gather_shows_the_outputs_that_feel_a_pixel(row, col, stride):
    figure = scatter_gather.draw_gather((5, 6), KERNEL, DOUTS, row, col, stride)
    parts = panels(figure)
    layer = Conv2d(1, 1, 3, stride=stride, bias=False).astype("float64")
    layer.weight.data = np.where(KERNEL == 0, 100.0, KERNEL)[None, None]  # a zero hides its use
    pixel = np.zeros((1, 1, 5, 6))
    pixel[0, 0, row, col] = 1
    felt = layer(pixel)[0, 0]
    used = [(p, q, 1, 1) for p, q in np.argwhere(felt)]
    assert framed(parts["dy"]) == used
    meets = np.where(felt == 0, np.nan, np.where(felt == 100, 0, felt))
    assert np.array_equal(shown(parts["weight each meets"]), meets, equal_nan=True)
    dx, _, _ = backward(PICTURE, KERNEL, DOUTS[stride], stride=stride)
    assert np.array_equal(shown(parts["dx"]), dx)
    assert framed(parts["dx"]) == [(row, col, 1, 1)]
    (equation,) = (text.get_text() for text in figure.texts)
    value = re.search(r"= (-?\d+)(: no window reaches it)?$", minus(equation))[1]
    assert float(value) == dx[row, col]
    if "sum of" not in equation and used:
        terms = minus(equation).split(" = ")[1].replace("·", "*")
        assert eval(terms) == dx[row, col]
    assert equation in scatter_gather.describe_gather((5, 6), KERNEL, DOUTS, row, col, stride)


ROUTES = list(itertools.product([1, 2, 3], [0, 1, 2, 3]))


@pytest.mark.parametrize(("stride", "padding"), ROUTES)
def test_third_route_leads_to_the_gradient(stride, padding):
    # The library, on one row of six pixels.
    layer = Conv2d(1, 1, (1, 3), stride=(1, stride), padding=(0, padding)).astype("float64")
    layer.weight.data = WEIGHTS[None, None, None].astype(float)
    count = layer(ROW[None, None, None].astype(float)).shape[3]
    dy = 2.0 * np.arange(count) + 1
    right = layer.backward(dy[None, None, None])[0, 0, 0]
    rest = (6 + 2 * padding - 3) % stride
    for step in (2, 3):
        figure = third_route.draw_third_route(step, stride, padding)
        _, row_ax, dx_ax, turned_ax = figure.axes
        drawn, row, dx, turned = (shown(ax)[0] for ax in figure.axes)
        assert drawn.tolist() == dy.tolist()
        assert turned.tolist() == WEIGHTS[::-1].tolist()
        # What the picture says: the turned kernel slides over what is not crossed out.
        crossed = {round(np.mean(line.get_xdata())) for line in row_ax.lines}
        kept = np.array([v for k, v in enumerate(row) if k not in crossed])
        slid = np.correlate(kept, turned, "valid")
        assert np.array_equal(slid, dx[: len(slid)])
        assert len(slid) == 6 - rest * (step == 2)
        assert np.isnan(dx[len(slid) :]).all()
        first_kept = row_ax.transData.transform((min(set(range(20)) - crossed), 0))[0]
        assert np.isclose(first_kept, turned_ax.transData.transform((0, 0))[0], atol=0.5)
        middle = turned_ax.transData.transform((1, 0))[0]
        assert np.isclose(middle, dx_ax.transData.transform((0, 0))[0], atol=0.5)
    assert np.array_equal(dx, right)
    # Hatched is what lies behind the last window.
    felt = [k for k, pixel in enumerate(np.eye(6)) if reaches(pixel, stride, padding)]
    assert [k for _, k in hatched(dx_ax)] == list(range(max(felt) + 1, 6))
    alt = minus(third_route.describe_third_route(3, stride, padding))
    assert f"gives 6 of 6: {', '.join(f'{v:g}' for v in dx + 0.0)}." in alt


def reaches(pixel, stride, padding):
    whole = Conv2d(1, 1, (1, 3), stride=(1, stride), padding=(0, padding), bias=False)
    whole.weight.data = np.ones((1, 1, 1, 3))
    return whole(pixel[None, None, None]).any()


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_first_step_makes_holes_and_nothing_else(stride):
    dy_ax, row_ax, dx_ax = third_route.draw_third_route(1, stride, 0).axes
    assert np.isnan(shown(dx_ax)).all()
    dy, row = shown(dy_ax)[0], shown(row_ax)[0]
    assert np.array_equal(row[::stride], dy)
    assert np.count_nonzero(row) == len(dy)
    assert len(row) == (len(dy) - 1) * stride + 1
    assert f"S − 1 = {stride - 1} hole" in third_route.describe_third_route(1, stride, 0)


@pytest.mark.parametrize(("stride", "padding"), ROUTES)
def test_what_is_handed_back_stays_in_its_place_from_step_to_step(stride, padding):
    figures = [third_route.draw_third_route(step, stride, padding) for step in (1, 2, 3)]
    for place in (0, 2):
        lefts = [figure.axes[place].get_position().x0 for figure in figures]
        assert np.ptp(lefts) < 1e-9


@pytest.mark.parametrize(("kernel_size", "stride"), [(3, 2), (4, 2), (2, 3)])
def test_overlap_counts_stamps(kernel_size, stride):
    counts = pictures.overlap(kernel_size, stride, 3)
    expected = np.zeros(counts.shape)
    for p, q in np.ndindex(3, 3):
        window = (slice(at * stride, at * stride + kernel_size) for at in (p, q))
        expected[tuple(window)] += 1
    assert np.array_equal(counts, expected)


def test_checkerboard_shows_pictures_and_counts():
    image, counts = np.linspace(0, 1.2, 12).reshape(3, 4), pictures.overlap(3, 2, 3)[2:5, 2:5]
    figure = pictures.draw_checkerboard({"one": (image, counts), "two": (image, counts)})
    (first, below, second, _) = figure.axes
    assert [first.get_title(), second.get_title()] == ["one", "two"]
    assert np.array_equal(first.images[0].get_array(), np.clip(image, 0, 1))
    assert np.array_equal(shown(below), counts)


def test_verdicts_frame_what_lies():
    errors = np.array([[1e-9, 1e-9], [1e-9, 1e-3]])
    (ax,) = pictures.draw_verdicts(errors, ["right", "wrong"], ["careless", "careful"]).axes
    texts = [text.get_text() for text in ax.texts]
    assert texts == [
        "careless",
        "careful",
        "right",
        "passes",
        "passes",
        "wrong",
        "passes",
        "caught",
    ]
    framed = [box.get_linewidth() > 2 for box in ax.patches]
    assert framed == [False, False, True, False]
    with pytest.raises(ValueError, match=r"expected errors of shape \(1, 2\), got \(2, 2\)"):
        pictures.draw_verdicts(errors, ["right"], ["careless", "careful"])


@pytest.mark.parametrize("precision", ["float64", "float32"])
@pytest.mark.parametrize("curve", numeric.CURVES)
def test_numeric_shows_what_it_measured(curve, precision):
    steps = [1e-2, 1e-4, 1e-6, 1e-8]
    f, at, slope, _ = numeric.CURVES[curve]
    kind = np.dtype(precision).type
    for step in steps:
        figure = numeric.draw_numeric(curve, precision, step, steps)
        above, below = (kind(f(kind(at) + kind(way * step))) for way in (1, -1))
        error = abs((float(above) - float(below)) / (2 * step) / slope - 1)
        (ax,) = figure.axes
        (x,), (y,) = ax.lines[-1].get_data()
        y = 10.0**y
        assert np.isclose(10.0**x, step)
        assert np.isclose(y, max(error, 1e-16), rtol=1e-6, atol=1e-15)
        values = [minus(text.get_text()).split(" = ")[1] for text in figure.texts]
        digits = 17 if precision == "float64" else 9
        assert [len(value.split(".")[1]) for value in values] == [digits, digits]
        assert np.allclose([float(v) for v in values], [above, below], rtol=0, atol=10.0**-digits)
        alt = numeric.describe_numeric(curve, precision, step, steps)
        assert f"At a step of {step:.0e} it is {y:.0e}" in alt or y <= 1e-15


def test_slopes_of_the_curves_are_their_derivatives():
    for name, (f, at, slope, third) in numeric.CURVES.items():
        assert np.isclose((f(at + 1e-6) - f(at - 1e-6)) / 2e-6, slope), name
        if third:
            h = 1e-3
            measured = (f(at + 2 * h) - 2 * f(at + h) + 2 * f(at - h) - f(at - 2 * h)) / (2 * h**3)
            assert np.isclose(measured, third, rtol=1e-3), name


def test_float32_is_measured_in_float32():
    errors = numeric.numeric_errors("a sine", "float32", [1e-2, 1e-9])
    assert 1e-6 < errors[0] < 1e-4
    assert errors[1] == 1
