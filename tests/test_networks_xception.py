"""Xception with the sizes of Keras, and its pooling."""

import numpy as np
import pytest

from lib.layers import Residual
from lib.networks import Xception
from lib.networks.xception import SameMaxPool2d
from tests.kinds import check_layer
from tests.network_checks import NoDraws, check_both_passes, check_five_steps, check_slopes, shapes
from tests.published import norm


def separable(name, number, c, f):
    return {
        f"{name}.sepconv{number}.depthwise.weight": (c, 1, 3, 3),
        f"{name}.sepconv{number}.pointwise.weight": (f, c, 1, 1),
        **norm(f"{name}.bn{number}", f),
    }


def test_the_published_counts_and_the_names():
    network = Xception(rng=NoDraws())
    assert network.parameter_count() == 22_855_952
    assert sum(array.size for array in network.state().values()) == 22_910_480
    expected = {"block1.conv1.weight": (32, 3, 3, 3), **norm("block1.bn1", 32)}
    expected |= {"block1.conv2.weight": (64, 32, 3, 3), **norm("block1.bn2", 64)}
    c = 64
    for i in range(2, 14):
        out = {2: 128, 3: 256, 13: 1024}.get(i, 728)
        filters = {13: (728, 1024)}.get(i, (out,) * (3 if 5 <= i <= 12 else 2))
        if i in (2, 3, 4, 13):
            expected[f"block{i}.shortcut.conv.weight"] = (out, c, 1, 1)
            expected |= norm(f"block{i}.shortcut.bn", out)
        for j, f in enumerate(filters, start=1):
            expected |= separable(f"block{i}.body", j, c, f)
            c = f
    expected |= separable("block14", 1, 1024, 1536) | separable("block14", 2, 1536, 2048)
    expected |= {"fc.weight": (1000, 2048), "fc.bias": (1000,)}
    assert shapes(network) == expected


def test_the_image_shrinks_as_in_the_source(rng):
    network, size = Xception(width=1 / 32, rng=rng).eval(), {}
    x = np.zeros((1, 3, 299, 299), np.float32)
    for name in (f"block{i}" for i in range(1, 15)):
        x = getattr(network, name)(x)
        size[name] = x.shape[2]
    assert list(size.values()) == [147, 74, 37, *9 * [19], 10, 10]
    assert sum(isinstance(layer, Residual) for layer in network) == 12


def small(rng, **settings):
    settings = {"width": 1 / 32, "num_classes": 4, "dropout": 0, **settings}
    return Xception(in_channels=2, rng=rng, **settings)


def test_both_passes(kind, rng):
    check_both_passes(small(rng).eval(), kind, (2, 32, 35), 4, rng)


def test_gradients_are_slopes(rng):
    check_slopes(small(rng), (2, 48, 51), rng, n=3, eps=1e-8, tolerance=1e-5)


