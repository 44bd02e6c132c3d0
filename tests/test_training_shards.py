"""The gradient of a batch from its shards, and the sum that travels around a ring."""

from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context

import numpy as np
import pytest

from lib.backend import to_numpy
from lib.layers import BatchNorm2d, Conv2d, Flatten, Linear, ReLU, Sequential
from lib.losses import SoftmaxCrossEntropy
from lib.training import ring_all_reduce, ring_steps, shard_gradients, weighted_mean
from tests.kinds import assert_same_kind


def network(*between):
    rng = np.random.default_rng(0)
    layers = Conv2d(1, 2, 3, rng=rng), *between, ReLU(), Flatten(), Linear(72, 10, rng=rng)
    return Sequential(*layers).astype("float64")


@pytest.fixture
def batch(rng):
    return rng.random((10, 1, 8, 8)), rng.integers(0, 10, 10)


def in_shards(whole, batch, counts):
    cuts = np.cumsum(counts)[:-1]
    pairs = zip(*(np.split(array, cuts) for array in batch), strict=True)
    return [shard_gradients(whole, *pair) for pair in pairs]


def same(one, other):
    return all(np.allclose(one[name], other[name], rtol=1e-9, atol=1e-12) for name in other)


def test_gradients_of_a_shard_are_those_of_its_mean_loss(batch):
    whole = network()
    found = shard_gradients(whole, *batch)
    _, dlogits = SoftmaxCrossEntropy()(whole(batch[0]), batch[1])
    whole.backward(dlogits)
    assert list(found) == [name for name, _ in whole.named_parameters()]
    assert same(found, {name: p.grad for name, p in whole.named_parameters()})


@pytest.mark.parametrize("counts", [(5, 5), (7, 3), (4, 3, 3), (1,) * 10, (10,)])
def test_the_weighted_mean_is_the_gradient_of_the_batch(batch, counts):
    whole = network()
    right = shard_gradients(whole, *batch)
    assert same(weighted_mean(in_shards(whole, batch, counts), counts), right)


def test_unequal_shards_need_their_weights(batch):
    whole = network()
    right = shard_gradients(whole, *batch)
    shards = in_shards(whole, batch, (7, 3))
    assert not same(weighted_mean(shards, (1, 1)), right)


def test_with_batch_normalization_it_is_another_gradient(batch):
    whole = network(BatchNorm2d(2))
    right = shard_gradients(whole, *batch)
    assert not same(weighted_mean(in_shards(whole, batch, (5, 5)), (5, 5)), right)


def test_a_shard_without_pictures_does_not_count():
    shards = [{"w": np.array([np.nan])}, {"w": np.array([3.0])}, {"w": np.array([9.0])}]
    assert weighted_mean(shards, [0, 2, 1])["w"].tolist() == [5.0]


def test_another_process_finds_the_function(batch):
    whole = network()
    right = shard_gradients(whole, *batch)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        found = pool.submit(shard_gradients, network(), *batch).result()
    assert same(found, right)


@pytest.mark.parametrize("size", [1, 3, 4, 8, 11])
@pytest.mark.parametrize("workers", [1, 2, 3, 4, 5])
def test_a_ring_adds_up_messages_of_any_length(rng, workers, size):
    messages = [rng.integers(-9, 9, size) for _ in range(workers)]
    for total in ring_all_reduce(messages):
        assert total.tolist() == sum(messages).tolist()


@pytest.mark.parametrize("workers", [2, 3, 4, 6])
def test_in_each_step_every_worker_sends_one_chunk_to_the_next(workers):
    # Each worker's numbers are told from the others' by their digit.
    messages = [10**w * np.arange(1, workers + 1) for w in range(workers)]
    states = ring_steps(messages)
    assert len(states) == 2 * (workers - 1) + 1
    for before, after in pairwise(states):
        for w in range(workers):
            changed = [k for k in range(workers) if before[w][k] != after[w][k]]
            assert len(changed) == 1
            sent = before[w - 1][changed[0]]
            assert after[w][changed[0]] in (sent, sent + before[w][changed[0]])
    half = states[workers - 1]
    total = sum(messages)
    done = [sum(half[w][k] == total[k] for k in range(workers)) for w in range(workers)]
    assert done == [1] * workers


def test_messages_stay_as_they_were():
    messages = [np.array([1, 2, 3]), np.array([4, 5, 6])]
    ring_all_reduce(messages)
    assert [message.tolist() for message in messages] == [[1, 2, 3], [4, 5, 6]]


def test_it_works_on_the_arrays_of_any_library(kind):
    messages = [kind(np.arange(5, dtype=np.float32) + w) for w in range(3)]
    totals = ring_all_reduce(messages)
    for total in totals:
        assert to_numpy(total).tolist() == [3.0, 6.0, 9.0, 12.0, 15.0]
        assert_same_kind(total, messages[0])
    mean = weighted_mean([{"w": message} for message in messages], [1, 1, 2])["w"]
    assert to_numpy(mean).tolist() == [1.25, 2.25, 3.25, 4.25, 5.25]
