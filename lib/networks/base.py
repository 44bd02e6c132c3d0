"""What every network can do beside its two passes."""

from lib import serialization
from lib.backend import array_namespace, to_numpy
from lib.layers import Sequential
from lib.losses import SoftmaxCrossEntropy


class Network(Sequential):
    """A `Sequential` that classifies: it maps a batch of inputs to logits, one a class.

    The loss stays outside; :meth:`loss` and :meth:`gradient` apply the usual one, softmax
    cross-entropy, for experiments by hand.

    Attributes
    ----------
    optional_parts : tuple of str
        Layers that files of published weights hold and that the network may be built without.
    """

    optional_parts = ()

    def predict(self, images, batch_size=500):
        """Return the logits for any number of images, in evaluation mode and in batches.

        Batches keep the memory needed small; the result does not depend on their size. The mode
        of the network is put back afterwards.

        Parameters
        ----------
        images : array
        batch_size : int, default 500

        Shape
        -----
        ``(N, C, H, W)`` → ``(N, K)``

        Raises
        ------
        ValueError
            If there is no image, or `batch_size` is below 1.
        """
        if images.shape[0] == 0:
            raise ValueError(f"predict expects at least one image, got shape {images.shape}")
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1, got {batch_size}")
        modes = {layer: layer.training for layer in self.modules()}
        self.eval()
        try:
            starts = range(0, images.shape[0], batch_size)
            logits = [self(images[i : min(i + batch_size, images.shape[0]), ...]) for i in starts]
        finally:
            for layer, mode in modes.items():
                layer.training = mode
        return array_namespace(images).concat(logits)

    def accuracy(self, images, labels, batch_size=500):
        """Return the share of images whose largest logit is that of the true class, 0 to 1.

        Raises
        ------
        ValueError
            If there are not as many labels as images, one for each.
        """
        if tuple(labels.shape) != (images.shape[0],):
            raise ValueError(
                f"accuracy expects labels of shape ({images.shape[0]},), got {tuple(labels.shape)}"
            )
        predicted = to_numpy(self.predict(images, batch_size)).argmax(axis=1)
        return float((predicted == to_numpy(labels)).mean())

    def loss(self, images, labels):
        """Return the mean softmax cross-entropy of one batch, in the present mode."""
        value, _ = SoftmaxCrossEntropy()(self(images), labels)
        return value

    def gradient(self, images, labels):
        """Run both passes on one batch and return the gradient of every parameter by name."""
        _, dlogits = SoftmaxCrossEntropy()(self(images), labels)
        self.backward(dlogits)
        return {name: parameter.grad for name, parameter in self.named_parameters()}

    def save(self, path, *, dtype=None):
        """Write all parameters to an ``.npz`` file: see :func:`lib.serialization.save`."""
        serialization.save(self, path, dtype=dtype)

    def load(self, path):
        """Set all parameters from an ``.npz`` file: see :func:`lib.serialization.load`."""
        return serialization.load(self, path)

    def load_pretrained(self, path):
        """Set all parameters from a file of published weights, with PyTorch's names.

        See :func:`lib.serialization.load_pretrained`; the network is returned, so that
        ``VGG(16).load_pretrained("vgg16.safetensors")`` is ready for :meth:`predict`.
        """
        return serialization.load_pretrained(self, path)
