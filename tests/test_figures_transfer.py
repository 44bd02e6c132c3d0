"""What the figures of the chapter on transfer show is what the library computes."""

import re

import numpy as np
import pytest

from lib.figures import transfer
from lib.studies import load_study
from lib.training import train_head

RECORD = {
    "settings": {"threshold": 0.7},
    "dense": {
        "frozen": {"accuracy": [0.4, 0.5, 0.55], "known_accuracy": [0.9] * 3},
        "trained": {"accuracy": [0.6, 0.75], "known_accuracy": [0.8, 0.7]},
    },
    "rates": {
        share: {
            "new": [0.5 + k / 10, 0.6 + k / 10],
            "known": [0.9 - k / 10, 0.8 - k / 10],
            "moved": [{"a": k / 10, "b": k / 5}, {"a": k / 10, "b": k / 5}],
        }
        for k, share in enumerate(("0", "0.1", "1", "head first"))
    },
}
for found in RECORD["dense"].values():
    found["validation_accuracy"] = found["accuracy"]


def written(figure):
    return [text.get_text() for text in figure.findobj(lambda a: hasattr(a, "get_text"))]


def touched(figure):
    """Return what is written on the targets of a figure."""
    ids = [artist.get_gid() for artist in figure.findobj() if artist.get_gid()]
    return [gid for gid in ids if gid.startswith("touch")]


def test_the_code_is_the_mean_and_the_scores_are_those_of_the_head():
    for k, picture in enumerate(transfer.PICTURES):
        code = transfer.MAPS[k].mean(axis=(1, 2))
        scores = transfer.WEIGHT @ code + transfer.BIAS
        text = transfer.describe_code(picture).replace("\N{MINUS SIGN}", "-")
        numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text.split("scores")[1])]
        assert numbers[:2] == scores.tolist()
        assert f"means {code[0]:g} and {code[1]:g}" in text
        figure = transfer.draw_code(picture)
        assert len(touched(figure)) == len(transfer.PICTURES)
        assert f"map 1 of {picture}" in written(figure)
    assert transfer.describe_code("A").split("scores")[1] != transfer.describe_code("B")
    with pytest.raises(ValueError, match="picture must be"):
        transfer.draw_code("E")


def test_the_two_pictures_with_one_code_lie_on_each_other():
    codes = transfer.MAPS.mean(axis=(2, 3))
    a, d = (transfer.PICTURES.index(name) for name in "AD")
    assert (codes[a] == codes[d]).all()
    assert (transfer.MAPS[a] != transfer.MAPS[d]).any()


def test_enough_directions_hold_the_share_and_one_less_does_not(rng):
    rows = rng.standard_normal((50, 6)) * [9, 5, 3, 1, 0.5, 0.1]
    variances = np.sort(np.linalg.eigvalsh(np.cov(rows.T)))[::-1] / np.trace(np.cov(rows.T))
    for share in (0.5, 0.9, 0.99):
        count = transfer.enough_directions(rows, share)
        assert variances[:count].sum() >= share > variances[: count - 1].sum()


def test_components_show_every_row_in_the_color_of_its_class(rng):
    rows, labels = rng.standard_normal((30, 4)), np.arange(30) % 3
    figure = transfer.draw_components({"one": rows, "two": rows[:, :2]}, labels, "abc", "two")
    points = [len(c.get_offsets()) for c in figure.axes[0].collections]
    assert points == [10, 10, 10]
    assert "two: 2 numbers" in figure.axes[0].get_title()
    with pytest.raises(ValueError, match="layer must be"):
        transfer.draw_components({"one": rows}, labels, "abc", "two")


def test_neighbors_are_labeled_and_the_wrong_ones_counted(rng):
    pictures, queries = rng.random((6, 4, 4)), rng.random((3, 4, 4))
    labels, asked = np.array([0, 1, 1, 0, 1, 0]), np.array([1, 0, 1])
    rows = {"pixels": pictures.reshape(6, -1)}
    found = transfer.neighbors_of(rows, {"pixels": queries.reshape(3, -1)}, 4)
    for query in (1, 2, 3):
        figure = transfer.draw_neighbors(pictures, labels, queries, asked, found, query, "pixels")
        given = labels[found["pixels"][query - 1]]
        wrong = int((given != asked[query - 1]).sum())
        assert f"its neighbors by pixels: {wrong} of 4 are other digits" in written(figure)
        assert [t.get_text() for t in figure.axes[1].texts] == [str(k) for k in given]
        assert len(touched(figure)) == 3