def twin_of(torch, width=1 / 32, classes=4):
    nn, f = torch.nn, torch.nn.functional

    def wide(filters):
        return max(1, round(filters * width))

    def same_pool(x):
        before = [size % 2 for size in x.shape[2:]]
        x = f.pad(x, (before[1], 1, before[0], 1), value=-float("inf"))
        return f.max_pool2d(x, 3, 2)

    class Separable(nn.Module):
        def __init__(self, c, out):
            super().__init__()
            self.depthwise = nn.Conv2d(c, c, 3, padding=1, groups=c, bias=False)
            self.pointwise = nn.Conv2d(c, out, 1, bias=False)

        def forward(self, x):
            return self.pointwise(self.depthwise(x))

    class Body(nn.Module):
        def __init__(self, c, filters, relu_first):
            super().__init__()
            self.relu_first, self.count = relu_first, len(filters)
            for i, out in enumerate(filters, start=1):
                setattr(self, f"sepconv{i}", Separable(c, out))
                setattr(self, f"bn{i}", nn.BatchNorm2d(out, 1e-3, 0.01))
                c = out

        def forward(self, x):
            for i in range(1, self.count + 1):
                x = f.relu(x) if i > 1 or self.relu_first else x
                x = getattr(self, f"bn{i}")(getattr(self, f"sepconv{i}")(x))
            return x

    class Shortcut(nn.Module):
        def __init__(self, c, out):
            super().__init__()
            self.conv = nn.Conv2d(c, out, 1, 2, bias=False)
            self.bn = nn.BatchNorm2d(out, 1e-3, 0.01)

        def forward(self, x):
            return self.bn(self.conv(x))

    class Block(nn.Module):
        def __init__(self, c, filters, *, halves, relu_first=True):
            super().__init__()
            self.body, self.halves = Body(c, filters, relu_first), halves
            if halves:
                self.shortcut = Shortcut(c, filters[-1])

        def forward(self, x):
            out = self.body(x)
            return same_pool(out) + self.shortcut(x) if self.halves else out + x

    class First(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(2, wide(32), 3, 2, bias=False)
            self.bn1 = nn.BatchNorm2d(wide(32), 1e-3, 0.01)
            self.conv2 = nn.Conv2d(wide(32), wide(64), 3, bias=False)
            self.bn2 = nn.BatchNorm2d(wide(64), 1e-3, 0.01)

        def forward(self, x):
            return f.relu(self.bn2(self.conv2(f.relu(self.bn1(self.conv1(x))))))

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            a, b, c, d, e = map(wide, (64, 128, 256, 728, 1024))
            self.block1 = First()
            self.block2 = Block(a, (b, b), halves=True, relu_first=False)
            self.block3 = Block(b, (c, c), halves=True)
            self.block4 = Block(c, (d, d), halves=True)
            for i in range(5, 13):
                setattr(self, f"block{i}", Block(d, (d, d, d), halves=False))
            self.block13 = Block(d, (d, e), halves=True)
            self.block14 = Body(e, (wide(1536), wide(2048)), False)
            self.fc = nn.Linear(wide(2048), classes)

        def forward(self, x):
            for i in range(1, 15):
                x = getattr(self, f"block{i}")(x)
            return self.fc(f.relu(x).mean(dim=(2, 3)))

    return Twin()


@pytest.mark.parity
def test_five_steps_follow_pytorch(torch, rng):
    check_five_steps(torch, small(rng), twin_of(torch), (2, 66, 71), 4, rng, lr=1e-3)


@pytest.mark.parametrize("shape", [(2, 3, 5, 6), (2, 1, 8, 3), (2, 2, 1, 2)])
def test_same_max_pooling(kind, shape, rng):
    """Window p begins at 2p, or at 2p - 1 where the size is odd."""
    h, w = shape[2:]

    def windows(x):
        for p, q in np.ndindex(-(-h // 2), -(-w // 2)):
            top, left = 2 * p - h % 2, 2 * q - w % 2
            rows, columns = (
                range(max(0, top), min(h, top + 3)),
                range(max(0, left), min(w, left + 3)),
            )
            yield p, q, [(i, j) for i in rows for j in columns]

    def forward(x):
        out = np.zeros((*shape[:2], -(-h // 2), -(-w // 2)))
        for p, q, pixels in windows(x):
            out[:, :, p, q] = np.max([x[:, :, i, j] for i, j in pixels], axis=0)
        return out

    def backward(dout, x):
        dx = np.zeros(shape)
        for p, q, pixels in windows(x):
            for n, c in np.ndindex(shape[:2]):
                i, j = max(pixels, key=lambda pixel: x[n, c, pixel[0], pixel[1]])
                dx[n, c, i, j] += dout[n, c, p, q]
        return {"x": dx}

    # All negative: a frame of zeros would win.
    x = (rng.standard_normal(shape) - 5).astype("float32")
    check_layer(SameMaxPool2d(), kind, x, forward, backward, rng)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: Xception(width=0), r"^width must be above 0, got 0.0$"),
        (lambda: Xception(width=0.01, dropout=1), r"^p of Dropout must be at least 0 and below 1"),
        (
            lambda: Xception(width=0.01)(np.ones((1, 3, 6, 9), np.float32)),
            r"^a 3-wide window does not fit: input size 2 ",
        ),
        (
            lambda: SameMaxPool2d()(np.ones((2, 3))),
            r"^SameMaxPool2d expects input of shape \(N, C, H, W\), got \(2, 3\)$",
        ),
    ],
)
def test_mistakes_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
