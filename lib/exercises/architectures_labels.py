"""The exercises of the chapter *Architectures* on labels, and on measuring."""

import math
from numbers import Real

import numpy as np

from lib.datasets import load_wordnet, path_similarity
from lib.exercises.comparison import NotWritten, Rejected, expect, short, unwritten
from lib.exercises.registry import exercise

# --- 6: the top-5 error --------------------------------------------------------------------------


def _takes_the_smallest(logits, labels):
    best = np.argsort(logits, axis=1)[:, :5]
    return 1 - (best == labels[:, None]).any(axis=1).mean()


def _gives_the_accuracy(logits, labels):
    best = np.argsort(logits, axis=1)[:, -5:]
    return (best == labels[:, None]).any(axis=1).mean()


def _gives_the_top_1_error(logits, labels):
    return (logits.argmax(axis=1) != labels).mean()


def _gives_a_count(logits, labels):
    best = np.argsort(logits, axis=1)[:, -5:]
    return (~(best == labels[:, None]).any(axis=1)).sum()


def _looks_at_sizes(logits, labels):
    best = np.argsort(abs(logits), axis=1)[:, -5:]
    return 1 - (best == labels[:, None]).any(axis=1).mean()


@exercise(
    "architectures-6",
    wrong=[
        _takes_the_smallest,
        _gives_the_accuracy,
        _gives_the_top_1_error,
        _gives_a_count,
        _looks_at_sizes,
    ],
)
def check_top5(answer):
    """Right for logits of any sign, for many classes and for few."""
    rng = np.random.default_rng(0)
    expect(
        answer,
        np.array([[9.0, 8, 7, 6, 5, 4, 3], [9.0, 8, 7, 6, 5, 4, 3]]),
        np.array([4, 5]),
        returns=0.5,
    )
    for count, classes in ((40, 30), (60, 12), (8, 3)):
        logits = rng.normal(size=(count, classes))
        labels = rng.integers(classes, size=count)
        better = (logits > logits[np.arange(count), labels][:, None]).sum(axis=1)
        expect(answer, logits, labels, returns=float((better >= 5).mean()))


# --- 7: a tree that is none ----------------------------------------------------------------------


def _by_first_hypernyms(synsets, first, second):
    def chain(name):
        way = [name]
        while synsets[way[-1]].hypernyms:
            way.append(synsets[way[-1]].hypernyms[0])
        return way

    up, down = chain(first), chain(second)
    return 1 / (1 + min(up.index(n) + down.index(n) for n in up if n in down))


@exercise(
    "architectures-7",
    wrong=[
        lambda: ("cat", "dog"),
        lambda: ("tabby", "Egyptian cat"),
        lambda: ("tabby", "tabby"),
        lambda: ("tabby", "hot dog"),
    ],
)
def check_wrong_pair(answer):
    """For these two, the way by first hypernyms is too long."""
    pair = answer()
    if unwritten(pair) or (isinstance(pair, tuple | list) and any(map(unwritten, pair))):
        raise NotWritten
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Rejected(f"expected two names, got {short(pair)}")
    synsets = load_wordnet()
    unknown = [name for name in pair if not isinstance(name, str) or name not in synsets]
    if unknown:
        raise Rejected(f"expected names of load_wordnet(), got {short(unknown[0])}")
    right, wrong = path_similarity(synsets, *pair), _by_first_hypernyms(synsets, *pair)
    if math.isclose(right, wrong):
        raise Rejected(
            f"{pair[0]!r} and {pair[1]!r}: expected different similarities, got {right:.4g} twice"
        )


# --- 8: what a product costs ---------------------------------------------------------------------

LEAST, MOST = 2.5, 80


@exercise("architectures-8", wrong=[1.0, 9.0 / 128, 0.07, 1152.0, "15"])
def check_times_as_long(answer):
    """One multiply-add of a depthwise convolution takes several times as long as a 1×1 one's."""
    if isinstance(answer, bool | np.bool_) or not isinstance(answer, Real | np.generic):
        raise Rejected(f"expected a number, got {short(answer)}")
    if answer < 1:
        raise Rejected(
            f"expected how many times as long the depthwise one takes, got {float(answer):.3g}; "
            "did you divide each time by its own multiply-adds, and in this order?"
        )
    if not LEAST <= answer <= MOST:
        raise Rejected(
            f"expected between {LEAST} and {MOST} on any machine that we know, got "
            f"{float(answer):.3g}"
        )
