"""How each network of the book is trained: one table.

Every choice in it was made on the validation pictures. The test pictures are read once, at the end
of a training.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from lib.augmentation import RandomAffine
from lib.losses import SoftmaxCrossEntropy
from lib.networks import MLP, DeepConvNet, LeNet5, SimpleConvNet, TwoConvNet
from lib.networks.lenet_parts import MaximumAPosteriori
from lib.optimizers import Adam, AdamW, Momentum
from lib.schedulers import CosineAnnealingLR


def cosine(optimizer, epochs):
    """Lower the learning rate to 0 along half a cosine."""
    return CosineAnnealingLR(optimizer, epochs)


def constant(optimizer, epochs):
    """Leave the learning rate as it is."""


@dataclass(frozen=True)
class Recipe:
    """How one network is trained.

    Attributes
    ----------
    network, optimizer : partial
        The class with its settings.
    epochs : int
    batch_size : int
    schedule : callable, default `cosine`
        ``schedule(optimizer, epochs) -> Scheduler or None``
    augment : callable, optional
        See :mod:`lib.augmentation`.
    loss : callable, default `SoftmaxCrossEntropy`
    data : {"mnist", "cifar10"}
    normalized : bool, default True
        Whether the first layer normalizes the pictures, by the training pictures' statistics.
    seeds : tuple of int
        A training for each; the weights of the first are shipped.
    stored_as : str, default "float32"
        The type of the shipped weights. The result is that of the shipped weights.
    filters_of : str, optional
        The layer whose filters are kept at many steps.
    minutes : float
        About how long a training takes on one core, before it has a record that tells.
    """

    network: partial
    optimizer: partial
    epochs: int
    batch_size: int = 100
    schedule: Callable = cosine
    augment: Callable | None = None
    loss: Callable = field(default_factory=SoftmaxCrossEntropy)
    data: str = "mnist"
    normalized: bool = True
    seeds: tuple = (0,)
    stored_as: str = "float32"
    filters_of: str | None = None
    minutes: float = 0.0


RECIPES = {
    # The dense network. With a constant learning rate it stays a little below 98 %.
    "mlp": Recipe(
        partial(MLP, hidden_size=128, dropout=0.2),
        partial(AdamW, lr=2e-3, weight_decay=0.2),
        epochs=20,
        minutes=1,
    ),
    # As in the lessons that it comes from.
    "two_conv_net": Recipe(
        partial(TwoConvNet),
        partial(Momentum, lr=0.01, momentum=0.5),
        epochs=9,
        batch_size=64,
        schedule=constant,
        minutes=2,
    ),
    # The network of the chapter "A CNN from scratch", which sees the pixels as they are. With plain
    # Adam it soon knows its digits by heart.
    "simple_convnet": Recipe(
        partial(SimpleConvNet),
        partial(AdamW, lr=2e-3, weight_decay=0.2),
        epochs=12,
        normalized=False,
        filters_of="conv",
        minutes=3,
    ),
    # As published: its own connections, activation, codes and loss.
    "lenet5": Recipe(
        partial(LeNet5, padding=2),
        partial(AdamW, lr=3e-3, weight_decay=0.05),
        epochs=20,
        loss=MaximumAPosteriori(),
        minutes=4,
    ),
    "deep_convnet": Recipe(
        partial(DeepConvNet),
        partial(Adam, lr=1e-3),
        epochs=20,
        schedule=constant,
        seeds=(0, 1, 2),
        minutes=90,
    ),
    "deep_convnet_augmented": Recipe(
        partial(DeepConvNet),
        partial(AdamW, lr=2e-3, weight_decay=0.05),
        epochs=30,
        augment=RandomAffine(degrees=10, shift=2, scale=(0.9, 1.1)),
        minutes=50,
    ),
}
