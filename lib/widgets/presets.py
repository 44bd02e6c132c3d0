"""The networks that the network calculator offers, written down as lists of layers.

``python -m lib.widgets.presets`` writes them anew, and the tests hold them to the networks.
Stored, because making VGG-16 with its 138 million weights takes longer than a page should.
"""

from __future__ import annotations

from pathlib import Path

from lib.networks import VGG, AlexNet, GoogLeNet, LeNet5, MobileNetV1, ResNet, SimpleConvNet
from lib.settings import as_choice
from lib.widgets.notation import describe_network

__all__ = ["PRESETS", "load_preset"]

FOLDER = Path(__file__).parent / "presets"

# What makes the network, the input that it is shown with, and a smaller one that it takes too.
PRESETS = {
    "SimpleConvNet": (SimpleConvNet, (1, 28, 28), (1, 28, 28)),
    "LeNet-5": (LeNet5, (1, 32, 32), (1, 32, 32)),
    "AlexNet": (AlexNet, (3, 224, 224), (3, 63, 63)),
    "VGG-16": (VGG, (3, 224, 224), (3, 32, 32)),
    "GoogLeNet": (GoogLeNet, (3, 224, 224), (3, 32, 32)),
    "ResNet-18": (ResNet, (3, 224, 224), (3, 32, 32)),
    "MobileNet v1": (MobileNetV1, (3, 224, 224), (3, 32, 32)),
}


def load_preset(name: str) -> dict:
    r"""Return ``{"layers": text, "input": [C, H, W]}`` of one of :data:`PRESETS`.

    Raises
    ------
    ValueError
        If there is none of that name.

    Examples
    --------
    >>> load_preset("LeNet-5")["layers"].split("\n")[:3]
    ['conv 6 5x5', 'tanh', 'average 2x2 learned']
    """
    _, input_shape, _ = PRESETS[as_choice(name, "a preset", PRESETS)]
    layers = (FOLDER / f"{name}.txt").read_text(encoding="utf-8").rstrip()
    return {"layers": layers, "input": list(input_shape)}


def write_preset(name: str, **settings) -> str:
    """Return the list of layers of one of :data:`PRESETS`, made from the network itself."""
    make, _, small = PRESETS[name]
    return describe_network(make(**settings), small)


if __name__ == "__main__":
    for preset in PRESETS:
        file = FOLDER / f"{preset}.txt"
        file.write_text(write_preset(preset) + "\n", encoding="utf-8")
