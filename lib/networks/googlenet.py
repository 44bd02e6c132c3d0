"""GoogLeNet: inception blocks, filters of several sizes side by side."""

from lib.backend import array_namespace
from lib.layers import (
    AdaptiveAvgPool2d,
    BatchNorm2d,
    Concat,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Linear,
    MaxPool2d,
    ReLU,
    Sequential,
)
from lib.layers.containers import as_layer
from lib.losses import SoftmaxCrossEntropy
from lib.networks.base import Network
from lib.networks.sizes import counts, scaled
from lib.settings import as_flag, as_generator, as_number

# Filters of each block: 1×1; 1×1 then 3×3; 1×1 then the large one; 1×1 after the pooling. From
# table 1 of the source. Between them the size of a pooling window, and the places of the heads.
BLOCKS = {
    "inception3a": (64, 96, 128, 16, 32, 32),
    "inception3b": (128, 128, 192, 32, 96, 64),
    "maxpool3": 3,
    "inception4a": (192, 96, 208, 16, 48, 64),
    "aux1": None,
    "inception4b": (160, 112, 224, 24, 64, 64),
    "inception4c": (128, 128, 256, 24, 64, 64),
    "inception4d": (112, 144, 288, 32, 64, 64),
    "aux2": None,
    "inception4e": (256, 160, 320, 32, 128, 128),
    "maxpool4": 2,
    "inception5a": (256, 160, 320, 32, 128, 128),
    "inception5b": (384, 192, 384, 48, 128, 128),
}


class GoogLeNet(Network):
    """Nine inception blocks, and no fully connected layer but the last.

    ``conv1 – maxpool1 – conv2 – conv3 – maxpool2 – inception3a – ... – inception5b – avgpool –
    dropout – fc``, in the form that PyTorch publishes weights for: with batch normalization, and
    3×3 where the source has 5×5.

    Parameters
    ----------
    num_classes : int, default 1000
    in_channels : int, default 3
    aux : bool, default False
        Two more classifiers, half-way up, whose losses help the lower layers to learn; train with
        :class:`AuxiliaryLoss`. `aux_logits` in PyTorch.
    width : float, default 1.0
        Factor on the number of filters; small ones train on a CPU.
    dropout, dropout_aux : float, default 0.2 and 0.7
        Probability that a number is dropped in training before the last layer of the network and
        of the heads.
    rng : numpy.random.Generator or int, optional
        Draws the initial weights and what is dropped; a seed makes one, a fresh one if not given.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, num_classes)``; H and W of any size, in the source 224.

    Raises
    ------
    TypeError, ValueError
        If a setting is of another kind, or out of range.

    Notes
    -----
    The names of the weights, such as ``inception3a.branch2.0.conv.weight``, are those of PyTorch's
    published files. Those hold the heads as well: with ``aux=False``, ``load_pretrained``
    passes them over; with ``aux=True`` it takes them, but they were never trained. Source: Szegedy
    et al., *Going deeper with convolutions* (2014), table 1 and section 5; batch normalization:
    Ioffe and Szegedy (2015).

    Examples
    --------
    >>> import numpy as np
    >>> network = GoogLeNet(num_classes=10, width=1 / 8)
    >>> network(np.zeros((1, 3, 64, 64), np.float32)).shape
    (1, 10)
    >>> network.parameter_count()
    91410
    """

    optional_parts = ("aux1", "aux2")

    def __init__(
        self,
        *,
        num_classes=1000,
        in_channels=3,
        aux=False,
        width=1.0,
        dropout=0.2,
        dropout_aux=0.7,
        rng=None,
    ):
        num_classes, in_channels = counts(num_classes=num_classes, in_channels=in_channels)
        aux = as_flag(aux, "aux")
        dropout_aux = as_number(dropout_aux, "dropout_aux", at_least=0, below=1)
        rng = as_generator(rng)
        first, c = scaled([64, 192], width)
        layers = {
            "conv1": _conv(in_channels, first, 7, rng, stride=2),
            "maxpool1": MaxPool2d(3, 2, ceil_mode=True),
            "conv2": _conv(first, first, 1, rng),
            "conv3": _conv(first, c, 3, rng),
            "maxpool2": MaxPool2d(3, 2, ceil_mode=True),
        }
        for name, entry in BLOCKS.items():
            if name.startswith("maxpool"):
                layers[name] = MaxPool2d(entry, 2, ceil_mode=True)
            elif name.startswith("inception"):
                filters = scaled(entry, width)
                layers[name] = Inception(c, filters, rng)
                c = sum(filters[i] for i in (0, 2, 4, 5))
            elif aux:
                layers[name] = AuxiliaryHead(c, num_classes, width, dropout_aux, rng)
        super().__init__(
            **layers,
            avgpool=GlobalAvgPool2d(),
            dropout=Dropout(dropout, rng=rng),
            fc=Linear(c, num_classes, rng=rng),
        )


