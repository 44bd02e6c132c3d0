"""Calls of networks, and ways to look into them."""

import numpy as np

from lib import analysis, layers, networks
from tests.wrong_calls.kinds import (
    COUNT,
    FLAG,
    IMAGES,
    LABELS,
    LAYER,
    LAYER_NAME,
    LOGITS,
    NETWORK,
    NOTHING,
    NUMBER,
    PADDING,
    PAIR,
    POSITIVE,
    RATE,
    RNG,
    SHAPE,
    SHARE,
    TARGET,
    Kind,
    images,
    network,
    path,
    reading,
    small_convnet,
)

CALLS = {}  # name: function, parameters


def call(name, function, /, **parameters):
    CALLS[name] = (function, parameters)


# --- networks ----------------
FILTERS = POSITIVE.less("a list").being((2, 3)).also(one=(2,))
PICTURE_NET = {"input_shape": SHAPE, "hidden_size": POSITIVE, "output_size": POSITIVE, "rng": RNG}
call(
    "MLP",
    networks.MLP,
    **PICTURE_NET | {"input_shape": SHAPE.less("two numbers", "four numbers")},
    dropout=SHARE,
)
call(
    "SimpleConvNet",
    networks.SimpleConvNet,
    **PICTURE_NET,
    num_filters=POSITIVE,
    filter_size=POSITIVE.also(even_too_large=40),
    padding=PADDING.being(1),
    stride=POSITIVE.being(1),
    weight_std=RATE.less("zero"),
)
call(
    "TwoConvNet",
    networks.TwoConvNet,
    input_shape=SHAPE.being((1, 28, 28)),
    num_filters=FILTERS,
    filter_size=POSITIVE,
    output_size=POSITIVE,
    rng=RNG,
)
call(
    "DeepConvNet",
    networks.DeepConvNet,
    **(PICTURE_NET | {"input_shape": SHAPE.being((1, 28, 28))}),
    num_filters=FILTERS.being((2, 3, 4)),
    dropout=SHARE,
)
for _name in (
    "AlexNet",
    "GoogLeNet",
    "MobileNetV1",
    "MobileNetV2",
    "ResNet",
    "Xception",
    "CIFARResNet",
    "VGG",
):
    _more = {} if _name in ("ResNet", "CIFARResNet") else {"dropout": SHARE}
    call(
        _name,
        getattr(networks, _name),
        num_classes=POSITIVE,
        in_channels=POSITIVE,
        width=RATE.being(0.05),
        rng=RNG,
        **_more,
    )
call("VGG depth", lambda depth: networks.VGG(depth, width=0.05), depth=POSITIVE.being(11))
call(
    "VGG flags",
    lambda batch_norm, blocks, pooled: networks.VGG(
        11, width=0.05, batch_norm=batch_norm, blocks=blocks, pooled=pooled
    ),
    batch_norm=FLAG,
    blocks=POSITIVE,
    pooled=POSITIVE,
)
call(
    "ResNet depth",
    lambda depth, skips: networks.ResNet(depth, width=0.05, skips=skips),
    depth=POSITIVE.being(18),
    skips=FLAG,
)
call("CIFARResNet depth", lambda depth: networks.CIFARResNet(depth), depth=POSITIVE.being(8))
call(
    "LeNet5",
    networks.LeNet5,
    modern=FLAG,
    num_classes=POSITIVE.being(10),
    in_channels=POSITIVE.being(1),
    padding=PADDING.being(0),
    rng=RNG,
)
call(
    "predict",
    lambda images, batch_size: small_convnet().predict(images, batch_size),
    images=IMAGES,
    batch_size=POSITIVE,
)
call(
    "accuracy",
    lambda images, labels: small_convnet().accuracy(images, labels),
    images=IMAGES,
    labels=LABELS,
)
call(
    "loss",
    lambda images, labels: small_convnet().loss(images, labels),
    images=IMAGES,
    labels=LABELS,
)
call(
    "gradient",
    lambda images, labels: small_convnet().gradient(images, labels),
    images=IMAGES,
    labels=LABELS,
)
call(
    "save",
    lambda path, dtype: small_convnet().save(path, dtype=dtype),
    path=path("{folder}/w.npz"),
    dtype=Kind(
        "float16",
        {
            "an integer": "int8",
            "a misspelling": "flaot16",
            "a number": 16,
            "a class": layers.Linear,
        },
    ),
)
call("load", lambda path: small_convnet().load(path), path=reading("{folder}/there.npz"))
call(
    "load_pretrained",
    lambda path: small_convnet().load_pretrained(path),
    path=reading("{folder}/there.npz"),
)
call(
    "prepend",
    lambda name, layer: network().prepend(name, layer),
    name=Kind("first", {"None": None, "a number": 3, "taken": "conv", "a method": "forward"}),
    layer=LAYER,
)
call(
    "AuxiliaryLoss",
    networks.AuxiliaryLoss,
    network=NETWORK.being(lambda: networks.GoogLeNet(width=0.05, aux=True)),
    weight=NUMBER,
)


