"""Every schedule of the learning rate, over one training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from lib.figures.style import ACCENT, MUTED, new_figure
from lib.layers import Linear
from lib.optimizers import SGD
from lib.schedulers import (
    CosineAnnealingLR,
    ExponentialLR,
    MultiStepLR,
    ReduceLROnPlateau,
    Scheduler,
    StepLR,
    WarmUp,
)
from lib.settings import as_choice

__all__ = ["SCHEDULES", "describe_schedule", "draw_schedule", "rates_of"]

LR = 0.1
SCHEDULES = {
    "constant": Scheduler,
    "step": lambda optimizer: StepLR(optimizer, step_size=6, gamma=0.3),
    "multi-step": lambda optimizer: MultiStepLR(optimizer, milestones=[10, 15], gamma=0.1),
    "exponential": lambda optimizer: ExponentialLR(optimizer, gamma=0.85),
    "reduce on plateau": lambda optimizer: ReduceLROnPlateau(optimizer, factor=0.3, patience=1),
    "cosine": lambda optimizer: CosineAnnealingLR(optimizer, epochs=20),
    "warm-up, then cosine": lambda optimizer: WarmUp(
        CosineAnnealingLR(optimizer, epochs=16), epochs=4, start_factor=0.1
    ),
}


def rates_of(schedule: str, losses: Sequence[float]) -> list[float]:
    """Return the learning rate in each epoch of a training, which starts at 0.1.

    Parameters
    ----------
    schedule : str
        A key of :data:`SCHEDULES`.
    losses : sequence of float
        The validation loss after each epoch, which reduce on plateau watches.

    Examples
    --------
    >>> [round(rate, 4) for rate in rates_of("exponential", [3.0, 2.0, 1.0])]
    [0.1, 0.085, 0.0722]
    """
    optimizer = SGD(Linear(1, 1), lr=LR)
    made, rates = SCHEDULES[as_choice(schedule, "schedule", list(SCHEDULES))](optimizer), []
    for loss in losses:
        rates.append(optimizer.lr)
        made.step({"validation_loss": loss})
    return rates


def draw_schedule(losses: Sequence[float], schedule: str) -> Figure:
    """Draw the learning rate of one schedule over the epochs, and the losses below it.

    Parameters
    ----------
    losses : sequence of float
        The validation loss after each epoch.
    schedule : str
        A key of :data:`SCHEDULES`.
    """
    as_choice(schedule, "schedule", list(SCHEDULES))
    figure, (upper, lower) = new_figure(6, 3.6, rows=2, sharex=True, height_ratios=[2, 1])
    epochs = np.arange(1, len(losses) + 1)
    for name in SCHEDULES:
        mine = name == schedule
        color, width, order = (ACCENT, 2.5, 3) if mine else (MUTED, 0.8, 2)
        style = {"color": color, "lw": width, "zorder": order, "marker": "", "ls": "-"}
        upper.step(epochs, rates_of(name, losses), where="mid", **style)
    upper.set(title=f"learning rate: {schedule}", ylim=(0, 1.08 * LR))
    lower.plot(epochs, losses, ms=4)
    falling = [k for k in range(1, len(losses)) if losses[k] >= min(losses[:k]) * (1 - 1e-4)]
    lower.plot(epochs[falling], np.array(losses)[falling], ls="", marker="x", ms=8, color=ACCENT)
    lower.set(xlabel="epoch", title="validation loss (nats); crosses: no better than before")
    lower.title.set_fontsize(9.5)
    lower.xaxis.set_major_locator(MaxNLocator(integer=True))
    for ax in (upper, lower):
        ax.grid(axis="y", color=MUTED, alpha=0.3)
    lower.set_ylim(bottom=0)
    return figure


def describe_schedule(losses: Sequence[float], schedule: str) -> str:
    """Say in words what :func:`draw_schedule` shows."""
    rates = rates_of(schedule, losses)
    parts = [f"epoch {k + 1}: {rates[k]:.2g}" for k in range(0, len(rates), 4)]
    return (
        f"The learning rate by the schedule {schedule}; {', '.join(parts)}; in the last epoch "
        f"{rates[-1]:.2g}."
    )
