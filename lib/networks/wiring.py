"""Give the layers of a block short names, whatever the way the data takes between them."""

from lib.layers import Layer


class Wired(Layer):
    """Layers that are named in one way and joined in another.

    The names of a tree of layers follow its containers: a convolution in the body of a `Residual`
    would be called ``body.conv1``. Published weights have their own names, such as ``conv1``. Here
    the layers get those, and the flow, made of the same layers in any containers, says what goes
    where.

    Parameters
    ----------
    flow : Layer
        Computes the output and the gradients.
    **named_layers : Layer
        All layers of the flow, containers apart, under the names that they have in a saved file.

    Raises
    ------
    ValueError
        If the flow holds a layer that has no name: it would be neither saved nor switched between
        training and evaluation.

    Examples
    --------
    >>> from lib.layers import Linear, Residual
    >>> conv = Linear(3, 3)
    >>> block = Wired(Residual(conv), conv=conv)
    >>> [name for name, _ in block.named_parameters()]
    ['conv.weight', 'conv.bias']
    """

    def __init__(self, flow, **named_layers):
        for name, layer in named_layers.items():
            setattr(self, name, layer)
        known = set(self.modules())
        for name, layer in flow.named_modules():
            if not layer.children() and layer not in known:
                raise ValueError(f'Wired expects a name for "{name}" of its flow, {layer!r}')
        # The tree is found through attributes that are layers. In a tuple the flow is not found,
        # and each layer is found once.
        self._flow = (flow,)

    def forward(self, x):
        """Return the output of the flow."""
        return self._flow[0](x)

    def backward(self, dout):
        """Return ``dx`` of the flow."""
        return self._flow[0].backward(dout)

    def set_needs_dx(self, needs_dx=True):
        """Pass the need for ``dx`` on to the flow: see :meth:`Layer.set_needs_dx`."""
        self.needs_dx = needs_dx
        self.needs_backward = self._flow[0].set_needs_dx(needs_dx)
        return self.needs_backward