def test_layers_show_bars_for_one_count_and_curves_for_one_layer():
    counts, pixels = (1, 5, 20), [0.4, 0.6, 0.8]
    of = {
        "trained": {"first": [0.5, 0.6, 0.7], "last": [0.3, 0.4, 0.5]},
        "untrained": {"first": [0.2, 0.3, 0.4], "last": [0.1, 0.2, 0.3]},
    }
    figure = transfer.draw_layers(counts, pixels, of, "last", 5)
    left, right = figure.axes
    heights = [bar.get_height() for bar in left.patches]
    assert heights == [0.6, 0.4, 0.3, 0.2]
    curves = {line.get_label(): list(line.get_ydata()) for line in right.lines}
    assert curves["pixels"] == pixels
    assert curves["trained"] == of["trained"]["last"]
    targets = touched(figure)
    assert sum('"layer"' in t for t in targets) == 4
    assert sum('"labels"' in t for t in targets) == 3
    with pytest.raises(ValueError, match="layer must be"):
        transfer.draw_layers(counts, pixels, of, "middle", 5)


def test_labels_have_a_line_for_each_kind_of_rows():
    figure = transfer.draw_labels((1, 10), {"a": [0.5, 0.6], "b": [0.7, 0.9]}, "labels")
    assert [list(line.get_ydata()) for line in figure.axes[0].lines] == [[0.5, 0.6], [0.7, 0.9]]


@pytest.mark.parametrize("count", [50, 200, 1000])
def test_ways_end_where_the_record_ends(count):
    record = load_study("transfer")
    figure = transfer.draw_ways(record, count)
    for way in ("frozen", "fine-tuned", "from scratch"):
        runs = record["variants"][f"{way} {count}"]["validation_accuracy"]
        assert f"{way} {np.mean([run[-1] for run in runs]):.1%}" in written(figure)


def test_the_dense_head_is_shown_up_to_an_epoch_and_its_stop_is_marked():
    for epoch, stars in ((1, 0), (2, 0), (3, 2)):
        figure = transfer.draw_dense_head(RECORD, epoch)
        lines = {line.get_label(): line for line in figure.axes[0].lines}
        assert list(lines["body frozen"].get_ydata()) == [0.4, 0.5, 0.55][:epoch]
        assert list(lines["body trained"].get_ydata()) == [0.6, 0.75][:epoch]
        drawn = [line for ax in figure.axes for line in ax.lines if line.get_marker() == "*"]
        assert len(drawn) == stars


def test_rates_show_the_means_and_how_far_layers_moved():
    assert transfer.shares_of(RECORD) == [0, 0.1, 1]
    figure = transfer.draw_rates(RECORD, 0.1)
    left, right = figure.axes
    lines = {line.get_label(): list(line.get_ydata()) for line in left.lines}
    assert lines["new classes"] == pytest.approx([0.55, 0.65, 0.75])
    assert lines["old classes, old head"] == pytest.approx([0.85, 0.75, 0.65])
    assert [bar.get_height() for bar in right.patches] == pytest.approx([0.1, 0.2])
    with pytest.raises(ValueError, match="share must be"):
        transfer.draw_rates(RECORD, 0.2)


def test_drift_shows_the_probabilities_of_its_step():
    probabilities = np.array([[0.1, 0.9], [0.7, 0.3]])
    figure = transfer.draw_drift([0, 5], probabilities, [0.5, 1.0], ("frog", "cat"), 5)
    left, right = figure.axes
    assert list(left.lines[0].get_ydata()) == [0.9, 0.3]
    assert [bar.get_width() for bar in right.patches] == [0.7, 0.3]
    assert right.get_title() == "the old head, after step 5"


def test_a_head_finds_the_line_of_the_first_figure():
    codes = transfer.MAPS.mean(axis=(2, 3))
    head = train_head(codes, np.array([0, 1, 0, 0]))
    assert head(codes).argmax(axis=1).tolist() == [0, 1, 0, 0]
    assert (transfer.WEIGHT @ codes.T).argmax(axis=0).tolist() == [0, 1, 0, 0]
