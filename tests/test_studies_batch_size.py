"""Studies of steps and of messages: the best rate is the best, and a sum is a sum."""

import math
from functools import partial

import numpy as np
import pytest

from lib.convolution import set_thread_count, thread_count
from lib.datasets import load_mnist_sample
from lib.datasets.dataset import Splits
from lib.serialization import read_json
from lib.studies import batch_size, communication, load_study
from lib.studies.batch_size import best_rate, steps_to


@pytest.fixture(scope="module")
def splits():
    digits = load_mnist_sample()
    return Splits(digits[:2000], digits[2000:2400], digits[:1])


@pytest.fixture(autouse=True)
def threads():
    before = thread_count()
    yield
    set_thread_count(before)


# --- batch size ----------------------------------------------------------------------------------


@pytest.mark.parametrize("start", [0.025, 0.1, 0.8, 3.2])
def test_the_best_rate_lies_between_two_worse_ones(start):
    def steps(rate):
        return 100 * abs(math.log2(rate / 0.4)) + 50 if rate < 1 else math.inf

    assert best_rate(steps, start) == pytest.approx(0.4)


def test_a_training_ends_where_it_reads_enough(splits):
    reach = partial(steps_to, splits, 32, 0.2, 0)
    easy, hard = reach(target=0.5), reach(target=0.8)
    assert 10 <= easy < hard < 300
    assert reach(target=0.8) == hard
    assert reach(target=0.8, most_steps=hard - 1) is None
    assert reach(target=0.8, most_pictures=32 * (hard - 1)) is None


def test_a_training_that_runs_away_does_not_arrive(splits):
    with np.errstate(all="ignore"):
        assert steps_to(splits, 8, 1e6, 0, target=0.5, most_steps=50) is None


def test_the_study_says_what_it_tried_and_goes_on_where_it_was(splits, tmp_path, monkeypatch):
    goal = {"target": 0.6, "most_steps": 200, "most_pictures": 20_000}
    study = partial(batch_size.run, splits, (32, 128), (0, 1, 2), tmp_path / "done.json", **goal)
    record = study()
    assert list(record["best"]) == list(record["linear"]) == list(record["tried"]) == ["32", "128"]
    for size, best in record["best"].items():
        tried = record["tried"][size]
        assert best["steps"] == sorted(tried[f"{best['rate']:g}"])[1]
        for steps in tried.values():
            assert len(steps) == 3
            assert sorted(math.inf if s is None else s for s in steps)[1] >= best["steps"]
    unit = record["best"]["32"]["rate"] / 32
    assert [each["rate"] / int(n) for n, each in record["linear"].items()] == [unit, unit]
    assert record["settings"]["target"] == 0.6
    assert record["settings"]["picture_seconds"] > 0
    monkeypatch.setattr(batch_size, "steps_to", None)  # nothing is left to train
    again = study()
    assert {**again, "settings": 0} == {**record, "settings": 0}
    assert len(read_json(tmp_path / "done.json")) >= 6


def test_the_linear_rule_is_tried_at_its_own_rate(splits, tmp_path, monkeypatch):
    def steps(splits, batch_size, rate, seed, most_steps=10_000):
        needed = round(100 + 40 * abs(math.log2(rate / 0.4)) + seed)
        return needed if needed <= most_steps else None

    monkeypatch.setattr(batch_size, "steps_to", steps)
    record = batch_size.run(splits, (32, 64, 128, 32_768), (0, 1, 2), tmp_path / "done.json")
    assert {n: each["rate"] for n, each in record["best"].items()} == dict.fromkeys(
        record["best"], pytest.approx(0.4)
    )
    found = {n: (each["rate"], each["steps"]) for n, each in record["linear"].items()}
    assert found == {
        "32": (pytest.approx(0.4), 101),
        "64": (pytest.approx(0.8), 141),
        "128": (pytest.approx(1.6), 181),
        "32768": (pytest.approx(409.6), None),  # after four times 101 steps it gives up
    }


def test_the_record_says_what_the_chapter_says():
    record = load_study("batch_size")
    needed = {int(size): found["steps"] for size, found in record["best"].items()}
    rates = {int(size): found["rate"] for size, found in record["best"].items()}
    assert needed[8] > 3 * needed[32]
    assert max(steps for size, steps in needed.items() if size >= 32) < 1.6 * needed[32]
    assert max(rates.values()) <= 4 * rates[32]
    lost = [size for size, found in record["linear"].items() if found["steps"] is None]
    assert lost == [size for size in record["linear"] if int(size) > 32]


# --- communication -------------------------------------------------------------------------------


def test_all_of_communication_is_timed():
    small = {"n": 1, "c": 2, "size": 6, "f": 3, "k": 3}
    again = communication.run(1, batch=2, batch_sizes=(1, 2), values=(1, 100), layer=small)
    recorded = load_study("communication")
    assert again.keys() == recorded.keys()
    for name, found in again["steps"].items():
        then = recorded["steps"][name]
        assert found.keys() == then.keys()
        for same in ("parameters", "multiply_adds", "layer_multiply_adds"):
            assert found[same] == then[same]
        for step in (found, then):
            assert list(step["layers"]) == list(step["layer_multiply_adds"])
            parts = sum(map(sum, step["layers"].values()))
            assert 0 < parts <= 1.2 * step["whole"]
            assert step["optimizer"] > 0
    parameters = {found["parameters"] for found in again["steps"].values()}
    assert set(map(int, again["messages"])) == {1, 100} | parameters
    assert min(again["messages"].values()) > 0
    for record in (again, recorded):
        for kinds in record["precision"].values():
            assert list(kinds) == ["float16", "float32", "float64"]
    assert list(again["batches"]) == ["1", "2"]


def test_two_ends_of_a_pipe_have_the_sum():
    import threading
    from multiprocessing import Pipe

    here, there = Pipe()
    found = {}
    one, other = np.arange(5, dtype=np.float32), np.full(5, 10, np.float32)

    def answer():
        found["there"] = communication.all_reduce_of_two(there, other, first=False)

    thread = threading.Thread(target=answer)
    thread.start()
    found["here"] = communication.all_reduce_of_two(here, one, first=True)
    thread.join(10)
    assert found["here"].tolist() == found["there"].tolist() == [10, 11, 12, 13, 14]
