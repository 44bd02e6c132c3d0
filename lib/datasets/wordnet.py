"""A small part of WordNet: what some of ImageNet's and CIFAR-10's labels are a kind of.

ImageNet names its classes by WordNet's sets of synonyms. Here each set goes by one of its words,
such as ``"tabby"``. The file is made by ``python -m lib.datasets.make_wordnet``.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple

from lib.paths import PROJECT

FILE = PROJECT / "data" / "wordnet.json"


class Synset(NamedTuple):
    """A set of words with one meaning.

    Attributes
    ----------
    number : str
        ImageNet's name of the set: "n" and its place in WordNet 3.0's file of nouns.
    words : tuple of str
    hypernyms : tuple of str
        The sets that it is a kind of, by name; none for the root.
    """

    number: str
    words: tuple
    hypernyms: tuple


def load_wordnet():
    """Return some hundred sets of words and all that they are kinds of.

    Returns
    -------
    dict of str to Synset
        By name, mostly the first word. The only one without a hypernym is ``"entity"``.

    Raises
    ------
    FileNotFoundError
        In an installed copy of the library, which comes without the book's data.

    Notes
    -----
    WordNet 3.0, copyright 2006 by Princeton University; its license stands in the file. Source:
    Miller, *WordNet: a lexical database for English* (1995); which classes ImageNet has:
    Russakovsky et al. (2015).

    Examples
    --------
    >>> load_wordnet()["tabby"]
    Synset(number='n02123045', words=('tabby', 'tabby cat'), hypernyms=('domestic cat',))
    """
    if not FILE.exists():
        raise FileNotFoundError(f"{FILE}: it comes with the book's project, not with lib alone")
    stored = json.loads(FILE.read_text(encoding="utf-8"))["synsets"]
    return {
        name: Synset(number, tuple(words), tuple(hypernyms))
        for name, (number, words, hypernyms) in stored.items()
    }


def steps_up(synsets, name):
    """Return every set that one is a kind of, with the fewest steps to it; itself is 0 away.

    Parameters
    ----------
    synsets : dict of str to Synset
    name : str

    Raises
    ------
    TypeError, ValueError
        If `synsets` is no dictionary, or there is no set of that name.

    Examples
    --------
    >>> list(steps_up(load_wordnet(), "tabby").items())[:4]
    [('tabby', 0), ('domestic cat', 1), ('cat', 2), ('domestic animal', 2)]
    """
    _check(synsets, name)
    steps, waiting = {name: 0}, [name]
    for each in waiting:  # the list grows: nearest first, so that the first way is the shortest
        for above in synsets[each].hypernyms:
            if above not in steps:
                steps[above] = steps[each] + 1
                waiting.append(above)
    return steps


def path_between(synsets, first, second):
    """Return the shortest way from one set up to a common one, and down to the other.

    Parameters
    ----------
    synsets : dict of str to Synset
    first, second : str

    Returns
    -------
    list of str
        From the first to the second. Of ways that are as short, the one whose turning point comes
        first on the way up.

    Raises
    ------
    TypeError, ValueError
        As for :func:`steps_up`; also if they have nothing in common.

    Examples
    --------
    >>> path_between(load_wordnet(), "cat", "dog")
    ['cat', 'feline', 'carnivore', 'canine', 'dog']
    """
    up, down = steps_up(synsets, first), steps_up(synsets, second)
    common = [name for name in up if name in down]
    if not common:
        raise ValueError(f"{first!r} and {second!r} are kinds of nothing in common")
    turn = min(common, key=lambda name: up[name] + down[name])
    return [*_way(synsets, up, turn)[::-1], *_way(synsets, down, turn)[1:]]


def path_similarity(synsets, first, second):
    """Return 1 / (steps between two sets + 1): 1 for a set and itself, near 0 for strangers.

    Parameters
    ----------
    synsets : dict of str to Synset
    first, second : str

    Raises
    ------
    TypeError, ValueError
        As for :func:`path_between`.

    Examples
    --------
    >>> path_similarity(load_wordnet(), "cat", "dog")
    0.2
    """
    return 1 / len(path_between(synsets, first, second))


def _way(synsets, steps, turn):
    """Return a shortest way from a set above down to that which is 0 steps away."""
    way = [turn]
    while steps[way[-1]]:
        below = steps[way[-1]] - 1
        way.append(
            next(n for n, k in steps.items() if k == below and way[-1] in synsets[n].hypernyms)
        )
    return way


def _check(synsets, name):
    if not isinstance(synsets, Mapping):
        raise TypeError(
            f"synsets must be a dictionary, such as load_wordnet() gives, got {synsets!r}"
        )
    if not isinstance(name, str):
        raise TypeError(f"expected the name of a set, got {name!r}")
    if name not in synsets:
        raise ValueError(f"there is no set {name!r} among these {len(synsets)}")
