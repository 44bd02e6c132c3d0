"""The test digits that each trained network gets wrong."""

from lib.datasets import load_mnist
from lib.losses import softmax
from lib.trained import load_history, load_trained, trained_names


def run(test=None, names=None):
    """Return for each network on MNIST its errors on the official test set.

    Parameters
    ----------
    test : Dataset, optional
    names : sequence of str, optional

    Returns
    -------
    dict
        For each network ``index`` (of the test digit, from 0), ``label``, ``answer`` and
        ``probabilities``, the most confident error first.
    """
    test = load_mnist(require_full=True).test if test is None else test
    return {
        "settings": {"data": test.name, "digits": len(test)},
        "networks": {
            name: find_errors(load_trained(name), test)
            for name in (on_mnist() if names is None else names)
        },
    }


def on_mnist():
    """Return the names of the trained networks that read digits."""
    return [n for n in trained_names() if load_history(n).settings["pictures"] == "mnist"]


def find_errors(network, digits):
    """Return the errors of one network."""
    probabilities = softmax(network.predict(digits.images))
    answers = probabilities.argmax(axis=1)
    wrong = (answers != digits.labels).nonzero()[0]
    wrong = wrong[(-probabilities[wrong].max(axis=1)).argsort(kind="stable")]
    return {
        "index": wrong.tolist(),
        "label": digits.labels[wrong].tolist(),
        "answer": answers[wrong].tolist(),
        "probabilities": [[round(p, 4) for p in row] for row in probabilities[wrong].tolist()],
    }
