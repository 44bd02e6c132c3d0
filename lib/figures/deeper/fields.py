"""Receptive fields on a picture: where a number can look, and where it does."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.analysis import ReceptiveField
from lib.explore import touchable
from lib.figures.style import (
    ACCENT,
    MUTED,
    OKABE_ITO,
    draw_image,
    new_figure,
    sequential,
)
from lib.settings import as_number

__all__ = [
    "describe_effective",
    "describe_frames",
    "draw_effective",
    "draw_frames",
    "square_that_holds",
]


def draw_frames(
    image: np.ndarray, fields: Mapping[str, ReceptiveField], counts: Mapping[str, int], layer: str
) -> Figure:
    """Draw what the middle number of a layer sees, and how the field grows from layer to layer.

    A touch of a bar sets a control named ``layer``.

    Parameters
    ----------
    image : (H, W) array
    fields : dict of str to ReceptiveField
        By layer, in the order of the computation.
    counts : dict of str to int
        Rows of each layer's output.
    layer : str
    """
    figure, (left, right) = new_figure(6, 3, cols=2, width_ratios=[1.15, 1])
    side = len(image)
    draw_image(left, image)
    names = list(fields)
    for name in names[: names.index(layer) + 1]:
        now = name == layer
        first, size = _frame(fields[name], counts[name])
        style = {"ec": ACCENT, "lw": 2.5} if now else {"ec": "#56B4E9", "lw": 0.9}
        corner = (first - 0.5, first - 0.5)
        left.add_patch(Rectangle(corner, size, size, fill=False, clip_on=False, **style))
    left.add_patch(Rectangle((-0.5, -0.5), side, side, fill=False, ec=MUTED, lw=0.8))
    margin = 5.5
    left.set(xlim=(-margin, side - 1 + margin), ylim=(side - 1 + margin, -margin))
    size, jump = fields[layer].size[0], fields[layer].jump[0]
    left.set_title(f"{layer}: {size} × {size} pixels, neighbors {jump} apart", fontsize=10)
    sizes = [fields[name].size[0] for name in names]
    for bar, name, size in zip(right.barh(names, sizes), names, sizes, strict=True):
        touchable(bar, layer=name).set_color(ACCENT if name == layer else OKABE_ITO[0])
        right.text(size + 0.6, name, str(size), va="center_baseline", size=9)
    right.axvline(side, color=MUTED, lw=1, ls=(0, (3, 2)))
    right.text(side, -0.75, "the picture", ha="center", size=8, color="#000000")
    right.set(xlabel="pixels on a side", xlim=(0, 1.15 * max(*sizes, side)))
    right.invert_yaxis()
    right.tick_params(axis="y", length=0)
    return figure


def _frame(field: ReceptiveField, count: int) -> tuple[int, int]:
    """Return the first row and the size of what the middle number of a layer sees."""
    return field.start[0] + count // 2 * field.jump[0], field.size[0]


def describe_frames(
    image: np.ndarray, fields: Mapping[str, ReceptiveField], counts: Mapping[str, int], layer: str
) -> str:
    """Say what :func:`draw_frames` shows."""
    first, size = _frame(fields[layer], counts[layer])
    last = first + size - 1
    outside = (
        " A part of it lies outside of the picture." if first < 0 or last >= len(image) else ""
    )
    return (
        f"The middle number of {layer} sees rows {first} to {last} of a digit of {len(image)} "
        f"rows: a square of {size} pixels.{outside} Bars show the fields of all layers, from "
        f"{min(f.size[0] for f in fields.values())} to {max(f.size[0] for f in fields.values())} "
        "pixels."
    )


def square_that_holds(share: np.ndarray, part: float = 0.95) -> tuple[int, int, int]:
    """Find the smallest square around the middle of the shares that holds a part of them.

    Parameters
    ----------
    share : (H, W) array
        With the sum 1: see :func:`lib.analysis.effective_receptive_field`.
    part : float, default 0.95

    Returns
    -------
    top, left, size : int
        The square reaches equally far on all sides; where the picture ends, nothing is added.

    Examples
    --------
    >>> square_that_holds(np.eye(5) / 5, 0.6)
    (1, 1, 3)
    """
    part = as_number(part, "part", above=0, at_most=1)
    share = np.asarray(share, float)
    row, col = (
        round(float(share.sum(axis=1 - axis) @ np.arange(share.shape[axis])) / share.sum())
        for axis in (0, 1)
    )
    for reach in range(max(share.shape)):
        rows, columns = (slice(max(at - reach, 0), at + reach + 1) for at in (row, col))
        if share[rows, columns].sum() >= (part - 1e-9) * share.sum():
            break
    return row - reach, col - reach, 2 * reach + 1


def draw_effective(share: np.ndarray, field: int, label: str) -> Figure:
    """Draw the share of each pixel in what moves one number, with the field it may use.

    Parameters
    ----------
    share : (H, W) array
    field : int
        The theoretical field, pixels on a side.
    label : str
        Of the number.
    """
    figure, (left, right) = new_figure(6, 2.9, cols=2, width_ratios=[1, 1.15])
    share = np.asarray(share, float)
    top, first, size = square_that_holds(share)
    row, col = top + size // 2, first + size // 2
    # The root shows the faint ends as well.
    left.imshow(np.sqrt(share), cmap=sequential, interpolation="none")
    for edge, color, style in ((field, "#56B4E9", (0, (4, 2))), (size, ACCENT, "-")):
        corner = (col - edge // 2 - 0.5, row - edge // 2 - 0.5)
        frame = Rectangle(corner, edge, edge, fill=False, ec=color, lw=2, ls=style)
        left.add_patch(frame)
    left.set(xlim=(-0.5, share.shape[1] - 0.5), ylim=(share.shape[0] - 0.5, -0.5))
    left.set_title(label, fontsize=10)
    left.axis("off")
    columns = np.arange(share.shape[1]) - col
    profile = share.sum(axis=0)
    right.fill_between(columns, profile, step="mid", color=OKABE_ITO[0], alpha=0.6, lw=0)
    high = profile.max()
    for edge, color, style, name, at in (
        (field, "#56B4E9", (0, (4, 2)), "can see", 1.22),
        (size, ACCENT, "-", "95 % comes from", 1.08),
    ):
        right.plot([-edge / 2, edge / 2], [at * high] * 2, color=color, ls=style, marker="|", lw=2)
        right.text(0, (at + 0.02) * high, f"{name} {edge}", ha="center", va="bottom", size=8)
    reach = max(field, share.shape[1]) / 2 + 1
    right.set(xlim=(-reach, reach), ylim=(0, 1.38 * high), yticks=[])
    right.set(xlabel="columns from the middle", title="share of each column")
    right.spines["left"].set_visible(False)
    return figure


def describe_effective(share: np.ndarray, field: int, label: str) -> str:
    """Say what :func:`draw_effective` shows."""
    size = square_that_holds(share)[2]
    return (
        f"{label}: it can see {field} pixels on a side, and 95 % of what moves it comes from a "
        f"square of {size}. The shares are largest in the middle and fade towards the border."
    )
