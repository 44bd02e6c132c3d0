"""The figures of the chapter *Architectures* show what the library and its records say."""

from functools import partial

import numpy as np
import pytest

from lib.datasets import load_wordnet
from lib.figures import architectures as figures
from lib.figures.architectures.bills import _savings
from lib.networks.lenet import CONNECTIONS
from lib.studies import load_study
from tests.test_figures_cnn import texts

RECORD = load_study("architectures")
ROWS = {"tiny": [("convolution", 100, 900), ("linear", 300, 100)]}
BLOCKS = {"3a": (192, (64, 96, 128, 16, 32, 32))}
WORDS = ["teapot", "car", "cup"]
PHOTOGRAPHS = {"cat": np.zeros((3, 4, 4))}
VOTES = {"cat": {"one": np.array([0.25, 0.75]), "other": np.array([0.6, 0.4])}}
RATIOS = {"one price": {"a": 0.5, "b": 1.0, "c": 1.3, "d": 2.0}}


def bars(ax):
    """Return the lengths of the bars in some axes, whether they lie or stand."""
    return [(p.get_width(), p.get_height()) for p in ax.patches if p.get_gid() is None]


def test_connections_are_the_table():
    figure = figures.draw_connections(CONNECTIONS, 7)
    (ax,) = figure.axes
    cells = [p for p in ax.patches if p.get_gid() is None]
    filled = [p for p in cells if p.get_facecolor()[3] > 0]
    assert (len(cells), len(filled)) == (96, 60)
    places = {(round(p.get_x() + 0.45), round(p.get_y() + 0.45)) for p in filled}
    assert places == {(f, m) for f, seen in enumerate(CONNECTIONS) for m in seen}
    assert "4 · 5 · 5 + 1 = 101" in ax.get_title()
    assert "learns 101 numbers" in figures.describe_connections(CONNECTIONS, 7)


@pytest.mark.parametrize("year", list(figures.ERRORS))
def test_errors_fall_year_by_year(year):
    figure = figures.draw_errors(year)
    winner = figures.ERRORS[year]
    (ax,) = figure.axes
    heights = [p.get_height() for p in ax.patches if "touch" in (p.get_gid() or "")][::2]
    assert heights == [w.error for w in figures.ERRORS.values()] == sorted(heights, reverse=True)
    assert ax.get_title().startswith(f"{year}, {winner.team}")
    assert f"{winner.error:g} %" in texts(figure)
    assert f"Chosen: {year}, {winner.team}" in figures.describe_error(year)


@pytest.mark.parametrize(("second", "steps"), [("teapot", 5), ("car", 8), ("cup", 17)])
def test_paths_go_up_and_down(second, steps):
    synsets = load_wordnet()
    written = texts(figures.draw_path(synsets, WORDS, "coffee mug", second))
    assert f"{steps} steps: similarity 1 / {steps + 1}" in written
    alt = figures.describe_path(synsets, WORDS, "coffee mug", second)
    assert f"in {steps} steps" in alt and "teapot is nearest" in alt
    assert {"coffee mug", "mug", "drinking vessel", "vessel", second} <= set(written)


def test_a_path_may_go_up_alone():
    synsets = load_wordnet()
    figure = figures.draw_path(synsets, ["vessel"], "coffee mug", "vessel")
    assert "3 steps: similarity 1 / 4" in texts(figure)


def test_two_cards_leave_out_half_of_three_layers():
    two, one = figures.card_weights(2), figures.card_weights(1)
    ratios = {name: one[name] / two[name] for name in two}
    assert ratios == {"conv 1": 1, "conv 2": 2, "conv 3": 1, "conv 4": 2, "conv 5": 2}
    for cards, weights in ((2, two), (1, one)):
        total = f"{sum(weights.values()):,} weights"
        assert any(total in text for text in texts(figures.draw_cards(cards)))
        assert total in figures.describe_cards(cards)


@pytest.mark.parametrize(
    ("reduced", "channels", "weights"), [(True, 256, 163_328), (False, 416, 387_072)]
)
def test_an_inception_block_counts_its_branches(reduced, channels, weights):
    written = texts(figures.draw_inception(BLOCKS, "3a", reduced))
    assert f"{channels} channels, joined" in written and f"{weights:,} weights" in written
    assert ("1×1: 96" in written) == reduced
    alt = figures.describe_inception(BLOCKS, "3a", reduced)
    assert "163,328" in alt and "387,072" in alt and "2.4 times" in alt


