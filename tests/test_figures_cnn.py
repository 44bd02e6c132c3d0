"""The figures of the chapter *A CNN from scratch* show the numbers that they were given."""

import re
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

from lib.figures import digits
from lib.figures.cnn import networks, tiny_network, training
from lib.training import History


def texts(figure):
    """Return everything that is written in a figure."""
    figure.canvas.draw()
    return [t.get_text() for t in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


def image_of(ax):
    """Return the numbers of the one picture in some axes."""
    (image,) = ax.images
    return np.asarray(image.get_array())


# --- the network on paper --------------------------------------------------------------------


def test_tiny_network_shows_what_was_computed_by_hand():
    figure = tiny_network.draw_step(0)
    cells = {ax.get_title(): [t.get_text() for t in ax.texts] for ax in figure.axes}
    assert cells["pool"] == ["1", "1", "2", "0"]
    assert cells["logits"] == ["2", "2"]
    assert cells["p"] == [".5", ".5"]
    assert cells["d pool"] == ["−.5", "−.5", ".5", "−1"]
    assert cells["d kernel"] == ["−.5", "0", "0", "−.5"]
    assert cells["d weight"] == ["−.5", "−.5", "−1", "0", ".5", ".5", "1", "0"]
    assert "Before the first step: loss 0.69" in texts(figure)


def test_tiny_network_frames_the_windows_that_pass_a_gradient():
    figure = tiny_network.draw_step(0)
    (image,) = [ax for ax in figure.axes if ax.get_title() == "image"]
    framed = [patch.get_xy() for patch in image.patches if patch.get_width() == 2]
    assert sorted(framed) == [(-0.5, 2.5), (0.5, 0.5), (1.5, -0.5)]


def test_tiny_network_learns():
    descriptions = [tiny_network.describe_step(step) for step in range(3)]
    shares = [int(re.search(r"a probability of (\d+)%", text)[1]) for text in descriptions]
    assert shares[0] == 50 < shares[1] < shares[2]


def test_tiny_network_keeps_its_axes_inside_the_figure():
    for ax in tiny_network.draw_step(3).axes:
        box = ax.get_position()
        assert 0 <= box.x0 < box.x1 <= 1
        assert 0 <= box.y0 < box.y1 <= 1


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-0.001, "0"), (2, "2"), (0.5, ".5"), (-0.36, "−.36"), (-1.94, "−1.9"), (10, "10")],
)
def test_short_numbers(value, text):
    assert tiny_network._short(value) == text


# --- shapes and activations ------------------------------------------------------------------


def test_shapes_are_written_with_their_parameters():
    stages = [("image", (1, 28, 28), 0), ("conv", (30, 24, 24), 780), ("output", (10,), 43_210)]
    written = texts(networks.draw_shapes(stages))
    assert {"image", "conv", "output", "1×28×28", "30×24×24", "10", "780", "43,210"} <= set(written)
    assert "0" not in written


def test_stage_draws_twelve_maps():
    maps = np.arange(30.0)[:, None, None] * np.ones((30, 4, 5))
    figure = networks.draw_stage(np.ones((28, 28)), "relu", maps, answer="a 4", note="relu")
    drawn = image_of(figure.axes[1])
    assert drawn.shape == (3 * 6 - 2, 4 * 7 - 2)
    assert np.nanmax(drawn) == pytest.approx(11, abs=1)  # map 11 is the last; colors are rounded
    assert {"a 4", "relu"} <= set(texts(figure))


def test_stage_of_a_vector_and_of_probabilities():
    vector = np.linspace(-1, 1, 100)
    assert image_of(networks.draw_stage(np.ones((28, 28)), "hidden", vector).axes[1]).shape == (
        5,
        20,
    )
    figure = networks.draw_stage(np.ones((28, 28)), "softmax", np.array([0.25, 0.75]))
    assert [bar.get_width() for bar in figure.axes[1].patches] == [0.25, 0.75]


# --- digits ----------------------------------------------------------------------------------


def test_tile_refuses_other_shapes():
    with pytest.raises(ValueError, match=r"shape \(N, H, W\), got \(3, 2\)"):
        digits.tile(np.ones((3, 2)))


def test_mistake_frames_the_one_shown():
    images = np.random.default_rng(0).random((8, 28, 28))
    probabilities = np.eye(10)[[3] * 8]
    figure = digits.draw_mistake(images, [5] * 8, probabilities, shown=6)
    gallery, large, bars = figure.axes
    assert gallery.patches[0].get_xy() == (-1.5, 31 - 1.5)
    assert (image_of(large) == images[6]).all()
    assert {"labeled 5", "the network: 3", "100%"} <= set(texts(figure))
    assert bars.patches[5].get_hatch() and not bars.patches[3].get_hatch()


def test_confusion_leaves_out_the_diagonal():
    counts = np.array([[90, 2], [0, 80]])
    written = texts(digits.draw_confusion(counts))
    assert "2" in written
    assert "90" not in written and "80" not in written


# --- training --------------------------------------------------------------------------------


def test_history_draws_all_four_lines():
    names = ("epoch", "loss", "accuracy", "validation_loss", "validation_accuracy")
    rows = [(1, 2.0, 0.5, 1.5, 0.6), (2, 1.0, 0.8, 1.2, 0.7)]
    epochs = [dict(zip(names, row, strict=True)) for row in rows]
    figure = training.draw_history(History(epochs=epochs), accuracy_from=0.4)
    drawn = [list(line.get_ydata()) for ax in figure.axes for line in ax.lines]
    assert drawn == [[2.0, 1.0], [1.5, 1.2], [0.5, 0.8], [0.6, 0.7]]
    assert figure.axes[1].get_ylim() == (0.4, 1)


def test_filters_in_training_show_the_step_asked_for():
    weights = [np.full((30, 1, 5, 5), value) for value in (0.1, 0.2, 0.4)]
    figure = training.draw_filters_in_training([0, 10, 20], weights, [0.9, 0.5, 0.1], shown=10)
    assert np.nanmax(image_of(figure.axes[0])) == pytest.approx(0.2)
    assert figure.axes[0].images[0].norm.vmax == pytest.approx(0.4)  # one scale for all steps
    assert {"30 filters after step 10", "50.0% wrong"} <= set(texts(figure))


def test_figures_leave_pyplot_alone():
    assert isinstance(tiny_network.draw_step(1), Figure)
    assert not getattr(sys.modules.get("matplotlib.pyplot"), "get_fignums", list)()
