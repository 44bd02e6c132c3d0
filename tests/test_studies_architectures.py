"""The study of architectures: on tiny networks, and what its record says of the large ones."""

from functools import partial

import numpy as np
import pytest

from lib.analysis import summary
from lib.convolution import set_thread_count, thread_count
from lib.networks import CIFARResNet, LeNet5, MobileNetV1
from lib.studies import architectures, load_study
from lib.studies.architectures import Entry, kind_of, layers_of

TINY = {
    "LeNet-5": Entry(1998, LeNet5, (1, 32, 32)),
    "mobile": Entry(2017, partial(MobileNetV1, num_classes=3, width=1 / 8), (3, 32, 32)),
}
# What the networks must have: learned numbers alone.
PUBLISHED = {
    "LeNet-5": 60_000,
    "AlexNet": 61_100_840,
    "VGG-16": 138_357_544,
    "GoogLeNet": 6_624_904,
    "ResNet-18": 11_689_512,
    "ResNet-34": 21_797_672,
    "ResNet-50": 25_557_032,
    "Xception": 22_855_952,
    "MobileNet v1": 4_231_976,
    "MobileNet v2": 3_504_872,
}


def test_all_of_it_is_measured():
    count = thread_count()
    try:
        again = architectures.run(3, TINY, (4,))
    finally:
        set_thread_count(count)
    recorded = load_study("architectures")
    assert again.keys() == recorded.keys()
    assert again["settings"].keys() <= recorded["settings"].keys()
    for name, found in again["networks"].items():
        assert found.keys() == recorded["networks"]["AlexNet"].keys()
        table = summary(TINY[name].build(rng=0), TINY[name].input_shape)
        assert found["parameters"] == table.parameters
        assert found["multiply_adds"] == table.multiply_adds
        assert found["activation_bytes"] == table.activation_bytes
        assert found["multiply_adds"] == sum(k["multiply_adds"] for k in found["kinds"].values())
        assert found["seconds"] > 0
    assert again["networks"]["mobile"]["kinds"].keys() == {
        *("convolution", "1×1", "depthwise", "linear", "without weights")
    }
    (steps,) = again["separable"].values()
    weights = {"3×3": 9 * 16, "depthwise": 9 * 4, "1×1": 16}
    size = again["settings"]["separable_size"] ** 2
    assert {name: step["multiply_adds"] / size for name, step in steps.items()} == weights


def test_the_record_has_every_network_and_its_published_count():
    networks = load_study("architectures")["networks"]
    assert {name: found["parameters"] for name, found in networks.items()} == PUBLISHED
    assert networks.keys() == architectures.NETWORKS.keys()
    for name, found in networks.items():
        if name == "LeNet-5":  # too small to be timed layer by layer
            continue
        layers = sum(kind["seconds"] for kind in found["kinds"].values())
        assert 0.7 < layers / found["seconds"] < 1.4, name  # one by one they take as long


@pytest.mark.parametrize(
    ("build", "input_shape"),
    [
        (LeNet5, (1, 32, 32)),
        (partial(CIFARResNet, 8), (3, 32, 32)),
        (partial(MobileNetV1, width=1 / 8), (3, 64, 64)),
    ],
)
def test_layers_add_up_to_the_whole(build, input_shape):
    network = build(rng=0)
    rows, table = layers_of(network, input_shape), summary(network, input_shape)
    assert sum(parameters for _, parameters, _ in rows) == table.parameters
    assert sum(work for *_, work in rows) == table.multiply_adds
    kinds = [kind_of(layer) for layer in network.modules()]
    assert [kind for kind, *_ in rows].count("depthwise") == kinds.count("depthwise")


def test_pytorch_is_timed_on_the_same_products():
    pytest.importorskip("torch")
    network = MobileNetV1(num_classes=3, width=1 / 8, rng=0)
    picture = np.random.default_rng(0).random((1, 3, 32, 32), dtype=np.float32)
    network.eval()
    found = architectures.kinds(network, picture, 1)
    assert {kind for kind, part in found.items() if "pytorch" in part} == {
        *("convolution", "1×1", "depthwise", "linear")
    }
