"""Mistakes in what looks at deep networks."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/analysis/through_depth.py",
        "tests/test_analysis_gradients.py",
        lengths_in_the_present_mode=("        _make_ready(network, training)\n", ""),
        lengths_of_gradients_of_an_earlier_pass=(
            "        parameter.grad = None\n",
            "        pass\n",
        ),
        a_step_along_the_gradient_goes_up=(
            "data - length * scale * grad",
            "data + length * scale * grad",
        ),
        steps_are_as_long_as_the_gradient=("_length(began) / size", "1"),
    ),
    *in_file(
        "lib/analysis/effective_fields.py",
        "tests/test_analysis_gradients.py",
        skips_carry_the_gradient_past_the_layer=(
            "network.backward(zeros(out.shape, like=out))",
            "network.backward(zeros(out.shape, like=out) + 1)",
        ),
        shares_of_lengths_and_not_of_squares=("xp.sum(dx**2, axis=0)", "xp.sum(abs(dx), axis=0)"),
    ),
    *in_file(
        "lib/networks/without.py",
        "tests/test_networks_without.py",
        shortcuts_go_with_the_block=("[block.shortcut]", "[]"),
        blocks_stay_out_after_an_error=("    finally:\n", "    except ZeroDivisionError:\n"),
        the_way_back_goes_through_the_block=(', "backward": backward}', "}"),
    ),
]
