"""A process that measures one contender: ``python -m benchmarks.worker NAME``.

Each contender has a process of its own, because thread pools do not rest at once: those of one
library go on spinning for some milliseconds, and would take a core from the next one's turn. The
process reads commands, a JSON list a line, and answers each with a line of JSON.
"""

import json
import sys
import time
from pathlib import Path

from benchmarks.cases import CASES
from lib import compiled

TURN_S = 0.25  # how long a turn lasts, about
STATUS, RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


def maker(contender):
    """Return the function that makes a contender's cases."""
    if contender in ("eager", "channels_last"):
        import torch

        from benchmarks import pytorch

        contiguous = torch.contiguous_format if contender == "eager" else torch.channels_last
        return lambda case: pytorch.make(case, contiguous)
    if contender == "textbook":
        from benchmarks import textbook

        return lambda case: textbook.deep_convnet_step(case.images().astype(float), case.labels())
    from benchmarks import library

    if contender == "compiled":
        compiled.turn_on()
    return library.floor if contender == "floor" else library.make


def take_turn(do, count):
    """Do it `count` times and return the seconds of each; a first time wakes the threads."""
    do()
    seconds = []
    for _ in range(count):
        start = time.perf_counter()
        do()
        seconds.append(time.perf_counter() - start)
    return seconds


def memory(name):
    """Return a size of this process in bytes, ``VmHWM`` (its peak) or ``VmRSS`` (now)."""
    for line in STATUS.read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"{STATUS} has no {name}")


def peak(make, case):
    """Return the bytes that making and doing a case three times takes at its peak."""
    RESET.write_text("5")  # begin to look for a new peak
    before = memory("VmRSS")
    do = make(case)
    for _ in range(3):
        do()
    return memory("VmHWM") - before


def main():
    """Answer commands until there are no more."""
    make = maker(sys.argv[1])
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        command, number = json.loads(line)
        if command == "prepare":
            do = make(CASES[number])
            count = max(1, min(200, round(TURN_S / min(take_turn(do, 2)))))
            answer = count
        elif command == "turn":
            answer = take_turn(do, count)
        else:
            answer = peak(make, CASES[number])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
