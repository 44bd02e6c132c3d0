"""Several cards of NVIDIA: each process computes on its own, and NCCL adds up what lies on all.

NCCL is NVIDIA's library for messages between cards; CuPy speaks to it where it is installed. With
no such machine at hand, what uses several cards was tried on stand-ins alone, never on cards.
"""

from lib.backend.arrays import is_cupy
from lib.backend.devices import missing_because


def take_card(device, place):
    """Compute on a card of one's own from now on, in this thread.

    Parameters
    ----------
    device : str or array
        Only ``"gpu"`` and ``"cuda"`` leave a choice: an array stands for the card that it lies on.
    place : int
        Which of the processes on this machine this is. The cards are dealt out in turn, more than
        once where there are more processes.
    """
    if not isinstance(device, str) or device not in ("gpu", "cuda") or missing_because(device):
        return  # what is missing is said where arrays go there
    if device == "gpu":
        import cupy

        cupy.cuda.Device(place % cupy.cuda.runtime.getDeviceCount()).use()
    else:
        import torch

        torch.cuda.set_device(place % torch.cuda.device_count())


def card_for_nccl(x):
    """Return how this machine names the card on which `x` lies, ``None`` where NCCL cannot help."""
    if not is_cupy(x):
        return None
    from cupy.cuda import nccl  # no attribute of cupy.cuda before it is imported

    return x.device.pci_bus_id if nccl.available else None


def new_nccl_id():
    """Return the mark by which the processes of a new ``NcclSum`` find one another."""
    from cupy.cuda import nccl

    return nccl.get_unique_id()


class NcclSum:
    """Adds up arrays over the cards of several processes.

    Each process makes one at the same time and waits for the others, with the same `nccl_id`.

    Parameters
    ----------
    count : int
        How many processes there are, each with its own card: NCCL takes none twice.
    nccl_id : bytes
        From `new_nccl_id`, called by one of them.
    rank : int
        Which of them this is.
    """

    def __init__(self, count, nccl_id, rank):
        from cupy.cuda import nccl

        self.communicator = nccl.NcclCommunicator(count, nccl_id, rank)
        self.types = {"float32": nccl.NCCL_FLOAT32, "float64": nccl.NCCL_FLOAT64}
        self.add = nccl.NCCL_SUM

    def in_place(self, message):
        """Put the sum over all processes where a contiguous array has its own numbers."""
        from cupy.cuda import get_current_stream

        place, kind = message.data.ptr, self.types[message.dtype.name]
        stream = get_current_stream().ptr  # behind what is still to be computed, before what reads
        self.communicator.allReduce(place, place, message.size, kind, self.add, stream)
