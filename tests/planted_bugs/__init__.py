"""Mistakes that the tests must notice: ``make bugs`` plants them, one at a time."""

from tests.planted_bugs.table import (
    augmentation,
    convolution,
    datasets,
    drawing,
    generalize,
    layers,
    losses,
    networks,
    optimizers,
    pages,
    training,
)

BUGS = [
    *convolution.BUGS,
    *layers.BUGS,
    *losses.BUGS,
    *optimizers.BUGS,
    *training.BUGS,
    *augmentation.BUGS,
    *networks.BUGS,
    *datasets.BUGS,
    *pages.BUGS,
    *drawing.BUGS,
    *generalize.BUGS,
]
