"""The recorded trainings of deep networks."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from lib.figures.style import MUTED, OKABE_ITO, new_figure
from lib.settings import as_choice

__all__ = ["SHOWN", "describe_depth", "draw_depth"]

SHOWN = ("plain", "plain and residual")
_STYLES = {
    "plain 20": (OKABE_ITO[0], "-", "o"),
    "plain 56": (OKABE_ITO[1], "-", "s"),
    "residual 20": (OKABE_ITO[0], (0, (4, 1.5)), "^"),
    "residual 56": (OKABE_ITO[1], (0, (4, 1.5)), "D"),
}


def draw_depth(record: Mapping, shown: str) -> Figure:
    """Draw how networks of 20 and 56 layers learn photographs, in training and in validation.

    Parameters
    ----------
    record : dict
        What ``load_study("depth")`` returns.
    shown : {"plain", "plain and residual"}
    """
    figure, axes = new_figure(6, 2.8, cols=2, sharey=True)
    parts = (
        ("accuracy", "training accuracy"),
        ("validation_accuracy", "validation accuracy"),
    )
    for ax, (key, title) in zip(axes, parts, strict=True):
        for name in _names(shown):
            color, dash, marker = _STYLES[name]
            curve = record["variants"][name][key][0]
            epochs = range(1, len(curve) + 1)
            ax.plot(epochs, curve, color=color, ls=dash, marker=marker, ms=4, label=name)
        ax.set(title=title, xlabel="epoch", ylim=(0, 0.8))
        ax.xaxis.set_major_locator(MaxNLocator(integer=True))
        ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        ax.grid(axis="y", color=MUTED, alpha=0.3)
    axes[0].legend(frameon=False, fontsize=8, loc="upper left")
    return figure


def _names(shown: str) -> list[str]:
    as_choice(shown, "shown", SHOWN)
    return [name for name in _STYLES if shown == SHOWN[1] or name.startswith("plain")]


def describe_depth(record: Mapping, shown: str) -> str:
    """Say what :func:`draw_depth` shows."""
    found = [
        f"{name} ends at {record['variants'][name]['accuracy'][0][-1]:.0%} of the training and "
        f"{record['variants'][name]['validation_accuracy'][0][-1]:.0%} of the validation pictures"
        for name in _names(shown)
    ]
    return f"Accuracy over {len(record['variants']['plain 20']['loss'][0])} epochs: " + (
        "; ".join(found) + "."
    )
