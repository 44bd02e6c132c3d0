"""The recorded measurements: each is small, made by a command, and says what its code gives."""

import json
import time

import numpy as np
import pytest

from lib.convolution import set_thread_count, thread_count
from lib.datasets import Dataset, load_mnist, load_mnist_sample
from lib.datasets.catalog import CATALOG, locate
from lib.losses import softmax
from lib.networks import SimpleConvNet
from lib.studies import (
    FOLDER,
    STUDIES,
    __main__,
    calibration,
    convolving,
    drawn,
    errors,
    initialization,
    load_study,
    random_labels,
    robustness,
    run_study,
)
from lib.studies.report import at_the_end
from lib.trained import load_history, load_trained, trained_names
from lib.widgets import DrawADigit
from lib.widgets.drawing import hands
from tests import naive


@pytest.fixture(scope="module")
def sample():
    return load_mnist_sample()


def test_every_study_is_recorded_in_a_small_file_with_its_command():
    made = {path.stem for path in FOLDER.iterdir()}
    assert made == set(STUDIES)
    for name in made:
        assert load_study(name)["settings"]["command"] == f"python -m lib.studies {name}"
        assert (FOLDER / f"{name}.json").stat().st_size < 100_000


def test_a_study_is_written_where_it_is_read(tmp_path, monkeypatch):
    made = {"settings": {"digits": 3}, "networks": {}}
    monkeypatch.setattr(errors, "run", lambda: made)
    run_study("errors", tmp_path)
    record = load_study("errors", tmp_path)
    assert record["settings"]["digits"] == 3
    assert record["settings"]["machine"]["numpy"] == np.__version__
    with pytest.raises(ValueError, match=r'^there is no study "speed"; there are \['):
        load_study("speed")
    with pytest.raises(FileNotFoundError, match=r"depth\.json: not made yet; `python -m lib"):
        load_study("depth", tmp_path)


def test_the_command_line(monkeypatch, capsys):
    assert __main__.main(["--list"]) == 0
    assert capsys.readouterr().out.count("\n") == len(STUDIES)
    with pytest.raises(SystemExit, match="2"):
        __main__.main([])
    assert "name a study: errors" in capsys.readouterr().err

    for error, status, said in [
        (FileNotFoundError("MNIST is not here"), 1, "MNIST is not here"),
        (KeyboardInterrupt(), 130, "the same command goes on"),
    ]:

        def fail(name, error=error):
            raise error

        monkeypatch.setattr(__main__, "run_study", fail)
        assert __main__.main(["errors"]) == status
        assert said in capsys.readouterr().err


# Errors and calibration --------------------------------------------------------------------------


def test_errors_are_the_wrong_digits_the_surest_first(sample):
    found = errors.run(sample[:1000], ["mlp"])["networks"]["mlp"]
    network, digits = load_trained("mlp"), sample[:1000]
    probabilities = softmax(network.predict(digits.images))
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != digits.labels)
    assert sorted(found["index"]) == wrong.tolist()
    assert found["label"] == digits.labels[found["index"]].tolist()
    assert found["answer"] == probabilities.argmax(axis=1)[found["index"]].tolist()
    assert np.array(found["probabilities"]) == pytest.approx(
        probabilities[found["index"]], abs=6e-5
    )
    sure = [max(row) for row in found["probabilities"]]
    assert sure == sorted(sure, reverse=True)


def test_as_many_errors_are_recorded_as_the_accuracy_says():
    recorded = load_study("errors")
    assert set(recorded["networks"]) == set(errors.on_mnist())
    for name, found in recorded["networks"].items():
        accuracy = load_history(name).result["test_accuracy"]
        assert len(found["index"]) == round((1 - accuracy) * recorded["settings"]["digits"])


