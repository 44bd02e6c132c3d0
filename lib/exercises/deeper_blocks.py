"""The exercises of the chapter *Going deeper* on residual blocks."""

import numpy as np

from lib.exercises.comparison import NotWritten, Rejected, expect_equal, short, unwritten
from lib.exercises.registry import exercise
from lib.layers import BatchNorm2d, Conv2d, Layer, ReLU, Residual, Sequential

# --- 4: a block with a shortcut ------------------------------------------------------------------


class _Block:
    def __init__(self, body, shortcut=None):
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        return self.body.forward(x) + (self.shortcut.forward(x) if self.shortcut else x)

    def backward(self, dout):
        return self.body.backward(dout) + (self.shortcut.backward(dout) if self.shortcut else dout)


class _ForgetsTheSkip(_Block):
    def backward(self, dout):
        return self.body.backward(dout)


class _ForgetsTheShortcut(_Block):
    def backward(self, dout):
        dx = self.body.backward(dout)
        return dx + dout if dx.shape == dout.shape else dx


class _WritesIntoDout(_Block):
    def backward(self, dout):
        dx = self.body.backward(dout)
        if self.shortcut:
            return dx + self.shortcut.backward(dout)
        dout += dx
        return dout


class _AddsBeforeTheBody(_Block):
    def forward(self, x):
        return self.body.forward(x + x)


def _cases():
    rng = np.random.default_rng(0)

    def conv(stride=1, size=3, out=4):
        return Conv2d(4, out, size, stride, padding=size // 2, rng=rng).astype("float64")

    yield Sequential(conv(), ReLU(), conv()), None
    yield Sequential(conv(2, out=6), ReLU()), conv(2, size=1, out=6)
    yield conv(), conv(size=1)
    yield ReLU(), None


@exercise(
    "deeper-4",
    wrong=[_ForgetsTheSkip, _ForgetsTheShortcut, _WritesIntoDout, _AddsBeforeTheBody],
)
def check_residual(answer):
    """Both ways are added, ahead and back, and dout is left alone."""
    rng = np.random.default_rng(1)
    for body, shortcut in _cases():
        x = rng.normal(size=(2, 4, 5, 6))
        right = Residual(body, shortcut)
        expected = right(x)
        dout = rng.normal(size=expected.shape)
        expected_dx = right.backward(dout)
        block = answer(body) if shortcut is None else answer(body, shortcut)
        given = f"a body {type(body).__name__}, {'a' if shortcut else 'no'} shortcut"
        out = block.forward(x.copy())
        if unwritten(out):
            raise NotWritten
        expect_equal(out, expected, f"forward, {given}")
        handed = dout.copy()
        dx = block.backward(handed)
        if unwritten(dx):
            raise NotWritten
        expect_equal(dx, expected_dx, f"backward, {given}")
        if not np.array_equal(handed, dout):
            raise Rejected(f"backward, {given}: dout was written into; it belongs to the caller")


# --- 5: an addition in place ---------------------------------------------------------------------


class _InPlace(Residual):
    def backward(self, dout):
        dx = self.body.backward(dout)
        dx += dout
        return dx


@exercise(
    "deeper-5",
    wrong=[
        (ReLU(), np.ones((2, 3))),
        (Conv2d(1, 1, 3, padding=1, rng=0), np.ones((1, 1, 4, 4), np.float32)),
        (Sequential(ReLU(), ReLU()), -np.ones((2, 3))),
        ReLU(),
    ],
)
def check_spoiled(answer):
    """Right: this body hands on the very array that it was given, and the block adds into it."""
    if unwritten(answer):
        raise NotWritten
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Rejected(f"expected a body and an input, got {short(answer)}")
    body, x = answer
    if not isinstance(body, Layer) or not isinstance(x, np.ndarray):
        raise Rejected(
            f"expected a layer and an array, got {type(body).__name__} and {type(x).__name__}"
        )
    block = _InPlace(body)
    dout = np.random.default_rng(0).normal(size=block(x).shape)
    handed = dout.copy()
    block.backward(handed)
    if np.array_equal(handed, dout):
        raise Rejected("with this body dout is the same after the backward pass as before")


# --- 6: blocks that begin as nothing -------------------------------------------------------------


def _start_as_identity(network):
    for layer in network.modules():
        if isinstance(layer, Residual):
            list(layer.body)[-1].weight.data[:] = 0


def _all_norms(network):
    for layer in network.modules():
        if isinstance(layer, BatchNorm2d):
            layer.weight.data[:] = 0


def _first_norms(network):
    for layer in network.modules():
        if isinstance(layer, Residual):
            list(layer.body)[1].weight.data[:] = 0


def _last_convolutions(network):
    for layer in network.modules():
        if isinstance(layer, Residual):
            list(layer.body)[-2].weight.data[:] = 0


def _shifts_too(network):
    for layer in network.modules():
        if isinstance(layer, Residual):
            last = list(layer.body)[-1]
            last.weight.data[:] = last.bias.data[:] = 0


@exercise("deeper-6", wrong=[_all_norms, _first_norms, _last_convolutions, _shifts_too])
def check_identity(answer):
    """Every block passes its input on, and nothing else has changed."""
    network, blocks = _small_tower()
    before = {name: data.copy() for name, data in network.state().items()}
    if answer(network) is ...:
        raise NotWritten
    lasts = {f"{place}.body.4.weight" for place in blocks}
    after = network.state()
    for name, data in before.items():
        same = np.array_equal(after[name], data)
        if name in lasts and not (after[name] == 0).all():
            # A skeleton changes nothing at all.
            if all(np.array_equal(after[n], d) for n, d in before.items()):
                raise NotWritten
            raise Rejected(f"expected zeros in {name}, the last γ of a block, got {after[name]}")
        if name not in lasts and not same:
            raise Rejected(f"{name} was changed; only the last γ of each block should be")


def _small_tower():
    rng = np.random.default_rng(0)
    layers = [Conv2d(1, 4, 3, padding=1, rng=rng), BatchNorm2d(4), ReLU()]
    blocks = []
    for _ in range(2):
        body = Sequential(
            Conv2d(4, 4, 3, padding=1, bias=False, rng=rng),
            BatchNorm2d(4),
            ReLU(),
            Conv2d(4, 4, 3, padding=1, bias=False, rng=rng),
            BatchNorm2d(4),
        )
        blocks.append(len(layers))
        layers += [Residual(body), ReLU()]
    network = Sequential(*layers)
    for layer in network.modules():
        if isinstance(layer, BatchNorm2d):
            layer.bias.data[:] = rng.normal(size=4)
    return network, blocks
