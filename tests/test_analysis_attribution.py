"""Attribution against linear networks, slopes, arithmetic by hand, and PyTorch's autograd."""

import numpy as np
import pytest

from lib.analysis import (
    deconvnet,
    grad_cam,
    gradient,
    gradient_times_input,
    guided_backprop,
    numeric_gradient,
    occlusion,
    relative_error,
)
from lib.backend import to_numpy
from lib.layers import (
    AvgPool2d,
    BatchNorm2d,
    Concat,
    Conv2d,
    Dropout,
    Flatten,
    GlobalAvgPool2d,
    Layer,
    Linear,
    MaxPool2d,
    ReLU,
    ReLU6,
    Residual,
    Sequential,
)
from lib.networks import ResNet
from tests.kinds import assert_close, assert_same_kind

METHODS = {
    "gradient": gradient,
    "gradient_times_input": gradient_times_input,
    "guided_backprop": guided_backprop,
    "deconvnet": deconvnet,
    "grad_cam": lambda *arguments: grad_cam(*arguments, "conv"),
    "occlusion": lambda *arguments: occlusion(*arguments, (2, 3)),
}
every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


def small(rng, dtype="float64"):
    network = Sequential(
        conv=Conv2d(2, 4, 3, rng=rng),
        norm=BatchNorm2d(4),
        relu=ReLU(),
        drop=Dropout(0.5, rng=rng),
        block=Residual(Sequential(Conv2d(4, 4, 3, padding=1, rng=rng), ReLU())),
        pool=MaxPool2d(2),
        sides=Concat(Conv2d(4, 2, 1, rng=rng), AvgPool2d(1)),
        flatten=Flatten(),
        output=Linear(6 * 6, 3, rng=rng),
    )
    network.norm.running_mean.data = rng.standard_normal(4)
    for parameter in network.parameters():
        parameter.data = parameter.data + 0.1 * rng.standard_normal(parameter.data.shape)
    return network.astype(dtype)


def images(rng, n=3):
    return rng.standard_normal((n, 2, 6, 8))


def linear(rng):
    """A network without a kink, in float64."""
    return Sequential(
        Conv2d(2, 4, 3, padding=1, rng=rng), AvgPool2d(2), Flatten(), Linear(48, 3, rng=rng)
    ).astype("float64")


def test_the_gradient_is_the_slope_of_the_logit(rng):
    network, x, targets = small(rng), images(rng), np.array([2, 0, 1])
    network.eval()

    def logits(x):
        return network(x)[np.arange(3), targets].sum()

    assert relative_error(gradient(network, x, targets), numeric_gradient(logits, x)) < 1e-7


def test_gradient_times_input_shares_out_the_logit_of_a_linear_network(rng):
    network, x = linear(rng), images(rng)
    for parameter in network.parameters():
        parameter.data = rng.standard_normal(parameter.data.shape)
    bias = network(np.zeros_like(x))[:, 1]
    shares = gradient_times_input(network, x, 1)
    np.testing.assert_allclose(shares.sum(axis=(1, 2, 3)), network(x)[:, 1] - bias)


def test_gradient_times_input_shares_out_the_logit_of_relus_without_biases(rng):
    network, x = Sequential(Conv2d(2, 4, 3, rng=rng), ReLU(), Flatten(), Linear(96, 3)), images(rng)
    shares = gradient_times_input(network.astype("float64"), x, 2)
    np.testing.assert_allclose(shares.sum(axis=(1, 2, 3)), network(x)[:, 2])


def two_relus():
    """Two ReLUs, each before a linear layer, with numbers that every rule treats in its own way."""
    network = Sequential(ReLU(), Linear(4, 2), ReLU(), Linear(2, 1))
    network[1].weight.data[:] = [[1, -1, 1, 1], [1, 1, 1, 3]]
    network[3].weight.data[:] = [[2, -1]]
    return network, np.array([[5.0, 1.0, -1.0, 1.0]])


def test_the_rules_differ_where_their_formulas_do():
    network, x = two_relus()
    # From above 2 and -1 arrive at the second ReLU; both of its inputs, 5 and 9, are positive.
    # The first ReLU has 5, 1, -1, 1.
    assert gradient(network, x, 0).tolist() == [[2 - 1, -2 - 1, 0, 2 - 3]]
    assert guided_backprop(network, x, 0).tolist() == [[2, 0, 0, 2]]
    assert deconvnet(network, x, 0).tolist() == [[2, 0, 2, 2]]


def test_guided_backprop_is_the_gradient_where_nothing_is_negative(rng):
    network, x = small(rng), images(rng)
    for parameter in network.parameters():
        parameter.data = abs(parameter.data)
    assert np.array_equal(guided_backprop(network, x, 0), gradient(network, x, 0))


def test_relu6_follows_the_rules_too():
    network = Sequential(ReLU6(), Linear(3, 1))
    network[1].weight.data[:] = [[1, 1, -1]]
    x = np.array([[7.0, 2.0, 1.0]])
    assert guided_backprop(network, x, 0).tolist() == [[0, 1, 0]]
    assert deconvnet(network, x, 0).tolist() == [[1, 1, 0]]


