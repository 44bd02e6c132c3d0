"""The gradient at each layer, where it comes from, and how soon it turns."""

import numpy as np
import pytest

from lib.analysis import effective_receptive_field, gradient_norms, gradient_turn, receptive_field
from lib.backend import to_numpy
from lib.layers import (
    AvgPool2d,
    BatchNorm2d,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    ReLU,
    Residual,
    Sequential,
)
from lib.losses import MeanSquaredError, SoftmaxCrossEntropy
from lib.networks import CIFARResNet, DeepConvNet
from tests.kinds import TOLERANCE

LABELS = np.array([0, 2, 1, 2])


def small(rng):
    return Sequential(
        conv=Conv2d(1, 3, 3, padding=1, rng=rng),
        norm=BatchNorm2d(3),
        relu=ReLU(),
        block=Residual(Sequential(Conv2d(3, 3, 3, padding=1, rng=rng), ReLU())),
        mean=GlobalAvgPool2d(),
        drop=Dropout(0.5, rng=rng),
        fc=Linear(3, 3, rng=rng),
    )


def state_of(network):
    return [{k: repr(v) for k, v in vars(layer).items()} for layer in network.modules()]


# --- length --------------------------------------------------------------------------------------


def test_lengths_are_those_of_the_gradients_that_a_pass_leaves(kind, rng):
    network = small(rng)
    images = kind(rng.standard_normal((4, 1, 6, 6)).astype("float32"))
    network.to_device(images).eval()
    labels = kind(LABELS)
    found = gradient_norms(network, images, labels, training=False)
    _, dlogits = SoftmaxCrossEntropy()(network(images), labels)
    network.backward(dlogits)
    layers = dict(network.named_modules())
    assert list(found) == ["conv", "block.body.0", "fc"]
    for name, length in found.items():
        gradient = to_numpy(layers[name].weight.grad)
        assert length == pytest.approx(np.linalg.norm(gradient), rel=1e-5)


def test_in_training_mode_batch_norm_uses_the_batch_and_nothing_is_left_behind(rng):
    network, images = small(rng).eval(), 3 + rng.standard_normal((4, 1, 6, 6))
    network.astype("float64")
    network(images)
    before, drawn = state_of(network), rng.bit_generator.state
    evaluated = gradient_norms(network, images, LABELS, training=False)
    trained = gradient_norms(network, images, LABELS)
    assert abs(trained["conv"] / evaluated["conv"] - 1) > 0.1
    assert state_of(network) == before
    assert rng.bit_generator.state == drawn


def test_another_loss_gives_other_lengths(rng):
    network, x = Sequential(Linear(2, 2, rng=rng)), rng.standard_normal((4, 2))
    targets = np.zeros((4, 2))
    found = gradient_norms(network, x, targets, loss=MeanSquaredError())
    _, dout = MeanSquaredError()(network(x), targets)
    assert found["0"] == pytest.approx(np.linalg.norm(dout.T @ x))


def test_frozen_weights_are_left_out_and_old_gradients_do_not_count(rng):
    network = Sequential(first=Linear(2, 2, rng=rng), second=Linear(2, 2, rng=rng))
    x = rng.standard_normal((4, 2))
    network.first.freeze()
    network.first.weight.grad = np.ones((2, 2))  # of an earlier pass
    assert list(gradient_norms(network, x, np.array([0, 1, 1, 0]))) == ["second"]


def test_batch_norm_makes_the_gradient_of_a_plain_network_explode_and_skips_do_not():
    x = np.random.default_rng(0).standard_normal((20, 1, 8, 8)).astype("float32")
    labels = np.arange(20) % 10
    ratio = {}
    for skips in (False, True):
        network = CIFARResNet(56, in_channels=1, width=1 / 4, skips=skips, rng=0)
        norms = list(gradient_norms(network, x, labels).values())
        ratio[skips] = norms[0] / norms[-2]
    assert ratio[False] > 100
    assert ratio[True] < 20


# --- turn ----------------------------------------------------------------------------------------


def test_a_turn_is_the_angle_between_the_gradients_before_and_after_a_step(rng):
    network = Sequential(Linear(3, 4, rng=rng), ReLU(), Linear(4, 3, rng=rng)).astype("float64")
    x, length = rng.standard_normal((4, 3)), 0.05

    def flat(arrays):
        return np.concatenate([array.ravel() for array in arrays])

    def gradient():
        _, dlogits = SoftmaxCrossEntropy()(network(x), LABELS)
        network.backward(dlogits)
        return flat(p.grad for p in network.parameters())

    before, began = state_of(network), [p.data for p in network.parameters()]
    found = gradient_turn(network, x, LABELS, [0, length])
    assert state_of(network) == before
    g, w = gradient(), flat(began)
    moved = w - length * np.linalg.norm(w) / np.linalg.norm(g) * g
    for parameter, data in zip(network.parameters(), began, strict=True):
        parameter.data, moved = moved[: data.size].reshape(data.shape), moved[data.size :]
    after = gradient()
    cosine = g @ after / np.linalg.norm(g) / np.linalg.norm(after)
    assert found == pytest.approx([1, cosine])
    assert cosine < 0.999


