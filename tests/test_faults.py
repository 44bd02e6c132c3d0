"""Real faults: a training killed by a signal, a disk that takes no more."""

import json
import os
import signal
import subprocess
import sys
import textwrap

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has neither signals nor limits")

# Pauses where it is told to: at a step in the middle of an epoch, or while a checkpoint lies half
# on the disk. `weights` is written at the end alone.
TRAINING = """
    import os, signal, sys
    from lib.augmentation import RandomShift
    from lib.training import Callback, Checkpoint
    from tests.tiny_training import dataset, make_trainer

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
    folder, pause = sys.argv[1:]

    def wait(place):
        if place == pause:
            print("paused", flush=True)
            sys.stdin.readline()

    class Pause(Callback):
        def on_step_end(self, trainer):
            wait(f"step {trainer.steps_done}")

    trainer = make_trainer(epochs=3, callbacks=[Pause(), Checkpoint(f"{folder}/run.npz")])
    fsync = os.fsync

    def slow_fsync(handle):
        wait(f"save {len(trainer.history.epochs)}")
        fsync(handle)

    os.fsync = slow_fsync
    if os.path.exists(f"{folder}/run.npz"):
        trainer.load_checkpoint(f"{folder}/run.npz")
        print("continues after epoch", len(trainer.history.epochs))
    augment = RandomShift(1)
    trainer.fit(dataset(), dataset(8, 1), epochs=3, batch_size=10, augment=augment)
    from lib.serialization import save
    save(trainer.network, f"{folder}/weights.npz")
    trainer.history.save(f"{folder}/history.json")
"""


def start(program, *arguments):
    """Run a program with its input and output in our hands."""
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(program, *arguments):
    """Run a program to its end; return what it printed."""
    with start(program, *arguments) as process:
        out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def result(folder):
    """Return the weights, byte for byte, and the figures of a training but its seconds."""
    epochs = json.loads((folder / "history.json").read_text())["epochs"]
    figures = [{k: v for k, v in entry.items() if k != "seconds"} for entry in epochs]
    return (folder / "weights.npz").read_bytes(), figures


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    assert finish(TRAINING, folder, "never") == ""
    return result(folder)


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(
    ("pause", "epochs_kept"),
    [("step 2", 0), ("step 5", 1), ("step 7", 2), ("save 1", 0), ("save 2", 1)],
)
def test_a_killed_training_continues_to_the_identical_result(
    stop, pause, epochs_kept, uninterrupted, tmp_path
):
    with start(TRAINING, tmp_path, pause) as process:
        assert process.stdout.readline() == "paused\n"
        process.send_signal(stop)
        process.communicate(timeout=60)
    assert process.returncode == -stop
    left = {path.name for path in tmp_path.iterdir()}
    unfinished = {name for name in left if name.endswith(".tmp")}
    assert left - unfinished == ({"run.npz"} if epochs_kept else set())
    # Python tidies up after Ctrl-C; the other signals leave it no time.
    assert len(unfinished) == (pause.startswith("save") and stop != signal.SIGINT)
    said = finish(TRAINING, tmp_path, "never")
    assert said == (f"continues after epoch {epochs_kept}\n" if epochs_kept else "")
    assert result(tmp_path) == uninterrupted


# Every file that the library writes, by what writes it. Before each the disk takes all; then no
# file may grow beyond a limit, and the same is tried with another content.
FULL_DISK = """
    import os, resource, sys
    from lib.training import History
    from lib.training import BestWeights, Checkpoint
    from lib.serialization import save
    from tests.tiny_training import dataset, make_trainer, network

    what, folder, limit = sys.argv[1:]
    path = f"{folder}/" + ("x.json" if what == "history" else "x.npz")

    def train(*callbacks, seed):
        trainer = make_trainer(seed=seed, callbacks=callbacks)
        trainer.fit(dataset(), dataset(8, 1), epochs=1, batch_size=10)

    def write(seed):
        if what == "weights":
            save(network(seed), path)
        elif what == "half":
            save(network(seed), path, dtype="float16")
        elif what == "checkpoint":
            train(Checkpoint(path), seed=seed)
        elif what == "best weights":
            train(BestWeights(path), seed=seed)
        elif what == "history":
            History(epochs=[{"epoch": e, "loss": seed} for e in range(999)]).save(path)

    write(1)
    before = open(path, "rb").read()
    assert len(before) > int(limit)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(limit), resource.RLIM_INFINITY))
    try:
        write(2)
    except OSError as error:
        print(type(error).__name__, error.strerror)
    assert open(path, "rb").read() == before, "the old file changed"
    print(os.listdir(folder))
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    write(2)
    assert open(path, "rb").read() != before
"""


@pytest.mark.parametrize("limit", [0, 1000])
@pytest.mark.parametrize("what", ["weights", "half", "checkpoint", "best weights", "history"])
def test_a_disk_that_takes_no_more_leaves_the_old_file_and_no_litter(what, limit, tmp_path):
    """The kernel refuses to let a file grow, as it does where a disk is full."""
    said = finish(FULL_DISK, what, tmp_path, limit).splitlines()
    name = "x.json" if what == "history" else "x.npz"
    assert said == ["OSError File too large", str([name])]
