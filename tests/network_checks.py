"""What the tests of all networks share: cheap construction, slopes, devices, steps beside PyTorch.

Every layer is proven by itself elsewhere. What is left to prove of a network is its wiring: which
layers, of which sizes, in which order, under which names.
"""

import numpy as np
import pytest

from lib.analysis import relative_error
from lib.backend import to_numpy
from lib.losses import SoftmaxCrossEntropy
from lib.optimizers import Momentum
from tests.kinds import TOLERANCE, assert_same_kind


class NoDraws(np.random.Generator):
    """Stands in for a generator where only names and sizes matter: zeros cost no time."""

    def __init__(self):
        super().__init__(np.random.PCG64(0))

    def standard_normal(self, shape, dtype):
        return np.zeros(shape, dtype)

    def random(self, shape, dtype):
        return np.zeros(shape, dtype)


def shapes(network):
    """Return the shape of everything that is saved, by name and in order."""
    return {name: tuple(array.shape) for name, array in network.state().items()}


def check_both_passes(network, kind, input_shape, classes, rng):
    """Logits, gradients and ``dx`` stay in the library, dtype and device of the images.

    The whole batch gives the numbers that NumPy gives.
    """
    values = rng.standard_normal((2, *input_shape)).astype("float32")
    upstream = rng.standard_normal((2, classes)).astype("float32")
    expected = network(values)
    expected_dx = network.backward(upstream)
    images = kind(values)
    network.to_device(images)
    logits = network(images)
    assert tuple(logits.shape) == (2, classes)
    dx = network.backward(kind(upstream))
    assert tuple(dx.shape) == images.shape
    for actual, numbers in ((logits, expected), (dx, expected_dx)):
        assert_same_kind(actual, images)
        assert relative_error(actual, numbers) < 1e-4
    for name, parameter in network.named_parameters():
        assert parameter.grad is not None, name
        assert_same_kind(parameter.grad, images)
        assert tuple(parameter.grad.shape) == tuple(parameter.data.shape), name


def check_slopes(network, input_shape, rng, *, n=2, eps=1e-6, tolerance=1e-6):
    """Compare the gradient with slopes along directions that move all parameters at once.

    Each parameter moves about as far as it is large, so that all have a share; one slope costs two
    forward passes, however many parameters there are.
    """
    network.astype("float64")
    for p in network.parameters():  # where all inputs are 0, a bias of 0 sits on the kink of ReLU
        p.data = p.data + 0.1 * rng.standard_normal(p.data.shape)
    x = rng.standard_normal((n, *input_shape))
    upstream = rng.standard_normal(network(x).shape)
    dx = network.backward(upstream)
    named = dict(network.named_parameters())
    points = {"x": x, **{name: p.data for name, p in named.items()}}
    gradients = {"x": dx, **{name: p.grad.copy() for name, p in named.items()}}
    promised, measured = [], []
    for _ in range(4):
        steps = {
            name: rng.standard_normal(point.shape) * max(np.abs(point).mean(), 0.01)
            for name, point in points.items()
        }
        promised.append(sum((gradients[name] * step).sum() for name, step in steps.items()))
        values = []
        for sign in (1, -1):
            for name, p in named.items():
                p.data = points[name] + sign * eps * steps[name]
            values.append((network(x + sign * eps * steps["x"]) * upstream).sum())
        for name, p in named.items():
            p.data = points[name]
        measured.append((values[0] - values[1]) / (2 * eps))
    assert relative_error(np.array(promised), np.array(measured)) < tolerance
    assert all(np.abs(gradient).max() > 0 for gradient in gradients.values())


def share_weights(torch, network, twin):
    """Give the PyTorch twin the weights of the network; all names must be equal."""
    state = {name: torch.tensor(array) for name, array in network.state().items()}
    for name, value in twin.state_dict().items():
        if name.endswith("num_batches_tracked"):  # PyTorch's count of batches, which we do not keep
            state[name] = value
    twin.load_state_dict(state)
    return twin.to(next(iter(state.values())).dtype)


def losses_of_five_steps(torch, network, ours, twin, theirs, images, labels):
    """Train both on one batch, each with its optimizer; return our losses and PyTorch's."""
    loss, their_loss = SoftmaxCrossEntropy(), torch.nn.CrossEntropyLoss()
    values, expected = [], []
    network.set_needs_dx(False)
    for _ in range(5):
        value, dlogits = loss(network(images), labels)
        network.backward(dlogits)
        ours.step()
        values.append(value)

        theirs.zero_grad()
        their_value = their_loss(twin(torch.tensor(images)), torch.tensor(labels))
        their_value.backward()
        theirs.step()
        expected.append(their_value.item())
    return values, expected


def check_five_steps(torch, network, twin, input_shape, classes, rng, *, n=8, lr=0.02):
    """Train both for five steps from equal weights: the losses and the weights stay together."""
    network.astype("float64")
    twin = share_weights(torch, network, twin.double())
    ours, theirs = Momentum(network, lr), torch.optim.SGD(twin.parameters(), lr, momentum=0.9)
    images, labels = rng.random((n, *input_shape)), rng.integers(0, classes, n)
    values, expected = losses_of_five_steps(torch, network, ours, twin, theirs, images, labels)
    assert values == pytest.approx(expected, rel=1e2 * TOLERANCE["float64"])
    assert values[-1] < values[0]
    state = network.state()
    for name, theirs in twin.state_dict().items():
        # A bias before batch normalization has a gradient of 0, and is compared with the floor.
        if not name.endswith("num_batches_tracked"):
            assert relative_error(state[name], theirs.numpy(), 1e-6) < 1e-7, name
    twin.eval()
    their_logits = twin(torch.tensor(images)).detach().numpy()
    assert relative_error(to_numpy(network.predict(images)), their_logits) < 1e-7
