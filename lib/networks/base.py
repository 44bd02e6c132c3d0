"""What every network can do beside its two passes."""

import numpy as np

from lib import serialization
from lib.backend import array_namespace, to_numpy
from lib.datasets import Dataset
from lib.layers import Sequential
from lib.losses import SoftmaxCrossEntropy
from lib.settings import as_integer


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
        TypeError
            If the images are no array, or `batch_size` is no integer.
        ValueError
            If there is no image, or `batch_size` is below 1.
        """
        _check_images(images, "predict")
        batch_size = as_integer(batch_size, "batch_size", at_least=1)
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
        TypeError
            If the images or the labels are no arrays, or the labels are no integers.
        ValueError
            If there are not as many labels as images, one for each; if a label is none of the
            network's classes; if the network gives logits that are not a number.
        """
        _check_images(images, "accuracy")
        _check_labels(labels, images.shape[0])
        logits, true = to_numpy(self.predict(images, batch_size)), to_numpy(labels)
        _check_logits(logits, true)
        return float((logits.argmax(axis=1) == true).mean())

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
        """Write all parameters to a file that ends in ``.npz`` or ``.safetensors``.

        See :func:`lib.serialization.save`.
        """
        serialization.save(self, path, dtype=dtype)

    def load(self, path):
        """Set all parameters from a file that `save` wrote: see :func:`lib.serialization.load`."""
        return serialization.load(self, path)

    def load_pretrained(self, path):
        """Set all parameters from a file of published weights, with PyTorch's names.

        See :func:`lib.serialization.load_pretrained`; the network is returned, so that
        ``VGG(16).load_pretrained("vgg16.safetensors")`` is ready for :meth:`predict`.
        """
        return serialization.load_pretrained(self, path)

    def export_onnx(self, path, input_shape, *, classes=()):
        """Write the network as it predicts to an ONNX model, which other programs run.

        Pictures go in from 0 to 1. What normalizes them is in the model if it is a layer of the
        network, as it is in those of `load_trained`. For published weights put a
        :class:`~lib.layers.Normalize` before the others: :meth:`~lib.layers.Sequential.prepend`.

        The model's metadata say what goes in and what comes out: ``input`` (as JSON), ``output``,
        and ``classes`` (their names, as JSON).

        Parameters
        ----------
        path : path
            Must end in ``.onnx``; missing folders are made.
        input_shape : sequence of int
            Of one input, such as ``(3, 224, 224)``. The model takes any number of inputs of that
            shape, as float32, by the name ``images``, and gives ``logits``.
        classes : list of str, optional
            A name for each logit.

        Raises
        ------
        ModuleNotFoundError
            If the package onnx is not installed.
        TypeError
            If there is no ONNX form of a layer, or a setting is of another kind.
        ValueError
            If `path` does not end in ``.onnx``, the network does not take such an input, or there
            are not as many names as classes.

        Examples
        --------
        ::

            digits = [str(digit) for digit in range(10)]
            load_trained("lenet5").export_onnx("lenet5.onnx", (1, 28, 28), classes=digits)
        """
        from lib.networks.onnx import export_onnx  # it knows the networks, which know this file

        export_onnx(self, path, input_shape, classes=classes)


def _check_images(images, method):
    """Refuse what is no array, and an array without an image."""
    if not _is_array(images):
        hint = "; a data set's are dataset.images" if isinstance(images, Dataset) else ""
        raise TypeError(f"{method} expects images as an array, got {type(images).__name__}{hint}")
    if not images.shape or images.shape[0] == 0:
        raise ValueError(f"{method} expects at least one image, got shape {tuple(images.shape)}")


def _check_labels(labels, n):
    """Refuse what is not one integer for each image."""
    if not _is_array(labels):
        raise TypeError(f"accuracy expects labels as an array, got {type(labels).__name__}")
    if not array_namespace(labels).isdtype(labels.dtype, "integral"):
        raise TypeError(f"accuracy expects labels that are integers, got {labels.dtype}")
    if tuple(labels.shape) != (n,):
        raise ValueError(f"accuracy expects labels of shape ({n},), got {tuple(labels.shape)}")


def _check_logits(logits, labels):
    """Refuse logits of which none is the label's, and those of which none is the largest."""
    if logits.ndim != 2:
        raise ValueError(f"accuracy expects logits of shape (N, K), got {logits.shape}")
    low, high, classes = labels.min(), labels.max(), logits.shape[1]
    if low < 0 or high >= classes:
        raise ValueError(f"accuracy expects labels from 0 to {classes - 1}, got {low} to {high}")
    undecided = int(np.isnan(logits).any(axis=1).sum())
    if undecided:
        raise ValueError(
            f"the network gives {undecided} of {len(logits)} images logits that are not a number; "
            "its accuracy says nothing"
        )


def _is_array(x):
    try:
        array_namespace(x)
    except TypeError:
        return False
    return True
