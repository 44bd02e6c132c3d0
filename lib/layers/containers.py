"""Layers made of layers: one after another, around a skip, or side by side."""

from lib import compiled
from lib.backend import array_namespace
from lib.layers.base import Layer

# Attributes that layers may have beside those of their class.
TAKEN = ("held", "rng", "_channels")


class Sequential(Layer):
    """Layers applied one after another; the backward pass takes them in reverse.

    Parameters
    ----------
    *layers : Layer
        Named by their position: ``"0"``, ``"1"`` ...
    **named_layers : Layer
        Named by their keyword.

    Raises
    ------
    TypeError
        If an argument is not a layer.
    ValueError
        If a name is taken, such as that of a method, or has a dot; if a layer, or a parameter, is
        given twice.

    Examples
    --------
    >>> from lib.layers import Linear, ReLU
    >>> network = Sequential(Linear(4, 3), ReLU(), Linear(3, 2))
    >>> [name for name, _ in network.named_parameters()]
    ['0.weight', '0.bias', '2.weight', '2.bias']
    >>> Sequential(hidden=Linear(4, 3)).hidden.out_features
    3
    """

    def __init__(self, *layers, **named_layers):
        _add(self, layers, named_layers)

    def __len__(self):
        return len(self.children())

    def __iter__(self):
        return iter(self.children().values())

    def __getitem__(self, index):
        return list(self)[index]

    def prepend(self, name, layer):
        """Put a layer before all others, for example one that normalizes the input.

        Raises
        ------
        TypeError, ValueError
            As when the layers are given at the start, or if there is a layer of that name.
        """
        if not isinstance(name, str):
            raise TypeError(f"name must be a string, got {type(name).__name__}")
        others = self.children()
        _add(self, (), {name: layer})
        for other in others:
            # Attributes keep the order in which they were set, and the layers follow it.
            setattr(self, other, vars(self).pop(other))
        return self

    def forward(self, x):
        """Apply all layers in order."""
        for layer in self:
            x = layer(x)
        return x

    def backward(self, dout):
        """Go through the layers in reverse, as far as gradients are needed."""
        for layer in reversed(list(self)):
            if not layer.needs_backward:
                return None
            dout = layer.backward(dout)
        return dout

    def set_needs_dx(self, needs_dx=True):
        """Pass the need for ``dx`` on from layer to layer: see :meth:`Layer.set_needs_dx`."""
        self.needs_dx = needs_dx
        for layer in self:
            needs_dx = layer.set_needs_dx(needs_dx)
        self.needs_backward = needs_dx
        return needs_dx

    def __repr__(self):
        lines = [
            f"  ({name}): {child!r}".replace("\n", "\n  ")
            for name, child in self.children().items()
        ]
        return "\n".join([f"{type(self).__name__}(", *lines, ")"])


class Residual(Layer):
    """A body with a skip around it: ``body(x) + x``, or ``body(x) + shortcut(x)``.

    The gradient flows back through both ways and is added, so some of it always arrives
    undiminished.

    Parameters
    ----------
    body : Layer
    shortcut : Layer, optional
        What brings `x` to the shape of the body's output where the two differ, usually a 1×1
        convolution.

    Raises
    ------
    TypeError
        If `body` or `shortcut` is not a layer.
    ValueError
        In the forward pass, if the two shapes differ.

    Notes
    -----
    Source: He, Zhang, Ren and Sun, *Deep residual learning for image recognition* (2015),
    equations 1 and 2.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import ReLU
    >>> Residual(ReLU())(np.array([-1.0, 2.0]))
    array([-1.,  4.])
    """

    def __init__(self, body, shortcut=None):
        _add(self, (), {"body": body} | ({} if shortcut is None else {"shortcut": shortcut}))
        self.shortcut = shortcut

    def forward(self, x):
        """Return the sum of both ways."""
        out = self.body(x)
        skip = x if self.shortcut is None else self.shortcut(x)
        if out.shape != skip.shape:
            raise ValueError(
                f"Residual cannot add the body's output {tuple(out.shape)} and the skip "
                f"{tuple(skip.shape)}; give a shortcut that changes the shape"
            )
        return _sum(out, skip)

    def backward(self, dout):
        """Return the sum of both gradients."""
        dx = self.body.backward(dout) if self.body.needs_backward else None
        dskip = dout
        if self.shortcut is not None and self.shortcut.needs_backward:
            dskip = self.shortcut.backward(dout)
        return _sum(dx, dskip) if self.needs_dx else None

    def set_needs_dx(self, needs_dx=True):
        """Pass the need for ``dx`` on to both ways: see :meth:`Layer.set_needs_dx`."""
        self.needs_dx = needs_dx
        reached = [way.set_needs_dx(needs_dx) for way in self.children().values()]
        self.needs_backward = needs_dx or any(reached)
        return self.needs_backward


