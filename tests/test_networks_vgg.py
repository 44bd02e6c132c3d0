"""VGG of every depth: sizes, names, slopes, and five steps beside PyTorch."""

import numpy as np
import pytest

from lib.networks import VGG
from tests import published
from tests.network_checks import NoDraws, check_both_passes, check_five_steps, check_slopes, shapes


@pytest.mark.parametrize(
    ("depth", "batch_norm", "count"),
    [
        (11, False, 132_863_336),
        (13, False, 133_047_848),
        (16, False, 138_357_544),
        (19, False, 143_667_240),
        (11, True, 132_868_840),
        (16, True, 138_365_992),
    ],
)
def test_counts_and_names_are_the_published_ones(depth, batch_norm, count):
    network = VGG(depth, batch_norm=batch_norm, rng=NoDraws())
    assert network.parameter_count() == count
    assert shapes(network) == published.vgg(depth, batch_norm)


def test_the_usual_depth_is_16_and_names_run_from_features_to_classifier():
    names = list(VGG(width=1 / 64, rng=NoDraws()).state())
    assert len(names) == 2 * 16
    assert (names[0], names[-1]) == ("features.0.weight", "classifier.6.bias")


def small(rng, **settings):
    settings = {"width": 1 / 16, "num_classes": 4, "dropout": 0, **settings}
    return VGG(11, in_channels=2, rng=rng, **settings)


@pytest.mark.parametrize("shape", [(32, 32), (33, 70), (224, 40)])
def test_images_of_any_size_from_32_on(shape, rng):
    assert small(rng)(np.ones((1, 2, *shape), np.float32)).shape == (1, 4)


def test_the_settings_arrive(rng):
    network = small(rng, width=1 / 8, num_classes=7, dropout=0.3)
    assert network.features[0].weight.data.shape == (8, 2, 3, 3)
    assert network.classifier[0].weight.data.shape == (512, 64 * 49)
    assert network.classifier[6].weight.data.shape == (7, 512)
    assert [network.classifier[i].p for i in (2, 5)] == [0.3, 0.3]
    assert network.classifier[0].weight.data.std() == pytest.approx((2 / (64 * 49)) ** 0.5, rel=0.1)


def test_the_fully_connected_layers_can_be_small(rng):
    network = small(rng, pooled=1, hidden_size=20)
    sizes = [network.classifier[i].weight.data.shape for i in (0, 3, 6)]
    assert sizes == [(20, 32), (20, 20), (4, 20)]
    assert network(np.ones((2, 2, 70, 33), np.float32)).shape == (2, 4)


def test_the_last_blocks_can_be_left_out(rng):
    """What is left has the names, and the sizes, that it has in the whole network."""
    whole, four = small(rng), small(rng, blocks=4, pooled=1, hidden_size=20)
    features = [name for name in four.state() if name.startswith("features")]
    assert features == [name for name in whole.state() if name.startswith("features")][: 2 * 6]
    for name in features:
        assert four.state()[name].shape == whole.state()[name].shape
    for size in (16, 24):
        assert four(np.ones((2, 2, size, size), np.float32)).shape == (2, 4)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_both_passes(batch_norm, kind, rng):
    network = small(rng, batch_norm=batch_norm, width=1 / 32)
    if batch_norm:  # of 1 × 1 pixels and two examples, its last layers make +1 and -1 of anything
        network.eval()
    check_both_passes(network, kind, (2, 32, 34), 4, rng)


@pytest.mark.parametrize("batch_norm", [False, True])
def test_gradients_are_slopes(batch_norm, rng):
    check_slopes(small(rng, batch_norm=batch_norm, width=1 / 32), (2, 32, 34), rng, n=4)


def twin_of(torch, batch_norm, width, classes):
    nn = torch.nn

    class Twin(nn.Module):
        def __init__(self):
            super().__init__()
            features, channels = [], 2
            for entry in published.VGG[11]:
                if entry == "M":
                    features.append(nn.MaxPool2d(2, 2))
                    continue
                features.append(nn.Conv2d(channels, int(entry * width), 3, padding=1))
                channels = int(entry * width)
                features += [nn.BatchNorm2d(channels)] if batch_norm else []
                features.append(nn.ReLU())
            hidden = int(4096 * width)
            self.features = nn.Sequential(*features)
            self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
            self.classifier = nn.Sequential(
                nn.Linear(channels * 49, hidden),
                nn.ReLU(),
                nn.Dropout(0),
                nn.Linear(hidden, hidden),
                nn.ReLU(),
                nn.Dropout(0),
                nn.Linear(hidden, classes),
            )

        def forward(self, x):
            return self.classifier(torch.flatten(self.avgpool(self.features(x)), 1))

    return Twin()


@pytest.mark.parity
@pytest.mark.parametrize("batch_norm", [False, True])
def test_five_steps_follow_pytorch(torch, batch_norm, rng):
    twin = twin_of(torch, batch_norm, 1 / 16, 4)
    check_five_steps(torch, small(rng, batch_norm=batch_norm), twin, (2, 40, 36), 4, rng)


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (lambda: VGG(12), r"^depth must be one of \[11, 13, 16, 19\], got 12$"),
        (lambda: VGG(blocks=0), r"^blocks must be at least 1 and at most 5, got 0$"),
        (lambda: VGG(blocks=6), r"^blocks must be at least 1 and at most 5, got 6$"),
        (lambda: VGG(11, width=0), r"^width must be above 0, got 0.0$"),
        (lambda: VGG(11, width=0.01, dropout=1), r"^p of Dropout must be at least 0 and below 1"),
        (
            lambda: VGG(11, width=0.01)(np.ones((1, 3, 31, 40), np.float32)),
            r"^a 2-wide window does not fit: input size 1 ",
        ),
    ],
)
def test_mistakes_are_refused(build, message):
    with pytest.raises(ValueError, match=message):
        build()
