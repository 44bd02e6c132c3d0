"""The figures of the chapter *A CNN from scratch* show the numbers that they were given."""

import re
import sys

import numpy as np
import pytest
from matplotlib.figure import Figure

from lib.figures import digits
from lib.figures.cnn import networks, tiny_formulas, tiny_network, training
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


@pytest.fixture
def arrays():
    """Every value and gradient of the tiny network before the first step."""
    return tiny_network._after(0)[0]


def test_tiny_network_shows_what_was_computed_by_hand(arrays):
    assert arrays["pool"].tolist() == [[1, 1], [2, 0]]
    assert arrays["logits"].tolist() == [2, 2]
    assert arrays["prob"].tolist() == [0.5, 0.5]
    assert arrays["dpool"].tolist() == [[-0.5, -0.5], [0.5, -1]]
    assert arrays["dkernel"].tolist() == [[-0.5, 0], [0, -0.5]]
    assert arrays["dweight"].tolist() == [[-0.5, -0.5, -1, 0], [0.5, 0.5, 1, 0]]
    figure = tiny_network.draw_step(0)
    assert "Before the first step: loss 0.69" in texts(figure)
    written = texts(figure)
    for name, array in arrays.items():
        assert name in written
        for value in array.ravel():
            assert tiny_formulas.short(value) in written


def framed(figure):
    """Return the corner of every frame, in cells of the picture, and whether it is dashed."""
    return [
        ((patch.get_y() - 40) / 19, (patch.get_x() - 2) / 19, patch.get_linestyle() != "solid")
        for patch in figure.axes[0].patches
        if not patch.get_fill()
    ]


def test_tiny_network_frames_the_windows_that_pass_a_gradient():
    places = [place for *place, _ in framed(tiny_network.draw_step(0))]
    assert sorted(places) == [[0, 2], [1, 1], [3, 0]]


def test_tiny_network_learns():
    descriptions = [tiny_network.describe_step(step) for step in range(3)]
    shares = [int(re.search(r"a probability of (\d+)%", text)[1]) for text in descriptions]
    assert shares[0] == 50 < shares[1] < shares[2]


def test_every_number_of_the_tiny_network_is_what_its_formula_gives(arrays):
    assert len(set(tiny_network.NUMBERS)) == 90
    for number in tiny_network.NUMBERS:
        name, place = tiny_network._parsed(number)
        _, numbers, sources = tiny_formulas.explain(arrays, name, place)
        left, right = numbers.replace("−", "-").split(" = ")
        left = left.replace("·", "*").replace("exp", "np.exp")
        assert eval(left, {"np": np, "max": max, **arrays}) == pytest.approx(float(right)), number
        assert float(right) == arrays[name][place], number
        for source, *at in sources:
            assert arrays[source][tuple(at)] is not None, number


def test_a_number_and_what_it_is_made_of_are_framed():
    frames = framed(tiny_network.draw_number("conv[0, 2]"))
    window = [(0, 2), (0, 3), (1, 2), (1, 3)]
    kernel = [(10.2, 0), (10.2, 1), (11.2, 0), (11.2, 1)]
    dashed = [tuple(place) for *place, is_dashed in frames if is_dashed]
    assert np.allclose(sorted(dashed), sorted(window + kernel), atol=0.05)
    assert [is_dashed for *_, is_dashed in frames].count(False) == 1
    with pytest.raises(ValueError, match=r"number must be one of .*got 'conv\[4, 0\]'"):
        tiny_network.draw_number("conv[4, 0]")


def test_tiny_network_keeps_its_cells_inside_the_figure():
    for figure in (tiny_network.draw_step(3), tiny_network.draw_number("dkernel[1, 1]")):
        width, height = figure.get_size_inches() * 72
        for patch in figure.axes[0].patches:
            x, y = patch.get_xy()
            assert 0 <= x <= width - patch.get_width()
            assert 0 <= y <= height - patch.get_height()


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (-0.001, "0"), (2, "2"), (0.5, ".5"), (-0.36, "−.36"), (-1.94, "−1.9"), (10, "10")],
)
def test_short_numbers(value, text):
    assert tiny_formulas.short(value) == text


# --- shapes and answers ------------------------------------------------------------------


def test_shapes_are_written_with_their_parameters():
    stages = [("image", (1, 28, 28), 0), ("conv", (30, 24, 24), 780), ("output", (4_320,), 43_210)]
    written = texts(networks.draw_shapes(stages))
    expected = ["image", "conv", "output", "1 × 28 × 28", "30 × 24 × 24", "4,320", "780", "43,210"]
    assert set(expected) <= set(written)
    assert "0" not in written


def test_an_answer_has_a_bar_for_each_class():
    figure = networks.draw_answer(np.ones((28, 28)), np.array([0.25, 0.75]), answer="a 1")
    assert [bar.get_width() for bar in figure.axes[1].patches] == [0.25, 0.75]
    assert "a 1" in texts(figure)


# --- digits ----------------------------------------------------------------------------------


def test_tile_refuses_other_shapes():
    with pytest.raises(ValueError, match=r"shape \(N, H, W\), got \(3, 2\)"):
        digits.tile(np.ones((3, 2)))


def test_mistake_frames_the_one_shown():
    images = np.random.default_rng(0).random((8, 28, 28))
    probabilities = np.eye(10)[[3] * 8]
    figure = digits.draw_mistake(images, [5] * 8, probabilities, shown=6)
    large, bars, gallery = figure.axes
    assert gallery.patches[0].get_xy() == (6 * 31 - 1.5, -1.5)
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


def test_training_is_drawn_as_far_as_it_has_come():
    figure = training.draw_training([4.0, 2.0, 3.0, 1.0], [0.1, 0.5, 0.7], every=2)
    drawn = [list(line.get_ydata()) for ax in figure.axes for line in ax.lines]
    assert drawn == [[4, 2, 3, 1], [3, 2.5, 2], [0.1, 0.5, 0.7]]
    assert list(figure.axes[1].lines[0].get_xdata()) == [0, 2, 4]
    assert len(training.draw_training([], [0.1], every=2).axes[0].lines) == 1


def test_filters_in_training_show_the_step_asked_for():
    weights = [np.full((30, 1, 5, 5), value) for value in (0.1, 0.2, 0.4)]
    figure = training.draw_filters_in_training([0, 10, 20], weights, [0.9, 0.5, 0.1], shown=10)
    assert np.nanmax(image_of(figure.axes[0])) == pytest.approx(0.2)
    assert figure.axes[0].images[0].norm.vmax == pytest.approx(0.4)  # one scale for all steps
    assert {"30 filters after step 10", "50.0% wrong"} <= set(texts(figure))


def test_figures_leave_pyplot_alone():
    assert isinstance(tiny_network.draw_step(1), Figure)
    assert not getattr(sys.modules.get("matplotlib.pyplot"), "get_fignums", list)()
