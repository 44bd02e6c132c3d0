"""Figures of the chapter *im2col*: what a convolution costs in bytes and in seconds.

Bytes are computed. Seconds are handed in by the chapter, which measures them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from lib.convolution import output_size
from lib.figures.style import ACCENT, LINE_STYLES, MUTED, OKABE_ITO, new_figure
from lib.settings import as_choice, as_integer

__all__ = [
    "LAYERS",
    "describe_crossover",
    "describe_ladder",
    "describe_memory",
    "describe_roofline",
    "draw_crossover",
    "draw_ladder",
    "draw_memory",
    "draw_roofline",
    "memory",
]

# Input channels, rows and columns of the input, filters.
LAYERS = {
    "VGG-16, convolution 1": (3, 224, 64),
    "VGG-16, convolution 2": (64, 224, 64),
    "VGG-16, convolution 5": (128, 56, 256),
    "VGG-16, convolution 8": (256, 28, 512),
}
_BYTES = 4  # of a float32


def memory(layer, kernel_size, stride, batch_size) -> dict[str, int]:
    """Count the bytes of every array in a convolution with padding ``K // 2``.

    Parameters
    ----------
    layer : str
        A name in :data:`LAYERS`.
    kernel_size, stride, batch_size : int

    Examples
    --------
    >>> sizes = memory("VGG-16, convolution 2", kernel_size=3, stride=1, batch_size=1)
    >>> sizes["im2col matrix"] / sizes["input"]
    9.0
    """
    c, h, f = LAYERS[as_choice(layer, "layer", LAYERS)]
    batch_size = as_integer(batch_size, "batch_size", at_least=1)
    padding = kernel_size // 2
    out = output_size(h, kernel_size, stride, padding)
    return {
        "input": _BYTES * batch_size * c * h * h,
        "im2col matrix": _BYTES * batch_size * out * out * c * kernel_size**2,
        "shift buffer": _BYTES * batch_size * (h + 2 * padding) * kernel_size * c * out,
        "output": _BYTES * batch_size * out * out * f,
        "weights": _BYTES * f * c * kernel_size**2,
    }


def _bytes(count: int) -> str:
    """Write a number of bytes with three digits: "115 MB"."""
    size, units = float(count), iter(("bytes", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while size >= 999.5:
        size, unit = size / 1000, next(units)
    return f"{size:.3g} {unit}"


def draw_memory(layer, kernel_size=3, stride=1, batch_size=1) -> Figure:
    """Show the arrays of one convolution as bars, in multiples of its input.

    Parameters
    ----------
    layer : str
        A name in :data:`LAYERS`.
    kernel_size, stride, batch_size : int
    """
    sizes = memory(layer, kernel_size, stride, batch_size)
    figure, ax = new_figure(6.3, 2.3)
    ratios = [size / sizes["input"] for size in sizes.values()]
    colors = [ACCENT if name == "im2col matrix" else OKABE_ITO[0] for name in sizes]
    ax.barh(list(sizes), ratios, color=colors, height=0.62)
    for place, (ratio, size) in enumerate(zip(ratios, sizes.values(), strict=True)):
        times = f"{ratio:.2g} ×" if ratio >= 0.01 else "< 0.01 ×"
        text = f"{_bytes(size)}, {times}" if place else _bytes(size)
        ax.text(ratio + 0.6, place, text, va="center_baseline", fontsize=10)
    ax.set(xlim=(0, 62), xlabel="times the input", xticks=range(0, 51, 10))
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    return figure


def describe_memory(layer, kernel_size=3, stride=1, batch_size=1) -> str:
    """Say in words what :func:`draw_memory` shows."""
    sizes = memory(layer, kernel_size, stride, batch_size)
    ratio = sizes["im2col matrix"] / sizes["input"]
    each = ", ".join(f"{name} {_bytes(size)}" for name, size in sizes.items())
    return (
        f"{layer}, batch {batch_size}, kernel {kernel_size} by {kernel_size}, stride {stride}: "
        f"{each}. The matrix is {ratio:.2g} times the input."
    )


def draw_roofline(
    points: Mapping[str, tuple[float, float]],
    bandwidth: float,
    recorded: Mapping[str, tuple[float, float]] | None = None,
) -> Figure:
    """Show how fast work runs against how much of it there is for each byte.

    Parameters
    ----------
    points : mapping of str to (intensity, rate)
        By name; FLOPs for each byte, and FLOPs a second.
    bandwidth : float
        Bytes a second that memory delivers.
    recorded : mapping of str to (intensity, rate), optional
        The same on another machine, drawn as hollow marks.
    """
    figure, ax = new_figure(6.3, 3.0)
    best = max(rate for _, rate in points.values()) / 1e9
    ridge = best / (bandwidth / 1e9)
    low = min(intensity for intensity, _ in points.values()) / 1.8
    high = max(intensity for intensity, _ in points.values()) * 1.8
    edge = max(ridge, low)
    ax.plot(
        [low, edge, max(high, edge)],
        [min(low * bandwidth / 1e9, best), best, best],
        color=MUTED,
        lw=2,
        marker="",
    )
    for name, (intensity, rate) in points.items():
        place = intensity, rate / 1e9
        ax.plot(*place, "o", ms=10, color=OKABE_ITO[0], zorder=3)
        ax.annotate(name, place, (6, -5), textcoords="offset points", va="top", fontsize=9.5)
    for intensity, rate in (recorded or {}).values():
        ax.plot(intensity, rate / 1e9, "D", ms=4, mec="black", mfc="white", zorder=4)
    ax.text(edge * 1.1, best * 1.3, "as fast as the processor computes", fontsize=9.5)
    if edge > 4 * low:  # else there is no slope to write at
        text = "as fast as\nmemory delivers"
        ax.text(edge * 0.6, best * 0.95, text, ha="right", va="center", fontsize=9.5)
    ax.set(xscale="log", yscale="log", xlabel="FLOPs for each byte", ylabel="gigaFLOPs a second")
    ax.set_xlim(low, max(high, edge) * 2.2)
    rates = [rate / 1e9 for _, rate in [*points.values(), *(recorded or {}).values()]]
    ax.set_ylim(min(rates) / 2.5, max(rates) * 2)
    _plain_numbers(ax.xaxis, ax.yaxis)
    return figure


def _plain_numbers(*log_axes) -> None:
    """Write 0.1, 1 and 10 along logarithmic axes, and nothing between them."""
    for axis in log_axes:
        axis.set_major_formatter("{x:g}")
        axis.set_minor_formatter("")


def describe_roofline(points: Mapping[str, tuple[float, float]], bandwidth: float) -> str:
    """Say in words what :func:`draw_roofline` shows."""
    each = "; ".join(
        f"{name}: {intensity:.2g} FLOPs a byte, {rate / 1e9:.3g} gigaFLOPs a second"
        for name, (intensity, rate) in points.items()
    )
    return (
        f"A roofline: the rate of work against its FLOPs for each byte, both logarithmic. {each}. "
        f"Memory delivers {bandwidth / 1e9:.2g} gigabytes a second. The more FLOPs for each byte, "
        "the faster, up to what the processor can do."
    )


def draw_ladder(
    seconds: Mapping[str, float], unit: str, recorded: Mapping[str, float] | None = None
) -> Figure:
    """Show the times of several ways to compute the same, on a logarithmic axis.

    Parameters
    ----------
    seconds : mapping of str to float
    unit : str
        The name in `seconds` whose time is 1.
    recorded : mapping of str to float, optional
        The same ways on another machine, drawn as marks; there, too, `unit` is 1.
    """
    figure, ax = new_figure(6.3, 0.75 + 0.3 * len(seconds))
    ratios = [time / seconds[unit] for time in seconds.values()]
    others = [recorded[name] / recorded[unit] for name in seconds] if recorded else []
    colors = [ACCENT if name == unit else OKABE_ITO[0] for name in seconds]
    least = min(ratios + others) / 2
    ax.barh(list(seconds), [r - least for r in ratios], left=least, color=colors, height=0.62)
    if recorded:
        ax.plot(others, range(len(others)), "D", ms=5, mec="black", mfc="white", ls="")
    for place, ratio in enumerate(ratios):
        end = max([ratio, *others[place : place + 1]])
        text = _ratio(ratio) + (f" ({_ratio(others[place])})" if recorded else "")
        ax.text(end * 1.25, place, text, va="center_baseline", fontsize=10)
    ax.set(xscale="log", xlabel=f"times as long as {unit}")
    ax.set_xlim(least, max(ratios + others) * 12)
    _plain_numbers(ax.xaxis)
    ax.invert_yaxis()
    ax.tick_params(axis="y", length=0)
    return figure


def _ratio(ratio: float) -> str:
    return f"{ratio:,.0f}" if ratio >= 9.95 else f"{ratio:.{1 if ratio >= 0.995 else 2}f}"


def describe_ladder(
    seconds: Mapping[str, float], unit: str, recorded: Mapping[str, float] | None = None
) -> str:
    """Say in words what :func:`draw_ladder` shows."""
    each = [f"{name} {_ratio(time / seconds[unit])}" for name, time in seconds.items()]
    text = f"Measured times, as multiples of that of {unit}: {', '.join(each)}."
    if recorded:
        other = [f"{name} {_ratio(recorded[name] / recorded[unit])}" for name in seconds]
        text += f" In the record: {', '.join(other)}."
    return text


def draw_crossover(
    sizes: Sequence[int], seconds: Mapping[str, Mapping[str, Sequence[float]]]
) -> Figure:
    """Show the time of several methods against the kernel size, a panel for each layer.

    Parameters
    ----------
    sizes : sequence of int
        Kernel sizes.
    seconds : mapping of str to mapping of str to sequence of float
        By layer, then by method.
    """
    figure, axes = new_figure(6.3, 2.9, cols=len(seconds), sharey=True, squeeze=False)
    for ax, (layer, methods) in zip(axes[0], seconds.items(), strict=True):
        for (name, times), style in zip(methods.items(), LINE_STYLES, strict=False):
            ax.plot(sizes, [1e3 * t for t in times], label=name, lw=2, ms=5, **style)
        ax.set(yscale="log", xlabel="kernel size K", xticks=sizes, title=layer)
        _plain_numbers(ax.yaxis)
    axes[0, 0].set_ylabel("milliseconds")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False)
    return figure


def describe_crossover(
    sizes: Sequence[int], seconds: Mapping[str, Mapping[str, Sequence[float]]]
) -> str:
    """Say in words what :func:`draw_crossover` shows."""
    parts = []
    for layer, methods in seconds.items():
        fastest = [min(methods, key=lambda name, i=i: methods[name][i]) for i in range(len(sizes))]
        wins = ", ".join(f"{k}: {name}" for k, name in zip(sizes, fastest, strict=True))
        parts.append(f"{layer}, fastest by kernel size: {wins}.")
    return "Measured time against kernel size, logarithmic. " + " ".join(parts)