def test_the_gradient_of_a_line_never_turns():
    class Slope:
        def __call__(self, out, targets):
            return float(out.sum()), np.ones_like(out)

    found = gradient_turn(Linear(2, 2, rng=0), np.eye(2), None, [0.1, 10], loss=Slope())
    assert found == pytest.approx([1, 1])


def test_without_a_gradient_there_is_no_direction():
    closed = Sequential(Linear(2, 2, rng=0), ReLU(), Linear(2, 3, bias=False, rng=0))
    closed[0].bias.data[:] = -100
    with pytest.raises(ValueError, match="a gradient of length 0 has no direction that could turn"):
        gradient_turn(closed, np.ones((4, 2)), LABELS, [0.1])
    with pytest.raises(ValueError, match="each of lengths must be at least 0"):
        gradient_turn(closed, np.ones((4, 2)), LABELS, [-0.1])


# --- effective fields ----------------------------------------------------------------------------


def test_with_equal_weights_the_shares_are_the_squares_of_the_ways(kind):
    network = Sequential(a=AvgPool2d(3, 1), b=AvgPool2d(3, 1), c=AvgPool2d(3, 1), flat=Flatten())
    images = kind(np.zeros((2, 1, 9, 9), "float32"))
    share = effective_receptive_field(network, images, "b")
    ways = np.outer([1, 2, 3, 2, 1], [1, 2, 3, 2, 1]) ** 2
    expected = np.zeros((9, 9))
    expected[2:7, 2:7] = ways / ways.sum()
    np.testing.assert_allclose(to_numpy(share), expected, atol=TOLERANCE["float32"])


def test_random_weights_give_each_pixel_its_share_of_the_ways():
    rng, shares = np.random.default_rng(0), []
    image = np.zeros((1, 1, 17, 17), np.float32)
    for _ in range(40):
        layers = [Conv2d(8 if i else 1, 8, 3, padding=1, bias=False, rng=rng) for i in range(6)]
        shares.append(effective_receptive_field(Sequential(*layers), image, "5", rng=rng))
    ways = np.ones(1)
    for _ in layers:
        ways = np.convolve(ways, [1, 1, 1])
    profile = np.mean(shares, axis=0).sum(axis=0)
    assert (profile[:2] == 0).all()
    assert (profile[-2:] == 0).all()
    assert abs(profile[2:15] - ways / ways.sum()).max() < 0.04


def test_nothing_lies_outside_of_the_receptive_field(rng):
    network = CIFARResNet(14, in_channels=1, width=1 / 4, rng=rng)
    images = rng.standard_normal((3, 1, 40, 40)).astype("float32")
    fields = receptive_field(network, (1, 40, 40))
    for layer, place in (("layer1.0", (20, 11)), ("layer2.0.conv1", (10, 9))):
        share = effective_receptive_field(network, images, layer, place=place)
        size, jump, start = (axis[0] for axis in fields[layer])
        for axis, at in enumerate(place):
            seen = np.flatnonzero(share.sum(axis=1 - axis))
            first = start + at * jump
            assert first <= seen[0]
            assert seen[-1] < first + size
            assert len(seen) > size / 2


def test_what_a_skip_carries_past_a_layer_is_not_of_the_layer(rng):
    body = Sequential(Conv2d(1, 1, 1, rng=rng), Conv2d(1, 1, 3, padding=1, rng=rng))
    network = Residual(body)
    images = rng.standard_normal((2, 1, 7, 7))
    share = effective_receptive_field(network, images, "body.0")
    assert np.argwhere(share).tolist() == [[3, 3]]


def test_the_network_is_left_as_it_was(rng):
    network, images = DeepConvNet(rng=0), rng.random((2, 1, 28, 28), dtype=np.float32)
    network(images)
    before = state_of(network)
    share = effective_receptive_field(network, images, "conv3")
    assert share.sum() == pytest.approx(1, abs=1e-5)
    assert state_of(network) == before


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"layer": "fc"}, ValueError, r'a layer that gives images, "fc" gives shape \(4, 3\)'),
        ({"layer": "cnov"}, ValueError, 'there is no layer "cnov"'),
        ({"layer": "conv", "place": (6, 0)}, ValueError, r"in the 6 × 6 of layer .*, got \(6, 0\)"),
        ({"layer": "conv", "place": 3}, TypeError, "place must be a tuple of 2 integers"),
        ({"layer": "conv", "place": (-1, 0)}, ValueError, "each of place must be at least 0"),
        ({"layer": "relu", "x": -np.ones((1, 1, 6, 6))}, ValueError, "no pixel moves what layer"),
        ({"layer": "conv", "x": np.ones((1, 6, 6))}, ValueError, "expects images"),
    ],
)
def test_what_has_no_field_is_refused(settings, error, message, rng):
    network = small(rng).astype("float64")
    network.conv.weight.data[:] = 1
    settings = {"x": np.ones((4, 1, 6, 6)), **settings}
    with pytest.raises(error, match=message):
        effective_receptive_field(network, **settings)
