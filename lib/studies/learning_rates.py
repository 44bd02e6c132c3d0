"""Which learning rates work, for several first weights, with batch norm, and with Adam."""

from functools import partial

from lib.layers.initializers import xavier_normal
from lib.optimizers import Adam, Momentum
from lib.schedulers import LinearLR
from lib.studies import comparing
from lib.studies.comparing import Variant
from lib.studies.techniques import six_convolutions
from lib.trained import Recipe
from lib.trained.recipes import constant

TRAINING, VALIDATION, EPOCHS, SEEDS = 2_000, 2_000, 4, (0, 1)
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
ADAM_RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01)
QUIET = 0.01  # what the weights of a quiet last layer are multiplied by


def quiet_output(*, quiet=QUIET, rng, **settings):
    """Return six convolutions whose last layer begins with small weights, so that it guesses."""
    network = six_convolutions(rng=rng, **settings)
    network[-1].weight.data *= quiet
    return network


def warm_up(optimizer, epochs):
    """Begin at a tenth of the rate, and reach it after two epochs."""
    return LinearLR(optimizer, epochs=2, start_factor=0.1)


# What differs from He's weights, momentum, a constant rate and normalized pictures.
WAYS = {
    "He": {},
    "Xavier": {"network": partial(six_convolutions, initializer=xavier_normal)},
    "batch norm": {"network": partial(six_convolutions, batch_norm=True)},
    "He, quiet output": {"network": quiet_output},
    "Adam": {"optimizer": Adam},
    "He, pixels as they are": {"normalized": False},
    "He, warm-up": {"schedule": warm_up},
}


def variants(splits, epochs=EPOCHS):
    """Return each way of `WAYS` at each of its learning rates: ``"He, 0.01"`` and so on."""
    made = {}
    for label, way in WAYS.items():
        way = {"optimizer": Momentum, "schedule": constant, "normalized": True} | way
        network, optimizer = way.pop("network", six_convolutions), way.pop("optimizer")
        for rate in ADAM_RATES if optimizer is Adam else RATES:
            recipe = Recipe(
                partial(network, input_shape=splits.train.images.shape[1:]),
                partial(optimizer, lr=rate),
                epochs=epochs,
                batch_size=50,
                data="mnist",
                **way,
            )
            made[f"{label}, {rate:g}"] = Variant(recipe, splits)
    return made


def run(splits=None, *, epochs=EPOCHS, seeds=SEEDS, **settings):
    """Train the six convolutions of the study ``techniques`` at several learning rates.

    Parameters
    ----------
    splits : Splits, optional
        The first 2,000 training digits and 2,000 validation digits, if not given.
    epochs : int, default 4
    seeds : sequence of int, default (0, 1)
    **settings
        For :func:`~lib.studies.comparing.compare`.

    Returns
    -------
    dict
        ``variants``: see :func:`~lib.studies.comparing.compare`. Where the loss of a seed was no
        number any more there is only ``diverged``, which says when and where.
    """
    if splits is None:
        splits = comparing.mnist(TRAINING, VALIDATION)
    compared = {}
    for label, variant in variants(splits, epochs).items():
        try:
            found = comparing.compare("learning_rates", {label: variant}, seeds=seeds, **settings)
        except FloatingPointError as error:
            found = {label: {"diverged": str(error)}}
        compared |= found
    return {
        "settings": {"data": comparing.described_data(splits)},
        "variants": compared,
    }
