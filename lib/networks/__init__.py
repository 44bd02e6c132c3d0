"""Networks: one architecture a file."""

from lib.networks.alexnet import AlexNet
from lib.networks.base import Network
from lib.networks.deep_convnet import DeepConvNet
from lib.networks.dense import MLP
from lib.networks.googlenet import AuxiliaryLoss, GoogLeNet
from lib.networks.lenet import LeNet5
from lib.networks.mobilenet_v1 import MobileNetV1
from lib.networks.mobilenet_v2 import MobileNetV2
from lib.networks.resnet import CIFARResNet, ResNet
from lib.networks.simple_convnet import SimpleConvNet
from lib.networks.two_convnet import TwoConvNet
from lib.networks.vgg import VGG
from lib.networks.without import without_block
from lib.networks.xception import Xception

__all__ = [
    "MLP",
    "VGG",
    "AlexNet",
    "AuxiliaryLoss",
    "CIFARResNet",
    "DeepConvNet",
    "GoogLeNet",
    "LeNet5",
    "MobileNetV1",
    "MobileNetV2",
    "Network",
    "ResNet",
    "SimpleConvNet",
    "TwoConvNet",
    "Xception",
    "without_block",
]
