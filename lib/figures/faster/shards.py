"""Figures of the chapter *Faster, and on more than one machine*: shards of a batch, and a ring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import ConnectionPatch, Rectangle

from lib.explore import touchable
from lib.figures.style import (
    ACCENT,
    LINE_STYLES,
    MUTED,
    OKABE_ITO,
    draw_grid,
    new_figure,
    text_color,
)
from lib.settings import as_integer
from lib.training import ring_steps

__all__ = [
    "describe_apart",
    "describe_ring",
    "describe_shards",
    "draw_apart",
    "draw_ring",
    "draw_shards",
]


def _means(gradients: Sequence[float], first: int) -> tuple[float, float, float, float]:
    """Return the means of both shards, their plain mean, and the mean of all."""
    first = as_integer(first, "first", at_least=1, at_most=len(gradients) - 1)
    one, other = np.mean(gradients[:first]), np.mean(gradients[first:])
    return float(one), float(other), float((one + other) / 2), float(np.mean(gradients))


def draw_shards(gradients: Sequence[float], first: int) -> Figure:
    """Show the gradients of single pictures, shared out to two workers, and their means.

    A touch of a picture makes it the last one of the first worker.

    Parameters
    ----------
    gradients : sequence of float
        Of one weight, one a picture.
    first : int
        How many pictures the first worker has.
    """
    one, other, plain, whole = _means(gradients, first)
    n, colors = len(gradients), (OKABE_ITO[0], OKABE_ITO[4])
    figure, (left, right) = new_figure(6.3, 2.7, cols=2, width_ratios=[1.35, 1])
    bars = left.bar(range(1, n + 1), gradients, width=0.72)
    for k, bar in enumerate(bars):
        bar.set_color(colors[k >= first])
        touchable(bar, first=min(k + 1, n - 1))
        spot = left.text(k + 1, 0.15, f"{gradients[k]:g}", ha="center", va="bottom")
        spot.set_color(text_color(colors[k >= first]))
        touchable(spot, first=min(k + 1, n - 1))
    for value, x0, x1 in ((one, 0.55, first + 0.45), (other, first + 0.55, n + 0.45)):
        left.plot([x0, x1], [value, value], color="black", lw=1.5, marker="", ls="--")
    left.axvline(first + 0.5, color=MUTED, lw=1)
    left.set(xticks=range(1, n + 1), xlabel="picture", title="gradient of one weight")
    left.set_ylim(0, max(gradients) * 1.05)
    names = [f"worker 0 ({first})", f"worker 1 ({n - first})", "plain mean", "weighted mean"]
    values = [one, other, plain, whole]
    drawn = right.barh(names, values, height=0.6, color=[*colors, MUTED, OKABE_ITO[2]])
    for place, (bar, value) in enumerate(zip(drawn, values, strict=True)):
        ink = text_color(bar.get_facecolor())
        text = f"{value:.4g}"
        right.text(0.15, place, text, va="center", fontsize=10, color=ink)
    right.axvline(whole, color=ACCENT, lw=2)
    right.set(title="mean gradient", xlim=(0, max(gradients)))
    right.invert_yaxis()
    right.tick_params(axis="y", length=0)
    return figure


def describe_shards(gradients: Sequence[float], first: int) -> str:
    """Say in words what :func:`draw_shards` shows."""
    one, other, plain, whole = _means(gradients, first)
    each = ", ".join(f"{gradient:g}" for gradient in gradients)
    return (
        f"Pictures with the gradients {each}, of which worker 0 has {first} and worker 1 the "
        f"others. Their means are {one:.4g} and {other:.4g}. The plain mean of the two is "
        f"{plain:.4g}, the mean weighted by the number of pictures {whole:.4g}, which is that of "
        "the whole batch."
    )


def draw_apart(workers: Sequence[int], differences: Mapping[str, Sequence[float]]) -> Figure:
    """Show how far the mean of the shards' gradients is from the gradient of the whole batch.

    Parameters
    ----------
    workers : sequence of int
        How many shards.
    differences : mapping of str to sequence of float
        By network: the relative difference for each number of shards.
    """
    figure, ax = new_figure(6.3, 2.7)
    for (name, line), style in zip(differences.items(), LINE_STYLES, strict=False):
        ax.plot(workers, line, label=name, lw=2, **style)
    ax.set(xscale="log", yscale="log", xlabel="workers", ylabel="relative difference")
    ax.set_xticks(workers, [f"{count}" for count in workers])
    ax.minorticks_off()
    ax.set_ylim(1e-8, 1)
    ax.set_yticks([1e-8, 1e-6, 1e-4, 1e-2, 1])
    ax.grid(axis="y", color=MUTED, alpha=0.3)
    ax.legend(frameon=False, loc="center right")
    return figure


def describe_apart(workers: Sequence[int], differences: Mapping[str, Sequence[float]]) -> str:
    """Say in words what :func:`draw_apart` shows."""
    each = " ".join(
        f"{name}: {line[0]:.1g} with {workers[0]} workers, {line[-1]:.1g} with {workers[-1]}."
        for name, line in differences.items()
    )
    return (
        "The relative difference between the mean of the workers' gradients and the gradient of "
        f"the whole batch, against the number of workers, both logarithmic. {each}"
    )


# --- the ring ------------------------------------------------------------------------------------


def _sent(n: int, step: int) -> list[tuple[int, int]]:
    """Return who sends which chunk in a step, counted from 1."""
    return [(worker, (worker - step + 1) % n) for worker in range(n)]


def draw_ring(messages: Sequence[Sequence[int]], step: int) -> Figure:
    """Show what each worker holds after some steps of a ring all-reduce.

    Parameters
    ----------
    messages : sequence of sequence of int
        One a worker, with as many numbers as there are workers.
    step : int
        Steps taken, from 0 to 2 (R - 1) with R workers.
    """
    arrays = [np.asarray(message) for message in messages]
    n, states = len(arrays), ring_steps(arrays)
    step = as_integer(step, "step", at_least=0, at_most=len(states) - 1)
    held = np.array([[int(chunk[0]) for chunk in chunks] for chunks in states[step]])
    total = np.sum(arrays, axis=0)
    figure, axes = new_figure(6.3, 2.2, cols=n)
    for worker, ax in enumerate(axes):
        column = held[worker][:, None]
        draw_grid(ax, column, text=[[f"{value}"] for value in held[worker]])
        for text in ax.texts:  # one size, however many digits
            text.set_fontsize(11)
        for chunk in np.flatnonzero(held[worker] == total):  # summed over all workers
            corner = (-0.45, chunk - 0.45)
            ax.add_patch(Rectangle(corner, 0.9, 0.9, fill=False, ec=OKABE_ITO[2], lw=3, zorder=4))
        ax.set_title(f"worker {worker}", fontsize=10)
    if step:
        for worker, chunk in _sent(n, step):
            _arrow(figure, axes[worker], axes[(worker + 1) % n], chunk, n, worker)
    return figure


def _arrow(figure, here, there, chunk: int, n: int, worker: int) -> None:
    """Draw the way of a chunk to the next worker."""
    if worker == n - 1:  # round the ring: out at the right, in at the left
        for ax, x0, x1 in ((here, 0.5, 1.05), (there, -1.05, -0.5)):
            ax.annotate("", (x1, chunk), (x0, chunk), arrowprops=_look(), annotation_clip=False)
        return
    figure.add_artist(
        ConnectionPatch((0.52, chunk), (-0.52, chunk), here.transData, there.transData, **_look())
    )


def _look() -> dict:
    return {"arrowstyle": "-|>", "color": ACCENT, "lw": 2}


def describe_ring(messages: Sequence[Sequence[int]], step: int) -> str:
    """Say in words what :func:`draw_ring` shows."""
    arrays = [np.asarray(message) for message in messages]
    n, states = len(arrays), ring_steps(arrays)
    step = as_integer(step, "step", at_least=0, at_most=len(states) - 1)
    total = np.sum(arrays, axis=0)
    held = [[int(chunk[0]) for chunk in chunks] for chunks in states[step]]
    each = "; ".join(
        f"worker {worker} holds {', '.join(map(str, chunks))}" for worker, chunks in enumerate(held)
    )
    done = sum(value == total[k] for chunks in held for k, value in enumerate(chunks))
    kind = "added to what lies there" if step < n else "put in the place of what lies there"
    last = f" In the last step every worker sent one chunk to the next, {kind}." if step else ""
    return (
        f"After step {step} of {len(states) - 1}: {each}. {done} of {n * n} chunks are done.{last}"
    )
