"""Calls of layers, losses, the arithmetic below them, and augmentation."""

import numpy as np

from lib import augmentation, backend, convolution, layers, losses
from tests.wrong_calls.kinds import (
    COUNT,
    FLAG,
    IMAGES,
    LABELS,
    LAYER,
    LOGITS,
    NOTHING,
    NUMBER,
    PADDING,
    PAIR,
    POSITIVE,
    RATE,
    RNG,
    ROWS,
    SHARE,
    WINDOW,
    Kind,
    choice,
    images,
    network,
)


def applied(make, input_):
    """Return a call of the layer that `make` makes; each call has its own."""
    return lambda x: make()(x)


def backward(make, input_):
    def call(dout):
        layer = make()
        layer(input_())
        return layer.backward(dout)

    return call


def douts(shape):
    return Kind(
        lambda: images(shape),
        NOTHING
        | {
            "a number": 1.0,
            "a list": [1.0],
            "one row": images(shape)[:1],
            "one axis less": images(shape)[0],
            "transposed": images(shape[::-1]),
            "one axis more": images(shape)[None],
        },
    )


FORWARD = {
    "Conv2d": (lambda: layers.Conv2d(1, 2, 3, rng=0), images, (4, 2, 6, 6)),
    "SeparableConv2d": (lambda: layers.SeparableConv2d(1, 2, 3, rng=0), images, (4, 2, 6, 6)),
    "MaxPool2d": (lambda: layers.MaxPool2d(2), images, (4, 1, 4, 4)),
    "AvgPool2d": (lambda: layers.AvgPool2d(2), images, (4, 1, 4, 4)),
    "AdaptiveAvgPool2d": (lambda: layers.AdaptiveAvgPool2d(2), images, (4, 1, 2, 2)),
    "GlobalAvgPool2d": (lambda: layers.GlobalAvgPool2d(), images, (4, 1)),
    "GlobalMaxPool2d": (lambda: layers.GlobalMaxPool2d(), images, (4, 1)),
    "ConvTranspose2d": (lambda: layers.ConvTranspose2d(1, 2, 3, rng=0), images, (4, 2, 10, 10)),
    "BatchNorm2d": (lambda: layers.BatchNorm2d(1), images, (4, 1, 8, 8)),
    "LocalResponseNorm": (lambda: layers.LocalResponseNorm(3), images, (4, 1, 8, 8)),
    "Normalize": (lambda: layers.Normalize([0.1], [0.3]), images, (4, 1, 8, 8)),
    "Dropout2d": (lambda: layers.Dropout2d(0.5, rng=0), images, (4, 1, 8, 8)),
    "Subsample": (lambda: layers.Subsample(2), images, (4, 2, 4, 4)),
}
ANY_SHAPE = {
    name: (lambda name=name: getattr(layers, name)(), images, (4, 1, 8, 8))
    for name in ("ReLU", "ReLU6", "LeakyReLU", "Sigmoid", "Tanh", "Dropout")
}
FLAT = {
    "Linear": (lambda: layers.Linear(8, 3, rng=0), lambda: images((4, 8)), (4, 3)),
    "BatchNorm1d": (lambda: layers.BatchNorm1d(8), lambda: images((4, 8)), (4, 8)),
}

CALLS = {}  # name: function, parameters


def call(name, function, /, **parameters):
    CALLS[name] = (function, parameters)


# --- layers ----------------
for _name, (_make, _input, _out) in FORWARD.items():
    call(
        f"{_name}.forward",
        applied(_make, _input),
        x=IMAGES.less("channels last") if _name.startswith("Global") else IMAGES,
    )
    call(f"{_name}.backward", backward(_make, _input), dout=douts(_out))