class Inception(Concat):
    """Filters of several sizes side by side on the same input; their outputs are joined.

    Parameters
    ----------
    in_channels : int
    filters : sequence of six int
        1×1; 1×1 then 3×3; 1×1 then the large one; 1×1 after the pooling.
    rng : numpy.random.Generator
        Draws the initial weights.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, F, H, W)``, where F is the sum of what the four branches end with.

    Notes
    -----
    Source: Szegedy et al., *Going deeper with convolutions* (2014), figure 2b. Before the 3×3 and
    the large convolution a 1×1 one makes the channels few, which saves most of the work.
    """

    def __init__(self, in_channels, filters, rng):
        narrow, to_middle, middle, to_large, large, pooled = filters
        super().__init__(
            branch1=_conv(in_channels, narrow, 1, rng),
            branch2=Sequential(
                _conv(in_channels, to_middle, 1, rng), _conv(to_middle, middle, 3, rng)
            ),
            branch3=Sequential(
                _conv(in_channels, to_large, 1, rng), _conv(to_large, large, 3, rng)
            ),
            branch4=Sequential(MaxPool2d(3, 1, padding=1), _conv(in_channels, pooled, 1, rng)),
        )


class AuxiliaryHead(Sequential):
    """A classifier beside the network, which lets its input pass as it is.

    In training it keeps its own logits, for :class:`AuxiliaryLoss`. The gradient that the loss
    leaves there goes back through the head and is added to that of the network. Without one the
    head has no part in the loss, and gradients of 0.

    Parameters
    ----------
    in_channels, num_classes : int
    width : float
        Factor on the sizes of its layers.
    dropout : float
    rng : numpy.random.Generator

    Attributes
    ----------
    logits : array or None
        ``(N, num_classes)`` after a forward pass in training.
    dlogits : array or None
        The gradient with respect to them, used up by the next backward pass.

    Shape
    -----
    ``(N, C, H, W)`` → the same

    Notes
    -----
    Source: Szegedy et al., *Going deeper with convolutions* (2014), section 5.
    """

    def __init__(self, in_channels, num_classes, width, dropout, rng):
        filters, hidden = scaled([128, 1024], width)
        super().__init__(
            pool=AdaptiveAvgPool2d(4),
            conv=_conv(in_channels, filters, 1, rng),
            flatten=Flatten(),
            fc1=Linear(filters * 4 * 4, hidden, rng=rng),
            relu=ReLU(),
            dropout=Dropout(dropout, rng=rng),
            fc2=Linear(hidden, num_classes, rng=rng),
        )
        self.logits = self.dlogits = None

    def forward(self, x):
        """Return `x`; in training, keep the logits."""
        self.logits = super().forward(x) if self.training else None
        self.dlogits = None
        return x

    def backward(self, dout):
        """Return `dout` and what comes back through the head."""
        dlogits, self.dlogits = self.dlogits, None
        if dlogits is None:
            for parameter in self.parameters():
                if parameter.trainable:
                    xp = array_namespace(parameter.data)
                    parameter.grad = xp.zeros_like(parameter.data, dtype=dout.dtype)
            return dout
        dx = super().backward(dlogits)
        return dout + dx if self.needs_dx else None


class AuxiliaryLoss:
    r"""The loss of a network with auxiliary heads: its own, and a share of theirs.

    .. math:: L = L_{main} + 0.3\,(L_{aux1} + L_{aux2})

    Parameters
    ----------
    network : Layer
        With an ``AuxiliaryHead`` anywhere.
    loss : callable, optional
        Called as ``loss(logits, targets)``; softmax cross-entropy if not given.
    weight : float, default 0.3
        Of each head.

    Raises
    ------
    TypeError
        If the network is no layer, the loss not callable, or the weight no number.
    ValueError
        If the network has no such head, or the weight is below 0.

    Notes
    -----
    In evaluation mode, and where they are frozen, the heads are not computed and do not count.
    Source: Szegedy et al., *Going deeper with convolutions* (2014), section 5.

    Examples
    --------
    >>> import numpy as np
    >>> network = GoogLeNet(num_classes=4, width=1 / 16, aux=True, rng=np.random.default_rng(0))
    >>> x, labels = np.zeros((2, 3, 64, 64), np.float32), np.array([0, 1])
    >>> value, dlogits = AuxiliaryLoss(network)(network(x), labels)
    >>> dlogits.shape, value > network.loss(x, labels)
    ((2, 4), True)
    """

    def __init__(self, network, loss=None, weight=0.3):
        layers = as_layer(network, "network").modules()
        self.heads = [layer for layer in layers if isinstance(layer, AuxiliaryHead)]
        if not self.heads:
            raise ValueError("AuxiliaryLoss expects a network with auxiliary heads, got none")
        self.loss = SoftmaxCrossEntropy() if loss is None else loss
        if not callable(self.loss):
            raise TypeError(f"loss must be callable, got {type(loss).__name__}")
        self.weight = as_number(weight, "weight", at_least=0)

    def __call__(self, logits, targets):
        """Return the value and the gradient with respect to `logits`; the heads keep theirs."""
        value, dlogits = self.loss(logits, targets)
        for head in self.heads:
            if head.logits is not None:
                head_value, head_dlogits = self.loss(head.logits, targets)
                value += self.weight * head_value
                head.dlogits = self.weight * head_dlogits
        return value, dlogits


def _conv(in_channels, out_channels, kernel_size, rng, stride=1):
    settings = {"padding": kernel_size // 2, "bias": False, "rng": rng}
    return Sequential(
        conv=Conv2d(in_channels, out_channels, kernel_size, stride, **settings),
        bn=BatchNorm2d(out_channels, eps=1e-3),
        relu=ReLU(),
    )
