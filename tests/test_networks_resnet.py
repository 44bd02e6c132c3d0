"""ResNet, its form for CIFAR, and the blocks that both are made of."""

import numpy as np
import pytest

from lib.layers import Subsample
from lib.networks import CIFARResNet, ResNet
from tests import published
from tests.kinds import check_layer
from tests.network_checks import NoDraws, check_both_passes, check_five_steps, check_slopes, shapes


@pytest.mark.parametrize(
    ("depth", "count"),
    [(18, 11_689_512), (34, 21_797_672), (50, 25_557_032), (101, 44_549_160), (152, 60_192_808)],
)
def test_counts_and_names_are_the_published_ones(depth, count):
    network = ResNet(depth, rng=NoDraws())
    assert network.parameter_count() == count
    assert shapes(network) == published.resnet(depth)


@pytest.mark.parametrize(("depth", "thousands"), [(20, 270), (32, 464), (44, 659), (56, 853)])
def test_the_form_for_cifar_has_the_published_size(depth, thousands):
    network = CIFARResNet(depth, rng=NoDraws())
    assert round(network.parameter_count() / 1000) == thousands
    convolutions = [name for name, _ in network.named_parameters() if "conv" in name]
    assert len(convolutions) + 1 == depth
    assert "layer3.0.conv1.weight" in convolutions


def small(rng, depth=18, **settings):
    return ResNet(depth, num_classes=4, in_channels=2, width=1 / 16, rng=rng, **settings)


def small_cifar(rng, depth=8, **settings):
    return CIFARResNet(depth, num_classes=4, in_channels=2, width=1 / 4, rng=rng, **settings)


NETWORKS = {
    "18": small,
    "50": lambda rng: small(rng, 50),
    "18-plain": lambda rng: small(rng, skips=False),
    "50-stride-in-1x1": lambda rng: small(rng, 50, stride_in_1x1=True),
    "CIFAR": small_cifar,
    "CIFAR-plain": lambda rng: small_cifar(rng, skips=False),
}


@pytest.mark.parametrize("name", ["18", "50-stride-in-1x1", "CIFAR"])
def test_both_passes(name, kind, rng):
    check_both_passes(NETWORKS[name](rng).eval(), kind, (2, 24, 20), 4, rng)


@pytest.mark.parametrize("name", NETWORKS)
def test_gradients_are_slopes(name, rng):
    check_slopes(NETWORKS[name](rng), (2, 40, 33), rng, n=3, eps=1e-7, tolerance=1e-5)


@pytest.mark.parametrize("build", [small, small_cifar])
def test_the_skips_carry_what_the_bodies_stop(build, rng):
    """With all bodies silent, the picture still arrives; without skips, nothing does."""
    x = rng.standard_normal((2, 2, 32, 32))
    for skips in (True, False):
        network = build(rng, skips=skips)
        for name, parameter in network.named_parameters():
            if name.startswith("layer") and "downsample" not in name:
                parameter.data = 0 * parameter.data
        assert bool(np.ptp(network(x), axis=0).max() > 1e-3) is skips
    assert not any("downsample" in name for name, _ in network.named_modules())


@pytest.mark.parametrize(("name", "last"), [("18", "bn2"), ("50", "bn3"), ("CIFAR", "bn2")])
def test_the_last_relu_of_a_block_comes_after_the_skip(name, last, rng):
    block = NETWORKS[name](rng).layer1[1 if name == "50" else 0]  # one without a projection
    norm = getattr(block, last)
    norm.weight.data[:], norm.bias.data[:] = 0, -1  # the body gives -1, whatever it sees
    x = rng.standard_normal((2, norm.num_features, 5, 4))
    np.testing.assert_array_equal(block(x), np.maximum(x - 1, 0))


def test_where_a_bottleneck_halves_the_image():
    strides = {
        stride_in_1x1: [
            getattr(small(NoDraws(), 50, stride_in_1x1=stride_in_1x1).layer2[0], conv).stride[0]
            for conv in ("conv1", "conv2", "conv3")
        ]
        for stride_in_1x1 in (False, True)
    }
    assert strides == {False: [1, 2, 1], True: [2, 1, 1]}


def test_freezing_a_stage_stops_the_gradients_there(rng):
    network = small(rng)
    network.layer1.freeze()
    for layer in (network.conv1, network.bn1):
        layer.freeze()
    network.set_needs_dx(False)
    assert not network.layer1[0].needs_backward  # so that no time is spent there
    assert network.layer2[0].needs_backward
    before = network.layer1[0].bn1.running_mean.data
    network.backward(np.ones_like(network(rng.standard_normal((2, 2, 32, 32)))))
    assert np.array_equal(network.layer1[0].bn1.running_mean.data, before)
    with_gradient = {n.split(".")[0] for n, p in network.named_parameters() if p.grad is not None}
    assert with_gradient == {"layer2", "layer3", "layer4", "fc"}


