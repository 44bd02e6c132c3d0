"""A profile times every layer, adds up to the whole, and leaves no trace."""

import time

import numpy as np
import pytest

from lib.analysis import Seconds, profile
from lib.convolution import set_thread_count, thread_count
from lib.layers import BatchNorm2d, Conv2d, Dropout, Flatten, Layer, Linear, ReLU, Sequential
from lib.networks import CIFARResNet


class Slow(Layer):
    """Takes some milliseconds of the processor, another number on its way back."""

    def __init__(self, ahead, back):
        self.ahead, self.back = ahead, back

    def forward(self, x):
        spend(self.ahead)
        return x

    def backward(self, dout):
        spend(self.back)
        return dout


def spend(milliseconds):
    end = time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        pass


def network():
    return Sequential(
        conv=Conv2d(1, 2, 3, rng=0),
        norm=BatchNorm2d(2),
        inner=Sequential(relu=ReLU(), drop=Dropout(0.5, rng=0)),
        flat=Flatten(),
        fc=Linear(72, 10, rng=0),
    )


@pytest.fixture
def x(rng):
    return rng.random((4, 1, 8, 8), dtype=np.float32)


def test_every_layer_that_holds_no_other_is_timed_in_the_order_of_the_network(x):
    found = profile(network(), x, rounds=1)
    assert list(found) == ["conv", "norm", "inner.relu", "inner.drop", "flat", "fc", ""]
    assert all(isinstance(each, Seconds) and min(each) > 0 for each in found.values())
    whole = found.pop("")
    assert sum(each.forward for each in found.values()) <= whole.forward
    assert sum(each.backward for each in found.values()) <= whole.backward


def test_the_time_is_that_of_the_layer_and_of_the_pass(x):
    found = profile(Sequential(a=Slow(2, 9), b=Slow(5, 1)), x, rounds=3)
    assert found["a"] == pytest.approx((0.002, 0.009), rel=0.5)
    assert found["b"] == pytest.approx((0.005, 0.001), rel=0.5)
    assert found[""] == pytest.approx((0.007, 0.010), rel=0.5)


def test_waiting_is_no_work(x, monkeypatch):
    monkeypatch.setattr("tests.test_analysis_profile.spend", lambda ms: time.sleep(ms / 1000))
    assert sum(profile(Sequential(Slow(20, 20)), x, rounds=1)[""]) < 0.02


def test_the_first_round_does_not_count(x):
    class Warming(Slow):
        def forward(self, x):
            spend(self.ahead)
            self.ahead = 0
            return x

    assert profile(Sequential(a=Warming(30, 0)), x, rounds=1)["a"].forward < 0.01


def test_a_network_is_left_as_it_was(x):
    whole = network()
    whole.set_needs_dx(False)
    before = {name: array.copy() for name, array in whole.state().items()}
    (drop,) = (layer for layer in whole.modules() if isinstance(layer, Dropout))
    drawn = drop.rng.bit_generator.state
    profile(whole, x, rounds=2)
    assert all(np.array_equal(array, before[name]) for name, array in whole.state().items())
    assert drop.rng.bit_generator.state == drawn
    assert all("forward" not in vars(layer) for layer in whole.modules())
    assert all(parameter.grad is None for parameter in whole.parameters())


def test_it_runs_on_one_thread_and_gives_the_others_back(x):
    class Counts(Slow):
        def forward(self, x):
            counts.append(thread_count())
            return x

    counts, before = [], thread_count()
    try:
        set_thread_count(2)
        profile(Sequential(Counts(0, 0)), x, rounds=1)
        assert (set(counts), thread_count()) == ({1}, 2)
    finally:
        set_thread_count(before)


def test_residual_blocks_are_looked_into():
    small = CIFARResNet(8, rng=0)
    found = profile(small, np.ones((2, 3, 32, 32), np.float32), rounds=1)
    assert sum("conv" in name for name in found) >= 7
    assert "" in found


def test_arrays_of_a_card_are_refused():
    with pytest.raises(TypeError, match=r"^x must be an? ndarray, got a? ?list"):
        profile(network(), [[1.0]])
