"""Measure the library beside PyTorch and the textbook's im2col: ``python -m benchmarks``.

All take turns, each in a process of its own, with a pause between turns in which the threads of
the last one come to rest. The tables give medians, and the ratio of ours to the others'; the
record goes to ``data/benchmark.json``, which the book shows.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import time
from importlib.metadata import version
from importlib.util import find_spec

from threadpoolctl import threadpool_info
from tqdm import tqdm

from benchmarks.cases import CASES, OURS
from lib.serialization import write_json
from lib.trained.speed import RECORD
from lib.training import describe_machine

PAUSE_S = 0.2
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


class Contender:
    """A process that measures: see :mod:`benchmarks.worker`."""

    def __init__(self, name, environment):
        command = [sys.executable, "-m", "benchmarks.worker", name]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, text=True, env=environment, **pipes)
        self._answer()

    def ask(self, command, number):
        """Send a command and return the answer."""
        print(json.dumps([command, number]), file=self.process.stdin, flush=True)
        return self._answer()

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args} ended: see its message above")
        return json.loads(line)

    def stop(self):
        """End the process."""
        self.process.stdin.close()
        self.process.wait()


def measure(number, contenders, rounds):
    """Return the median seconds of each contender of a case."""
    seconds = {name: [] for name in contenders}
    for contender in contenders.values():
        contender.ask("prepare", number)
    for _ in range(rounds):
        for name, contender in contenders.items():
            time.sleep(PAUSE_S)
            seconds[name] += contender.ask("turn", number)
    return {name: statistics.median(values) for name, values in seconds.items()}


def peak(name, environment):
    """Return the bytes that the first case takes at its peak, in a process that did nothing yet."""
    contender = Contender(name, environment)
    try:
        return contender.ask("peak", 0)
    finally:
        contender.stop()


def main():
    """Measure, print the tables and write the record."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=7, help="turns of each (default 7)")
    parser.add_argument("--threads", type=int, help="for every contender (default: its own choice)")
    parser.add_argument("--only", default="", help="only the rows that contain this text")
    options = parser.parse_args()
    environment = dict(os.environ)
    if options.threads:
        environment.update(dict.fromkeys(THREADS, str(options.threads)))
    names = ["library", "floor", "textbook"]
    for package, contenders in (("numba", ["compiled"]), ("torch", ["eager", "channels_last"])):
        if find_spec(package):
            names += contenders
        else:
            print(f"{package} is missing: {', '.join(contenders)} stay empty", file=sys.stderr)
    chosen = [number for number, case in enumerate(CASES) if options.only in case.name]
    with contextlib.ExitStack() as stack:
        contenders = {}
        for name in names:
            contenders[name] = Contender(name, environment)
            stack.callback(contenders[name].stop)
        rows = []
        for number in tqdm(chosen, disable=None):
            part = {n: c for n, c in contenders.items() if n in (*OURS, *CASES[number].contenders)}
            case = {"name": CASES[number].name, "scaling": CASES[number].scaling}
            rows.append({**case, "seconds": measure(number, part, options.rounds)})
    peaks = {}
    if sys.platform == "linux":
        peaks = {name: peak(name, environment) for name in names if name != "floor"}
    record = {"machine": machine(options.threads), "rows": rows, "peak_bytes": peaks}
    if not options.only:
        write_json(RECORD, record)
    print(tables(record))


def machine(threads):
    """Return what the figures depend on."""
    blas = [pool for pool in threadpool_info() if pool["user_api"] == "blas"]
    return {
        **describe_machine(),
        "cores": os.cpu_count(),
        "threads": threads or "as many as each library chooses",
        "blas": ", ".join(
            f"{p['internal_api']} {p['version']} ({p['architecture']})" for p in blas
        ),
        "torch": version("torch") if find_spec("torch") else None,
    }


def tables(record):
    """Return the record as text."""
    lines = [", ".join(f"{name} {value}" for name, value in record["machine"].items())]
    for row in record["rows"]:
        ours = {name: row["seconds"][name] for name in OURS if name in row["seconds"]}
        for name, own in ours.items():
            cells = [f"{row['name']:48} {name:8} {own * 1e3:8.2f} ms"]
            cells += [
                f"{own / seconds:5.2f} × {other}"
                for other, seconds in row["seconds"].items()
                if other not in ours
            ]
            lines.append("  ".join(cells))
    if peaks := record["peak_bytes"]:
        cells = [f"{name} {size / 2**20:.0f} MiB" for name, size in peaks.items()]
        lines.append(f"peak memory of the first row: {', '.join(cells)}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
