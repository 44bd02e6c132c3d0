"""LeNet-5, as published and modern, and the layers that it alone has."""

import numpy as np
import pytest

from lib.backend import to_numpy
from lib.layers import Conv2d
from lib.losses import SoftmaxCrossEntropy
from lib.networks import LeNet5
from lib.networks.lenet import CONNECTIONS, digit_codes
from lib.networks.lenet_loss import MaximumAPosteriori
from lib.networks.lenet_parts import (
    PartialConv2d,
    RadialBasis,
    ScaledTanh,
    Subsampling,
    lecun_uniform_1998,
)
from tests.kinds import assert_same_kind, check_layer
from tests.network_checks import check_both_passes, check_five_steps, check_slopes, shapes

# Table I of the source: one row for each map of S2, one column for each filter of C3.
TABLE = """
X...XXX..XXXX.XX
XX...XXX..XXXX.X
XXX...XXX..X.XXX
.XXX..XXXX..X.XX
..XXX..XXXX.XX.X
...XXX..XXXX.XXX
"""

# What the source counts for each layer, section II.B.
COUNTS = {"c1": 156, "s2": 12, "c3": 1516, "s4": 32, "c5": 48_120, "f6": 10_164}


def test_the_published_form_has_the_published_counts():
    network = LeNet5()
    children = network.children()
    assert {name: children[name].parameter_count() for name in COUNTS} == COUNTS
    assert network.parameter_count() == sum(COUNTS.values()) == 60_000
    assert LeNet5(modern=True).parameter_count() == 61_706


def test_the_connections_are_those_of_the_table():
    rows = TABLE.split()
    columns = [tuple(c for c in range(6) if rows[c][f] == "X") for f in range(16)]
    assert list(CONNECTIONS) == columns


def test_the_images_have_the_published_sizes():
    network, x, sizes = LeNet5(), np.zeros((1, 1, 32, 32), np.float32), {}
    for name, layer in network.children().items():
        x = layer(x)
        sizes[name] = x.shape[1:]
    assert {name: sizes[name] for name in COUNTS} == {
        "c1": (6, 28, 28), "s2": (6, 14, 14), "c3": (16, 10, 10),
        "s4": (16, 5, 5), "c5": (120, 1, 1), "f6": (84,),
    }  # fmt: skip
    assert all(f"tanh{i}" in sizes for i in range(1, 7))


@pytest.mark.parametrize("modern", [False, True])
def test_padding_makes_small_images_large(modern, rng):
    x = rng.random((2, 1, 28, 28))
    plain, padded = (
        LeNet5(modern, padding=p, rng=np.random.default_rng(0)).astype("float64") for p in (0, 2)
    )
    larger = np.pad(x, ((0, 0), (0, 0), (2, 2), (2, 2)))
    np.testing.assert_allclose(padded(x), plain(larger), rtol=1e-10)


def test_the_settings_of_the_modern_form_arrive():
    found = shapes(LeNet5(True, num_classes=7, in_channels=3))
    assert found["conv1.weight"] == (6, 3, 5, 5)
    assert found["fc3.weight"] == (7, 84)
    assert list(found) == [
        f"{layer}.{kind}"
        for layer in ("conv1", "conv2", "fc1", "fc2", "fc3")
        for kind in ("weight", "bias")
    ]


@pytest.mark.parametrize("modern", [False, True])
def test_both_passes(modern, kind, rng):
    check_both_passes(LeNet5(modern, rng=rng), kind, (1, 32, 32), 10, rng)


@pytest.mark.parametrize("modern", [False, True])
def test_gradients_are_slopes(modern, rng):
    check_slopes(LeNet5(modern, rng=rng), (1, 32, 32), rng)


