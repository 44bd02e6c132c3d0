"""Figures of the chapter *im2col*: windows as rows of a matrix, and back again.

Every number in them comes from :mod:`lib.convolution.windows`. What the matrix costs is in
:mod:`lib.figures.im2col.cost`, and how to do without it in :mod:`lib.figures.im2col.row_windows`.
"""

from __future__ import annotations

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, ListedColormap, Normalize
from matplotlib.figure import Figure

from lib.convolution import col2im, im2col, output_size
from lib.explore import touchable_area
from lib.figures.grids import as_place, blank_figure, number, place_axes
from lib.figures.style import MUTED, OKABE_ITO, draw_grid, sequential
from lib.settings import as_integer

__all__ = [
    "CELL",
    "add_rows",
    "convolution_matrix",
    "describe_added",
    "describe_matrix",
    "describe_row",
    "draw_added",
    "draw_matrix",
    "draw_row",
    "draw_tinted",
    "grid_axes",
]

# A channel or a picture row has a hue; its cells are pale, or strong where the figure lights them.
_HUES = [OKABE_ITO[place] for place in (0, 2, 3, 4, 5)]
_TINTS = ListedColormap(
    [
        LinearSegmentedColormap.from_list("tint", ["white", hue])(strength)
        for hue in _HUES
        for strength in (0.18, 0.85)
    ]
)


CELL = 0.26  # inches


def grid_axes(figure, left, top, shape, cell=CELL):
    """Add axes for a grid of so many cells; `draw_grid` leaves a tenth of a cell around it."""
    return place_axes(figure, left, top, cell * (shape[1] + 0.1), cell * (shape[0] + 0.1))


def draw_tinted(ax, values, hue, lit, **options) -> None:
    """Draw numbers as cells: `hue` counts channels or rows, `lit` says which cells are strong."""
    values = np.asarray(values)
    codes = np.broadcast_to(2 * np.asarray(hue) + np.asarray(lit), values.shape)
    text = [[number(v) for v in line] for line in values]
    norm = Normalize(0, 2 * len(_HUES) - 1)
    draw_grid(ax, codes, text=text, cmap=_TINTS, norm=norm, **options)


def draw_row(x, weight, row=0, col=0, filter=0) -> Figure:
    """Show one window, its row of the im2col matrix, and the output that it gives.

    Parameters
    ----------
    x : (C, H, W) array
        A small picture.
    weight : (F, C, KH, KW) array
    row, col, filter : int
        Which output.
    """
    c, h, w = x.shape
    f, _, kh, kw = weight.shape
    matrix, columns = im2col(x[None], (kh, kw)), weight.reshape(f, -1).T
    product = matrix @ columns
    out_h, out_w = output_size(h, kh), output_size(w, kw)
    row, col = as_place(row, col, (out_h, out_w))
    filter = as_integer(filter, "filter", at_least=0, at_most=f - 1)
    r = row * out_w + col
    channel = np.arange(c).repeat(kh * kw)
    figure = blank_figure(6.3, 0.4 + CELL * (c * kh * kw) + 0.3)
    window = np.zeros((h, w), bool)
    window[row : row + kh, col : col + kw] = True
    for k in range(c):
        ax = grid_axes(figure, 0.02, 0.3 + k * (CELL * h + 0.4), (h, w))
        frame = [(row, col, kh, kw)]
        draw_tinted(ax, x[k], k, window, highlight=frame, title=f"channel {k}")
    draw_tinted(
        grid_axes(figure, 1.36, 0.3, matrix.shape),
        matrix,
        channel,
        (np.arange(len(matrix)) == r)[:, None],
        highlight=[(r, 0, 1, matrix.shape[1])],
        title=f"im2col, {len(matrix)} × {matrix.shape[1]}: row {r}",
    )
    draw_tinted(
        grid_axes(figure, 3.82, 0.3, columns.shape),
        columns,
        channel[:, None],
        np.arange(f) == filter,
        highlight=[(0, filter, len(columns), 1)],
        title="weights",
    )
    ax = grid_axes(figure, 4.66, 0.3, product.shape)
    draw_grid(ax, product, highlight=[(r, filter, 1, 1)], title="product")
    image = product[:, filter].reshape(-1, out_w)
    ax = grid_axes(figure, 5.48, 0.3, image.shape)
    draw_grid(ax, image, highlight=[(row, col, 1, 1)], title=f"map {filter}")
    figure.text(0.005, 0.02, _terms(matrix[r], columns[:, filter]), size=9.5, va="bottom")
    return figure


