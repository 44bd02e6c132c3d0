"""Losses: how far a prediction is from the truth, and in which direction to go.

A loss stays outside the network: ``loss(prediction, targets)`` returns the value, averaged over
the batch, and its gradient with respect to the prediction, ready for ``network.backward``. With
``reduction="sum"`` the terms are added up and not divided by their number.
"""

from lib.layers.activation import log_softmax, softmax
from lib.losses.cross_entropy import SoftmaxCrossEntropy
from lib.losses.elementwise import BinaryCrossEntropy, MeanSquaredError

__all__ = [
    "BinaryCrossEntropy",
    "MeanSquaredError",
    "SoftmaxCrossEntropy",
    "log_softmax",
    "softmax",
]
