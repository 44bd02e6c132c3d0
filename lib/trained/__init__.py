"""The networks that come with the book: their recipes, their records, and the run that makes them.

`load_trained` gives one, ready to use. ``python -m lib.trained simple_convnet`` trains one: each
network has a recipe with fixed seeds: see :mod:`lib.trained.recipes`. Ctrl-C stops a training; the
same command continues it, to the same result. At the end the weights go to ``data/weights`` and the
record of the training to ``data/histories``. After ``mpiexec -n 2`` the same command trains on two
processes: see :class:`lib.training.DataParallel`.
"""

from lib.trained.predicting import predict_picture
from lib.trained.recipes import RECIPES, Recipe
from lib.trained.run import train
from lib.trained.stored import load_filters, load_history, load_trained, trained_names

__all__ = [
    "RECIPES",
    "Recipe",
    "load_filters",
    "load_history",
    "load_trained",
    "predict_picture",
    "train",
    "trained_names",
]
