"""The helpers that every figure shares."""

import matplotlib
import numpy as np
import pytest
from matplotlib.colors import to_hex, to_rgb
from matplotlib.patches import Rectangle

from lib.explore.rendering import render
from lib.figures import style


def luminance(color):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(color)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(first, second):
    low, high = sorted([luminance(first), luminance(second)])
    return (high + 0.05) / (low + 0.05)


def test_diverging_colors():
    ends = [to_hex(style.diverging(x)).upper() for x in (0.0, 0.5, 1.0)]
    assert ends[0] == style.NEGATIVE
    assert ends[2] == style.POSITIVE
    assert contrast(ends[1], style.ZERO) < 1.02  # 256 steps have no exact middle


def test_symmetric_norm():
    norm = style.symmetric_norm(np.array([-1.0, 2.0]), np.array([-3.0]))
    assert (norm.vmin, norm.vmax) == (-3.0, 3.0)
    norm = style.symmetric_norm(limit=2)
    assert (norm.vmin, norm.vmax) == (-2, 2)
    assert style.symmetric_norm(np.zeros(3))(0.0) == 0.5  # no division by zero


@pytest.mark.parametrize("name", ["diverging", "sequential"])
def test_text_reads_on_every_cell(name):
    cmap = getattr(style, name)
    worst = min(contrast(cmap(x), style.text_color(cmap(x))) for x in np.linspace(0, 1, 256))
    assert worst >= 4.5


def test_lines_differ_without_color():
    looks = [(str(s["linestyle"]), s["marker"]) for s in style.LINE_STYLES]
    assert len(set(looks)) == len(looks) == len(style.OKABE_ITO)


@pytest.mark.parametrize("color", [*style.OKABE_ITO[:3], style.ACCENT, style.MUTED])
@pytest.mark.parametrize("page", ["#FFFFFF", "#121212"])
def test_lines_show_on_light_and_dark_pages(color, page):
    assert contrast(color, page) >= 3


@pytest.mark.parametrize(("rows", "cols", "shape"), [(1, 1, ()), (1, 3, (3,)), (2, 3, (2, 3))])
def test_new_figure_gives_axes(rows, cols, shape):
    figure, axes = style.new_figure(6, 3, rows, cols)
    assert np.shape(axes) == shape
    assert tuple(figure.get_size_inches()) == (6, 3)
    assert len(figure.axes) == rows * cols


def test_new_figure_changes_no_setting():
    before = dict(matplotlib.rcParams)
    figure, axes = style.new_figure(cols=2)
    style.draw_grid(axes[0], np.eye(2))
    render(figure)
    assert dict(matplotlib.rcParams) == before


def cells(ax):
    return [p for p in ax.patches if isinstance(p, Rectangle)]


def texts(ax):
    return [text.get_text() for text in ax.texts]


def test_grid_writes_numbers_in_cells():
    _, ax = style.new_figure()
    style.draw_grid(ax, np.array([[1.0, -2.5, np.nan]]), title="three")
    assert texts(ax) == ["1", "−2.5"]
    assert [text.get_position() for text in ax.texts] == [(0, 0), (1, 0)]
    assert len(cells(ax)) == 3
    assert ax.get_title() == "three"
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # row 0 at the top


def test_grid_writes_other_texts_or_none():
    _, ax = style.new_figure()
    style.draw_grid(ax, np.zeros((1, 2)), text=[["a", "b"]])
    assert texts(ax) == ["a", "b"]
    _, ax = style.new_figure()
    style.draw_grid(ax, np.zeros((1, 2)), text=False)
    assert texts(ax) == []


def test_text_in_colored_cells_keeps_its_color_in_dark_mode():
    figure, ax = style.new_figure(2, 2)
    style.draw_grid(ax, np.array([[-1.0, 0.0, 1.0]]), cmap=style.diverging)
    inks = [to_hex(text.get_color()).upper() for text in ax.texts]
    assert "#000000" not in inks  # black would become the color of the page's text
    assert inks[1] == style.INK
    assert inks[2] == "#FFFFFF"
    assert style.INK in render(figure)


def test_text_in_padding_follows_the_page():
    _, ax = style.new_figure(2, 2)
    style.draw_grid(ax, np.zeros((1, 2)), padding=[[True, False]])
    assert [text.get_color() for text in ax.texts] == ["#000000", style.INK]
    dashed, solid = cells(ax)
    assert dashed.get_linestyle() != solid.get_linestyle()
    assert dashed.get_facecolor()[3] == 0
    assert solid.get_facecolor()[3] == 1


def test_grid_hatches_and_highlights():
    _, ax = style.new_figure(2, 2)
    style.draw_grid(ax, np.zeros((3, 3)), hatch=np.eye(3, dtype=bool), highlight=[(0, 1, 2, 2)])
    assert sum(cell.get_hatch() is not None for cell in cells(ax)) == 3
    window = cells(ax)[-1]
    assert (window.get_x(), window.get_y()) == (0.5, -0.5)
    assert (window.get_width(), window.get_height()) == (2, 2)


def test_grid_text_shrinks_with_the_cells():
    sizes = []
    for n in (3, 12):
        _, ax = style.new_figure(3, 3)
        style.draw_grid(ax, np.full((n, n), 100))
        sizes.append(ax.texts[0].get_fontsize())
    assert sizes[0] > sizes[1] >= 4


def test_grid_refuses_other_shapes():
    _, ax = style.new_figure()
    with pytest.raises(ValueError, match=r"shape \(H, W\), got \(3,\)"):
        style.draw_grid(ax, np.zeros(3))
    with pytest.raises(ValueError, match=r"hatch expects shape \(2, 2\), got \(2, 3\)"):
        style.draw_grid(ax, np.zeros((2, 2)), hatch=np.zeros((2, 3)))


def test_image_takes_channels_first_and_last():
    image = np.random.default_rng(0).random((4, 5, 3))
    for array in (image, image.transpose(2, 0, 1)):
        _, ax = style.new_figure()
        drawn = style.draw_image(ax, array)
        assert np.array_equal(drawn.get_array(), image)


def test_image_scales():
    _, ax = style.new_figure()
    assert style.draw_image(ax, np.array([[0.2, 0.5]])).get_clim() == (0.0, 0.5)
    assert style.draw_image(ax, np.zeros((2, 2))).get_clim() == (0.0, 1.0)
    signed = style.draw_image(ax, np.array([[-3.0, 1.0]]), cmap=style.diverging)
    assert signed.get_clim() == (-3.0, 3.0)


def test_image_refuses_other_shapes():
    _, ax = style.new_figure()
    with pytest.raises(ValueError, match=r"got \(1, 4, 4\)"):
        style.draw_image(ax, np.zeros((1, 4, 4)))
