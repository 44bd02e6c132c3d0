"""``python -m lib.train NAME``: train a network; ``--list``: say which there are."""

import argparse
import sys

from lib.networks.trained import history_path, load_history, weights_path
from lib.train import recipes, run


def list_networks():
    """Return a line for each network: epochs, and the recorded or expected time, and result."""
    lines = []
    for name, recipe in recipes.RECIPES.items():
        trainings = "" if len(recipe.seeds) == 1 else f"{len(recipe.seeds)} × "
        line = f"{name}: {described_pictures(recipe)}, {trainings}{recipe.epochs} epochs, "
        if history_path(name).exists():
            result = load_history(name).result
            line += (
                f"{result['cpu_seconds'] / 60:.1f} minutes of one core each, "
                f"{result['test_accuracy']:.2%} on test"
            )
        else:
            line += f"about {recipe.minutes:.0f} minutes of one core; not trained yet"
        lines.append(line)
    return "\n".join(lines)


def described_pictures(recipe):
    """Return what a network is trained on."""
    return {"mnist": "MNIST", "cifar10": "CIFAR-10"}[recipe.data]


def main(arguments=None):
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m lib.train", description="Train the networks that come with the book."
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
        histories = run.train(options.name)
    except KeyboardInterrupt:
        print("\nstopped; the same command continues after the last whole epoch", file=sys.stderr)
        return 130
    except (FileNotFoundError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    for history in histories:
        seed, accuracy = history.settings["recipe"]["seed"], history.result["test_accuracy"]
        print(f"accuracy on the test set, seed {seed}: {accuracy:.2%}")
    print(f"written: {weights_path(options.name)}, {history_path(options.name)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
