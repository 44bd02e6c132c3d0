"""Training: the loop, what is done at its moments, and the record that it keeps."""

from lib.training.callbacks import (
    BestEpoch,
    BestWeights,
    Callback,
    Checkpoint,
    EarlyStopping,
    Threshold,
)
from lib.training.diagnosis import first_nonfinite
from lib.training.heads import train_head
from lib.training.history import History, describe_machine
from lib.training.parallel import DataParallel, find_processes
from lib.training.processes import Alone
from lib.training.shards import (
    ring_all_reduce,
    ring_steps,
    shard_gradients,
    weighted_mean,
)
from lib.training.step_sizes import range_test, update_ratios
from lib.training.trainer import Trainer

__all__ = [
    "Alone",
    "BestEpoch",
    "BestWeights",
    "Callback",
    "Checkpoint",
    "DataParallel",
    "EarlyStopping",
    "History",
    "Threshold",
    "Trainer",
    "describe_machine",
    "find_processes",
    "first_nonfinite",
    "range_test",
    "ring_all_reduce",
    "ring_steps",
    "shard_gradients",
    "train_head",
    "update_ratios",
    "weighted_mean",
]
