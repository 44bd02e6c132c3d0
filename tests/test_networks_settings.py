"""Settings of networks: seeds, numbers of any kind, and nothing that makes no sense."""

import numpy as np
import pytest

from lib.networks import (
    MLP,
    VGG,
    AlexNet,
    AuxiliaryLoss,
    CIFARResNet,
    DeepConvNet,
    GoogLeNet,
    LeNet5,
    MobileNetV1,
    MobileNetV2,
    ResNet,
    SimpleConvNet,
    TwoConvNet,
    Xception,
)
from lib.networks.lenet_loss import MaximumAPosteriori
from lib.networks.lenet_parts import PartialConv2d, Subsampling
from lib.networks.mobilenet_v1 import PadEnd

SMALL = {"width": 1 / 32, "num_classes": 3}
LARGE = (AlexNet, CIFARResNet, GoogLeNet, MobileNetV1, MobileNetV2, ResNet, VGG, Xception)
DIGITS = (DeepConvNet, LeNet5, MLP, SimpleConvNet, TwoConvNet)
NETWORKS = {cls.__name__: (cls, SMALL if cls in LARGE else {}) for cls in LARGE + DIGITS}


def weights(network):
    return np.concatenate([p.data.ravel() for p in network.parameters()])


@pytest.mark.parametrize("name", NETWORKS)
def test_a_seed_is_a_generator(name):
    make, settings = NETWORKS[name]
    expected = weights(make(rng=np.random.default_rng(0), **settings))
    assert np.array_equal(weights(make(rng=0, **settings)), expected)
    assert not np.array_equal(weights(make(rng=np.int64(1), **settings)), expected)
    with pytest.raises(TypeError, match=r"^rng must be a numpy.random.Generator, an integer seed "):
        make(rng="0", **settings)


@pytest.mark.parametrize(
    ("make", "settings", "twin"),
    [
        (ResNet, {"depth": np.int64(18), "width": np.float32(0.03125)}, {"depth": 18}),
        (CIFARResNet, {"depth": np.int64(8)}, {"depth": 8}),
        (VGG, {"depth": np.int64(11), "pooled": np.int64(1)}, {"depth": 11, "pooled": 1}),
        (MLP, {"input_shape": (1, np.int64(3), 3)}, {"input_shape": (1, 3, 3)}),
        (MLP, {"input_shape": [9]}, {"input_shape": (9,)}),
        (SimpleConvNet, {"filter_size": np.int64(3), "padding": np.int8(1)}, {}),
        (DeepConvNet, {"num_filters": [np.int64(2), 2, 2]}, {}),
    ],
)
def test_numbers_of_numpy_are_as_good(make, settings, twin):
    if make in LARGE:
        settings, twin = ({**SMALL, **s} for s in (settings, twin))
    elif not twin:
        twin = {
            name: [int(v) for v in value] if isinstance(value, list) else int(value)
            for name, value in settings.items()
        }
    assert np.array_equal(weights(make(rng=0, **settings)), weights(make(rng=0, **twin)))


def case(make, expected, **settings):
    return pytest.param(make, settings, expected, id=f"{make.__name__}-{settings}")


HEADS = GoogLeNet(aux=True, **SMALL)
COUNT = r"must be (an integer|at least 1|a tuple)"
MISTAKES = [
    *(
        case(cls, f"^{name} {COUNT}", **{**SMALL, name: wrong})
        for cls in LARGE
        for name in ("num_classes", "in_channels")
        for wrong in (0, -3, 2.0, "10", None, True)
    ),
    *(
        case(cls, "^width must be", **{**SMALL, "width": wrong})
        for cls in LARGE
        for wrong in (0, -1, "1", None, float("nan"), float("inf"), True)
    ),
    *(
        case(cls, f"(each of )?{name} {COUNT}", **{name: wrong})
        for cls, names in [
            (SimpleConvNet, ("num_filters", "filter_size", "stride", "hidden_size", "output_size")),
            (DeepConvNet, ("num_filters", "hidden_size", "output_size")),
            (TwoConvNet, ("num_filters", "filter_size", "output_size")),
            (MLP, ("input_shape", "hidden_size", "output_size")),
            (LeNet5, ("num_classes", "in_channels")),
        ]
        for name in names
        for wrong in (0, 2.5, "8", None, (), (0, 1, 1), (4, -1))
    ),
    *(
        case(cls, "input_shape must be", input_shape=wrong)
        for cls in (SimpleConvNet, DeepConvNet, TwoConvNet)
        for wrong in (None, 28, (28, 28), (1, 1, 28, 28), (1, 28.0, 28), (0, 28, 28), "abc")
    ),
    case(SimpleConvNet, r"got \(28, 28\); is it \(1, 28, 28\)\?$", input_shape=(28, 28)),
    *(case(SimpleConvNet, "^padding must be", padding=wrong) for wrong in (-1, 0.5, "same")),
    *(case(LeNet5, "^padding must be", padding=wrong) for wrong in (-1, 0.5, None)),
    *(case(SimpleConvNet, "^weight_std must be", weight_std=w) for w in (-1, "a", float("nan"))),
    *(case(ResNet, "^depth must be", **{**SMALL, "depth": d}) for d in (20, "18", 18.0, None)),
    *(case(VGG, "^depth must be", **{**SMALL, "depth": d}) for d in (12, "16", None)),
    *(case(CIFARResNet, "^depth must be", **{**SMALL, "depth": d}) for d in (7, 21, "20", None)),
    *(case(VGG, f"^{name} must be", **{**SMALL, name: 0}) for name in ("pooled", "hidden_size")),
    *(
        case(cls, f"^{flag} must be True or False, got 'no'$", **{**SMALL, flag: "no"})
        for cls, flag in [
            *((AlexNet, "local_response_norm"), (CIFARResNet, "skips"), (GoogLeNet, "aux")),
            *((MobileNetV1, "small_images"), (MobileNetV2, "like_keras"), (ResNet, "skips")),
            *((ResNet, "stride_in_1x1"), (VGG, "batch_norm")),
        ]
    ),
    case(LeNet5, "^modern must be True or False, got 1$", modern=1),
    case(GoogLeNet, "^dropout_aux must be at least 0 and below 1", **SMALL, dropout_aux=1),
    case(PadEnd, "^frame_odd must be True or False", frame_odd="yes"),
    case(Subsampling, "^channels must be at least 1", channels=0),
    case(PartialConv2d, "^in_channels must be", in_channels=0, connections=[], kernel_size=1),
    case(MaximumAPosteriori, "^rubbish must be a number", rubbish="20"),
    case(AuxiliaryLoss, "^network must be a layer, got the class GoogLeNet", network=GoogLeNet),
    case(AuxiliaryLoss, "^network must be a layer, got NoneType", network=None),
    *(
        case(AuxiliaryLoss, f"^{name} must be", **{"network": HEADS, name: wrong})
        for name, wrong in [("loss", 3), ("weight", -0.1), ("weight", "1"), ("weight", None)]
    ),
]


@pytest.mark.parametrize(("make", "settings", "expected"), MISTAKES)
def test_a_setting_that_makes_no_sense_is_refused_by_its_name(make, settings, expected):
    with pytest.raises((TypeError, ValueError), match=expected):
        make(**settings)
