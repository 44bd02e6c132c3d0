"""The exercises of the chapter *Making it generalize* on labels, weights and pictures."""

import numpy as np

from lib.exercises.comparison import (
    NotWritten,
    Rejected,
    expect,
    expect_equal,
    short,
    unwritten,
)
from lib.exercises.registry import exercise

# --- 1, 2: what is asked of logits, and of weights -----------------------------------------------


def _smooth(labels, classes, epsilon):
    return (1 - epsilon) * np.eye(classes)[labels] + epsilon / classes


def _leaves_the_true_class_out(labels, classes, epsilon):
    true = np.eye(classes)[labels]
    return (1 - epsilon) * true + epsilon / (classes - 1) * (1 - true)


def _takes_nothing_away(labels, classes, epsilon):
    return np.eye(classes)[labels] + epsilon / classes


def _gives_everybody_epsilon(labels, classes, epsilon):
    return (1 - epsilon) * np.eye(classes)[labels] + epsilon


@exercise(
    "generalize-1",
    wrong=[_leaves_the_true_class_out, _takes_nothing_away, _gives_everybody_epsilon],
)
def check_smooth(answer):
    """Each row adds up to 1, and the true class has 1 − ε + ε / K."""
    for labels, classes, epsilon in (([1], 4, 0.2), ([0, 2, 1, 2], 3, 0.1), ([1, 0], 2, 0.0)):
        labels = np.array(labels)
        expect(answer, labels, classes, epsilon, returns=_smooth(labels, classes, epsilon))


def _shrink(w, amount):
    return np.sign(w) * np.maximum(np.abs(w) - amount, 0)


def _crosses_zero(w, amount):
    return w - amount * np.sign(w)


def _shrinks_by_a_share(w, amount):
    return w * (1 - amount)


def _cuts_small_ones_alone(w, amount):
    return np.where(np.abs(w) < amount, 0, w)


def _loses_the_sign(w, amount):
    return np.maximum(np.abs(w) - amount, 0)


@exercise(
    "generalize-2",
    wrong=[_crosses_zero, _shrinks_by_a_share, _cuts_small_ones_alone, _loses_the_sign],
)
def check_shrink(answer):
    """Each weight is nearer to 0 by the amount, and none has crossed it."""
    w = np.array([2.0, -0.5, 0.1, 0.0, -3.0])
    expect(answer, w, 0.25, returns=_shrink(w, 0.25))
    expect(answer, w, 1.0, returns=_shrink(w, 1.0))
    expect(answer, w.reshape(5, 1), 0.0, returns=w.reshape(5, 1))


# --- 3: dropout ----------------------------------------------------------------------------------


class _Dropout:
    def __init__(self, p, rng):
        self.p, self.rng, self.training = p, rng, True

    def forward(self, x):
        self.mask = np.ones(x.shape)
        if self.training:
            self.mask = self.draw(x) * self.scale()
        return x * self.mask

    def draw(self, x):
        return self.rng.random(x.shape) >= self.p

    def scale(self):
        return 1 / (1 - self.p)

    def backward(self, dout):
        return dout * self.mask


class _DoesNotScale(_Dropout):
    def scale(self):
        return 1.0


class _KeepsAsManyAsItShouldDrop(_Dropout):
    def draw(self, x):
        return self.rng.random(x.shape) < self.p


class _DropsInEvaluation(_Dropout):
    def forward(self, x):
        self.mask = self.draw(x) * self.scale()
        return x * self.mask


class _DropsTheSameInEveryPicture(_Dropout):
    def draw(self, x):
        return np.broadcast_to(self.rng.random(x.shape[1:]) >= self.p, x.shape)


class _DrawsAgainOnTheWayBack(_Dropout):
    def backward(self, dout):
        return dout * self.draw(dout) * self.scale()


class _RemembersTheTraining(_Dropout):
    """In evaluation the mask of the last training pass is still there."""

    def forward(self, x):
        if not self.training:
            return x
        return super().forward(x)


