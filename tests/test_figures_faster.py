"""What the figures of the chapter *Faster, and on more than one machine* show is computed right."""

import warnings

import numpy as np
import pytest

from lib.analysis import trace
from lib.figures import faster
from lib.figures.faster import devices, scaling
from lib.layers import Conv2d, Flatten, Linear, ReLU, Sequential
from lib.networks import DeepConvNet

PARTS = faster.PARTS
STEPS = {"many": (0.012, 400_000), "few": (0.075, 100_000)}
CORE = {1: 0.002, 8: 0.008, 64: 0.05}
STUDY = {
    "best": {
        "8": {"rate": 0.1, "steps": 600},
        "32": {"rate": 0.4, "steps": 150},
        "128": {"rate": 0.4, "steps": 140},
    },
    "linear": {
        "8": {"rate": 0.1, "steps": 600},
        "32": {"rate": 0.4, "steps": 150},
        "128": {"rate": 1.6, "steps": None},
    },
    "tried": {
        "8": {"0.1": [500, 600, 900]},
        "32": {"0.4": [140, 150, None]},
        "128": {"0.4": [130, 140, 150]},
    },
}


@pytest.fixture(autouse=True)
def drawn_without_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def texts(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


# --- what a faster part is worth -----------------------------------------------------------------


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("factor", [0.5, 1, 4, 1000])
def test_a_faster_part_leaves_the_others(part, factor):
    figure = faster.draw_faster_part(PARTS, part, factor)
    (ax,) = figure.axes
    widths = [bar.get_width() for bar in ax.patches]
    assert widths[:3] == list(PARTS.values())
    after = [time / factor if name == part else time for name, time in PARTS.items()]
    assert widths[3:] == pytest.approx(after)
    ratio = f"{12 / sum(after):.2f}"
    assert texts(figure)[-1] == f"{ratio} times as fast"
    said = faster.describe_faster_part(PARTS, part, factor)
    assert ratio in said
    assert f"More than {12 / (12 - PARTS[part]):.2f} times" in said


def test_shares_of_a_profile_are_of_time_and_of_work():
    seconds = {"conv": (1.0, 2.0), "relu": (0.5, 0.5), "fc": (0.5, 0.5)}
    work = {"conv": 300, "relu": 0, "fc": 100}
    figure = faster.draw_profile(seconds, work)
    (ax,) = figure.axes
    assert [bar.get_width() for bar in ax.patches] == pytest.approx([0.2, 0.1, 0.1, 0.4, 0.1, 0.1])
    assert texts(figure) == ["60%", "20%", "20%"]
    assert ax.lines[0].get_xdata().tolist() == [0.75, 0, 0.25]
    said = faster.describe_profile(seconds, work)
    assert "conv 60% of the time, 75% of the multiply-adds" in said
    assert said.endswith("take 20% of the time.")


# --- a card --------------------------------------------------------------------------------------


def test_bytes_of_a_step_count_windows_where_there_are_any():
    network = Sequential(Conv2d(2, 4, 3), ReLU(), Flatten(), Linear(4 * 36, 5))
    calls = trace(network, np.zeros((1, 2, 8, 8), np.float32)).walk()
    x, maps, windows, out = 2 * 64, 4 * 36, 2 * 9 * 36, 5
    conv = 3 * x + 2 * maps + 4 * windows
    passing = 2 * (3 * maps + 2 * maps)  # ReLU, Flatten
    dense = 3 * maps + 3 * out
    assert faster.step_bytes(calls) == 4 * (conv + passing + dense)


def test_floors_are_launches_bytes_and_arithmetic():
    floors = faster.card_floors(10, 175, 20, 1_000_000, 320_000)
    assert floors == pytest.approx(
        {"launches": 0.0035, "bytes": 1e-5, "arithmetic": 10 * 6e6 / 8.1e12}
    )
    alone = faster.card_floors(1, 175, 20, 1_000_000, 320_000)
    assert alone["launches"] == floors["launches"]
    assert 10 * alone["bytes"] == pytest.approx(floors["bytes"])


def test_a_card_could_be_as_fast_as_its_largest_floor_lets_it():
    work = 8_772_340, 6_500_000
    figure = faster.draw_devices(CORE, work, 8, "array functions", 10)
    ratio = f"{0.008 / (543 * 10e-6):.1f}"
    assert ratio in figure.axes[0].get_title()
    said = faster.describe_devices(CORE, work, 8, "array functions", 10)
    assert f"Launches set its pace, so that it could be at most {ratio} times" in said
    least = figure.axes[0].lines[4].get_ydata()
    assert least == pytest.approx([5.43, 5.43, 5.43])


def test_launches_are_not_fewer_than_the_tests_count():
    from tests.test_launches import MOST_LAUNCHES

    assert devices.LAUNCHES["kernels of our own"] <= MOST_LAUNCHES


def test_the_clock_lies_unless_it_waits():
    early, late = (
        faster.draw_timeline(stop).axes[0].get_title()
        for stop in ("after the last launch", "after waiting")
    )
    assert (early, late) == ("the clock says 50 µs", "the clock says 210 µs")
    assert "but the card is busy until 210" in faster.describe_timeline("after the last launch")
    assert faster.describe_timeline("after waiting").endswith("which is right.")


# --- shards and the ring -------------------------------------------------------------------------


@pytest.mark.parametrize("first", range(1, 5))
def test_only_the_weighted_mean_is_that_of_the_batch(first):
    gradients = [6, 8, 1, 2, 3]
    one, other = np.mean(gradients[:first]), np.mean(gradients[first:])
    figure = faster.draw_shards(gradients, first)
    left, right = figure.axes
    assert [bar.get_height() for bar in left.patches[:5]] == gradients
    assert [bar.get_width() for bar in right.patches] == pytest.approx(
        [one, other, (one + other) / 2, 4]
    )
    assert (one + other) / 2 != 4
    assert f"{(one + other) / 2:.4g}" in faster.describe_shards(gradients, first)


def test_differences_are_drawn_as_they_are():
    found = {"without": [1e-7, 2e-7], "with": [1e-3, 0.1]}
    (ax,) = faster.draw_apart([2, 50], found).axes
    assert [line.get_ydata().tolist() for line in ax.lines] == list(found.values())
    assert "with: 0.001 with 2 workers, 0.1 with 50." in faster.describe_apart([2, 50], found)


MESSAGES = [[1, 2, 3, 4], [10, 20, 30, 40], [100, 200, 300, 400], [1000, 2000, 3000, 4000]]


@pytest.mark.parametrize("step", range(7))
def test_a_ring_shows_what_each_worker_holds(step):
    figure = faster.draw_ring(MESSAGES, step)
    held = [[int(text.get_text()) for text in ax.texts if text.get_text()] for ax in figure.axes]
    if step == 0:
        assert held == MESSAGES
    if step == 3:
        done = [[v for v in column if v in (1111, 2222, 3333, 4444)] for column in held]
        assert sorted(v for (v,) in done) == [1111, 2222, 3333, 4444]
    if step == 6:
        assert held == [[1111, 2222, 3333, 4444]] * 4
    arrows = len(figure.artists) + sum(
        text.arrow_patch is not None for ax in figure.axes for text in ax.texts
        if hasattr(text, "arrow_patch")
    )  # fmt: skip
    assert arrows == (5 if step else 0)  # the one round the ring is drawn at both of its ends
    said = faster.describe_ring(MESSAGES, step)
    assert all(f"worker {w} holds {', '.join(map(str, held[w]))}" in said for w in range(4))


# --- workers -------------------------------------------------------------------------------------


def test_a_ring_takes_its_latency_and_its_bits():
    assert faster.ring_seconds(1000, 1, 1e9) == 0
    assert faster.ring_seconds(10**6, 2, 1e9, 0) == pytest.approx(2 * 16e6 / 1e9)
    assert faster.ring_seconds(0, 5, 1e9, 1e-3) == pytest.approx(8e-3)
    much = [faster.ring_seconds(10**9, n, 1e9) for n in (2, 64)]
    assert much[1] / much[0] == pytest.approx(2 * 63 / 64, rel=1e-3)


@pytest.mark.parametrize("wire", faster.WIRES)
def test_speed_ups_are_pictures_a_second(wire):
    bits = faster.WIRES[wire]
    (ax,) = faster.draw_speed_up(STEPS, wire, "shared by all").axes
    lines = {line.get_label(): line.get_ydata() for line in ax.lines}
    (other,) = faster.draw_speed_up(STEPS, wire, "the same for each").axes
    larger = {line.get_label(): line.get_ydata() for line in other.lines}
    for name, (seconds, values) in STEPS.items():
        for place, n in enumerate(scaling.WORKERS):
            talk = faster.ring_seconds(values, n, bits)
            assert lines[name][place] == pytest.approx(seconds / (seconds / n + talk))
            assert larger[name][place] == pytest.approx(n * seconds / (seconds + talk))
    said = faster.describe_speed_up(STEPS, wire, "shared by all")
    assert f"many: {lines['many'][1]:.2g} times as fast with 2 workers" in said


def test_steps_and_rates_are_those_of_the_study():
    left, right = faster.draw_steps(STUDY, 32).axes
    assert (left.get_title(), right.get_title()) == ("steps: 150", "learning rate: 0.4")
    needed = next(line for line in left.lines if line.get_label() == "needed")
    assert needed.get_ydata().tolist() == [600, 150, 140]
    half = next(line for line in left.lines if line.get_label() == "in proportion")
    assert half.get_ydata().tolist() == [600, 150, 37.5]
    lost = next(line for line in right.lines if line.get_label() == "never arrives")
    assert (lost.get_xdata().tolist(), lost.get_ydata().tolist()) == ([128], [1.6])
    said = faster.describe_steps(STUDY, 128)
    assert "140 steps at the rate 0.4, and 17,920 pictures" in said
    assert "At 1.6, the rate of the linear rule, the training never arrives." in said


def test_the_time_to_the_goal_is_steps_times_seconds():
    (ax,) = faster.draw_time(STUDY, 1e-4, 40_000, 8, "1 Gbit/s").axes
    heights = [bar.get_height() for bar in ax.patches]
    steps = [600, 150, 140]
    assert heights[:3] == pytest.approx([s * 8e-4 for s in steps])
    talk = [s * faster.ring_seconds(40_000, n, 1e9) for s, n in zip(steps, (1, 4, 16), strict=True)]
    assert heights[3:] == pytest.approx(talk)
    said = faster.describe_time(STUDY, 1e-4, 40_000, 8, "1 Gbit/s")
    least = min(range(3), key=lambda k: heights[k] + heights[3 + k])
    assert f"with {(1, 4, 16)[least]} worker" in said.rpartition("shortest")[2]
    (ax,) = faster.draw_time(STUDY, 1e-4, 40_000, 32, "1 Gbit/s").axes
    assert len(ax.patches) == 4


# --- what is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        lambda: faster.draw_faster_part(PARTS, "typo", 2),
        lambda: faster.draw_faster_part(PARTS, "copies", 0),
        lambda: faster.draw_devices(CORE, (1, 1), 3, "array functions", 5),
        lambda: faster.draw_devices(CORE, (1, 1), 8, "typo", 5),
        lambda: faster.draw_timeline("typo"),
        lambda: faster.draw_shards([1, 2], 2),
        lambda: faster.draw_shards([1, 2], 0),
        lambda: faster.draw_ring(MESSAGES, 7),
        lambda: faster.draw_ring(MESSAGES, -1),
        lambda: faster.draw_speed_up(STEPS, "2 Gbit/s", "shared by all"),
        lambda: faster.draw_speed_up(STEPS, "1 Gbit/s", "typo"),
        lambda: faster.draw_steps(STUDY, 9),
        lambda: faster.draw_time(STUDY, 1e-4, 1, 8, "typo"),
        lambda: faster.ring_seconds(1, 0, 1e9),
    ],
)
def test_what_is_no_setting_is_refused(call):
    with pytest.raises((ValueError, TypeError), match=r"must be .*got"):
        call()


def test_the_bytes_of_deep_convnet_are_some_megabytes():
    calls = trace(DeepConvNet(rng=0).eval(), np.zeros((1, 1, 28, 28), np.float32)).walk()
    assert 4e6 < faster.step_bytes(calls) < 10e6
