"""The network calculator counts what `lib.analysis.summary` counts, for every network."""

import inspect
from typing import NamedTuple

import numpy as np
import pytest

import lib.networks
from lib.analysis import summary
from lib.layers import (
    AdaptiveAvgPool2d,
    AvgPool2d,
    BatchNorm2d,
    Concat,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    MaxPool2d,
    ReLU,
    Residual,
    SeparableConv2d,
    Sequential,
    Subsample,
)
from lib.networks import Network
from lib.widgets import Calculator, describe_network
from lib.widgets.presets import PRESETS, load_preset, write_preset
from tests.browser import new_page
from tests.network_checks import NoDraws
from tests.widgets.conftest import NAMED, compute, page_of

pytestmark = pytest.mark.browser

COMPUTE = """(cases) => {
    const { compute } = Widgets.defined.calculator;
    return cases.map(([text, input]) => compute(text, input));
}"""

# For each network its settings, and inputs: the list is written for the first, and holds for all.
SMALL, LARGE = (3, 64, 64), (3, 101, 87)
DIGIT, WIDE = (1, 28, 28), {"width": 1 / 8}
NETWORKS = {
    "SimpleConvNet": [({}, [DIGIT]), ({"padding": 2, "stride": 3}, [DIGIT])],
    "DeepConvNet": [({}, [DIGIT]), ({"input_shape": (3, 40, 24)}, [(3, 40, 24)])],
    "TwoConvNet": [({}, [DIGIT])],
    "MLP": [({}, [DIGIT])],
    "LeNet5": [
        ({}, [(1, 32, 32)]),
        ({"modern": True}, [(1, 32, 32)]),
        ({"padding": 2}, [DIGIT]),
    ],
    "AlexNet": [({}, [SMALL, (3, 224, 224)]), ({"local_response_norm": True, **WIDE}, [LARGE])],
    "VGG": [
        ({"depth": 16}, [(3, 32, 32), SMALL]),
        ({"depth": 11, "batch_norm": True, **WIDE}, [(3, 224, 224), LARGE]),
        ({"depth": 19, "blocks": 4, "pooled": 1, **WIDE}, [(3, 32, 32)]),
    ],
    "ResNet": [
        ({"depth": 18}, [SMALL, (3, 32, 50)]),
        ({"depth": 34, "skips": False, **WIDE}, [LARGE]),
        ({"depth": 50, **WIDE}, [(3, 224, 224), LARGE]),
        ({"depth": 50, "stride_in_1x1": True, **WIDE}, [SMALL]),
    ],
    "CIFARResNet": [({}, [(3, 32, 32), (3, 33, 47)]), ({"skips": False}, [(3, 32, 32)])],
    "GoogLeNet": [
        ({}, [SMALL, (3, 33, 47)]),
        ({"aux": True, **WIDE}, [(3, 224, 224), LARGE]),
    ],
    "MobileNetV1": [({}, [SMALL, LARGE]), ({"small_images": True}, [(3, 32, 32)])],
    "MobileNetV2": [({}, [SMALL, LARGE]), ({"like_keras": True}, [LARGE, SMALL])],
    "Xception": [({}, [(3, 71, 71), SMALL]), (WIDE, [LARGE])],
}
CASES = [(name, *case) for name, cases in NETWORKS.items() for case in cases]


class Counted(NamedTuple):
    """What a layer gives and costs, whoever counted it."""

    shape: tuple
    parameters: int
    work: int
    size: tuple
    jump: tuple


def counted_here(network, table):
    """Return what the library counts for each layer, apart from what joins ways."""
    owners = {name for name, layer in network.named_modules() if layer.children()}
    return [
        Counted(
            row.output_shape,
            row.parameters,
            row.multiply_adds,
            tuple(row.receptive_field.size),
            tuple(map(float, row.receptive_field.jump)),
        )
        for row in table.rows
        if row.name not in owners or row.parameters
    ]


def counted_there(result):
    """Return what the calculator counts for each layer, apart from what joins ways."""
    return [
        Counted(
            tuple(row["shape"]),
            row["parameters"],
            row["work"],
            tuple(axis["size"] for axis in row["field"]),
            tuple(axis["jump"][0] / axis["jump"][1] for axis in row["field"]),
        )
        for row in result["rows"]
        if not row["text"].endswith(":")
    ]


def check_equal(page, network, input_shapes):
    """Write a network as a list once, and compare both counts for each size of the input."""
    text = describe_network(network, input_shapes[0])
    results = compute(page, COMPUTE, [[text, shape] for shape in input_shapes])
    for input_shape, result in zip(input_shapes, results, strict=True):
        table = summary(network, input_shape)
        assert result["misfit"] is None, (text, input_shape)
        assert counted_there(result) == counted_here(network, table), text
        assert result["total"] == {
            "parameters": table.parameters,
            "work": table.multiply_adds,
            "bytes": table.activation_bytes,
        }, text


