"""The record of a training: settings and figures, epoch by epoch."""

import platform
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from lib.serialization import read_json, write_json
from lib.settings import as_instance

# What is not finite, as Python says it and as a record does; JavaScript's words.
WORDS = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}


@dataclass
class History:
    """What a training did, and how it went.

    Attributes
    ----------
    epochs : list of dict
        One entry an epoch: ``epoch`` (from 1), ``loss`` and ``accuracy`` on the training batches
        as they were used, ``validation_loss`` and ``validation_accuracy`` after the epoch (where
        there is a validation set), ``seconds``, ``lr``. Losses in nats, accuracies from 0 to 1.
    settings : dict
        How it was made: seed, batch size, optimizer, data, versions, machine.
    result : dict
        Figures measured once, at the end.

    Examples
    --------
    >>> history = History(epochs=[{"epoch": 1, "loss": 0.5}, {"epoch": 2, "loss": 0.25}])
    >>> history["loss"]
    [0.5, 0.25]
    >>> print(history)
    epoch    loss
        1  0.5000
        2  0.2500
    """

    epochs: list = field(default_factory=list)
    settings: dict = field(default_factory=dict)
    result: dict = field(default_factory=dict)

    def __getitem__(self, name):
        missing = [entry["epoch"] for entry in self.epochs if name not in entry]
        if missing:
            raise KeyError(f"{name!r} is not recorded for epochs {missing}")
        return [entry[name] for entry in self.epochs]

    def __str__(self):
        names = list(self.epochs[0]) if self.epochs else ["epoch"]
        rows = [names, *([format_figure(n, e[n]) for n in names] for e in self.epochs)]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        return "\n".join(
            "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
            for row in rows
        )

    def save(self, path):
        """Write the record as JSON, whole or not at all.

        JSON has no number for a loss that is not finite. It becomes one of the words ``"NaN"``,
        ``"Infinity"`` and ``"-Infinity"``, which :meth:`load` turns back.
        """
        epochs = [_with_words(figures) for figures in self.epochs]
        record = {"epochs": epochs, "settings": self.settings, "result": _with_words(self.result)}
        write_json(path, record)

    @classmethod
    def load(cls, path):
        """Read a record that :meth:`save` wrote.

        Raises
        ------
        FileNotFoundError
            If there is no such file.
        ValueError
            If it is not the record of a training.
        """
        record = read_json(path)
        try:
            return cls.from_record(record)
        except TypeError as error:
            raise ValueError(f"{path}: not the record of a training: {error}") from None

    @classmethod
    def from_record(cls, record):
        """Return what a dictionary of the three attributes tells.

        Raises
        ------
        TypeError
            If it is something else.
        """
        history = cls(**record)
        kinds = {"epochs": list, "settings": dict, "result": dict}
        for name, kind in kinds.items():
            as_instance(getattr(history, name), name, kind)
        for figures in history.epochs:
            as_instance(figures, "an epoch", dict)
        history.epochs = [_with_numbers(figures) for figures in history.epochs]
        history.result = _with_numbers(history.result)
        return history


def _with_words(figures):
    words = {n: WORDS.get(str(v)) for n, v in figures.items() if isinstance(v, float | np.floating)}
    return {name: words.get(name) or value for name, value in figures.items()}


def _with_numbers(figures):
    words = WORDS.values()
    return {n: float(v) if isinstance(v, str) and v in words else v for n, v in figures.items()}


def format_figure(name, value):
    """Return one figure of a record as text, with the digits that its kind deserves."""
    if name == "epoch":
        return str(value)
    if name == "seconds":
        return f"{value:.1f}"
    return f"{value:g}" if name == "lr" else f"{value:.4f}"


def describe_machine():
    """Return what a measured second depends on: versions and machine."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "system": platform.system(),
        "machine": platform.machine(),
        "processor": _processor(),
    }


def _processor():
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or "unknown"
