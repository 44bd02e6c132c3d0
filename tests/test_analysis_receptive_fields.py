"""Receptive fields against known values, and against the gradient of a single number."""

from fractions import Fraction

import numpy as np
import pytest

from lib.analysis import receptive_field
from lib.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Concat,
    Conv2d,
    Flatten,
    GlobalAvgPool2d,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    SeparableConv2d,
    Sequential,
)
from lib.networks import VGG, CIFARResNet, LeNet5, ResNet
from lib.networks.mobilenet_v1 import PadEnd
from tests.network_checks import NoDraws


def conv(*sizes, **settings):
    """A convolution with positive weights: no path cancels another."""
    return Conv2d(*sizes, **settings, initializer=lambda shape, rng: np.ones(shape, np.float32))


def seen(network, shape, place):
    """First pixel and size of what the output at `place` depends on, by its gradient."""
    out = network(np.ones((1, *shape)))
    dout = np.zeros_like(out)
    dout[(0, slice(None), *place)] = 1
    rows, columns = np.abs(network.backward(dout)).sum(axis=(0, 1)).nonzero()
    return (rows.min(), columns.min()), (np.ptp(rows) + 1, np.ptp(columns) + 1)


NETWORKS = {
    "rectangular": Sequential(conv(2, 3, (3, 5), stride=(2, 1)), ReLU(), conv(3, 1, (2, 3))),
    "padded": Sequential(conv(2, 3, 3, padding=(1, 2)), conv(3, 2, 5, stride=2, padding=2)),
    "dilated": Sequential(conv(2, 2, 3, dilation=(2, 3)), conv(2, 2, 3, stride=2)),
    "pooled": Sequential(conv(2, 2, 3), AvgPool2d(2), conv(2, 2, 3), AvgPool2d(3, 1, padding=1)),
    "residual": Sequential(
        conv(2, 2, 3, stride=2),
        Residual(Sequential(conv(2, 2, 3, padding=1), conv(2, 2, (5, 1), padding=(2, 0)))),
        conv(2, 2, 2),
    ),
    "shortcut": Residual(conv(2, 2, 3, stride=2, padding=1), conv(2, 2, 1, stride=2)),
    "wide shortcut": Residual(conv(2, 2, 1, stride=2), conv(2, 2, 3, stride=2, padding=1)),
    "lopsided": Concat(conv(2, 1, 2), Sequential(conv(2, 1, 3, padding=1), conv(1, 1, 2))),
    "shifted": Concat(
        conv(2, 1, 3, padding=1), Sequential(PadEnd(), PadEnd(), conv(2, 1, 3)), ReLU()
    ),
    "branches": Sequential(
        conv(2, 2, 2),
        Concat(conv(2, 1, 1), conv(2, 1, (3, 5), padding=(1, 2)), AvgPool2d(3, 1, padding=1)),
        conv(4, 2, 3, stride=2),
    ),
    "adaptive": Sequential(conv(2, 2, 2), AdaptiveAvgPool2d(7), conv(2, 2, 2)),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_the_field_is_what_the_gradient_reaches(name):
    network, shape = NETWORKS[name], (2, 29, 29)
    size, jump, start = list(receptive_field(Sequential(network), shape).values())[-1]
    for place in ((4, 4), (5, 4), (4, 5)):
        first = tuple(a + j * p for a, j, p in zip(start, jump, place, strict=True))
        assert min(first) >= 0, "the test looks at a field inside of the image"
        assert seen(network, shape, place) == (first, size)


def test_at_the_border_the_field_begins_in_the_padding():
    network = Sequential(conv(1, 1, 3, padding=1), conv(1, 1, 3, stride=2, padding=1))
    size, _, start = receptive_field(network, (1, 9, 9))["1"]
    assert (size, start) == ((5, 5), (-2, -2))
    assert seen(network, (1, 9, 9), (0, 0)) == ((0, 0), (3, 3))


def test_flattened_and_averaged_images_are_seen_whole():
    for end in (Flatten(), GlobalAvgPool2d(), AdaptiveAvgPool2d(1)):
        network = Sequential(conv(1, 1, 3), conv(1, 1, 2, stride=2), end=end)
        field = receptive_field(network, (1, 9, 12))["end"]
        # Stride 2 leaves out the last of 7 rows, not the last of 10 columns: 8 and 12 pixels.
        assert (field.size, field.start) == ((8, 12), (0, 0))


def test_adaptive_windows_that_differ_count_as_the_largest():
    network = Sequential(AdaptiveAvgPool2d((3, 5)), AdaptiveAvgPool2d(2), Flatten())
    fields = receptive_field(network, (1, 5, 1))
    assert fields["0"] == (
        (3, 1),
        (Fraction(5, 3), Fraction(1, 5)),
        (0, 0),
    )  # rows 0 to 1, 1 to 3, 3 to 4
    assert fields["2"].size == (5, 1)


def test_a_chain_gives_what_its_last_layer_gives():
    """Where pooling repeats pixels, neighbors are nearer to each other than before it."""
    chain = Sequential(MaxPool2d(4), AdaptiveAvgPool2d(4))
    fields = receptive_field(Sequential(chain=chain, last=ReLU()), (1, 8, 8))
    assert fields["chain.0"].jump == (4, 4)
    assert fields["chain.1"].jump == (2, 2)
    assert fields["chain"] == fields["chain.1"] == fields["last"]


def test_layers_without_windows_change_nothing():
    network = Sequential(
        conv(1, 2, 3), BatchNorm2d(2), ReLU(), MaxPool2d(2), SeparableConv2d(2, 2, 3)
    )
    fields = receptive_field(network, (1, 12, 12))
    assert fields["0"] == fields["1"] == fields["2"]
    assert list(fields) == [*"0123", "4.depthwise", "4.pointwise", "4"]
    assert fields["4"] == fields["4.pointwise"] == ((8, 8), (2, 2), (0, 0))


def test_vgg_16_sees_as_far_as_is_known():
    network = VGG(16, width=1 / 64, num_classes=10, rng=NoDraws())
    fields = receptive_field(network, (3, 224, 224))
    sizes = [fields[f"features.{i}"].size[0] for i in (4, 9, 16, 23, 30)]
    assert sizes == [6, 16, 44, 100, 212]
    assert fields["features.30"].jump == (32, 32)
    assert fields["classifier.6"].size == (404, 404)
    for size, seen_by_all in ((32, 212), (64, 244)):  # maps of 1 and 2 pixels, repeated to 7
        fields = receptive_field(network, (3, size, size))
        assert fields["classifier.6"].size == (seen_by_all, seen_by_all)


def test_resnets_see_as_far_as_is_known():
    fields = receptive_field(ResNet(18, width=1 / 32, rng=NoDraws()), (3, 64, 64))
    assert [fields[name].size[0] for name in ("conv1", "maxpool")] == [7, 11]
    assert [fields[f"layer{i}"].size[0] for i in (1, 2, 3, 4)] == [43, 99, 211, 435]
    assert fields["layer4"].jump == (32, 32)
    deep = ResNet(50, width=1 / 32, rng=NoDraws())
    assert receptive_field(deep, (3, 64, 64))["layer4"].size == (427, 427)


def test_shortcuts_without_weights_and_partial_convolutions_are_followed():
    fields = receptive_field(CIFARResNet(8), (3, 32, 32))
    assert fields["layer2.0.downsample"].jump == (2, 2)
    assert fields["layer3"].size == (1 + 3 * 2 + (2 + 4) + (4 + 8),) * 2
    fields = receptive_field(LeNet5(), (1, 32, 32))
    assert [
        field.size[0] for name, field in fields.items() if name in ("c1", "s2", "c3", "s4")
    ] == [
        *(5, 6, 14, 16),
    ]


class Half(Layer):
    """Hands its child an array that no layer made."""

    def __init__(self):
        self.conv = conv(1, 1, 3)

    def forward(self, x):
        return self.conv(x[:, :1]) * 2


def test_a_layer_that_cuts_its_input_is_followed():
    fields = receptive_field(Sequential(conv(1, 2, 3), Half(), conv(1, 1, 3)), (1, 9, 9))
    assert [field.size[0] for field in fields.values()] == [3, 5, 5, 7]


def test_a_single_layer_has_a_field():
    assert receptive_field(conv(1, 1, 3), (1, 4, 4)) == {"": ((3, 3), (1, 1), (0, 0))}


def test_what_is_no_image_is_refused():
    with pytest.raises(ValueError, match=r"^input_shape must be a tuple of 3 integers, got \(4,\)"):
        receptive_field(Linear(4, 2), (4,))
    with pytest.raises(ValueError, match=r"^each of input_shape must be at least 1, got 0"):
        receptive_field(conv(1, 1, 3), (1, 0, 4))
    with pytest.raises(ValueError, match=r"Conv2d expects input of shape \(N, 1, H, W\)"):
        receptive_field(conv(1, 1, 3), (3, 4, 4))
