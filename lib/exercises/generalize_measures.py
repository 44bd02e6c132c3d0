"""The exercises of the chapter *Making it generalize* on stopping, honesty and mixing."""

from itertools import pairwise
from math import isfinite
from numbers import Real

import numpy as np

from lib.analysis import expected_calibration_error
from lib.exercises.comparison import NotWritten, Rejected, expect_equal, short, unwritten
from lib.exercises.registry import exercise

# --- 5: stop at the first rise -------------------------------------------------------------------


def _kept(losses, patience):
    """Return the loss of the epoch that a patience keeps."""
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return losses[best]


def _kept_before_the_first_rise(losses):
    for before, after in pairwise(losses):
        if after > before:
            return before
    return losses[-1]


@exercise(
    "generalize-5",
    wrong=[
        lambda: [5.0, 4.0, 3.0, 2.0, 1.0],  # no rise
        lambda: [1.0, 0.9, 1.0, 0.8, 0.7],  # better, but not by half
        lambda: [1.0, 0.9, 0.95, 1.0, 1.1, 0.2],  # a patience of 3 stops, too
        lambda: [1.0, 1.1, 1.0, 0.9] + [0.8] * 6 + [0.1],  # too many
        lambda: [1.0, 1.1, float("nan"), 0.1],
    ],
)
def check_bump(answer):
    """Both rules stop where they should: the impatient one at the bump."""
    losses = answer()
    if unwritten(losses):
        raise NotWritten
    try:
        losses = [float(loss) for loss in losses]
    except (TypeError, ValueError):
        raise Rejected(f"expected a list of losses, got {short(losses)}") from None
    if not 2 <= len(losses) <= 10:
        raise Rejected(f"expected two to ten losses, got {len(losses)}")
    if not all(isfinite(loss) and loss >= 0 for loss in losses):
        raise Rejected(f"expected finite losses, at least 0, got {short(losses)}")
    impatient, patient = _kept_before_the_first_rise(losses), _kept(losses, 3)
    if not impatient > 2 * patient:
        raise Rejected(
            f"stopping at the first rise keeps {impatient:g}, a patience of 3 keeps {patient:g}: "
            "expected the first more than twice the second"
        )


# --- 6: two means that agree ---------------------------------------------------------------------


def _honest():
    sure = np.full(100, 0.75)
    return np.stack([sure, 1 - sure], axis=1), np.array([0] * 75 + [1] * 25)


def _bragging():
    sure = np.full(100, 1.0)
    return np.stack([sure, 1 - sure], axis=1), np.array([0] * 50 + [1] * 50)


def _cancels_a_little():
    sure = np.array([0.8] * 50 + [0.7] * 50)
    labels = np.array([0] * 35 + [1] * 15 + [0] * 40 + [1] * 10)
    return np.stack([sure, 1 - sure], axis=1), labels


def _no_probabilities():
    return np.array([[2.0, -1.0]] * 4), np.array([0, 0, 1, 1])


@exercise("generalize-6", wrong=[_honest, _bragging, _cancels_a_little, _no_probabilities])
def check_liar(answer):
    """Both means agree, and no bin is right as often as it says."""
    case = answer()
    if unwritten(case) or (isinstance(case, tuple | list) and any(map(unwritten, case))):
        raise NotWritten
    if not isinstance(case, tuple | list) or len(case) != 2:
        raise Rejected(f"expected probabilities and labels, got {short(case)}")
    probabilities, labels = np.asarray(case[0], float), np.asarray(case[1])
    try:
        error = expected_calibration_error(probabilities, labels)
    except (TypeError, ValueError) as problem:
        raise Rejected(str(problem)) from None
    if not np.allclose(probabilities.sum(axis=1), 1):
        raise Rejected("expected rows that add up to 1")
    sure = float(probabilities.max(axis=1).mean())
    right = float((probabilities.argmax(axis=1) == labels).mean())
    if abs(sure - right) > 0.01:
        raise Rejected(f"expected equal means, got a confidence of {sure:.3f}, {right:.3f} right")
    if not error > 0.2:
        raise Rejected(f"expected a calibration error above 0.2, got {error:.3f}")


# --- 7: a temperature ----------------------------------------------------------------------------


