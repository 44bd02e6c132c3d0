import numpy as np
import pytest

from lib.analysis import trace, undisturbed
from lib.layers import BatchNorm2d, Conv2d, Dropout, Layer, Linear, ReLU, Residual, Sequential
from lib.networks.lenet_parts import PartialConv2d
from lib.training import first_nonfinite


def small(rng):
    return Sequential(
        conv=Conv2d(1, 2, 3, rng=rng), norm=BatchNorm2d(2), drop=Dropout(0.5, rng=rng), relu=ReLU()
    )


def attributes(network):
    owned = [*network.modules(), *network.parameters(), *(b for _, b in network.named_buffers())]
    return [dict(vars(thing)) for thing in owned]


def assert_as_before(network, before, state):
    for now, then in zip(attributes(network), before, strict=True):
        assert now.keys() == then.keys()
        assert all(now[name] is then[name] for name in then)
    assert network.drop.rng.bit_generator.state == state


def test_tracing_leaves_the_network_as_it_was(rng):
    network, x = small(rng), rng.standard_normal((2, 1, 5, 5)).astype("float32")
    network.backward(np.ones_like(network(x)))
    before, state = attributes(network), rng.bit_generator.state
    values = {name: array.copy() for name, array in network.state().items()}
    assert not np.array_equal(trace(network, x).out, network.relu.out)  # it drew other numbers
    assert_as_before(network, before, state)
    assert all(np.array_equal(values[name], array) for name, array in network.state().items())


def test_whatever_happens_is_undone_even_when_it_fails(rng):
    network = small(rng)
    before, state = attributes(network), rng.bit_generator.state
    with pytest.raises(KeyError), undisturbed(network):
        network.eval().set_needs_dx(False)
        network.relu.backward = None
        network.conv.weight.grad = 1
        network.conv.weight.trainable = False
        network.norm.running_mean.data = network.norm.running_mean.data + 1
        rng.random()
        raise KeyError
    assert_as_before(network, before, state)


def test_tracing_a_pass_that_fails_leaves_the_network_as_it_was(rng):
    network = small(rng)
    before, state = attributes(network), rng.bit_generator.state
    with pytest.raises(ValueError, match="Conv2d expects"):
        trace(network, np.zeros((1, 2, 5, 5)))
    assert_as_before(network, before, state)


def test_the_trace_is_a_tree_of_the_very_arrays():
    network = Sequential(body=Residual(Sequential(Linear(2, 2), ReLU())), end=ReLU())
    x = np.ones((1, 2))
    whole = trace(network, x)
    assert whole.x is x
    assert [call.name for call in whole.walk()] == [
        *("body.body.0", "body.body.1", "body.body", "body", "end", ""),
    ]
    body, end = whole.calls
    assert end.x is body.out
    assert body.calls[0].calls[0].x is x
    assert whole.out is end.out


class Twice(Layer):
    """A block with two passes of its own, and a sum that no layer makes."""

    def __init__(self):
        self.inner, self.relu = PartialConv2d(2, [(0,), (0, 1)], 1), ReLU()

    def forward(self, x):
        return self.relu(self.inner(x) + self.inner(x))


def test_every_layer_of_a_block_is_called_by_its_name():
    calls = list(trace(Sequential(block=Twice()), np.zeros((1, 2, 5, 5))).walk())
    assert [(type(call.layer).__name__, call.name) for call in calls] == [
        ("PartialConv2d", "block.inner"),
        ("PartialConv2d", "block.inner"),
        ("ReLU", "block.relu"),
        ("Twice", "block"),
        ("Sequential", ""),
    ]
    assert not any(calls[2].x is call.out for call in calls)


class Overflow(Layer):
    def forward(self, x):
        return x * np.inf


def test_the_first_layer_that_is_not_finite_is_the_innermost():
    network = Sequential(first=ReLU(), block=Residual(Sequential(ReLU(), Overflow())), last=ReLU())
    assert first_nonfinite(network, np.ones((1, 2))) == '"block.body.1" (Overflow)'
    assert first_nonfinite(network.first, np.ones((1, 2))) is None
    assert "forward" not in vars(network.first)


def test_a_sum_that_is_too_large_is_found_where_it_is_made():
    network = Sequential(block=Residual(ReLU()), last=ReLU())
    assert first_nonfinite(network, np.full((1, 2), 3e38, np.float32)) == '"block" (Residual)'
