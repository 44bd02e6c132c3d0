"""AlexNet in torchvision's form, with and without its local response normalization."""

import numpy as np
import pytest

from lib.layers import LocalResponseNorm
from lib.networks import AlexNet
from tests import published
from tests.network_checks import NoDraws, check_both_passes, check_five_steps, check_slopes, shapes


@pytest.mark.parametrize("local_response_norm", [False, True])
def test_count_and_names_are_the_published_ones(local_response_norm):
    network = AlexNet(local_response_norm=local_response_norm, rng=NoDraws())
    assert network.parameter_count() == 61_100_840
    assert shapes(network) == published.alexnet()


def small(rng, **settings):
    settings = {"width": 1 / 32, "dropout": 0, "num_classes": 4, **settings}
    return AlexNet(in_channels=2, rng=rng, **settings)


def test_the_normalization_sits_between_relu_and_pooling(rng):
    children = list(small(rng, local_response_norm=True).features.children())
    assert children[:8] == ["0", "1", "norm1", "2", "3", "4", "norm2", "5"]
    assert not any(isinstance(layer, LocalResponseNorm) for layer in small(rng).modules())


def test_the_settings_arrive(rng):
    network = small(rng, width=1 / 16, num_classes=7, dropout=0.3)
    assert network.features[0].weight.data.shape == (4, 2, 11, 11)
    assert network.classifier[6].weight.data.shape == (7, 256)
    assert [network.classifier[i].p for i in (0, 3)] == [0.3, 0.3]
    assert network(np.ones((1, 2, 63, 240), np.float32)).shape == (1, 7)


@pytest.mark.parametrize("local_response_norm", [False, True])
def test_both_passes(local_response_norm, kind, rng):
    network = small(rng, local_response_norm=local_response_norm)
    check_both_passes(network, kind, (2, 63, 70), 4, rng)


@pytest.mark.parametrize("local_response_norm", [False, True])
def test_gradients_are_slopes(local_response_norm, rng):
    check_slopes(small(rng, local_response_norm=local_response_norm), (2, 63, 70), rng)


def twin_of(torch, local_response_norm):
    nn = torch.nn

    def norm():
        # Krizhevsky's n = 5, alpha = 1e-4, beta = 0.75, k = 2; PyTorch divides alpha by n.
        return nn.LocalResponseNorm(5, 5 * 1e-4, 0.75, 2) if local_response_norm else nn.Identity()

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            self.features = nn.Sequential(
                nn.Conv2d(2, 2, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2),
                nn.Conv2d(2, 6, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2),
                nn.Conv2d(6, 12, 3, padding=1), nn.ReLU(),
                nn.Conv2d(12, 8, 3, padding=1), nn.ReLU(),
                nn.Conv2d(8, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(3, 2),
            )  # fmt: skip
            self.norms = {1: norm(), 4: norm()}
            self.avgpool = nn.AdaptiveAvgPool2d((6, 6))
            self.classifier = nn.Sequential(
                nn.Dropout(0), nn.Linear(8 * 36, 128), nn.ReLU(),
                nn.Dropout(0), nn.Linear(128, 128), nn.ReLU(), nn.Linear(128, 4),
            )  # fmt: skip

        def forward(self, x):
            for i, layer in enumerate(self.features):
                x = layer(x)
                x = self.norms[i](x) if i in self.norms else x
            return self.classifier(torch.flatten(self.avgpool(x), 1))

    return Twin()


@pytest.mark.parity
@pytest.mark.parametrize("local_response_norm", [False, True])
def test_five_steps_follow_pytorch(torch, local_response_norm, rng):
    network = small(rng, local_response_norm=local_response_norm)
    check_five_steps(torch, network, twin_of(torch, local_response_norm), (2, 80, 71), 4, rng)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: AlexNet(width=0), r"^width must be above 0, got 0.0$"),
        (lambda: AlexNet(width=0.01, dropout=1), r"^p of Dropout must be at least 0 and below 1"),
        (
            lambda: AlexNet(width=0.01)(np.ones((1, 3, 62, 70), np.float32)),
            r"^a 3-wide window does not fit: input size 2 ",
        ),
    ],
)
def test_mistakes_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
