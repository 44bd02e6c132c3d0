"""Mirrors that send too much, too slowly or nothing; and two fetches at once."""

import contextlib
import gzip
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pytest

from lib.datasets import catalog, content, load_mnist, lock
from lib.datasets.fetch import fetch
from tests.datasets.small_mnist import (
    CONTENTS,
    FETCH_IN_ANOTHER_PROCESS,
    FILES,
    everything_in,
    packed_copy,
    put,
    serve,
)


def test_a_slow_mirror_is_given_up(use_mirrors, web, tmp_path, monkeypatch):
    use_mirrors("slow")
    done = threading.Event()
    serve(web, "slow", change=lambda data: lambda handler: done.wait(10))
    monkeypatch.setattr("lib.datasets.download.TIMEOUT", 0.2)
    with pytest.raises(OSError, match=r"idx3-ubyte\.gz: no answer in 0\.2 seconds\n"):
        fetch("mnist", tmp_path, progress=False)
    done.set()


def trickle(done, where):
    """Send a byte now and then, for ten seconds: among the headers, after them, or in chunks."""

    def page(handler):
        handler.send_response(200)
        if where == "headers":
            handler.flush_headers()
        else:
            name, value = {
                "content": ("Content-Length", "1000"),
                "chunks": ("Transfer-Encoding", "chunked"),
            }[where]
            handler.send_header(name, value)
            handler.end_headers()
        until = time.monotonic() + 10
        while not done.wait(0.05) and time.monotonic() < until:
            try:
                handler.wfile.write(b"1\r\nx\r\n" if where == "chunks" else b"x")
            except OSError:
                return

    return page


@pytest.mark.parametrize("where", ["headers", "content", "chunks"])
def test_a_mirror_that_sends_a_byte_now_and_then_is_given_up(
    use_mirrors, web, tmp_path, monkeypatch, where
):
    use_mirrors("slow", "good")
    serve(web, "good")
    done = threading.Event()
    serve(web, "slow", change=lambda data: trickle(done, where))
    monkeypatch.setattr("lib.datasets.download.PATIENCE", 1)
    began = time.monotonic()
    try:
        fetch("mnist", tmp_path, progress=False)
    finally:
        done.set()
    assert time.monotonic() - began < 8
    assert everything_in(tmp_path / "mnist") == sorted(FILES)
    web.pages.update({f"/good/{name}.gz": None for name in FILES})
    done.clear()
    with pytest.raises(OSError, match=r"slow/train.*\.gz: less than 1,000 bytes a second\n"):
        fetch("mnist", tmp_path / "again", progress=False)
    done.set()


def test_a_slow_mirror_that_is_fast_enough_is_waited_for(use_mirrors, web, tmp_path, monkeypatch):
    use_mirrors("slow")
    serve(web, "slow")
    whole = packed_copy(FILES[2])

    def slowly(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(whole)))
        handler.end_headers()
        for start in range(0, len(whole), 4_000):
            handler.wfile.write(whole[start : start + 4_000])
            time.sleep(0.25)

    web.pages[f"/slow/{FILES[2]}.gz"] = slowly
    monkeypatch.setattr("lib.datasets.download.PATIENCE", 1.2)
    monkeypatch.setattr("lib.datasets.download.CHUNK", 1_000)
    fetch("mnist", tmp_path, progress=False)
    assert everything_in(tmp_path / "mnist") == sorted(FILES)


@pytest.mark.parametrize("announced", [False, True])
def test_a_mirror_that_sends_without_end_is_given_up(use_mirrors, web, tmp_path, announced):
    changed = use_mirrors("endless")

    def endless(handler):
        handler.send_response(200)
        if announced:
            handler.send_header("Content-Length", str(10**15))
        handler.end_headers()
        try:
            for _ in range(10_000):
                handler.wfile.write(bytes(1 << 16))
        except OSError:
            return

    serve(web, "endless", change=lambda data: endless)
    most = content.longest_packed(changed.most_bytes)
    with pytest.raises(OSError, match=f": it sends more than the {most:,} bytes that the file"):
        fetch("mnist", tmp_path, progress=False)
    assert everything_in(tmp_path) == ["project", "project/data"]


def test_a_gzip_that_unpacks_without_end_is_given_up(use_mirrors, web, tmp_path):
    changed = use_mirrors("bomb")
    bomb = gzip.compress(bytes(changed.most_bytes + 1), 1)
    serve(web, "bomb", change=lambda data: bomb)
    with pytest.raises(OSError, match=r"bomb/.*: too long; no file of MNIST, .* 47,040,016 bytes"):
        fetch("mnist", tmp_path, progress=False)
    put(tmp_path / "mnist", packed=True)
    (tmp_path / "mnist" / f"{FILES[0]}.gz").write_bytes(bomb)
    with pytest.raises(ValueError, match=rf"mnist/{FILES[0]}\.gz: too long; no file of MNIST"):
        load_mnist(tmp_path)


def test_a_file_that_is_too_long_is_not_read(entry, tmp_path):
    folder = put(tmp_path / "mnist")
    with open(folder / FILES[0], "r+b") as file:
        file.truncate(1 << 40)  # takes no room on the disk, and would take all the memory
    with pytest.raises(ValueError, match=rf"mnist/{FILES[0]}: too long; no file of MNIST"):
        load_mnist(tmp_path)


