"""Mistakes in what shows what a network learned."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/analysis/maximization.py",
        "tests/test_analysis_maximisation.py",
        jitter_leaves_the_gradient_where_it_was=(
            "dx = _shifted(dx, [-move for move in moved_by]) if jitter else dx",
            "dx = _shifted(dx, moved_by) if jitter else dx",
        ),
        the_last_activation_is_of_a_shifted_image=(
            "if step < steps else (0, 0)",
            "if step <= steps else (0, 0)",
        ),
        blur_runs_along_one_axis=(
            "    for axis in (-2, -1):\n        # The steps",
            "    for axis in (-2, -2):\n        # The steps",
        ),
    ),
    *in_file(
        "lib/analysis/patches.py",
        "tests/test_analysis_seeing.py",
        boxes_forget_where_the_field_begins=("np.array(field.start) + ", ""),
        patches_that_leave_the_picture_slide_into_it=("(a - at, b - at)", "(0, b - a)"),
    ),
    *in_file(
        "lib/analysis/adversarial.py",
        "tests/test_analysis_seeing.py",
        a_target_is_fled=("direction = -1 if", "direction = 1 if"),
        the_step_has_no_sign=("xp.sign(dx)", "dx"),
    ),
    *in_file(
        "lib/analysis/randomizing.py",
        "tests/test_analysis_seeing.py",
        the_first_layers_are_shuffled=("[len(groups) - layers :]", "[:layers]"),
        fewer_layers_are_shuffled_otherwise=("in reversed(layer_groups", "in list(layer_groups"),
    ),
]
