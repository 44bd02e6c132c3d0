"""What the figures of the chapter *im2col* show is what the library computes."""

import itertools
import warnings

import numpy as np
import pytest

from lib.convolution import im2col
from lib.convolution import row_windows as fast
from lib.figures.im2col import cost, matrices, row_windows
from lib.layers import Conv2d
from lib.networks import VGG
from tests import naive
from tests.test_figures_convolution import framed, numbers, panels

RNG = np.random.default_rng(0)
ONE = (1, 1)


@pytest.fixture(autouse=True)
def drawn_without_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def naive_rows(x, kernel_size, stride=1):
    return naive.im2col(np.asarray(x, float)[None], kernel_size, (stride, stride), (0, 0), ONE)


def numbers_in(ax, shape):
    """Read a grid of numbers from axes that also hold other text."""
    texts = {t.get_position(): t.get_text().replace("\N{MINUS SIGN}", "-") for t in ax.texts}
    return np.array([texts[j, i] for i, j in np.ndindex(shape)], float).reshape(shape)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("shape", [(4, 5), (5, 4)])
def test_matrix_convolves(shape, stride):
    matrix = matrices.convolution_matrix(shape, (3, 2), stride)
    x, weight = RNG.normal(size=(1, 1, *shape)), np.arange(1.0, 7.0).reshape(1, 1, 3, 2)
    y = naive.conv2d(x, weight, None, (stride, stride), (0, 0), ONE, 1)
    assert np.allclose(matrix @ x.reshape(-1), y.reshape(-1))


def letters_in(ax, shape):
    """Read which cells of a grid hold a letter; other text stands beside them."""
    texts = {t.get_position(): t.get_text() for t in ax.texts if len(t.get_text()) == 1}
    return {(i, j): texts[j, i] for i, j in np.ndindex(shape) if texts.get((j, i), "").isalpha()}


LETTERS = "abcdefghi"


@pytest.mark.parametrize("output", range(6))
def test_a_row_of_the_matrix_is_what_an_output_reads(output):
    figure = matrices.draw_matrix((4, 5), (3, 3), f"output {output}")
    picture, matrix, outputs = figure.axes
    p, q = divmod(output, 3)
    expected = {(p + i, q + j): LETTERS[3 * i + j] for i, j in np.ndindex(3, 3)}
    assert letters_in(picture, (4, 5)) == expected
    assert framed(picture) == [(p, q, 3, 3)]
    assert framed(matrix) == [(output, 0, 1, 20)]
    assert framed(outputs) == [(p, q, 1, 1)]
    assert letters_in(outputs, (2, 3)) == {}
    columns = ", ".join(str(5 * i + j) for i, j in sorted(expected))
    assert f"columns {columns}," in matrices.describe_matrix((4, 5), (3, 3), f"output {output}")


@pytest.mark.parametrize("pixel", range(20))
def test_a_column_of_the_matrix_is_what_reads_a_pixel(pixel):
    figure = matrices.draw_matrix((4, 5), (3, 3), f"pixel {pixel}")
    picture, matrix, outputs = figure.axes
    row, col = divmod(pixel, 5)
    places = [(i, j, row - i, col - j) for i, j in np.ndindex(3, 3)]
    expected = {(p, q): LETTERS[3 * i + j] for i, j, p, q in places if 0 <= p < 2 and 0 <= q < 3}
    assert letters_in(outputs, (2, 3)) == expected
    assert framed(picture) == [(row, col, 1, 1)]
    assert framed(matrix) == [(0, pixel, 6, 1)]
    assert framed(outputs) == []
    words = ", ".join(f"output {3 * p + q} with {expected[p, q]}" for p, q in sorted(expected))
    assert matrices.describe_matrix((4, 5), (3, 3), f"pixel {pixel}").endswith(f": {words}.")