def twin_of(torch, depth, widths, *, cifar=False, stride_in_1x1=False, skips=True, classes=4):
    nn = torch.nn

    class Block(nn.Module):
        def __init__(self, c, inner, outer, stride):
            super().__init__()
            self.count = 2 if depth < 50 else 3
            sizes = [(c, inner, 3, stride), (inner, outer, 3, 1)]
            if depth >= 50:
                first, second = (stride, 1) if stride_in_1x1 else (1, stride)
                sizes = [(c, inner, 1, first), (inner, inner, 3, second), (inner, outer, 1, 1)]
            for i, (a, b, k, s) in enumerate(sizes, start=1):
                setattr(self, f"conv{i}", nn.Conv2d(a, b, k, s, k // 2, bias=False))
                setattr(self, f"bn{i}", nn.BatchNorm2d(b))
            self.new = outer - c
            if (stride > 1 or self.new) and not cifar:
                conv = nn.Conv2d(c, outer, 1, stride, bias=False)
                self.downsample = nn.Sequential(conv, nn.BatchNorm2d(outer))

        def forward(self, x):
            out = x
            for i in range(1, self.count + 1):
                out = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(out))
                out = torch.relu(out) if i < self.count else out
            if hasattr(self, "downsample"):
                x = self.downsample(x)
            elif self.new:
                x = nn.functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 0, self.new))
            return torch.relu(out + x if skips else out)

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv1 = nn.Conv2d(2, widths[0], *((3, 1, 1) if cifar else (7, 2, 3)), bias=False)
            self.bn1 = nn.BatchNorm2d(widths[0])
            c = widths[0]
            for i, inner in enumerate(widths, start=1):
                outer, blocks = inner if depth < 50 else 4 * inner, []
                for j in range((depth - 2) // 6 if cifar else published.RESNET[depth][i - 1]):
                    blocks.append(Block(c, inner, outer, 2 if i > 1 and j == 0 else 1))
                    c = outer
                setattr(self, f"layer{i}", nn.Sequential(*blocks))
            self.fc = nn.Linear(c, classes)

        def forward(self, x):
            x = torch.relu(self.bn1(self.conv1(x)))
            x = x if cifar else nn.functional.max_pool2d(x, 3, 2, 1)
            for i in range(1, len(widths) + 1):
                x = getattr(self, f"layer{i}")(x)
            return self.fc(x.mean(dim=(2, 3)))

    return Twin()


@pytest.mark.parity
@pytest.mark.parametrize(("depth", "stride_in_1x1"), [(18, False), (50, False), (50, True)])
def test_five_steps_follow_pytorch(torch, depth, stride_in_1x1, rng):
    twin = twin_of(torch, depth, (4, 8, 16, 32), stride_in_1x1=stride_in_1x1)
    network = small(rng, depth, stride_in_1x1=stride_in_1x1)
    check_five_steps(torch, network, twin, (2, 64, 53), 4, rng)


@pytest.mark.parity
@pytest.mark.parametrize("skips", [True, False])
def test_five_steps_of_the_form_for_cifar(torch, skips, rng):
    twin = twin_of(torch, 14, (4, 8, 16), cifar=True, skips=skips)
    check_five_steps(torch, small_cifar(rng, 14, skips=skips), twin, (2, 16, 13), 4, rng)


@pytest.mark.parametrize("shape", [(2, 3, 5, 6), (3, 3, 1, 3)])
def test_subsample(kind, shape, rng):
    def forward(x):
        out = np.zeros((shape[0], 5, -(-shape[2] // 2), -(-shape[3] // 2)))
        for h, w in np.ndindex(out.shape[2:]):
            out[:, :3, h, w] = x[:, :, 2 * h, 2 * w]
        return out

    def backward(dout, x):
        dx = np.zeros(shape)
        for h, w in np.ndindex(dout.shape[2:]):
            dx[:, :, 2 * h, 2 * w] = dout[:, :3, h, w]
        return {"x": dx}

    x = rng.standard_normal(shape).astype("float32")
    check_layer(Subsample(5), kind, x, forward, backward, rng)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: ResNet(20), r"^depth must be one of \[18, 34, 50, 101, 152\], got 20$"),
        (lambda: ResNet(18, width=-1), r"^width must be above 0, got -1.0$"),
        (lambda: CIFARResNet(18), r"^depth must be 8, 14, 20 and so on in steps of 6, got 18$"),
        (lambda: CIFARResNet(2), r"^depth must be at least 8, got 2$"),
        (
            lambda: Subsample(2)(np.ones((1, 3, 4, 4))),
            r"^Subsample expects at most 2 channels, got 3$",
        ),
    ],
)
def test_mistakes_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
