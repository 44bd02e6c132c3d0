"""Several processes at a training step of DeepConvNet: ``python -m benchmarks.together``.

One process on one thread, two and more of these, and one process on as many threads take turns. It
also says how long the message takes that adds up the gradients, and nothing else. `--worker` is
what ``mpiexec`` starts.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

from benchmarks.__main__ import THREADS
from lib.datasets import Dataset
from lib.networks import DeepConvNet
from lib.optimizers import Adam
from lib.training import Callback, Trainer, find_processes

BATCH, WARM_UP = 100, 2


class Times(Callback):
    """Notes when each step ends."""

    def __init__(self):
        self.ends = []

    def on_step_end(self, trainer):
        self.ends.append(time.perf_counter())

    def seconds(self):
        return np.diff(self.ends)[WARM_UP:].tolist()


def work(steps):
    """Train, and print the median seconds of a step and of its message."""
    parallel, times, rng = find_processes(), Times(), np.random.default_rng(0)
    network = DeepConvNet(rng=rng)
    images = rng.random((BATCH * (steps + WARM_UP + 1), 1, 28, 28), dtype=np.float32)
    settings = {"callbacks": [times], "progress": False, "parallel": parallel}
    trainer = Trainer(network, Adam(network), **settings)
    trainer.fit(Dataset(images, rng.integers(0, 10, len(images))), epochs=1, batch_size=BATCH)
    message, messages = np.zeros(network.parameter_count(), np.float32), []
    for _ in range(steps):
        start = time.perf_counter()
        parallel.total(message)
        messages.append(time.perf_counter() - start)
    if parallel.leads:
        step, message = statistics.median(times.seconds()), statistics.median(messages)
        print(json.dumps({"step": step, "message": message}))


def measure(processes, threads, steps):
    """Return what a run of `work` printed."""
    command = [sys.executable, "-m", "benchmarks.together", "--worker", "--steps", str(steps)]
    if processes > 1:
        command = [Path(sys.executable).with_name("mpiexec"), "-n", str(processes), *command]
    environment = os.environ | dict.fromkeys(THREADS, str(threads))
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout)


def main():
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.together", description=__doc__)
    parser.add_argument("--processes", type=int, default=os.cpu_count(), help="(default: cores)")
    parser.add_argument("--steps", type=int, default=20, help="in each turn (default 20)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of each (default 3)")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options.steps)
        return
    most = options.processes
    counts = [n for n in (1, 2, 4, 8, 16, 32) if n < most] + [most]
    cases = [(n, 1) for n in counts] + [(1, n) for n in counts[1:]]
    found = {case: [] for case in cases}
    for _ in range(options.rounds):
        for case in cases:
            found[case].append(measure(*case, options.steps))
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(f"DeepConvNet, training step, batch {BATCH}; load of the machine {load:.1f}")
    first = statistics.median(turn["step"] for turn in found[cases[0]])
    for (processes, threads), turns in found.items():
        step, message = (statistics.median(t[name] for t in turns) for name in ("step", "message"))
        print(
            f"{processes:3} processes × {threads:2} threads {step * 1e3:8.1f} ms, "
            f"{first / step:5.2f} times as fast, message {message * 1e3:6.2f} ms"
        )


if __name__ == "__main__":
    main()
