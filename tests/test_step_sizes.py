"""The range test and the ratio of update to weight, against what a hand computes."""

import math

import numpy as np
import pytest

from lib.backend import array_namespace, to_device, to_numpy
from lib.datasets import Dataset
from lib.layers import Flatten, Linear, Sequential
from lib.losses import SoftmaxCrossEntropy
from lib.optimizers import SGD, Adam, Momentum
from lib.training import range_test, update_ratios
from tests.kinds import KINDS
from tests.tiny_training import dataset, network

RATES = [0.01, 0.1, 1.0]


def rows(values, labels):
    """A data set of pictures with one row."""
    return Dataset(np.asarray(values, np.float32)[:, None, None], labels)


def linear(outputs):
    return Sequential(flat=Flatten(), fc=Linear(2, outputs, rng=0))


def by_hand(data, rates, batches):
    """The losses of a linear layer that takes plain steps."""
    layer, losses = Linear(2, 3, rng=0), []
    weight, bias = (p.data.astype(float) for p in (layer.weight, layer.bias))
    for lr, batch in zip(rates, batches, strict=True):
        images, labels = data[batch]
        images = images[:, 0, 0]
        value, dlogits = SoftmaxCrossEntropy()(images @ weight.T + bias, labels)
        losses.append(value)
        weight = weight - lr * dlogits.T @ images
        bias = bias - lr * dlogits.sum(axis=0)
    return losses


def test_each_step_has_its_rate_and_its_batch(rng):
    data = rows(rng.random((6, 2)), [0, 1, 2, 0, 1, 2])
    order = np.random.default_rng(4)
    first, again = order.permutation(6), order.permutation(6)
    batches = [first[:4], again[:4]]  # what is left is too small for a batch
    layer = linear(3)
    found = range_test(layer, SGD(layer), data, RATES[:2], batch_size=4, seed=4)
    assert found == pytest.approx(by_hand(data, RATES[:2], batches), rel=1e-5)
    everything = range_test(layer, SGD(layer), data, RATES, batch_size=100, seed=4)
    assert everything == pytest.approx(by_hand(data, RATES, 3 * [np.arange(6)]), rel=1e-5)


def test_the_network_and_its_optimizer_stay_as_they_are():
    tested, untouched = network(), network()
    optimizer = Adam(tested, lr=0.5)
    range_test(tested.eval(), optimizer, dataset(), RATES, batch_size=10)
    assert all(np.array_equal(a, untouched.state()[n]) for n, a in tested.state().items())
    assert tested.generators()[0].random() == untouched.generators()[0].random()
    assert not tested.training
    assert (optimizer.lr, optimizer.step_count) == (0.5, 0)
    assert not any(array.any() for array in optimizer.running["mean"].values())


def test_the_test_runs_in_training_mode():
    one, other = network().train(), network().eval()
    in_training, in_evaluation = (
        range_test(tested, SGD(tested), dataset(), RATES, batch_size=10) for tested in (one, other)
    )
    assert in_training == in_evaluation


def test_what_the_optimizer_remembers_takes_part():
    tested = network()
    optimizer = Momentum(tested, lr=0.1)
    before = range_test(tested, optimizer, dataset(), RATES)
    for velocity in optimizer.running["velocity"].values():
        velocity += 3.0
    assert range_test(tested, optimizer, dataset(), RATES)[1] != before[1]


def test_a_loss_that_is_not_finite_ends_the_test():
    layer, data = linear(2), rows(np.eye(2), [0, 1])
    layer.fc.bias.data[:] = 3e38, 0
    losses = range_test(layer, SGD(layer), data, [1e37, 3e38, 3.1e38, 3.2e38, 3.3e38])
    assert math.isfinite(losses[0])
    assert losses[-2:] == [math.inf, math.inf]
    assert len(losses) == 5


def test_rates_have_to_grow():
    layer, data = linear(2), rows(np.eye(2), [0, 1])
    with pytest.raises(ValueError, match=r"^lrs must be learning rates that grow, got \[0.1, 0.1"):
        range_test(layer, SGD(layer), data, [0.1, 0.1])
    with pytest.raises(ValueError, match="the optimizer was made for another network"):
        range_test(layer, SGD(linear(2)), data, RATES)
    with pytest.raises(ValueError, match="the data set is empty"):
        range_test(layer, SGD(layer), rows(np.zeros((0, 2)), []), RATES)


@pytest.mark.parametrize("kind", [k for k in KINDS if k != "numpy-strided"])
def test_a_step_is_compared_with_the_weight(kind):
    make = KINDS[kind]
    layer = Sequential(fc=Linear(2, 2, rng=0)).to_device(make(np.zeros((1, 2), np.float32)))
    weight, bias = layer.fc.weight, layer.fc.bias
    weight.data = to_device(np.float32([[3, 0], [0, 4]]), weight.data)
    weight.grad = to_device(np.float32([[0, 1], [0, 0]]), weight.data)
    bias.grad = to_device(np.float32([0, 2]), weight.data)
    optimizer = SGD(layer, lr=0.5)
    assert update_ratios(optimizer) == {"fc.weight": pytest.approx(0.1), "fc.bias": math.inf}
    assert array_namespace(weight.data) is array_namespace(make(np.zeros((1, 2))))
    assert to_numpy(weight.data).tolist() == [[3, -0.5], [0, 4]]
    bias.grad = bias.grad * 0
    assert update_ratios(optimizer)["fc.bias"] == 0


def test_the_ratio_belongs_to_the_step_that_is_taken():
    stepped, other = network(), network()
    for whole in (stepped, other):
        images, labels = dataset()[:10]
        _, dlogits = SoftmaxCrossEntropy()(whole(images), labels)
        whole.backward(dlogits)
    ratios = update_ratios(Adam(stepped, lr=0.01))
    Adam(other, lr=0.01).step()
    assert all(np.array_equal(a, other.state()[n]) for n, a in stepped.state().items())
    weight, before = stepped[0].weight.data, network()[0].weight.data
    expected = np.linalg.norm(weight - before) / np.linalg.norm(before)
    assert ratios["0.weight"] == pytest.approx(expected, rel=1e-5)
