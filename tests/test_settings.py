import json
import math

import numpy as np
import pytest

from lib.settings import (
    as_choice,
    as_flag,
    as_generator,
    as_integer,
    as_integers,
    as_number,
    as_pair,
)


@pytest.mark.parametrize("value", [3, np.int64(3), np.uint8(3), np.array(3)])
def test_an_integer_becomes_an_int(value):
    assert type(as_integer(value, "size")) is int
    assert as_integer(value, "size", at_least=3, at_most=3) == 3


@pytest.mark.parametrize("value", [True, np.True_, 3.0, "3", None, np.float64(3), np.array([3, 3])])
def test_what_is_no_integer_is_refused(value):
    with pytest.raises(TypeError, match=r"^size must be an integer, got "):
        as_integer(value, "size")


@pytest.mark.parametrize(
    ("bounds", "words"),
    [
        ({"at_least": 1}, "at least 1"),
        ({"at_least": 1, "at_most": 4}, "at least 1 and at most 4"),
    ],
)
def test_an_integer_out_of_range_is_refused(bounds, words):
    with pytest.raises(ValueError, match=rf"^size must be {words}, got 0$"):
        as_integer(0, "size", **bounds)


@pytest.mark.parametrize("values", [(1, 2), [np.int64(1), np.int8(2)]])
def test_integers_become_a_tuple_of_ints(values):
    found = as_integers(values, "shape", how_many=2, at_least=1)
    assert found == (1, 2)
    assert [type(value) for value in found] == [int, int]


@pytest.mark.parametrize(
    ("values", "how_many", "message"),
    [
        (3, None, "shape must be a tuple of integers, got 3"),
        ("12", 2, "shape must be a tuple of 2 integers, got '12'"),
        ((), None, "shape must be a tuple of integers, got ()"),
        ((1,), 2, "shape must be a tuple of 2 integers, got (1,)"),
        ((1, 2.0), 2, "each of shape must be an integer, got 2.0"),
        ((1, 0), 2, "each of shape must be at least 1, got 0"),
    ],
)
def test_what_are_no_integers_is_refused(values, how_many, message):
    with pytest.raises((TypeError, ValueError)) as caught:
        as_integers(values, "shape", how_many, at_least=1)
    assert str(caught.value) == message


@pytest.mark.parametrize("value", [1, 1.0, np.float32(1), np.float64(1), np.int64(1)])
def test_a_number_becomes_a_float_that_json_takes(value):
    number = as_number(value, "lr", above=0)
    assert type(number) is float
    assert json.dumps(number) == "1.0"
    assert (number * np.ones(1, np.float32)).dtype == np.float32


@pytest.mark.parametrize("value", [True, "0.1", None, 1j, [0.1], np.ones(1)])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(TypeError, match=r"^lr must be a number, got "):
        as_number(value, "lr")


@pytest.mark.parametrize(
    ("value", "bounds", "words"),
    [
        (math.nan, {}, "finite"),
        (math.inf, {}, "finite"),
        (0, {"above": 0}, "above 0"),
        (1.0, {"at_least": 0, "below": 1}, "at least 0 and below 1"),
        (-0.1, {"at_least": 0, "below": 1}, "at least 0 and below 1"),
        (1.5, {"at_most": 1}, "at most 1"),
    ],
)
def test_a_number_out_of_range_is_refused(value, bounds, words):
    with pytest.raises(ValueError, match=rf"^lr must be {words}, got "):
        as_number(value, "lr", **bounds)


def test_infinity_is_a_number_where_it_is_welcome():
    assert as_number(math.inf, "patience", finite=False) == math.inf


def test_flags_and_choices():
    assert as_flag(np.True_, "bias") is True
    with pytest.raises(TypeError, match=r"^bias must be True or False, got 1$"):
        as_flag(1, "bias")
    assert as_choice("max", "kind", ["max", "average"]) == "max"
    with pytest.raises(ValueError, match=r"^kind must be 'max' or 'average', got 'sum'$"):
        as_choice("sum", "kind", ["max", "average"])
    with pytest.raises(ValueError, match=r"^depth must be one of \[18, 34, 50\], got True$"):
        as_choice(True, "depth", [18, 34, 50])


def test_a_generator_is_used_a_seed_seeds_and_nothing_is_fresh():
    rng = np.random.default_rng(0)
    assert as_generator(rng) is rng
    for seed in (0, np.int64(7)):
        drawn = as_generator(seed).random(3)
        assert np.array_equal(drawn, np.random.default_rng(int(seed)).random(3))
    assert not np.array_equal(as_generator(None).random(3), as_generator(None).random(3))


@pytest.mark.parametrize("rng", ["0", 0.5, True, np.random.RandomState(0), [1]])
def test_what_is_neither_is_refused(rng):
    words = r"^rng must be a numpy\.random\.Generator, an integer seed or None, got "
    with pytest.raises(TypeError, match=words):
        as_generator(rng)


def test_a_seed_is_not_negative():
    with pytest.raises(ValueError, match=r"^the seed rng must be at least 0, got -1$"):
        as_generator(-1)


@pytest.mark.parametrize("value", [2, np.int8(2), (2, 2), [np.int64(2), 2], np.array(2)])
def test_a_pair_may_be_one_number_or_two(value):
    pair = as_pair(value, "stride", at_least=1)
    assert pair == (2, 2)
    assert [type(each) for each in pair] == [int, int]


@pytest.mark.parametrize(
    "value", [None, "33", 2.0, (1,), (1, 2, 3), (1, "2"), True, (1, True), int]
)
def test_what_is_no_pair_is_refused(value):
    with pytest.raises(TypeError) as error:
        as_pair(value, "stride")
    assert str(error.value) == f"stride must be an int or a pair of ints, got {value!r}"


@pytest.mark.parametrize("value", [0, (1, 0), [-1, 1]])
def test_a_pair_may_be_out_of_range(value):
    with pytest.raises(ValueError) as error:
        as_pair(value, "stride", at_least=1)
    assert str(error.value) == f"stride must be at least 1, got {value!r}"
