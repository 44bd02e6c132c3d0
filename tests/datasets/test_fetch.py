"""The download: checked, whole or not at all, from whichever mirror works."""

import errno
import gzip
import os
import shutil
import signal
import subprocess
import sys
import textwrap
import threading
from dataclasses import replace

import numpy as np
import pytest

from lib.datasets import catalog, load_mnist, mnist
from lib.datasets.fetch import fetch
from tests.datasets.small_mnist import (
    CONTENTS,
    FETCH_IN_ANOTHER_PROCESS,
    FILES,
    FULL,
    alter,
    everything_in,
    idx,
    needs_full_mnist,
    packed_copy,
    put,
    serve,
    truncate,
)


def hang_up(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"half")


def test_fetch_puts_the_checked_files_in_place(use_mirrors, web, tmp_path):
    use_mirrors("good")
    serve(web, "good")
    target = fetch("mnist", tmp_path / "new" / "place", progress=False)
    assert target == tmp_path / "new" / "place" / "mnist"
    assert everything_in(target) == sorted(FILES)
    for name in FILES:
        assert (target / name).read_bytes() == CONTENTS[name]
    assert len(load_mnist(tmp_path / "new" / "place").train) == 4
    fetch("mnist", tmp_path / "new" / "place", progress=False)
    assert len(web.asked) == 4  # the second time it asks for nothing


def test_fetch_fills_the_data_folder_of_the_project(use_mirrors, web, tmp_path):
    use_mirrors("good")
    serve(web, "good")
    assert fetch("mnist", progress=False) == tmp_path / "project" / "data" / "mnist"
    shutil.rmtree(tmp_path / "project")
    assert fetch("mnist", progress=False) == tmp_path / "cache" / "mnist"


@pytest.mark.parametrize(
    "change",
    [lambda data: None, truncate, alter, lambda data: b"<html>log in</html>", lambda data: hang_up],
    ids=["missing", "truncated", "altered", "another page", "connection lost"],
)
def test_the_next_mirror_is_tried(use_mirrors, web, tmp_path, change):
    use_mirrors("broken", "good")
    serve(web, "broken", change=change)
    serve(web, "good")
    fetch("mnist", tmp_path, progress=False)
    assert everything_in(tmp_path / "mnist") == sorted(FILES)
    assert web.asked[0].startswith("/broken/")
    assert {name for name in FILES if f"/good/{name}.gz" in web.asked} == set(FILES)


def test_what_one_mirror_gave_whole_is_not_asked_of_the_next(use_mirrors, web, tmp_path):
    use_mirrors("half", "good")
    serve(web, "half", *FILES[:2])
    serve(web, "good")
    fetch("mnist", tmp_path, progress=False)
    assert [path for path in web.asked if path.startswith("/good/")] == [
        f"/good/{name}.gz" for name in FILES[2:]
    ]


def test_a_mirror_that_sends_the_file_unpacked_works(use_mirrors, web, tmp_path):
    use_mirrors("plain")
    serve(web, "plain", change=gzip.decompress)
    fetch("mnist", tmp_path, progress=False)
    assert everything_in(tmp_path / "mnist") == sorted(FILES)


def test_when_all_mirrors_fail_each_is_named_and_nothing_is_left(use_mirrors, web, tmp_path):
    changed = use_mirrors("missing", "cut", "altered", "lost", "wrong", "silent")
    silent = "http://127.0.0.1:9/"  # the port "discard", where nobody listens
    changed = replace(changed, mirrors=(*changed.mirrors[:-1], silent))
    catalog.CATALOG["mnist"] = changed
    serve(web, "cut", change=truncate)
    serve(web, "altered", change=alter)
    serve(web, "lost", change=lambda data: hang_up)
    serve(web, "wrong", change=lambda data: idx(np.zeros(3, np.uint8)))
    with pytest.raises(OSError) as caught:
        fetch("mnist", tmp_path / "new" / "place", progress=False)
    lines = str(caught.value).splitlines()
    file = f"{FILES[0]}.gz"
    assert lines[0] == (
        "MNIST, 70,000 handwritten digits: no mirror gave it, and nothing was left behind:"
    )
    assert lines[1] == f"  {web.url}/missing/{file}: the server answered 404 Not Found"
    assert lines[2].startswith(f"  {web.url}/cut/{file}: truncated or damaged gzip data (")
    assert lines[3].startswith(f"  {web.url}/altered/{file}: truncated or damaged gzip data (")
    assert lines[4] == f"  {web.url}/lost/{file}: the connection broke off"
    assert lines[5].startswith(f"  {web.url}/wrong/{file}: SHA256 hash of downloaded file")
    assert lines[6] == f"  {silent}{file}: no connection"
    assert lines[7] == (
        f"The files can also be put into {tmp_path}/new/place/mnist by hand, "
        f"each plain or with .gz: {', '.join(FILES)}"
    )
    assert len(lines) == 8
    assert not (tmp_path / "new").exists()


def test_no_bar_is_drawn_before_a_mirror_answers(use_mirrors, web, tmp_path, capsys):
    use_mirrors("missing")
    with pytest.raises(OSError, match="no mirror gave it"):
        fetch("mnist", tmp_path)
    assert "B/s" not in capsys.readouterr().err
    use_mirrors("good")
    serve(web, "good")
    fetch("mnist", tmp_path)
    assert "100%" in capsys.readouterr().err


