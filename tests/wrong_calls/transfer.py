"""Calls of codes, and of heads on them."""

import numpy as np

from lib import analysis, training
from tests.wrong_calls.kinds import (
    COUNT,
    FLAG,
    IMAGES,
    LABELS,
    NETWORK,
    NOTHING,
    POSITIVE,
    RATE,
    Kind,
    images,
)

CALLS = {}


def call(name, function, /, **parameters):
    CALLS[name] = (function, parameters)


ROWS = Kind(
    lambda: images((4, 6)),
    NOTHING
    | {
        "a list": [[1.0, 2.0], [3.0, 4.0]],
        "a number": 3.0,
        "integers": np.eye(4, 6, dtype=int),
        "one row": np.ones(6),
        "pictures": images(),
        "no rows": np.ones((0, 6)),
        "texts": np.array([["a", "b"]]),
        "all the same": np.ones((4, 6)),
    },
)
call(
    "codes",
    analysis.codes,
    network=NETWORK,
    images=IMAGES,
    layer=Kind("relu", {"None": None, "a number": 3, "unknown": "rleu", "a class": Kind}),
    average=FLAG,
    batch_size=POSITIVE,
)
call("principal_components", analysis.principal_components, rows=ROWS, count=POSITIVE.being(2))
call(
    "nearest_neighbors",
    analysis.nearest_neighbors,
    rows=ROWS.less("all the same"),
    queries=ROWS.less("all the same").also(**{"of another layer": np.ones((4, 5))}),
    count=COUNT.also(zero=0, **{"more than there are": 9}),
)
call(
    "train_head",
    training.train_head,
    codes=ROWS,
    labels=LABELS.less("out of range").also(**{"one class": np.zeros(4, int)}),
    steps=POSITIVE,
    lr=RATE,
)
