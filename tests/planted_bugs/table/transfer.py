"""Mistakes in codes, in heads on them, and in learning rates for parts of a network."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/optimizers/rates.py",
        "tests/test_optimizer_rates.py",
        rate_of_a_part_takes_what_begins_like_it=(
            'name.startswith(f"{part}.")',
            "name.startswith(part)",
        ),
        shortest_part_counts=("max(parts, key=len)", "min(parts, key=len)"),
    ),
    *in_file(
        "lib/optimizers/base.py",
        "tests/test_optimizer_rates.py",
        rate_of_a_part_stays=(
            "        finally:\n            self.lr = whole\n",
            "        finally:\n            pass\n",
        ),
    ),
    *in_file(
        "lib/training/heads.py",
        "tests/test_heads.py",
        head_forgets_the_mean=(
            "head.bias.data = head.bias.data - head.weight.data @ mean",
            "head.bias.data = head.bias.data + 0 * mean[0]",
        ),
        head_begins_at_random=("head.weight.data * 0, like", "head.weight.data * 1, like"),
    ),
    *in_file(
        "lib/analysis/picture_codes.py",
        "tests/test_analysis_codes.py",
        components_are_not_centered=(
            "xp.linalg.svd(rows - mean,",
            "xp.linalg.svd(rows + 0 * mean,",
        ),
        components_keep_any_sign=(
            "sign = xp.sign(xp.stack",
            "sign = 0 * xp.sign(xp.stack([directions[0, 0]])) + xp.abs(xp.stack",
        ),
        neighbors_ignore_the_length_of_rows=(
            "xp.sum(rows * rows, axis=1) - 2 *",
            "0 * xp.sum(rows * rows, axis=1) - 2 *",
        ),
        codes_average_over_channels=(
            "out.shape[: 2 if average else 1], -1))\n        rows.append(xp.mean(out, axis=2)",
            "out.shape[: 2 if average else 1], -1))\n        rows.append(xp.mean(out, axis=1)",
        ),
    ),
]