def twin_of(torch, modern):
    nn, f = torch.nn, torch.nn.functional

    class Modern(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1, self.conv2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
            self.fc1, self.fc2, self.fc3 = (
                nn.Linear(400, 120),
                nn.Linear(120, 84),
                nn.Linear(84, 10),
            )

        def forward(self, x):
            x = f.max_pool2d(torch.relu(self.conv1(x)), 2)
            x = torch.flatten(f.max_pool2d(torch.relu(self.conv2(x)), 2), 1)
            return self.fc3(torch.relu(self.fc2(torch.relu(self.fc1(x)))))

    class Sums(nn.Module):
        def __init__(self, channels):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(channels))
            self.bias = nn.Parameter(torch.zeros(channels))

        def forward(self, x):
            sums = f.avg_pool2d(x, 2, divisor_override=1)
            return sums * self.weight[:, None, None] + self.bias[:, None, None]

    class Partial(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.zeros(60, 5, 5))
            self.bias = nn.Parameter(torch.zeros(16))
            rows = TABLE.split()
            self.seen = [[c for c in range(6) if rows[c][k] == "X"] for k in range(16)]

        def forward(self, x):
            out, start = [], 0
            for k, seen in enumerate(self.seen):
                kernel = self.weight[None, start : start + len(seen)]
                out.append(f.conv2d(x[:, seen], kernel, self.bias[k : k + 1]))
                start += len(seen)
            return torch.cat(out, 1)

    class Codes(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("weight", torch.zeros(10, 84))

        def forward(self, x):
            return -((x[:, None] - self.weight) ** 2).sum(2)

    class Published(nn.Module):
        def __init__(self):
            super().__init__()
            self.c1, self.s2, self.c3 = nn.Conv2d(1, 6, 5), Sums(6), Partial()
            self.s4, self.c5, self.f6 = Sums(16), nn.Conv2d(16, 120, 5), nn.Linear(120, 84)
            self.output = Codes()

        def forward(self, x):
            for layer in (self.c1, self.s2, self.c3, self.s4, self.c5):
                x = 1.7159 * torch.tanh(2 / 3 * layer(x))
            return self.output(1.7159 * torch.tanh(2 / 3 * self.f6(torch.flatten(x, 1))))

    return Modern() if modern else Published()


@pytest.mark.parity
@pytest.mark.parametrize("modern", [False, True])
def test_five_steps_follow_pytorch(torch, modern, rng):
    network, lr = LeNet5(modern, rng=rng), 0.02 if modern else 2e-4
    check_five_steps(torch, network, twin_of(torch, modern), (1, 32, 32), 10, rng, lr=lr)


# The parts ---------------------------------------------------------------------------------------


def test_scaled_tanh(kind, rng):
    x = rng.standard_normal((2, 3, 4)).astype("float32")
    check_layer(
        ScaledTanh(),
        kind,
        x,
        lambda x: 1.7159 * np.tanh(2 / 3 * x),
        lambda dout, x: {"x": dout * 1.7159 * 2 / 3 / np.cosh(2 / 3 * x) ** 2},
        rng,
    )


def test_subsampling(kind, rng):
    layer = Subsampling(2)
    layer.weight.data, layer.bias.data = rng.standard_normal((2, 2)).astype("float32")
    weight, bias = layer.weight.data.astype("float64"), layer.bias.data.astype("float64")

    def sums(x):
        return x[:, :, :4, :6].reshape(3, 2, 2, 2, 3, 2).sum(axis=(3, 5))

    def backward(dout, x):
        dx = np.zeros(x.shape)
        dx[:, :, :4, :6] = np.kron(dout * weight[:, None, None], np.ones((2, 2)))
        dweight, dbias = (dout * sums(x)).sum(axis=(0, 2, 3)), dout.sum(axis=(0, 2, 3))
        return {"x": dx, "weight": dweight, "bias": dbias}

    x = rng.standard_normal((3, 2, 5, 7)).astype("float32")
    forward = lambda x: sums(x) * weight[:, None, None] + bias[:, None, None]  # noqa: E731
    check_layer(layer, kind, x, forward, backward, rng)


def test_partial_convolution(kind, rng):
    """It is a convolution with zeros where nothing is connected."""
    connections = [(0, 2), (1,), (0, 1, 2)]
    layer = PartialConv2d(3, connections, 3, rng=rng)
    layer.bias.data = rng.standard_normal(3).astype("float32")
    full = Conv2d(3, 3, 3).astype("float64")
    full.weight.data[...] = 0
    places = [(f, c) for f, seen in enumerate(connections) for c in seen]
    for kernel, place in zip(layer.weight.data, places, strict=True):
        full.weight.data[place] = kernel
    full.bias.data = layer.bias.data.astype("float64")

    def backward(dout, x):
        full(x)
        dx = full.backward(dout)
        dweight = np.stack([full.weight.grad[place] for place in places])
        return {"x": dx, "weight": dweight, "bias": full.bias.grad}

    x = rng.standard_normal((2, 3, 5, 6)).astype("float32")
    check_layer(layer, kind, x, full, backward, rng)


def test_radial_basis(kind, rng):
    codes = rng.standard_normal((4, 5)).astype("float32")
    wide = codes.astype("float64")

    def forward(x):
        return np.array([[-((row - code) ** 2).sum() for code in wide] for row in x])

    def backward(dout, x):
        return {"x": np.einsum("nk,nkj->nj", dout, 2 * (wide - x[:, None]))}

    x = rng.standard_normal((3, 5)).astype("float32")
    check_layer(RadialBasis(codes), kind, x, forward, backward, rng)


@pytest.mark.parametrize("part", [Subsampling(3), PartialConv2d(3, [(0,), (1, 2)], 3)])
def test_what_is_frozen_gets_no_gradient(part, rng):
    out = part.freeze()(rng.standard_normal((2, 3, 4, 4)))
    assert part.backward(np.ones_like(out)).shape == (2, 3, 4, 4)
    assert all(parameter.grad is None for parameter in part.parameters())
    part.unfreeze().set_needs_dx(False)
    assert part.backward(np.ones_like(out)) is None
    assert all(parameter.grad is not None for parameter in part.parameters())


def test_the_codes_are_different_pictures_of_ink_and_paper():
    codes = digit_codes()
    assert codes.shape == (10, 84)
    assert codes.dtype == np.float32
    assert set(codes.ravel()) == {-1, 1}
    differ = (codes[:, None] != codes[None]).sum(axis=2)[~np.eye(10, dtype=bool)]
    assert differ.min() >= 6


def test_initial_weights_reach_as_far_as_the_source_says(rng):
    weights = lecun_uniform_1998((500, 6, 2, 2), rng)
    assert 0.099 < weights.max() <= 0.1
    assert -0.1 <= weights.min() < -0.099
    seen = np.split(np.abs(LeNet5(rng=rng).c3.weight.data), [18, 54])
    assert all(
        0.9 * 2.4 / (25 * n) < w.max() <= 2.4 / (25 * n)
        for n, w in zip((3, 4, 6), seen, strict=True)
    )


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (
            lambda: LeNet5(num_classes=7),
            r"^LeNet5 as published has codes for 10 classes, got num_classes=7; ",
        ),
        (
            lambda: LeNet5()(np.ones((1, 1, 28, 28))),
            r"^a 5-wide window does not fit: input size 4 ",
        ),
        (
            lambda: LeNet5(modern=True)(np.ones((1, 1, 36, 36))),
            r"^Linear expects input of shape \(N, 400\), got \(1, 576\)$",
        ),
        (
            lambda: PartialConv2d(3, [(0, 3)], 5),
            r"^PartialConv2d expects different channels from 0 to 2 for each filter, got \(0, 3\)$",
        ),
        (lambda: PartialConv2d(3, [()], 5), r"for each filter, got \(\)$"),
        (lambda: PartialConv2d(3, [(1, 1)], 5), r"for each filter, got \(1, 1\)$"),
        (
            lambda: Subsampling(3)(np.ones((1, 2, 4, 4))),
            r"^Subsampling expects input of shape \(N, 3, H, W\), got \(1, 2, 4, 4\)$",
        ),
        (
            lambda: PartialConv2d(3, [(1,)], 5)(np.ones((1, 2, 4, 4))),
            r"^PartialConv2d expects input of shape \(N, 3, H, W\), got \(1, 2, 4, 4\)$",
        ),
        (
            lambda: RadialBasis(np.ones((2, 3)))(np.ones((1, 2))),
            r"^RadialBasis expects input of shape \(N, 3\), got \(1, 2\)$",
        ),
    ],
)
def test_mistakes_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()


