"""Settings as they enter: a number, a seed or a choice is looked at once, and converted.

Every function takes what a caller gave and the name of the setting, and returns a plain Python
value, or raises an error that names what was expected and what came. A NumPy scalar is as good as
a Python number; what it becomes is a Python number, so that it neither widens an array of float32
nor fails to be written as JSON.
"""

import inspect
import math
import numbers
import operator

import numpy as np


def as_integer(value, name, at_least=None, at_most=None):
    """Return an integer setting as an int.

    Parameters
    ----------
    value : int or numpy.integer
    name : str
        What the message calls it.
    at_least, at_most : int, optional

    Raises
    ------
    TypeError
        If it is no integer; true and false are none.
    ValueError
        If it is out of range.

    Examples
    --------
    >>> as_integer(np.int64(3), "kernel_size", at_least=1)
    3
    """
    if isinstance(value, bool | np.bool_) or not hasattr(type(value), "__index__"):
        raise TypeError(f"{name} must be an integer, got {value!r}")
    try:
        number = operator.index(value)
    except TypeError:  # an array of several numbers
        raise TypeError(f"{name} must be an integer, got {value!r}") from None
    _check_range(number, name, at_least, None, at_most, None)
    return number


def as_integers(values, name, how_many=None, at_least=None):
    """Return a setting of several integers as a tuple of ints.

    Parameters
    ----------
    values : tuple or list of int
    name : str
        What the message calls it.
    how_many : int, optional
        Any number of them if not given, but one at least.
    at_least : int, optional
        The range of each.

    Raises
    ------
    TypeError
        If it is no tuple or list, or one of them is no integer.
    ValueError
        If there are more or fewer of them, or one is out of range.

    Examples
    --------
    >>> as_integers([1, np.int64(28), 28], "input_shape", how_many=3, at_least=1)
    (1, 28, 28)
    """
    expected = "a tuple of integers" if how_many is None else f"a tuple of {how_many} integers"
    if not isinstance(values, tuple | list):
        raise TypeError(f"{name} must be {expected}, got {values!r}")
    if not values or len(values) != (how_many or len(values)):
        raise ValueError(f"{name} must be {expected}, got {values!r}")
    return tuple(as_integer(value, f"each of {name}", at_least) for value in values)


def as_pair(value, name, at_least=None):
    """Return an integer setting, or one for each axis, as ``(vertical, horizontal)``.

    Raises
    ------
    TypeError
        If it is neither an integer nor a pair of them.
    ValueError
        If one is out of range.

    Examples
    --------
    >>> as_pair(3, "kernel_size"), as_pair([1, 2], "kernel_size")
    ((3, 3), (1, 2))
    """
    both = value if isinstance(value, tuple | list) else (value, value)
    try:
        vertical, horizontal = (as_integer(each, name) for each in both)
    except (TypeError, ValueError):  # no integer; more or fewer than two
        raise TypeError(f"{name} must be an int or a pair of ints, got {value!r}") from None
    if at_least is not None and min(vertical, horizontal) < at_least:
        raise ValueError(f"{name} must be at least {at_least}, got {value!r}")
    return vertical, horizontal


def as_number(value, name, *, at_least=None, above=None, at_most=None, below=None, finite=True):
    """Return a real setting as a float.

    Parameters
    ----------
    value : float, int or NumPy's scalars
    name : str
        What the message calls it.
    at_least, above, at_most, below : float, optional
        The range: `at_least` and `at_most` belong to it, `above` and `below` do not.
    finite : bool, default True
        Refuse infinity; what is not a number is always refused.

    Raises
    ------
    TypeError
        If it is no real number; true and false are none.
    ValueError
        If it is out of range.

    Examples
    --------
    >>> as_number(np.float32(0.5), "p", at_least=0, below=1)
    0.5
    """
    real = isinstance(value, numbers.Real | np.floating | np.integer)
    if isinstance(value, bool | np.bool_) or not real:
        raise TypeError(f"{name} must be a number, got {value!r}")
    try:
        number = float(value)
    except OverflowError:  # an integer beyond all floats
        number = math.inf
    if math.isnan(number) or (finite and math.isinf(number)):
        raise ValueError(f"{name} must be finite, got {value!r}")
    _check_range(number, name, at_least, above, at_most, below)
    return number


