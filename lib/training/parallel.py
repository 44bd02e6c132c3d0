"""Several processes train one network: each takes its part of every batch.

``mpiexec -n 2 python -m lib.trained simple_convnet`` starts two. They speak through MPI, the
standard of the supercomputers, which the package mpi4py brings to Python.
"""

import contextlib

import numpy as np

from lib.backend import array_namespace, cast, moved, to_numpy, widened
from lib.training import checkpoints
from lib.training.callbacks import Callback
from lib.training.processes import Alone, Together, started_together


class DataParallel(Together):
    r"""What lets several processes train one network, each on its part of every batch.

    ``Trainer(network, optimizer, parallel=DataParallel())``, in a program started by ``mpiexec``,
    trains as one process would. With :math:`n_r` of the :math:`n` pictures of a batch on process
    :math:`r`, the gradient of the mean loss is the mean of theirs, weighted by their parts:

    .. math:: \nabla L = \sum_r \frac{n_r}{n} \nabla L_r

    One message a step, an all-reduce, adds up the gradients of all parameters; then every process
    takes the same step. All begin with the whole state of process 0.

    * Pictures: each process augments the whole batch, and keeps its part.
    * Dropout: each draws for the whole batch, and keeps its rows. So both are those of one process,
      and a checkpoint continues on another number of processes with the same batches.
    * Batch normalization: each normalizes its part by the mean and variance of this part; the
      running averages take in the weighted mean of these. So the result depends on how many
      processes there are: each sees a smaller batch.
    * Evaluation: each takes a part of the pictures, so all have to call it.
    * Callbacks act on every process, alike; those that write a file (they have a ``path``) act on
      process 0 alone, and must not evaluate. Process 0 decides whether one has stopped the
      training.

    Ctrl-C ends all processes after the same step; an error that one alone meets, or its being
    killed, ends all at once. A checkpoint is whole in any case.

    Each process computes on its part of the machine's cores. What a program does before and after
    ``fit`` all of them do: it prints and writes only where ``leads`` is true.

    With ``device="gpu"`` or ``"cuda"`` each trainer takes one of its machine's cards, in turn. The
    message goes through the host by MPI, but from card to card where the arrays are CuPy's, NCCL
    is installed, and each process has a card of its own. This has been tried on stand-ins alone,
    never on cards.

    Parameters
    ----------
    comm : mpi4py.MPI.Comm, optional
        The processes; all that ``mpiexec`` started if not given.

    Attributes
    ----------
    rank : int
        Which process this is, from 0.
    size : int
        How many there are.
    leads : bool
        Whether this is process 0, which shows progress and writes files.

    Raises
    ------
    ImportError
        If mpi4py or an MPI library is missing; the message says how to get it.
    TypeError
        If `comm` is something else.

    Notes
    -----
    The loss has to be a mean over the pictures, as :class:`~lib.losses.SoftmaxCrossEntropy` is.
    Called `DistributedDataParallel` in PyTorch. Source: Goyal et al., *Accurate, large minibatch
    SGD* (2017), sections 3 and 4.

    Examples
    --------
    >>> from lib.layers import Linear
    >>> from lib.optimizers import SGD
    >>> from lib.training import Trainer
    >>> def train_together(network, pictures):  # in a program for mpiexec
    ...     trainer = Trainer(network, SGD(network), parallel=DataParallel())
    ...     trainer.fit(pictures, epochs=1)
    ...     if trainer.parallel.leads:
    ...         network.save("weights.npz")
    """

    def gradients(self, trainer, images, labels):
        """Set the gradients of the mean loss of a whole batch, from this process's part of it.

        Parameters
        ----------
        trainer : Trainer
        images, labels : array
            Of the whole batch.

        Returns
        -------
        tuple of float
            Loss and accuracy of the whole batch.

        Raises
        ------
        FloatingPointError
            On every process, if the loss of one is not finite.
        """
        own = self.part(len(labels))
        share = (own.stop - own.start) / len(labels)
        if share == 0:  # fewer pictures than processes: it takes any one, and counts it 0 times
            own = slice(0, 1)
        parameters = [p for p in trainer.network.parameters() if p.trainable]
        buffers = [buffer for _, buffer in trainer.network.named_buffers()]
        before = [_copy(buffer.data) for buffer in buffers]
        figures, error = (np.nan, np.nan), None
        with _drawing_rows(trainer.network, own, len(labels)):
            try:
                figures = trainer.gradients(images[own], labels[own])
            except FloatingPointError as caught:
                error = caught  # all have to hear of it

        sent = [_gradient(parameter) for parameter in parameters]
        sent += [b.data - old for b, old in zip(buffers, before, strict=True)]
        sent.append(moved(np.array(figures), like=sent[0]))
        *means, figures = self.total(*(share * array for array in sent))
        value, accuracy = to_numpy(figures)

        if not np.isfinite(value):
            found = f"the loss is {value} at step {trainer.steps_done + 1}"
            errors = [*self.comm.allgather(error), FloatingPointError(found)]
            self.raise_everywhere(next(filter(None, errors)))
        changes = means[len(parameters) :]
        for parameter, mean in zip(parameters, means[: len(parameters)], strict=True):
            if parameter.grad is not None:  # of one without, the optimizer says that it lacks it
                parameter.grad = cast(mean, like=parameter.data)
        for buffer, old, change in zip(buffers, before, changes, strict=True):
            buffer.data = cast(old + change, like=buffer.data)
        return float(value), float(accuracy)

    def tell(self, callback, moment, trainer):
        """Call a method of a callback, on process 0 alone if the callback writes a file."""
        if getattr(type(callback), moment) is getattr(Callback, moment):
            return  # it does nothing then, and no message need be sent
        if hasattr(callback, "path"):
            self.first_does(lambda: getattr(callback, moment)(trainer))
        else:
            getattr(callback, moment)(trainer)

    def share_state(self, trainer):
        """Give the trainer of every process the whole state of that of process 0."""
        self.find_way(next(iter(trainer.network.parameters())).data)
        state = self.comm.bcast(checkpoints.collect(trainer) if self.leads else None)
        if not self.leads:
            checkpoints.restore(trainer, *state)


