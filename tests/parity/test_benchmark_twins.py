"""What the benchmarks compare is the same network in both libraries, trained in the same way."""

import pytest

from lib.layers import Dropout, Layer, Linear
from lib.optimizers import SGD
from lib.trained.recipes import RECIPES
from tests.kinds import TOLERANCE
from tests.network_checks import share_weights

pytestmark = pytest.mark.parity


@pytest.mark.parametrize(
    "name", ["deep_convnet", "resnet20_cifar10", "vgg_cifar10", "mobilenet_cifar10"]
)
def test_three_steps_of_a_recipe(torch, name, rng):
    from benchmarks.cases import CASES
    from benchmarks.twins import loss_twin, optimizer_twin, twin

    (case,) = (case for case in CASES if case.recipe == name and case.kind == "train")
    recipe = RECIPES[name]
    network = recipe.network(rng=rng).astype("float64")
    for layer in network.modules():
        if isinstance(layer, Dropout):  # it would drop other numbers in the twin
            layer.p = 0
    theirs = share_weights(torch, network, twin(network).double())
    assert network.parameter_count() == sum(p.numel() for p in theirs.parameters())
    images, labels = rng.random((4, *case.shape[1:])), rng.integers(0, 10, 4)
    network.set_needs_dx(False)
    optimizer, their_loss = recipe.optimizer(network), loss_twin(recipe.loss)
    their_optimizer = optimizer_twin(optimizer, theirs)
    values, expected = [], []
    for _ in range(3):
        value, dlogits = recipe.loss(network(images), labels)
        network.backward(dlogits)
        optimizer.step()
        values.append(value)

        their_optimizer.zero_grad()
        their_value = their_loss(theirs(torch.tensor(images)), torch.tensor(labels))
        their_value.backward()
        their_optimizer.step()
        expected.append(their_value.item())
    assert len(set(values)) == 3
    assert values == pytest.approx(expected, rel=1e3 * TOLERANCE["float64"])


def test_what_no_case_has_is_refused(torch):
    from benchmarks.twins import optimizer_twin, twin

    with pytest.raises(TypeError, match="Layer"):
        twin(Layer())
    with pytest.raises(TypeError, match="SGD"):
        optimizer_twin(SGD(Linear(1, 1), lr=1), twin(Linear(1, 1)))


def test_every_case_can_be_done(torch):
    """One picture is enough to see that it can."""
    from benchmarks import library, pytorch
    from benchmarks.cases import CASES

    for case in CASES:
        if case.recipe and case.shape[0] == 1:
            library.make(case)()
            pytorch.make(case, torch.channels_last)()