def _terms(pixels, weights) -> str:
    terms = [
        f"{number(pixel)}·{number(weight) if weight >= 0 else f'({number(weight)})'}"
        for pixel, weight in zip(pixels, weights, strict=True)
    ]
    return f"{' + '.join(terms)} = {number(pixels @ weights)}"


def describe_row(x, weight, row=0, col=0, filter=0) -> str:
    """Say in words what :func:`draw_row` shows."""
    f, c, kh, kw = weight.shape
    matrix = im2col(x[None], (kh, kw))
    out_h, out_w = (output_size(size, k) for size, k in zip(x.shape[1:], (kh, kw), strict=True))
    row, col = as_place(row, col, (out_h, out_w))
    filter = as_integer(filter, "filter", at_least=0, at_most=f - 1)
    r = row * out_w + col
    return (
        f"The window at output row {row}, column {col} is row {r} of a matrix of {len(matrix)} "
        f"rows and {matrix.shape[1]} columns: {', '.join(map(number, matrix[r]))}; {kh * kw} "
        f"pixels from each of {c} channels. Multiplied by the weights of filter {filter} of {f}, "
        f"one column, it gives {number(matrix[r] @ weight[filter].ravel())}."
    )


def convolution_matrix(shape, kernel_size, stride=1) -> np.ndarray:
    """Give the matrix that convolves a flat picture; it holds the number of a weight, from 1.

    Shape
    -----
    ``(OH * OW, H * W)``

    Examples
    --------
    >>> convolution_matrix((1, 4), (1, 2)).astype(int)
    array([[1, 2, 0, 0],
           [0, 1, 2, 0],
           [0, 0, 1, 2]])
    """
    pixels = np.eye(shape[0] * shape[1]).reshape(-1, 1, *shape)
    rows = im2col(pixels, kernel_size, stride) @ np.arange(1.0, np.prod(kernel_size) + 1)
    return rows.reshape(len(pixels), -1).T


def draw_matrix(shape, kernel_size, output=0, stride=1) -> Figure:
    """Show a convolution as one sparse matrix, and one of its rows on the picture.

    A touch of a row sets `output`.

    Parameters
    ----------
    shape, kernel_size : (int, int)
        The weights are lettered a, b, c, … in reading order.
    output : int
        Which row; outputs are counted in reading order.
    stride : int
    """
    h, w = shape
    matrix = convolution_matrix(shape, kernel_size, stride)
    output = as_integer(output, "output", at_least=0, at_most=len(matrix) - 1)
    picture = matrix[output].reshape(shape)
    options = {"cmap": sequential, "norm": Normalize(1, np.prod(kernel_size))}
    cell = 4.4 / (h * w)
    figure = blank_figure(6.3, 0.6 + max(cell * len(matrix), CELL * h))

    def draw(ax, letters, **more):
        text = [["" if v == 0 else chr(96 + int(v)) for v in line] for line in letters]
        draw_grid(ax, np.where(letters > 0, letters, np.nan), text=text, **options, **more)

    draw(grid_axes(figure, 0.02, 0.5, shape), picture, title="picture")
    ax = grid_axes(figure, 1.85, 0.5, matrix.shape, cell)
    draw(ax, matrix, highlight=[(output, 0, 1, h * w)])
    ax.text(-0.75, -0.75, "output", ha="right", size=8.5)
    ax.text(-0.75, output, f"{output}", ha="right", va="center_baseline", size=10)
    for i in range(h):
        ax.text(w * i + (w - 1) / 2, -0.75, f"picture row {i}", ha="center", size=8.5)
        if i:
            ax.plot([w * i - 0.5] * 2, [-0.5, len(matrix) - 0.5], color=MUTED, lw=2, zorder=2)
    for row in range(len(matrix)):
        touchable_area(ax, -0.5, h * w - 0.5, row - 0.5, row + 0.5, output=row)
    return figure