def test_every_row_and_column_has_a_name():
    lines = matrices.matrix_lines((4, 5), (3, 3))
    assert len(lines) == len(set(lines)) == 6 + 20
    for line in lines:
        matrices.draw_matrix((4, 5), (3, 3), line)


@pytest.mark.parametrize("p", range(3))
def test_row_windows(p):
    x, kernel = RNG.integers(0, 4, (5, 5)), RNG.integers(-2, 3, (3, 3))
    figure = row_windows.draw_row_windows(x, kernel, p)
    parts = panels(figure)
    (weights,) = (ax for ax in figure.axes if not ax.get_title())
    buffer = numbers_in(parts["buffer"], (15, 3))
    ((top, _, height, _),) = framed(parts["buffer"])
    lines = buffer[int(top) : int(top + height)]
    assert top == 3 * p
    # A row of lines is an output row of im2col: one column for each window.
    assert np.array_equal(lines, naive_rows(x[None], (3, 3))[3 * p : 3 * p + 3].T)
    y = naive.conv2d(x[None, None].astype(float), kernel[None, None], None, ONE, (0, 0), ONE, 1)
    assert np.array_equal(numbers(weights).reshape(-1) @ lines, y[0, 0, p])
    assert np.array_equal(numbers_in(parts["output"], (3, 3)), y[0, 0])
    assert framed(parts["picture"]) == [(p, 0, 3, 5)]
    assert framed(parts["output"]) == [(p, 0, 1, 3)]
    text = ", ".join(f"{v:g}" for v in y[0, 0, p])
    alt = row_windows.describe_row_windows(x, kernel, p).replace("\N{MINUS SIGN}", "-")
    assert f"lines {3 * p} to {3 * p + 8}" in alt
    assert alt.endswith(f"it gives {text}.")


@pytest.mark.parametrize(
    ("kernel_size", "stride", "batch_size"),
    list(itertools.product([1, 3, 7], [1, 2], [1, 3])),
)
def test_memory_counts_the_bytes_of_real_arrays(monkeypatch, kernel_size, stride, batch_size):
    monkeypatch.setitem(cost.LAYERS, "small", (3, 9, 4))
    x = np.zeros((batch_size, 3, 9, 9), np.float32)
    layer = Conv2d(3, 4, kernel_size, stride, kernel_size // 2, bias=False)
    padding = (kernel_size // 2,) * 2
    view = fast.row_windows(fast.to_rows(x), (kernel_size,) * 2, (stride,) * 2, padding)
    shifts = np.lib.array_utils.byte_bounds(view)
    sizes = cost.memory("small", kernel_size, stride, batch_size)
    assert sizes == {
        "input": x.nbytes,
        "im2col matrix": im2col(x, kernel_size, stride, padding).nbytes,
        "shift buffer": sizes["shift buffer"],
        "output": layer(x).nbytes,
        "weights": layer.weight.data.nbytes,
    }
    # The last rows of the buffer may be the remainder, which no window shows.
    one_row = sizes["shift buffer"] / (9 + 2 * padding[0])
    shown = (shifts[1] - shifts[0]) / one_row
    assert shown == (layer(x).shape[2] - 1) * stride + kernel_size
    assert shown <= 9 + 2 * padding[0] < shown + stride


def test_layers_are_those_of_vgg():
    network = VGG(16, num_classes=10, width=1 / 16)
    convolutions = [layer for layer in network.features if isinstance(layer, Conv2d)]
    size, c, found = 224, 3, {}
    for number, layer in enumerate(convolutions, 1):
        f = 16 * len(layer.weight.data)
        found[f"VGG-16, convolution {number}"] = (c, size, f)
        c, size = f, size // 2 if number in (2, 4, 7, 10, 13) else size
    assert cost.LAYERS.items() <= found.items()


@pytest.mark.parametrize("layer", cost.LAYERS)
def test_memory_figure(layer):
    for settings in itertools.product([1, 3, 5, 7], [1, 2], [1, 32]):
        sizes = cost.memory(layer, *settings)
        figure = cost.draw_memory(layer, *settings)
        figure.canvas.draw()
        (ax,) = figure.axes
        bars = [bar.get_width() for bar in ax.patches]
        assert np.allclose(bars, [size / sizes["input"] for size in sizes.values()])
        assert max(bars) <= ax.get_xticks()[-1]


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (768, "768 bytes"),
        (999, "999 bytes"),
        (115_605_504, "116 MB"),
        (999_700, "1 MB"),
        (2e10, "20 GB"),
    ],
)
def test_bytes(count, text):
    assert cost._bytes(count) == text


