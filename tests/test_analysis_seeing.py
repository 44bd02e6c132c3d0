"""Patches that excite a unit, one signed step, shuffled layers: what they promise."""

import numpy as np
import pytest

from lib.analysis import activations, fgsm, receptive_field, shuffled, top_patches
from lib.analysis.randomizing import layer_groups
from lib.backend import to_numpy
from lib.layers import (
    BatchNorm2d,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)
from lib.losses import SoftmaxCrossEntropy
from tests.kinds import assert_same_kind


def small(rng):
    return Sequential(
        conv1=Conv2d(2, 3, 3, padding=1, rng=rng),
        bn=BatchNorm2d(3),
        relu=ReLU(),
        pool=MaxPool2d(2),
        conv2=Conv2d(3, 4, 3, padding=1, rng=rng),
        mean=GlobalAvgPool2d(),
        output=Linear(4, 3, rng=rng),
    )


def state_of(network):
    return [dict(vars(thing)) for thing in (*network.modules(), *network.parameters())]


def assert_untouched(network, before):
    for now, then in zip(state_of(network), before, strict=True):
        assert now.keys() == then.keys()
        assert all(now[name] is then[name] for name in then)


# --- patches -------------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", ["conv1", "relu", "pool", "conv2"])
@pytest.mark.parametrize("batch_size", [1, 4, 100])
def test_the_patch_alone_gives_the_value(layer, batch_size, rng):
    """What lies outside of the box plays no part: with all else erased the unit answers alike."""
    network, images = small(rng), rng.random((7, 2, 12, 10)).astype(np.float32)
    found = top_patches(network, layer, 1, images, 3, batch_size=batch_size)
    outputs = activations(network, images, layer)[layer][:, 1]
    peaks = outputs.max(axis=(1, 2))
    assert found.images.tolist() == np.argsort(-peaks, kind="stable")[:3].tolist()
    np.testing.assert_allclose(found.values, np.sort(peaks)[::-1][:3], rtol=1e-5)
    field = receptive_field(network, (2, 12, 10))[layer]
    for pixels, image, (top, left, height, width), value in zip(*found, strict=True):
        assert (height, width) == field.size
        alone = np.zeros_like(images[:1])
        rows = slice(max(top, 0), min(top + height, 12))
        columns = slice(max(left, 0), min(left + width, 10))
        alone[0, :, rows, columns] = images[image, :, rows, columns]
        whole = np.pad(images[image], ((0, 0), (20, 20), (20, 20)))
        cut = whole[:, 20 + top : 20 + top + height, 20 + left : 20 + left + width]
        assert np.array_equal(pixels, cut)
        again = activations(network, alone, layer)[layer][0, 1]
        assert np.isclose(again, value, rtol=1e-4).any()


def test_of_equal_values_the_first_picture_and_place_come_first():
    network = Sequential(conv=Conv2d(1, 1, 2))
    network.conv.weight.data[:] = 1
    found = top_patches(network, "conv", 0, np.ones((3, 1, 4, 4), np.float32), 2)
    assert found.images.tolist() == [0, 1]
    assert found.boxes.tolist() == [[0, 0, 2, 2], [0, 0, 2, 2]]


def test_a_number_of_a_linear_layer_sees_the_whole_picture(rng):
    network = Sequential(flatten=Flatten(), output=Linear(12, 2, rng=rng))
    images = rng.random((5, 1, 3, 4)).astype(np.float32)
    found = top_patches(network, "output", 1, images, 2)
    assert found.boxes.tolist() == [[0, 0, 3, 4]] * 2
    assert np.array_equal(found.pixels, images[found.images])


def test_patches_are_of_the_kind_of_the_pictures(kind):
    network = small(np.random.default_rng(0))
    images = np.random.default_rng(1).random((4, 2, 8, 8)).astype(np.float32)
    expected = top_patches(network, "conv2", 2, images, 2)
    like = kind(images.copy())
    network.to_device(like)
    found = top_patches(network, "conv2", 2, like, 2)
    assert_same_kind(found.pixels, like)
    assert np.array_equal(to_numpy(found.pixels), expected.pixels)
    assert np.array_equal(found.boxes, expected.boxes)


def test_patches_that_make_no_sense_are_refused(rng):
    network, images = small(rng), np.zeros((3, 2, 8, 8), np.float32)
    before = state_of(network)
    with pytest.raises(ValueError, match='layer "conv1" has units 0 to 2, got 3'):
        top_patches(network, "conv1", 3, images, 1)
    with pytest.raises(ValueError, match=r"images must have shape \(N, C, H, W\), got \(2, 8, 8\)"):
        top_patches(network, "conv1", 0, images[0], 1)
    with pytest.raises(ValueError, match="count must be at least 1 and at most 3, got 9"):
        top_patches(network, "conv1", 0, images)
    assert_untouched(network, before)


