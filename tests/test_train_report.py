"""The tables of the results page, computed from the records."""

import shutil

import pytest

from lib.trained import RECIPES, load_history
from lib.trained.report import accuracy, recipe_list, recipe_table, records, results_table
from lib.trained.stored import DATA
from lib.training import History


def made(accuracy, cpu_seconds=60.0, **settings):
    history = load_history("simple_convnet")
    history.result |= {"test_accuracy": accuracy, "cpu_seconds": cpu_seconds}
    history.settings |= settings
    return history


def test_a_row_for_each_network_with_its_figures():
    found = {
        "mlp": [made(0.9826, 12.0)],
        "vgg_cifar10": [made(0.88, 60.0, pictures="cifar10", through_jpeg=True)],
    }
    _, _, first, second = results_table(found).splitlines()
    assert first == "| `mlp` | 98.26 % | MNIST | 433,890 | 0.2 |"
    assert second == "| `vgg_cifar10` | 88.00 % | CIFAR-10 (JPEG) | 433,890 | 1.0 |"


def test_several_seeds_give_mean_and_spread():
    found = {"deep_convnet": [made(0.990, 60.0), made(0.994, 120.0), made(0.995, 180.0)]}
    *_, row = results_table(found).splitlines()
    assert "| 99.30 ± 0.26 % (3 seeds) | MNIST | 433,890 | 2.0 |" in row
    assert accuracy([made(0.5)]) == "50.00 %"


def test_how_each_was_trained():
    history = load_history("simple_convnet")
    history.settings["arguments"] = {"width": 0.5}
    history.settings["recipe"] |= {"augmentation": "RandomShift(2)", "loss": "Loss()", "seed": 3}
    history.settings["recipe"]["keep"] = "best"
    found = {"simple_convnet": [history, load_history("simple_convnet")]}
    *_, row = recipe_table(found).splitlines()
    assert row == "| `simple_convnet` | 12 | 100 | `AdamW` | 0.002, cosine | shift |"
    assert recipe_list(found).splitlines() == [
        "`simple_convnet`",
        ": - network: `SimpleConvNet(width=0.5)`",
        "  - pictures: as they are",
        "  - augmentation: `RandomShift(2)`",
        "  - kept: the best epoch on validation",
        "  - optimizer: `AdamW(lr=0.002, weight_decay=0.2)`",
        "  - loss: `Loss`",
        "  - seeds: 3, 0",
    ]


def test_what_is_not_augmented_says_so():
    found = {"simple_convnet": [load_history("simple_convnet")]}
    assert recipe_table(found).endswith("| none |")
    assert "- augmentation: none\n  - kept: the last epoch" in recipe_list(found)


def test_records_are_found_with_those_of_all_seeds(tmp_path):
    for part in ("weights", "histories"):
        (tmp_path / part).mkdir()
    for name in ("deep_convnet", "mlp", "elsewhere"):
        shutil.copy(DATA / "weights" / "mlp.npz", tmp_path / "weights" / f"{name}.npz")
    for name, seed in [("deep_convnet", 0), ("deep_convnet_seed2", 2), ("lenet5", 0), ("mlp", 0)]:
        History(settings={"seed": seed}).save(tmp_path / "histories" / f"{name}.json")
    found = records(tmp_path)
    # In the order of the table; without weights, or without a recipe, it is no network of ours.
    assert list(found) == ["mlp", "deep_convnet"]
    assert [history.settings["seed"] for history in found["deep_convnet"]] == [0, 2]


def test_every_shipped_network_is_in_the_table():
    found = records()
    assert set(found) <= set(RECIPES)
    rows = results_table(found).splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == list(found)
    for name, histories in found.items():
        expected = [h.settings["recipe"]["seed"] for h in histories]
        assert expected == list(RECIPES[name].seeds[: len(expected)])


@pytest.mark.parametrize("name", list(records()))
def test_the_command_in_a_record_is_the_one_that_made_it(name):
    assert load_history(name).settings["command"] == f"python -m lib.trained {name}"