def test_roofline():
    points = {"low": (0.1, 2e9), "high": (50.0, 90e9)}
    figure = cost.draw_roofline(points, bandwidth=20e9)
    figure.canvas.draw()
    (ax,) = figure.axes
    roof, *marks = ax.lines
    assert [tuple(mark.get_xydata()[0]) for mark in marks] == [(0.1, 2.0), (50.0, 90.0)]
    (x0, y0), (edge, best), (_, flat) = roof.get_xydata()
    assert y0 == pytest.approx(20 * x0)  # gigaFLOPs: bytes a second times FLOPs for each
    assert best == flat == 90.0
    assert edge == pytest.approx(90 / 20)
    alt = cost.describe_roofline(points, bandwidth=20e9)
    assert "high: 50 FLOPs a byte, 90 gigaFLOPs a second" in alt


def test_a_roofline_of_another_machine_is_drawn_as_marks():
    points = {"low": (0.1, 2e9), "high": (50.0, 90e9)}
    (ax,) = cost.draw_roofline(points, 20e9, {"low": (0.1, 1e9), "high": (50.0, 200e9)}).axes
    marks = [line.get_xydata()[0].tolist() for line in ax.lines if line.get_marker() == "D"]
    assert marks == [[0.1, 1.0], [50.0, 200.0]]
    assert ax.get_ylim()[0] < 1 and ax.get_ylim()[1] > 200


def test_ladder():
    seconds = {"slow": 30.0, "im2col": 0.02, "fast": 0.01}
    figure = cost.draw_ladder(seconds, "im2col")
    figure.canvas.draw()
    (ax,) = figure.axes
    assert [text.get_text() for text in ax.texts] == ["1,500", "1.0", "0.50"]
    ends = [bar.get_x() + bar.get_width() for bar in ax.patches]
    assert np.allclose(ends, [1500, 1, 0.5])
    assert "slow 1,500" in cost.describe_ladder(seconds, "im2col")


def test_the_ladder_of_another_machine_is_drawn_as_marks_in_its_own_unit():
    seconds = {"slow": 30.0, "im2col": 0.02, "fast": 0.01}
    recorded = {"slow": 80.0, "im2col": 0.04, "fast": 0.03}
    (ax,) = cost.draw_ladder(seconds, "im2col", recorded).axes
    (marks,) = ax.lines
    assert np.allclose(marks.get_xdata(), [2000, 1, 0.75])
    texts = [text.get_text() for text in ax.texts]
    assert texts == ["1,500 (2,000)", "1.0 (1.0)", "0.50 (0.75)"]
    alt = cost.describe_ladder(seconds, "im2col", recorded)
    assert "In the record: slow 2,000, im2col 1.0, fast 0.75." in alt


def test_crossover():
    seconds = {"1 channel": {"A": [1e-3, 9e-3], "B": [2e-3, 3e-3]}}
    figure = cost.draw_crossover([1, 3], seconds)
    figure.canvas.draw()
    first, second = figure.axes[0].lines
    assert np.allclose(first.get_xydata(), [[1, 1], [3, 9]])  # milliseconds
    assert np.allclose(second.get_ydata(), [2, 3])
    alt = cost.describe_crossover([1, 3], seconds)
    assert alt.endswith("1 channel, fastest by kernel size: 1: A, 3: B.")
