"""GoogLeNet in torchvision's form, and its auxiliary heads."""

import numpy as np
import pytest

from lib.analysis import relative_error
from lib.backend import to_numpy
from lib.losses import MeanSquaredError, SoftmaxCrossEntropy
from lib.networks import AuxiliaryLoss, GoogLeNet, MobileNetV2
from lib.optimizers import Momentum
from tests import published
from tests.kinds import assert_same_kind
from tests.network_checks import (
    NoDraws,
    check_both_passes,
    check_five_steps,
    check_slopes,
    shapes,
    share_weights,
)


@pytest.mark.parametrize(("aux", "count"), [(False, 6_624_904), (True, 13_004_888)])
def test_counts_and_names_are_the_published_ones(aux, count):
    network = GoogLeNet(aux=aux, rng=NoDraws())
    assert network.parameter_count() == count
    assert shapes(network) == published.googlenet(aux)
    assert GoogLeNet(rng=NoDraws()).parameter_count() == 6_624_904


def small(rng, **settings):
    settings = {"width": 1 / 16, "num_classes": 4, "dropout": 0, "dropout_aux": 0, **settings}
    return GoogLeNet(in_channels=2, rng=rng, **settings)


@pytest.mark.parametrize("aux", [False, True])
def test_both_passes(aux, kind, rng):
    check_both_passes(small(rng, aux=aux).eval(), kind, (2, 32, 34), 4, rng)


def test_gradients_are_slopes(rng):
    check_slopes(small(rng), (2, 64, 66), rng, n=3, eps=1e-8, tolerance=1e-5)


