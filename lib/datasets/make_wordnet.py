"""``python -m lib.datasets.make_wordnet [data.noun]``: make ``data/wordnet.json``.

It reads the nouns of WordNet 3.0 as they are published, such as Debian's package ``wordnet-base``
installs them, and keeps the sets of words below and all that they are kinds of.
"""

import argparse
import json
import sys
from pathlib import Path

from lib.datasets.wordnet import FILE
from lib.paths import as_path

NOUNS = "/usr/share/wordnet/data.noun"
SOURCE = (
    "WordNet 3.0, Princeton University, https://wordnet.princeton.edu; the nouns of Debian's "
    "package wordnet-base 1:3.0-37. A part: some classes of ImageNet and CIFAR-10, some neighbors, "
    "and what they are kinds of; hypernyms alone."
)
# The classes of CIFAR-10, in its order.
CIFAR10 = (
    *("n02691156", "n02958343", "n01503061", "n02121620", "n02430045"),
    *("n02084071", "n01639765", "n02374451", "n04194289", "n04490091"),
)
# Classes of ImageNet's challenge: cats, dogs, other animals, vehicles, plants and food, vessels.
IMAGENET = (
    *("n02123045", "n02123159", "n02123394", "n02123597", "n02124075", "n02127052", "n02129165"),
    *("n02106662", "n02110341", "n02099601", "n02088364", "n02110958", "n02110185", "n02085620"),
    *("n02119022", "n02114367", "n02132136", "n02510455", "n02391049", "n02504458", "n02071294"),
    *("n02066245", "n01443537", "n01484850", "n01558993", "n01518878", "n02056570", "n01641577"),
    *("n02279972", "n02206856", "n02690373", "n04552348", "n03095699", "n04285008", "n03100240"),
    *("n03345487", "n04467665", "n03792782", "n03785016", "n04310018", "n04146614", "n04266014"),
    *("n11939491", "n07753592", "n07742313", "n07873807", "n03063599", "n07920052", "n07930864"),
    *("n04398044", "n04591713", "n03532672"),
)
# Neighbors: a dahlia, a rocket, a motorcycle, whose photographs the book shows; three animals of
# which others have published the similarities.
OTHERS = ("n11960245", "n04099429", "n03790512", "n02063662", "n02065407", "n01670092")


def main(arguments=None):
    """Run the command and return its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m lib.datasets.make_wordnet",
        description="Make data/wordnet.json from WordNet 3.0's file of nouns.",
    )
    parser.add_argument("nouns", nargs="?", default=NOUNS, help=f"default: {NOUNS}")
    path = as_path(parser.parse_args(arguments).nouns)
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
        made = {
            "source": SOURCE,
            "license": license_of(lines),
            "cifar10": [],
            "imagenet": [],
            "synsets": {},
        }
        nouns = read_nouns(lines)
        made["synsets"] = with_hypernyms(nouns, [*CIFAR10, *IMAGENET, *OTHERS])
        names = {number: name for name, (number, *_) in made["synsets"].items()}
        made["cifar10"] = [names[number] for number in CIFAR10]
        made["imagenet"] = [names[number] for number in IMAGENET]
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    FILE.write_text(written(made), encoding="utf-8")
    print(f"{len(made['synsets'])} sets of words in {FILE}")
    return 0


def license_of(lines):
    """Return the license, with which the file begins: numbered lines."""
    return " ".join(word for line in lines if line.startswith("  ") for word in line.split()[1:])


def read_nouns(lines):
    """Return the words of each set and the numbers of those it is a kind of.

    A line is, by WordNet's manual (wndb): the place, a lexicographer's file, "n", the count of
    words in hexadecimal, each word and a number, the count of pointers, each pointer as symbol,
    place, part of speech and two numbers, a bar, and the meaning. The symbol of a hypernym is "@".

    Parameters
    ----------
    lines : iterable of str

    Returns
    -------
    dict of str to (tuple of str, tuple of str)
        By number: "n" and the place.

    Raises
    ------
    ValueError
        If a line has another form.

    Examples
    --------
    >>> read_nouns(["00000007 05 n 02 cat 0 true_cat 0 001 @ 00000001 n 0000 | feline mammal"])
    {'n00000007': (('cat', 'true cat'), ('n00000001',))}
    """
    nouns = {}
    for line in lines:
        if line.startswith("  "):  # the license
            continue
        fields = line.partition("|")[0].split()
        try:
            count = int(fields[3], 16)
            words = tuple(word.replace("_", " ") for word in fields[4 : 4 + 2 * count : 2])
            rest = fields[4 + 2 * count :]
            pointers = zip(rest[1::4], rest[2::4], rest[3::4], strict=True)
            above = tuple(f"n{at}" for symbol, at, kind in pointers if (symbol, kind) == ("@", "n"))
            if len(rest) != 1 + 4 * int(rest[0]):
                raise ValueError
        except (IndexError, ValueError):
            raise ValueError(f"not a line of WordNet's nouns: {line[:60]!r}") from None
        nouns[f"n{fields[0]}"] = words, above
    return nouns


def with_hypernyms(nouns, numbers):
    """Return some sets and all above them: number, words and hypernyms, each by one of its words.

    That is its first one, unless a set of fewer words needs it: a vessel can also be called a
    watercraft if it floats, and not if it holds water. Where no word is left, its number tells.

    Raises
    ------
    ValueError
        If a number is none.
    """
    numbers = list(dict.fromkeys(numbers))
    for number in numbers:  # the list grows
        if number not in nouns:
            raise ValueError(f"there is no set {number}")
        numbers += [above for above in nouns[number][1] if above not in numbers]
    names = {}
    for number in sorted(numbers, key=lambda number: (len(nouns[number][0]), number)):
        free = [word for word in nouns[number][0] if word not in names.values()]
        names[number] = free[0] if free else f"{nouns[number][0][0]} ({number})"
    return {
        names[number]: [number, list(nouns[number][0]), [names[a] for a in nouns[number][1]]]
        for number in sorted(names, key=names.get)
    }


def written(made):
    """Return JSON with a line for each set."""
    head = {name: part for name, part in made.items() if name != "synsets"}
    lines = [f"  {json.dumps(name)}: {json.dumps(part)}," for name, part in head.items()]
    sets = [f"    {json.dumps(name)}: {json.dumps(s)}" for name, s in made["synsets"].items()]
    return "{\n" + "\n".join(lines) + '\n  "synsets": {\n' + ",\n".join(sets) + "\n  }\n}\n"


if __name__ == "__main__":
    sys.exit(main())