for _name in ("MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "LocalResponseNorm", "Dropout2d"):
    call(f"{_name}.forward", *(CALLS[f"{_name}.forward"][0],), x=IMAGES.less("channels last"))
call("Subsample.forward", CALLS["Subsample.forward"][0], x=IMAGES)
for _name, (_make, _input, _out) in ANY_SHAPE.items():
    call(f"{_name}.forward", applied(_make, _input), x=IMAGES.less("one picture", "channels last"))
    call(f"{_name}.backward", backward(_make, _input), dout=douts(_out))
for _name, (_make, _input, _out) in FLAT.items():
    call(f"{_name}.forward", applied(_make, _input), x=ROWS)
    call(f"{_name}.backward", backward(_make, _input), dout=douts(_out))
call("Softmax.forward", lambda x: layers.Softmax()(x), x=ROWS.less("pictures"))
call(
    "Flatten.forward", lambda x: layers.Flatten()(x), x=IMAGES.less("one picture", "channels last")
)
call(
    "Conv2d",
    layers.Conv2d,
    in_channels=POSITIVE,
    out_channels=POSITIVE,
    **WINDOW,
    groups=POSITIVE.being(1),
    bias=FLAG,
    rng=RNG,
)
call(
    "SeparableConv2d",
    layers.SeparableConv2d,
    in_channels=POSITIVE,
    out_channels=POSITIVE,
    **WINDOW,
    bias=FLAG,
    rng=RNG,
)
call("MaxPool2d", layers.MaxPool2d, **WINDOW, ceil_mode=FLAG)
call(
    "AvgPool2d",
    layers.AvgPool2d,
    kernel_size=PAIR,
    stride=PAIR,
    padding=PADDING,
    ceil_mode=FLAG,
    count_include_pad=FLAG,
)
call(
    "ConvTranspose2d",
    layers.ConvTranspose2d,
    in_channels=POSITIVE,
    out_channels=POSITIVE,
    **WINDOW | {"stride": PAIR.being(2)},
    output_padding=PADDING.being(1),
    groups=POSITIVE.being(1),
    bias=FLAG,
    rng=RNG,
)
call("AdaptiveAvgPool2d", layers.AdaptiveAvgPool2d, output_size=PAIR)
call(
    "BatchNorm1d", layers.BatchNorm1d, num_features=POSITIVE, eps=RATE.less("zero"), momentum=SHARE
)
call(
    "BatchNorm2d", layers.BatchNorm2d, num_features=POSITIVE, eps=RATE.less("zero"), momentum=SHARE
)
call("Linear", layers.Linear, in_features=POSITIVE, out_features=POSITIVE, bias=FLAG, rng=RNG)
call("Dropout", layers.Dropout, p=SHARE, rng=RNG)
call("Dropout2d", layers.Dropout2d, p=SHARE, rng=RNG)
call("LeakyReLU", layers.LeakyReLU, negative_slope=NUMBER)
call(
    "LocalResponseNorm",
    layers.LocalResponseNorm,
    size=POSITIVE,
    alpha=NUMBER,
    beta=NUMBER,
    k=NUMBER,
)
call(
    "Normalize",
    layers.Normalize,
    mean=Kind([0.5], NOTHING | {"two": [[0.5]], "nan": [np.nan]}),
    std=Kind([0.5], NOTHING | {"zero": [0.0], "nan": [np.nan], "below zero": [-1.0]}),
)
call("Subsample", layers.Subsample, out_channels=POSITIVE, stride=POSITIVE)
call("Sequential", lambda layer: layers.Sequential(layer), layer=LAYER)
call("Residual", layers.Residual, body=LAYER, shortcut=LAYER)
call("Concat", lambda branch: layers.Concat(branch, layers.ReLU()), branch=LAYER)
call(
    "astype",
    lambda dtype: network().astype(dtype),
    dtype=Kind(
        "float64",
        {
            "None": None,
            "an integer": "int32",
            "a misspelling": "flaot32",
            "a number": 32,
            "a class": layers.Linear,
        },
    ),
)
call(
    "to_device",
    lambda device: network().to_device(device),
    device=Kind("cpu", {"None": None, "a misspelling": "gpuu", "a number": 0}),
)
call(
    "load_state",
    lambda state: network().load_state(state),
    state=Kind(
        lambda: network().state(),
        {
            "None": None,
            "a text": "w.npz",
            "a list": [1],
            "empty": {},
            "texts": {"conv.weight": "x"},
        },
    ),
)
call("train", lambda mode: network().train(mode), mode=FLAG)


# --- losses ----------------
call(
    "SoftmaxCrossEntropy",
    losses.SoftmaxCrossEntropy,
    label_smoothing=SHARE,
    weight=Kind(
        [1.0, 2.0], NOTHING | {"below zero": [-1.0, 1.0], "nan": [np.nan], "a number": 1.0}
    ),
    ignore_index=COUNT.less("below zero"),
    reduction=choice("mean"),
)
call(
    "SoftmaxCrossEntropy()",
    lambda logits, targets: losses.SoftmaxCrossEntropy()(logits, targets),
    logits=LOGITS,
    targets=LABELS,
)
call(
    "BinaryCrossEntropy()",
    lambda logits, targets: losses.BinaryCrossEntropy()(logits, targets),
    logits=LOGITS.being(lambda: images((4,))).less("one axis", "no classes"),
    targets=LABELS.being(lambda: np.array([0, 1, 0, 1])),
)
call(
    "MeanSquaredError()",
    lambda prediction, targets: losses.MeanSquaredError()(prediction, targets),
    prediction=LOGITS.less("no classes"),
    targets=Kind(lambda: images((4, 10)), NOTHING | {"a list": [1.0], "fewer": images((4, 9))}),
)
call("softmax", losses.softmax, logits=LOGITS.less("one axis", "no classes"))
call("log_softmax", losses.log_softmax, logits=LOGITS.less("one axis", "no classes"))


# --- convolution  ----------------
call("output_size", convolution.output_size, size=POSITIVE.being(9), **WINDOW)
call("im2col", convolution.im2col, x=IMAGES.less("integers", "channels last", "complex"), **WINDOW)
call(
    "col2im",
    convolution.col2im,
    col=Kind(
        lambda: images((4 * 36, 9)),
        NOTHING | {"a list": [1.0], "one axis": images((9,)), "too few": images((3, 9))},
    ),
    input_shape=Kind((4, 1, 8, 8), NOTHING | {"a number": 8, "three": (1, 8, 8)}),
    kernel_size=PAIR,
)
call(
    "pad2d",
    convolution.pad2d,
    x=IMAGES.less("integers", "channels last", "complex"),
    padding=PADDING,
)
call("set_thread_count", convolution.set_thread_count, count=POSITIVE.being(1).less("None"))


# --- backend ----------------
call("to_numpy", backend.to_numpy, x=Kind(images, NOTHING | {"a list": [1.0]}))
call(
    "backend.to_device",
    backend.to_device,
    x=Kind(images, NOTHING | {"a list": [1.0]}),
    device=Kind("cpu", {"None": None, "a misspelling": "gpuu", "a number": 0}),
)
call(
    "missing_because",
    backend.missing_because,
    device=Kind("cpu", {"None": None, "a misspelling": "gpuu", "a number": 0, "a list": ["cpu"]}),
)
call(
    "moved",
    lambda x, like: backend.moved(x, like=like),
    x=Kind(images, NOTHING | {"a list": [1.0], "a number": 1.0}),
    like=Kind(images, NOTHING | {"a list": [1.0], "a number": 1.0}),
)
call("backend.size", backend.size, x=Kind(images, NOTHING | {"a list": [1.0]}))
call("array_namespace", backend.array_namespace, x=Kind(images, NOTHING | {"a list": [1.0]}))


# --- augmentation  ----------------
for _name, _settings in {
    "GaussianNoise": {"std": RATE.less("zero"), "clip": FLAG},
    "RandomAffine": {
        "degrees": RATE.less("zero"),
        "shift": RATE.less("zero"),
        "scale": Kind(
            (0.9, 1.1),
            NOTHING
            | {
                "a number": 1.0,
                "falling": (1.1, 0.9),
                "below zero": (-1.0, 1.0),
                "three": (1, 1, 1),
            },
        ),
        "fill": NUMBER,
    },
    "RandomCrop": {"size": PAIR, "padding": PADDING, "fill": NUMBER},
    "RandomErasing": {
        "p": SHARE,
        "scale": Kind((0.1, 0.2), NOTHING | {"a number": 0.1, "falling": (0.2, 0.1)}),
        "ratio": Kind((0.5, 2.0), NOTHING | {"a number": 1.0, "falling": (2.0, 0.5)}),
        "value": NUMBER.less("a text").also(**{"a misspelling": "nosie"}),
    },
    "RandomHorizontalFlip": {"p": SHARE},
    "RandomRotation": {"degrees": RATE.less("zero"), "fill": NUMBER},
    "RandomShift": {"max_pixels": COUNT, "fill": NUMBER},
    "RandomResize": {
        "scale": Kind((0.9, 1.1), NOTHING | {"a number": 1.0, "falling": (1.1, 0.9)}),
        "fill": NUMBER,
    },
}.items():
    call(_name, getattr(augmentation, _name), **_settings)
call(
    "Compose",
    augmentation.Compose,
    transforms=Kind(
        lambda: (augmentation.RandomShift(1),),
        {
            "None": None,
            "a text": "flip",
            "one": augmentation.RandomShift(1),
            "a class": (augmentation.RandomShift,),
            "functions": ("flip",),
        },
    ),
)
call(
    "a transform",
    lambda images, rng: augmentation.RandomShift(1)(images, rng),
    images=IMAGES.less("channels last"),
    rng=RNG,
)