def test_recorded_errors_and_calibration_are_found_again():
    if locate(CATALOG["mnist"]) is None:
        pytest.skip("the 10,000 test digits are not on this machine; CNN_DATA names their folder")
    test = load_mnist().test
    again = errors.run(test, ["mlp"])["networks"]["mlp"]
    recorded = load_study("errors")["networks"]["mlp"]
    assert sorted(again["index"]) == sorted(recorded["index"])
    again = calibration.run(test, ["mlp"])["networks"]["mlp"]
    recorded = load_study("calibration")["networks"]["mlp"]
    assert again["count"] == recorded["count"]
    assert again["expected_calibration_error"] == pytest.approx(
        recorded["expected_calibration_error"], rel=1e-3
    )


# Robustness --------------------------------------------------------------------------------------


def test_a_shift_moves_right_a_rotation_turns_counterclockwise_noise_stays_in_range(sample):
    images = sample.images[:5]
    shifted = robustness.changed_digits(images, "shift", 3)
    assert shifted[..., 3:] == pytest.approx(images[..., :-3], abs=1e-6)
    turned = robustness.changed_digits(images, "rotation", 90)
    assert turned == pytest.approx(np.rot90(images, axes=(2, 3)), abs=1e-5)
    noisy = robustness.changed_digits(images, "noise", 0.5)
    assert 0 <= noisy.min() < noisy.max() <= 1
    assert (noisy - images).std() > 0.2
    for change in robustness.CHANGES:
        assert robustness.changed_digits(images, change, 0) == pytest.approx(images, abs=1e-6)


def test_recorded_robustness_is_measured_again(sample):
    recorded = load_study("robustness")
    assert set(recorded["networks"]) == set(robustness.NETWORKS) & set(trained_names())
    network = load_trained("mlp")
    for change, amount in (("shift", -4), ("rotation", 30), ("noise", 0.4)):
        place = recorded["changes"][change].index(amount)
        images = robustness.changed_digits(sample.images, change, amount)
        accuracy = recorded["networks"]["mlp"][change][place]
        assert network.accuracy(images, sample.labels) == pytest.approx(accuracy, abs=1e-9)


def test_unchanged_digits_give_the_accuracy_of_the_record():
    recorded = load_study("robustness")
    for name, measured in recorded["networks"].items():
        expected = load_history(name).result["sample_accuracy"]
        for change, accuracies in measured.items():
            place = recorded["changes"][change].index(0)
            assert accuracies[place] == pytest.approx(expected, abs=1e-3)


# Drawn digits ------------------------------------------------------------------------------------


def test_the_figure_uses_the_network_that_reads_drawn_digits_best():
    recorded = load_study("drawn")["networks"]
    assert set(recorded) == set(errors.on_mnist())
    best = max(recorded, key=lambda name: recorded[name]["drawn"])
    assert DrawADigit.start["network"] == best
    reached = [f"{recorded[name]['drawn']:.1%}" for name in (best, "best_mnist")]
    assert reached == ["99.0%", "98.6%"]  # as its docstring says


def test_recorded_drawings_are_read_again():
    recorded, rng = load_study("drawn"), np.random.default_rng(drawn.SEED)
    network = load_trained("mlp")
    pictures = drawn.drawn_by_hand(recorded["pens"][0], recorded["settings"]["tries"], rng)
    accuracy = recorded["networks"]["mlp"]["hands"][0]
    assert network.accuracy(*pictures) == pytest.approx(accuracy, abs=1e-9)


def test_digits_drawn_again_with_the_same_pen_look_alike(sample):
    again = drawn.drawn_again(sample.images[:30], 0.0)
    assert np.abs(again - sample.images[:30]).mean() < 0.03
    weights = [drawn.drawn_again(sample.images[:30], t).sum() for t in (-0.5, 0.0, 1.0)]
    assert weights == sorted(weights)


def test_a_distorted_drawing_keeps_its_strokes():
    strokes = hands()[4][0]
    changed = drawn.distorted(strokes, np.random.default_rng(0))
    assert [len(stroke) for stroke in changed] == [len(stroke) for stroke in strokes]
    assert changed != strokes


# Controls ----------------------------------------------------------------------------------------


