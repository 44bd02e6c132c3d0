"""The exercises of the chapter *Making it learn* on batch normalization."""

import numpy as np

from lib.exercises.comparison import NotWritten, Rejected, expect, expect_equal, short, unwritten
from lib.exercises.registry import exercise
from lib.layers import BatchNorm1d, BatchNorm2d, Conv2d, Dropout, Flatten, Linear, ReLU, Sequential

# --- 5: a variance in one pass -------------------------------------------------------------------


def _quick_norm(x):
    with np.errstate(all="ignore"):
        mean = x.mean(axis=0)
        variance = (x * x).mean(axis=0) - mean * mean
        return (x - mean) / np.sqrt(variance + np.float32(1e-5))


_COLUMN = np.linspace(-1, 1, 8, dtype=np.float32)[:, None]


@exercise(
    "learn-5",
    wrong=[
        _COLUMN,
        _COLUMN * np.float32(1e6),
        np.full((8, 1), 1e6, np.float32),
        _COLUMN + np.float32(10),
        (_COLUMN + 1e4).astype(np.float64),
        (_COLUMN + np.float32(1e4))[:2],
    ],
)
def check_breaking_batch(answer):
    """Digits are lost in the one-pass variance, and nothing is said."""
    if unwritten(answer):
        raise NotWritten
    x = np.asarray(answer)
    if x.dtype != np.float32:
        raise Rejected(f"expected an array of float32, got {x.dtype}")
    if x.ndim != 2 or x.shape[1] != 1 or len(x) < 4:
        raise Rejected(f"expected shape (N, 1) with N of 4 or more, got {x.shape}")
    if not np.isfinite(x).all():
        raise Rejected("expected finite numbers")
    exact = x.astype(float)
    if (variance := exact.var()) < 0.01:
        raise Rejected(f"expected a variance of at least 0.01, got {variance:.3g}")
    right = (exact - exact.mean()) / np.sqrt(variance + 1e-5)
    off = np.abs(_quick_norm(x) - right).max()
    if off <= 0.1:
        raise Rejected(f"on {short(x)} it is right: off by {off:.2g} at most")


# --- 6: does the company matter ------------------------------------------------------------------


def _looks_for_batch_norm(network, x):
    return any("BatchNorm" in type(layer).__name__ for layer in network.modules())


def _looks_at_the_mode(network, x):
    return network.training


def _asks_twice(network, x):
    return not np.allclose(network(x), network(x))


def _turns_the_order(network, x):
    return not np.allclose(network(x), network(x[::-1].copy())[::-1], atol=1e-5)


def _network(*, norm=False, vectors=False, training=False):
    rng = np.random.default_rng(0)
    layers = [Conv2d(1, 3, 3, rng=rng)]
    layers += [BatchNorm2d(3)] if norm else []
    layers += [ReLU(), Flatten(), Linear(3 * 36, 3, rng=rng)]
    layers += [BatchNorm1d(3)] if vectors else []
    network = Sequential(*layers, Dropout(0.0))
    for layer in network.modules():  # as after some training
        if isinstance(layer, BatchNorm1d | BatchNorm2d):
            layer.running_mean.data += np.float32(0.2)
            layer.running_var.data *= np.float32(0.5)
    return network.train(training)


_NETWORKS = (
    ("one without batch norm", {}, False),
    ("one without batch norm, in training mode", {"training": True}, False),
    ("one with batch norm, in evaluation mode", {"norm": True}, False),
    ("one with batch norm, in training mode", {"norm": True, "training": True}, True),
    ("one with batch norm at its end", {"vectors": True, "training": True}, True),
    ("one with two, in evaluation mode", {"norm": True, "vectors": True}, False),
)


@exercise(
    "learn-6",
    wrong=[
        _looks_for_batch_norm,
        _looks_at_the_mode,
        _asks_twice,
        _turns_the_order,
        lambda network, x: True,
        lambda network, x: False,
    ],
)
def check_company_matters(answer):
    """Your test tells networks that read each picture by itself from those that do not."""
    rng = np.random.default_rng(1)
    for name, settings, expected in _NETWORKS:
        x = rng.random((8, 1, 8, 8), dtype=np.float32)
        got = answer(_network(**settings), x.copy())
        if unwritten(got):
            raise NotWritten
        expect_equal(bool(got), expected, name)


# --- 7: batch normalization of pictures ----------------------------------------------------------


