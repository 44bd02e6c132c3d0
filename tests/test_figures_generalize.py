"""What the figures of the chapter *Making it generalize* show is what was measured."""

import itertools
import re

import numpy as np
import pytest

from lib.augmentation import RandomHorizontalFlip
from lib.datasets import load_mnist_sample
from lib.explore import Buttons, Play, Slider, Stepper, explore
from lib.figures import generalize
from lib.figures.generalize import two_weights
from lib.training import EarlyStopping

RNG = np.random.default_rng(0)
EPOCHS = [1, 2, 5]
HEART = {
    kind: {"accuracy": [0.3, 0.6, 0.9, 1, 1], "held_out_accuracy": [0.1, 0.2, 0.1, 0.1, 0.1]}
    for kind in ("true", "random")
}
LOSSES = [3.0, 2.0, 2.5, 1.0, 1.1, 1.2, 1.3, 1.4]
CURVES = {"right": [0.1 * k for k in range(8)], "validation loss": LOSSES}
STRENGTHS = [0, 0.5, 2]
VOTES = RNG.dirichlet(np.ones(10), 4)
ERRORS = {1: 0.02, 2: 0.01, 4: 0.005}
SIZES, PLAIN, MOVED = [100, 200, 400], [0.2, 0.1, 0.05], [0.1, 0.06, 0.03]
FOUND = {
    "plain": {"clean": [0.1, 0.2], "noisy": [0.3, 0.3]},
    "shift": {"clean": [0.05, 0.05], "noisy": [0.6, 0.5]},
}
PICTURES = RNG.random((10, 1, 12, 12)).astype(np.float32)


# --- two weights ---------------------------------------------------------------------------------


@pytest.mark.parametrize("strength", [0.0, 0.5, 1.0, 4.0])
def test_gradient_descent_ends_where_the_formulas_say(strength):
    x, target = generalize.EXAMPLE, generalize.TARGET
    for start in generalize.STARTS:
        end = generalize.descend(start, "L2", strength)[-1]
        if strength:
            assert end == pytest.approx(target / (x @ x + strength) * x)
            absolute = generalize.descend(start, "L1", strength)[-1]
            assert absolute == pytest.approx([2.5 - strength / 4, 0], abs=1e-9)
        else:
            assert end == pytest.approx(np.array(start) + x)
            assert end @ x == pytest.approx(target)


def test_the_end_has_the_least_of_loss_and_penalty():
    def cost(w, penalty):
        size = (w**2).sum() / 2 if penalty == "L2" else np.abs(w).sum()
        return (w @ generalize.EXAMPLE - generalize.TARGET) ** 2 / 2 + 1.5 * size

    for penalty in generalize.PENALTIES:
        end = generalize.descend((1, -2), penalty, 1.5)[-1]
        around = [end + 0.01 * np.array(d) for d in itertools.product((-1, 0, 1), repeat=2)]
        assert min(cost(w, penalty) for w in around) == pytest.approx(cost(end, penalty))


def test_what_costs_as_much_as_the_end_is_drawn_through_it():
    for penalty in generalize.PENALTIES:
        (ax,) = generalize.draw_fits(penalty, 2, STRENGTHS).axes
        (shape,) = ax.patches[:1]
        end = generalize.descend((0, 0), penalty, 2)[-1]
        order = 2 if penalty == "L2" else 1
        sizes = np.linalg.norm(shape.get_xy(), ord=order, axis=1)
        assert sizes == pytest.approx(np.linalg.norm(end, ord=order))
    assert not generalize.draw_fits("L1", 0, STRENGTHS).axes[0].patches
    assert "at three places" in generalize.describe_fits("L1", 0)
    assert "(2, 0)" in generalize.describe_fits("L1", 2)
    assert two_weights.STARTS[0] == (0, 0)


# --- learned by heart ----------------------------------------------------------------------------


