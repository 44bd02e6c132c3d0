"""Measurements that take longer than a chapter may: made once, recorded, and shown by chapters.

``python -m lib.studies --list`` says which there are; ``python -m lib.studies NAME`` makes one anew
and writes ``data/studies/NAME.json``. Each is a module here with a function ``run()``.
"""

import importlib

from lib.paths import PROJECT, as_path
from lib.serialization import read_json, write_json
from lib.trained.stored import as_known, check_project
from lib.training import describe_machine

__all__ = ["FOLDER", "STUDIES", "load_study", "run_study"]

FOLDER = PROJECT / "data" / "studies"
STUDIES = {
    "errors": "the test digits that each network gets wrong, with its probabilities",
    "calibration": "how often each network is right, given how sure it is",
    "robustness": "accuracy on digits that are shifted, turned or noisy",
    "random_labels": "a network that learns labels drawn at random by heart",
    "initialization": "the size of numbers and gradients through depth, for each initializer",
    "drawn": "accuracy on digits as readers draw them: hands, pens, places",
    "techniques": "what each technique gives, one change at a time, from three seeds",
    "learning_rates": "which learning rates work, for several first weights and optimizers",
    "depth": "networks of 20 and 56 layers, with and without skips",
    "skips": "towers of 8, 20 and 56 layers on digits: how they learn, and their gradients",
    "removal": "networks without some of their blocks or layers",
    "transfer": "a body trained on five classes: frozen, fine-tuned, or none, for five others",
    "frozen_body": "new heads on that body: frozen or trained, from which layer, at which rate",
    "batch_size": "steps to an accuracy, by batch size, at the best learning rate of each",
    "communication": "a training step, layer by layer, and the message of its gradients, timed",
    "architectures": "every architecture on one picture: parameters, multiply-adds, seconds",
    "remedies": "what each remedy against overfitting buys and costs, one at a time, on few digits",
    "convolving": "several ways to compute the same convolution, in seconds on one thread",
}


def run_study(name, folder=FOLDER):
    """Make a study, and write its record.

    Parameters
    ----------
    name : str
        A key of `STUDIES`.
    folder : path, optional

    Returns
    -------
    dict
        ``settings`` and what the study measured: see its module.

    Raises
    ------
    ValueError
        If there is no study of that name.
    FileNotFoundError
        In an installed copy of the library, which has no place for the record.
    """
    as_known(name, "study", STUDIES)
    folder = as_path(folder, "folder")
    if folder == FOLDER:
        check_project()
    record = importlib.import_module(f"lib.studies.{name}").run()
    record["settings"] |= {
        "command": f"python -m lib.studies {name}",
        "machine": describe_machine(),
    }
    write_json(folder / f"{name}.json", record, indent=None)  # long lists of numbers
    return record


def load_study(name, folder=FOLDER):
    """Return the record of a study.

    Raises
    ------
    ValueError
        If there is no study of that name.
    FileNotFoundError
        If it was not made yet; the message says how to. In an installed copy of the library,
        which comes without records.

    Examples
    --------
    >>> load_study("initialization")["settings"]["command"]
    'python -m lib.studies initialization'
    """
    as_known(name, "study", STUDIES)
    folder = as_path(folder, "folder")
    path = folder / f"{name}.json"
    if folder == FOLDER:
        check_project()
    if not path.exists():
        raise FileNotFoundError(f"{path}: not made yet; `python -m lib.studies {name}` makes it")
    return read_json(path)
