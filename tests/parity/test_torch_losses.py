"""Every loss gives PyTorch's numbers, with class maps, weights, targets to ignore and sums."""

import numpy as np
import pytest
from hypothesis import given

from lib import losses
from tests.kinds import TOLERANCE
from tests.test_losses_settings import draw_targets, loss_cases
from tests.window_cases import pairs, seeds

pytestmark = pytest.mark.parity
both_dtypes = pytest.mark.parametrize("dtype", TOLERANCE)


def compare(torch, ours, theirs, prediction, targets):
    value, gradient = ours(prediction, targets)
    tensor = torch.tensor(prediction, requires_grad=True)
    expected = theirs(tensor, torch.tensor(targets))
    expected.backward()
    tolerance = 10 * TOLERANCE[str(prediction.dtype)]
    assert value == pytest.approx(expected.item(), rel=tolerance)
    np.testing.assert_allclose(gradient, tensor.grad.numpy(), rtol=tolerance, atol=tolerance)


@both_dtypes
@given(loss_cases(), seeds)
def test_softmax_cross_entropy(torch, dtype, case, seed):
    shape, settings = case
    rng = np.random.default_rng(seed)
    theirs = {name: value for name, value in settings.items() if value is not None}
    if settings["weight"] is not None:
        theirs["weight"] = torch.tensor(np.array(settings["weight"], dtype))
    compare(
        torch,
        losses.SoftmaxCrossEntropy(**settings),
        torch.nn.CrossEntropyLoss(**theirs),
        rng.standard_normal(shape).astype(dtype),
        draw_targets(rng, shape, settings["ignore_index"]),
    )


@both_dtypes
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("BinaryCrossEntropy", "BCEWithLogitsLoss"), ("MeanSquaredError", "MSELoss")],
)
@given(shape=pairs(1, 5), seed=seeds)
def test_elementwise_losses(torch, dtype, reduction, ours, theirs, shape, seed):
    rng = np.random.default_rng(seed)
    compare(
        torch,
        getattr(losses, ours)(reduction=reduction),
        getattr(torch.nn, theirs)(reduction=reduction),
        3 * rng.standard_normal(shape).astype(dtype),
        rng.random(shape).astype(dtype),
    )
