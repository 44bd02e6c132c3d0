"""The figures of the chapter *Making it learn* show the numbers that they were given."""

import json

import numpy as np
import pytest

from lib.explore import touch
from lib.figures import learn
from lib.studies import load_study
from tests.test_figures_cnn import texts


def lines(ax):
    """Return the heights of every line in some axes."""
    return [list(np.asarray(line.get_ydata(), float)) for line in ax.lines]


def controls_of(figure, name):
    """Return the values to which targets of a figure set one control."""
    found = []
    for artist in touch.parts_of(figure):
        gid = artist.get_gid() or ""
        if gid.startswith("touch"):
            found.append(json.loads(gid[gid.index("{") :])[name])
    return found


# --- depth ---------------------------------------------------------------------------------------


def test_a_chain_shrinks_outputs_one_way_and_gradients_the_other():
    figure = learn.draw_chain(0.5)
    outputs, gradients = ([bar.get_height() + 1e-3 for bar in ax.patches] for ax in figure.axes)
    assert outputs == pytest.approx([1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64])
    assert gradients == outputs[::-1]
    assert "the last output 64" in learn.describe_chain(2.0)


@pytest.fixture(scope="module")
def networks():
    return load_study("initialization")["networks"]


def test_depth_draws_the_record_and_marks_what_is_chosen(networks):
    figure = learn.draw_depth(networks, "tanh", "Xavier")
    chosen = networks["tanh"]["Xavier"]
    histograms, (outputs, gradients) = figure.axes[:10], figure.axes[10:]
    for ax, layer in zip(histograms, chosen, strict=True):
        assert [bar.get_height() for bar in ax.patches] == layer["histogram"]
    place = list(networks["tanh"]).index("Xavier")
    assert lines(outputs)[place] == [layer["std"] for layer in chosen]
    assert lines(gradients)[place] == [layer["gradient_std"] for layer in chosen]
    widths = [line.get_linewidth() for line in outputs.lines]
    assert widths.index(max(widths)) == place
    assert controls_of(figure, "weights") == list(networks["tanh"])
    assert f"{chosen[-1]['std']:.2g} in the last" in learn.describe_depth(
        networks, "tanh", "Xavier"
    )
    with pytest.raises(ValueError, match="function must be one of"):
        learn.draw_depth(networks, "softplus", "He")


# --- trainings -----------------------------------------------------------------------------------


def test_starts_are_running_means():
    (ax,) = learn.draw_starts({"one": [4.0, 2.0, 0.0]}, mean_of=2).axes
    assert lines(ax)[0] == [4.0, 3.0, 1.0]


def test_a_range_test_that_ends_in_infinity_is_drawn_to_the_edge():
    (ax,) = learn.draw_range_test([0.1, 1.0], {"one": [2.0, np.inf]}).axes
    assert lines(ax)[0] == [2.0, 40.0]


def test_rates_are_sorted_by_way_and_rate():
    variants = {
        "He, 0.01": {"validation_accuracy": [[0.1, 0.5], [0.2, 0.7]]},
        "He, 0.1": {"diverged": "the loss is nan"},
        "batch norm, 0.01": {"validation_accuracy": [[0.8, 0.9]]},
    }
    ends = learn.ends_by_rate(variants)
    assert ends == {"He": {0.01: [0.5, 0.7], 0.1: []}, "batch norm": {0.01: [0.9]}}
    figure = learn.draw_rates(ends, "He")
    assert lines(figure.axes[0])[0] == pytest.approx([0.4, 0.9])
    assert "not a number" in texts(figure)
    assert controls_of(figure, "way") == ["He", "batch norm"]
    assert "40.0% at 0.01, no number at 0.1" in learn.describe_rates(ends, "He")


def test_repairs_are_points_and_a_mean():
    variants = {
        "plain": {"validation_accuracy": [[0.1, 0.94], [0.1, 0.96]]},
        "broken": {"validation_accuracy": [[0.1, 0.11], [0.1, 0.11]]},
    }
    figure = learn.draw_repairs(variants, ["plain", "broken"])
    points, mean = (list(line.get_xdata()) for line in figure.axes[0].lines)
    assert points == [0.94, 0.96]
    assert mean == pytest.approx([0.95, 0.95])
    assert any("11%" in text for text in texts(figure))
    assert "plain 95.0%; broken 11.0%" in learn.describe_repairs(variants, ["plain", "broken"])


# --- the ravine ----------------------------------------------------------------------------------


