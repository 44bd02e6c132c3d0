"""``python -m lib predict NAME PICTURE``: what a trained network sees in a picture."""

import argparse
import sys

from lib.trained import predict_picture, trained_names
from lib.trained.command import exit_status


def main(arguments=None):
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m lib", description="Use the trained networks of the book."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    predict = commands.add_parser("predict", help="say what a network sees in a picture")
    predict.add_argument("name", help=f"the network: {', '.join(trained_names())}")
    predict.add_argument("picture", help="a file: a digit on paper, or a photograph")
    predict.add_argument("--all", action="store_true", help="show all classes, not three")
    options = parser.parse_args(arguments)

    def work():
        found = predict_picture(options.name, options.picture)
        shown = list(found.items())[: None if options.all else 3]
        width = max(len(name) for name, _ in shown)
        for name, probability in shown:
            print(f"{name:{width}} {probability:7.2%}")

    return exit_status(work, "stopped")


if __name__ == "__main__":
    sys.exit(main())
