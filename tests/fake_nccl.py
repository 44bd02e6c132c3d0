"""A stand-in for NCCL as CuPy 14 has it, for processes of MPI and the stand-in for CuPy.

It takes what CuPy's ``cupy.cuda.nccl`` takes, adds up over MPI, and refuses what NCCL refuses, or
may hang at: a card that two processes share, a message that is no array's, another stream.
"""

import sys

import numpy as np

from tests import fake_cupy

ID_BYTES = 128
TYPES = {"NCCL_FLOAT32": 7, "NCCL_FLOAT64": 8}
NCCL_SUM = 0
BUILT, SUMS = [], []  # the communicators that there are; how many numbers each sum had


class NcclError(RuntimeError):
    """What NCCL says when it refuses."""


def get_unique_id():
    return np.random.default_rng().bytes(ID_BYTES)


class NcclCommunicator:
    """Meets the other processes when it is made, as NCCL's does."""

    def __init__(self, ndev, commId, rank):
        from mpi4py import MPI

        assert type(ndev) is int and type(rank) is int
        assert type(commId) is bytes and len(commId) == ID_BYTES
        self.comm = MPI.COMM_WORLD.Dup()
        assert (ndev, rank) == (self.comm.size, self.comm.rank)
        self.card = fake_cupy.Device()
        met = self.comm.allgather((commId, MPI.Get_processor_name(), self.card.pci_bus_id))
        assert len({commId for commId, *_ in met}) == 1
        if len(set(met)) < ndev:
            raise NcclError("NCCL_ERROR_INVALID_USAGE: Duplicate GPU detected")
        BUILT.append(self)

    def allReduce(self, sendbuf, recvbuf, count, datatype, op, stream):
        assert all(type(x) is int for x in (sendbuf, recvbuf, count, datatype, op, stream))
        sent, received = fake_cupy.LENT[sendbuf], fake_cupy.LENT[recvbuf]
        for array in (sent, received):
            assert array.device == self.card == fake_cupy.Device()
            assert array.flags.c_contiguous and array.size == count
            assert TYPES[f"NCCL_{array.dtype.name.upper()}"] == datatype
        assert (op, stream) == (NCCL_SUM, fake_cupy.STREAM)
        total = np.empty_like(sent.array)
        self.comm.Allreduce(sent.array, total)
        received.array[...] = total
        SUMS.append(count)


def broken():
    """Let no communicator come up in this process, which the others do not learn."""

    def refuse(*arguments):
        raise NcclError("NCCL_ERROR_SYSTEM_ERROR: unhandled system error")

    sys.modules["cupy.cuda.nccl"].NcclCommunicator = refuse


def pretend(cards, nccl=True, change=setattr):
    """Let the stand-in for CuPy say that cards answer, and NCCL.

    Parameters
    ----------
    cards : int
    nccl : bool
    change : callable
        Such as pytest's ``monkeypatch.setattr``.
    """
    cuda = sys.modules["cupy"].cuda
    change(cuda, "is_available", lambda: True)
    change(cuda.runtime, "getDeviceCount", lambda: cards)
    change(fake_cupy.Device, "in_use", 0)
    module = sys.modules["cupy.cuda.nccl"]
    change(module, "available", nccl)
    for name, value in (TYPES if nccl else {}).items():
        setattr(module, name, value)
    module.NcclCommunicator, module.get_unique_id = NcclCommunicator, get_unique_id
    module.NCCL_SUM = NCCL_SUM