def test_a_failed_fetch_keeps_what_was_there(use_mirrors, web, tmp_path):
    use_mirrors("half")
    serve(web, "half", FILES[1])
    put(tmp_path / "mnist", FILES[0])
    (tmp_path / "mnist" / "mine.txt").write_text("mine")
    with pytest.raises(OSError, match="no mirror gave it"):
        fetch("mnist", tmp_path, progress=False)
    assert everything_in(tmp_path / "mnist") == ["mine.txt", FILES[0]]


def test_fetch_mends_a_damaged_folder(use_mirrors, web, tmp_path):
    use_mirrors("good")
    serve(web, "good")
    folder = put(tmp_path / "mnist", FILES[0], FILES[1])
    (folder / FILES[1]).write_bytes(alter(CONTENTS[FILES[1]]))
    fetch("mnist", tmp_path, progress=False)
    assert f"/good/{FILES[0]}.gz" not in web.asked
    assert len(load_mnist(tmp_path).train) == 4


@pytest.mark.parametrize(
    "error",
    [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()],
    ids=["full disk", "Ctrl-C"],
)
def test_a_stopped_fetch_leaves_nothing(use_mirrors, web, tmp_path, monkeypatch, error):
    use_mirrors("good", "spare")
    serve(web, "good")
    serve(web, "spare")

    def fail(*arguments):
        raise error

    monkeypatch.setattr("lib.datasets.fetch.read_content", fail)
    with pytest.raises(type(error)) as caught:
        fetch("mnist", tmp_path / "new", progress=False)
    assert caught.value is error
    assert len(web.asked) == 1  # another mirror would not help
    assert everything_in(tmp_path) == ["project", "project/data"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such limits")
def test_a_disk_that_takes_no_more_ends_the_download_and_keeps_what_was_there(
    use_mirrors, web, tmp_path
):
    """The kernel refuses to let a file grow, as it does where a disk is full."""
    changed = use_mirrors("good", "spare")
    serve(web, "good")
    serve(web, "spare")
    large = max(FILES, key=lambda name: len(CONTENTS[name]))
    put(tmp_path / "mnist", *(name for name in FILES if name != large))
    (tmp_path / "mnist" / large).write_bytes(b"damaged")
    before = everything_in(tmp_path / "mnist")
    limit = len(packed_copy(large)) - 1
    limited = f"import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, -1))\n"
    program = textwrap.dedent(FETCH_IN_ANOTHER_PROCESS)
    command = [sys.executable, "-c", limited + program, changed.mirrors[0], str(tmp_path)]
    ended = subprocess.run([*command, *changed.files.values()], stderr=subprocess.PIPE, text=True)
    assert ended.returncode == 1
    assert "error: [Errno 27] File too large" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert web.asked == [f"/good/{large}.gz"]  # another mirror would not help
    assert everything_in(tmp_path / "mnist") == before
    assert (tmp_path / "mnist" / large).read_bytes() == b"damaged"
    fetch("mnist", tmp_path, progress=False)
    assert (tmp_path / "mnist" / large).read_bytes() == CONTENTS[large]


def test_an_unknown_set_is_refused(entry):
    with pytest.raises(
        ValueError,
        match=r"^no data set is called 'minst'; there are mnist, fashion-mnist, cifar10$",
    ):
        fetch("minst")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_killed_download_is_never_taken_for_data(use_mirrors, web, tmp_path, stop):
    changed = use_mirrors("slow")
    serve(web, "slow")
    started, done = threading.Event(), threading.Event()
    whole = web.pages[f"/slow/{FILES[2]}.gz"]

    def stall(handler):
        handler.send_response(200)
        handler.send_header("Content-Length", str(len(whole)))
        handler.end_headers()
        handler.wfile.write(whole[:20])
        started.set()
        done.wait(30)

    web.pages[f"/slow/{FILES[2]}.gz"] = stall
    program = textwrap.dedent(FETCH_IN_ANOTHER_PROCESS)
    command = [sys.executable, "-c", program, changed.mirrors[0], str(tmp_path / "to")]
    with subprocess.Popen(
        [*command, *changed.files.values()], stderr=subprocess.PIPE, text=True
    ) as process:
        assert started.wait(30)
        process.send_signal(stop)
        err = process.communicate(timeout=30)[1]
    done.set()
    if stop == signal.SIGKILL:  # nobody can tidy up, but nothing looks like data
        with pytest.raises(FileNotFoundError, match="found none of them"):
            load_mnist(tmp_path / "to")
    else:
        assert process.returncode == 130
        assert err.endswith("stopped; nothing was left behind\n")
        assert "Traceback" not in err
        assert not (tmp_path / "to").exists()
    web.pages[f"/slow/{FILES[2]}.gz"] = whole
    web.asked.clear()
    fetch("mnist", tmp_path / "to", progress=False)
    assert everything_in(tmp_path / "to" / "mnist") == sorted(FILES)
    # After a kill, the two files that had come whole are not fetched again.
    assert len(web.asked) == (2 if stop == signal.SIGKILL else 4)


@needs_full_mnist
def test_the_official_files_pass_the_check_of_a_download(web, tmp_path, monkeypatch):
    for name in FILES:
        path = catalog.find_file(catalog.locate(mnist.MNIST, FULL), name)
        web.pages[f"/{name}.gz"] = path.read_bytes()
    official = replace(mnist.MNIST, mirrors=(f"{web.url}/",))
    monkeypatch.setitem(catalog.CATALOG, "mnist", official)
    fetch("mnist", tmp_path, progress=False)
    assert [len(part) for part in load_mnist(tmp_path)] == [54_000, 6_000, 10_000]
