"""Figures of the chapter *Faster, and on more than one machine*: what a faster part is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from lib.explore import touchable
from lib.figures.style import ACCENT, MUTED, OKABE_ITO, new_figure, text_color
from lib.settings import as_choice, as_number

__all__ = [
    "PARTS",
    "describe_faster_part",
    "describe_profile",
    "draw_faster_part",
    "draw_profile",
]

# Milliseconds of a step that is made up, with numbers small enough for paper.
PARTS = {"arithmetic": 6, "copies": 4, "optimizer": 2}


def _after(parts: Mapping[str, float], part: str, factor: float) -> dict[str, float]:
    as_choice(part, "part", parts)
    factor = as_number(factor, "factor", above=0)
    return {name: time / factor if name == part else time for name, time in parts.items()}


def draw_faster_part(parts: Mapping[str, float], part: str, factor: float) -> Figure:
    """Show a step before and after one of its parts is made faster.

    A touch of a part sets `part`.

    Parameters
    ----------
    parts : mapping of str to float
        Milliseconds.
    part : str
        The one that is made faster.
    factor : float
        How many times as fast.
    """
    after, total = _after(parts, part, factor), sum(parts.values())
    figure, ax = new_figure(6.3, 1.75)
    for row, times in enumerate((parts, after)):
        left = 0.0
        for color, (name, time) in zip(OKABE_ITO, times.items(), strict=False):
            look = {"ec": ACCENT, "lw": 2.5, "zorder": 3} if name == part else {}
            bar = ax.barh(row, time, left=left, height=0.6, color=color, **look)[0]
            touchable(bar, part=name)
            if time > 0.11 * total:
                label = f"{name}\n{time:g} ms" if row == 0 else f"{time:.3g} ms"
                ax.text(left + time / 2, row, label, ha="center", va="center", fontsize=9.5)
                ax.texts[-1].set(color=text_color(color), zorder=5)
            left += time
    ratio = total / sum(after.values())
    ax.text(sum(after.values()) + 0.015 * total, 1, f"{ratio:.2f} times as fast", va="center")
    ax.set(xlim=(0, 1.3 * total), yticks=[0, 1], yticklabels=["before", "after"])
    ax.set_xlabel("milliseconds")
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    return figure


def describe_faster_part(parts: Mapping[str, float], part: str, factor: float) -> str:
    """Say in words what :func:`draw_faster_part` shows."""
    after, total = _after(parts, part, factor), sum(parts.values())
    each = ", ".join(f"{name} {time:g}" for name, time in parts.items())
    limit = total / (total - parts[part])
    return (
        f"A step of {total:g} milliseconds: {each}. With {part} {factor:g} times as fast it takes "
        f"{sum(after.values()):.3g}, {total / sum(after.values()):.2f} times as fast as before. "
        f"More than {limit:.2f} times is not to be had from {part}."
    )


def _shares(
    seconds: Mapping[str, Sequence[float]], work: Mapping[str, int]
) -> dict[str, tuple[float, float, float]]:
    """Return, by layer, the shares of the forward and backward time, and of the multiply-adds."""
    whole, all_work = sum(map(sum, seconds.values())), sum(work.values())
    return {
        name: (ahead / whole, back / whole, work.get(name, 0) / all_work)
        for name, (ahead, back) in seconds.items()
    }


def draw_profile(seconds: Mapping[str, Sequence[float]], work: Mapping[str, int]) -> Figure:
    """Show the share that each layer has in the time of a step, beside that in its arithmetic.

    Parameters
    ----------
    seconds : mapping of str to (float, float)
        Of the forward and the backward pass, by layer.
    work : mapping of str to int
        Multiply-adds, by layer.
    """
    shares = _shares(seconds, work)
    figure, ax = new_figure(6.3, 0.9 + 0.27 * len(shares))
    places = range(len(shares))
    ahead, back, arithmetic = zip(*shares.values(), strict=True)
    ax.barh(places, ahead, height=0.5, color=OKABE_ITO[0], label="time, forward")
    ax.barh(places, back, height=0.5, left=ahead, color=OKABE_ITO[4], label="time, backward")
    ax.plot(arithmetic, places, "D", ms=6, mec="black", mfc="white", ls="", label="multiply-adds")
    for place, (one, other, work_share) in enumerate(shares.values()):
        end = one + other
        if end - 0.01 < work_share < end + 0.06:  # the diamond lies where the text would
            end = work_share
        ax.text(end + 0.012, place, f"{one + other:.0%}", va="center", fontsize=9.5)
    ax.set(xlim=(-0.012, 0.62), yticks=places, yticklabels=list(shares))
    ax.set_xlabel("share of the whole")
    ax.xaxis.set_major_formatter(lambda share, _: f"{share:.0%}")
    ax.grid(axis="x", color=MUTED, alpha=0.3)
    ax.set_axisbelow(True)
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    ax.legend(loc="lower right", frameon=False, fontsize=9.5)
    return figure


def describe_profile(seconds: Mapping[str, Sequence[float]], work: Mapping[str, int]) -> str:
    """Say in words what :func:`draw_profile` shows."""
    shares = _shares(seconds, work)
    rows = sorted(shares, key=lambda name: -sum(shares[name][:2]))
    each = "; ".join(
        f"{name} {sum(shares[name][:2]):.0%} of the time, {shares[name][2]:.0%} of the "
        "multiply-adds"
        for name in rows[:6]
    )
    idle = sum(ahead + back for ahead, back, arithmetic in shares.values() if not arithmetic)
    return (
        f"Layers by their share of a training step, the largest first: {each}. Layers without a "
        f"single multiply-add take {idle:.0%} of the time."
    )