# --- one signed step -----------------------------------------------------------------------------


def test_the_step_is_that_of_the_numeric_gradient(rng):
    network = small(rng).astype("float64").eval()
    x, labels = 0.2 + 0.6 * rng.random((2, 2, 4, 4)), np.array([2, 0])
    loss, slopes = SoftmaxCrossEntropy(), np.zeros_like(x)
    for place in np.ndindex(x.shape):
        values = []
        for step in (1e-6, -1e-6):
            moved = x.copy()
            moved[place] += step
            values.append(loss(network(moved), labels)[0])
        slopes[place] = (values[0] - values[1]) / 2e-6
    clear = abs(slopes) > 1e-7
    for targeted, sign in ((False, 1), (True, -1)):
        changed = fgsm(network, x, labels, 0.1, targeted=targeted)
        np.testing.assert_allclose((changed - x)[clear], sign * 0.1 * np.sign(slopes)[clear])


def test_the_step_stays_within_bounds(rng):
    network, x = small(rng), rng.random((3, 2, 6, 6)).astype(np.float32)
    before, given = state_of(network), x.copy()
    changed = fgsm(network, x, 1, 0.5)
    assert changed.min() == 0 and changed.max() == 1 and changed.dtype == np.float32
    wide = fgsm(network, x, 1, 0.5, bounds=(-5, 5))
    assert np.isclose(abs(wide - x).max(), 0.5) and wide.min() < 0
    assert np.array_equal(fgsm(network, x, 1, 0), given)
    assert np.array_equal(x, given)
    assert_untouched(network, before)


def test_each_picture_is_changed_as_if_it_were_alone(rng):
    network, x = small(rng), rng.random((3, 2, 6, 6)).astype(np.float32)
    labels = np.array([0, 2, 1])
    alone = [fgsm(network, x[k : k + 1], int(labels[k]), 0.03) for k in range(3)]
    np.testing.assert_allclose(fgsm(network, x, labels, 0.03), np.concatenate(alone), atol=1e-6)


def test_the_step_is_the_same_on_every_kind_of_array(kind):
    network = small(np.random.default_rng(0))
    x = np.random.default_rng(1).random((2, 2, 6, 6)).astype(np.float32)
    expected = fgsm(network, x, np.array([0, 1]), 0.1)
    like = kind(x.copy())
    network.to_device(like)
    changed = fgsm(network, like, np.array([0, 1]), 0.1)
    assert_same_kind(changed, like)
    np.testing.assert_allclose(to_numpy(changed), expected, atol=1e-5)


# --- shuffled layers -----------------------------------------------------------------------------


@pytest.mark.parametrize("layers", [0, 1, 2, 3])
def test_the_last_layers_keep_their_numbers_and_lose_their_places(layers, rng):
    network = small(rng)
    network.bn.weight.data[:] = [1, 2, 3]
    before = state_of(network)
    other = shuffled(network, layers, rng=1)
    assert_untouched(network, before)
    changed = []
    for name, array in network.state().items():
        mine = other.state()[name]
        assert np.array_equal(np.sort(mine, axis=None), np.sort(array, axis=None))
        if not np.array_equal(mine, array):
            changed.append(name.partition(".")[0])
    last = ["conv1", "conv2", "output"][3 - layers :]
    assert {name for name in changed if name != "bn"} == set(last)
    if layers < 3:
        assert "bn" not in changed


def test_the_same_seed_shuffles_the_same_layers_alike(rng):
    network = small(rng)
    fewer, more = shuffled(network, 1, rng=3), shuffled(network, 3, rng=3)
    assert np.array_equal(fewer.output.weight.data, more.output.weight.data)
    assert not np.array_equal(fewer.conv1.weight.data, more.conv1.weight.data)


def test_batch_normalization_belongs_to_the_convolution_before_it(rng):
    network = small(rng)
    sizes = [[p.data.shape for p in group] for group in layer_groups(network)]
    assert sizes == [
        [(3, 2, 3, 3), (3,), (3,), (3,)],
        [(4, 3, 3, 3), (4,)],
        [(3, 4), (3,)],
    ]


def test_more_layers_than_there_are_are_refused(rng):
    with pytest.raises(ValueError, match="layers must be at most 3, those with weights, got 4"):
        shuffled(small(rng), 4)


def test_layers_are_shuffled_where_they_lie(kind):
    network = small(np.random.default_rng(0))
    expected = shuffled(network, 2, rng=5).state()
    like = kind(np.zeros((1, 2, 6, 6), np.float32))
    network.to_device(like)
    other = shuffled(network, 2, rng=5)
    assert_same_kind(other.eval()(like), like)
    for name, array in other.state().items():
        assert np.array_equal(to_numpy(array), expected[name])