def test_layers_are_shares_of_the_whole():
    figure = figures.draw_layers(ROWS, "tiny")
    parameters, work = ([height for _, height in bars(ax)] for ax in figure.axes)
    assert parameters == [25, 75] and work == [90, 10]
    alt = figures.describe_layers(ROWS, "tiny")
    assert "400 parameters (convolution 25%, linear 75%)" in alt
    assert "1,000 multiply-adds (convolution 90%, linear 10%)" in alt


@pytest.mark.parametrize("by", list(figures.BILLS))
def test_rankings_are_in_order(by):
    figure = figures.draw_rankings(RECORD["networks"], by)
    place = list(figures.BILLS).index(by)
    widths = [width for width, _ in bars(figure.axes[place])]
    assert widths == sorted(widths) and len(widths) == 10
    key, unit, _ = figures.BILLS[by]
    order = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    recorded = [RECORD["networks"][name][key] / unit for name in order]
    assert widths == pytest.approx(recorded)
    assert order[0] in figures.describe_rankings(RECORD["networks"], by)


def test_prices_tell_good_from_bad():
    figure = figures.draw_prices(RATIOS, "one price")
    dots = [line for line in figure.axes[0].lines if line.get_marker() in ("o", "s")]
    assert [(float(d.get_xdata()[0]), d.get_marker()) for d in dots] == [
        *((0.5, "s"), (1.0, "o"), (1.3, "o"), (2.0, "s"))
    ]
    assert "2 of 4 lie in the band" in figures.describe_prices(RATIOS, "one price")


def test_savings_are_ratios_of_the_record():
    found = _savings(RECORD["separable"])
    at = RECORD["separable"]["128"]
    expected = at["3×3"]["seconds"] / (at["depthwise"]["seconds"] + at["1×1"]["seconds"])
    assert found["seconds, this library"][2] == expected
    figure = figures.draw_savings(RECORD["separable"], 128)
    assert f"{expected:.1f}" in figure.axes[0].get_title()
    assert f"{expected:.1f}" in figures.describe_savings(RECORD["separable"], 128)
    without = {c: {n: dict(s) for n, s in each.items()} for c, each in RECORD["separable"].items()}
    for each in without.values():
        for step in each.values():
            step.pop("pytorch", None)
    assert "PyTorch" not in figures.describe_savings(without, 128)


def test_votes_show_each_network():
    classes = ["cat", "dog"]
    written = texts(figures.draw_votes(PHOTOGRAPHS, VOTES, classes, "cat"))
    assert {"one:\ndog", "other:\ncat", "75%", "60%"} <= set(written)
    alt = figures.describe_votes(VOTES, classes, "cat")
    assert "one says dog with 75%" in alt and "other says cat with 60%" in alt


CHOICES = {
    "year": figures.draw_errors,
    "year in words": figures.describe_error,
    "cards": figures.draw_cards,
    "block": lambda name: figures.draw_inception(BLOCKS, name, True),
    "block in words": lambda name: figures.describe_inception(BLOCKS, name, True),
    "word": lambda name: figures.draw_path(load_wordnet(), WORDS, "car", name),
    "network": partial(figures.draw_layers, ROWS),
    "network in words": partial(figures.describe_layers, ROWS),
    "bill": partial(figures.draw_rankings, RECORD["networks"]),
    "prices": partial(figures.draw_prices, RATIOS),
    "channels": partial(figures.draw_savings, RECORD["separable"]),
    "photograph": lambda name: figures.draw_votes(PHOTOGRAPHS, VOTES, ["a", "b"], name),
}


@pytest.mark.parametrize("draw", CHOICES.values(), ids=CHOICES)
@pytest.mark.parametrize("name", ["typo", "", None, ["max"]], ids=repr)
def test_a_name_that_is_none_is_refused(draw, name):
    with pytest.raises((ValueError, TypeError)) as caught:
        draw(name)
    assert " must be " in str(caught.value)