# Its loss ----------------------------------------------------------------------------------------


def test_the_loss_is_that_of_the_source(kind, rng):
    """Equation 9, and its slope measured."""
    distances = rng.uniform(0, 30, (4, 10))
    targets = np.array([3, 0, 9, 3])

    def source(distances):
        right = distances[np.arange(4), targets]
        return (right + np.log(np.exp(-12) + np.exp(-distances).sum(axis=1))).mean()

    logits = kind(-distances)
    value, dlogits = MaximumAPosteriori(12.0)(logits, kind(targets))
    assert value == pytest.approx(source(distances), rel=1e-12)
    assert_same_kind(dlogits, logits)
    direction = rng.standard_normal(distances.shape)
    slope = (source(distances - 1e-6 * direction) - source(distances + 1e-6 * direction)) / 2e-6
    assert (to_numpy(dlogits) * direction).sum() == pytest.approx(slope, rel=1e-6)


def test_far_classes_are_not_pushed_further():
    """Without rubbish a wrong class is pushed, however far it is, if the right one is as far."""
    logits = -np.array([[30.0, 31.0]])
    _, dlogits = MaximumAPosteriori(20.0)(logits, np.array([0]))
    _, without = SoftmaxCrossEntropy()(logits, np.array([0]))
    assert 0 < dlogits[0, 1] < 1e-4 < 0.2 < without[0, 1]


def test_the_loss_refuses_what_makes_no_sense():
    with pytest.raises(ValueError, match=r"^rubbish must be above 0, got 0.0$"):
        MaximumAPosteriori(0)
    with pytest.raises(ValueError, match=r"^logits must have shape \(N, K\) or .*, got \(3,\)$"):
        MaximumAPosteriori()(np.zeros(3), np.zeros(3, int))
    with pytest.raises(ValueError, match=r"^targets must lie in 0 to 9, got 0 to 10$"):
        MaximumAPosteriori()(np.zeros((2, 10)), np.array([0, 10]))
