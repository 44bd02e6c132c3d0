"""How each number of the tiny network is computed: in words, with its numbers, and from where."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

__all__ = ["explain", "short"]

Arrays = Mapping[str, np.ndarray]
Source = tuple  # the name of an array, a row, and a column if it has any
Explained = tuple[str, str, list[Source]]


def explain(arrays: Arrays, name: str, place: tuple[int, ...]) -> Explained:
    """Say how one number of the network comes about.

    Parameters
    ----------
    arrays : mapping of str to array
        Every value and every gradient, by name.
    name : str
        The array in which the number stands.
    place : tuple of int

    Returns
    -------
    rule : str
        In words.
    numbers : str
        The rule with the numbers of this place, and what comes out.
    sources : list of (str, int, ...)
        The array, the row and the column of each number that goes in.
    """
    rule, left, sources = _RULES[name](arrays, *place)
    return rule, f"{left} = {short(arrays[name][place])}", sources


def short(value: float) -> str:
    """Write a number in at most four signs: "2", "−.5", ".73", "−1.2"."""
    digits = 2 if abs(value) < 0.995 else 1
    text = f"{value:.{digits}f}".rstrip("0").rstrip(".")
    text = text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
    return "0" if text in ("-0", "", "-") else text.replace("-", "\N{MINUS SIGN}")


def _factor(value: float) -> str:
    text = short(value)
    return f"({text})" if text.startswith("\N{MINUS SIGN}") else text


def _products(pairs) -> str:
    return " + ".join(f"{_factor(a)}·{_factor(b)}" for a, b in pairs)


def _conv(arrays: Arrays, p: int, q: int) -> Explained:
    places = list(np.ndindex(2, 2))
    pairs = [(arrays["image"][p + i, q + j], arrays["kernel"][i, j]) for i, j in places]
    sources = [("image", p + i, q + j) for i, j in places]
    sources += [("kernel", i, j) for i, j in places]
    return "pixel times weight, summed over the window", _products(pairs), sources


def _relu(arrays: Arrays, p: int, q: int) -> Explained:
    text = f"max({short(arrays['conv'][p, q])}, 0)"
    return "what is positive stays, the rest becomes 0", text, [("conv", p, q)]


def _block(i: int, j: int) -> list[tuple[int, int]]:
    return [(2 * i + a, 2 * j + b) for a, b in np.ndindex(2, 2)]


def _pool(arrays: Arrays, i: int, j: int) -> Explained:
    values = ", ".join(short(arrays["relu"][place]) for place in _block(i, j))
    sources = [("relu", *place) for place in _block(i, j)]
    return "the largest of its block", f"max({values})", sources


def _logits(arrays: Arrays, k: int) -> Explained:
    pairs = zip(arrays["weight"][k], arrays["pool"].reshape(4), strict=True)
    sources = [("weight", k, m) for m in range(4)]
    sources += [("pool", i, j) for i, j in np.ndindex(2, 2)]
    return "a row of weights times the pooled numbers", _products(pairs), sources


def _prob(arrays: Arrays, k: int) -> Explained:
    powers = [f"exp({short(z)})" for z in arrays["logits"]]
    text = f"{powers[k]} / ({powers[0]} + {powers[1]})"
    return "softmax", text, [("logits", 0), ("logits", 1)]


def _dlogits(arrays: Arrays, k: int) -> Explained:
    rule = "the probability, minus 1 at the true class" if k == 0 else "the probability, minus 0"
    return rule, f"{short(arrays['prob'][k])} \N{MINUS SIGN} {1 - k}", [("prob", k)]


def _dweight(arrays: Arrays, k: int, m: int) -> Explained:
    pair = (arrays["dlogits"][k], arrays["pool"].reshape(4)[m])
    sources = [("dlogits", k), ("pool", *divmod(m, 2))]
    return "the logit's gradient times the number that it weighs", _products([pair]), sources


def _dpool(arrays: Arrays, i: int, j: int) -> Explained:
    m = 2 * i + j
    pairs = zip(arrays["weight"][:, m], arrays["dlogits"], strict=True)
    sources = [("weight", k, m) for k in range(2)] + [("dlogits", k) for k in range(2)]
    return "a column of weights times the logits' gradients", _products(pairs), sources


def _drelu(arrays: Arrays, p: int, q: int) -> Explained:
    block = _block(p // 2, q // 2)
    winner = block[int(np.argmax([arrays["relu"][place] for place in block]))]
    if winner == (p, q):
        source = ("dpool", p // 2, q // 2)
        rule = "the first largest of its block gets all"
        return rule, f"dpool[{p // 2}, {q // 2}]", [source, *(("relu", *at) for at in block)]
    rule = "another one was the largest of its block, and gets all"
    return rule, f"drelu[{p}, {q}]", [("relu", *at) for at in block]


def _dconv(arrays: Arrays, p: int, q: int) -> Explained:
    passes = arrays["conv"][p, q] > 0
    rule = "the ReLU passes it, for conv > 0" if passes else "the ReLU stops it, for conv ≤ 0"
    text = f"{_factor(arrays['drelu'][p, q])}·{int(passes)}"
    return rule, text, [("drelu", p, q), ("conv", p, q)]


def _dkernel(arrays: Arrays, i: int, j: int) -> Explained:
    used = [(int(p), int(q)) for p, q in np.argwhere(arrays["dconv"])]
    pairs = [(arrays["dconv"][p, q], arrays["image"][p + i, q + j]) for p, q in used]
    sources = [("dconv", p, q) for p, q in used]
    sources += [("image", p + i, q + j) for p, q in used]
    return "gradient times the pixel under this weight, summed", _products(pairs), sources


_RULES: dict[str, Callable[..., Explained]] = {
    "conv": _conv,
    "relu": _relu,
    "pool": _pool,
    "logits": _logits,
    "prob": _prob,
    "dlogits": _dlogits,
    "dweight": _dweight,
    "dpool": _dpool,
    "drelu": _drelu,
    "dconv": _dconv,
    "dkernel": _dkernel,
}
