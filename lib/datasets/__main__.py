"""``python -m lib.datasets``: say what is there; ``... fetch mnist``: download it."""

import argparse
import contextlib
import signal
import sys

from lib.datasets.catalog import CATALOG, search_folders
from lib.datasets.cifar10 import CIFAR10, find_cifar10
from lib.datasets.fetch import fetch, find_whole
from lib.datasets.mnist import SAMPLE_SOURCE


def main(arguments=None):
    """Run the command and return its exit status: 0, 1 for a failure, 130 after Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m lib.datasets",
        description="Say which data sets are on this machine, and where; or fetch one.",
    )
    commands = parser.add_subparsers(dest="command", metavar="fetch")
    fetching = commands.add_parser("fetch", help="download a data set")
    fetching.add_argument("name", choices=CATALOG, help=", ".join(CATALOG))
    fetching.add_argument("--to", metavar="DIR", help="folder to put it in (default: data/)")
    options = parser.parse_args(arguments)
    try:
        if options.command == "fetch":
            return _fetch(options.name, options.to)
        return _report()
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped; nothing was left behind", file=sys.stderr)
        return 130


def _fetch(name, to):
    entry = CATALOG[name]
    if to is not None:
        print(f"{entry.title}: whole in {fetch(name, to)}")
        return 0
    search_folders()  # a wrong CNN_DATA is said before the download, not after
    folder = None
    with contextlib.suppress(FileNotFoundError, ValueError):  # fetch mends what is damaged
        folder = find_whole(entry)
    if folder is None:
        fetch(name)
        folder = find_whole(entry)  # raises if a folder before it in the search is damaged
    print(f"{entry.title}: whole in {folder}")
    return 0


def _report():
    looked = ", ".join(str(folder) for folder in search_folders())
    for entry in CATALOG.values():
        try:
            folder = find_whole(entry)
        except (OSError, ValueError) as error:
            print(f"{entry.name}: unusable. {error}")
            continue
        if folder is None and entry.name == CIFAR10.name and find_cifar10():
            print(f"{entry.name}: {entry.title}: in another form in {find_cifar10()}")
        elif folder is None:
            print(f"{entry.name}: {entry.title}: not found in {looked}. {entry.how_to_get}")
        else:
            print(f"{entry.name}: {entry.title}: whole in {folder}")
    print(f"always there: {SAMPLE_SOURCE}")
    return 0


def _stop(signum, frame):
    raise KeyboardInterrupt


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)  # so that a fetch that is ended tidies up
    sys.exit(main())
