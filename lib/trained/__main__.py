"""``python -m lib.trained NAME``: train a network; ``--list``: say which there are."""

import argparse
import sys

from lib.trained import recipes, report, run
from lib.trained.command import exit_status
from lib.trained.stored import history_path, weights_path
from lib.training import find_processes
from lib.training.processes import started_together


def list_networks():
    """Return a line for each network: epochs, and the recorded or expected time, and result."""
    found, lines = report.records(), []
    for name, recipe in recipes.RECIPES.items():
        if name in found:
            pictures = report.described_pictures(found[name][0].settings)
            known = (
                f"{report.minutes(found[name]):.1f} minutes of one core each, "
                f"{report.accuracy(found[name])} on test"
            )
        else:
            pictures = report.PICTURES[recipe.data]
            known = f"about {recipe.minutes:.0f} minutes of one core; not trained yet"
        trainings = "" if len(recipe.seeds) == 1 else f"{len(recipe.seeds)} × "
        lines.append(f"{name}: {pictures}, {trainings}{recipe.epochs} epochs, {known}")
    return "\n".join(lines)


def main(arguments=None):
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m lib.trained", description="Train the networks that come with the book."
    )
    parser.add_argument("name", nargs="?", choices=recipes.RECIPES, help="the network to train")
    parser.add_argument("--list", action="store_true", help="show the networks and their results")
    options = parser.parse_args(arguments)
    if options.list:
        print(list_networks())
        return 0
    if options.name is None:
        parser.error(f"name a network: {', '.join(recipes.RECIPES)}")

    try:
        parallel = find_processes()
    except ImportError as error:
        first = started_together()[0] == 0
        sys.exit(str(error) if first else 1)

    def work():
        histories = run.train(options.name, parallel=parallel)
        if not parallel.leads:
            return
        for history in histories:
            seed, accuracy = history.settings["recipe"]["seed"], history.result["test_accuracy"]
            print(f"accuracy on the test set, seed {seed}: {accuracy:.2%}")
        print(f"written: {weights_path(options.name)}, {history_path(options.name)}")

    stopped = "stopped; the same command continues after the last whole epoch"
    return exit_status(work, stopped, parallel)


if __name__ == "__main__":
    sys.exit(main())
