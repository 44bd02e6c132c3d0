"""What a newcomer gives by mistake, for every parameter of every public name.

A call is named with the kind of each of its parameters; a kind has a right value and the wrong
ones. `outcome` makes a call in which one argument is wrong and says how it ends.
"""

import linecache
import math
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

import lib
from lib.datasets import Dataset
from lib.layers import Conv2d, Flatten, Linear, ReLU, Sequential
from lib.networks import SimpleConvNet
from lib.optimizers import SGD

HERE = Path(lib.__file__).parent
CLEAR, RAW, SILENT = "clear", "raw", "silent"


@dataclass(frozen=True)
class Kind:
    """A kind of parameter: a right value, made anew for each call, and wrong ones by their name."""

    right: object
    wrong: dict

    def less(self, *names):
        """Return this kind without some of the wrong values: here they are welcome."""
        missing = set(names) - set(self.wrong)
        assert not missing, missing
        return replace(self, wrong={k: v for k, v in self.wrong.items() if k not in names})

    def being(self, right):
        """Return this kind with another right value."""
        return replace(self, right=right)

    def also(self, **wrong):
        """Return this kind with more wrong values."""
        return replace(self, wrong=self.wrong | wrong)


def images(shape=(4, 1, 8, 8), dtype=np.float32):
    return np.random.default_rng(0).random(shape).astype(dtype)


def labels(count=4):
    return np.arange(count) % 10


def dataset(count=4, name="digits"):
    return Dataset(images((count, 1, 8, 8)), labels(count), name)


def network():
    return Sequential(
        conv=Conv2d(1, 2, 3, rng=0), relu=ReLU(), flat=Flatten(), fc=Linear(72, 10, rng=0)
    )


def small_convnet():
    return SimpleConvNet((1, 8, 8), num_filters=2, filter_size=3, hidden_size=4, rng=0)


def optimizer():
    return SGD(network(), 0.1)


NOTHING = {"None": None, "a class": Linear, "a text": "text"}
COUNT = Kind(
    3,
    NOTHING
    | {
        "a fraction": 2.5,
        "below zero": -7,
        "nan": math.nan,
        "true": True,
        "a list": [3],
        "an array": np.ones(3),
    },
)
POSITIVE = COUNT.also(zero=0)
PAIR = POSITIVE.also(three=(1, 2, 3), fractions=(1.5, 2.0))
PADDING = PAIR.less("zero").being(1)
NUMBER = Kind(
    0.5,
    NOTHING
    | {
        "nan": math.nan,
        "infinity": math.inf,
        "a list": [0.5],
        "true": True,
        "an array": np.ones(3),
    },
)
SHARE = NUMBER.also(**{"above one": 1.5, "below zero": -0.1})
RATE = NUMBER.also(**{"below zero": -0.1, "zero": 0.0})
FLAG = Kind(True, {"None": None, "a text": "yes", "a number": 2, "a class": Linear})
RNG = Kind(
    0,
    {
        "a text": "0",
        "a fraction": 0.5,
        "a list": [1],
        "a class": Linear,
        "below zero": -1,
        "true": True,
    },
)
IMAGES = Kind(
    images,
    NOTHING
    | {
        "a list": [[1.0, 2.0]],
        "a number": 3.0,
        "integers": images(dtype=np.float32).astype(np.int64),
        "one picture": images()[0],
        "channels last": images((4, 8, 8, 3)),
        "a data set": dataset(),
        "texts": np.array(["a", "b"]),
        "objects": np.array([None, 1.0], dtype=object),
        "complex": images().astype(np.complex64),
    },
)
LABELS = Kind(
    labels,
    NOTHING
    | {
        "a list": [0, 1, 2, 3],
        "a number": 3,
        "texts": np.array(["a", "b", "c", "d"]),
        "fractions": labels() + 0.5,
        "too few": labels(3),
        "two axes": np.zeros((4, 2), int),
        "out of range": labels() + 100,
        "below zero": labels() - 50,
    },
)
DATASET = Kind(
    dataset,
    {
        "None": None,
        "a text": "mnist",
        "a class": Dataset,
        "an array": images(),
        "a pair": (images(), labels()),
        "a number": 3,
    },
)
NETWORK = Kind(
    network,
    NOTHING
    | {"a number": 3, "a list": [Linear(3, 3)], "an array": images(), "a data set": dataset()},
)
LAYER_NAME = Kind(
    "conv",
    {"None": None, "a misspelt name": "cnov", "a number": 0, "a layer": ReLU(), "a class": ReLU},
)
OPTIMIZER = Kind(optimizer, NOTHING | {"a network": network(), "a number": 0.1})
FUNCTION = Kind(lambda: lambda x: x, {"None": None, "a text": "relu", "a number": 3, "a list": [1]})
SHAPE = Kind(
    (1, 8, 8),
    NOTHING
    | {
        "a number": 28,
        "two numbers": (28, 28),
        "a zero": (1, 0, 8),
        "fractions": (1, 8.5, 8),
        "below zero": (1, -8, 8),
        "four numbers": (4, 1, 8, 8),
    },
)


ROWS = Kind(
    lambda: images((4, 8)),
    {k: v for k, v in IMAGES.wrong.items() if k not in ("one picture", "channels last")}
    | {"pictures": images()},
)
LAYER = NETWORK.being(lambda: ReLU())
WINDOW = {
    "kernel_size": PAIR,
    "stride": PAIR.being(1),
    "padding": PADDING,
    "dilation": PAIR.being(1),
}
LOGITS = Kind(
    lambda: images((4, 10)),
    NOTHING
    | {
        "a list": [[0.0, 1.0]],
        "integers": np.ones((4, 10), int),
        "one axis": images((10,)),
        "no classes": images((4, 0)),
    },
)
TARGET = Kind(
    0,
    {
        "a text": "cat",
        "a fraction": 0.5,
        "too large": 10,
        "below zero": -11,
        "a list": [0],
        "None": None,
        "a class": Linear,
    },
)


def choice(right):
    return Kind(
        right,
        {
            "None": None,
            "a misspelling": "none such",
            "a number": 3,
            "a list": [right],
            "a class": Linear,
        },
    )


def path(right):
    return Kind(
        right,
        {"None": None, "a number": 3, "a list": ["w.npz"], "a class": Linear, "an array": images()},
    )


def reading(right):
    """What is read from: a path that leads nowhere, or to a folder, is wrong too."""
    return path(right).also(
        **{"a file that is not there": "nowhere/at/all.npz", "a folder": str(HERE)}
    )


def arguments(parameters, folder, wrong=None, value=None):
    """Return the arguments of a call: all right, but one."""
    given = {}
    for name, kind in parameters.items():
        right = value if name == wrong else kind.right
        if name != wrong:
            right = right() if callable(right) and not isinstance(right, type) else right
            if isinstance(right, str) and right.startswith("{folder}"):
                right = right.format(folder=folder)
        given[name] = right
    return given


def outcome(function, given):
    """Return how a call ends, and its error: clear means that the library itself raised it."""
    try:
        with np.errstate(all="ignore"):
            function(**given)
    except Exception as error:
        return (CLEAR if raised_here(error) else RAW), error
    return SILENT, None


def raised_here(error):
    """Tell whether a ``raise`` of the library is the last line that ran, and it has words."""
    traceback = error.__traceback__
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    file = traceback.tb_frame.f_code.co_filename
    line = linecache.getline(file, traceback.tb_lineno).strip()
    return Path(file).is_relative_to(HERE) and line.startswith("raise") and bool(str(error))