def test_relus_in_a_block_follow_the_rules(rng):
    network = ResNet(18, width=1 / 32, num_classes=3, rng=rng).astype("float64")
    x = rng.standard_normal((1, 3, 32, 32))
    results = [method(network, x, 0) for method in (gradient, guided_backprop, deconvnet)]
    assert relative_error(results[0], results[1]) > 0.1
    assert relative_error(results[1], results[2]) > 0.1


def test_grad_cam_weighs_the_maps_by_their_mean_gradient(rng):
    """Behind global average pooling the weights are those of the classes: class activation maps."""
    network = Sequential(
        conv=Conv2d(2, 4, 3, rng=rng), relu=ReLU(), pool=GlobalAvgPool2d(), out=Linear(4, 3)
    ).astype("float64")
    x, targets = images(rng), [2, 0, 1]
    maps = np.maximum(network.conv(x), 0)
    weights = network.out.weight.data[targets] / (4 * 6)
    expected = np.maximum(np.einsum("nc,nchw->nhw", weights, maps), 0)
    assert 0 < (expected > 0).mean() < 1
    np.testing.assert_allclose(grad_cam(network, x, targets, "relu"), expected, atol=1e-12)


def test_grad_cam_reaches_blocks(rng):
    network = ResNet(18, width=1 / 32, num_classes=3, rng=rng)
    x = np.ones((2, 3, 64, 64), np.float32)
    assert grad_cam(network, x, 0, "layer3").shape == (2, 4, 4)
    assert grad_cam(network, x, 0, "layer3.1.conv2").shape == (2, 4, 4)


def test_covering_takes_its_share_of_a_linear_logit(rng):
    network, x = linear(rng), images(rng)
    shares = gradient_times_input(network, x, [0, 1, 2]).sum(axis=1)
    falls = occlusion(network, x, [0, 1, 2], window=(2, 3), stride=(1, 2))
    assert falls.shape == (3, 5, 3)
    for p, q in ((0, 0), (4, 1), (2, 2)):
        covered = shares[:, p : p + 2, 2 * q : 2 * q + 3].sum(axis=(1, 2))
        np.testing.assert_allclose(falls[:, p, q], covered)


def test_what_covers_can_be_chosen_and_windows_lie_side_by_side():
    image = np.arange(24.0).reshape(1, 1, 4, 6)
    falls = occlusion(GlobalAvgPool2d(), image, 0, window=2, fill=1.0)
    blocks = image.reshape(2, 2, 3, 2).sum(axis=(1, 3))
    np.testing.assert_allclose(falls, (blocks[None] - 4) / 24)


@every_method
def test_each_method_works_where_the_network_lives(method, kind, rng):
    network, x = small(rng, "float32"), images(rng).astype("float32")
    expected, targets = method(network, x, np.array([1, 2, 0])), np.array([1, 2, 0])
    array = kind(x)
    network.to_device(array)
    assert_close_enough(method(network, array, kind(targets)), expected, array)
    assert np.array_equal(to_numpy(array), x)


def assert_close_enough(actual, expected, like):
    assert_same_kind(actual, like)
    assert relative_error(actual, expected) < 1e-5
    assert np.abs(expected).max() > 0


def everything(network):
    owned = [*network.modules(), *network.parameters(), *(b for _, b in network.named_buffers())]
    return [dict(vars(thing)) for thing in owned]


def assert_untouched(network, before):
    for now, then in zip(everything(network), before, strict=True):
        assert now.keys() == then.keys()
        assert all(now[name] is then[name] for name in then)


@every_method
def test_each_method_leaves_the_network_as_it_was(method, rng):
    network, x = small(rng), images(rng)
    network.block.freeze()
    network.set_needs_dx(False)
    network.backward(np.ones_like(network(x)))
    before, state = everything(network), rng.bit_generator.state
    results = [method(network, x, 0) for _ in range(2)]
    assert np.array_equal(*results), "evaluation mode gives the same twice"
    assert_untouched(network, before)
    assert rng.bit_generator.state == state


@every_method
def test_each_method_looks_at_the_network_in_evaluation_mode(method, rng):
    network, x = small(rng), images(rng)
    assert np.array_equal(method(network, x, 0), method(network.eval(), x, 0))
    network.train()
    assert not np.array_equal(network(x), network.eval()(x))


def test_no_gradient_of_a_parameter_is_computed(rng):
    network, x = Sequential(Linear(2, 3), Linear(3, 2)), rng.standard_normal((1, 2))
    seen = []

    class Watch(Layer):
        def forward(self, x):
            return x

        def backward(self, dout):
            seen.append([p.grad for p in network.parameters()])
            return dout

    gradient(Sequential(Watch(), network), x, 0)
    assert seen == [[None] * 4]


class Broken(Layer):
    def forward(self, x):
        return x

    def backward(self, dout):
        raise FloatingPointError("on the way back")


