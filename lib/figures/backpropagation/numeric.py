"""Figure of the chapter *Backpropagation through convolution and pooling*: numeric gradients."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from lib.explore import touchable_along
from lib.figures.grids import blank_figure, place_axes
from lib.figures.style import ACCENT, MUTED, OKABE_ITO
from lib.settings import as_choice, as_number

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
    f, at, slope, _ = CURVES[as_choice(curve, "curve", CURVES)]
    kind = np.dtype(as_choice(precision, "precision", _UNITS)).type
    x = kind(at)
    errors = []
    for step in steps:
        above, below = kind(f(x + kind(step))), kind(f(x - kind(step)))
        errors.append(abs((float(above) - float(below)) / (2 * step) - slope) / abs(slope))
    return np.array(errors)


def draw_numeric(curve, precision, step, steps) -> Figure:
    """Show the error of a numeric gradient against its step, and the numbers behind one point.

    A drag along the curve sets `step`.

    Parameters
    ----------
    curve : str
        One of :data:`CURVES`.
    precision : {"float64", "float32"}
    step : float
        One of `steps`.
    steps : sequence of float
    """
    errors = numeric_errors(curve, precision, steps)
    f, at, slope, third = CURVES[curve]
    step = as_number(step, "step", above=0)
    steps = np.asarray(steps)
    # Logarithms on plain axes: matplotlib's own logarithmic axes take ten times as long to draw.
    at_step, floor = np.log10(steps), -16
    figure = blank_figure(6.3, 3.7)
    ax = place_axes(figure, 0.75, 0.55, 5.45, 2.6)
    ax.set_facecolor("none")
    ax.spines[["top", "right"]].set_visible(False)
    lines = {"rounding, u·|f| / ε": _UNITS[precision] * abs(f(at) / slope) / steps}
    if third:
        lines["bend, ε²·|f‴| / 6"] = abs(third / slope) / 6 * steps**2
    for (label, values), look in zip(lines.items(), (":", "--"), strict=False):
        color = OKABE_ITO[0] if look == ":" else OKABE_ITO[1]
        ax.plot(at_step, np.log10(values), label=label, ls=look, color=color)
    measured = np.log10(np.maximum(errors, 10.0**floor))
    ax.plot(at_step, measured, label="measured", marker="^", ms=5, color=OKABE_ITO[2])
    place = int(np.argmin(abs(at_step - np.log10(step))))
    ring = {"marker": "o", "ms": 11, "mfc": "none", "mew": 2.5, "color": ACCENT}
    ax.plot(at_step[place : place + 1], measured[place : place + 1], ls="", **ring)
    ax.set(xlabel="step ε", ylabel="relative error", ylim=(floor - 0.5, 1.5))
    ax.set_xlim(at_step.min() - 0.3, at_step.max() + 0.3)
    for axis, ticks in ((ax.xaxis, range(-12, 0, 2)), (ax.yaxis, range(-16, 1, 4))):
        axis.set_ticks(list(ticks), [f"$10^{{{tick}}}$" if tick else "1" for tick in ticks])
    ax.grid(color=MUTED, alpha=0.3)
    ax.legend(frameon=False, loc="lower left", fontsize=9)
    if len(steps) > 1:
        touchable_along(ax, at_step, "step", steps)
    kind = np.dtype(precision).type
    digits = 17 if precision == "float64" else 9
    for name, way, height in (("f(x+ε)", 1, 0.17), ("f(x−ε)", -1, 0.4)):
        value = kind(f(kind(at) + kind(way * step)))
        text = f"{name} = {value:.{digits}f}".replace("-", "\N{MINUS SIGN}")
        figure.text(0.35, 1 - height / 3.7, text, va="center", size=10)
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
