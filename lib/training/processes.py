"""How the processes that ``mpiexec`` started speak with one another, and how they end together."""

import contextlib
import math
import os
import signal
import sys
import threading
import traceback

import numpy as np

from lib.backend import array_namespace, cards, full, to_device, to_numpy
from lib.convolution.threads import set_thread_count, thread_count
from lib.settings import as_instance

HOW_TO_GET = 'pip install -e ".[parallel]"'
# How mpiexec tells a process its number and how many there are: that of MPICH, and Open MPI's.
STARTED = (("PMI_RANK", "PMI_SIZE"), ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"))


def import_mpi():
    """Return mpi4py's module ``MPI``.

    Raises
    ------
    ImportError
        If it, or the library that it brings to Python, is missing.
    """
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:  # of mpi4py, of the library
        raise ImportError(
            f"several processes need mpi4py and an MPI library ({HOW_TO_GET}): {error}"
        ) from None
    return MPI


def started_together():
    """Return which of the processes that ``mpiexec`` started this is, and how many there are."""
    for rank, size in STARTED:
        if rank in os.environ and size in os.environ:
            return int(os.environ[rank]), int(os.environ[size])
    return 0, 1


class Alone:
    """One process that does all the work, with the methods of :class:`Together`."""

    rank, size, leads = 0, 1, True

    def part(self, count):
        """Return which of `count` rows are this process's own, as a slice."""
        return slice(count * self.rank // self.size, count * (self.rank + 1) // self.size)

    def take_card(self, device):
        """Compute on a card of one's own, where the device is one of several."""

    def total(self, *arrays):
        """Return the sum of each array over all processes."""
        return arrays

    def first_does(self, work):
        """Let process 0 do something; return, or raise, everywhere what came of it."""
        return work()

    def each_does(self, work):
        """Do something on every process; raise everywhere what went wrong on one."""
        return work()

    def gradients(self, trainer, images, labels):
        """Set the gradients of the mean loss of a batch; return its loss and accuracy."""
        return trainer.gradients(images, labels)

    def tell(self, callback, moment, trainer):
        """Call a method of a callback."""
        getattr(callback, moment)(trainer)

    def share_state(self, trainer):
        """Give the trainer of every process the whole state of that of process 0."""

    def heeding_ctrl_c(self):
        """Let Ctrl-C end a training on all processes at the same step."""
        return contextlib.nullcontext()

    def last_word(self, error, words, status):
        """Say why a program ends; return its exit status."""
        print(words, file=sys.stderr, flush=True)
        return status


class Together(Alone):
    """The processes that ``mpiexec`` started, or some of them: see :class:`DataParallel`."""

    def __init__(self, comm=None):
        mpi = import_mpi()
        self.comm = mpi.COMM_WORLD if comm is None else as_instance(comm, "comm", mpi.Comm)
        self.rank, self.size = self.comm.rank, self.comm.size
        self.leads = self.rank == 0
        self.shared_error = None
        self.asked_to_stop = False
        self.known_cards, self.nccl = None, None
        if self.size > 1:
            sys.excepthook = self._end_by_error
            here = self.comm.Split_type(mpi.COMM_TYPE_SHARED)
            self.place, self.machine = here.rank, here.bcast(self.rank)
            set_thread_count(min(thread_count(), max(1, _cores() // here.size)))

    def take_card(self, device):
        """Compute on a card of one's own, where the device is one of several."""
        if self.size > 1:
            cards.take_card(device, self.place)

    def find_way(self, x):
        """Find out which way sums of arrays take that lie where `x` does.

        By NCCL, if each process has a card of its own that it speaks for, else through the host.
        """
        if self.size == 1:
            return
        found = self.comm.allgather((self.machine, cards.card_for_nccl(x)))
        if found == self.known_cards:
            return  # NCCL takes a second to come up
        self.known_cards, self.nccl = found, None
        if all(card for _, card in found) and len(set(found)) == self.size:
            nccl_id = self.first_does(cards.new_nccl_id)
            self.nccl = cards.NcclSum(self.size, nccl_id, self.rank)

    def total(self, *arrays):
        """Return the sum of each array over all processes: one message for all of them.

        Whether one was asked to stop goes along, so that all stop at the same place.

        Parameters
        ----------
        *arrays : array
            All in one place: on the host, or where those are that `find_way` was told of.
        """
        xp = array_namespace(arrays[0])
        asked = full((1,), float(self.asked_to_stop), like=arrays[0])
        message = xp.concat([*(xp.reshape(array, (-1,)) for array in arrays), asked])
        message = self._added_up(message)
        if to_numpy(message[-1:]).any():
            self.asked_to_stop = False
            self.raise_everywhere(KeyboardInterrupt())
        sums, start = [], 0
        for array in arrays:
            stop = start + math.prod(array.shape)
            sums.append(xp.reshape(message[start:stop], array.shape))
            start = stop
        return sums

    def _added_up(self, message):
        """Return the sum of the messages of all processes."""
        if self.nccl and not isinstance(message, np.ndarray):
            self.nccl.in_place(message)
            return message
        sent = to_numpy(message)
        received = np.empty_like(sent)
        self.comm.Allreduce(sent, received)
        return to_device(received, message)

    def first_does(self, work):
        """Let process 0 do something; return, or raise, everywhere what came of it."""
        result, error = self.comm.bcast(_outcome(work) if self.leads else None)
        if error is not None:
            self.raise_everywhere(error)
        return result

    def each_does(self, work):
        """Do something on every process; raise everywhere what went wrong on one."""
        result, error = _outcome(work)
        if errors := [error for error in self.comm.allgather(error) if error is not None]:
            self.raise_everywhere(errors[0])
        return result

    def raise_everywhere(self, error):
        """Raise an error that every process raises at the same place."""
        self.shared_error = error
        raise error

    @contextlib.contextmanager
    def heeding_ctrl_c(self):
        """Let Ctrl-C, and the end of a job's time, end a training everywhere at the same step."""
        if threading.current_thread() is not threading.main_thread():
            yield  # signals reach the main thread alone
            return
        signals = (signal.SIGINT, signal.SIGTERM)
        before = [signal.signal(number, self._ask_to_stop) for number in signals]
        try:
            yield
            self.total(np.zeros(1))  # the last message, for who was asked after the last but one
        finally:
            for number, handler in zip(signals, before, strict=True):
                signal.signal(number, handler)

    def _ask_to_stop(self, number, frame):
        self.asked_to_stop = True

    def last_word(self, error, words, status):
        """Say why a program ends, once, and make sure that it ends everywhere.

        Parameters
        ----------
        error : BaseException
        words : str
        status : int

        Returns
        -------
        int
            The status, if every process knows of the error; if not, all are ended here and now.
        """
        shared = error is self.shared_error
        if self.leads or not shared:
            print(words, file=sys.stderr, flush=True)
        if not shared and self.size > 1:
            self.comm.Abort(status)
        return status

    def _end_by_error(self, kind, error, trace):
        """Do what Python does with an error that nobody caught, and end the other processes."""
        words = "".join(traceback.format_exception(kind, error, trace))
        self.last_word(error, words.rstrip(), 1)


def _outcome(work):
    """Return what some work gave, and the error that kept it from giving it."""
    try:
        return work(), None
    except Exception as error:
        return None, error


def _cores():
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
