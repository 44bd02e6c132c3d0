"""Codes drawn: seen along their two main directions, and by their neighbors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.analysis import nearest_neighbors, principal_components
from lib.explore import touchable_area
from lib.figures.style import ACCENT, OKABE_ITO, new_figure
from lib.settings import as_choice

__all__ = ["draw_components", "draw_neighbors", "enough_directions", "neighbors_of"]


def enough_directions(rows: np.ndarray, share: float = 0.9) -> int:
    """Return how many directions hold a share of the variance of some rows.

    Examples
    --------
    >>> enough_directions(np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]))
    1
    """
    shares = principal_components(rows, min(rows.shape)).shares
    return int(np.argmax(np.cumsum(shares) >= share)) + 1


def draw_components(
    rows_of: Mapping[str, np.ndarray], labels: np.ndarray, names: Sequence[str], layer: str
) -> Figure:
    """Draw the codes of one layer along the two directions in which they differ most.

    Parameters
    ----------
    rows_of : dict of str to (N, D) array
        The codes by layer.
    labels : (N,) array of int
    names : sequence of str
        Of the classes.
    layer : str
        A key of `rows_of`.
    """
    rows = rows_of[as_choice(layer, "layer", rows_of)]
    found = principal_components(rows, 2)
    figure, ax = new_figure(6, 3.7)
    scores = found.scores / np.abs(found.scores).max()
    for k, name in enumerate(names):
        color, marker = OKABE_ITO[k], "os^DvX"[k]
        x, y = scores[labels == k].T
        ax.scatter(x, y, s=22, c=color, marker=marker, lw=0, alpha=0.8, label=name)
    x, y = (f"{share:.0%} of the variance" for share in found.shares)
    ax.set(xticks=[], yticks=[], xlabel=f"first direction: {x}", ylabel=f"second: {y}")
    count = enough_directions(rows)
    ax.set_title(f"{layer}: {rows.shape[1]:,} numbers, 90 % of the variance in {count} directions")
    ax.legend(frameon=False, loc="center left", bbox_to_anchor=(1, 0.5), handletextpad=0.2)
    return figure


def neighbors_of(
    rows_of: Mapping[str, np.ndarray], others_of: Mapping[str, np.ndarray], count: int
) -> dict[str, np.ndarray]:
    """Return for each layer the numbers of the rows nearest to each other row."""
    return {layer: nearest_neighbors(rows_of[layer], others_of[layer], count) for layer in rows_of}


def draw_neighbors(
    pictures: np.ndarray,
    labels: np.ndarray,
    queries: np.ndarray,
    query_labels: np.ndarray,
    found: Mapping[str, np.ndarray],
    query: int,
    layer: str,
) -> Figure:
    """Draw some pictures to choose from, and below them the nearest ones of one of them.

    A touch of a picture in the first row sets a control named ``query``, which counts from 1.

    Parameters
    ----------
    pictures : (N, H, W) array
        The labeled ones, with `labels`.
    queries : (M, H, W) array
        Those to choose from, with `query_labels`.
    found : dict of str to (M, count) array of int
        Which pictures are nearest, by layer: see :func:`neighbors_of`.
    query : int
    layer : str
    """
    nearest = found[as_choice(layer, "layer", found)][query - 1]
    size = queries.shape[-1]
    figure, (above, below) = new_figure(6, 2.5, 2)
    above.imshow(np.hstack(list(queries)), cmap="gray", vmin=0, vmax=1, interpolation="none")
    for k in range(len(queries)):
        touchable_area(above, k * size - 0.5, (k + 1) * size - 0.5, -0.5, size - 0.5, query=k + 1)
    _frame(above, (query - 1) * size, size, ACCENT)
    above.set_title("choose a digit", fontsize=10)
    row = np.hstack([pictures[i] for i in nearest])
    below.imshow(row, cmap="gray", vmin=0, vmax=1, interpolation="none")
    truth = query_labels[query - 1]
    wrong = 0
    for k, i in enumerate(nearest):
        if labels[i] != truth:
            wrong += 1
            _frame(below, k * size, size, OKABE_ITO[1], "--")
        label = below.text((k + 0.5) * size, size + 3, str(labels[i]), ha="center", va="top")
        label.set(size=10, color="black")
    told = f"its neighbors by {layer}: {wrong} of {len(nearest)} are other digits"
    below.set_title(told, fontsize=10)
    for ax in (above, below):
        ax.axis("off")
    return figure


def _frame(ax, left, size, color, style="-"):
    frame = Rectangle((left - 0.5, -0.5), size, size, fill=False, ec=color, lw=2.5, ls=style)
    frame.set_clip_on(False)
    ax.add_patch(frame)
