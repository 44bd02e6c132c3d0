"""The exercises of the chapter *Making it learn* on weights, steps and rates."""

from math import cos, isfinite, pi, prod, sqrt
from numbers import Real

import numpy as np

from lib.exercises.comparison import NotWritten, Rejected, expect, expect_equal, short, unwritten
from lib.exercises.registry import exercise
from lib.layers import Linear
from lib.optimizers import AdamW

# --- 1: He's rule for a leaky ReLU ---------------------------------------------------------------


def _std(shape, slope, *, n=None):
    return sqrt(2 / ((1 + slope**2) * (prod(shape[1:]) if n is None else n)))


def _gives_the_variance(shape, slope):
    return _std(shape, slope) ** 2


def _ignores_the_slope(shape, slope):
    return _std(shape, 0)


def _takes_the_slope_itself(shape, slope):
    return sqrt(2 / ((1 + slope) * prod(shape[1:])))


def _forgets_the_window(shape, slope):
    return _std(shape, slope, n=shape[1])


def _takes_the_outputs(shape, slope):
    return _std(shape, slope, n=shape[0] * prod(shape[2:]))


@exercise(
    "learn-1",
    wrong=[
        _gives_the_variance,
        _ignores_the_slope,
        _takes_the_slope_itself,
        _forgets_the_window,
        _takes_the_outputs,
    ],
)
def check_first_std(answer):
    """Every mean square stays, for convolutions and linear layers, at every slope."""
    for shape in ((100, 50), (16, 3, 5, 5), (8, 32, 3, 1)):
        for slope in (0.0, 0.1, 0.5, 1.0):
            expect(answer, shape, slope, returns=_std(shape, slope))


# --- 2: how fast may a ball roll -----------------------------------------------------------------


# 0.1 is that of plain steps, 0.01 the tenth, 0.2 what two would be, 1.0 ten times.
@exercise("learn-2", wrong=[0.1, 0.01, 0.2, 1.0, "0.19"])
def check_largest_rate(answer):
    """Nearly twice the rate that plain steps bear: 2 (1 + 0.9) / 20."""
    if not isinstance(answer, Real) or isinstance(answer, bool) or not isfinite(answer):
        raise Rejected(f"expected a rate, got {short(answer)}")
    if answer < 0.18:
        raise Rejected(f"momentum still arrives at a larger rate than {answer:g}")
    if answer > 0.1925:
        raise Rejected(f"at a rate of {answer:g} the walk is lost; did you take enough steps?")


# --- 3: AdamW ------------------------------------------------------------------------------------


def _adamw(w, g, state, lr, weight_decay):
    return _decayed(w, lr, weight_decay) - lr * _moved(g, state)


def _decayed(w, lr, weight_decay):
    return w * (1 - lr * weight_decay)


def _moved(g, state, *, corrected=True):
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = 0.9 * state.get("m", 0.0) + 0.1 * g
    s = state["s"] = 0.999 * state.get("s", 0.0) + 0.001 * g**2
    if corrected:
        m, s = m / (1 - 0.9**t), s / (1 - 0.999**t)
    return m / (s**0.5 + 1e-8)


def _adds_the_decay_to_the_gradient(w, g, state, lr, weight_decay):
    return w - lr * _moved(g + weight_decay * w, state)


def _decays_without_the_rate(w, g, state, lr, weight_decay):
    return w * (1 - weight_decay) - lr * _moved(g, state)


def _decays_after_the_step(w, g, state, lr, weight_decay):
    return _decayed(w - lr * _moved(g, state), lr, weight_decay)


def _corrects_nothing(w, g, state, lr, weight_decay):
    return _decayed(w, lr, weight_decay) - lr * _moved(g, state, corrected=False)


def _forgets_everything(w, g, state, lr, weight_decay):
    return _decayed(w, lr, weight_decay) - lr * _moved(g, {})


@exercise(
    "learn-3",
    wrong=[
        _adds_the_decay_to_the_gradient,
        _decays_without_the_rate,
        _decays_after_the_step,
        _corrects_nothing,
        _forgets_everything,
    ],
)
def check_adamw(answer):
    """At every step it is the library's AdamW; plain Adam with L2 would walk elsewhere."""
    rng = np.random.default_rng(0)
    for lr, decay in ((0.1, 0.3), (0.01, 2.0)):
        layer = Linear(3, 1, bias=False).astype("float64")
        w = layer.weight.data[0] = rng.normal(size=3)
        w, state = w.copy(), {}
        optimizer = AdamW(layer, lr=lr, weight_decay=decay)
        for step in range(1, 5):
            g = rng.normal(size=3)
            before, own = w.copy(), g.copy()
            got = answer(w, g, state, lr, decay)
            if unwritten(got):
                raise NotWritten
            if not (np.array_equal(w, before) and np.array_equal(g, own)):
                raise Rejected("it writes into its arguments; return new weights")
            layer.weight.grad = own[None]
            optimizer.step()
            given = f"step {step} with lr={lr:g}, weight_decay={decay:g}"
            expect_equal(got, layer.weight.data[0].copy(), given, rtol=1e-9)
            w = np.array(got)


# --- 4: a schedule by steps ----------------------------------------------------------------------


def _rate(k, steps, warm, lr):
    if k < warm:
        return lr * (k + 1) / warm
    return lr * (1 + cos(pi * (k - warm) / (steps - warm))) / 2


def _begins_at_zero(k, steps, warm, lr):
    return lr * k / warm if k < warm else _rate(k, steps, warm, lr)


def _lets_the_cosine_run_on(k, steps, warm, lr):
    return _rate(k, steps, warm, lr) if k < warm else lr * (1 + cos(pi * k / steps)) / 2


def _takes_too_many_steps_down(k, steps, warm, lr):
    return _rate(k, steps, warm, lr) if k < warm else lr * (1 + cos(pi * (k - warm) / steps)) / 2


def _turns_a_whole_wave(k, steps, warm, lr):
    share = (k - warm) / (steps - warm)
    return _rate(k, steps, warm, lr) if k < warm else lr * (1 + cos(2 * pi * share)) / 2


def _falls_along_a_line(k, steps, warm, lr):
    return _rate(k, steps, warm, lr) if k < warm else lr * (steps - k) / (steps - warm)


@exercise(
    "learn-4",
    wrong=[
        _begins_at_zero,
        _lets_the_cosine_run_on,
        _takes_too_many_steps_down,
        _turns_a_whole_wave,
        _falls_along_a_line,
    ],
)
def check_rate(answer):
    """Up along a line, down along half a cosine, at every step."""
    for steps, warm, lr in ((10, 4, 0.1), (7, 1, 2.0), (100, 20, 0.01)):
        for k in (0, warm - 1, warm, warm + 1, (steps + warm) // 2, steps - 1):
            expect(answer, k, steps, warm, lr, returns=_rate(k, steps, warm, lr))