def test_both_networks_see_the_same_digits_and_only_one_the_true_labels(sample):
    found = random_labels.run(sample[:300], count=200, epochs=8)
    assert found["true"]["held_out_accuracy"][-1] > 0.5
    assert found["random"]["held_out_accuracy"][-1] < 0.3
    assert found["true"]["loss"][-1] < found["random"]["loss"][-1]
    assert found["settings"]["digits"] == {"training": 200, "held_out": 100}


def test_random_labels_were_learned_by_heart_and_taught_nothing():
    recorded = load_study("random_labels")
    assert recorded["random"]["accuracy"][-1] > 0.99
    assert 0.02 < recorded["random"]["held_out_accuracy"][-1] < 0.2
    assert recorded["true"]["held_out_accuracy"][-1] > 0.9


def test_recorded_initialization_is_measured_again(sample):
    again = json.loads(json.dumps(initialization.run(sample)))["networks"]
    recorded = load_study("initialization")["networks"]
    assert again.keys() == recorded.keys()
    for activation, by_initializer in recorded.items():
        assert by_initializer.keys() == again[activation].keys()
        for name, layers in by_initializer.items():
            assert len(layers) == initialization.DEPTH
            for one, other in zip(layers, again[activation][name], strict=True):
                assert sum(one["histogram"]) == pytest.approx(1, abs=1e-3)
                for key in ("mean", "std", "gradient_std"):
                    assert one[key] == pytest.approx(other[key], rel=1e-2, abs=1e-6), (name, key)


def test_the_gradient_of_a_layer_is_that_of_the_loss(sample):
    """The recorded spread of gradients, against slopes: a small network in float64 would do."""
    digits = sample[:20]
    layers = initialization.measure(
        initialization.Tanh, initialization.INITIALIZERS["Xavier"], digits
    )
    deepest = layers[-1]["gradient_std"]
    # At the last hidden layer: (p - y) W, computed here by hand.
    rng = np.random.default_rng(initialization.SEED)
    images = (digits.images - digits.images.mean()) / digits.images.std()
    x = images.reshape(20, -1)
    for _ in range(initialization.DEPTH):
        weight = initialization.xavier_normal((100, x.shape[1]), rng)
        x = np.tanh(x @ weight.T)
    weight = initialization.xavier_normal((10, 100), rng)
    p = softmax(x @ weight.T)
    p[np.arange(20), digits.labels] -= 1
    assert deepest == pytest.approx((p @ weight).std(), rel=1e-4)


def test_the_well_known_facts_of_initialization_are_in_the_record():
    networks = load_study("initialization")["networks"]
    last = {
        (activation, name): layers[-1]
        for activation, by_name in networks.items()
        for name, layers in by_name.items()
    }
    assert last["relu", "std 0.01"]["std"] < 1e-6 < 0.1 < last["relu", "He"]["std"] < 10
    assert last["tanh", "std 0.01"]["std"] < 1e-6 < 0.1 < last["tanh", "Xavier"]["std"]
    saturated = networks["tanh"]["std 1"][-1]["histogram"]
    assert saturated[0] + saturated[-1] > 0.5
    vanishing = [layer["gradient_std"] for layer in networks["sigmoid"]["Xavier"]]
    assert vanishing[0] < vanishing[-1] / 1000


def test_a_study_uses_the_network_that_it_names():
    assert load_study("random_labels")["settings"]["network"] == SimpleConvNet.__name__


def test_datasets_of_any_size_can_be_studied():
    digits = Dataset(np.zeros((3, 1, 28, 28)), [0, 1, 2], name="three")
    network = load_trained("mlp")
    found = robustness.run(digits, {"mlp": network})
    assert found["settings"]["digits"] == 3
    assert set(found["networks"]["mlp"]) == set(robustness.CHANGES)


# What the results page says of them, in words -----------------------------------------------------


def ends(variants, figure="validation_accuracy"):
    return {label: np.array(at_the_end(found, figure)) for label, found in variants.items()}


