"""The tables of the studies on the results page show what the records say."""

import pytest
from bs4 import BeautifulSoup

from lib.studies.report import at_the_end, depth_table, techniques_table, transfer_table


def measured(*validation, training=(0.5,), loss=1.0, parameters=1234):
    """Return what a study says of one variant, whose last epochs are given."""
    return {
        "parameters": parameters,
        "loss": [[9.0, loss] for _ in validation],
        "accuracy": [[0.0, accuracy] for accuracy in training],
        "validation_loss": [[9.0, 9.0] for _ in validation],
        "validation_accuracy": [[0.0, accuracy] for accuracy in validation],
    }


def test_the_last_epoch_of_each_seed_counts():
    assert at_the_end(measured(0.5, 0.25), "validation_accuracy") == [0.5, 0.25]
    with pytest.raises(ValueError, match=r'^there is no figure "lr"; there are \['):
        at_the_end(measured(0.5), "lr")


def test_a_row_for_each_technique():
    record = {
        "settings": {"data": {"cifar10": {"through_jpeg": True}}},
        "mnist": {"plain": measured(0.9, 0.92), "Adam": measured(0.95, 0.95)},
        "cifar10": {"plain": measured(0.4, 0.4), "Adam": measured(0.6, training=(0.7,))},
    }
    table = BeautifulSoup(techniques_table(record), "html.parser").table
    groups, halves, plain, adam = (
        [cell.get_text() for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")
    )
    assert groups == ["one change", "MNIST", "CIFAR-10 (JPEG)"]
    assert [cell.get("colspan") for cell in table.tr.find_all("th")] == [None, "2", "2"]
    assert halves == ["training", "validation"] * 2
    assert plain == ["plain", "50.0", "91.0 ± 1.4", "50.0", "40.0 ± 0.0"]
    assert adam == ["Adam", "50.0", "95.0 ± 0.0", "70.0", "60.0"]


def test_a_row_for_each_depth():
    record = {"variants": {"plain 20": measured(0.5), "residual 20": measured(0.6, loss=0.876)}}
    _, _, plain, residual = depth_table(record).splitlines()
    assert plain == "| plain 20 | 1,234 | 1.00 | 50.0 | 50.0 |"
    assert residual == "| residual 20 | 1,234 | 0.88 | 50.0 | 60.0 |"


def test_ways_across_and_pictures_down():
    ways = {"frozen": 0.5, "from scratch": 0.25}
    record = {
        "variants": {
            f"{way} {count}": measured(accuracy + count / 10_000)
            for count in (50, 1000)
            for way, accuracy in ways.items()
        }
    }
    title, _, few, many = transfer_table(record).splitlines()
    assert title == "| pictures of each class | frozen | from scratch |"
    assert few == "| 50 | 50.5 | 25.5 |"
    assert many == "| 1,000 | 60.0 | 35.0 |"
