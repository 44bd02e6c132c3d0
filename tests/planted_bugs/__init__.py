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
    learn,
    losses,
    networks,
    optimizers,
    pages,
    seeing,
    training,
    transfer,
)

BUGS = [
    *convolution.BUGS,
    *layers.BUGS,
    *losses.BUGS,
    *optimizers.BUGS,
    *training.BUGS,
    *learn.BUGS,
    *augmentation.BUGS,
    *networks.BUGS,
    *deeper.BUGS,
    *datasets.BUGS,
    *pages.BUGS,
    *drawing.BUGS,
    *transfer.BUGS,
    *faster.BUGS,
    *architectures.BUGS,
    *seeing.BUGS,
]
