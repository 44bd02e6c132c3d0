"""MobileNet v1 as Keras builds it, and v2 as torchvision does."""

import numpy as np
import pytest

from lib.networks import MobileNetV1, MobileNetV2
from lib.networks.mobilenet_v1 import PadEnd
from tests import published
from tests.kinds import check_layer
from tests.network_checks import NoDraws, check_both_passes, check_five_steps, check_slopes, shapes
from tests.published import norm


def test_v1_has_the_published_counts_and_names():
    network = MobileNetV1(rng=NoDraws())
    assert network.parameter_count() == 4_231_976
    assert sum(array.size for array in network.state().values()) == 4_253_864
    filters = [64, 128, 128, 256, 256, *6 * [512], 1024, 1024]
    expected, c = {"conv1.weight": (32, 3, 3, 3), **norm("conv1_bn", 32)}, 32
    for i, f in enumerate(filters, start=1):
        expected |= {f"conv_dw_{i}.weight": (c, 1, 3, 3), **norm(f"conv_dw_{i}_bn", c)}
        expected |= {f"conv_pw_{i}.weight": (f, c, 1, 1), **norm(f"conv_pw_{i}_bn", f)}
        c = f
    assert shapes(network) == expected | {
        "conv_preds.weight": (1000, c),
        "conv_preds.bias": (1000,),
    }
    strided = [
        n for n, layer in network.children().items() if getattr(layer, "stride", 1) == (2, 2)
    ]
    assert strided == ["conv1", "conv_dw_2", "conv_dw_4", "conv_dw_6", "conv_dw_12"]


def test_v1_halves_small_images_later(rng):
    settings = {"num_classes": 10, "width": 1 / 8}
    small = MobileNetV1(small_images=True, rng=NoDraws(), **settings)
    sizes, x = [], np.ones((1, 3, 32, 32), np.float32)
    for layer in small:
        x = layer(x)
        sizes.append(x.shape[-1])
    assert [size for size in (32, 16, 8, 4, 2) if size in sizes] == [32, 16, 8, 4]
    assert next(iter(small.children())) == "conv1"
    assert shapes(small) == shapes(MobileNetV1(rng=NoDraws(), **settings))


def test_v2_has_the_published_count_and_names():
    network = MobileNetV2(rng=NoDraws())
    assert network.parameter_count() == 3_504_872
    assert shapes(network) == published.mobilenet_v2()
    assert shapes(MobileNetV2(like_keras=True, rng=NoDraws())) == published.mobilenet_v2()


@pytest.mark.parametrize(("width", "count"), [(0.5, 1_968_680), (1.4, 6_108_776)])
def test_v2_of_other_widths_has_the_published_counts(width, count):
    assert MobileNetV2(width=width, rng=NoDraws()).parameter_count() == count


def test_v2_loses_no_more_than_a_tenth_of_its_channels():
    narrow = MobileNetV2(width=0.35, rng=NoDraws())
    assert narrow.features[0][0].out_channels == 16  # 8 is nearer to 11.2, but too few


def small(version, rng, **settings):
    settings = {"width": 1 / 16, "num_classes": 4, "in_channels": 2, "dropout": 0, **settings}
    return (MobileNetV1 if version == 1 else MobileNetV2)(rng=rng, **settings)


@pytest.mark.parametrize("version", [1, 2])
def test_both_passes(version, kind, rng):
    settings = {"like_keras": True} if version == 2 else {}
    check_both_passes(small(version, rng, **settings).eval(), kind, (2, 32, 34), 4, rng)


@pytest.mark.parametrize("version", [1, 2])
def test_gradients_are_slopes(version, rng):
    shape = (2, 64, 66) if version == 1 else (2, 33, 34)
    check_slopes(small(version, rng), shape, rng, n=3, eps=1e-8, tolerance=1e-5)


def test_where_v2_has_skips(rng):
    """A silent body leaves the input where there is a skip, and a constant where there is none."""
    network, skips = small(2, rng, width=0.5).eval(), []
    for i, block in enumerate(list(network.features)[1:18], start=1):
        conv = list(block.conv)[-2]
        conv.weight.data = 0 * conv.weight.data
        x = rng.standard_normal((1, block.conv[0][0].in_channels, 4, 4))
        if np.ptp(block(x)) > 0:
            assert np.array_equal(block(x), x)
            skips.append(i)
    assert skips == [3, 5, 6, 8, 9, 10, 12, 13, 15, 16]