class Concat(Layer):
    """Layers side by side on the same input, their outputs joined along the channels.

    An Inception block is a `Concat` of convolutions of several sizes.

    Parameters
    ----------
    *branches : Layer
        Named by their position: ``"0"``, ``"1"`` ...
    **named_branches : Layer
        Named by their keyword.

    Raises
    ------
    TypeError
        If a branch is not a layer.
    ValueError
        Without a branch; if a name is taken, or a layer is given twice, as in `Sequential`; in the
        forward pass, if the outputs differ in more than the channels.

    Notes
    -----
    Source: Szegedy et al., *Going deeper with convolutions* (2014), figure 2.

    Shape
    -----
    ``(N, C, ...)`` → ``(N, C1 + C2 + ..., ...)``

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import ReLU, Tanh
    >>> Concat(ReLU(), Tanh())(np.zeros((1, 3, 4, 4))).shape
    (1, 6, 4, 4)
    """

    def __init__(self, *branches, **named_branches):
        if not branches and not named_branches:
            raise ValueError(f"{type(self).__name__} expects at least one branch, got none")
        _add(self, branches, named_branches)

    def forward(self, x):
        """Return all outputs as one array."""
        outs = [branch(x) for branch in self.children().values()]
        shapes = [tuple(out.shape) for out in outs]
        if len({shape[:1] + shape[2:] for shape in shapes}) > 1:
            name = type(self).__name__
            raise ValueError(f"{name} expects outputs that differ in channels alone, got {shapes}")
        self._channels = [shape[1] for shape in shapes]
        return array_namespace(x).concat(outs, axis=1)

    def backward(self, dout):
        """Give each branch its channels of `dout` and add up what comes back."""
        dx, start = None, 0
        for branch, channels in zip(self.children().values(), self._channels, strict=True):
            if branch.needs_backward:
                part = branch.backward(dout[:, start : start + channels, ...])
                if self.needs_dx:
                    dx = part if dx is None else dx + part
            start += channels
        return dx

    def set_needs_dx(self, needs_dx=True):
        """Pass the need for ``dx`` on to all branches: see :meth:`Layer.set_needs_dx`."""
        self.needs_dx = needs_dx
        reached = [branch.set_needs_dx(needs_dx) for branch in self.children().values()]
        self.needs_backward = any(reached)
        return self.needs_backward


def as_layer(value, name):
    """Return a layer as it is, and refuse anything else.

    Parameters
    ----------
    value : Layer
    name : str
        What the message calls it.

    Raises
    ------
    TypeError
        If it is no layer.
    """
    if isinstance(value, type):
        kind = value.__name__
        raise TypeError(f"{name} must be a layer, got the class {kind}; {kind}(...) makes one")
    if not isinstance(value, Layer):
        raise TypeError(f"{name} must be a layer, got {type(value).__name__}")
    return value


def _sum(a, b):
    """Add two arrays of one shape."""
    return compiled.passes.add(a, b) if compiled.takes(a, b) else a + b


def _add(container, layers, named_layers):
    """Make layers attributes of a container; nothing changes unless all of them can be."""
    owner, added = type(container).__name__, container.children()
    numbered = [(str(i), layer) for i, layer in enumerate(layers)]
    for name, layer in [*numbered, *named_layers.items()]:
        # The tree is found by type: what is no layer would be left out without a word.
        as_layer(layer, f'"{name}" in {owner}')
        if name in added:
            raise ValueError(f'there is a layer "{name}" already')
        if hasattr(type(container), name) or name in TAKEN:
            raise ValueError(f'a layer cannot be named "{name}": {owner} has one already')
        if not name or "." in name:
            raise ValueError(f'a layer cannot be named "{name}": a dot joins the names of a tree')
        added[name] = layer
    # One tree of all, to find what is in it twice.
    whole = Layer()
    vars(whole).update(added)
    whole.state()
    vars(container).update(added)
