"""Figures of the chapter *Faster, and on more than one machine*: a card, computed and not measured.

Three floors under the time of a step on a card: what launching its kernels takes, what moving its
bytes takes, and what its arithmetic takes, each by itself. A step takes at least the largest.
"""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lib.explore import touchable_along
from lib.figures.style import ACCENT, LINE_STYLES, MUTED, OKABE_ITO, new_figure, text_color
from lib.layers import Conv2d, Linear
from lib.settings import as_choice, as_integer, as_number

__all__ = [
    "CARD",
    "LAUNCHES",
    "card_floors",
    "describe_devices",
    "describe_timeline",
    "draw_devices",
    "draw_timeline",
    "step_bytes",
]

# NVIDIA's T4, as its maker specifies it: FLOPs of float32 and bytes of memory, both a second.
CARD = {"flops": 8.1e12, "bandwidth": 320e9}
# Kernels that a training step of DeepConvNet launches, as tests/test_launches.py counts them.
LAUNCHES = {"array functions": 543, "kernels of our own": 175}
_BYTES = 4  # of a float32


def step_bytes(calls) -> int:
    """Count the bytes that a training step moves for one picture, through window matrices.

    Forward, a layer reads its input and writes its output; backward, it reads the gradient of its
    output and what it kept, and writes the gradient of its input. A convolution also writes its
    window matrix, and reads it in three products: forward, and for both gradients.

    Parameters
    ----------
    calls : iterable of Call
        The layers of a network on one picture, from :func:`lib.analysis.trace`.
    """
    total = 0
    for call in calls:
        if call.calls:  # a container: its layers are counted
            continue
        x, out = call.x.size, call.out.size
        total += 3 * x + 2 * out
        if isinstance(call.layer, Conv2d):
            kh, kw = call.layer.kernel_size
            total += 4 * call.layer.in_channels * kh * kw * out // call.layer.out_channels
        elif isinstance(call.layer, Linear):
            total += out
    return _BYTES * total


def card_floors(
    batch: int, launches: int, launch: float, multiply_adds: int, moved: int
) -> dict[str, float]:
    """Return the three floors under a training step, in seconds.

    Parameters
    ----------
    batch : int
        Pictures.
    launches : int
        Kernels in a step, however many pictures.
    launch : float
        Microseconds that Python takes to launch one.
    multiply_adds, moved : int
        Of a forward pass, and bytes of a training step, for one picture. The way back takes
        twice the multiply-adds; each of them is two FLOPs.

    Examples
    --------
    >>> floors = card_floors(100, 175, 10, 8_772_340, 6_000_000)
    >>> {name: round(1e3 * seconds, 2) for name, seconds in floors.items()}
    {'launches': 1.75, 'bytes': 1.88, 'arithmetic': 0.65}
    """
    batch = as_integer(batch, "batch", at_least=1)
    return {
        "launches": as_number(launch, "launch", at_least=0) * 1e-6 * launches,
        "bytes": batch * moved / CARD["bandwidth"],
        "arithmetic": batch * multiply_adds * 3 * 2 / CARD["flops"],
    }


def _both(processor: Mapping[int, float], work, batch: int, kernels: str, launch: float):
    as_choice(batch, "batch", list(processor))
    launches = LAUNCHES[as_choice(kernels, "kernels", LAUNCHES)]
    return {size: card_floors(size, launches, launch, *work) for size in processor}


def draw_devices(
    processor: Mapping[int, float],
    work: tuple[int, int],
    batch: int,
    kernels: str,
    launch: float,
) -> Figure:
    """Show the time of a step against the batch: a processor's as recorded, a card's floors.

    A drag sideways sets `batch`.

    Parameters
    ----------
    processor : mapping of int to float
        Seconds of a step, by batch size.
    work : (int, int)
        Multiply-adds and bytes of one picture: see :func:`card_floors`.
    batch : int
        One of the batch sizes.
    kernels : str
        A key of :data:`LAUNCHES`.
    launch : float
        Microseconds.
    """
    floors = _both(processor, work, batch, kernels, launch)
    figure, ax = new_figure(6.3, 3.3)
    sizes, styles = list(processor), iter(LINE_STYLES)
    ax.plot(sizes, [1e3 * processor[s] for s in sizes], label="one core, recorded", **next(styles))
    for name in ("launches", "bytes", "arithmetic"):
        line = [1e3 * floors[size][name] for size in sizes]
        ax.plot(sizes, line, lw=1.2, ms=3, label=f"card: {name}", **(next(styles) | {"marker": ""}))
    least = [1e3 * max(floors[size].values()) for size in sizes]
    ax.plot(sizes, least, lw=3.5, color=MUTED, marker="", alpha=0.55, zorder=1)
    ax.set(xscale="log", yscale="log", xlabel="pictures in a batch", ylabel="milliseconds")
    ax.set_xticks(sizes, [f"{size}" for size in sizes])
    ax.minorticks_off()
    ax.yaxis.set_major_formatter("{x:g}")
    ax.axvline(batch, color=ACCENT, lw=1)
    ratio = processor[batch] / max(floors[batch].values())
    ax.set_title(f"batch of {batch}: the card could be {_times(ratio)} times as fast")
    ax.legend(loc="upper left", frameon=False, fontsize=9.5)
    touchable_along(ax, sizes, "batch")
    return figure