# 1: not scaled at all; 2.5: fitted to upright digits; 0.3: the logits were multiplied by it.
@exercise("generalize-7", wrong=[1.0, 2.4, 0.3, 6.0, "3.4"])
def check_turned_temperature(answer):
    """Digits that are turned want a higher temperature than upright ones."""
    if not isinstance(answer, Real) or isinstance(answer, bool) or not isfinite(answer):
        raise Rejected(f"expected a temperature, a number, got {answer!r}")
    if not 3 <= answer <= 3.8:
        raise Rejected(
            f"expected the temperature of the least loss on turned digits, got {answer:.3g}"
        )


# --- 8: mixed pictures ---------------------------------------------------------------------------


def _mixed(images, labels, classes, share, share_of_labels, partner, partner_of_labels):
    of_pictures = share[:, None, None, None]
    pictures = of_pictures * images + (1 - of_pictures) * images[partner]
    y = np.eye(classes)[labels]
    s = share_of_labels[:, None]
    return pictures, s * y + (1 - s) * y[partner_of_labels]


def _keeps_the_labels(images, labels, classes, alpha, rng):
    share, partner = rng.beta(alpha, alpha, len(images)), rng.permutation(len(images))
    return _mixed(images, labels, classes, share, np.ones(len(images)), partner, partner)


def _one_share_for_all(images, labels, classes, alpha, rng):
    share = np.full(len(images), rng.beta(alpha, alpha))
    partner = rng.permutation(len(images))
    return _mixed(images, labels, classes, share, share, partner, partner)


def _another_partner_for_labels(images, labels, classes, alpha, rng):
    share = rng.beta(alpha, alpha, len(images))
    first, second = rng.permutation(len(images)), rng.permutation(len(images))
    return _mixed(images, labels, classes, share, share, first, second)


def _shares_the_other_way_round(images, labels, classes, alpha, rng):
    share, partner = rng.beta(alpha, alpha, len(images)), rng.permutation(len(images))
    return _mixed(images, labels, classes, share, 1 - share, partner, partner)


def _always_halves(images, labels, classes, alpha, rng):
    share, partner = np.full(len(images), 0.5), rng.permutation(len(images))
    return _mixed(images, labels, classes, share, share, partner, partner)


def _uniform_shares(images, labels, classes, alpha, rng):
    share, partner = rng.random(len(images)), rng.permutation(len(images))
    return _mixed(images, labels, classes, share, share, partner, partner)


@exercise(
    "generalize-8",
    wrong=[
        _keeps_the_labels,
        _one_share_for_all,
        _another_partner_for_labels,
        _shares_the_other_way_round,
        _always_halves,
        _uniform_shares,
    ],
)
def check_mix(answer):
    """Picture and target are mixed alike, by a share of each picture's own."""
    count = 400
    labels = np.arange(count) % 10
    # A picture says its label and its number, so that it tells what went into a mixture.
    images = np.zeros((count, 1, 2, 10))
    images[np.arange(count), 0, 0, labels] = 1
    images[:, 0, 1, 0] = np.arange(count)
    given = images.copy()
    case = answer(given, labels.copy(), 10, 0.2, np.random.default_rng(0))
    if unwritten(case) or (isinstance(case, tuple | list) and any(map(unwritten, case))):
        raise NotWritten
    if not isinstance(case, tuple | list) or len(case) != 2:
        raise Rejected(f"expected pictures and targets, got {short(case)}")
    if not np.array_equal(given, images):
        raise Rejected("mix writes into the pictures; give back a new array")
    pictures, targets = (np.asarray(part, float) for part in case)
    expect_equal(pictures.shape, images.shape, "the shape of the pictures")
    expect_equal(targets.shape, (count, 10), "the shape of the targets")
    expect_equal(pictures[:, 0, 0], targets, "what is mixed in picture and in target")
    shares = targets[np.arange(count), labels]
    mixed = shares[shares < 1 - 1e-9]  # the partner had another label
    if len(mixed) < count / 2:
        raise Rejected("expected most pictures mixed with one of another class")
    if np.ptp(mixed) < 0.1:
        raise Rejected(f"expected a share of each picture's own, got {mixed[0]:.3f} for all")
    extreme = float(np.mean((mixed < 0.1) | (mixed > 0.9)))
    if not 0.45 < extreme < 0.75:  # Beta(0.2, 0.2) has 62 % there, less the partners alike
        raise Rejected(
            "with alpha = 0.2 most shares should lie near 0 or 1, about 60 % within 0.1 of them; "
            f"got {extreme:.0%}"
        )