def test_techniques_found_what_the_results_page_says():
    record = load_study("techniques")
    digits, photographs = (ends(record[data]) for data in ("mnist", "cifar10"))
    for reached in (digits, photographs):
        assert (reached["initial weights: std 0.01"] < 0.12).all()
        spread = reached["plain"].std(ddof=1)
        assert abs(reached["weight decay 0.001"].mean() - reached["plain"].mean()) < spread
        assert reached["initial weights: Xavier"].mean() > reached["plain"].mean()
    assert (ends(record["mnist"], "accuracy")["plain"] > 0.999).all()
    assert (ends(record["cifar10"], "accuracy")["plain"] < 0.7).all()
    for harder in ("dropout 0.5", "augmentation"):
        assert digits[harder].mean() > digits["plain"].mean() + digits["plain"].std(ddof=1)
        assert photographs[harder].mean() < photographs["plain"].mean()
    assert all(digits["all that helps"].mean() >= other.mean() for other in digits.values())
    best = photographs["batch norm"].mean()
    assert all(best >= other.mean() for other in photographs.values())


def test_depth_found_what_the_results_page_says():
    variants = load_study("depth")["variants"]
    for figure, sign in (("loss", 1), ("accuracy", -1), ("validation_accuracy", -1)):
        reached = {label: sign * found.mean() for label, found in ends(variants, figure).items()}
        assert reached["residual 20"] < reached["residual 56"] < reached["plain 56"]
        assert reached["residual 20"] < reached["plain 20"] < reached["plain 56"]


def test_transfer_found_what_the_results_page_says():
    reached = ends(load_study("transfer")["variants"])
    means = {label: accuracies.mean() for label, accuracies in reached.items()}
    lead = [means[f"fine-tuned {n}"] - means[f"from scratch {n}"] for n in (50, 200, 1000)]
    assert lead == sorted(lead, reverse=True)
    assert lead[-1] > 0
    assert all(means[f"fine-tuned {n}"] > means[f"frozen {n}"] for n in (50, 200, 1000))
    gains = [means[f"{way} 1000"] - means[f"{way} 50"] for way in ("frozen", "from scratch")]
    assert gains[0] < 0.05 < 0.1 < gains[1]


# Convolving --------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", convolving.WAYS)
def test_every_way_to_convolve_gives_the_same(way, rng):
    x, weight = rng.random((2, 3, 7, 6)), rng.random((4, 3, 3, 2))
    expected = naive.conv2d(x, weight, None, (1, 1), (0, 0), (1, 1), 1)
    assert np.allclose(way(x, weight), expected)


def test_all_of_convolving_is_timed():
    small, count = {"n": 2, "c": 3, "size": 7, "f": 4, "k": 3}, thread_count()
    try:
        again = convolving.run(3, small, small, (1, 3), rows=200)
    finally:
        set_thread_count(count)
    recorded = load_study("convolving")
    assert again.keys() == recorded.keys()
    for part in ("ladder", "fft", "roofline"):
        assert again[part].keys() == recorded[part].keys()
    assert recorded["settings"]["layer"] == convolving.LAYER
    for part in (again["ladder"], again["fft"], recorded["ladder"], recorded["fft"]):
        assert min(part.values()) > 0
    for record in (again, recorded):
        assert list(record["threads"]) == ["1", "2"]
        for ways in record["threads"].values():
            assert all(sorted(spread) == spread and spread[0] > 0 for spread in ways.values())
        for methods in record["crossover"].values():
            sizes = record["settings"]["kernel_sizes"]
            assert all(len(seconds) == len(sizes) for seconds in methods.values())


def test_other_programs_count_little_for_what_one_thread_takes():
    def wait():
        time.sleep(0.05)

    timed = convolving.turns({"wait": wait}, rounds=3)
    assert max(timed["wait"]) < 0.02


def test_work_for_each_byte_is_what_the_arrays_make_it(rng):
    points = convolving.roofline(rng, 1000, rounds=1)
    assert points["times a number"][0] == 1 / 8
    assert points["dot product"][0] == 1 / 4
    one, other = np.ones((1000, 144), np.float32), np.ones((144, 64), np.float32)
    moved = one.nbytes + other.nbytes + (one @ other).nbytes
    assert points["64 filters"][0] == pytest.approx(2 * 1000 * 144 * 64 / moved, rel=1e-3)
