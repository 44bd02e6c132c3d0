"""Mistakes that the tests must notice: ``make bugs`` plants them, one at a time."""

from tests.planted_bugs.table import (
    architectures,
    augmentation,
    convolution,
    datasets,
    deeper,
    drawing,
    faster,
    layers,
    losses,
    networks,
    optimizers,
    pages,
    training,
    transfer,
)

BUGS = [
    *convolution.BUGS,
    *layers.BUGS,
    *losses.BUGS,
    *optimizers.BUGS,
    *training.BUGS,
    *augmentation.BUGS,
    *networks.BUGS,
    *deeper.BUGS,
    *datasets.BUGS,
    *pages.BUGS,
    *drawing.BUGS,
    *transfer.BUGS,
    *faster.BUGS,
    *architectures.BUGS,
]
