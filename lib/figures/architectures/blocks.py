"""Figures of the chapter *Architectures*: the blocks, and which channel sees which."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle

from lib.explore import touchable_area
from lib.figures.grids import blank_figure, place_axes
from lib.figures.style import ACCENT, BLANK, INK, MUTED, OKABE_ITO, new_figure
from lib.settings import as_choice, as_integer

__all__ = [
    "BRANCHES",
    "CARDS",
    "branch_weights",
    "card_weights",
    "describe_cards",
    "describe_connections",
    "describe_inception",
    "draw_cards",
    "draw_connections",
    "draw_inception",
]

# AlexNet's convolutions as published: channels in, filters, kernel size, groups.
CARDS = {
    "conv 1": (3, 96, 11, 1),
    "conv 2": (96, 256, 5, 2),
    "conv 3": (256, 384, 3, 1),
    "conv 4": (384, 384, 3, 2),
    "conv 5": (384, 256, 3, 2),
}
BRANCHES = ("1×1", "3×3", "5×5", "pooling")


def draw_connections(connections: Sequence[Sequence[int]], filter: int) -> Figure:
    """Show which maps each filter sees, with one filter counted; a touch sets `filter`.

    Parameters
    ----------
    connections : sequence of sequence of int
    filter : int
    """
    filter = as_integer(filter, "filter", at_least=0, at_most=len(connections) - 1)
    maps = 1 + max(max(seen) for seen in connections)
    figure, ax = new_figure(6, 2.9)
    for f, seen in enumerate(connections):
        for m in range(maps):
            on = m in seen
            color = (ACCENT if f == filter else OKABE_ITO[0]) if on else "none"
            ax.add_patch(Rectangle((f - 0.45, m - 0.45), 0.9, 0.9, fc=color, ec=MUTED, lw=0.8))
        touchable_area(ax, f - 0.5, f + 0.5, -0.5, maps - 0.5, filter=f)
    count = len(connections[filter])
    ax.set_title(
        f"filter {filter} sees {count} maps: {count} · 5 · 5 + 1 = {25 * count + 1} numbers",
        fontsize=10,
    )
    ax.set(xlim=(-0.6, len(connections) - 0.4), ylim=(maps - 0.4, -0.6), aspect="equal")
    ax.set(xlabel="filter of C3", ylabel="map of S2", yticks=range(maps))
    ax.set_xticks(range(len(connections)))
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    return figure


def describe_connections(connections: Sequence[Sequence[int]], filter: int) -> str:
    """Say what the figure shows."""
    kernels = sum(map(len, connections))
    seen = connections[filter]
    return (
        f"A table of {len(connections)} filters and the maps that each sees, {kernels} squares "
        f"filled in all. Filter {filter} sees {len(seen)} maps, {', '.join(map(str, seen))}, and "
        f"learns {25 * len(seen) + 1} numbers."
    )


def card_weights(cards: int) -> dict:
    """Return the weights of AlexNet's convolutions, spread over two cards or on one.

    Examples
    --------
    >>> card_weights(2)["conv 2"], card_weights(1)["conv 2"]
    (307200, 614400)
    """
    groups = {1: lambda g: 1, 2: lambda g: g}[as_choice(cards, "cards", (1, 2))]
    return {
        name: filters * (channels // groups(g)) * k * k
        for name, (channels, filters, k, g) in CARDS.items()
    }


def draw_cards(cards: int) -> Figure:
    """Show which channels each filter of AlexNet sees, on two cards or on one.

    Parameters
    ----------
    cards : int
        2, as published, or 1.
    """
    weights = card_weights(cards)
    figure = blank_figure(6.3, 2.7)
    ax = place_axes(figure, 0.3, 0.1, 6.0, 2.5)
    ax.set(xlim=(-0.05, 5.2), ylim=(2.15, -0.35))
    ax.axis("off")
    for place, (name, (channels, filters, k, groups)) in enumerate(CARDS.items()):
        groups = groups if cards == 2 else 1
        x, size = 1.05 * place, 0.85
        ax.add_patch(Rectangle((x, 0.1), size, 1.2, fc="none", ec=MUTED, lw=1))
        for g in range(groups):
            color = OKABE_ITO[0] if cards == 1 else (OKABE_ITO[0], OKABE_ITO[4])[g]
            width, height = size / groups, 1.2 / groups
            corner = (x + g * width, 0.1 + g * height)
            ax.add_patch(Rectangle(corner, width, height, fc=color, ec=MUTED, lw=1))
        if cards == 2 and groups == 1:  # each card's filters see both
            for g, color in enumerate((OKABE_ITO[0], OKABE_ITO[4])):
                corner = (x, 0.1 + g * 0.6)
                ax.add_patch(Rectangle(corner, size, 0.6, fc=color, ec=MUTED, lw=1))
        middle = x + size / 2
        ax.text(middle, -0.02, name, ha="center", va="bottom", size=10, weight="bold")
        ax.text(middle, 1.4, f"{channels} → {filters}, {k}×{k}", ha="center", va="top", size=8.5)
        ax.text(middle, 1.62, f"{weights[name]:,}", ha="center", va="top", size=9.5)
    ax.text(-0.06, 0.7, "filters", rotation=90, ha="right", va="center", size=9)
    ax.text(0.0, 2.12, f"channels from left to right;  {sum(weights.values()):,} weights", size=9.5)
    return figure


def describe_cards(cards: int) -> str:
    """Say what the figure shows."""
    weights = card_weights(cards)
    total = f"{sum(weights.values()):,} weights in the five convolutions"
    if cards == 1:
        return f"On one card all filters see all channels, five full squares; {total}."
    return (
        "On two cards the squares of convolutions 2, 4 and 5 are filled in two quarters only: the "
        f"filters of a card see that card's channels. Convolutions 1 and 3 are full; {total}."
    )


def branch_weights(in_channels: int, filters: Sequence[int], reduced: bool) -> list:
    """Return the weights of the steps in each branch of an Inception block.

    Parameters
    ----------
    in_channels : int
    filters : sequence of six int
        As in the source: 1×1; before the 3×3, 3×3; before the 5×5, 5×5; after the pooling.
    reduced : bool
        With the 1×1 convolutions before the large ones; without them, and without that after the
        pooling, it is what the source calls naive.

    Examples
    --------
    >>> branch_weights(192, (64, 96, 128, 16, 32, 32), True)
    [[12288], [18432, 110592], [3072, 12800], [6144]]
    >>> branch_weights(192, (64, 96, 128, 16, 32, 32), False)
    [[12288], [221184], [153600], []]
    """
    narrow, to_middle, middle, to_large, large, pooled = filters
    if not reduced:
        return [
            [in_channels * narrow],
            [9 * in_channels * middle],
            [25 * in_channels * large],
            [],
        ]
    return [
        [in_channels * narrow],
        [in_channels * to_middle, 9 * to_middle * middle],
        [in_channels * to_large, 25 * to_large * large],
        [in_channels * pooled],
    ]


def draw_inception(blocks: dict, name: str, reduced: bool) -> Figure:
    """Show the four branches of an Inception block, with the weights of each step.

    Parameters
    ----------
    blocks : dict of str to (int, sequence of six int)
        Channels that come in, and filters.
    name : str
    reduced : bool
        As for :func:`branch_weights`.
    """
    channels, filters = blocks[as_choice(name, "name", blocks)]
    narrow, to_middle, middle, to_large, large, pooled = filters
    weights = branch_weights(channels, filters, reduced)
    before = (None, to_middle, to_large, "pool")
    after = (narrow, middle, large, pooled if reduced else None)
    figure = blank_figure(6.3, 3.1)
    ax = place_axes(figure, 0, 0, 6.3, 3.1)
    ax.set(xlim=(0, 6.3), ylim=(3.1, 0))
    ax.axis("off")
    _box(ax, 3.15, 0.25, 5.9, f"{channels} channels", OKABE_ITO[5])
    out = narrow + middle + large + (pooled if reduced else channels)
    for k, x in enumerate((0.85, 2.4, 3.95, 5.5)):
        steps = _steps(k, before[k], after[k], reduced)
        places = {1: (1.2,), 2: (0.85, 1.55)}[len(steps)]
        last = 0.43
        for y, (text, color) in zip(places, steps, strict=True):
            ax.annotate("", (x, y - 0.18), (x, last), arrowprops=_ARROW)
            _box(ax, x, y, 1.4, text, color)
            last = y + 0.18
        ax.annotate("", (x, 2.12), (x, last), arrowprops=_ARROW)
        ax.text(x + 0.06, 1.93, f"{sum(weights[k]):,}", ha="left", va="center", size=9)
    _box(ax, 3.15, 2.3, 5.9, f"{out} channels, joined", OKABE_ITO[5])
    total = sum(map(sum, weights))
    ax.text(3.15, 2.85, f"{total:,} weights", ha="center", va="center", size=12, weight="bold")
    return figure


_ARROW = {"arrowstyle": "-|>", "color": MUTED, "lw": 1.2, "shrinkA": 0, "shrinkB": 0}


def _steps(k, before, after, reduced):
    window = ("1×1", "3×3", "5×5", "1×1")[k]
    last = (f"{window}: {after}", BLANK)
    first = ("3×3 max pool", BLANK) if before == "pool" else (f"1×1: {before}", OKABE_ITO[4])
    if k == 0:
        return [last]
    if k == 3:
        return [first, last] if reduced else [first]
    return [first, last] if reduced else [last]


def _box(ax, x, y, width, text, color):
    style = "round,pad=0.02,rounding_size=0.06"
    corner = (x - width / 2, y - 0.16)
    ax.add_patch(FancyBboxPatch(corner, width, 0.32, boxstyle=style, fc=color, ec=MUTED, lw=1))
    drawn = ax.text(x, y, text, ha="center", va="center_baseline", size=9.5)
    drawn.set_color(INK)


def describe_inception(blocks: dict, name: str, reduced: bool) -> str:
    """Say what the figure shows."""
    channels, filters = blocks[as_choice(name, "name", blocks)]
    with_them, without = (
        sum(map(sum, branch_weights(channels, filters, each))) for each in (True, False)
    )
    shown = "with" if reduced else "without"
    return (
        f"Inception block {name}, {shown} the 1×1 convolutions that make the channels few. Four "
        f"branches on {channels} channels. With them it has {with_them:,} weights, without them "
        f"{without:,}, {without / with_them:.1f} times as many."
    )
