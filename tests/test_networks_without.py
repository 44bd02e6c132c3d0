"""A block is out for as long as one looks, in both passes, and back whatever happens."""

import numpy as np
import pytest

from lib.analysis import relative_error
from lib.backend import to_numpy
from lib.layers import Conv2d, Linear, ReLU, Residual, Sequential
from lib.networks import CIFARResNet, ResNet, without_block
from lib.networks.residual import BasicBlock
from tests.kinds import assert_close


@pytest.fixture
def network(rng):
    return CIFARResNet(8, in_channels=1, width=1 / 4, rng=rng).eval()


def test_a_block_that_keeps_the_shape_becomes_the_identity(network, kind, rng):
    images = kind(rng.standard_normal((2, 1, 8, 8)).astype("float32"))
    network.to_device(images)
    layers = list(network)
    x = images
    for layer in (*layers[:3], layers[4], layers[5], *layers[6:]):  # without layer1
        x = layer(x)
    with without_block(network, "layer1.0") as same:
        assert same is network
        assert_close(network(images), to_numpy(x), like=images)


@pytest.mark.parametrize("name", ["layer2.0", "layer3.0"])
def test_a_block_that_halves_the_maps_becomes_its_shortcut(network, rng, name):
    images = rng.standard_normal((2, 1, 8, 8)).astype("float32")
    block = dict(network.named_modules())[name]
    x = images
    for layer in network:
        stage_of_block = any(inner is block for inner in layer.modules())
        x = np.maximum(block.downsample(x), 0) if stage_of_block else layer(x)
    with without_block(network, name):
        np.testing.assert_array_equal(network(images), x)


def test_the_way_back_goes_past_the_block_too(rng):
    network = ResNet(18, width=1 / 16, num_classes=3, rng=rng).astype("float64").eval()
    x = rng.standard_normal((1, 3, 32, 32))
    direction, r = rng.standard_normal(x.shape), rng.standard_normal((1, 3))
    for name in ("layer1.1", "layer2.0"):
        with without_block(network, name):
            network(x)
            slope = (network.backward(r) * direction).sum()
            up, down = ((network(x + e * direction) * r).sum() for e in (1e-6, -1e-6))
        assert relative_error(slope, (up - down) / 2e-6) < 1e-5


def test_residual_containers_keep_their_shortcut(rng):
    x = rng.standard_normal((1, 2, 5, 5))
    skip = Conv2d(2, 3, 1, rng=rng)
    network = Sequential(
        plain=Residual(ReLU()),
        wide=Residual(Conv2d(2, 3, 3, padding=1, rng=rng), skip),
    ).astype("float64")
    with without_block(network, "plain"), without_block(network, "wide"):
        np.testing.assert_array_equal(network(x), skip(x))
        np.testing.assert_array_equal(network.backward(network(x)), skip.backward(skip(x)))


def test_a_layer_without_a_skip_hands_on_its_input(rng):
    network = Sequential(a=Linear(2, 2, rng=rng), relu=ReLU(), b=Linear(2, 3, rng=rng))
    x = rng.standard_normal((1, 2))
    with without_block(network, "relu"):
        np.testing.assert_array_equal(network(x), network.b(network.a(x)))
    block = BasicBlock(2, 2, 1, rng, shortcut=lambda *_: None, skips=False)
    with without_block(Sequential(block=block), "block"):
        assert block(x) is x
    with without_block(network, "b"):
        assert network(x).shape == (1, 2)


def test_the_block_is_back_whatever_happens(network, rng):
    images = rng.standard_normal((2, 1, 8, 8)).astype("float32")
    before = network(images)
    block = network.layer1[0]
    with pytest.raises(RuntimeError), without_block(network, "layer1.0"):
        raise RuntimeError
    with without_block(network, "layer1.0"), without_block(network, "layer1.0"):
        pass
    assert not {"forward", "backward"} & set(vars(block))
    np.testing.assert_array_equal(network(images), before)


def test_what_somebody_else_put_in_its_place_is_back_too(network):
    block = network.layer1[0]
    block.forward = watched = lambda x: x
    with without_block(network, "layer1.0"):
        assert block.forward is not watched
    assert block.forward is watched


def test_what_there_is_not_is_refused(network):
    with (
        pytest.raises(ValueError, match='there is no layer "layer4"'),
        without_block(network, "layer4"),
    ):
        pass
    with (
        pytest.raises(TypeError, match="network must be a layer, got NoneType"),
        without_block(None, "layer1"),
    ):
        pass