@pytest.mark.parametrize("method", [guided_backprop, deconvnet, gradient])
def test_rules_are_undone_when_the_way_back_fails(method, rng):
    network = Sequential(broken=Broken(), relu=ReLU())
    before = everything(network)
    with pytest.raises(FloatingPointError):
        method(network, np.ones((1, 2)), 0)
    assert_untouched(network, before)


@every_method
@pytest.mark.parametrize(
    ("target", "message"),
    [
        (3, "target must be a class from 0 to 2, got 3"),
        (-1, "target must be a class from 0 to 2, got -1"),
        ([0, 1], r"target must be a class or integers of shape \(3,\), got int64 of shape \(2,\)"),
        (np.ones(3), r"integers of shape \(3,\), got float64 of shape \(3,\)"),
    ],
)
def test_wrong_targets_are_refused(method, target, message, rng):
    network = small(rng)
    before = everything(network)
    with pytest.raises(ValueError, match=message):
        method(network, images(rng), target)
    assert_untouched(network, before)


def test_what_makes_no_sense_is_refused(rng):
    network, x = small(rng), images(rng)
    with pytest.raises(ValueError, match=r"expects logits of shape \(N, K\), got \(3, 4, 4, 6\)"):
        gradient(network.conv, x, 0)
    for method in (guided_backprop, deconvnet):
        with pytest.raises(ValueError, match="Sequential has no ReLU, so the rule would change"):
            method(linear(rng), x, 0)
    with pytest.raises(ValueError, match='there is no layer "cnov"; there are "conv", "norm"'):
        grad_cam(network, x, 0, "cnov")
    with pytest.raises(ValueError, match=r'gives images, "output" gives \(3, 3\)'):
        grad_cam(network, x, 0, "output")
    with pytest.raises(ValueError, match=r"expects images \(N, C, H, W\), got shape \(2, 3\)"):
        occlusion(Linear(3, 2), np.ones((2, 3)), 0, 1)
    with pytest.raises(ValueError, match="window must be at least 1, got 0"):
        occlusion(network, x, 0, 0)
    with pytest.raises(ValueError, match="a 7-wide window does not fit"):
        occlusion(network, x, 0, 7)


@pytest.mark.parity
@pytest.mark.parametrize("rule", ["gradient", "guided_backprop", "deconvnet"])
def test_pytorch_gives_the_same(torch, rule, rng):
    """The modified rules are hooks on PyTorch's own ReLU."""
    ours = Sequential(
        *(Conv2d(2, 4, 3, padding=1, rng=rng), BatchNorm2d(4), ReLU(), MaxPool2d(2)),
        *(Conv2d(4, 6, 3, rng=rng), ReLU(), Flatten(), Linear(12, 5, rng=rng), ReLU()),
        Linear(5, 3, rng=rng),
    ).astype("float64")
    nn = torch.nn
    theirs = nn.Sequential(
        *(nn.Conv2d(2, 4, 3, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(2)),
        *(nn.Conv2d(4, 6, 3), nn.ReLU(), nn.Flatten(), nn.Linear(12, 5), nn.ReLU()),
        nn.Linear(5, 3),
    ).double()
    state = {name: torch.tensor(array) for name, array in ours.state().items()}
    theirs.load_state_dict(state, strict=False)
    hooks = {
        "gradient": lambda module, dx, dout: dx,
        "guided_backprop": lambda module, dx, dout: (dx[0].clamp(min=0),),
        "deconvnet": lambda module, dx, dout: (dout[0].clamp(min=0),),
    }
    for module in theirs.eval():
        if isinstance(module, nn.ReLU):
            module.register_full_backward_hook(hooks[rule])
    x, targets = images(rng), np.array([2, 0, 1])
    tensor = torch.tensor(x, requires_grad=True)
    theirs(tensor)[torch.arange(3), torch.tensor(targets)].sum().backward()
    expected = tensor.grad.numpy()
    assert np.abs(expected).max() > 0
    assert_close(METHODS[rule](ours, x, targets), expected, like=x)


@pytest.mark.parity
def test_pytorch_gives_the_same_grad_cam(torch, rng):
    ours = Sequential(
        *(Conv2d(2, 4, 3, rng=rng), ReLU(), MaxPool2d(2), Flatten(), Linear(24, 3, rng=rng))
    ).astype("float64")
    nn = torch.nn
    theirs = nn.Sequential(
        nn.Conv2d(2, 4, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(24, 3)
    ).double()
    theirs.load_state_dict({name: torch.tensor(array) for name, array in ours.state().items()})
    x = images(rng)
    maps = theirs[:2](torch.tensor(x))
    maps.retain_grad()
    theirs[2:](maps)[:, 1].sum().backward()
    expected = (maps.grad.mean(dim=(2, 3), keepdim=True) * maps).sum(dim=1).clamp(min=0)
    assert_close(grad_cam(ours, x, 1, "1"), expected.detach().numpy(), like=x)
