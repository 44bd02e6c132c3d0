"""The trained networks that come with the book: each is loaded and measured again."""

import re
import shutil
import subprocess
import sys

import numpy as np
import pytest

from lib.datasets import load_mnist, load_mnist_sample
from lib.datasets.catalog import CATALOG, locate
from lib.layers import Normalize
from lib.paths import PROJECT
from lib.trained import RECIPES, load_filters, load_history, load_trained, trained_names
from lib.trained.report import records
from lib.trained.stored import DATA, weights_path
from tests import first_thousand

NAMES = trained_names()
# What each has to reach on the test set; the networks that the chapters name are all here.
REACHED = {
    "mlp": 0.98,
    "two_conv_net": 0.984,
    "simple_convnet": 0.99,
    "lenet5": 0.989,
    "deep_convnet": 0.993,
    "deep_convnet_augmented": 0.9965,
    "best_mnist": 0.997,
    "vgg_cifar10": 0.88,
    "resnet20_cifar10": 0.87,
    "mobilenet_cifar10": 0.83,
}


def on(pictures, marks=()):
    """Name the networks that were trained on some pictures, as cases of a test."""
    names = [name for name in NAMES if RECIPES[name].data == pictures]
    return [pytest.param(name, marks=marks) for name in names]


EVERY = [*on("mnist"), *on("cifar10", marks=pytest.mark.slow)]


@pytest.fixture(scope="session")
def mnist():
    """MNIST, if the whole of it is here."""
    return load_mnist() if locate(CATALOG["mnist"]) else None


@pytest.fixture
def test_pictures(request):
    """A function that gives the test pictures of a network, as it saw them when it was recorded."""

    def pictures(name):
        settings = load_history(name).settings
        splits = request.getfixturevalue(settings["pictures"])
        if splits is None or settings["through_jpeg"] != ("JPEG" in splits.test.source):
            pytest.skip("these test pictures are not on this machine; CNN_DATA names their folder")
        return splits.test

    return pictures


def test_every_network_of_the_recipes_is_here():
    assert set(NAMES) == set(REACHED) == set(RECIPES)


@pytest.mark.parametrize("name", NAMES)
def test_a_network_reaches_what_it_has_to(name):
    """The mean of its seeds counts."""
    histories = records()[name]
    assert len(histories) == len(RECIPES[name].seeds)
    mean = np.mean([history.result["test_accuracy"] for history in histories])
    assert mean >= REACHED[name]


@pytest.mark.parametrize("name", NAMES)
def test_a_network_is_what_its_record_says(name):
    network, history = load_trained(name), load_history(name)
    settings, recipe = history.settings, RECIPES[name]
    assert not network.training
    assert type(network) is recipe.network.func
    assert settings["parameters"] == network.parameter_count()
    assert (next(iter(network)).__class__ is Normalize) == recipe.normalized
    assert settings["recipe"]["seed"] == recipe.seeds[0]
    assert history["epoch"] == list(range(1, recipe.epochs + 1))
    assert all(np.isfinite(array).all() for array in network.state().values())


# There is no sample of CIFAR-10.
@pytest.mark.parametrize("name", on("mnist"))
def test_a_network_reaches_on_the_sample_what_its_record_says(name):
    recorded = load_history(name)
    accuracy = load_trained(name).accuracy(*load_mnist_sample())
    assert accuracy == pytest.approx(recorded.result["sample_accuracy"], abs=1e-9)
    # The sample lies within the validation digits, and is five sixths of them.
    assert accuracy == pytest.approx(recorded.result["validation_accuracy"], abs=0.003)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_stored_is_as_good_as_what_was_trained(name):
    recorded = load_history(name)
    trained = recorded["validation_accuracy"][recorded.result["epoch"] - 1]
    # Of 5,000 pictures, numbers stored in half as many bits may change the answer for two.
    tolerance = 0.0004 if recorded.settings["recipe"]["stored_as"] == "float16" else 1e-9
    assert recorded.result["validation_accuracy"] == pytest.approx(trained, abs=tolerance)
    if recorded.settings["recipe"]["keep"] == "best":
        assert trained == max(recorded["validation_accuracy"])


@pytest.mark.parametrize("name", EVERY)
def test_a_network_gives_the_recorded_answers_to_the_first_test_pictures(name, test_pictures):
    """See :mod:`tests.first_thousand`."""
    wrong = first_thousand.wrong_answers(load_trained(name), test_pictures(name))
    assert wrong == first_thousand.recorded()[name], "`python -m tests.first_thousand` records anew"


