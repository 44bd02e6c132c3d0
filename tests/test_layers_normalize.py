"""Normalize: the layer that puts pictures as they are on the scale that a network expects."""

import numpy as np
import pytest
from hypothesis import given

from lib.analysis import directional_check
from lib.layers import Flatten, Linear, Normalize, Sequential
from tests.kinds import check_layer
from tests.window_cases import dtypes, images, pairs, seeds


@given(pairs(1, 5).flatmap(images), dtypes, seeds)
def test_both_passes(kind, shape, dtype, seed):
    rng = np.random.default_rng(seed)
    layer = Normalize(rng.standard_normal(shape[1]), rng.uniform(0.5, 2, shape[1]))
    mean, std = (b.data.astype("float64")[:, None, None] for b in (layer.mean, layer.std))
    check_layer(
        layer,
        kind,
        rng.standard_normal(shape).astype(dtype),
        forward=lambda x: (x - mean) / std,
        backward=lambda dout, x: {"x": dout / std},
        rng=rng,
    )


def test_the_statistics_are_those_of_each_channel(rng):
    images = rng.normal([[[[2.0]], [[-1.0]]]], [[[[3.0]], [[0.5]]]], (50, 2, 6, 5))
    normalized = Normalize.from_images(images.astype("float32"))(images)
    assert normalized.mean((0, 2, 3)) == pytest.approx([0, 0], abs=1e-6)
    assert normalized.std((0, 2, 3)) == pytest.approx([1, 1], abs=1e-6)


def test_the_sum_of_many_pixels_keeps_its_digits():
    """Added up in float32, a million pixels would be off in the fourth digit."""
    images = np.full((300_000, 2, 2, 2), 0.1, np.float32)
    images[::2] = 0.3
    layer = Normalize.from_images(images)
    assert abs(float(images.mean((0, 2, 3))[0]) - 0.2) > 1e-5
    assert layer.mean.data == pytest.approx([0.2, 0.2], rel=1e-6)
    assert layer.std.data == pytest.approx([0.1, 0.1], rel=1e-6)


def test_statistics_are_saved_and_not_trained(rng):
    layer = Normalize([1.0, 2.0], [3.0, 4.0])
    assert layer.parameters() == []
    assert layer.state().keys() == {"mean", "std"}


def test_prepended_it_is_the_first_of_the_layers(rng):
    network = Sequential(flatten=Flatten(), output=Linear(8, 3, rng=rng))
    x = rng.random((5, 2, 2, 2)).astype("float32")
    layer = Normalize.from_images(x)
    expected = network(layer(x))
    assert network.prepend("normalize", layer) is network
    assert list(network.children()) == ["normalize", "flatten", "output"]
    assert np.array_equal(network(x), expected)
    errors = directional_check(network.astype("float64"), x.astype("float64"), rng)
    assert max(errors.values()) < 1e-6, errors
    with pytest.raises(ValueError, match=r'^there is a layer "output" already$'):
        network.prepend("output", layer)
    with pytest.raises(TypeError, match="must be a layer, got"):
        network.prepend("first", None)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Normalize([1.0], [1.0, 2.0]), r"got shapes \(1,\) and \(2,\)$"),
        (lambda: Normalize(1.0, 1.0), r"got shapes \(\) and \(\)$"),
        (lambda: Normalize([1.0], [0.0]), r"^Normalize expects a std above 0, got \[0\.0\]$"),
        (lambda: Normalize.from_images(np.ones((2, 1, 3, 3))), r"std above 0, got \[0\.0\]$"),
        (lambda: Normalize.from_images(np.ones((1, 3, 3))), r"\(N, C, H, W\), got \(1, 3, 3\)$"),
        (
            lambda: Normalize([1.0], [1.0])(np.ones((1, 3, 4, 4))),
            r"^Normalize expects input of shape \(N, 1, H, W\), got \(1, 3, 4, 4\)$",
        ),
    ],
)
def test_mistakes_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_the_settings_are_shown():
    assert repr(Normalize([0.5], [0.25])) == "Normalize(mean=[0.5], std=[0.25])"
