"""Receive one file, and give up where a mirror sends too much, too slowly, or nothing."""

import contextlib
import queue
import threading
import time

TIMEOUT = 30  # seconds without an answer
PATIENCE = 60  # seconds in which there must come, on average,
SLOWEST = 1_000  # bytes a second
CHUNK = 1 << 15  # bytes; what the slowest sends in half of the patience


class NoDownload(Exception):
    """A mirror did not deliver; the message says why, in a few words."""


def download(url, file, most, started, arrived):
    """Write what an address sends into a file.

    Parameters
    ----------
    url : str
    file : binary file
    most : int
        Give up when there is more than so many bytes.
    started : callable
        Called once with the number of bytes that are announced, or ``None``.
    arrived : callable
        Called with the number of bytes of each piece that has come.

    Raises
    ------
    NoDownload
        If the server answers with an error or not at all, the connection breaks off, more comes
        than `most` bytes, or less than 1,000 bytes a second.
    """
    # requests waits for each byte, not for the file: a server that sends one now and then would
    # be waited for without end. So it works in a thread of its own, and we look at the clock.
    pieces, stopped = queue.Queue(8), threading.Event()
    threading.Thread(target=_receive, args=(url, pieces, stopped), daemon=True).start()
    try:
        _write(pieces, file, most, started, arrived)
    finally:
        stopped.set()


def _write(pieces, file, most, started, arrived):
    total, counted, deadline = 0, 0, time.monotonic() + PATIENCE
    while True:
        try:
            piece = pieces.get(timeout=max(0, deadline - time.monotonic()))
        except queue.Empty:
            raise NoDownload(f"less than {SLOWEST:,} bytes a second") from None
        if isinstance(piece, NoDownload):
            raise piece
        if not isinstance(piece, bytes):  # the size announced
            started(piece)
            continue
        if not piece:
            return
        total += len(piece)
        if total > most:
            raise NoDownload(f"it sends more than the {most:,} bytes that the file can have")
        file.write(piece)
        arrived(len(piece))
        if total - counted >= PATIENCE * SLOWEST:
            counted, deadline = total, time.monotonic() + PATIENCE


def _receive(url, pieces, stopped):
    """Put the size announced, each piece, and an empty one; or the reason why there is none."""
    import requests  # here, because loading data must not need it

    def put(piece):
        while not stopped.is_set():
            with contextlib.suppress(queue.Full):
                pieces.put(piece, timeout=0.1)
                return

    try:
        with requests.get(url, stream=True, timeout=TIMEOUT) as response:
            response.raise_for_status()
            announced = response.headers.get("Content-Length", "")
            put(int(announced) if announced.isdecimal() else None)
            for piece in response.iter_content(CHUNK):
                if stopped.is_set():
                    return
                put(piece)
        put(b"")
    except Exception as error:
        put(NoDownload(_reason(error)))


def _reason(error):
    import requests

    if isinstance(error, requests.HTTPError):
        return f"the server answered {error.response.status_code} {error.response.reason}"
    if isinstance(error, requests.Timeout):
        return f"no answer in {TIMEOUT} seconds"
    if isinstance(error, requests.exceptions.ChunkedEncodingError):
        return "the connection broke off"
    if isinstance(error, requests.ConnectionError):
        # requests calls it so when a server falls silent after it has begun.
        return (
            f"no answer in {TIMEOUT} seconds" if "Read timed out" in str(error) else "no connection"
        )
    return str(error)
