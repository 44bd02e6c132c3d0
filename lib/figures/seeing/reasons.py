"""Why this answer: pictures of reasons by six methods, for several classes, and after shuffling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from lib.explore import touchable_along
from lib.figures.seeing.units import shades
from lib.figures.style import ACCENT, MUTED, diverging, draw_image, new_figure, sequential
from lib.settings import as_choice

__all__ = [
    "describe_by_class",
    "describe_shuffled",
    "draw_by_class",
    "draw_methods",
    "draw_reason",
    "draw_shuffled",
]


def draw_reason(ax, reason, title: str) -> None:
    """Draw one picture of reasons, each kind in its own way.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
    reason : array
        (3, H, W), signed: gray is zero. (H, W) without a negative number: dark to bright, as in
        Grad-CAM. (H, W) with signs: blue speaks for the class, brown against it.
    title : str
    """
    reason = np.asarray(reason, float)
    if reason.ndim == 3:
        limit = np.quantile(np.abs(reason), 0.995) or 1.0
        # Few shades: the noise of a gradient would take much room.
        draw_image(ax, np.round(np.clip(0.5 + reason / (2 * limit), 0, 1) * 8) / 8)
    elif reason.min() >= 0:
        ax.imshow(shades(reason), cmap=sequential, vmin=0, vmax=1, interpolation="none")
    else:
        draw_image(ax, reason, cmap=diverging)
    ax.axis("off")
    ax.set_title(title, fontsize=9)


def draw_methods(photo, reasons: Mapping[str, np.ndarray]) -> Figure:
    """Draw a photograph and what each method gives for it.

    Parameters
    ----------
    photo : (3, H, W) array
    reasons : mapping of str to array
        See ``draw_reason``.
    """
    cols = -(-(len(reasons) + 1) // 2)
    figure, axes = new_figure(6, 2.5, 2, cols)
    for ax in axes.flat:
        ax.axis("off")
    draw_image(axes.flat[0], photo)
    axes.flat[0].set_title("photograph", fontsize=9)
    for ax, (name, reason) in zip(axes.flat[1:], reasons.items(), strict=False):
        draw_reason(ax, reason, name)
    return figure


def draw_by_class(
    reasons: Mapping[str, Mapping[str, np.ndarray]], correlations: Mapping, method: str
) -> Figure:
    """Draw the pictures that one method gives for several classes.

    Parameters
    ----------
    reasons : mapping of str to mapping of str to array
        For each method, for each class: see ``draw_reason``.
    correlations : mapping of str to mapping of str to float
        For each method, that of each class with the first.
    method : str
    """
    chosen = reasons[as_choice(method, "method", reasons)]
    figure, axes = new_figure(6, 1.75, cols=len(chosen))
    first = next(iter(chosen))
    for ax, (name, reason) in zip(axes, chosen.items(), strict=True):
        said = " "  # a line of its own, so that the three pictures stand at one height
        if name != first:
            said = f"correlation with {first}: {_two(correlations[method][name])}"
        draw_reason(ax, reason, f"why {name}?\n{said}")
    return figure


def _two(value: float) -> str:
    return f"{value:.2f}".replace("-", "\N{MINUS SIGN}")


def describe_by_class(correlations: Mapping, method: str) -> str:
    """Say how much alike the pictures of the classes are."""
    said = " and ".join(f"{_two(c)} for {name}" for name, c in correlations[method].items())
    alike = min(correlations[method].values()) > 0.8
    return f"{method}: the correlation of its picture for cat with the others is {said}. " + (
        "To the eye the three pictures are one." if alike else "The pictures differ."
    )


def draw_shuffled(
    counts: Sequence[int],
    curves: Mapping[str, Sequence[float]],
    pictures: Mapping[str, Sequence[np.ndarray]],
    shown: int,
) -> Figure:
    """Draw what is left of some methods' pictures when a network's last layers are shuffled.

    A drag along the curves sets a control named ``layers`` to one of `counts`.

    Parameters
    ----------
    counts : sequence of int
        How many layers are shuffled.
    curves : mapping of str to sequence of float
        For each method the correlation with the picture of the network as it was.
    pictures : mapping of str to sequence of array
        Those of two methods, for each count: see ``draw_reason``.
    shown : int
        One of `counts`.
    """
    place = list(counts).index(as_choice(shown, "shown", list(counts)))
    figure, axes = new_figure(6, 3.0, 2, 2, width_ratios=[1, 1.7])
    for ax in axes[:, 1]:
        ax.remove()
    right = figure.add_subplot(axes[0, 1].get_gridspec()[:, 1])
    for ax, (name, drawn) in zip(axes[:, 0], pictures.items(), strict=True):
        draw_reason(ax, drawn[place], name)
    for (name, curve), style in zip(curves.items(), ("-", "--", ":", "-."), strict=False):
        right.plot(counts, curve, ls=style, markersize=4, label=name)
    right.axvline(shown, color=ACCENT, lw=2, zorder=0)
    right.axhline(0, color=MUTED, lw=0.8)
    right.set(ylim=(-1, 1.05), xlabel="layers shuffled, from the last one down")
    right.set_title("correlation with the picture before", fontsize=10)
    right.legend(frameon=False, fontsize=8, loc="lower right")
    right.set_xlim(-0.5, max(counts) + 0.5)
    touchable_along(right, list(counts), "layers")
    return figure


def describe_shuffled(counts: Sequence[int], curves: Mapping, shown: int) -> str:
    """Say what is left of each method's picture."""
    place = list(counts).index(shown)
    said = ", ".join(f"{name} {_two(curve[place])}" for name, curve in curves.items())
    return f"With {shown} layers shuffled, correlation with the picture as it was: {said}."
