"""What is no answer, and what no checker can use, is told in words that help."""

import re

import numpy as np
import pytest

from lib.exercises import all_exercises, check, exercise, expect, expect_equal, registry, verdict
from lib.exercises.comparison import Rejected

NAMES = list(all_exercises())


@pytest.fixture
def unregistered(monkeypatch):
    monkeypatch.setattr(registry, "_exercises", {})


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "answer",
    [-3, "text", [1, 2], np.ones(3), {"a": 1}, float("nan"), print, lambda *given: 0],
    ids=["number", "text", "list", "array", "dict", "nan", "print", "zero"],
)
def test_what_is_no_answer_never_passes_and_is_told(name, answer, capsys):
    passed, message = verdict(name, answer)
    assert not passed
    assert "is not callable" not in message
    assert not message.startswith("it raised")


@pytest.mark.parametrize("name", [name for name in NAMES if name not in {"convolution-2"}])
def test_a_value_is_not_taken_for_a_function(name):
    passed, message = verdict(name, -3)
    assert not passed
    if callable(all_exercises()[name].wrong[0]):
        assert message == "expected a function, got -3"


def test_a_function_is_not_taken_for_the_value_that_it_gives():
    def kernel():
        return np.ones((3, 3))

    message = "expected a value, got kernel, which has to be called"
    assert verdict("convolution-2", kernel) == (False, message)


def test_whether_the_answer_or_its_use_failed_is_told(unregistered):
    @exercise("pair-1", wrong=[lambda: (1, 1)])
    def check_pair(answer):
        first, second = answer()
        expect_equal(first + second, 3)

    asked = "it takes or gives something else than the exercise asks for "
    assert verdict("pair-1", lambda: (1, 2)).passed
    assert verdict("pair-1", lambda: 1).message == (
        asked + "(TypeError: cannot unpack non-iterable int object)"
    )
    assert verdict("pair-1", lambda x: 1).message.startswith(asked + "(TypeError: ")

    def broken():
        return [].first

    # A reader's own function lies in the notebook.
    mine = type(broken)(broken.__code__, {"__name__": "__main__"})
    assert verdict("pair-1", mine).message.startswith("it raised AttributeError: ")


@pytest.mark.parametrize("name", [None, 3, ["pooling-1"], print, np.ones(2), {}])
def test_the_name_comes_first(name):
    with pytest.raises(TypeError) as caught:
        check(name, "pooling-1")
    assert str(caught.value) == (
        f"expected the name of an exercise, then your answer, got {name!r} first"
    )


def test_a_misspelt_name_is_told():
    with pytest.raises(ValueError, match=r"there is no exercise 'poling-1'; did you mean 'pooling"):
        check("poling-1", print)


@pytest.mark.parametrize("wrong", ["text", 3, np.ones(2), {}, print])
def test_registration_refuses_what_is_no_list_of_answers(unregistered, wrong):
    message = f"exercise 'x-1': expected a list of wrong answers, got {wrong!r}"
    with pytest.raises(TypeError, match=re.escape(message)):
        exercise("x-1", wrong=wrong)
    with pytest.raises(TypeError, match=r"^the name of an exercise must be a text, got 3$"):
        exercise(3, wrong=[None])


@pytest.mark.parametrize(
    ("got", "expected"),
    [
        (np.array(3), [1, 2]),
        (np.array(None), (1, 2)),
        (10**400, 3),
        (np.datetime64(0, "s"), 3.0),
        (np.array("3"), 3),
    ],
)
def test_values_that_cannot_be_compared_are_different(got, expected):
    with pytest.raises(Rejected, match=r"^expected "):
        expect_equal(got, expected)


@pytest.mark.parametrize("tolerance", [None, "small", [1], -1, float("nan")])
def test_a_tolerance_is_a_number_from_zero(tolerance):
    for name in ("rtol", "atol"):
        with pytest.raises((TypeError, ValueError), match=f"^{name} must be "):
            expect(abs, -2, returns=2, **{name: tolerance})
