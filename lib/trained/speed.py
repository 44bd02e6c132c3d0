"""The tables of speed on the results page, computed from the record that ``make bench`` wrote."""

from lib.serialization import read_json
from lib.trained.stored import DATA, check_project

RECORD = DATA / "benchmark.json"
OURS = {"library": "NumPy", "compiled": "compiled"}
SHORT = OURS | {"eager": "PyTorch", "channels_last": "PyTorch, channels last"}
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
    """Return the milliseconds of ours, with NumPy and compiled, and PyTorch's, in Markdown."""
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
    names = [name for name in SHORT if any(name in row["seconds"] for row in rows)]
    lines = [_line(title, *(SHORT[name] for name in names)), _line(":--", *["--:"] * len(names))]
    for row in rows:
        seconds = row["seconds"]
        cells = (f"{seconds[name] * 1e3:.2f}" if name in seconds else "" for name in names)
        lines.append(_line(row["name"], *cells))
    return "\n".join(lines)


def _ratio(found, name, other):
    """Return the ratio of two contenders as text, which is empty where one was not measured."""
    return f"{found[name] / found[other]:.2f}" if name in found and other in found else ""


def _line(*cells):
    return f"| {' | '.join(cells)} |"
