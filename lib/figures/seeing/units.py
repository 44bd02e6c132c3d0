"""What single units look for: filters, maps, patches that excite them, painted pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.explore import touchable_area
from lib.figures.digits import tile
from lib.figures.style import ACCENT, OKABE_ITO, draw_image, new_figure
from lib.settings import as_choice, as_integer

__all__ = [
    "describe_first_layer",
    "describe_patches",
    "draw_first_layer",
    "draw_maps",
    "draw_painted",
    "draw_patches",
    "mosaic",
    "shades",
]

COLS = 8  # pictures in a row of the first layer


def shades(values, levels: int = 16):
    """Bring values to 0 to 1 in a few steps, so that a picture of them takes little room.

    Examples
    --------
    >>> shades(np.array([0.0, 1.0, 2.0]), levels=3)
    array([0. , 0.5, 1. ])
    """
    values = np.asarray(values, float)
    low, high = values.min(), values.max()
    return np.round((values - low) / (high - low or 1.0) * (levels - 1)) / (levels - 1)


def mosaic(pictures, cols: int, gap: int = 1):
    """Lay color pictures (N, 3, H, W) side by side, (H', W', 4); between them it is transparent."""
    layers = [tile(np.asarray(pictures)[:, c], cols, gap) for c in range(3)]
    clear = ~np.isnan(layers[0])
    return np.stack([*(np.nan_to_num(layer) for layer in layers), clear], axis=-1)


def draw_first_layer(weights, maps, photo, unit: int) -> Figure:
    """Draw all filters of a first layer and their maps, and one of each large.

    A touch of a filter or a map sets a control named ``unit``.

    Parameters
    ----------
    weights : (F, 3, KH, KW) array
    maps : (F, H, W) array
        What the filters give for the photograph.
    photo : (3, H, W) array
    unit : int
        Which one is large.
    """
    unit = as_integer(unit, "unit", at_least=0, at_most=len(weights) - 1)
    scaled = weights / np.abs(weights).max(axis=(1, 2, 3), keepdims=True)
    colors, gray = shades((scaled + 1) / 2, 64), np.stack([shades(one) for one in maps])
    figure = Figure(figsize=(6, 4.1), layout="constrained", facecolor="none")
    above, below = figure.subfigures(2, 1, height_ratios=[1.5, 1])
    for part in (above, below):
        part.set_facecolor("none")
    left, right = above.subplots(1, 2)
    left.imshow(mosaic(colors, COLS), interpolation="none")
    left.set_title(f"{len(weights)} filters", fontsize=10)
    right.imshow(tile(gray, COLS, 2), cmap="gray", vmin=0, vmax=1, interpolation="none")
    right.set_title("their maps", fontsize=10)
    for ax, (h, w), gap in ((left, weights.shape[2:], 1), (right, maps.shape[1:], 2)):
        ax.axis("off")
        for k in range(len(weights)):
            row, col = divmod(k, COLS)
            x, y = col * (w + gap) - 0.5 - gap / 2, row * (h + gap) - 0.5 - gap / 2
            touchable_area(ax, x, x + w + gap, y, y + h + gap, unit=k)
            if k == unit:
                ax.add_patch(_frame(x, y, w + gap, h + gap))
    shown = below.subplots(1, 3)
    draw_image(shown[0], photo, title="photograph")
    draw_image(shown[1], colors[unit].transpose(1, 2, 0), title=f"filter {unit}")
    draw_image(shown[2], gray[unit], title=f"map {unit}")
    return figure


def _frame(x, y, width, height) -> Rectangle:
    frame = Rectangle((x, y), width, height, fill=False, ec=ACCENT, lw=2.5)
    frame.set_clip_on(False)
    return frame


def describe_first_layer(weights, maps, unit: int) -> str:
    """Say what the filter is made of, and where its map is bright."""
    gray = np.abs(weights[unit].mean(axis=0)).sum() / np.abs(weights[unit]).mean(axis=0).sum()
    kind = "works alike in red, green and blue" if gray > 0.8 else "sets color against color"
    share = float((maps[unit] > 0.5 * maps[unit].max()).mean()) if maps[unit].max() > 0 else 0.0
    return (
        f"Filter {unit} of {len(weights)}, large, {kind}. Its map of the cat is more than half as "
        f"bright as its brightest pixel in {share:.0%} of the picture."
    )


def draw_maps(photo, maps: Mapping[str, np.ndarray], layer: str) -> Figure:
    """Draw the eight maps of a layer with the largest mean, beside the photograph.

    Parameters
    ----------
    photo : (3, H, W) array
    maps : mapping of str to (C, H, W) array
    layer : str
        A key of `maps`.
    """
    chosen = maps[as_choice(layer, "layer", maps)]
    best = np.sort(np.argsort(-chosen.mean(axis=(1, 2)), kind="stable")[:8])
    figure, axes = new_figure(6, 2.2, 2, 5)
    draw_image(axes[0, 0], photo, title="photograph")
    axes[1, 0].axis("off")
    c, h, w = chosen.shape
    axes[1, 0].text(0.5, 0.5, f"{c} maps of\n{h} × {w}", ha="center", va="center", size=9)
    for ax, k in zip(axes[:, 1:].flat, best, strict=True):
        draw_image(ax, shades(chosen[k], 12))
        ax.set_title(f"channel {k}", fontsize=8)
    return figure


def draw_patches(pixels, pictures, boxes, labels, by_class, title: str) -> Figure:
    """Draw the patches that excite a unit most, the digits they come from, and its mean by class.

    Parameters
    ----------
    pixels : (9, h, w) array
        The patches.
    pictures : (9, H, W) array
        The digits.
    boxes : (9, 4) array
        Top, left, height and width of each patch in its digit.
    labels : (9,) array
        The digits' classes.
    by_class : (10,) array
        The mean over all digits of a class of the unit's largest output.
    title : str
    """
    figure, (left, middle, right) = new_figure(6, 2.3, cols=3)
    left.imshow(tile(shades(pixels, 6), 3), cmap="gray", vmin=0, vmax=1, interpolation="none")
    left.set_title(f"patches, {pixels.shape[1]} × {pixels.shape[2]}", fontsize=10)
    middle.imshow(
        tile(shades(pictures, 6), 3, 2), cmap="gray", vmin=0, vmax=1, interpolation="none"
    )
    middle.set_title("digits: " + " ".join(map(str, labels)), fontsize=10)
    h, w = pictures.shape[1:]
    for k, (top, along, height, width) in enumerate(boxes):
        rows, cols = (max(top, 0), min(top + height, h)), (max(along, 0), min(along + width, w))
        x, y = (k % 3) * (w + 2) + cols[0] - 0.5, (k // 3) * (h + 2) + rows[0] - 0.5
        middle.add_patch(_frame(x, y, cols[1] - cols[0], rows[1] - rows[0]))
    for ax in (left, middle):
        ax.axis("off")
    right.bar(range(10), by_class, color=OKABE_ITO[0])
    right.set(xticks=range(10), xlabel="class", title=title)
    right.set_ylim(0, max(1.05 * float(np.max(by_class)), 0.1))
    right.set_title(title, fontsize=10)
    return figure


def describe_patches(labels, by_class, layer: str, unit: int) -> str:
    """Say which digits the nine patches come from, and which class excites the unit most."""
    if np.max(by_class) == 0:
        return f"Unit {unit} of {layer} gives 0 for every digit: it is dead."
    return (
        f"Unit {unit} of {layer}: the nine patches that excite it most come from the digits "
        f"{', '.join(map(str, labels))}. In the mean over all digits of a class, "
        f"{np.argmax(by_class)} excites it most, by {np.max(by_class):.1f}, and "
        f"{np.argmin(by_class)} least, by {np.min(by_class):.1f}."
    )


def draw_painted(pictures, probabilities, classes: Sequence[str]) -> Figure:
    """Draw ten painted pictures with the class each was painted for and what the network says.

    Parameters
    ----------
    pictures : (10, 3, H, W) array
    probabilities : (10,) array
        Of the class that each was painted for.
    classes : sequence of str
    """
    figure, axes = new_figure(6, 2.9, 2, 5)
    for ax, picture, p, name in zip(axes.flat, pictures, probabilities, classes, strict=True):
        draw_image(ax, np.round(np.asarray(picture) * 15) / 15)
        ax.set_title(f"{name} {p:.3f}", fontsize=8)
    return figure
