"""Losses, optimizers and whole trainings follow PyTorch's."""

from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib import losses, optimizers
from lib.layers import Linear
from lib.networks import SimpleConvNet
from tests.kinds import TOLERANCE, assert_close
from tests.network_checks import losses_of_five_steps
from tests.window_cases import seeds

pytestmark = pytest.mark.parity
both_dtypes = pytest.mark.parametrize("dtype", TOLERANCE)

LOSSES = {
    "SoftmaxCrossEntropy": ("CrossEntropyLoss", lambda rng, n, k: rng.integers(0, k, n)),
    "BinaryCrossEntropy": ("BCEWithLogitsLoss", lambda rng, n, k: rng.random((n, k))),
    "MeanSquaredError": ("MSELoss", lambda rng, n, k: rng.standard_normal((n, k))),
}


@both_dtypes
@pytest.mark.parametrize("name", LOSSES)
@given(
    n=st.integers(1, 6),
    k=st.integers(1, 8),
    scale=st.sampled_from([0.1, 1.0, 100.0]),
    seed=seeds,
)
def test_losses(torch, name, n, k, scale, dtype, seed):
    their_name, draw = LOSSES[name]
    rng = np.random.default_rng(seed)
    x = (scale * rng.standard_normal((n, k))).astype(dtype)
    targets = draw(rng, n, k)
    if targets.dtype.kind == "f":
        targets = targets.astype(dtype)
    value, gradient = getattr(losses, name)()(x, targets)
    tensor = torch.tensor(x, requires_grad=True)
    expected = getattr(torch.nn, their_name)()(tensor, torch.tensor(targets))
    expected.backward()
    assert value == pytest.approx(expected.item(), rel=TOLERANCE[dtype], abs=TOLERANCE[dtype])
    assert_close(gradient, tensor.grad.numpy(), like=x)


@both_dtypes
@given(n=st.integers(1, 6), k=st.integers(1, 8), smoothing=st.floats(0, 1), seed=seeds)
def test_label_smoothing(torch, n, k, smoothing, dtype, seed):
    rng = np.random.default_rng(seed)
    x, targets = rng.standard_normal((n, k)).astype(dtype), rng.integers(0, k, n)
    value, gradient = losses.SoftmaxCrossEntropy(smoothing)(x, targets)
    tensor = torch.tensor(x, requires_grad=True)
    expected = torch.nn.CrossEntropyLoss(label_smoothing=smoothing)(tensor, torch.tensor(targets))
    expected.backward()
    assert value == pytest.approx(expected.item(), rel=TOLERANCE[dtype], abs=TOLERANCE[dtype])
    assert_close(gradient, tensor.grad.numpy(), like=x)