# Two at once -------------------------------------------------------------------------------------


class Fetching(threading.Thread):
    """A fetch beside the test."""

    def __init__(self, to):
        super().__init__(daemon=True)
        self.to, self.result = to, None
        self.start()

    def run(self):
        try:
            self.result = fetch("mnist", self.to, progress=False)
        except OSError as error:
            self.result = error


def stalled(page, started, go):
    """Answer only when told to; an empty page is none."""

    def answer(handler):
        started.set()
        go.wait(30)
        if not page:
            handler.send_error(404)
            return
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(page)))
        handler.end_headers()
        with contextlib.suppress(OSError):  # whoever asked may have been killed
            handler.wfile.write(page)

    return answer


@pytest.fixture
def waits(capfd):
    """Wait until a second fetch has said that it waits."""

    def look(folder):
        seen, deadline = "", time.monotonic() + 20
        while f"{folder}: someone else is at work in it; waiting ..." not in seen:
            assert time.monotonic() < deadline
            time.sleep(0.02)
            seen += capfd.readouterr().err

    return look


@pytest.mark.parametrize("first", ["succeeds", "fails"])
def test_a_second_fetch_waits_for_the_first(use_mirrors, web, tmp_path, waits, first):
    use_mirrors("good")
    serve(web, "good")
    started, go = threading.Event(), threading.Event()
    whole = web.pages[f"/good/{FILES[1]}.gz"]
    web.pages[f"/good/{FILES[1]}.gz"] = stalled(whole if first == "succeeds" else b"", started, go)
    one = Fetching(tmp_path / "to")
    assert started.wait(20)
    two = Fetching(tmp_path / "to")
    waits(tmp_path / "to" / "mnist")
    web.pages[f"/good/{FILES[1]}.gz"] = whole
    go.set()
    one.join(20)
    two.join(20)
    assert two.result == tmp_path / "to" / "mnist"
    assert everything_in(two.result) == sorted(FILES)
    if first == "succeeds":
        assert one.result == two.result
        assert len(web.asked) == 4  # nothing was fetched twice
    else:
        assert "no mirror gave it, and nothing was left behind" in str(one.result)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_a_fetch_that_is_killed_keeps_nobody_waiting(use_mirrors, web, tmp_path, waits):
    changed = use_mirrors("good")
    serve(web, "good")
    started, go = threading.Event(), threading.Event()
    whole = web.pages[f"/good/{FILES[3]}.gz"]
    web.pages[f"/good/{FILES[3]}.gz"] = stalled(whole, started, go)
    command = [sys.executable, "-c", textwrap.dedent(FETCH_IN_ANOTHER_PROCESS)]
    command += [changed.mirrors[0], str(tmp_path / "to"), *changed.files.values()]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        assert started.wait(30)
        two = Fetching(tmp_path / "to")
        waits(tmp_path / "to" / "mnist")
        web.pages[f"/good/{FILES[3]}.gz"] = whole
        process.send_signal(signal.SIGKILL)
    two.join(20)
    go.set()
    assert everything_in(two.result) == sorted(FILES)


def test_what_a_killed_fetch_left_is_cleared_away_even_if_nothing_is_missing(entry, tmp_path, web):
    folder = put(tmp_path / "mnist")
    (folder / ".fetch").mkdir()
    (folder / ".fetch" / "tmp5z2").write_bytes(b"half")
    (folder / ".lock").touch()
    assert fetch("mnist", tmp_path, progress=False) == folder
    assert everything_in(folder) == sorted(CONTENTS)
    assert web.asked == []


def test_one_at_a_time_is_alone(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lock, "PAUSE", 0.001)
    inside, most = [], []

    def work():
        for _ in range(10):
            with lock.alone_in(tmp_path / "folder"):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.001)
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 60
    assert everything_in(tmp_path / "folder") == []


def test_a_lock_whose_file_has_been_removed_keeps_nobody_out_and_is_not_taken(
    tmp_path, monkeypatch
):
    tried, really = [], lock._try

    def just_after_the_last_one_left(file):
        if not tried:
            (tmp_path / lock.LOCK).unlink()
        tried.append(file)
        return really(file)

    monkeypatch.setattr(lock, "_try", just_after_the_last_one_left)
    with lock.alone_in(tmp_path):
        assert (tmp_path / lock.LOCK).is_file()
    assert len(tried) == 2
    assert everything_in(tmp_path) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((["mnist"],), r"no data set is called \['mnist'\]; there are mnist, "),
        ((None,), "no data set is called None; there are mnist, "),
        (("mnist", 3), "^to must be a path, got 3$"),
    ],
)
def test_what_is_no_data_set_and_no_path_is_refused(entry, arguments, message):
    with pytest.raises((TypeError, ValueError), match=message):
        fetch(*arguments)
    with pytest.raises(TypeError, match=r"^progress must be True or False, got 'no'$"):
        fetch("mnist", progress="no")
    assert catalog.CATALOG["mnist"] is entry