def test_the_ravine_s_slope_is_that_of_its_height():
    def height(w):
        return (w[0] - 5) ** 2 / 2 + 10 * w[1] ** 2

    at, eps = np.array([-1.0, 0.7]), 1e-6
    nudges = eps * np.eye(2)
    slope = [(height(at + d) - height(at - d)) / (2 * eps) for d in nudges]
    assert learn.ravine_slope(at) == pytest.approx(slope, rel=1e-6)


def walk(rule, lr):
    path = [learn.RAVINE_START]
    for _ in range(20):
        path.append(path[-1] - lr * learn.ravine_slope(path[-1]))
    return np.array(path)


def test_a_path_is_drawn_from_start_with_its_heights():
    figure = learn.draw_ravine(walk, ["SGD", "other"], "SGD", 0.09)
    left, right = figure.axes
    assert np.array(left.lines[0].get_xydata())[0].tolist() == [-5.0, 1.5]
    assert lines(right)[0][0] == pytest.approx(72.5)
    assert "crossed the floor of the ravine 20 times" in learn.describe_ravine(walk, "SGD", 0.09)
    assert "leaves the ravine" in learn.describe_ravine(walk, "SGD", 0.3)


# --- batch norm ----------------------------------------------------------------------------------


def test_what_is_sent_back_is_what_a_hand_computes():
    x_hat, dx = learn.pass_back([7, 1, 1, 3, 3, 3], [12, 0, 0, 0, 0, 0])
    assert x_hat.tolist() == [2, -1, -1, 0, 0, 0]
    assert dx.tolist() == [1, 1, 1, -1, -1, -1]
    figure = learn.draw_sent_back([7, 1, 1, 3, 3, 3], 12, 4)
    assert texts(figure).count("12") == 1
    assert {"5", "−1"} <= set(texts(figure))
    assert sorted(controls_of(figure, "output")) == sorted([*range(6)] * 2)
    assert "sends back −1, −1, −1, −1, 5, −1" in learn.describe_sent_back([7, 1, 1, 3, 3, 3], 12, 4)


def test_company_draws_both_modes_and_both_companies():
    gaps = {"steps": [1, 5], "training": [0.2, 0.8], "evaluation": [0.1, 0.7]}
    sizes = {"sizes": [2, 8], "mixed": [0.9, 0.95], "one class": [0.8, 0.7], "evaluation": 0.96}
    left, right = learn.draw_company(gaps, sizes).axes
    assert lines(left)[:2] == [[0.2, 0.8], [0.1, 0.7]]
    assert lines(right)[:3] == [[0.9, 0.95], [0.8, 0.7], [0.96, 0.96]]


# --- schedules -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("schedule", "rates"),
    [
        ("constant", [0.1, 0.1, 0.1, 0.1]),
        ("exponential", [0.1, 0.085, 0.07225, 0.0614125]),
        ("reduce on plateau", [0.1, 0.1, 0.1, 0.03]),
        ("warm-up, then cosine", [0.01, 0.0325, 0.055, 0.0775]),
    ],
)
def test_a_schedule_s_rates_are_those_of_its_epochs(schedule, rates):
    assert learn.rates_of(schedule, [1.0, 1.5, 1.2, 1.1]) == pytest.approx(rates)


def test_a_schedule_is_drawn_with_the_losses_that_it_may_watch():
    losses = [2.0, 1.0, 1.5, 0.5]
    upper, lower = learn.draw_schedule(losses, "step").axes
    assert len(upper.lines) == len(learn.SCHEDULES)
    assert lines(lower) == [losses, [1.5]]
    assert "epoch 1: 0.1" in learn.describe_schedule(losses, "step")


ENDS = {"He": {0.1: [0.5]}}
CHOICES = {
    "activation": lambda name: learn.draw_depth({"relu": {}}, name, "He"),
    "weights": lambda name: learn.draw_depth({"relu": {"He": []}}, "relu", name),
    "way": lambda name: learn.draw_rates(ENDS, name),
    "rule": lambda name: learn.draw_ravine(walk, ["SGD"], name, 0.1),
    "schedule": lambda name: learn.draw_schedule([1.0, 0.5], name),
}


@pytest.mark.parametrize("draw", CHOICES.values(), ids=CHOICES)
def test_a_figure_refuses_what_it_does_not_know(draw):
    with pytest.raises(ValueError, match=r"must be .*got 'other'"):
        draw("other")
