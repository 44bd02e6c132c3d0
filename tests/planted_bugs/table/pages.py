"""Mistakes in figures with controls, in drawn figures and in the checks of exercises."""

from tests.planted_bugs.planting import in_file

BUGS = [
    *in_file(
        "lib/explore/sliders.py",
        "tests/test_explore.py tests/test_explore_wrong_calls.py",
        any_text_becomes_an_id=("        if not slider.isidentifier():", "        if False:"),
        a_brace_is_not_explained=(
            "except (ValueError, TypeError, AttributeError) as error:",
            "except ZeroDivisionError as error:",
        ),
        a_conversion_shows_the_machinery=(
            "return repr(self._value)",
            "return object.__repr__(self)",
        ),
        numpys_scalars_stay=("value.item() if isinstance(value, np.generic) else value", "value"),
    ),
    *in_file(
        "lib/explore/kinds.py",
        "tests/test_explore.py",
        a_stepper_takes_falling_numbers=("first < second", "first != second"),
        true_and_false_are_numbers=(" and not isinstance(v, bool)", ""),
    ),
    *in_file(
        "lib/explore/touch.py",
        "tests/test_explore.py",
        a_target_for_no_control_is_raw=("if name not in controls:", "if False:"),
        another_value_is_the_first=("if place is None:", "if False:"),
        tiles_end_at_the_next_place=("middles = (at[1:] + at[:-1]) / 2", "middles = at[1:]"),
        places_keep_their_order=("np.argsort(places)", "np.arange(len(places))"),
    ),
    *in_file(
        "lib/exercises/registry.py",
        "tests/test_exercises_wrong_calls.py",
        a_value_is_called=("if all(functions) and not callable(answer):", "if False:"),
        a_function_is_compared=("if not any(functions) and callable(answer):", "if False:"),
        the_answer_is_blamed_for_the_checker=(
            "in (checker.__module__, expect.__module__):",
            "in ():",
        ),
    ),
    *in_file(
        "lib/figures/pooling/shift.py",
        "tests/test_figures_wrong_calls.py",
        a_shift_beyond_the_curve_is_drawn=(", at_most=len(chosen) - 1", ""),
    ),
    *in_file(
        "lib/figures/pixels/cross_entropy.py",
        "tests/test_figures_wrong_calls.py",
        an_unknown_loss_is_squared=('    as_choice(name, "name", _NAMES)\n', ""),
    ),
    *in_file(
        "lib/figures/grids.py",
        "tests/test_figures_wrong_calls.py",
        a_place_outside_is_drawn=("at_least=0, at_most=size - 1", ""),
    ),
]
