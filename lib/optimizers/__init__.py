"""Optimizers: how a parameter follows its gradient.

An optimizer is made for a network and steps after each backward pass::

    value, dlogits = loss(network(x), targets)
    network.backward(dlogits)
    optimizer.step()
"""

from lib.optimizers.adaptive import AdaGrad, Adam, AdamW, RMSProp
from lib.optimizers.base import Optimizer
from lib.optimizers.gradient_descent import SGD, Momentum, Nesterov

__all__ = ["SGD", "AdaGrad", "Adam", "AdamW", "Momentum", "Nesterov", "Optimizer", "RMSProp"]