def test_the_recorded_answers_are_no_better_and_no_worse_than_all():
    """Of networks with such an accuracy, one in 15,000 has a thousand so far from it."""
    recorded = first_thousand.recorded()
    assert list(recorded) == NAMES
    for name, wrong in recorded.items():
        error = 1 - load_history(name).result["test_accuracy"]
        assert abs(len(wrong) / 1000 - error) <= 4 * (error * (1 - error) / 1000) ** 0.5, name


@pytest.mark.whole
@pytest.mark.parametrize("name", EVERY)
def test_a_network_reaches_on_the_test_set_what_its_record_says(name, test_pictures):
    accuracy = load_trained(name).accuracy(*test_pictures(name))
    assert accuracy == pytest.approx(load_history(name).result["test_accuracy"], abs=1e-9)


def test_the_files_stay_small():
    sizes = [weights_path(name).stat().st_size for name in NAMES]
    assert max(sizes) <= 4 * 2**20
    everything = sum(path.stat().st_size for path in DATA.glob("*s/*.*"))
    assert everything <= 20 * 2**20


def test_recorded_filters_begin_before_training_and_end_with_the_shipped_weights():
    recorded, network = load_filters("simple_convnet"), load_trained("simple_convnet")
    history = load_history("simple_convnet")
    steps, filters = recorded["steps"], recorded["filters"]
    assert steps[0] == 0
    assert (np.diff(steps) > 0).all()
    untrained = RECIPES["simple_convnet"].network(rng=np.random.default_rng(0))
    assert np.array_equal(filters[0], untrained.conv.weight.data.astype(np.float16))
    assert np.array_equal(filters[-1], network.conv.weight.data.astype(np.float16))
    accuracy = dict(zip(steps.tolist(), recorded["validation_accuracy"], strict=True))
    steps_an_epoch = steps[-1] // len(history.epochs)
    for epoch, expected in enumerate(history["validation_accuracy"], start=1):
        if (step := epoch * steps_an_epoch) in accuracy:
            assert accuracy[step] == expected


def test_filters_that_were_not_recorded_are_said_to_be_missing():
    with pytest.raises(FileNotFoundError, match=r"mlp_filters\.npz: there is no such file"):
        load_filters("mlp")


# What is not there --------------------------------------------------------------------------------


@pytest.mark.parametrize("load", [load_trained, load_history, load_filters])
@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("simple_convet", '; did you mean "simple_convnet"?'),
        ("MLP", ""),
        ("resnet20", '; did you mean "resnet20_cifar10"?'),
        ("typo", ""),
        (None, ""),
        (3, ""),
        (np.ones(2), ""),
    ],
)
def test_a_name_that_is_not_there_is_told_with_the_nearest(load, name, meant):
    expected = (
        f'there is no trained network "{name}"; there are {NAMES}, and `python -m lib.trained` '
        f"trains others{meant}"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(expected)}$"):
        load(name)


INSTALLED = """
    from lib.datasets import load_mnist_sample
    from lib.studies import load_study, run_study
    from lib.trained import __main__, load_trained, train
    from lib.trained.speed import load_benchmark

    tries = {
        "load": lambda: load_trained("mlp"),
        "train": lambda: train("mlp"),
        "load study": lambda: load_study("errors"),
        "run study": lambda: run_study("initialization"),
        "benchmark": load_benchmark,
    }
    for name, call in tries.items():
        try:
            call()
        except FileNotFoundError as error:
            print(name, error)
    print(__main__.main(["mlp"]))
"""


def test_an_installed_copy_says_that_it_comes_without_the_trained_networks(tmp_path):
    shutil.copytree(PROJECT / "lib", tmp_path / "lib", ignore=shutil.ignore_patterns("__pycache__"))
    ran = subprocess.run(
        [sys.executable, "-c", "\n".join(line[4:] for line in INSTALLED.splitlines())],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path), "PATH": "", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = (
        f"{tmp_path / 'data'} is not there: the trained networks and the records come with the "
        "project's folder, not with an installed copy of lib. Run this in the project's folder"
    )
    names = ("load", "train", "load study", "run study", "benchmark")
    assert ran.stdout.splitlines() == [*(f"{name} {said}" for name in names), "1"], ran.stderr
    assert ran.stderr == f"{said}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["lib"]