def _times(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= 9.95 else f"{ratio:.1f}"


def describe_devices(
    processor: Mapping[int, float],
    work: tuple[int, int],
    batch: int,
    kernels: str,
    launch: float,
) -> str:
    """Say in words what :func:`draw_devices` shows."""
    floors = _both(processor, work, batch, kernels, launch)[batch]
    each = ", ".join(f"{name} {1e3 * time:.3g}" for name, time in floors.items())
    most = max(floors, key=floors.get)
    return (
        f"Time of a training step against the batch, both logarithmic. For a batch of {batch} one "
        f"core took {1e3 * processor[batch]:.3g} milliseconds; the floors of the card are, in "
        f"milliseconds, {each}. {most.capitalize()} set its pace, so that it could be at most "
        f"{_times(processor[batch] / floors[most])} times as fast."
    )


# --- the clock that lies -------------------------------------------------------------------------

_LAUNCH, _KERNEL, _COUNT = 10, 40, 5  # microseconds, and how many


def _clock(stop: str) -> int:
    as_choice(stop, "stop", ("after the last launch", "after waiting"))
    waits = stop == "after waiting"
    return _LAUNCH + _COUNT * _KERNEL if waits else _COUNT * _LAUNCH


def draw_timeline(stop: str) -> Figure:
    """Show what Python and a card do in the same time, and what a clock in Python measures.

    Parameters
    ----------
    stop : {"after the last launch", "after waiting"}
        When the clock is stopped.
    """
    end = _clock(stop)
    figure, ax = new_figure(6.3, 1.9)
    for k in range(_COUNT):
        _box(ax, k * _LAUNCH, _LAUNCH, 0, OKABE_ITO[0], "")
        _box(ax, _LAUNCH + k * _KERNEL, _KERNEL, 1, OKABE_ITO[2], f"kernel {k + 1}")
    if stop == "after waiting":
        launched = _COUNT * _LAUNCH
        box = Rectangle((launched, -0.32), end - launched, 0.64, fc="none", ec=MUTED, hatch="//")
        ax.add_patch(box)
        ax.text((launched + end) / 2, -0.42, "Python waits", ha="center", va="bottom", fontsize=9.5)
    ax.axvspan(0, end, color=ACCENT, alpha=0.12, lw=0)
    ax.axvline(end, color=ACCENT, lw=2)
    ax.set_title(f"the clock says {end} µs", color="black")
    ax.set(xlim=(-2, 225), ylim=(1.5, -0.75), yticks=[0, 1], yticklabels=["Python", "card"])
    ax.set_xlabel("microseconds")
    ax.tick_params(axis="y", length=0)
    return figure


def _box(ax, left: float, width: float, row: int, color: str, text: str) -> None:
    ax.add_patch(Rectangle((left, row - 0.32), width, 0.64, fc=color, ec="white", lw=0.8))
    if text:
        drawn = ax.text(left + width / 2, row, text, ha="center", va="center", fontsize=9)
        drawn.set_color(text_color(color))


def describe_timeline(stop: str) -> str:
    """Say in words what :func:`draw_timeline` shows."""
    end, done = _clock(stop), _LAUNCH + _COUNT * _KERNEL
    told = "which is right" if end == done else f"but the card is busy until {done}"
    return (
        f"Python launches {_COUNT} kernels in {_COUNT * _LAUNCH} microseconds; the card runs them "
        f"one after the other, {_KERNEL} microseconds each. The clock is stopped {stop}: it says "
        f"{end} microseconds, {told}."
    )
