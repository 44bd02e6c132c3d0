"""Every public name refuses, in the library's own words, what a newcomer gives it by mistake."""

import inspect

import numpy as np
import pytest
from PIL import Image
from safetensors.numpy import save_file

from lib.training import History
from tests.wrong_calls import CALLS
from tests.wrong_calls.kinds import CLEAR, arguments, outcome, small_convnet

NEVER_RUN_RIGHT = {"train recipe", "run_study"}  # they take minutes


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("files")
    small_convnet().save(place / "there.npz")
    History([{"epoch": 1, "loss": 0.5}]).save(place / "h.json")
    for name in ("cat", "dog"):
        (place / "pets" / name).mkdir(parents=True)
        Image.new("RGB", (9, 9)).save(place / "pets" / name / "1.png")
    save_file({"a": np.ones(3, np.float32)}, place / "there.safetensors")
    return place


def may_be_none(function, parameter):
    """Tell whether None is a right value: it is the default."""
    try:
        found = inspect.signature(function).parameters.get(parameter)
    except (TypeError, ValueError):
        return False
    return found is not None and found.default is None


WRONG = [
    pytest.param(name, parameter, value, id=f"{name}-{parameter}-{words}")
    for name, (function, parameters) in CALLS.items()
    for parameter, kind in parameters.items()
    for words, value in kind.wrong.items()
    if not (words == "None" and may_be_none(function, parameter))
]


@pytest.mark.parametrize("name", [name for name in CALLS if name not in NEVER_RUN_RIGHT])
def test_the_right_call_works(name, folder):
    function, parameters = CALLS[name]
    _, error = outcome(function, arguments(parameters, folder))
    assert error is None, error


@pytest.mark.parametrize(("name", "parameter", "value"), WRONG)
def test_a_wrong_argument_is_refused_in_words(name, parameter, value, folder):
    function, parameters = CALLS[name]
    how, error = outcome(function, arguments(parameters, folder, parameter, value))
    assert how == CLEAR, f"{how}: {type(error).__name__}: {error}"
