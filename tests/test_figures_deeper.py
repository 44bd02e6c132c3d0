"""What the figures of the chapter *Going deeper* show is what the library computes."""

import numpy as np
import pytest

from lib.analysis import receptive_field
from lib.figures import deeper
from lib.figures.deeper import fields, gradients, paths, records, removal
from lib.layers import Conv2d, MaxPool2d, Sequential
from lib.studies import load_study

STACK = Sequential(a=Conv2d(1, 1, 3, padding=1), b=MaxPool2d(2), c=Conv2d(1, 1, 3, padding=1))
FIELDS = receptive_field(STACK, (1, 8, 8))
COUNTS = {"a": 8, "b": 4, "c": 4}
ACCURACIES = {"": 1.0, "b1": 0.9, "b2": 0.5, "b3": 0.8, "b1 b2": 0.3, "b1 b3": 0.2, "b2 b3": 0.1}
RECORD = {
    "settings": {"looks": [0, 1, 4], "every": 2, "steps": 4},
    "trainings": {"SGD": {"plain 8": {"loss": [2.0, 1.0]}}},
    "gradients": {"plain 8": [{"norms": [4.0, 2.0]}, {"norms": [3.0, 2.0]}, {"norms": [1.0, 2.0]}]},
}


def texts(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


# --- ways ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", range(1, 6))
def test_ways_are_those_that_one_finds_by_walking(depth):
    found = np.zeros(2 * depth + 1, int)

    def walk(place, level):
        if level == 0:
            found[place + depth] += 1
            return
        for step in (-1, 0, 1):
            walk(place + step, level - 1)

    walk(0, depth)
    assert deeper.count_paths(depth).tolist() == found.tolist()


@pytest.mark.parametrize(("depth", "pixel", "title"), [
    (2, 0, "3 of 9 paths"), (3, 2, "3 of 27 paths"), (2, 3, "no path: outside of the field"),
])  # fmt: skip
def test_the_ways_of_a_pixel_are_drawn(depth, pixel, title):
    figure = deeper.draw_paths(depth, pixel)
    assert title in texts(figure)
    strong = [line for line in figure.axes[0].lines if line.get_linewidth() == 1.8]
    assert bool(strong) == (abs(pixel) <= depth)
    if strong:
        bottom = np.array(strong[0].get_data()).T
        assert {tuple(p) for p in bottom if p[1] == 0} == {(pixel, 0)}
    assert title.split()[0] in deeper.describe_paths(depth, pixel) or "no" in title


# --- fields --------------------------------------------------------------------------------------


def test_the_frame_of_a_layer_is_its_field():
    figure = deeper.draw_frames(np.zeros((8, 8)), FIELDS, COUNTS, "c")
    strong = [patch for patch in figure.axes[0].patches if patch.get_linewidth() == 2.5]
    first = FIELDS["c"].start[0] + 2 * FIELDS["c"].jump[0]
    assert (strong[0].get_x() + 0.5, strong[0].get_width()) == (first, FIELDS["c"].size[0])
    assert f"rows {first} to {first + 7}" in deeper.describe_frames(
        np.zeros((8, 8)), FIELDS, COUNTS, "c"
    )
    assert "A part of it lies outside" in deeper.describe_frames(
        np.zeros((8, 8)), FIELDS, COUNTS, "c"
    )


def test_the_square_holds_as_much_as_it_should_and_no_smaller_one_does(rng):
    share = rng.random((15, 15)) * np.outer(np.hanning(15), np.hanning(15))
    share /= share.sum()
    for part in (0.3, 0.9, 1.0):
        top, left, size = deeper.square_that_holds(share, part)
        kept = share[max(top, 0) : top + size, max(left, 0) : left + size]
        assert kept.sum() >= part - 1e-9
        inner = share[top + 1 : top + size - 1, left + 1 : left + size - 1]
        assert size == 1 or inner.sum() < part
    with pytest.raises(ValueError, match="part must be above 0"):
        deeper.square_that_holds(share, 0)


def test_both_sizes_are_said():
    share = np.zeros((9, 9))
    share[3:6, 3:6] = 1 / 9
    figure = deeper.draw_effective(share, 7, "c")
    assert {"can see 7", "95 % comes from 3"} <= set(texts(figure))
    text = deeper.describe_effective(share, 7, "c")
    assert "7 pixels" in text
    assert "a square of 3" in text


# --- records -------------------------------------------------------------------------------------


def test_curves_are_those_of_the_record():
    record = load_study("depth")
    figure = deeper.draw_depth(record, "plain")
    drawn = {line.get_label(): list(line.get_ydata()) for line in figure.axes[0].lines}
    assert drawn == {
        name: record["variants"][name]["accuracy"][0] for name in ("plain 20", "plain 56")
    }
    both = deeper.draw_depth(record, "plain and residual")
    assert len(both.axes[1].lines) == 4
    assert "28%" in deeper.describe_depth(record, "plain")


def test_the_network_that_is_chosen_is_drawn_strongly():
    norms = {"one": [4.0, 1.0], "other": [1.0, 8.0]}
    figure = deeper.draw_norms(norms, "other", (0.1, 10))
    widths = {line.get_label(): line.get_linewidth() for line in figure.axes[0].lines}
    assert widths["other"] > 2 * widths["one"]
    assert "4 times as long" in deeper.describe_norms(norms, "one", (0.1, 10))
    assert "8 times shorter" in deeper.describe_norms(norms, "other", (0.1, 10))


def test_gradients_while_learning_are_those_of_the_step():
    figure = deeper.draw_learning(RECORD, ["plain 8"], 4)
    assert list(figure.axes[0].lines[0].get_ydata()) == [1, 2]
    assert list(figure.axes[1].lines[0].get_xdata()) == [1, 3]
    assert "after 1 step of training: plain 8 3 and 2" in deeper.describe_learning(
        RECORD, ["plain 8"], 1
    )


def test_the_marked_length_shows_all_cosines():
    turns = {"one": [1.0, 0.5], "other": [0.9, -0.1]}
    figure = deeper.draw_turns([0.01, 0.1], turns, 0.1)
    rings = [line for line in figure.axes[0].lines if line.get_markersize() == 9]
    assert [float(np.ravel(ring.get_ydata())[0]) for ring in rings] == [0.5, -0.1]
    assert "one 0.50; other -0.10" in deeper.describe_turns([0.01, 0.1], turns, 0.1)


@pytest.mark.parametrize(("first", "second", "left"), [
    ("b2", "b2", "50.0%"), ("b3", "b1", "20.0%"), ("b1", "b3", "20.0%"),
])  # fmt: skip
def test_what_is_left_without_blocks_is_said(first, second, left):
    figure = deeper.draw_removal(ACCURACIES, first, second)
    assert figure.axes[1].get_title() == f"{left} right of these digits"
    cells = [text.get_text() for text in figure.axes[1].texts]
    assert cells == ["90%", "30%", "20%", "30%", "50%", "10%", "20%", "10%", "80%"]
    assert left in deeper.describe_removal(ACCURACIES, first, second)


REFUSED = {
    "depth": lambda: paths.draw_paths(6, 0),
    "pixel": lambda: paths.draw_paths(2, 6),
    "shown": lambda: records.draw_depth({}, "residual"),
    "shown network": lambda: gradients.draw_norms({"one": [1.0]}, "two", (0.1, 1)),
    "step": lambda: gradients.draw_learning(RECORD, ["plain 8"], 2),
    "length": lambda: gradients.draw_turns([0.1], {"one": [1.0]}, 0.2),
    "first": lambda: removal.draw_removal(ACCURACIES, "b4", "b1"),
    "part": lambda: fields.square_that_holds(np.ones((2, 2)), 2),
}


@pytest.mark.parametrize("call", REFUSED.values(), ids=REFUSED)
def test_a_setting_that_is_none_is_refused(call):
    with pytest.raises(ValueError, match=" must be "):
        call()
