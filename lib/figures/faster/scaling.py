"""Figures of the chapter *Faster, and on more than one machine*: workers, wires and batch sizes."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from lib.explore import touchable_along
from lib.figures.style import ACCENT, LINE_STYLES, MUTED, OKABE_ITO, new_figure
from lib.settings import as_choice, as_integer, as_number

__all__ = [
    "WIRES",
    "describe_speed_up",
    "describe_steps",
    "describe_time",
    "draw_speed_up",
    "draw_steps",
    "draw_time",
    "ring_seconds",
]

# Bits a second, by name, and the seconds before the first of them arrives.
WIRES = {"1 Gbit/s": 1e9, "10 Gbit/s": 1e10, "100 Gbit/s": 1e11}
LATENCY = 20e-6
WORKERS = (1, 2, 4, 8, 16, 32, 64)
_BITS = 32  # of a float32


def ring_seconds(values: int, workers: int, wire: float, latency: float = LATENCY) -> float:
    r"""Return how long a ring all-reduce takes.

    .. math:: 2 (R - 1) \Bigl( \ell + \frac{32 M}{R B} \Bigr)

    Parameters
    ----------
    values : int
        :math:`M`, numbers of float32 in the message.
    workers : int
        :math:`R`
    wire : float
        :math:`B`, bits a second that a worker can send.
    latency : float
        :math:`\ell`, seconds before the first bit of a chunk arrives.

    Examples
    --------
    >>> round(ring_seconds(1_000_000, 4, 1e9, 0), 3)
    0.048
    """
    workers = as_integer(workers, "workers", at_least=1)
    wire = as_number(wire, "wire", above=0)
    return 2 * (workers - 1) * (latency + _BITS * values / workers / wire)


def _speed_ups(steps: Mapping[str, tuple[float, int]], wire: str, batch: str):
    """Return pictures a second, divided by those of one worker, by network and workers."""
    bits = WIRES[as_choice(wire, "wire", WIRES)]
    shared = as_choice(batch, "batch", ("shared by all", "the same for each")) == "shared by all"
    found = {}
    for name, (seconds, values) in steps.items():
        ups = []
        for n in WORKERS:
            own = seconds / n if shared else seconds
            ups.append((1 if shared else n) * seconds / (own + ring_seconds(values, n, bits)))
        found[name] = ups
    return found


def draw_speed_up(steps: Mapping[str, tuple[float, int]], wire: str, batch: str) -> Figure:
    """Show how many times as many pictures a second several workers see as one does.

    Parameters
    ----------
    steps : mapping of str to (float, int)
        By network: the seconds of a step on one worker, and the numbers of its gradients.
    wire : str
        A key of :data:`WIRES`.
    batch : {"shared by all", "the same for each"}
        Whether the workers share the batch of one, or each has as large a one.
    """
    found = _speed_ups(steps, wire, batch)
    figure, ax = new_figure(6.3, 3.1)
    ax.plot(WORKERS, WORKERS, color=MUTED, ls=":", marker="", lw=1.5)
    ax.text(36, 66, "as many times as workers", ha="right", va="center", fontsize=9.5)
    for (name, line), style in zip(found.items(), LINE_STYLES, strict=False):
        ax.plot(WORKERS, line, label=name, lw=2, **style)
    ax.axhline(1, color=MUTED, lw=0.8)
    ax.set(xscale="log", yscale="log", xlabel="workers", ylabel="times as fast as one")
    ax.set_xticks(WORKERS, [f"{n}" for n in WORKERS])
    ax.set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
    ax.set_ylim(0.04, 150)
    ax.minorticks_off()
    handles, labels = ax.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, frameon=False, fontsize=9.5)
    return figure


def describe_speed_up(steps: Mapping[str, tuple[float, int]], wire: str, batch: str) -> str:
    """Say in words what :func:`draw_speed_up` shows."""
    found = _speed_ups(steps, wire, batch)
    each = "; ".join(
        f"{name}: {line[1]:.2g} times as fast with 2 workers, at best {max(line):.2g} times with "
        f"{WORKERS[line.index(max(line))]}"
        for name, line in found.items()
    )
    return f"Speed against the number of workers, over {wire}, with the batch {batch}. {each}."


# --- the batch and the number of steps -----------------------------------------------------------


def _sizes(record: Mapping) -> list[int]:
    return [int(size) for size in record["best"]]


def draw_steps(record: Mapping, batch_size: int) -> Figure:
    """Show how many steps each batch size needs, and at which learning rate.

    A drag sideways sets `batch_size`.

    Parameters
    ----------
    record : mapping
        What ``load_study("batch_size")`` returns.
    batch_size : int
        One of those of the record.
    """
    sizes = _sizes(record)
    as_choice(batch_size, "batch_size", sizes)
    best = [record["best"][str(size)] for size in sizes]
    figure, (left, right) = new_figure(6.3, 3.0, cols=2)
    steps, rates = [found["steps"] for found in best], [found["rate"] for found in best]
    for size in sizes:
        seeds = record["tried"][str(size)][f"{record['best'][str(size)]['rate']:g}"]
        seeds = [found for found in seeds if found is not None]
        left.plot([size] * len(seeds), seeds, "_", color=MUTED, ms=8, mew=1.5)
    half = [steps[0] * sizes[0] / size for size in sizes]
    left.plot(sizes, half, color=MUTED, ls=":", marker="", label="in proportion")
    left.plot(sizes, steps, lw=2, color=OKABE_ITO[0], marker="o", label="needed")
    right.plot(sizes, rates, lw=2, color=OKABE_ITO[0], marker="o", label="best")
    linear = [record["linear"][str(size)] for size in sizes]
    right.plot(
        sizes,
        [found["rate"] for found in linear],
        color=MUTED,
        ls=":",
        marker="",
        label="linear rule",
    )
    lost = [
        (size, found["rate"])
        for size, found in zip(sizes, linear, strict=True)
        if found["steps"] is None
    ]
    if lost:
        right.plot(*zip(*lost, strict=True), "X", color=OKABE_ITO[1], ms=7, label="never arrives")
    for ax, values in ((left, steps), (right, rates)):
        ax.set(xscale="log", yscale="log", xlabel="pictures in a batch")
        ax.set_xticks(sizes[::2], [f"{size}" for size in sizes[::2]])
        ax.yaxis.set_major_formatter("{x:g}")
        ax.minorticks_off()
        ax.axvline(batch_size, color=ACCENT, lw=1)
        ax.plot(
            batch_size, values[sizes.index(batch_size)], "o", ms=11, mfc="none", mec=ACCENT, mew=2
        )
        touchable_along(ax, sizes, "batch_size")
    needed, rate = (values[sizes.index(batch_size)] for values in (steps, rates))
    left.set_ylim(min(half[-1], min(steps)) / 1.3, max(steps) * 1.6)
    left.set_title(f"steps: {needed:g}")
    right.set_title(f"learning rate: {rate:g}")
    for ax, place in ((left, "lower left"), (right, "upper left")):
        ax.legend(frameon=False, fontsize=9, loc=place)
    return figure


def describe_steps(record: Mapping, batch_size: int) -> str:
    """Say in words what :func:`draw_steps` shows."""
    found = record["best"][str(as_choice(batch_size, "batch_size", _sizes(record)))]
    linear = record["linear"][str(batch_size)]
    came = "never arrives" if linear["steps"] is None else f"needs {linear['steps']:g}"
    return (
        f"Steps until the validation accuracy is reached, against the batch size, both "
        f"logarithmic; and the best learning rate. With batches of {batch_size} it takes "
        f"{found['steps']:g} steps at the rate {found['rate']:g}, and "
        f"{found['steps'] * batch_size:,.0f} pictures. At {linear['rate']:g}, the rate of the "
        f"linear rule, the training {came}."
    )


def _times(record: Mapping, picture: float, values: int, own: int, wire: str):
    """Return (workers, batch, steps, seconds of computing, seconds of talking)."""
    bits, rows = WIRES[as_choice(wire, "wire", WIRES)], []
    for size in _sizes(record):
        if size >= own:
            n, steps = size // own, record["best"][str(size)]["steps"]
            talking = steps * ring_seconds(values, n, bits)
            rows.append((n, size, steps, steps * own * picture, talking))
    return rows


def draw_time(record: Mapping, picture: float, values: int, own: int, wire: str) -> Figure:
    """Show how long a training takes with more workers, each with as many pictures of a batch.

    Parameters
    ----------
    record : mapping
        What ``load_study("batch_size")`` returns.
    picture : float
        Seconds in which a worker computes the gradient of one picture.
    values : int
        Numbers of the gradients.
    own : int
        Pictures of a batch that a worker has.
    wire : str
        A key of :data:`WIRES`.
    """
    rows = _times(record, picture, values, own, wire)
    figure, ax = new_figure(6.3, 2.9)
    places = range(len(rows))
    workers, sizes, _, computing, talking = zip(*rows, strict=True)
    ax.bar(places, computing, width=0.66, color=OKABE_ITO[0], label="computing")
    ax.bar(places, talking, width=0.66, bottom=computing, color=OKABE_ITO[1], label="talking")
    fair = [sum(rows[0][3:]) / n for n in workers]
    ax.plot(places, fair, "_", color="black", ms=26, mew=1.5, label="the first one, shared out")
    for place, (_, _, steps, one, other) in enumerate(rows):
        ax.text(place, one + other, f"{steps:g} steps", ha="center", va="bottom", fontsize=9)
    ax.set_xticks(places, [f"{n}\n{size}" for n, size in zip(workers, sizes, strict=True)])
    ax.set_xlabel("workers, and pictures in a batch")
    ax.set_ylabel("seconds to the goal")
    ax.set_ylim(0, 1.15 * max(map(sum, zip(computing, talking, strict=True))))
    ax.legend(frameon=False, fontsize=9.5)
    return figure


def describe_time(record: Mapping, picture: float, values: int, own: int, wire: str) -> str:
    """Say in words what :func:`draw_time` shows."""
    rows = _times(record, picture, values, own, wire)
    least = min(rows, key=lambda row: row[3] + row[4])
    each = "; ".join(
        f"{n} worker{'s' * (n > 1)} {steps:g} steps, {computing + talking:.2g} seconds"
        for n, _, steps, computing, talking in rows
    )
    return (
        f"Time to the goal over {wire}, with {own} pictures for each worker: {each}. The shortest "
        f"is {least[3] + least[4]:.2g} seconds with {least[0]} worker{'s' * (least[0] > 1)}."
    )
