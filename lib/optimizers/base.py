"""What all optimizers share."""

import numpy as np

from lib.backend import array_namespace, cast, moved, size, to_device, to_numpy, zeros
from lib.convolution.threads import by_rows
from lib.layers import Parameter
from lib.layers.base import Layer
from lib.optimizers.rates import as_rates, factor_of
from lib.settings import as_instance, as_number, described

PIECE = 1 << 16  # numbers of a parameter that are updated at a time


class Optimizer:
    r"""What all optimizers share: the parameters, the learning rate and the saved state.

    A subclass says in `slots` which running quantities it keeps for each parameter, and in
    :meth:`update` how they change it.

    Parameters
    ----------
    network : Layer
        Its trainable parameters are updated, except those that are frozen later.
    lr : float
        Learning rate, above 0; may be changed between steps, also to 0.
    weight_decay : float, default 0.0
        L2 regularization: :math:`\lambda_2 w` is added to the gradient, as if the loss had the
        term :math:`\lambda_2 w^2 / 2` for each weight. It draws large weights toward 0 most.
    l1 : float, default 0.0
        L1 regularization: :math:`\lambda_1 \operatorname{sign} w` is added, as if the loss had the
        term :math:`\lambda_1 |w|`. It draws all weights toward 0 alike, so that small ones stay
        close to it. Both act on every trainable parameter, biases too, as in PyTorch.
    rates : dict of str to float, optional
        Factors on the learning rate, at least 0, for the parts of the network that are named:
        ``{"features": 0.1}`` lets the body of a VGG take a tenth of the head's step. The dotted
        name of a layer or parameter stands for all below it; the longest name counts.

    Attributes
    ----------
    step_count : int
        Steps taken.

    Raises
    ------
    TypeError, ValueError
        If `network` is not a layer or has nothing to train, or a setting is out of range.
    """

    slots = ()
    decoupled = False  # whether weight decay shrinks the weights instead: see AdamW

    def __init__(self, network, lr, *, weight_decay=0.0, l1=0.0, rates=None):
        self.network = as_instance(network, "network", Layer)
        self.parameters = {n: p for n, p in network.named_parameters() if p.trainable}
        if not self.parameters:
            raise ValueError("the network has no trainable parameter")
        self.lr = as_number(lr, "lr", above=0)
        self.weight_decay = as_number(weight_decay, "weight_decay", at_least=0)
        self.l1 = as_number(l1, "l1", at_least=0)
        self.rates = as_rates(rates, self.parameters)
        self.step_count = 0
        self.running = {
            slot: {name: zeros(p.data.shape, like=p.data) for name, p in self.parameters.items()}
            for slot in self.slots
        }

    @property
    def lr(self):
        """The learning rate of the next step, which `rates` multiply."""
        return self._lr

    @lr.setter
    def lr(self, lr):
        self._lr = as_number(lr, "lr", at_least=0)

    def step(self):
        """Update every trainable parameter from its gradient.

        Raises
        ------
        RuntimeError
            If a parameter has no gradient yet, or was frozen when this optimizer was made.
        ValueError
            If a gradient has another shape than its parameter.
        """
        trainable = {n: p for n, p in self.network.named_parameters() if p.trainable}
        for name, parameter in trainable.items():
            if name not in self.parameters:
                raise RuntimeError(
                    f'"{name}" was frozen when this {type(self).__name__} was made: make a new one'
                )
            if parameter.grad is None:
                raise RuntimeError(f'"{name}" has no gradient: call backward before step')
            shape, given = tuple(parameter.data.shape), tuple(np.shape(parameter.grad))
            if given != shape:  # it would be stretched to fit
                raise ValueError(f'"{name}" has shape {shape}, its gradient {given}')
        self.step_count += 1
        whole = self.lr
        try:
            for name, parameter in trainable.items():
                self.lr = whole * factor_of(name, self.rates)
                self._update_one(name, parameter)
        finally:
            self.lr = whole

    def _update_one(self, name, parameter):
        grad = self._regularized(cast(parameter.grad, like=parameter.data), parameter)
        running = [self.running[slot][name] for slot in self.slots]
        if size(grad) > PIECE and all(map(_is_one_run, (parameter.data, *running))):
            self._update_in_pieces(parameter, grad, running)
        else:
            self.update(parameter, grad, *running)

    def _update_in_pieces(self, parameter, grad, running):
        """Update a large parameter piece by piece, each small enough to stay in the cache.

        An update takes several passes over its numbers, and every number is updated by itself.
        """
        data, grad, *running = (array.reshape(-1) for array in (parameter.data, grad, *running))

        def work(part):
            self.update(Parameter(data[part]), grad[part], *(array[part] for array in running))

        by_rows(work, len(data), multiply_adds=10 * len(data), at_a_time=PIECE)

    def _regularized(self, grad, parameter):
        """Return the gradient with what weight decay and L1 add to it."""
        if self.l1:
            grad = grad + self.l1 * array_namespace(grad).sign(parameter.data)
        if self.weight_decay and self.decoupled:
            parameter.data *= 1 - self.lr * self.weight_decay
        elif self.weight_decay:
            grad = grad + self.weight_decay * parameter.data
        return grad

    def update(self, parameter, grad, *running):
        """Change one parameter, and its running quantities, in place."""
        raise NotImplementedError

    def to_device(self, device):
        """Move the running quantities to where the parameters are: see `Layer.to_device`."""
        for arrays in self.running.values():
            for name, array in arrays.items():
                arrays[name] = to_device(array, device)
        return self

    def state(self):
        """Return everything that a continued run needs: a flat dict of arrays, numbers and text.

        ``made`` says which optimizer it is, with its settings.
        """
        running = {
            f"{slot}.{name}": array
            for slot, arrays in self.running.items()
            for name, array in arrays.items()
        }
        # The rate belongs to the state.
        made = described(self, without=("lr",) if self.rates else ("lr", "rates"))
        return {"made": made, "lr": self.lr, "step_count": self.step_count, **running}

    def load_state(self, state):
        """Continue from a state that :meth:`state` returned.

        Raises
        ------
        ValueError
            If it is the state of another optimizer, of other settings or of another network.
        """
        self.check_state(state)
        self.lr, self.step_count = float(state["lr"]), int(state["step_count"])
        for slot, arrays in self.running.items():
            for name, array in arrays.items():
                array[...] = moved(to_numpy(state[f"{slot}.{name}"]), like=array)

    def check_state(self, state):
        """Refuse the state of another optimizer: see :meth:`load_state`."""
        own = self.state()
        as_instance(state, "state", dict)
        if "made" in state and str(state["made"]) != own["made"]:
            raise ValueError(f"the optimizer is {own['made']}, the state that of {state['made']}")
        problem = ", ".join(sorted(set(state) ^ set(own)))
        for name, value in own.items():
            if not problem and (given := tuple(np.shape(state[name]))) != np.shape(value):
                problem = f'"{name}" has shape {given}, its parameter {tuple(np.shape(value))}'
        if problem:
            raise ValueError(f"the state is not one of this {type(self).__name__}: {problem}")


def _is_one_run(array):
    """Tell whether NumPy can see an array as one row of numbers, in the same memory."""
    return isinstance(array, np.ndarray) and array.flags.c_contiguous
