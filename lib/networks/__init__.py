"""Networks: one architecture a file."""

from lib.networks.base import Network
from lib.networks.simple_convnet import SimpleConvNet
from lib.networks.trained import load_history, load_trained

__all__ = ["Network", "SimpleConvNet", "load_history", "load_trained"]
