"""``python -m lib.studies NAME``: make a study anew; ``--list``: say which there are."""

import argparse
import sys

from lib.studies import FOLDER, STUDIES, run_study


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
    try:
        run_study(options.name)
    except KeyboardInterrupt:
        print("\nstopped; the same command goes on where it was", file=sys.stderr)
        return 130
    except (FileNotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"written: {FOLDER / options.name}.json")
    return 0


if __name__ == "__main__":
    sys.exit(main())
