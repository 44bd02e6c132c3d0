"""The whole state of a training in one file: a training continued from it gives the same result."""

import json

import numpy as np

from lib import backend
from lib.paths import as_path
from lib.serialization import check_fit, read_arrays, read_headers, write_arrays
from lib.serialization.npz import MOST_BYTES, size_in_memory
from lib.settings import described
from lib.training.history import History

MOST_REST = 256 << 20  # bytes for what is no array; a thousand epochs take a megabyte


def save_checkpoint(trainer, path):
    """Write the state of a trainer: see :meth:`lib.training.Trainer.save_checkpoint`."""
    arrays, rest = collect(trainer)
    write_arrays(path, {**arrays, "rest": np.array(json.dumps(rest, default=_as_json))})


def load_checkpoint(trainer, path):
    """Continue from such a file: see :meth:`lib.training.Trainer.load_checkpoint`."""
    path = as_path(path)
    headers = read_headers(path)
    rest = _read_rest(path) if "rest" in headers else None
    if rest is None:
        raise ValueError(f"{path}: not a checkpoint of a training")
    del headers["rest"]
    _check(trainer, headers, rest, path)
    arrays = read_arrays(path, headers, most_bytes=_most_bytes(headers))

    held, others = collect(trainer)
    before = (
        {name: array.copy() for name, array in held.items()},
        json.dumps(others, default=_as_json),
    )
    history = trainer.history
    try:
        restore(trainer, arrays, rest)
    except BaseException as error:  # Ctrl-C too
        restore(trainer, before[0], json.loads(before[1]))
        trainer.history = history
        if isinstance(error, Exception):
            raise ValueError(f"{path}: the state cannot be loaded: {error!r}") from error
        raise


def collect(trainer):
    """Return the state of a trainer: arrays by name, and the rest as JSON can hold it."""
    network, optimizer, schedule = trainer.network, trainer.optimizer, trainer.scheduler
    held, optimizer_rest = _parted(optimizer.state())
    arrays = {f"network/{n}": backend.to_numpy(a) for n, a in network.state().items()}
    arrays |= {f"optimizer/{n}": backend.to_numpy(a) for n, a in held.items()}
    callbacks = []
    for callback in trainer.callbacks:
        if state := callback.state():
            held, others = _parted(state)
            place = f"callback {len(callbacks)}"
            arrays |= {f"{place}/{n}": backend.to_numpy(a) for n, a in held.items()}
            made = {"kind": type(callback).__name__, "made": described(callback)}
            callbacks.append({**made, "state": others})
    rest = {
        "history": vars(trainer.history),
        "steps_done": trainer.steps_done,
        "seed": trainer.seed,
        "layers": _layers(network),
        "trainable": _trainable(network),
        "optimizer": optimizer_rest,
        "scheduler": schedule.state() if schedule else None,
        "callbacks": callbacks,
        "generators": [g.bit_generator.state for g in network.generators()],
    }
    return arrays, rest


def restore(trainer, arrays, rest):
    """Set the state of a trainer to one that fits it."""
    parts = _by_part(arrays)
    trainer.network.load_state(parts["network"])
    trainer.optimizer.load_state({**parts["optimizer"], **rest["optimizer"]})
    if trainer.scheduler is not None:
        trainer.scheduler.load_state(rest["scheduler"])
    generators = trainer.network.generators()
    for generator, state in zip(generators, rest["generators"], strict=True):
        generator.bit_generator.state = state
    for callback, place in _pairs(trainer.callbacks, rest["callbacks"]):
        held = parts.get(f"callback {place}", {})
        callback.load_state({**rest["callbacks"][place]["state"], **held})
    trainer.history = History.from_record(rest["history"])
    trainer.steps_done = rest["steps_done"]


