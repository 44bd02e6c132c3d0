"""What a layer owns: parameters, which training changes, and buffers, which it does not."""

from lib.settings import as_flag


class Parameter:
    """An array that a layer learns, with the gradient of the loss with respect to it.

    Parameters
    ----------
    data : array
        The values.
    trainable : bool, default True
        Optimizers leave a parameter with ``trainable=False`` as it is.

    Attributes
    ----------
    grad : array or None
        Of the shape of `data`; set anew by every backward pass, ``None`` before the first.
    """

    def __init__(self, data, trainable=True):
        self.data = _as_array(data, "Parameter")
        self.grad = None
        self.trainable = as_flag(trainable, "trainable")

    def __repr__(self):
        return f"{type(self).__name__}(shape={tuple(self.data.shape)}, dtype={self.data.dtype})"


class Buffer:
    """An array that belongs to a layer and is saved with it, but has no gradient.

    Batch normalization keeps its running mean and variance in buffers.

    Parameters
    ----------
    data : array
        The values.
    """

    def __init__(self, data):
        self.data = _as_array(data, "Buffer")

    __repr__ = Parameter.__repr__


def _as_array(data, name):
    if not hasattr(type(data), "__array_namespace__") and not hasattr(type(data), "__dlpack__"):
        raise TypeError(f"{name} expects an array, got {type(data).__name__}")
    return data
