"""Figure of the chapter *Backpropagation through convolution and pooling*: numeric gradients."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from lib.figures.style import ACCENT, MUTED, OKABE_ITO, new_figure

__all__ = ["CURVES", "describe_numeric", "draw_numeric", "numeric_errors"]


def _sine(x):
    return np.sin(x)


def _quadratic(x):
    return (x - 3) ** 2 / 2


def _relu(x):
    return np.maximum(x, 0) * 3


# A function, a point, its slope there, and its third derivative.
CURVES = {
    "a sine": (_sine, 1.0, np.cos(1.0), -np.cos(1.0)),
    "a squared error": (_quadratic, 1.0, -2.0, 0.0),
    "a ReLU, 0.001 from its kink": (_relu, 1e-3, 3.0, 0.0),
}
_UNITS = {"float64": 2.0**-53, "float32": 2.0**-24}


def numeric_errors(curve, precision, steps):
    """Give the relative error of central differences for each step.

    Parameters
    ----------
    curve : str
        One of :data:`CURVES`.
    precision : {"float64", "float32"}
    steps : sequence of float
    """
    f, at, slope, _ = CURVES[curve]
    kind = np.dtype(precision).type
    x = kind(at)
    errors = []
    for step in steps:
        above, below = kind(f(x + kind(step))), kind(f(x - kind(step)))
        errors.append(abs((float(above) - float(below)) / (2 * step) - slope) / abs(slope))
    return np.array(errors)


def draw_numeric(curve, precision, step, steps) -> Figure:
    """Show the error of a numeric gradient against its step, and the numbers behind one point.

    Parameters
    ----------
    curve : str
        One of :data:`CURVES`.
    precision : {"float64", "float32"}
    step : float
        One of `steps`.
    steps : sequence of float
    """
    f, at, slope, third = CURVES[curve]
    errors = numeric_errors(curve, precision, steps)
    steps = np.asarray(steps)
    figure, ax = new_figure(6.3, 3.7)
    floor = 1e-16
    rounding = _UNITS[precision] * abs(f(at)) / abs(slope) / steps
    ax.loglog(steps, rounding, label="rounding, u·|f| / ε", marker="", ls=":")
    if third:
        bend = abs(third / slope) / 6 * steps**2
        ax.loglog(steps, bend, label="bend, ε²·|f‴| / 6", marker="", ls="--")
    ax.loglog(
        steps, np.maximum(errors, floor), label="measured", markersize=5, ls="-", color=OKABE_ITO[2]
    )
    place = int(np.argmin(abs(np.log(steps / step))))
    point = (steps[place], max(errors[place], floor))
    ax.plot(*point, marker="o", markersize=11, mfc="none", mew=2.5, color=ACCENT, ls="")
    ax.set(xlabel="step ε", ylabel="relative error", ylim=(0.3 * floor, 30))
    ax.set(xlim=(0.5 * steps.min(), 2 * steps.max()))
    ax.grid(color=MUTED, alpha=0.3)
    ax.legend(frameon=False, loc="lower left", fontsize=9)
    kind = np.dtype(precision).type
    digits = 17 if precision == "float64" else 9
    above, below = (kind(f(kind(at) + kind(way * step))) for way in (1, -1))
    ax.set_title(
        f"f(x+ε) = {above:.{digits}f}\nf(x−ε) = {below:.{digits}f}".replace("-", "−"),
        fontsize=10, family="monospace",
    )  # fmt: skip
    return figure


def describe_numeric(curve, precision, step, steps) -> str:
    """Say in words what :func:`draw_numeric` shows."""
    errors = numeric_errors(curve, precision, steps)
    place = int(np.argmin(abs(np.log(np.asarray(steps) / step))))
    best = int(np.argmin(errors))
    return (
        f"Relative error of the numeric gradient of {curve} in {precision}, against the step. At a "
        f"step of {step:.0e} it is {errors[place]:.0e}. It is smallest, {errors[best]:.0e}, at a "
        f"step of {steps[best]:.0e}."
    )