class _Norm:
    """A right answer; the wrong ones each change one thing."""

    def __init__(self, channels):
        self.weight, self.bias = np.ones(channels), np.zeros(channels)
        self.mean, self.var = np.zeros(channels), np.ones(channels)
        self.training = True

    def forward(self, x):
        mean, var = self.mean, self.var
        if self.training:
            mean, var = x.mean(axis=self.axes), x.var(axis=self.axes)
            self.remember(mean, var, x.size / x.shape[1])
        self.s = np.sqrt(along(var, x) + 1e-5)
        self.x_hat = (x - along(mean, x)) / self.s
        return along(self.weight, x) * self.x_hat + along(self.bias, x)

    axes = (0, 2, 3)

    def remember(self, mean, var, count):
        self.mean = 0.9 * self.mean + 0.1 * mean
        self.var = 0.9 * self.var + 0.1 * var * count / (count - 1)

    def backward(self, dout):
        self.dweight = (dout * self.x_hat).sum(axis=(0, 2, 3))
        self.dbias = dout.sum(axis=(0, 2, 3))
        dx_hat = along(self.weight, dout) * dout
        return (dx_hat - self.shift(dx_hat) - self.x_hat * self.stretch(dx_hat)) / self.s

    def shift(self, dx_hat):
        return dx_hat.mean(axis=(0, 2, 3), keepdims=True)

    def stretch(self, dx_hat):
        return (dx_hat * self.x_hat).mean(axis=(0, 2, 3), keepdims=True)


def along(values, x):
    """Shape one value a channel so that it broadcasts over pictures."""
    return values[:, None, None]


class _NormalizesEachPicture(_Norm):
    def forward(self, x):
        return np.concatenate([super(_NormalizesEachPicture, self).forward(one[None]) for one in x])


class _TakesTheMeanForConstant(_Norm):
    def shift(self, dx_hat):
        return 0.0


class _TakesTheSpreadForConstant(_Norm):
    def stretch(self, dx_hat):
        return 0.0


class _DividesByPictures(_Norm):
    def shift(self, dx_hat):
        return dx_hat.sum(axis=(0, 2, 3), keepdims=True) / len(dx_hat)


class _RemembersTheBiasedVariance(_Norm):
    def remember(self, mean, var, count):
        super().remember(mean, var * (count - 1) / count, count)


class _KnowsNoEvaluation(_Norm):
    def forward(self, x):
        self.training = True
        return super().forward(x)


class _KeepsNinetyPercentOfTheNew(_Norm):
    def remember(self, mean, var, count):
        self.mean = 0.1 * self.mean + 0.9 * mean
        self.var = 0.1 * self.var + 0.9 * var * count / (count - 1)


@exercise(
    "learn-7",
    wrong=[
        _NormalizesEachPicture,
        _TakesTheMeanForConstant,
        _TakesTheSpreadForConstant,
        _DividesByPictures,
        _RemembersTheBiasedVariance,
        _KnowsNoEvaluation,
        _KeepsNinetyPercentOfTheNew,
    ],
)
def check_batch_norm(answer):
    """Both passes and both modes agree with the library's BatchNorm2d."""
    rng = np.random.default_rng(0)
    library, layer = BatchNorm2d(3).astype("float64"), answer(3)

    def forward(x):
        return layer.forward(x)

    def backward(dout):
        return layer.backward(dout)

    layer.weight, layer.bias = rng.normal(size=(2, 3))
    library.weight.data, library.bias.data = layer.weight.copy(), layer.bias.copy()
    for shape in ((3, 3, 2, 4), (2, 3, 1, 5)):
        x, dout = rng.normal(3, 2, (2, *shape))
        expect(forward, x, returns=library(x))
        expect(backward, dout, returns=library.backward(dout))
        for name, expected in (("dweight", library.weight.grad), ("dbias", library.bias.grad)):
            if not hasattr(layer, name):
                raise Rejected(f"backward must set self.{name}, and did not")
            expect_equal(getattr(layer, name), expected, name)
        for name, expected in (("mean", library.running_mean), ("var", library.running_var)):
            given = f"self.{name} after a batch of shape {shape}"
            expect_equal(np.asarray(getattr(layer, name)), expected.data, given)
    layer.training = False
    x = rng.normal(3, 2, (2, 3, 2, 2))
    expect(forward, x, returns=library.eval()(x))
