"""The contract of a layer."""

from difflib import get_close_matches

import numpy as np

from lib import backend
from lib.layers import checks, tree
from lib.layers.parameter import Buffer, Parameter
from lib.settings import as_flag


class Layer:
    """One differentiable step of a network; a whole network is a layer too.

    A layer has two passes:

    * ``forward(x)`` computes the output and keeps on ``self`` what the way back needs;
    * ``backward(dout)`` takes the gradient of the loss with respect to the output, sets ``grad``
      of every :class:`~lib.layers.parameter.Parameter` (overwriting the last one), and returns the
      gradient with respect to the input, ``dx``.

    Neither writes into its argument, and the output has the dtype and the device of the input. What
    is kept is that of the last call: where a network needs a ReLU twice, it has two of them. A
    `dout` of another shape than the last output is refused, for any layer.
    Parameters, buffers and child layers are plain attributes; they are found by walking
    ``vars(self)``, and their dotted names, such as ``features.0.weight``, are the keys of a
    saved file.

    Attributes
    ----------
    training : bool
        Whether dropout drops and batch normalization uses the statistics of the batch.
    needs_dx : bool
        Set to false by :meth:`set_needs_dx` where nobody reads ``dx``, as in the layer next to
        the data; ``backward`` may then return ``None`` and save the work.
    needs_backward : bool
        Set to false by :meth:`set_needs_dx` where ``backward`` would compute nothing that anybody
        reads; containers then do not call it.
    frozen : bool
        Set by :meth:`freeze`.

    Notes
    -----
    Called `Module` in PyTorch and `Layer` in Keras. Built up in the chapter *A CNN from scratch*.

    Examples
    --------
    >>> class Double(Layer):
    ...     def forward(self, x):
    ...         return 2 * x
    ...
    ...     def backward(self, dout):
    ...         return 2 * dout
    >>> Double()(np.array([1.0, 2.0]))
    array([2., 4.])
    """

    training = True
    needs_dx = True
    needs_backward = True
    frozen = False
    _noted = None

    def __init_subclass__(cls, **settings):
        super().__init_subclass__(**settings)
        checks.watch_passes(cls, Layer)

    def forward(self, x):
        """Return the output for the input `x`."""
        raise NotImplementedError(f"{type(self).__name__} has no forward pass")

    def backward(self, dout):
        """Return the gradient with respect to the input, given that of the output."""
        raise NotImplementedError(f"{type(self).__name__} has no backward pass")

    def __call__(self, x):
        """Return ``forward(x)``."""
        return self.forward(x)

    def __getattr__(self, name):
        # Reached only where there is no such attribute.
        public = [known for known in dir(self) if not known.startswith("_")]
        near = [] if name.startswith("_") else get_close_matches(name, public, n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}{hint}")

    # The tree of layers ----------------------------------------------------------------------

    def children(self):
        """Return the layers that are attributes of this one, by name."""
        return {name: value for name, value in vars(self).items() if isinstance(value, Layer)}

    def modules(self):
        """Yield this layer and all layers below it."""
        for _, layer in self.named_modules():
            yield layer

    def named_modules(self):
        """Yield ``(dotted name, layer)`` for the whole tree; this layer itself is ``""``.

        Here and in what follows, a layer or a parameter at two places is a ``ValueError``.
        """
        return tree.walk(self)

    def generators(self):
        """Return the random generators of the tree, such as that of dropout."""
        return [layer.rng for layer in self.modules() if hasattr(layer, "rng")]

    def _named(self, kind):
        return tree.owned(self, kind)

    def named_parameters(self):
        """Yield ``(dotted name, Parameter)`` for the whole tree."""
        yield from self._named(Parameter)

    def named_buffers(self):
        """Yield ``(dotted name, Buffer)`` for the whole tree."""
        yield from self._named(Buffer)

    def parameters(self):
        """Return the list of all parameters of the tree."""
        return [parameter for _, parameter in self.named_parameters()]

    def parameter_count(self):
        """Return how many numbers the tree learns."""
        return sum(backend.size(parameter.data) for parameter in self.parameters())

    # Modes -----------------------------------------------------------------------------------

    def train(self, mode=True):
        """Switch the whole tree to training mode, or to evaluation mode if `mode` is false.

        What is frozen stays in evaluation mode.
        """
        mode = as_flag(mode, "mode")
        for layer in self.modules():
            layer.training = mode and not layer.frozen
        return self

    def eval(self):
        """Switch the whole tree to evaluation mode: the same input gives the same output."""
        return self.train(False)

    def set_needs_dx(self, needs_dx=True):
        """Say whether anybody reads the gradient with respect to this layer's input.

        Returns
        -------
        bool
            Whether a gradient has to reach this layer's output: true if its input needs one, or
            if it learns itself. It is the `needs_dx` of the layer that comes next.
        """
        self.needs_dx = as_flag(needs_dx, "needs_dx")
        self.needs_backward = self.needs_dx or any(p.trainable for p in self.parameters())
        # A layer made of layers goes back through all of them or none; containers know better.
        for child in self.children().values():
            child.set_needs_dx(self.needs_backward)
        return self.needs_backward

    def freeze(self):
        """Stop the whole tree from changing: it computes, but it does not learn.

        Its parameters get no gradient and no step, and it stays in evaluation mode, so that batch
        normalization keeps its running statistics and dropout drops nothing. The trainer computes
        no gradients below a frozen stem; in a loop of your own, call ``set_needs_dx(False)`` on
        the network after freezing and unfreezing.

        Examples
        --------
        >>> from lib.layers import Linear, Sequential
        >>> network = Sequential(body=Linear(8, 4), head=Linear(4, 2))
        >>> _ = network.body.freeze()
        >>> [name for name, p in network.named_parameters() if p.trainable]
        ['head.weight', 'head.bias']
        """
        for layer in self.modules():
            if not layer.frozen:
                layer.frozen, layer.training = True, False
                own = [value for value in vars(layer).values() if isinstance(value, Parameter)]
                layer.held = [parameter for parameter in own if parameter.trainable]
                for parameter in layer.held:
                    parameter.trainable, parameter.grad = False, None
        return self

    def unfreeze(self):
        """Let the whole tree learn again: undo :meth:`freeze`, in the tree or a part of it.

        Parameters that were not trainable before stay so. An optimizer knows the parameters that
        were trainable when it was made: make a new one. The mode changes with the next ``train()``.
        """
        for layer in self.modules():
            if layer.frozen:
                layer.frozen = False
                for parameter in layer.held:
                    parameter.trainable = True
        return self

    # Saved state -----------------------------------------------------------------------------

    def state(self):
        """Return the values of all parameters and buffers by dotted name."""
        return {name: value.data for name, value in self._named(Parameter | Buffer)}

    def check_state(self, state):
        """Refuse a state that does not fit; what a file says of its arrays is enough.

        Parameters
        ----------
        state : dict of str to array
            Or to what has the ``shape`` and the ``dtype`` of an array.

        Raises
        ------
        ValueError
            Listing every name that is missing, unexpected, of another shape, or of another kind of
            numbers.
        TypeError
            If `state` is no mapping of arrays.
        """
        if problems := checks.state_problems(state, dict(self._named(Parameter | Buffer))):
            raise ValueError("; ".join(problems))

    def load_state(self, state):
        """Set all parameters and buffers from a mapping of dotted names to arrays.

        Nothing changes unless everything fits: see :meth:`check_state`.
        """
        self.check_state(state)
        own, loaded = dict(self._named(Parameter | Buffer)), {}
        for name, value in own.items():
            copy = np.array(backend.to_numpy(state[name]))  # nothing is shared
            loaded[name] = backend.moved(copy, like=value.data)
        for name, value in own.items():
            value.data = loaded[name]

    def _convert(self, convert):
        for _, value in self._named(Parameter | Buffer):
            value.data = convert(value.data)
            if getattr(value, "grad", None) is not None:
                value.grad = convert(value.grad)
        return self

    def to_device(self, device):
        """Move the whole tree to a device: see :func:`lib.backend.to_device`.

        Parameters
        ----------
        device : {"cpu", "gpu", "cuda", "mps", "torch-cpu"} or array
            An array stands for where it lives.

        Raises
        ------
        RuntimeError, ValueError, TypeError
            If the device cannot be used; the message says why. If `device` is none of these.
        """
        return self._convert(lambda data: backend.to_device(data, device))

    def astype(self, dtype):
        """Convert all parameters and buffers, for example to ``"float64"`` for a gradient check.

        Buffers keep float32 at least: a running variance soon exceeds what float16 can hold.

        Raises
        ------
        TypeError
            If `dtype` is not float16, float32 or float64; see :func:`lib.backend.as_floats`.
        """
        buffers = [(buffer, buffer.data) for _, buffer in self.named_buffers()]
        self._convert(lambda data: backend.as_floats(data, dtype))
        for buffer, data in buffers:
            if backend.widened(buffer.data) is not buffer.data:
                buffer.data = backend.as_floats(data, "float32")
        return self

    # Checks shared by the layers -------------------------------------------------------------

    def _check_input(self, x, shape=None):
        """Refuse an input of another shape or type: see :func:`lib.layers.checks.check_input`."""
        checks.check_input(self, x, shape)

    def __repr__(self):
        return f"{type(self).__name__}({self._describe()})"

    def _describe(self):
        """Return the settings that `repr` shows."""
        return ", ".join(f"{name}={child!r}" for name, child in self.children().items())
