"""What a layer owns: parameters, which training changes, and buffers, which it does not."""


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
        self.data = data
        self.grad = None
        self.trainable = trainable

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
        self.data = data

    __repr__ = Parameter.__repr__
