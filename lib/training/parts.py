"""What a trainer is made of, looked at when it is made."""

from collections.abc import Iterable

from lib.layers import Layer
from lib.losses import SoftmaxCrossEntropy
from lib.optimizers import Optimizer
from lib.schedulers import Scheduler
from lib.settings import as_instance, kind_of
from lib.training.callbacks import Callback
from lib.training.processes import Alone


def check_network(network, optimizer):
    """Refuse what is no network, no optimizer, or an optimizer of another network."""
    own = {id(p) for p in as_instance(network, "network", Layer).parameters()}
    trained = as_instance(optimizer, "optimizer", Optimizer).parameters.values()
    if not all(id(parameter) in own for parameter in trained):
        raise ValueError("the optimizer was made for another network")


def as_loss(loss):
    """Return a loss, the usual one if none is given."""
    if loss is None:
        return SoftmaxCrossEntropy()
    if isinstance(loss, type) or not callable(loss):
        raise TypeError(
            f"loss must be a function (prediction, targets) -> (value, dprediction), "
            f"got {kind_of(loss)}"
        )
    return loss


def as_scheduler(scheduler, optimizer):
    """Return a scheduler that was made for the optimizer, or None."""
    if scheduler is not None:
        as_instance(scheduler, "scheduler", Scheduler).check_optimizer(optimizer)
    return scheduler


def as_parallel(parallel):
    """Return the processes that train together: this one alone if none are given."""
    return Alone() if parallel is None else as_instance(parallel, "parallel", Alone)


def as_callbacks(callbacks):
    """Return callbacks as a list, of which no two write one file."""
    if isinstance(callbacks, Callback) or not isinstance(callbacks, Iterable):
        raise TypeError(f"callbacks must be a list of them, got {kind_of(callbacks)}")
    callbacks = [as_instance(callback, "a callback", Callback) for callback in callbacks]
    paths = [callback.path for callback in callbacks if hasattr(callback, "path")]
    for path in paths:
        if paths.count(path) > 1:
            raise ValueError(f"two callbacks write {path}")
    return callbacks
