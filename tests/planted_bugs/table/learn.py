"""Mistakes in what the chapter *Making it learn* measures and draws."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/training/step_sizes.py",
        "tests/test_step_sizes.py",
        range_test_trains_the_network_itself=(
            "network, optimizer = copy.deepcopy((network, optimizer))",
            "pass",
        ),
        range_test_keeps_the_rate=("            optimizer.lr = lr\n", ""),
        range_test_stays_in_evaluation_mode=("    network.train()\n    losses", "    losses"),
        range_test_repeats_the_first_order=(
            "        order = rng.permutation(count)\n",
            "        order = np.random.default_rng(seed).permutation(count)\n",
        ),
        ratio_is_of_the_new_weight=(
            "_ratio(p.data - before[name], before[name])",
            "_ratio(p.data - before[name], p.data)",
        ),
        ratio_forgets_what_leaves_zero=("return math.inf if moved else 0.0", "return 0.0"),
    ),
    *in_file(
        "lib/figures/learn/batch_norm.py",
        "tests/test_figures_learn.py",
        drawn_batch_norm_keeps_the_stretch=(" - x_hat * (dout * x_hat).mean()", ""),
    ),
]
