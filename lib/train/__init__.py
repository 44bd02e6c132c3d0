"""Train the networks that come with the book: ``python -m lib.train simple_convnet``.

Each network has a recipe with fixed seeds: see :mod:`lib.train.recipes`. Ctrl-C stops a training;
the same command continues it, to the same result. At the end the weights go to ``data/weights``
and the record of the training to ``data/histories``.
"""

from lib.train.recipes import RECIPES, Recipe
from lib.train.run import train

__all__ = ["RECIPES", "Recipe", "train"]