def find_processes():
    """Return the processes that ``mpiexec`` started together: ``DataParallel()`` or ``Alone()``.

    Raises
    ------
    ImportError
        As :class:`DataParallel`; also if ``mpiexec`` is that of another MPI library.
    """
    _, started = started_together()
    if started == 1:
        return Alone()
    parallel = DataParallel()
    if parallel.size != started:
        raise ImportError(
            f"mpiexec started {started} processes, and mpi4py sees {parallel.size}, because it was "
            "made for another MPI library: use the mpiexec beside this Python"
        )
    return parallel


def _gradient(parameter):
    """Return a gradient as it is sent: in float32 at least."""
    given = parameter.data if parameter.grad is None else parameter.grad  # the shape has to fit
    return widened(cast(given, like=parameter.data))


def _copy(array):
    return array_namespace(array).asarray(array, copy=True)


@contextlib.contextmanager
def _drawing_rows(network, own, count):
    """Let dropout draw for a whole batch, and see the rows of one process."""
    # Not by hasattr: a layer that lacks an attribute looks for names like it, to say them.
    layers = [layer for layer in network.modules() if "rng" in vars(layer)]
    generators = [layer.rng for layer in layers]
    for layer in layers:
        layer.rng = _Rows(layer.rng, own, count)
    try:
        yield
    finally:
        for layer, generator in zip(layers, generators, strict=True):
            layer.rng = generator


class _Rows:
    """A random generator that draws for a whole batch, and gives some of its rows."""

    def __init__(self, generator, own, count):
        self.generator, self.own, self.count = generator, own, count
        self.bit_generator = generator.bit_generator

    def random(self, size, dtype=np.float64):
        """Draw for all rows, so that the next draw is the same on every process."""
        return self.generator.random((self.count, *size[1:]), dtype)[self.own]

    def __getattr__(self, name):
        raise AttributeError(
            f"with several processes a layer has to draw by rng.random(shape), got rng.{name}"
        )