def v1_twin(torch):
    nn, f = torch.nn, torch.nn.functional

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            self.strides = [1, 2, 1, 2, 1, 2, *5 * [1], 2, 1]
            self.conv1, c = nn.Conv2d(2, 2, 3, 2, bias=False), 2
            self.conv1_bn = nn.BatchNorm2d(2, 1e-3, 0.01)
            for i, filters in enumerate([4, 8, 8, 16, 16, *6 * [32], 64, 64], start=1):
                depthwise = nn.Conv2d(c, c, 3, self.strides[i - 1], groups=c, bias=False)
                setattr(self, f"conv_dw_{i}", depthwise)
                setattr(self, f"conv_dw_{i}_bn", nn.BatchNorm2d(c, 1e-3, 0.01))
                setattr(self, f"conv_pw_{i}", nn.Conv2d(c, filters, 1, bias=False))
                setattr(self, f"conv_pw_{i}_bn", nn.BatchNorm2d(filters, 1e-3, 0.01))
                c = filters
            self.conv_preds = nn.Linear(c, 4)

        def step(self, name, x):
            return f.relu6(getattr(self, f"{name}_bn")(getattr(self, name)(x)))

        def forward(self, x):
            x = self.step("conv1", f.pad(x, (0, 1, 0, 1)))
            for i, stride in enumerate(self.strides, start=1):
                x = self.step(f"conv_dw_{i}", f.pad(x, (0, 1, 0, 1) if stride == 2 else 4 * (1,)))
                x = self.step(f"conv_pw_{i}", x)
            return self.conv_preds(x.mean(dim=(2, 3)))

    return Twin()


def v2_twin(torch, like_keras):
    nn, f = torch.nn, torch.nn.functional
    settings = (1e-3, 1e-3) if like_keras else (1e-5, 0.1)

    class Conv(nn.Sequential):
        def __init__(self, c, out, k, stride=1, groups=1):
            self.pads_end = like_keras and stride == 2
            padding = 0 if self.pads_end else k // 2
            super().__init__(
                nn.Conv2d(c, out, k, stride, padding, groups=groups, bias=False),
                nn.BatchNorm2d(out, *settings),
                nn.ReLU6(),
            )

        def forward(self, x):
            before_h, before_w = (size % 2 for size in x.shape[2:])
            return super().forward(f.pad(x, (before_w, 1, before_h, 1)) if self.pads_end else x)

    class Block(nn.Module):
        def __init__(self, c, out, expansion, stride):
            super().__init__()
            wide, self.skip = c * expansion, stride == 1 and c == out
            self.conv = nn.Sequential(
                *([Conv(c, wide, 1)] if expansion > 1 else []),
                Conv(wide, wide, 3, stride, wide),
                nn.Conv2d(wide, out, 1, bias=False),
                nn.BatchNorm2d(out, *settings),
            )

        def forward(self, x):
            return x + self.conv(x) if self.skip else self.conv(x)

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            layers, c = [Conv(2, 8, 3, 2)], 8
            rows = [(1, 8, 1, 1), (6, 8, 2, 2), (6, 8, 3, 2), (6, 8, 4, 2), (6, 8, 3, 1)]
            for t, out, count, stride in [*rows, (6, 16, 3, 2), (6, 24, 1, 1)]:
                for i in range(count):
                    layers.append(Block(c, out, t, stride if i == 0 else 1))
                    c = out
            self.features = nn.Sequential(*layers, Conv(c, 1280, 1))
            self.classifier = nn.Sequential(nn.Dropout(0), nn.Linear(1280, 4))

        def forward(self, x):
            return self.classifier(self.features(x).mean(dim=(2, 3)))

    return Twin()


@pytest.mark.parity
def test_five_steps_of_v1_follow_pytorch(torch, rng):
    # A larger step would blow up rounding errors: few filters, few values to normalize.
    check_five_steps(torch, small(1, rng), v1_twin(torch), (2, 80, 82), 4, rng, lr=5e-4)


@pytest.mark.parity
@pytest.mark.parametrize("like_keras", [False, True])
def test_five_steps_of_v2_follow_pytorch(torch, like_keras, rng):
    network = small(2, rng, like_keras=like_keras)
    check_five_steps(torch, network, v2_twin(torch, like_keras), (2, 64, 66), 4, rng)


@pytest.mark.parametrize("frame_odd", [False, True])
def test_pad_end(frame_odd, kind, rng):
    left = int(frame_odd)  # of 5 columns; the 4 rows are even

    def forward(x):
        return np.pad(x, ((0, 0), (0, 0), (0, 1), (left, 1)))

    def backward(dout, x):
        return {"x": dout[..., :-1, left:-1]}

    x = rng.standard_normal((2, 3, 4, 5)).astype("float32")
    check_layer(PadEnd(frame_odd), kind, x, forward, backward, rng)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: MobileNetV1(width=0), r"^width must be above 0, got 0.0$"),
        (lambda: MobileNetV2(width=-0.5), r"^width must be above 0, got -0.5$"),
        (
            lambda: MobileNetV2(width=0.1, dropout=1),
            r"^p of Dropout must be at least 0",
        ),
        (
            lambda: PadEnd()(np.ones((2, 3))),
            r"^PadEnd expects input of shape \(N, C, H, W\), got \(2, 3\)$",
        ),
    ],
)
def test_mistakes_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
