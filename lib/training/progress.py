"""How a training tells what it does: running means, a bar, and a line an epoch in the book."""

import numpy as np
from tqdm.auto import tqdm

from lib.backend import to_numpy
from lib.paths import in_a_page

# What the bar says of an epoch; the history holds the rest.
TOLD = ("loss", "accuracy", "validation_loss", "validation_accuracy")


class Averages:
    """Running means of loss and accuracy, each batch counted by its size."""

    def __init__(self):
        self.sums = np.zeros(3)  # of losses, accuracies and weights

    def add(self, loss, accuracy, weight):
        """Count one batch."""
        self.sums += weight * np.array([loss, accuracy, 1])

    def as_dict(self):
        """Return ``{"loss", "accuracy"}`` so far."""
        loss, accuracy = (self.sums[:2] / self.sums[2]).tolist()
        return {"loss": loss, "accuracy": accuracy}


def share_correct(prediction, labels):
    """Return which share of the pictures has its own class as the largest output."""
    return float((to_numpy(prediction).argmax(axis=1) == labels).mean())


def epoch_line(title, figures):
    """Say in one line how an epoch went, short enough for a column of the book."""
    line = f"{title}: loss {figures['loss']:.3f}, accuracy {figures['accuracy']:.3f}"
    if "validation_loss" in figures:
        validation = figures["validation_loss"], figures["validation_accuracy"]
        line += "; validation {:.3f}, {:.3f}".format(*validation)
    return line


def epoch_title(history, epoch, epochs):
    """Name an epoch, and once one has been timed say how long all that are left will take."""
    title, done = f"epoch {epoch}/{epochs}", history.epochs
    if not done:
        return title
    left = sum(history["seconds"]) / len(done) * (epochs - len(done))
    return f"{title} ({tqdm.format_interval(left)} left)"


def progress_bar(description, total, wanted):
    """Return a bar that counts the pictures of an epoch."""
    # A built page cannot move a bar: there, a line an epoch stands in for it.
    shown = wanted and not in_a_page()
    return tqdm(total=total, desc=description, unit=" images", disable=not shown)
