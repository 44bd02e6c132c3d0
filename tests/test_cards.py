"""One of several cards is chosen, and stays the one in use; see also `test_data_parallel.py`."""

import numpy as np
import pytest

from lib.backend import to_device, to_numpy
from lib.backend.cards import card_for_nccl, take_card
from lib.layers import Linear
from lib.optimizers import SGD
from lib.training import Trainer
from lib.training.processes import Alone
from tests import fake_cupy, fake_nccl
from tests.kinds import KINDS
from tests.requirements_present import skip_or_fail


@pytest.fixture
def cards(monkeypatch):
    """Three cards, which are stand-ins."""
    if "cupy-stand-in" not in KINDS:
        skip_or_fail("CuPy is installed here, so its stand-in had no cards to choose from")
    fake_nccl.pretend(3, change=monkeypatch.setattr)


@pytest.mark.parametrize("place", range(7))
def test_cards_are_dealt_out_in_turn(cards, place):
    take_card("gpu", place)
    assert to_device(np.ones(2), "gpu").device == fake_cupy.Device(place % 3)


@pytest.mark.parametrize("device", ["cpu", "torch-cpu", "mps", np.ones(1), "cuda"])
def test_another_device_leaves_the_card_in_use(cards, device):
    take_card(device, 1)
    assert fake_cupy.Device() == fake_cupy.Device(0)


def test_what_lies_on_another_card_comes_to_the_one_in_use(cards):
    x = to_device(np.arange(3.0), "gpu")
    assert to_device(x, "gpu") is x
    take_card("gpu", 2)
    with pytest.raises(ValueError, match="device must be same"):
        x + x
    moved = to_device(x, "gpu")
    assert moved.device == fake_cupy.Device(2)
    assert np.array_equal(to_numpy(moved), np.arange(3))


def test_a_process_alone_stays_on_the_card_that_the_program_chose(cards):
    take_card("gpu", 1)
    network = Linear(2, 3, rng=0)
    Trainer(network, SGD(network), device="gpu", parallel=Alone(), progress=False)
    assert network.weight.data.device == fake_cupy.Device(1)


def test_nccl_speaks_for_arrays_of_cupy_where_it_is(cards, monkeypatch):
    take_card("gpu", 1)
    x = to_device(np.ones(2), "gpu")
    assert card_for_nccl(x) == "0000:01:00.0"
    assert card_for_nccl(np.ones(2)) is None
    fake_nccl.pretend(3, nccl=False, change=monkeypatch.setattr)
    assert card_for_nccl(x) is None


@pytest.mark.parity
def test_pytorch_computes_on_a_card_of_its_own_too(torch, monkeypatch):
    chosen = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "set_device", chosen.append)
    for place in range(3):
        take_card("cuda", place)
    assert chosen == [0, 1, 0]
