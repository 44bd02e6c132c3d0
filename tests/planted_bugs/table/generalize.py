"""Mistakes in what the chapter on generalization measures."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/analysis/calibration.py",
        "tests/test_analysis_calibration.py",
        calibration_weighs_all_bins_alike=("sum(n * abs(right - sure)", "sum(abs(right - sure)"),
        calibration_lets_gaps_cancel=("n * abs(right - sure)", "n * (right - sure)"),
        certainty_has_no_bin=(
            "np.minimum((confidence * bins).astype(int), bins - 1)",
            "(confidence * bins).astype(int)",
        ),
        calibration_asks_the_label=(
            "confidence = probabilities.max(axis=1)",
            "confidence = probabilities[np.arange(len(labels)), labels]",
        ),
        temperature_multiplies=("logits / math.exp(middle)", "logits * math.exp(middle)"),
    ),
    *in_file(
        "lib/studies/remedies.py",
        "tests/test_studies_remedies.py",
        remedies_measure_the_biases=('n.endswith("weight")', "n"),
        remedies_calibrate_on_the_test=(
            "best_temperature(network.predict(validation.images), validation.labels)",
            "best_temperature(network.predict(test.images), test.labels)",
        ),
    ),
    *in_file(
        "lib/figures/generalize/memory.py",
        "tests/test_figures_generalize.py",
        patience_counts_equal_losses=("if loss < losses[best]", "if loss <= losses[best] + 1"),
    ),
]
