"""The tables of speed on the results page, computed from the record that ``make bench`` wrote."""

from itertools import chain

from lib.serialization import read_json
from lib.trained.stored import DATA, check_project

RECORD = DATA / "benchmark.json"
OURS = {"library": "NumPy", "compiled": "compiled"}
PYTORCH = {"eager": "PyTorch", "channels_last": "channels last"}
BESIDE = {
    "library": "ours with NumPy",
    "eager": "PyTorch eager",
    "channels_last": "PyTorch, channels last",
    "textbook": "the textbook's im2col, float64",
    "floor": "the bare matrix products",
}


def load_benchmark():
    """Return the record of the last ``make bench``.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    check_project()
    return read_json(RECORD)


def speed_table(record):
    """Return our milliseconds, and their ratios to PyTorch's, as a table in Markdown.

    Ours are measured with NumPy alone, and compiled where the record has it.
    """
    return _table("measured", [row for row in record["rows"] if not row["scaling"]])


def growth_table(record):
    """Return how time grows with each quantity, likewise."""
    return _table("both passes of one layer", [row for row in record["rows"] if row["scaling"]])


def step_table(record):
    """Return a training step beside all others, by time and by peak memory, likewise."""
    seconds, peaks = record["rows"][0]["seconds"], record["peak_bytes"]
    ours = [name for name in OURS if name in seconds]
    others = [name for name in BESIDE if name in seconds and name != ours[-1]]
    lines = [
        _line("beside", *(f"{OURS[name]}, {what}" for name in ours for what in ("time", "memory"))),
        _line(":--", *["--:"] * 2 * len(ours)),
    ]
    for other in others:
        ratios = (_ratio(found, name, other) for name in ours for found in (seconds, peaks))
        lines.append(_line(BESIDE[other], *ratios))
    return "\n".join(lines)


def _table(title, rows):
    ours = [name for name in OURS if all(name in row["seconds"] for row in rows)]
    heads = (
        (f"{OURS[name]}, ms", *(f"{OURS[name]} / {other}" for other in PYTORCH.values()))
        for name in ours
    )
    lines = [_line(title, *chain(*heads)), _line(":--", *["--:"] * 3 * len(ours))]
    for row in rows:
        seconds = row["seconds"]
        cells = (
            (f"{seconds[name] * 1e3:.2f}", *(_ratio(seconds, name, other) for other in PYTORCH))
            for name in ours
        )
        lines.append(_line(row["name"], *chain(*cells)))
    return "\n".join(lines)


def _ratio(found, name, other):
    """Return the ratio of two contenders as text, which is empty where one was not measured."""
    return f"{found[name] / found[other]:.2f}" if name in found and other in found else ""


def _line(*cells):
    return f"| {' | '.join(cells)} |"