@pytest.mark.parametrize("patience", [1, 2, 3, 5])
def test_stopping_early_is_what_the_callback_does(patience):
    losses = RNG.permutation(20).astype(float).tolist()
    callback, last = EarlyStopping(patience), None
    callback.on_best = lambda trainer: setattr(callback, "waited", 0)
    callback._stop = lambda trainer: reached.append(True)
    reached = []

    class Trainer:
        history = type("History", (), {"epochs": []})()

    for epoch, loss in enumerate(losses, 1):
        Trainer.history.epochs.append({"epoch": epoch, "validation_loss": loss})
        callback.on_epoch_end(Trainer)
        last = epoch
        if reached:
            break
    assert generalize.stopped(losses, patience) == (callback.best_epoch, last)


def test_the_epoch_that_is_kept_is_marked():
    left, right = generalize.draw_wrong_labels(CURVES, 2).axes
    assert generalize.stopped(LOSSES, 2) == (4, 6)
    assert [line.get_label() for line in left.lines if len(line.get_xdata()) == 8] == ["right"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in right.lines[1:2]] == [(4, 1.0)]
    assert "kept: epoch 4" in [text.get_text() for text in right.texts]


def test_both_trainings_are_marked_at_the_epoch():
    figure = generalize.draw_by_heart(HEART, 2, EPOCHS)
    for ax, key in zip(figure.axes, ("accuracy", "held_out_accuracy"), strict=True):
        said = [text.get_text() for text in ax.texts]
        assert said == [f"{HEART['true'][key][1]:.0%}"] * 2


# --- votes, and luck -----------------------------------------------------------------------------


def test_bars_are_the_mean_of_the_voters():
    _, middle, right = generalize.draw_votes(PICTURES[0, 0], VOTES, ERRORS, 0.004, 2).axes
    heights = [bar.get_height() for bar in middle.patches]
    assert heights == pytest.approx(VOTES[:2].mean(axis=0))
    assert [line.get_ydata()[0] for line in right.lines[1:3]] == [0.01, 0.004]


def test_chances_are_shares_of_many_draws(rng):
    found = generalize.chances(7, 50, 20)
    assert found.sum() == pytest.approx(1)
    drawn = rng.hypergeometric(7, 43, 20, size=200_000)
    assert found == pytest.approx(np.bincount(drawn, minlength=8) / 200_000, abs=0.005)
    assert generalize.chances(3, 10, 10).tolist() == [0, 0, 0, 1]
    assert len(generalize.chances(5, 10, 2)) == 3


def test_each_accuracy_has_the_bar_of_its_chance():
    (ax,) = generalize.draw_samples({"a": 2, "b": 1}, 1000, 500).axes
    heights = {round(bar.get_x() + bar.get_width() / 2, 5): bar.get_height() for bar in ax.patches}
    assert heights[1.0] == pytest.approx(0.5)  # of b, drawn last
    assert sum(bar.get_height() for bar in ax.patches) == pytest.approx(2)


# --- changed digits ------------------------------------------------------------------------------


@pytest.mark.parametrize("change", generalize.CHANGES)
def test_the_first_level_changes_nothing_and_the_others_do(change):
    digits = load_mnist_sample().images[:20]
    before = digits.copy()
    assert np.array_equal(generalize.altered(digits, change, 0), digits)
    moved = [
        float(np.abs(generalize.altered(digits, change, level) - digits).mean())
        for level in range(1, 6)
    ]
    assert min(moved) > 0.004
    assert np.array_equal(digits, before)


def test_changes_are_those_of_the_library():
    mirrored = RandomHorizontalFlip(p=1)(PICTURES, 0)
    assert generalize.altered(PICTURES, "mirror", 5) == pytest.approx(mirrored, abs=1e-5)
    turned = np.rot90(PICTURES, 2, axes=(2, 3))
    assert generalize.altered(PICTURES, "turn", 5) == pytest.approx(turned, abs=1e-5)
    shifted = generalize.altered(PICTURES, "shift", 1)
    assert shifted[..., 1:] == pytest.approx(PICTURES[..., :-1], abs=1e-5)
    erased = generalize.altered(np.ones((1, 1, 20, 20), np.float32), "erase", 3)
    assert erased.mean() == pytest.approx(0.8, abs=0.03)


def test_wrong_answers_are_crossed():
    answers = [0, 1, 5, 3, 4, 2, 6, 7, 8, 9]
    left, right = generalize.draw_altered(PICTURES, answers, [0.1] * 6, "turn", 3).axes
    said = [text.get_text() for text in left.texts]
    assert [k for k, text in enumerate(said) if "✗" in text] == [2, 5]
    assert [int(text[0]) for text in said] == answers
    assert left.get_title() == "turn: 60°"
    assert right.lines[1].get_xdata()[0] == 3


