"""Which of the first 1,000 test pictures each trained network gets wrong.

A whole test set takes minutes, and seldom says more: who changes the weights, or an arithmetic
that they pass through, changes an answer among these as well. So `make test` compares the answers
to 1,000 pictures, one by one, and `make test-all` the accuracy on all 10,000. After a new training,
``python -m tests.first_thousand`` writes the list anew.
"""

import json
from pathlib import Path

from lib.datasets import load_cifar10, load_mnist
from lib.trained import load_history, load_trained, trained_names

FILE = Path(__file__).with_suffix(".json")


def wrong_answers(network, pictures):
    """Return the places of the pictures among the first 1,000 that a network gets wrong."""
    first = pictures[:1000]
    answers = network.predict(first.images).argmax(axis=1)
    return (answers != first.labels).nonzero()[0].tolist()


def main():
    """Write the list."""
    tests = {"mnist": load_mnist(require_full=True).test, "cifar10": load_cifar10().test}
    lists = {
        name: wrong_answers(load_trained(name), tests[load_history(name).settings["pictures"]])
        for name in trained_names()
    }
    lines = ",\n".join(f'  "{name}": {places}' for name, places in lists.items())
    FILE.write_text(f"{{\n{lines}\n}}\n")


def recorded():
    """Return the list."""
    return json.loads(FILE.read_text())


if __name__ == "__main__":
    main()