# --- analysis ----------------
call("summary", analysis.summary, network=NETWORK, input_shape=SHAPE)
call("receptive_field", analysis.receptive_field, network=NETWORK, input_shape=SHAPE)
call(
    "activations",
    analysis.activations,
    network=NETWORK,
    x=IMAGES,
    layers=LAYER_NAME.being(["conv"]),
    training=FLAG,
)
call(
    "gradient_norms",
    analysis.gradient_norms,
    network=NETWORK,
    x=IMAGES,
    targets=LABELS,
    training=FLAG,
)
call(
    "gradient_turn",
    analysis.gradient_turn,
    network=NETWORK,
    x=IMAGES,
    targets=LABELS,
    lengths=Kind([0.1], {"None": None, "a number": 0.1, "below zero": [-0.1], "texts": ["0.1"]}),
)
call(
    "effective_receptive_field",
    analysis.effective_receptive_field,
    network=NETWORK,
    x=IMAGES,
    layer=LAYER_NAME,
    place=Kind((1, 1), {"a number": 3, "a text": "11", "three": (1, 1, 1), "too large": (9, 0)}),
    rng=RNG,
)


def _without(network, name):
    with networks.without_block(network, name):
        return network


call("without_block", _without, network=NETWORK, name=LAYER_NAME)
for _name in ("gradient", "gradient_times_input", "guided_backprop", "deconvnet"):
    call(
        f"analysis.{_name}",
        getattr(analysis, _name),
        network=NETWORK,
        x=IMAGES,
        target=TARGET.less("a list"),
    )
call(
    "grad_cam",
    analysis.grad_cam,
    network=NETWORK,
    x=IMAGES,
    target=TARGET.less("a list"),
    layer=LAYER_NAME,
)
call(
    "occlusion",
    analysis.occlusion,
    network=NETWORK,
    x=IMAGES,
    target=TARGET.less("a list"),
    window=PAIR,
    stride=PAIR,
    fill=NUMBER,
)
BOUNDS = Kind((0.0, 1.0), {"a text": "text", "a number": 3.0, "falling": (1.0, 0.0), "one": (1.0,)})
call(
    "activation_maximization",
    analysis.activation_maximization,
    network=NETWORK,
    layer=LAYER_NAME,
    unit=Kind(0, TARGET.wrong),
    input_shape=SHAPE,
    steps=COUNT,
    learning_rate=RATE,
    weight_decay=RATE.less("zero"),
    bounds=BOUNDS,
    jitter=COUNT,
    blur=RATE.less("zero"),
    start_std=RATE.less("zero"),
    rng=RNG,
)
for _name in ("reliability", "expected_calibration_error"):
    call(
        _name,
        getattr(analysis, _name),
        probabilities=LOGITS.also(logits=3 * images((4, 10))),
        labels=LABELS,
        bins=POSITIVE,
    )
call("best_temperature", analysis.best_temperature, logits=LOGITS, labels=LABELS)
call(
    "fgsm",
    analysis.fgsm,
    network=NETWORK,
    x=IMAGES,
    target=TARGET.less("a list"),
    epsilon=RATE.less("zero"),
    targeted=FLAG,
    bounds=BOUNDS,
)
call(
    "top_patches",
    analysis.top_patches,
    network=NETWORK,
    layer=LAYER_NAME,
    unit=Kind(0, TARGET.wrong),
    images=IMAGES,
    count=POSITIVE,
    batch_size=POSITIVE,
)
call("shuffled", analysis.shuffled, network=NETWORK, layers=COUNT.being(1), rng=RNG)
call(
    "numeric_gradient",
    analysis.numeric_gradient,
    f=Kind(lambda: lambda x: float((x**2).sum()), {"None": None, "a text": "sum", "a number": 3}),
    x=Kind(
        lambda: np.ones(3),
        NOTHING | {"a list": [1.0], "integers": np.ones(3, int), "float32": np.ones(3, np.float32)},
    ),
    eps=RATE.being(1e-5),
)
call(
    "relative_error",
    analysis.relative_error,
    a=Kind(lambda: np.ones(3), NOTHING | {"another shape": np.ones(4)}),
    b=Kind(lambda: np.ones(3), NOTHING | {"another shape": np.ones(4)}),
    floor=RATE.less("zero"),
)
call(
    "directional_check",
    analysis.directional_check,
    layer=Kind(lambda: layers.Conv2d(1, 2, 3, rng=0).astype("float64"), NETWORK.wrong),
    x=Kind(lambda: images(dtype=np.float64), IMAGES.wrong | {"float32": images()}),
    rng=RNG.being(lambda: np.random.default_rng(0)).also(**{"a number": 3.5}),
    eps=RATE.being(1e-6),
    directions=POSITIVE,
)
call("profile", analysis.profile, network=NETWORK, x=IMAGES, rounds=POSITIVE)
call("trace", lambda network, x: analysis.trace(network, x), network=NETWORK, x=IMAGES)