def _check(trainer, headers, rest, path):
    """Refuse the state of another training, before anything of it is loaded."""
    parts = _by_part(headers)
    network, scheduler = trainer.network, rest["scheduler"]
    check_fit(network, parts["network"], path)
    try:
        if rest["seed"] != trainer.seed:
            raise ValueError(f"made with seed {rest['seed']}, this trainer has {trainer.seed}")
        _check_layers(network, rest["layers"])
        for name, array in network.state().items():
            ours, theirs = backend.to_numpy(array).dtype, parts["network"][name].dtype
            if ours != theirs:
                raise ValueError(f'"{name}" is {theirs} in the file and {ours} in this network')
        if rest["trainable"] != _trainable(network):
            differing = sorted(set(rest["trainable"]) ^ set(_trainable(network)))
            raise ValueError(f"one alone of the file and this network trains {differing}")
        trainer.optimizer.check_state({**parts["optimizer"], **rest["optimizer"]})
        if (scheduler is None) != (trainer.scheduler is None):
            raise ValueError("of the file and this trainer one alone has a scheduler")
        if scheduler is not None:
            trainer.scheduler.check_state(scheduler)
        kinds = [state["bit_generator"] for state in rest["generators"]]
        ours = [g.bit_generator.state["bit_generator"] for g in network.generators()]
        if kinds != ours:
            raise ValueError(f"made with the random generators {kinds}, this network has {ours}")
        _pairs(trainer.callbacks, rest["callbacks"])
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def _check_layers(network, saved):
    ours = _layers(network)
    for name in {**saved, **ours}:
        if saved.get(name) != ours.get(name):
            raise ValueError(
                f'"{name}" is {saved.get(name, "no layer")} in the file and '
                f"{ours.get(name, 'no layer')} in this network"
            )


def _pairs(callbacks, saved):
    """Return each callback that has a state in the file, with the place of that state.

    A callback may be new, or left out. One of the same kind with other settings is neither.
    """
    left, pairs, new = list(enumerate(saved)), [], []
    for callback in callbacks:
        found = next((one for one in left if one[1]["made"] == described(callback)), None)
        if found is None:
            new.append(callback)
        else:
            left.remove(found)
            pairs.append((callback, found[0]))
    for callback in new:
        for _, other in left:
            if other["kind"] == type(callback).__name__:
                raise ValueError(
                    f"the callback is {described(callback)}, the state that of {other['made']}"
                )
    return pairs


def _layers(network):
    return {name: described(layer) for name, layer in network.named_modules()}


def _trainable(network):
    return [name for name, parameter in network.named_parameters() if parameter.trainable]


def _parted(state):
    """Part a state into its arrays and all else."""
    held = {n: v for n, v in state.items() if getattr(v, "shape", ()) or isinstance(v, np.ndarray)}
    return held, {name: value for name, value in state.items() if name not in held}


def _by_part(arrays):
    parts = {"network": {}, "optimizer": {}}
    for key, array in arrays.items():
        part, _, name = key.partition("/")
        parts.setdefault(part, {})[name] = array
    return parts


def _read_rest(path):
    """Return what a checkpoint holds beside arrays, ``None`` if it is not that."""
    array = read_arrays(path, ["rest"], most_bytes=MOST_REST)["rest"]
    try:
        rest = json.loads(array.item())
    except (TypeError, ValueError):
        return None
    parts = {"history", "steps_done", "seed", "layers", "trainable", "optimizer", "scheduler"}
    wanted = parts | {"callbacks", "generators"}
    return rest if isinstance(rest, dict) and rest.keys() == wanted else None


def _most_bytes(headers):
    """Return how large a checkpoint may be: what was held to the trainer, and some more."""
    parts = _by_part(headers)
    checked = size_in_memory([*parts["network"].values(), *parts["optimizer"].values()])
    return checked + MOST_BYTES


def _as_json(value):
    """Return NumPy's scalars and arrays, as in the state of some generators, as JSON holds them."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"a checkpoint cannot hold {value!r}")