def twin_of(torch, aux, width=1 / 16, classes=4):
    nn, f = torch.nn, torch.nn.functional

    def wide(filters):
        return max(1, round(filters * width))

    class Conv(nn.Module):
        def __init__(self, c, out, k, stride=1):
            super().__init__()
            self.conv = nn.Conv2d(c, out, k, stride, k // 2, bias=False)
            self.bn = nn.BatchNorm2d(out, eps=0.001)

        def forward(self, x):
            return f.relu(self.bn(self.conv(x)))

    class Inception(nn.Module):
        def __init__(self, c, f1, to3, f3, to5, f5, pooled):
            super().__init__()
            self.branch1 = Conv(c, f1, 1)
            self.branch2 = nn.Sequential(Conv(c, to3, 1), Conv(to3, f3, 3))
            self.branch3 = nn.Sequential(Conv(c, to5, 1), Conv(to5, f5, 3))
            pool = nn.MaxPool2d(3, stride=1, padding=1, ceil_mode=True)
            self.branch4 = nn.Sequential(pool, Conv(c, pooled, 1))
            self.out_channels = f1 + f3 + f5 + pooled

        def forward(self, x):
            branches = self.branch1, self.branch2, self.branch3, self.branch4
            return torch.cat([branch(x) for branch in branches], 1)

    class Head(nn.Module):
        def __init__(self, c):
            super().__init__()
            self.conv = Conv(c, wide(128), 1)
            self.fc1 = nn.Linear(wide(128) * 16, wide(1024))
            self.fc2 = nn.Linear(wide(1024), classes)

        def forward(self, x):
            x = torch.flatten(self.conv(f.adaptive_avg_pool2d(x, (4, 4))), 1)
            return self.fc2(f.relu(self.fc1(x)))

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            c = wide(192)
            self.conv1, self.conv2 = Conv(2, wide(64), 7, 2), Conv(wide(64), wide(64), 1)
            self.conv3 = Conv(wide(64), c, 3)
            for name, (_, *filters) in published.INCEPTION.items():
                block = Inception(c, *map(wide, filters))
                setattr(self, f"inception{name}", block)
                c = block.out_channels
                if aux and name in ("4a", "4d"):
                    setattr(self, "aux1" if name == "4a" else "aux2", Head(c))
            self.fc = nn.Linear(c, classes)

        def forward(self, x):
            x = f.max_pool2d(self.conv1(x), 3, 2, ceil_mode=True)
            x = f.max_pool2d(self.conv3(self.conv2(x)), 3, 2, ceil_mode=True)
            self.heads = []
            for name in published.INCEPTION:
                if name in ("4a", "5a"):
                    x = f.max_pool2d(x, 3 if name == "4a" else 2, 2, ceil_mode=True)
                x = getattr(self, f"inception{name}")(x)
                if aux and name in ("4a", "4d"):
                    self.heads.append((self.aux1 if name == "4a" else self.aux2)(x))
            return self.fc(x.mean(dim=(2, 3)))

    return Twin()


@pytest.mark.parity
def test_five_steps_follow_pytorch(torch, rng):
    check_five_steps(torch, small(rng), twin_of(torch, False), (2, 70, 63), 4, rng, lr=2e-3)


@pytest.mark.parity
@pytest.mark.parametrize("freeze_below", [False, True])
def test_the_heads_follow_pytorch(torch, freeze_below, rng):
    """One step's gradients, with the losses of the heads at 0.3, also above a frozen stem."""
    network = small(rng, aux=True).astype("float64")
    twin = share_weights(torch, network, twin_of(torch, True).double())
    images, labels = rng.random((5, 2, 70, 63)), rng.integers(0, 4, 5)
    if freeze_below:
        below = list(network.children())
        for name in below[: below.index("aux1")]:
            getattr(network, name).freeze()
            getattr(twin, name, torch.nn.Identity()).eval()
    network.set_needs_dx(not freeze_below)
    value, dlogits = AuxiliaryLoss(network)(network(images), labels)
    network.backward(dlogits)
    logits, cross_entropy = twin(torch.tensor(images)), torch.nn.functional.cross_entropy
    target = torch.tensor(labels)
    expected = cross_entropy(logits, target)
    expected = expected + 0.3 * sum(cross_entropy(head, target) for head in twin.heads)
    expected.backward()
    assert value == pytest.approx(expected.item(), rel=1e-10)
    gradients = {name: p.grad.numpy() for name, p in twin.named_parameters()}
    assert "aux1" in {n.split(".")[0] for n, p in network.named_parameters() if p.trainable}
    for name, parameter in network.named_parameters():
        if parameter.trainable:
            assert relative_error(parameter.grad, gradients[name], 1e-6) < 1e-7, name


def test_the_heads_stay_on_the_device(kind, rng):
    network, labels = small(rng, aux=True), np.array([0, 3, 1])
    images = kind(rng.random((3, 2, 64, 64), dtype=np.float32))
    network.to_device(images)
    _, dlogits = AuxiliaryLoss(network)(network(images), labels)
    assert_same_kind(network.aux1.logits, images)
    assert_same_kind(network.backward(dlogits), images)
    gradients = [p.grad for n, p in network.named_parameters() if n.startswith("aux")]
    for gradient in gradients:
        assert_same_kind(gradient, images)
    network.backward(dlogits)  # the heads' gradients are used up
    for name, parameter in network.named_parameters():
        if name.startswith("aux"):
            assert_same_kind(parameter.grad, images)
            assert not to_numpy(parameter.grad).any()


def test_the_heads_learn_by_their_own_loss(rng):
    network = small(rng, aux=True)
    optimizer, loss = Momentum(network, 1e-3), AuxiliaryLoss(network, weight=1.0)
    x, labels = rng.random((6, 2, 64, 64), dtype=np.float32), rng.integers(0, 4, 6)
    losses = []
    for _ in range(8):
        _, dlogits = loss(network(x), labels)
        losses.append(SoftmaxCrossEntropy()(network.aux1.logits, labels)[0])
        network.backward(dlogits)
        optimizer.step()
    assert losses[-1] < losses[0]


def test_without_their_loss_and_in_evaluation_the_heads_do_nothing(rng):
    network, plain = small(rng, aux=True), small(rng)
    state = {n: a for n, a in network.state().items() if not n.startswith("aux")}
    plain.load_state(state)
    x, labels = rng.random((3, 2, 64, 64), dtype=np.float32), np.array([0, 3, 1])
    gradients, expected = network.gradient(x, labels), plain.gradient(x, labels)
    for name, gradient in gradients.items():
        if name.startswith("aux"):
            assert not gradient.any()
            assert gradient.shape == dict(network.named_parameters())[name].data.shape
        else:
            assert np.array_equal(gradient, expected[name])
    assert network.aux1.logits is not None
    network.eval()
    value, _ = AuxiliaryLoss(network)(network(x), labels)
    assert value == network.loss(x, labels)
    assert network.aux1.logits is None


def test_the_loss_and_its_weight_can_be_chosen(rng):
    network, targets = small(rng, aux=True), rng.random((3, 4))
    logits = network(rng.random((3, 2, 64, 64)))
    parts = [
        MeanSquaredError()(out, targets)[0]
        for out in (logits, network.aux1.logits, network.aux2.logits)
    ]
    value, _ = AuxiliaryLoss(network, MeanSquaredError(), weight=0.5)(logits, targets)
    assert value == pytest.approx(parts[0] + 0.5 * (parts[1] + parts[2]))


def test_the_settings_arrive(rng):
    network = small(rng, aux=True, dropout=0.1, dropout_aux=0.6, num_classes=7)
    assert (network.dropout.p, network.aux1.dropout.p, network.aux2.dropout.p) == (0.1, 0.6, 0.6)
    assert (GoogLeNet(width=0.01, aux=True).dropout.p) == 0.2
    assert (GoogLeNet(width=0.01, aux=True).aux1.dropout.p) == 0.7
    assert network.aux1.fc2.out_features == network.fc.out_features == 7


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: GoogLeNet(width=0), r"^width must be above 0, got 0.0$"),
        (lambda: GoogLeNet(width=0.01, dropout=1), r"^p of Dropout must be at least 0 and below 1"),
        (
            lambda: AuxiliaryLoss(MobileNetV2(width=0.1)),
            r"^AuxiliaryLoss expects a network with auxiliary heads, got none$",
        ),
    ],
)
def test_mistakes_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
