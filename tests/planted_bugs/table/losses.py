"""Mistakes in losses, initial weights and the check of gradients."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/losses.py",
        "tests/test_losses.py",
        empty_batch_has_a_loss=("if 0 in prediction.shape:", "if False:"),
        cross_entropy_gradient_is_a_sum=(
            "return value, (xp.exp(log_p) - true) / n",
            "return value, xp.exp(log_p) - true",
        ),
        cross_entropy_is_a_sum=(
            "-to_scalar(xp.sum(log_p_true)) / n,",
            "-to_scalar(xp.sum(log_p_true)),",
        ),
        smoothing_leaves_the_true_class_out=(
            "(1 - smoothing) * true + smoothing / k",
            "(1 - smoothing) * true + smoothing / (k - 1) * (1 - true)",
        ),
        smoothing_forgets_the_gradient=(
            "            true = (1 - smoothing) * true + smoothing / k\n",
            "",
        ),
        cross_entropy_takes_the_logarithm_of_0=(
            "xp.take_along_axis(log_p, targets[:, None], axis=1)",
            "log_p * true",
        ),
        labels_count_in_eight_bits=("return xp.astype(targets, xp.int64)", "return targets"),
        labels_from_the_end=("if low < 0 or high >= k:", "if high >= k:"),
        binary_cross_entropy_overflows=(
            "xp.log1p(xp.exp(-xp.abs(logits)))",
            "xp.log1p(xp.exp(-logits))",
        ),
        binary_cross_entropy_is_a_mean_over_the_batch=(
            "targets) / logits.size",
            "targets) / logits.shape[0]",
        ),
        squared_error_loses_a_factor_2=(
            "2 * difference / difference.size",
            "difference / difference.size",
        ),
    ),
    *in_file(
        "lib/layers/initializers.py",
        "tests/test_initializers.py",
        he_uses_the_outputs=("fan_in, _ = fans(shape)", "_, fan_in = fans(shape)"),
        he_loses_a_factor_2=("math.sqrt(2 / fan_in)", "math.sqrt(1 / fan_in)"),
        xavier_uniform_has_the_limit_of_the_normal=("math.sqrt(6 / sum", "math.sqrt(2 / sum"),
        xavier_uniform_is_positive=("* 2 - 1) * np", ") * np"),
        fans_ignore_the_window=(
            "return shape[1] * window, shape[0] * window",
            "return shape[1], shape[0]",
        ),
    ),
    *in_file(
        "lib/analysis/gradient_check.py",
        "tests/test_gradient_check.py",
        slope_is_taken_over_half_the_way=(
            "(values[0] - values[1]) / (2 * eps)",
            "(values[0] - values[1]) / eps",
        ),
        error_is_a_share_of_one_side=(
            "np.linalg.norm(a) + np.linalg.norm(b) + floor",
            "np.linalg.norm(a) + floor",
        ),
        check_leaves_parameters_moved=("            parameter.data = kept\n", "            pass\n"),
        check_takes_one_example=("or shape[0] < 2:", "or shape[0] < 1:"),
        check_with_ones_upstream=(
            "    upstream = draw(out)\n",
            "    upstream = xp.ones_like(out)\n",
        ),
    ),
]
