"""Every file is written whole or not at all, by whoever writes it and however that ends."""

import errno
import json
import os
import signal
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from lib.layers import BatchNorm1d, Linear, Sequential
from lib.serialization import read_arrays, save, write_arrays, write_json
from lib.serialization.files import check_writable, write_atomically


def network(seed):
    return Sequential(Linear(4, 3, rng=np.random.default_rng(seed)), BatchNorm1d(3))


def failing(error):
    def write(file):
        file.write(b"half of i")
        raise error

    return write


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), ValueError("broken"), KeyboardInterrupt()],
    ids=["full disk", "exception", "Ctrl-C"],
)
def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path, error):
    path = tmp_path / "x.txt"
    path.write_text("old")
    with pytest.raises(type(error)):
        write_atomically(path, failing(error))
    assert os.listdir(tmp_path) == ["x.txt"]
    assert path.read_text() == "old"


def test_a_disk_found_full_at_the_end_leaves_the_old_file(tmp_path, monkeypatch):
    save(network(0), tmp_path / "x.npz")
    before = (tmp_path / "x.npz").read_bytes()

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save(network(1), tmp_path / "x.npz")
    assert os.listdir(tmp_path) == ["x.npz"]
    assert (tmp_path / "x.npz").read_bytes() == before


def test_the_content_is_on_disk_before_the_name_changes(tmp_path, monkeypatch):
    events = []
    fsync, replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (events.append("fsync"), fsync(handle)))
    monkeypatch.setattr(os, "replace", lambda *names: (events.append("replace"), replace(*names)))
    write_atomically(tmp_path / "x", lambda file: file.write(b"new"))
    assert events[:2] == ["fsync", "replace"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_process_leaves_the_old_file(tmp_path):
    path = tmp_path / "x.txt"
    path.write_text("old")
    program = f"""
        from lib.serialization.files import write_atomically
        def write(file):
            file.write(b"half of i")
            file.flush()
            print("writing", flush=True)
            input()
        write_atomically({str(path)!r}, write)
    """
    with subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout.readline() == "writing\n"
        process.send_signal(signal.SIGKILL)
    assert path.read_text() == "old"
    assert list(tmp_path.glob("*.txt")) == [path]


def test_a_symbolic_link_is_followed(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    write_atomically(link, lambda file: file.write(b"new"))
    assert link.is_symlink()
    assert target.read_text() == "new"


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps no such permissions")
def test_permissions_are_those_of_an_ordinary_file(tmp_path):
    (tmp_path / "ordinary").write_text("")
    write_atomically(tmp_path / "new", lambda file: None)
    assert mode(tmp_path / "new") == mode(tmp_path / "ordinary")
    (tmp_path / "new").chmod(0o640)
    write_atomically(tmp_path / "new", lambda file: None)
    assert mode(tmp_path / "new") == 0o640


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_json_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "history.json"
    write_json(path, {"machine": "größer", "epochs": [{"loss": 0.5}]})
    assert json.loads(path.read_text(encoding="utf-8"))["epochs"] == [{"loss": 0.5}]
    with pytest.raises(ValueError, match="Out of range float"):
        write_json(path, {"loss": float("nan")})
    with pytest.raises(TypeError, match="not JSON serializable"):
        write_json(path, {"loss": np.zeros(1)})
    assert json.loads(path.read_text(encoding="utf-8"))["machine"] == "größer"
    assert os.listdir(tmp_path) == ["history.json"]


def test_numbers_of_numpy_are_written_as_numbers(tmp_path):
    write_json(tmp_path / "x.json", {"lr": np.float32(0.5), "epoch": np.int64(3), "x": np.bool_(1)})
    assert json.loads((tmp_path / "x.json").read_text()) == {"lr": 0.5, "epoch": 3, "x": True}


# Ctrl-C ------------------------------------------------------------------------------------------


def interrupted_save(path, after):
    """Save a network and press Ctrl-C when so many lines have run; tell whether it came to that."""
    left = after

    def count(frame, event, argument):
        nonlocal left
        if event == "line":
            left -= 1
            if left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return count

    made, before = network(1), sys.gettrace()
    sys.settrace(count)
    try:
        save(made, path)
    except KeyboardInterrupt:
        return True
    finally:
        sys.settrace(before)
    return False


# ResourceWarning: a file that Ctrl-C left without an owner is closed by the garbage collector.
@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)
def test_ctrl_c_at_any_line_of_a_save_is_ctrl_c_and_leaves_a_whole_file(tmp_path):
    path = tmp_path / "x.npz"
    save(network(0), path)
    old = path.read_bytes()
    save(network(1), tmp_path / "new.npz")
    new = (tmp_path / "new.npz").read_bytes()
    path.write_bytes(old)
    after = 1
    while interrupted_save(path, after):
        assert path.read_bytes() in (old, new), after
        assert len(os.listdir(tmp_path)) <= 3, "what one left, the next removes"
        path.write_bytes(old)
        after += 7
    assert after > 1000
    save(network(0), path)
    assert sorted(os.listdir(tmp_path)) == ["new.npz", "x.npz"]


def test_ctrl_c_in_the_middle_of_an_array_is_not_hidden_by_the_archive(tmp_path, monkeypatch):
    def stop(member, array, **settings):
        member._zipfile._writing = True  # as between two lines of closing it
        raise KeyboardInterrupt

    monkeypatch.setattr(np.lib.format, "write_array", stop)
    monkeypatch.setattr("zipfile._ZipWriteFile.close", lambda member: None)
    with pytest.raises(KeyboardInterrupt):
        write_arrays(tmp_path / "x.npz", {"x": np.ones(3)})
    assert os.listdir(tmp_path) == []


# What the killed leave ---------------------------------------------------------------------------

WRITER = """
    import sys
    from lib.serialization.files import write_atomically

    def write(file):
        file.write(b"new")
        file.flush()
        print("writing", flush=True)
        sys.stdin.readline()

    write_atomically(sys.argv[1], write)
"""


def writer(path):
    """Start a process that is about to finish a file."""
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(WRITER), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "writing\n"
    return process


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_what_a_killed_process_left_is_removed_by_the_next_and_nothing_else(tmp_path):
    (tmp_path / ".other.tmp").write_text("of another program")
    with writer(tmp_path / "killed.txt") as killed, writer(tmp_path / "alive.txt") as alive:
        killed.kill()
        killed.wait()
        assert len(list(tmp_path.iterdir())) == 3
        write_atomically(tmp_path / "next.txt", lambda file: file.write(b"next"))
        unfinished = list(tmp_path.glob(".*.unfinished.tmp"))
        assert [path.name.split(".")[1] for path in unfinished] == ["alive"]
        alive.communicate("go on\n")
    assert (tmp_path / "alive.txt").read_text() == "new"
    assert sorted(os.listdir(tmp_path)) == [".other.tmp", "alive.txt", "next.txt"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such locks")
def test_without_locks_a_file_is_written_all_the_same(tmp_path, monkeypatch):
    import fcntl

    def refuse(*arguments):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    (tmp_path / ".x.txt.1.unfinished.tmp").write_text("perhaps of a process that lives")
    write_atomically(tmp_path / "x.txt", lambda file: file.write(b"new"))
    assert sorted(os.listdir(tmp_path)) == [".x.txt.1.unfinished.tmp", "x.txt"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such locks")
def test_a_temporary_file_that_was_removed_before_it_was_locked_is_made_anew(tmp_path, monkeypatch):
    import fcntl

    flock, removed = fcntl.flock, []

    def first_removed(file, how):
        if how == fcntl.LOCK_EX and not removed:
            removed.append(file.name)
            os.unlink(file.name)
        flock(file, how)

    monkeypatch.setattr(fcntl, "flock", first_removed)
    write_atomically(tmp_path / "x.txt", lambda file: file.write(b"new"))
    assert len(removed) == 1
    assert (tmp_path / "x.txt").read_text() == "new"


def test_a_file_that_cannot_be_written_is_known_before(tmp_path):
    (tmp_path / "file").write_text("")
    (tmp_path / "folder.npz").mkdir()
    check_writable(tmp_path / "made" / "x.npz")
    assert os.listdir(tmp_path / "made") == []
    with pytest.raises(IsADirectoryError, match=r"folder\.npz: this is a folder$"):
        check_writable(tmp_path / "folder.npz")
    with pytest.raises(OSError, match="file"):
        check_writable(tmp_path / "file" / "x.npz")
    if Path("/proc/self").exists():  # a folder where not even root makes a file
        with pytest.raises(OSError, match="proc"):
            check_writable("/proc/x.npz")


# Where -------------------------------------------------------------------------------------------


def test_the_home_folder_is_expanded_by_all_that_write_and_read(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    save(network(0), "~/x.npz")
    write_json("~/x.json", {})
    assert set(read_arrays("~/x.npz")) == set(network(0).state())
    assert os.listdir(tmp_path) == ["home"]
    assert sorted(os.listdir(tmp_path / "home")) == ["x.json", "x.npz"]


@pytest.mark.parametrize("path", [None, 3, b"x.npz", ["x.npz"]])
def test_what_is_no_path_is_refused(path):
    for use in (lambda: save(network(0), path), lambda: read_arrays(path)):
        with pytest.raises(TypeError, match=r"^path must be a path, got "):
            use()