def as_flag(value, name):
    """Return a setting that is true or false as a bool.

    Raises
    ------
    TypeError
        If it is neither.
    """
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def as_choice(value, name, choices):
    """Return a setting that is one of a few.

    Raises
    ------
    ValueError
        If it is none of them; the message lists them.

    Examples
    --------
    >>> as_choice("max", "kind", ("max", "average"))
    'max'
    """
    choices = list(choices)
    if not any(type(value) is type(choice) and value == choice for choice in choices):
        expected = " or ".join(map(repr, choices)) if len(choices) < 3 else f"one of {choices}"
        raise ValueError(f"{name} must be {expected}, got {value!r}")
    return value


def as_generator(rng, name="rng"):
    """Return a random generator: the one given, one with the seed given, or a fresh one.

    Parameters
    ----------
    rng : numpy.random.Generator, int or None
    name : str, default "rng"
        What the message calls it.

    Raises
    ------
    TypeError
        If it is nothing of these.
    ValueError
        If a seed is below 0.

    Examples
    --------
    >>> [as_generator(0).integers(100).item() for _ in range(2)]
    [85, 85]
    """
    if rng is None:
        return np.random.default_rng()
    if isinstance(rng, np.random.Generator):
        return rng
    try:
        seed = as_integer(rng, name)
    except TypeError:
        raise TypeError(
            f"{name} must be a numpy.random.Generator, an integer seed or None, got {rng!r}"
        ) from None
    return np.random.default_rng(as_integer(seed, f"the seed {name}", at_least=0))


def as_instance(value, name, kind):
    """Return an object after checking of which class it is.

    Raises
    ------
    TypeError
        If it is of another one, or a class instead of an object.

    Examples
    --------
    >>> as_instance([1, 2], "train", list)
    [1, 2]
    """
    if not isinstance(value, kind):
        article = "an" if kind.__name__[0] in "AEIOU" else "a"
        raise TypeError(f"{name} must be {article} {kind.__name__}, got {kind_of(value)}")
    return value


def kind_of(value):
    """Say for a message what came instead: the class of an object, or that it is a class itself.

    Examples
    --------
    >>> kind_of([1, 2]), kind_of(list)
    ('list', 'the class list')
    """
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__


def described(thing, without=()):
    """Return a class and the settings that an object of it was made with, as one would write them.

    A setting is an argument of ``__init__``, of the class or of one that it inherits from, that is
    kept under its own name and is plain: numbers, text, flags, ``None``, or several of them, with
    or without names.

    Parameters
    ----------
    thing : object
    without : sequence of str
        Settings to leave out.

    Examples
    --------
    >>> class Fade:
    ...     def __init__(self, layer, gamma, steps=(1, 2)):
    ...         self.layer, self.gamma, self.steps = layer, gamma, steps
    >>> described(Fade(object(), 0.5)), described(Fade(None, 0.5), without=("layer", "steps"))
    ('Fade(gamma=0.5, steps=(1, 2))', 'Fade(gamma=0.5)')
    """
    made = [cls.__init__ for cls in type(thing).__mro__[:-1] if "__init__" in vars(cls)]
    names = dict.fromkeys(name for init in made for name in inspect.signature(init).parameters)
    kept = {n: vars(thing)[n] for n in names if n in vars(thing) and n not in without}
    settings = ", ".join(f"{name}={value!r}" for name, value in kept.items() if _is_plain(value))
    return f"{type(thing).__name__}({settings})"


def _is_plain(value):
    if isinstance(value, tuple | list):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    return value is None or isinstance(value, bool | int | float | str)


def _check_range(number, name, at_least, above, at_most, below):
    bounds = (
        (at_least, "at least", operator.ge),
        (above, "above", operator.gt),
        (at_most, "at most", operator.le),
        (below, "below", operator.lt),
    )
    asked = [f"{words} {bound:g}" for bound, words, _ in bounds if bound is not None]
    if not all(holds(number, bound) for bound, _, holds in bounds if bound is not None):
        raise ValueError(f"{name} must be {' and '.join(asked)}, got {number!r}")
