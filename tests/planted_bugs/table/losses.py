"""Mistakes in losses, initial weights and the check of gradients."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/losses/checks.py",
        "tests/test_losses.py",
        empty_batch_has_a_loss=("if 0 in prediction.shape:", "if False:"),
    ),
    *in_file(
        "lib/losses/cross_entropy.py",
        "tests/test_losses.py tests/test_losses_settings.py",
        cross_entropy_gradient_is_a_sum=("- asked) / divisor", "- asked)"),
        cross_entropy_is_a_sum=("axis=1))) / divisor", "axis=1)))"),
        smoothing_leaves_the_true_class_out=(
            "self.label_smoothing) * y + self.label_smoothing / k",
            "self.label_smoothing) * y + self.label_smoothing / (k - 1) * (1 - y)",
        ),
        cross_entropy_takes_the_logarithm_of_0=(
            "xp.where(asked > 0, log_p, xp.zeros_like(log_p))",
            "log_p",
        ),
        labels_keep_their_own_type=("targets = targets.astype(np.int64)", "pass"),
        labels_from_the_end=("if low < 0 or high > last:", "if high > last:"),
        weights_are_not_divided_by=(
            "        if self.weight is None:\n            return int",
            "        if True:\n            return int",
        ),
        weights_reach_the_value_alone=(
            "            p = p * xp.sum(asked, axis=1)[:, None, ...]\n",
            "            pass\n",
        ),
        ignored_targets_are_asked_for_class_0=(
            "            y = y * moved(counted, like=like)[:, None, ...]\n",
            "            pass\n",
        ),
        ignored_targets_have_a_gradient=(
            "            p = p * moved(counted, like=wide)[:, None, ...]\n",
            "            pass\n",
        ),
        ignored_targets_count=(
            "return int(counted.sum())",
            "return counted.size",
        ),
    ),
    *in_file(
        "lib/losses/elementwise.py",
        "tests/test_losses.py tests/test_losses_settings.py",
        binary_cross_entropy_gradient_cancels=(
            "(1 - t) * sigmoid(z) - t * sigmoid(-z)",
            "sigmoid(z) - t",
        ),
        squares_exceed_float16=(
            "widened(prediction) - widened(targets)",
            "prediction - targets",
        ),
        sums_have_the_gradient_of_means=(
            'size(terms) if reduction == "mean" else 1',
            "size(terms)",
        ),
        binary_cross_entropy_overflows=(
            "xp.log1p(xp.exp(-xp.abs(z)))",
            "xp.log1p(xp.exp(-z))",
        ),
        binary_cross_entropy_is_a_mean_over_the_batch=(
            "divisor = array_namespace(terms), size(terms) if",
            "divisor = array_namespace(terms), terms.shape[0] if",
        ),
        squared_error_loses_a_factor_2=(
            "2 * difference, self.reduction",
            "difference, self.reduction",
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
