"""The tables of speed on the results page, computed from the record that ``make bench`` wrote."""

import json

from lib.networks.trained import DATA

BESIDE = {
    "eager": "PyTorch eager",
    "channels_last": "PyTorch channels last",
    "textbook": "textbook",
    "floor": "bare products",
}


def load_benchmark(folder=DATA):
    """Return the record of the last ``make bench``.

    Raises
    ------
    FileNotFoundError
        If there is none.
    """
    return json.loads((folder / "benchmark.json").read_text(encoding="utf-8"))


def speed_table(record):
    """Return our milliseconds, and their ratio to the others', as a table in Markdown."""
    rows = [row for row in record["rows"] if not row["scaling"]]
    return _table("measured", [(row["name"], row["seconds"]) for row in rows], BESIDE)


def growth_table(record):
    """Return how time grows with each quantity, as a table in Markdown."""
    rows = [(row["name"], row["seconds"]) for row in record["rows"] if row["scaling"]]
    return _table("both passes of one layer", rows, ["eager", "channels_last"])


def peak_table(record):
    """Return the peak memory of a training step, as a table in Markdown."""
    ours = record["peak_bytes"]["library"]
    lines = ["| | MiB at the peak | ours / this |", "|:--|--:|--:|"]
    for name, size in record["peak_bytes"].items():
        title = BESIDE.get(name, "this library")
        lines.append(f"| {title} | {size / 2**20:.0f} | {ours / size:.2f} |")
    return "\n".join(lines)


def _table(title, rows, beside):
    heads = [title, "ours, ms", *(f"ours / {BESIDE[name]}" for name in beside)]
    lines = [f"| {' | '.join(heads)} |", "|:--|" + "--:|" * (len(heads) - 1)]
    for name, seconds in rows:
        ours = seconds["library"]
        ratios = [f"{ours / seconds[other]:.2f}" if other in seconds else "" for other in beside]
        lines.append(f"| {' | '.join([name, f'{ours * 1e3:.2f}', *ratios])} |")
    return "\n".join(lines)