OPTIMIZERS = {
    "SGD": ("SGD", {}, {}),
    "Momentum": ("SGD", {"momentum": 0.8}, {"momentum": 0.8}),
    "Nesterov": ("SGD", *2 * [{"momentum": 0.8, "weight_decay": 0.1}]),
    "AdaGrad": ("Adagrad", *2 * [{"eps": 1e-4, "weight_decay": 0.1}]),
    "RMSProp": ("RMSprop", *2 * [{"alpha": 0.8, "eps": 1e-4, "weight_decay": 0.1}]),
    "Adam": ("Adam", *2 * [{"betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}]),
    "AdamW": ("AdamW", *2 * [{"betas": (0.8, 0.95), "eps": 1e-4, "weight_decay": 0.1}]),
    "AMSGrad": ("Adam", *2 * [{"betas": (0.8, 0.5), "eps": 1e-4, "amsgrad": True}]),
}
CLASSES = {name: getattr(optimizers, "Adam" if name == "AMSGrad" else name) for name in OPTIMIZERS}


@both_dtypes
@pytest.mark.parametrize("settings_given", [True, False], ids=["settings", "defaults"])
@pytest.mark.parametrize("name", OPTIMIZERS)
@given(lr=st.floats(1e-3, 0.5), seed=seeds)
def test_optimizers(torch, name, settings_given, lr, dtype, seed):
    """Six steps, the learning rate halved after the third; defaults are PyTorch's too."""
    their_name, settings, theirs = OPTIMIZERS[name]
    if not settings_given:
        settings, theirs = {}, {"momentum": 0.9} if their_name == "SGD" and name != "SGD" else {}
    if name == "Nesterov":
        theirs = {**theirs, "nesterov": True}
    rng = np.random.default_rng(seed)
    layer = Linear(3, 2, bias=False, rng=rng).astype(dtype)
    weight = torch.nn.Parameter(torch.tensor(layer.weight.data))
    ours = CLASSES[name](layer, lr=lr, **settings)
    theirs = getattr(torch.optim, their_name)([weight], lr=lr, **theirs)
    for step in range(6):
        if step == 3:
            ours.lr = theirs.param_groups[0]["lr"] = lr / 2
        layer.weight.grad = rng.standard_normal((2, 3)).astype(dtype)
        weight.grad = torch.tensor(layer.weight.grad)
        ours.step()
        theirs.step()
        expected = weight.detach().numpy()
        assert_close(layer.weight.data, expected, like=layer.weight.grad)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("RMSProp", {"lr": 0.01, "alpha": 0}),
        ("RMSProp", {"lr": 0.01, "alpha": 0.3}),
        ("Adam", {"lr": 0.01, "betas": (0.9, 0.0)}),
        ("Adam", {"lr": 0.01, "betas": (0.0, 0.1)}),
        ("AdamW", {"lr": 0.01, "betas": (0.1, 0.9)}),
    ],
)
def test_gradients_of_very_different_size(torch, name, settings):
    layer = Linear(1, 1, bias=False)
    weight = torch.nn.Parameter(torch.tensor(layer.weight.data))
    ours = getattr(optimizers, name)(layer, **settings)
    theirs = getattr(torch.optim, OPTIMIZERS[name][0])([weight], **settings)
    for gradient in (100, 1e-3, 1e-3, 50, 1e-4):
        layer.weight.grad = np.float32([[gradient]])
        weight.grad = torch.tensor(layer.weight.grad)
        ours.step()
        theirs.step()
        assert layer.weight.data.item() == pytest.approx(weight.item(), rel=1e-5)


def pytorch_twin(torch, network):
    """The same SimpleConvNet in PyTorch, with the same weights."""
    nn, conv, hidden, output = torch.nn, network.conv, network.hidden, network.output
    twin = nn.Sequential(
        OrderedDict(
            conv=nn.Conv2d(conv.in_channels, conv.out_channels, conv.kernel_size, padding=1),
            relu=nn.ReLU(),
            pool=nn.MaxPool2d(2),
            flatten=nn.Flatten(),
            hidden=nn.Linear(hidden.in_features, hidden.out_features),
            hidden_relu=nn.ReLU(),
            output=nn.Linear(output.in_features, output.out_features),
        )
    )
    twin.load_state_dict({name: torch.tensor(array) for name, array in network.state().items()})
    return twin


@both_dtypes
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_five_steps_of_simple_convnet(torch, name, dtype):
    rng = np.random.default_rng(0)
    network = SimpleConvNet((1, 13, 11), 6, 3, padding=1, hidden_size=20, rng=rng).astype(dtype)
    twin = pytorch_twin(torch, network).to(getattr(torch, dtype))
    their_name, settings, their_settings = OPTIMIZERS[name]
    lr = 0.05 if their_name == "SGD" else 0.003
    if name == "Nesterov":
        their_settings = {**their_settings, "nesterov": True}
    ours = CLASSES[name](network, lr=lr, **settings)
    theirs = getattr(torch.optim, their_name)(twin.parameters(), lr=lr, **their_settings)
    images = rng.random((20, 1, 13, 11)).astype(dtype)
    labels = rng.integers(0, 10, 20)
    values, expected = losses_of_five_steps(torch, network, ours, twin, theirs, images, labels)
    assert values == pytest.approx(expected, rel=10 * TOLERANCE[dtype])
    assert values[-1] < values[0]
    for parameter_name, parameter in twin.named_parameters():
        array = network.state()[parameter_name]
        assert np.abs(array - parameter.detach().numpy()).max() < 100 * TOLERANCE[dtype]