@exercise(
    "generalize-3",
    wrong=[
        _DoesNotScale,
        _KeepsAsManyAsItShouldDrop,
        _DropsInEvaluation,
        _DropsTheSameInEveryPicture,
        _DrawsAgainOnTheWayBack,
        _RemembersTheTraining,
    ],
)
def check_dropout(answer):
    """Both passes are right, in training and in evaluation."""
    x = np.full((200, 50), 3.0)
    for p in (0.2, 0.5):
        layer = answer(p, np.random.default_rng(0))
        out = layer.forward(x.copy())
        if unwritten(out):
            raise NotWritten
        expect_equal(np.shape(out), x.shape, "the shape of the output")
        values = np.unique(np.round(out, 6)).tolist()
        if values != [0.0, round(3 / (1 - p), 6)]:
            raise Rejected(
                f"p = {p}, all inputs 3: expected outputs of 0 and {3 / (1 - p):g}, got "
                f"{short(values)}"
            )
        dropped = float(np.mean(out == 0))
        if abs(dropped - p) > 0.03:
            raise Rejected(f"p = {p}: expected about {p:.0%} dropped, got {dropped:.0%}")
        if np.array_equal(out[0], out[1]) and np.array_equal(out[1], out[2]):
            raise Rejected("expected other numbers dropped in each picture, got the same in all")
        back = layer.backward(np.ones(x.shape))
        if unwritten(back):
            raise NotWritten
        expect_equal(back, out / 3, "backward of ones in training")
        layer.training = False
        expect_equal(layer.forward(x.copy()), x, "forward in evaluation")
        expect_equal(layer.backward(np.ones(x.shape)), np.ones(x.shape), "backward in evaluation")


# --- 4: a safe augmentation ----------------------------------------------------------------------


def _mirrored(images, chosen):
    return np.where(chosen[:, None, None, None], images[..., ::-1], images)


def _mirrors_all(images, labels, rng):
    return _mirrored(images, rng.random(len(images)) < 0.5)


def _draws_once(images, labels, rng):
    drawn = rng.random() < 0.5
    return _mirrored(images, np.isin(labels, (0, 1, 8)) & drawn)


def _mirrors_always(images, labels, rng):
    return _mirrored(images, np.isin(labels, (0, 1, 8)))


def _upside_down(images, labels, rng):
    chosen = np.isin(labels, (0, 1, 8)) & (rng.random(len(images)) < 0.5)
    return np.where(chosen[:, None, None, None], images[..., ::-1, :], images)


def _writes_into_the_pictures(images, labels, rng):
    chosen = np.isin(labels, (0, 1, 8)) & (rng.random(len(images)) < 0.5)
    images[chosen] = images[chosen][..., ::-1]
    return images


def _gives_another_dtype(images, labels, rng):
    chosen = np.isin(labels, (0, 1, 8)) & (rng.random(len(images)) < 0.5)
    return _mirrored(images, chosen).astype("float64")


@exercise(
    "generalize-4",
    wrong=[
        _mirrors_all,
        _draws_once,
        _mirrors_always,
        _upside_down,
        _writes_into_the_pictures,
        _gives_another_dtype,
    ],
)
def check_safe_mirror(answer):
    """Half of the 0s, 1s and 8s are mirrored, each by its own draw, and nothing else."""
    rng = np.random.default_rng(0)
    images = rng.random((400, 1, 4, 5)).astype(np.float32)
    labels = np.arange(400) % 10
    given = images.copy()
    got = answer(given, labels.copy(), np.random.default_rng(1))
    if unwritten(got):
        raise NotWritten
    if not np.array_equal(given, images):
        raise Rejected("safe_mirror writes into the pictures; give back a new array")
    if np.shape(got) != images.shape or getattr(got, "dtype", None) != images.dtype:
        raise Rejected(
            f"expected shape {images.shape} and dtype float32, got {np.shape(got)} and "
            f"{getattr(got, 'dtype', type(got).__name__)}"
        )
    kept = (got == images).all(axis=(1, 2, 3))
    turned = (got == images[..., ::-1]).all(axis=(1, 2, 3))
    if not (kept | turned).all():
        raise Rejected("expected each picture as it was, or with left and right swapped")
    for label in range(10):
        share = float(turned[labels == label].mean())
        if label not in (0, 1, 8) and share:
            raise Rejected(f"expected no {label} mirrored, got {share:.0%} of them")
        if label in (0, 1, 8) and not 0.2 < share < 0.8:
            raise Rejected(f"expected about half of the {label}s mirrored, got {share:.0%}")
