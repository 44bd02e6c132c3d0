"""Whether a deeper network is better, with skips and without them.

He, Zhang, Ren and Sun, *Deep residual learning for image recognition* (2015), figure 6, found a
plain network of 56 layers worse than one of 20, in training as well as in testing.
"""

from functools import partial

from lib.networks import CIFARResNet
from lib.optimizers import Nesterov
from lib.studies import comparing
from lib.studies.comparing import Variant, changed
from lib.trained import Recipe
from lib.trained.recipes import CROP_AND_FLIP, warm_up_and_cosine

TRAINING, VALIDATION, EPOCHS, DEPTHS = 10_000, 2_000, 8, (20, 56)


def run(splits=None, *, epochs=EPOCHS, depths=DEPTHS, seeds=(0,), **settings):
    """Train networks of two depths, each with and without skips, equally long.

    Parameters
    ----------
    splits : Splits, optional
        10,000 training pictures of CIFAR-10 and 2,000 validation pictures, if not given.
    epochs : int
    depths : sequence of int
    seeds : sequence of int
    **settings
        For :func:`~lib.studies.comparing.compare`.

    Returns
    -------
    dict
        ``variants``: see :func:`~lib.studies.comparing.compare`.
    """
    splits = comparing.cifar10(TRAINING, VALIDATION) if splits is None else splits
    recipe = Recipe(
        partial(CIFARResNet),
        partial(Nesterov, lr=0.1, weight_decay=1e-4),
        epochs=epochs,
        batch_size=64,
        schedule=warm_up_and_cosine,
        augment=CROP_AND_FLIP,
        data="cifar10",
    )
    variants = {
        f"{'residual' if skips else 'plain'} {depth}": Variant(
            changed(recipe, {"depth": depth, "skips": skips}), splits
        )
        for depth in depths
        for skips in (False, True)
    }
    found = comparing.compare("depth", variants, seeds=seeds, **settings)
    return {"settings": {"data": comparing.described_data(splits)}, "variants": found}