def test_the_arrow_ends_where_the_plain_curve_has_the_same_error():
    assert generalize.plain_digits(SIZES, PLAIN, 0.1) == pytest.approx(200)
    assert generalize.plain_digits(SIZES, PLAIN, 0.03) is None
    for digits, said in ((100, "about 200 plain"), (400, "more than 400 plain")):
        (ax,) = generalize.draw_worth(SIZES, PLAIN, MOVED, digits).axes
        assert any(text.get_text().endswith(said) for text in ax.texts)


# --- remedies ------------------------------------------------------------------------------------


def test_a_dot_stands_at_the_means_of_its_remedy():
    (ax,) = generalize.draw_trade(FOUND, "noisy", "shift").axes
    dots = [tuple(part.get_offsets()[0]) for part in ax.collections[:2]]
    assert dots == [pytest.approx((0.15, 0.3)), pytest.approx((0.05, 0.55))]
    assert len(ax.collections[2].get_offsets()) == 2  # a small one for each seed
    assert {text.get_text() for text in ax.texts} >= set(FOUND)


# --- controls, touch and refusals ----------------------------------------------------------------

TOUCHED = {
    "by heart": (
        lambda epoch: generalize.draw_by_heart(HEART, epoch, EPOCHS),
        {"epoch": Play(EPOCHS)},
    ),
    "two weights": (
        lambda strength: generalize.draw_fits("L1", strength, STRENGTHS),
        {"strength": Slider(STRENGTHS)},
    ),
    "votes": (
        lambda voters: generalize.draw_votes(PICTURES[0, 0], VOTES, ERRORS, 0.004, voters),
        {"voters": Slider(list(ERRORS))},
    ),
    "altered": (
        lambda level: generalize.draw_altered(PICTURES, range(10), [0.1] * 6, "turn", level),
        {"level": Stepper(range(6))},
    ),
    "worth": (
        lambda digits: generalize.draw_worth(SIZES, PLAIN, MOVED, digits),
        {"digits": Slider(SIZES)},
    ),
    "trade": (
        lambda remedy: generalize.draw_trade(FOUND, "noisy", remedy),
        {"remedy": Buttons(list(FOUND))},
    ),
}


@pytest.mark.parametrize("name", TOUCHED)
def test_every_value_can_be_touched(name):
    draw, controls = TOUCHED[name]
    figure = explore(
        draw, name="touched", alt="{" + next(iter(controls)) + "}", caption="Touched.", **controls
    )
    (control,) = figure.sliders.values()
    # Strength 0 has three ends and no dot of its own.
    first = 1 if name == "two weights" else 0
    expected = {f"0:{place}" for place in range(first, len(control.slider.values))}
    assert set(re.findall(r'data-touch="([^"]*)"', figure.frame.markup)) == expected


REFUSED = {
    "penalty": lambda: generalize.descend((0, 0), "L3", 1),
    "strength": lambda: generalize.descend((0, 0), "L2", -1),
    "epoch": lambda: generalize.draw_by_heart(HEART, 3, EPOCHS),
    "patience": lambda: generalize.stopped(LOSSES, 0),
    "voters": lambda: generalize.draw_votes(PICTURES[0, 0], VOTES, ERRORS, 0.1, 3),
    "drawn": lambda: generalize.chances(2, 10, 11),
    "wrong": lambda: generalize.chances(11, 10, 2),
    "change": lambda: generalize.altered(PICTURES, "flip", 1),
    "level": lambda: generalize.altered(PICTURES, "turn", 6),
    "digits": lambda: generalize.draw_worth(SIZES, PLAIN, MOVED, 300),
    "remedy": lambda: generalize.draw_trade(FOUND, "noisy", "erase"),
    "against": lambda: generalize.draw_trade(FOUND, "turned", "shift"),
}


@pytest.mark.parametrize("setting", REFUSED)
def test_an_unknown_setting_is_refused(setting):
    with pytest.raises(ValueError, match=f"^{setting} must be .*, got "):
        REFUSED[setting]()
