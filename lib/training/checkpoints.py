"""The whole state of a training in one file: a training continued from it gives the same result."""

import json

import numpy as np

from lib import backend
from lib.serialization import read_arrays, write_arrays
from lib.training.history import History


def save_checkpoint(trainer, path):
    """Write the state of a trainer: see :meth:`lib.training.Trainer.save_checkpoint`."""
    arrays = {f"network/{n}": backend.to_numpy(a) for n, a in trainer.network.state().items()}
    for name, value in trainer.optimizer.state().items():
        value = np.asarray(value) if isinstance(value, int | float) else value
        arrays[f"optimizer/{name}"] = backend.to_numpy(value)
    callbacks = []
    for callback in trainer.callbacks:
        if state := callback.state():
            held = {n: v for n, v in state.items() if isinstance(v, np.ndarray)}
            arrays.update({f"callback {len(callbacks)}/{n}": v for n, v in held.items()})
            others = {n: v for n, v in state.items() if n not in held}
            callbacks.append({"kind": type(callback).__name__, "state": others})
    rest = {
        "history": vars(trainer.history),
        "steps_done": trainer.steps_done,
        "seed": trainer.seed,
        "scheduler": trainer.scheduler.state() if trainer.scheduler else None,
        "callbacks": callbacks,
        "generators": [g.bit_generator.state for g in trainer.network.generators()],
    }
    write_arrays(path, {**arrays, "rest": np.array(json.dumps(rest))})


def load_checkpoint(trainer, path):
    """Continue from such a file: see :meth:`lib.training.Trainer.load_checkpoint`."""
    arrays = read_arrays(path)
    if "rest" not in arrays:
        raise ValueError(f"{path}: not a checkpoint of a training")
    rest = json.loads(arrays.pop("rest").item())
    if rest["seed"] != trainer.seed:
        raise ValueError(f"{path}: made with seed {rest['seed']}, this trainer has {trainer.seed}")
    if (rest["scheduler"] is None) != (trainer.scheduler is None):
        raise ValueError(f"{path}: of the file and this trainer one alone has a scheduler")
    parts = {"network": {}, "optimizer": {}}
    for key, array in arrays.items():
        part, _, name = key.partition("/")
        parts.setdefault(part, {})[name] = array
    network, optimizer = trainer.network, trainer.optimizer
    before = {name: np.array(backend.to_numpy(a)) for name, a in network.state().items()}
    try:
        if trainer.scheduler is not None:
            trainer.scheduler.check_state(rest["scheduler"])
        network.load_state(parts["network"])
        optimizer.load_state(parts["optimizer"])
    except ValueError as error:
        network.load_state(before)
        raise ValueError(f"{path}: {error}") from None
    trainer.history = History(**rest["history"])
    trainer.steps_done = rest["steps_done"]
    if trainer.scheduler is not None:
        trainer.scheduler.load_state(rest["scheduler"])
    for generator, state in zip(network.generators(), rest["generators"], strict=True):
        generator.bit_generator.state = state
    _load_callbacks(trainer, rest["callbacks"], parts)


def _load_callbacks(trainer, saved, parts):
    """Give each callback the state of one of its kind, in order; one without starts anew."""
    states = [
        (s["kind"], {**s["state"], **parts.get(f"callback {i}", {})}) for i, s in enumerate(saved)
    ]
    for callback in trainer.callbacks:
        for place, (kind, state) in enumerate(states):
            if kind == type(callback).__name__:
                callback.load_state(state)
                del states[place]
                break
