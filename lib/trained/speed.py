"""The tables of speed on the results page, computed from the record that ``make bench`` wrote."""

from lib.serialization import read_json
from lib.trained.stored import DATA, check_project

RECORD = DATA / "benchmark.json"
BESIDE = {
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
    """Return our milliseconds, and their ratio to PyTorch's, as a table in Markdown."""
    return _table("measured", [row for row in record["rows"] if not row["scaling"]])


def growth_table(record):
    """Return how time grows with each quantity, likewise."""
    return _table("both passes of one layer", [row for row in record["rows"] if row["scaling"]])


def step_table(record):
    """Return a training step beside all others, by time and by peak memory, likewise."""
    seconds, peaks = record["rows"][0]["seconds"], record["peak_bytes"]
    lines = ["| ours / this | time | peak memory |", "|:--|--:|--:|"]
    for name, title in BESIDE.items():
        if name in seconds:
            time = f"{seconds['library'] / seconds[name]:.2f}"
            memory = f"{peaks['library'] / peaks[name]:.2f}" if name in peaks else ""
            lines.append(f"| {title} | {time} | {memory} |")
    return "\n".join(lines)


def _table(title, rows):
    lines = [
        f"| {title} | ours, ms | ours / PyTorch eager | ours / channels last |",
        "|:--|--:|--:|--:|",
    ]
    for row in rows:
        seconds = row["seconds"]
        ours = seconds["library"]
        ratios = (
            f"{ours / seconds[name]:.2f}" if name in seconds else ""
            for name in ("eager", "channels_last")
        )
        lines.append(f"| {' | '.join([row['name'], f'{ours * 1e3:.2f}', *ratios])} |")
    return "\n".join(lines)
