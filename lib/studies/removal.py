"""What trained networks still answer when some of their blocks or layers are taken out.

Veit, Wilber and Belongie, *Residual networks behave like ensembles of relatively shallow networks*
(2016), section 4, did so with networks that had learned CIFAR-10 and ImageNet.
"""

from contextlib import ExitStack
from itertools import combinations, pairwise

from lib.datasets import load_cifar10, load_mnist_sample
from lib.networks import without_block
from lib.networks.residual import BasicBlock
from lib.trained import load_trained

DIGITS, PICTURES = 500, 1_000


def run(digits=None, pictures=None):
    """Take blocks out of a residual network on digits, and one part out of two on photographs.

    Parameters
    ----------
    digits, pictures : Dataset, optional
        Digits that no network has seen, the first 500 of those that every reader has; the first
        1,000 validation pictures of CIFAR-10.

    Returns
    -------
    dict
        ``best_mnist``: the accuracy without each block, and without each two, by their names with a
        blank between. ``resnet20_cifar10``: without each block. ``vgg_cifar10``: without
        each convolution that keeps its channels, and the normalization behind it. ``""`` is the
        whole network.
    """
    digits = load_mnist_sample()[:DIGITS] if digits is None else digits
    pictures = load_cifar10().validation[:PICTURES] if pictures is None else pictures
    residual = load_trained("best_mnist")
    blocks = blocks_of(residual)
    sets = [some for count in range(3) for some in combinations(blocks, count)]
    on_photographs = {}
    for name in ("resnet20_cifar10", "vgg_cifar10"):
        network = load_trained(name)
        parts = {"": (), **{part: (part,) for part in blocks_of(network)}}
        if name == "vgg_cifar10":
            parts |= {conv: (conv, norm) for conv, norm in pairs_of(network)}
        on_photographs[name] = {
            part: accuracy_without(network, names, pictures) for part, names in parts.items()
        }
    return {
        "settings": {
            "data": {"digits": digits.name, "pictures": pictures.name},
            "digits": len(digits),
            "pictures": len(pictures),
        },
        "best_mnist": {" ".join(some): accuracy_without(residual, some, digits) for some in sets},
        **on_photographs,
    }


def blocks_of(network):
    """Return the names of the residual blocks, in the order of the computation."""
    return [name for name, layer in network.named_modules() if isinstance(layer, BasicBlock)]


def pairs_of(network):
    """Return the names of the convolutions that keep their channels, and of what is behind each."""
    layers = [(name, layer) for name, layer in network.named_modules() if not layer.children()]
    for (name, layer), (behind, _) in pairwise(layers):
        channels = getattr(layer, "in_channels", None), getattr(layer, "out_channels", None)
        if channels[0] is not None and channels[0] == channels[1]:
            yield name, behind


def accuracy_without(network, names, data):
    """Return the accuracy of a network without some of its parts."""
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(without_block(network, name))
        return round(network.accuracy(*data), 4)
