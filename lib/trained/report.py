"""What the trainings reached, read from their records: the tables of the results page."""

import re
import statistics

from lib.trained.recipes import RECIPES
from lib.trained.run import run_name
from lib.trained.stored import DATA, history_path, trained_names
from lib.training import History

# An optimizer as a record has it: Adam(lr=0.001, weight_decay=0.05).
CALL = re.compile(r"(\w+)\(lr=([\d.e-]+)(.*)\)")
PICTURES = {"mnist": "MNIST", "cifar10": "CIFAR-10"}


def records(folder=DATA):
    """Return for each trained network the records of all its seeds, in the order of the recipes."""
    trained = trained_names(folder)
    found = {}
    for name, recipe in RECIPES.items():
        if name in trained:
            paths = [history_path(run_name(name, seed), folder) for seed in recipe.seeds]
            found[name] = [History.load(path) for path in paths if path.exists()]
    return found


def results_table(found):
    """Return the results as a table in Markdown, a row for each network.

    Parameters
    ----------
    found : dict of str to list of History
        See :func:`records`.
    """
    rows = [
        "| network | test accuracy | pictures | parameters | minutes of one core |",
        "|:--|--:|:--|--:|--:|",
    ]
    for name, histories in found.items():
        settings = histories[0].settings
        cells = [
            f"`{name}`",
            accuracy(histories),
            described_pictures(settings),
            f"{settings['parameters']:,}",
            f"{minutes(histories):.1f}",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def described_pictures(settings):
    """Return what a record's figures were measured on, and whether that had been JPEG.

    Examples
    --------
    >>> described_pictures({"pictures": "cifar10", "through_jpeg": True})
    'CIFAR-10 (JPEG)'
    """
    mark = " (JPEG)" if settings["through_jpeg"] else ""
    return PICTURES[settings["pictures"]] + mark


def accuracy(histories):
    """Return the accuracy on the test set as text, with the spread if there are several seeds.

    Examples
    --------
    >>> one, other = (History(result={"test_accuracy": a}) for a in (0.99, 0.994))
    >>> accuracy([one])
    '99.00 %'
    >>> accuracy([one, other])  # mean and standard deviation of two seeds
    '99.20 ± 0.28 % (2 seeds)'
    """
    accuracies = [history.result["test_accuracy"] for history in histories]
    text = f"{with_spread(accuracies, 2)} %"
    return text if len(accuracies) == 1 else f"{text} ({len(accuracies)} seeds)"


def minutes(histories):
    """Return how long a training took: minutes of the processor, the mean of the seeds."""
    return statistics.mean(history.result["cpu_seconds"] for history in histories) / 60


def with_spread(accuracies, digits=1):
    """Return accuracies in percent as text: their mean, and their standard deviation if several.

    Examples
    --------
    >>> with_spread([0.5, 0.52, 0.54]), with_spread([0.5], digits=2)
    ('52.0 ± 2.0', '50.00')
    """
    values = [100 * accuracy for accuracy in accuracies]
    mean = f"{statistics.mean(values):.{digits}f}"
    return mean if len(values) == 1 else f"{mean} ± {statistics.stdev(values):.{digits}f}"


def recipe_table(found):
    """Return how each network was trained as a table in Markdown, in short."""
    rows = [
        "| network | epochs | batch | optimizer | learning rate | augmentation |",
        "|:--|--:|--:|:--|:--|:--|",
    ]
    for name, histories in found.items():
        recipe = histories[0].settings["recipe"]
        optimizer, rate, _ = CALL.fullmatch(recipe["optimizer"]).groups()
        changes = dict.fromkeys(re.findall(r"Random(\w+)", recipe["augmentation"] or ""))
        cells = [
            f"`{name}`",
            str(recipe["epochs"]),
            str(recipe["batch_size"]),
            f"`{optimizer}`",
            f"{rate}, {recipe['schedule'].replace('_', ' ')}",
            ", ".join(re.sub(r"\B([A-Z])", r" \1", name).lower() for name in changes) or "none",
        ]
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def recipe_list(found):
    """Return every setting of each network's training as a list in Markdown."""
    lines = []
    for name, histories in found.items():
        settings = histories[0].settings
        recipe = settings["recipe"]
        arguments = ", ".join(f"{key}={value!r}" for key, value in settings["arguments"].items())
        parts = [
            ("network", f"`{settings['network']}({arguments})`"),
            ("pictures", "as they are" if settings["normalized"] is None else "normalized"),
            ("augmentation", f"`{recipe['augmentation']}`" if recipe["augmentation"] else "none"),
            (
                "kept",
                "the best epoch on validation" if recipe["keep"] == "best" else "the last epoch",
            ),
            ("optimizer", f"`{recipe['optimizer']}`"),
            ("loss", f"`{recipe['loss'].removesuffix('()')}`"),
            ("seeds", ", ".join(str(h.settings["recipe"]["seed"]) for h in histories)),
        ]
        lines += [f"`{name}`", ": " + "\n  ".join(f"- {part}: {what}" for part, what in parts), ""]
    return "\n".join(lines)