@pytest.fixture(scope="module")
def page(chromium, tmp_path_factory):
    """Return one page for all comparisons."""
    file = tmp_path_factory.mktemp("calculator") / "page.html"
    file.write_text(page_of(Calculator(**NAMED, label="A list of layers")), encoding="utf-8")
    with new_page(chromium, offline=True) as (opened, _):
        opened.goto(file.as_uri())
        yield opened


def test_every_network_of_the_library_is_compared():
    there = {
        name
        for name in lib.networks.__all__
        if inspect.isclass(getattr(lib.networks, name))
        and issubclass(getattr(lib.networks, name), Network)
    }
    assert set(NETWORKS) == there - {"Network"}


@pytest.mark.parametrize(("name", "settings", "input_shapes"), CASES)
def test_each_network_has_the_numbers_of_the_summary(page, name, settings, input_shapes):
    network = getattr(lib.networks, name)(**settings, rng=NoDraws())
    check_equal(page, network, input_shapes)


@pytest.mark.parametrize("name", PRESETS)
def test_each_preset_is_what_its_network_is(name):
    assert load_preset(name)["layers"] == write_preset(name, rng=NoDraws())


def draw_window(rng, size):
    """Draw settings of a window that fits into images of that size."""
    kernel, dilation = (tuple(rng.integers(1, 4, 2).tolist()) for _ in range(2))
    span = max(d * (k - 1) + 1 for k, d in zip(kernel, dilation, strict=True))
    padding = tuple(int(rng.integers(0, k // 2 + 1)) for k in kernel)
    if span > min(size):
        kernel, padding = (1, 1), (0, 0)
    stride = tuple(rng.integers(1, 4, 2).tolist())
    return {"kernel_size": kernel, "stride": stride, "padding": padding, "dilation": dilation}


def draw_layer(rng, channels, size):
    """Draw a layer that takes such images, and the channels of what it gives."""
    start = {"rng": NoDraws()}
    more = channels * int(rng.integers(1, 4))
    match rng.integers(9):
        case 0:
            bias, groups = bool(rng.integers(2)), int(rng.choice([1, channels]))
            settings = {"bias": bias, "groups": groups, **start}
            return Conv2d(channels, more, **draw_window(rng, size), **settings), more
        case 1:
            return MaxPool2d(**draw_window(rng, size), ceil_mode=bool(rng.integers(2))), channels
        case 2:
            window = draw_window(rng, size)
            del window["dilation"]
            return AvgPool2d(**window), channels
        case 3:
            return AdaptiveAvgPool2d(tuple(rng.integers(1, 7, 2).tolist())), channels
        case 4:
            return Subsample(more, int(rng.integers(1, 4))), more
        case 5:
            return SeparableConv2d(channels, 6, **draw_window(rng, size), **start), 6
        case 6:
            body = Sequential(
                Conv2d(channels, 4, 3, 2, 1, **start), Conv2d(4, 6, 3, padding=1, **start)
            )
            return Residual(body, Conv2d(channels, 6, 1, 2, **start)), 6
        case 7:
            narrow = Conv2d(channels, 2, 1, **start)
            wide = Conv2d(channels, 4, 3, padding=1, **start)
            return Concat(Sequential(Dropout(), narrow, BatchNorm2d(2)), wide), 6
        case _:
            return Residual(Sequential(BatchNorm2d(channels), ReLU(), Dropout())), channels


def draw_network(rng):
    """Draw layers until the image is small, or there are eight, and put an end to them."""
    input_shape = (int(rng.integers(1, 4)), *rng.integers(9, 40, 2).tolist())
    layers, channels, size = [], input_shape[0], input_shape[1:]
    while len(layers) < 8 and min(size) > 6 and channels < 100:
        layer, channels = draw_layer(rng, channels, size)
        layers.append(layer)
        size = Sequential(*layers)(np.zeros((1, *input_shape), np.float32)).shape[2:]
    end = [Flatten(), Linear(channels * int(np.prod(size)), 5, rng=NoDraws())]
    if rng.integers(2):
        end = [GlobalAvgPool2d(), Linear(channels, 5, bias=False, rng=NoDraws())]
    return Sequential(*layers, *end), input_shape


def test_hundreds_of_random_networks_have_the_numbers_of_the_summary(page):
    rng, kinds = np.random.default_rng(0), set()
    for _ in range(300):
        network, input_shape = draw_network(rng)
        kinds |= {type(layer).__name__ for layer in network.modules()}
        check_equal(page, network, [input_shape])
    assert len(kinds) > 13


def test_ways_that_see_other_pixels_see_all_of_them_together(page):
    shifted = [MaxPool2d(3, 2, padding=1), MaxPool2d(3, 2, ceil_mode=True)]
    apart = [AdaptiveAvgPool2d(5), MaxPool2d(4, 2)]  # with jumps of 12 / 5 and of 2
    for ways in (shifted, shifted[::-1], apart, apart[::-1]):
        then = Conv2d(4, 1, 3, rng=NoDraws())
        check_equal(page, Sequential(Concat(*ways), then), [(2, 12, 12)])
