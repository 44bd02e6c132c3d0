"""Colors, sizes and helpers shared by every figure of the book.

Figures are made without pyplot, so drawing one leaves no trace elsewhere. What is black becomes
the text color of the page when :mod:`lib.explore` shows the figure; text on a colored ground
must keep its color, so it is written in :data:`INK` or in white.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from cycler import cycler
from matplotlib import colormaps
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize, to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.settings import as_number

__all__ = [
    "ACCENT",
    "BLANK",
    "INK",
    "LINE_STYLES",
    "MUTED",
    "NEGATIVE",
    "OKABE_ITO",
    "POSITIVE",
    "ZERO",
    "diverging",
    "draw_grid",
    "draw_image",
    "new_figure",
    "sequential",
    "symmetric_norm",
    "text_color",
]

NEGATIVE, ZERO, POSITIVE = "#B35806", "#F7F7F7", "#2166AC"
# Not black: black would turn white in dark mode, and the ground below it would not turn black.
INK = "#010101"
# Reads on a white page and on a nearly black one: grid lines, borders, what is left out.
MUTED = "#808080"
# The window or cell that the figure speaks of; 3:1 or more against both pages and most cells.
ACCENT = "#D55E00"
# A cell with a number and no meaning in its color.
BLANK = "#F7F7F7"

OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", MUTED)
_DASHES = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)), (0, (5, 1.5, 1.2, 1.5)), (0, (8, 2)), "-", "-")
_MARKERS = ("o", "s", "^", "D", "v", "X", "P")
# A line is told from its neighbors by color, by dash and by marker.
LINE_STYLES = cycler(color=OKABE_ITO) + cycler(linestyle=_DASHES) + cycler(marker=_MARKERS)

diverging = LinearSegmentedColormap.from_list("book_diverging", [NEGATIVE, ZERO, POSITIVE])
sequential = colormaps["cividis"]


def new_figure(width: float = 6, height: float = 3, rows: int = 1, cols: int = 1, **options):
    """Make an empty figure and its axes, in the style of the book.

    Parameters
    ----------
    width, height : float
        Size in inches. A 6-inch figure fills the text column, and its 10-point text is then as
        large as the page's; narrower figures keep the same size of text.
    rows, cols : int
        How many axes, one below and beside the other.
    **options
        For ``Figure.subplots`` of Matplotlib, for example ``width_ratios``, ``sharex``.

    Returns
    -------
    figure : matplotlib.figure.Figure
    axes : matplotlib.axes.Axes or numpy.ndarray of Axes
        One; or an array of shape (rows,), (cols,) or (rows, cols).

    Examples
    --------
    >>> figure, (left, right) = new_figure(6, 2, cols=2)
    >>> _ = left.plot([1, 2, 3])
    """
    figure = Figure(figsize=(width, height), layout="constrained", facecolor="none")
    axes = figure.subplots(rows, cols, **options)
    for ax in np.ravel(axes):
        ax.set_prop_cycle(LINE_STYLES)
        ax.set_facecolor("none")
        ax.spines[["top", "right"]].set_visible(False)
        ax.title.set_fontsize(11)
    return figure, axes


def symmetric_norm(*arrays: np.ndarray, limit: float | None = None) -> Normalize:
    """Scale values so that zero is in the middle of a diverging color map.

    Parameters
    ----------
    *arrays : array
        All values that share the scale.
    limit : float, optional
        The largest magnitude, by default that of the arrays.

    Examples
    --------
    >>> norm = symmetric_norm([-1.0, 0.0, 4.0])
    >>> norm.vmin, norm.vmax, float(norm(0.0))
    (-4.0, 4.0, 0.5)
    """
    if limit is None:
        limit = max((float(np.abs(np.asarray(array)).max()) for array in arrays), default=0.0)
    limit = as_number(limit, "limit", at_least=0) or 1.0
    return Normalize(-limit, limit)


def text_color(ground: str | Sequence[float]) -> str:
    """Choose dark or white text, whichever reads better on a color.

    Examples
    --------
    >>> text_color("#F7F7F7"), text_color("#2166AC")
    ('#010101', '#FFFFFF')
    """
    dark, light = _contrast(ground, INK), _contrast(ground, "#FFFFFF")
    return INK if dark >= light else "#FFFFFF"


def _contrast(first: str | Sequence[float], second: str | Sequence[float]) -> float:
    """Give the contrast ratio of WCAG 2, from 1 to 21."""
    lighter, darker = sorted(map(_luminance, (first, second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color: str | Sequence[float]) -> float:
    rgb = np.array(to_rgb(color))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def draw_grid(
    ax,
    array: np.ndarray,
    *,
    text: bool | Sequence = True,
    cmap: Colormap | None = None,
    norm: Normalize | None = None,
    format: str = "{:g}",
    highlight: Iterable[tuple[int, int, int, int]] = (),
    hatch: np.ndarray | None = None,
    padding: np.ndarray | None = None,
    outline: str = ACCENT,
    title: str | None = None,
):
    """Draw a matrix as cells with its numbers in them.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where; its ticks and frame go, its cells are square, row 0 is at the top.
    array : (H, W) array
        The numbers. ``nan`` leaves a cell empty.
    text : bool or nested sequence
        Whether to write the numbers, or what to write instead of them.
    cmap : Colormap, optional
        Colors the cells, for example :data:`diverging`; by default they are all pale.
    norm : Normalize, optional
        By default symmetric about zero for :data:`diverging`, else from least to greatest.
    format : str
        How a number is written, for example ``"{:.1f}"``.
    highlight : iterable of (top, left, height, width)
        Windows to frame, in cells.
    hatch : (H, W) array of bool, optional
        Cells that are left out, such as the remainder no window reaches.
    padding : (H, W) array of bool, optional
        Cells that padding adds: dashed, without color.
    outline : color
        Of the highlighted windows.
    title : str, optional
        Above the grid.

    Raises
    ------
    ValueError
        If the array has not two dimensions, or a mask another shape.
    """
    array = np.asarray(array)
    if array.ndim != 2:
        raise ValueError(f"draw_grid expects an array of shape (H, W), got {array.shape}")
    h, w = array.shape
    masks = {"hatch": hatch, "padding": padding}
    for name, mask in masks.items():
        masks[name] = np.zeros((h, w), bool) if mask is None else np.asarray(mask, bool)
        if masks[name].shape != (h, w):
            raise ValueError(f"{name} expects shape {(h, w)}, got {masks[name].shape}")
    if cmap is not None and norm is None:
        low, high = float(np.nanmin(array)), float(np.nanmax(array))
        symmetric = cmap.name == diverging.name
        norm = symmetric_norm(limit=max(-low, high)) if symmetric else Normalize(low, high)
    labels = _labels(array, text, format)
    size = _text_size(ax, array.shape, labels)
    for (i, j), value in np.ndenumerate(array):
        empty = not np.isfinite(value)
        color = BLANK if cmap is None or empty else cmap(norm(float(value)))
        ground = "none" if masks["padding"][i, j] or empty else color
        _draw_cell(ax, i, j, ground, dashed=masks["padding"][i, j], hatched=masks["hatch"][i, j])
        if labels[i][j]:
            ink = "#000000" if ground == "none" else text_color(color)
            drawn = ax.text(j, i, labels[i][j], ha="center", va="center_baseline", size=size)
            drawn.set(color=ink, in_layout=False)
    for top, left, height, width in highlight:
        corner = (left - 0.5, top - 0.5)
        ax.add_patch(Rectangle(corner, width, height, fill=False, ec=outline, lw=3, zorder=3))
    margin = 0.55  # half a cell and half a line
    ax.set(xlim=(-margin, w - 1 + margin), ylim=(h - 1 + margin, -margin), aspect="equal")
    ax.axis("off")
    if title:
        ax.set_title(title, fontsize=11)


def _labels(array: np.ndarray, text: bool | Sequence, format: str) -> list[list[str]]:
    if text is False:
        return [[""] * array.shape[1] for _ in array]
    source = array if text is True else text
    return [[_label(value, format) for value in row] for row in source]


def _label(value: object, format: str) -> str:
    if isinstance(value, str):
        return value
    return "" if not np.isfinite(value) else format.format(value).replace("-", "\N{MINUS SIGN}")


def _text_size(ax, shape: tuple[int, int], labels: list[list[str]]) -> float:
    """Points that fit the longest label into a cell."""
    box = ax.get_position()
    inches = ax.figure.get_size_inches()
    cell = 72 * min(box.width * inches[0] / shape[1], box.height * inches[1] / shape[0])
    longest = max((len(label) for row in labels for label in row), default=0)
    return float(np.clip(cell * min(0.5, 1.25 / max(longest, 1)), 4, 13))


def _draw_cell(ax, i: int, j: int, ground, *, dashed: bool, hatched: bool) -> None:
    corner = (j - 0.5, i - 0.5)
    # The cells lie inside the axes: without clipping and layout, a grid is drawn twice as fast.
    options = {"clip_on": False, "in_layout": False}
    cell = Rectangle(corner, 1, 1, fc=ground, ec=MUTED, lw=0.8, **options)
    if dashed:
        cell.set(linestyle=(0, (3, 2)), zorder=0.5)
    ax.add_artist(cell)
    if hatched:
        cover = Rectangle(corner, 1, 1, fill=False, ec=MUTED, lw=0, hatch="///", **options)
        ax.add_artist(cover)


def draw_image(ax, image: np.ndarray, *, cmap="gray", norm=None, title: str | None = None):
    """Draw a photograph or a map of values, pixel by pixel.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where; its ticks and frame go.
    image : array
        (H, W), colored by ``cmap``; or (H, W, 3) or (3, H, W), red, green, blue.
    cmap : Colormap or str
        ``"gray"`` for photographs; :data:`diverging` for signed values, symmetric about zero.
    norm : Normalize, optional
        By default 0 to the greatest value for non-negative images, else least to greatest.
    title : str, optional
        Above the image.

    Returns
    -------
    matplotlib.image.AxesImage
        For a color bar.

    Raises
    ------
    ValueError
        If the array has another shape.
    """
    image = np.asarray(image)
    if image.ndim == 3 and image.shape[0] == 3 and image.shape[2] != 3:
        image = image.transpose(1, 2, 0)
    if image.ndim != 2 and not (image.ndim == 3 and image.shape[2] == 3):
        raise ValueError(
            f"draw_image expects shape (H, W), (H, W, 3) or (3, H, W), got {image.shape}"
        )
    if norm is None and image.ndim == 2:
        signed = getattr(cmap, "name", cmap) == diverging.name
        low, high = min(float(image.min()), 0.0), float(image.max())
        norm = symmetric_norm(image) if signed else Normalize(low, high if high > low else low + 1)
    # Without interpolation the file holds the pixels themselves, and the browser enlarges them.
    drawn = ax.imshow(image, cmap=cmap, norm=norm, interpolation="none")
    ax.axis("off")
    if title:
        ax.set_title(title, fontsize=11)
    return drawn
