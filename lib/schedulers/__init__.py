"""Learning-rate schedules: how large a step is, as the training goes on.

A schedule is made for an optimizer and steps after each epoch. It gets the figures of that epoch,
which only :class:`ReduceLROnPlateau` reads::

    schedule = WarmUp(CosineAnnealingLR(optimizer, epochs=15), epochs=5)
    schedule.step({"loss": 0.3, "validation_loss": 0.4})
"""

from lib.schedulers.base import Scheduler
from lib.schedulers.decay import CosineAnnealingLR, ExponentialLR, MultiStepLR, StepLR
from lib.schedulers.plateau import ReduceLROnPlateau
from lib.schedulers.warm_up import LinearLR, WarmUp

__all__ = [
    "CosineAnnealingLR",
    "ExponentialLR",
    "LinearLR",
    "MultiStepLR",
    "ReduceLROnPlateau",
    "Scheduler",
    "StepLR",
    "WarmUp",
]