def describe_matrix(shape, kernel_size, output=0, stride=1) -> str:
    """Say in words what :func:`draw_matrix` shows."""
    matrix = convolution_matrix(shape, kernel_size, stride)
    output = as_integer(output, "output", at_least=0, at_most=len(matrix) - 1)
    columns = np.flatnonzero(matrix[output])
    return (
        f"A matrix of {matrix.shape[0]} rows, one for each output, and {matrix.shape[1]} columns, "
        f"one for each pixel of a {shape[0]} by {shape[1]} picture. Row {output} holds the "
        f"{len(columns)} weights in columns {', '.join(map(str, columns))}, and nothing elsewhere. "
        "From each row to the next the same weights move to the right."
    )


def add_rows(x, kernel_size, rows, stride=1) -> tuple[np.ndarray, np.ndarray]:
    """Add the first rows of the window matrix of a picture back to its pixels.

    Returns
    -------
    total, count : (H, W) array
        The sums, and how many terms each of them has.
    """
    x = np.asarray(x, float)[None, None]
    count = len(im2col(x, kernel_size, stride))
    some = np.arange(count)[:, None] < as_integer(rows, "rows", at_least=1, at_most=count)
    return tuple(
        col2im(im2col(image, kernel_size, stride) * some, x.shape, kernel_size, stride)[0, 0]
        for image in (x, np.ones_like(x))
    )


def draw_added(x, kernel_size, rows, stride=1) -> Figure:
    """Show col2im after some rows of the window matrix have been added back.

    A touch of a row of the matrix sets `rows`: up to it, they have been added.

    Parameters
    ----------
    x : (H, W) array
        The picture whose windows are the rows.
    kernel_size : (int, int)
    rows : int
        How many rows have been added, at least one.
    stride : int
    """
    w = x.shape[1]
    matrix = im2col(np.asarray(x, float)[None, None], kernel_size, stride)
    total, count = add_rows(x, kernel_size, rows, stride)
    last = rows - 1
    p, q = divmod(last, output_size(w, kernel_size[1], stride))
    window = (p * stride, q * stride, *kernel_size)
    cell = 0.3
    figure = blank_figure(6.3, 0.4 + cell * len(matrix))
    added = (np.arange(len(matrix)) <= last)[:, None]
    panels = (
        ("picture x", x, 1, False, window),
        (f"im2col: row {last}", matrix, 0, added, (last, 0, 1, matrix.shape[1])),
        ("sum so far", total, 0, count > 0, window),
        ("terms in it", count, 2, count > 1, window),
    )
    for place, (title, values, hue, lit, frame) in enumerate(panels):
        ax = grid_axes(figure, 0.02 + 1.62 * place, 0.3, values.shape, cell)
        draw_tinted(ax, values, hue, lit, highlight=[frame], title=title)
    matrix_axes, (_, columns) = figure.axes[1], matrix.shape
    for row in range(len(matrix)):
        touchable_area(matrix_axes, -0.5, columns - 0.5, row - 0.5, row + 0.5, rows=row + 1)
    return figure


def describe_added(x, kernel_size, rows, stride=1) -> str:
    """Say in words what :func:`draw_added` shows."""
    total, count = add_rows(x, kernel_size, rows, stride)
    sums = "; ".join(", ".join(map(number, line)) for line in total)
    terms = "; ".join(", ".join(map(number, line)) for line in count)
    return (
        f"{rows} of {len(im2col(np.asarray(x)[None, None], kernel_size, stride))} rows have been "
        f"added back to the pixels they came from. The sums are {sums}. Terms in each: {terms}. "
        "Each sum is the pixel times the number of its terms."
    )
