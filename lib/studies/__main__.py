"""``python -m lib.studies NAME``: make a study anew; ``--list``: say which there are."""

import argparse
import sys

from lib.studies import FOLDER, STUDIES, run_study
from lib.trained.command import exit_status


def main(arguments=None):
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m lib.studies", description="Make the recorded measurements of the book."
    )
    parser.add_argument("name", nargs="?", choices=STUDIES, help="the study to make")
    parser.add_argument("--list", action="store_true", help="show the studies")
    options = parser.parse_args(arguments)
    if options.list:
        for name, what in STUDIES.items():
            made = "" if (FOLDER / f"{name}.json").exists() else " (not made yet)"
            print(f"{name}: {what}{made}")
        return 0
    if options.name is None:
        parser.error(f"name a study: {', '.join(STUDIES)}")

    def work():
        run_study(options.name)
        print(f"written: {FOLDER / options.name}.json")

    return exit_status(work, "stopped; the same command goes on where it was")


if __name__ == "__main__":
    sys.exit(main())
