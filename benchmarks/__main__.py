"""Measure one training step of SimpleConvNet three ways: ``python -m benchmarks``.

The library's fast path, the textbook's im2col, and PyTorch where it is installed take turns in
one run, so that whatever else the machine does slows all of them. The table gives medians and
their ratios.
"""

import argparse
import statistics
import time
from unittest import mock

import numpy as np

from lib import row_windows
from lib.history import describe_machine
from lib.losses import SoftmaxCrossEntropy
from lib.networks import SimpleConvNet
from lib.optimizers import Adam


def library_step(images, labels):
    """Return a function that takes one training step with the library."""
    network = SimpleConvNet(rng=np.random.default_rng(0))
    network.set_needs_dx(False)
    optimizer, loss = Adam(network), SoftmaxCrossEntropy()

    def step():
        _, dlogits = loss(network(images), labels)
        network.backward(dlogits)
        optimizer.step()

    return step


def textbook_step(images, labels):
    """Return the same step with every convolution through the im2col of `lib.windows`."""
    step = library_step(images, labels)

    def without_row_windows():
        with mock.patch.object(row_windows, "supports", lambda *_: False):
            step()

    return without_row_windows


def torch_step(images, labels):
    """Return the same step in PyTorch, or ``None`` where it is not installed."""
    try:
        import torch
        from torch import nn
    except ImportError:
        return None
    network = nn.Sequential(
        nn.Conv2d(1, 30, 5),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(4320, 100),
        nn.ReLU(),
        nn.Linear(100, 10),
    )
    optimizer = torch.optim.Adam(network.parameters(), fused=True)
    images, labels = torch.from_numpy(images), torch.from_numpy(labels)

    def step():
        optimizer.zero_grad()
        nn.functional.cross_entropy(network(images), labels).backward()
        optimizer.step()

    return step


def measure(steps, rounds):
    """Let all steps take turns; return the median seconds of each."""
    seconds = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            start = time.perf_counter()
            step()
            seconds[name].append(time.perf_counter() - start)
    return {name: statistics.median(values) for name, values in seconds.items()}


def main():
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=50, help="steps each (default 50)")
    parser.add_argument("--batch-size", type=int, default=100, help="default 100")
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    images = rng.random((options.batch_size, 1, 28, 28), dtype=np.float32)
    labels = rng.integers(0, 10, options.batch_size)
    makers = {"library": library_step, "textbook im2col": textbook_step, "PyTorch": torch_step}
    steps = {name: make(images, labels) for name, make in makers.items()}
    steps = {name: step for name, step in steps.items() if step is not None}
    measure(steps, rounds=3)  # the first steps allocate memory and start threads
    medians = measure(steps, options.rounds)

    machine = describe_machine()
    print(f"SimpleConvNet, one training step, batch {options.batch_size}, float32, Adam")
    print(f"{machine['processor']}, Python {machine['python']}, NumPy {machine['numpy']}")
    print(f"{'':16}  {'median ms':>9}  {'ratio':>5}")
    for name, median in medians.items():
        print(f"{name:16}  {median * 1e3:9.2f}  {median / medians['library']:5.2f}")


if __name__ == "__main__":
    main()
