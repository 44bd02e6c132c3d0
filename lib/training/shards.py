"""Data-parallel training, step by step: what :mod:`lib.training.parallel` leaves to MPI."""

from lib.backend import array_namespace
from lib.layers import Layer
from lib.losses import SoftmaxCrossEntropy
from lib.settings import as_instance, as_integer, kind_of


def shard_gradients(network, images, labels):
    """Return the gradients of the mean cross-entropy on a shard, a part of a batch.

    It can be handed to another process, as ``ProcessPoolExecutor.map`` does.

    Parameters
    ----------
    network : Layer
        In its present mode.
    images, labels : array
        The shard, as for the network and for :class:`~lib.losses.SoftmaxCrossEntropy`.

    Returns
    -------
    dict of str to array
        By the dotted names of the parameters.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import Linear
    >>> images, labels = np.ones((4, 2), np.float32), np.array([0, 1, 2, 0])
    >>> found = shard_gradients(Linear(2, 3, rng=0), images, labels)
    >>> {name: grad.shape for name, grad in found.items()}
    {'weight': (3, 2), 'bias': (3,)}
    """
    as_instance(network, "network", Layer)
    _, dlogits = SoftmaxCrossEntropy()(network(images), labels)
    network.backward(dlogits)
    return {name: parameter.grad for name, parameter in network.named_parameters()}


def weighted_mean(gradients, counts):
    r"""Return the gradients of a batch from those of its shards.

    .. math:: \nabla L = \sum_r \frac{N_r}{N} \nabla L_r

    Parameters
    ----------
    gradients : sequence of dict of str to array
        Of the mean loss on each shard.
    counts : sequence of int
        How many pictures each shard has; a shard of none counts 0 times, whatever its gradient.

    Raises
    ------
    ValueError
        If there are not as many counts as shards, or no pictures.
    TypeError
        If a count is no integer, or the gradients of a shard are no dictionary.

    Examples
    --------
    >>> import numpy as np
    >>> weighted_mean([{"w": np.array([3.0])}, {"w": np.array([9.0])}], [2, 1])
    {'w': array([5.])}
    """
    gradients = [as_instance(shard, "a shard", dict) for shard in _listed(gradients, "gradients")]
    counts = [as_integer(count, "a count", at_least=0) for count in _listed(counts, "counts")]
    if len(counts) != len(gradients):
        raise ValueError(f"expected a count for each of {len(gradients)} shards, got {len(counts)}")
    if sum(counts) == 0:
        raise ValueError("expected pictures in at least one shard, got none")
    shards = [(count / sum(counts), g) for count, g in zip(counts, gradients, strict=True) if count]
    return {name: sum(share * grads[name] for share, grads in shards) for name in shards[0][1]}


def ring_steps(messages):
    """Return what each worker of a ring holds, before and after every step of an all-reduce.

    With :math:`R` workers each message is cut into :math:`R` chunks. In each of :math:`2(R - 1)`
    steps every worker sends one chunk to the next worker: in the first half it is added to what
    lies there, in the second half it takes the place of it.

    Parameters
    ----------
    messages : sequence of 1-D arrays
        One a worker, all equally long.

    Returns
    -------
    list of list of list of array
        By step, by worker, by chunk.

    Raises
    ------
    ValueError
        If there is no message, or they are not of one shape with one axis.

    Notes
    -----
    Source: Patarasuk and Yuan, *Bandwidth optimal all-reduce algorithms for clusters of
    workstations* (2009).
    """
    messages = _listed(messages, "messages")
    shapes = [tuple(message.shape) for message in messages if array_namespace(message)]
    if not shapes or len(shapes[0]) != 1 or len(set(shapes)) > 1:
        raise ValueError(f"expected messages of one shape, with one axis, got {shapes}")
    n, (size,) = len(messages), shapes[0]
    edges = [size * k // n for k in range(n + 1)]
    held = [[m[edges[k] : edges[k + 1]] for k in range(n)] for m in messages]
    states = [held]
    for step in range(2 * (n - 1)):
        held = [list(chunks) for chunks in held]
        for worker in range(n):
            chunk, there = (worker - step) % n, (worker + 1) % n
            sent, own = states[-1][worker][chunk], states[-1][there][chunk]
            held[there][chunk] = own + sent if step < n - 1 else sent
        states.append(held)
    return states


def ring_all_reduce(messages):
    """Return the sum of all messages as each worker of a ring has it at the end.

    Parameters
    ----------
    messages : sequence of 1-D arrays
        One a worker, all equally long.

    Returns
    -------
    list of array

    Examples
    --------
    >>> import numpy as np
    >>> ring_all_reduce([np.array([1, 2, 3]), np.array([10, 20, 30])])
    [array([11, 22, 33]), array([11, 22, 33])]
    """
    held = ring_steps(messages)[-1]
    xp = array_namespace(held[0][0])
    return [xp.concat(chunks) for chunks in held]


def _listed(things, name):
    """Return a list or a tuple as a list."""
    if not isinstance(things, list | tuple):
        raise TypeError(f"{name} must be a list, one for each worker, got {kind_of(things)}")
    return list(things)
