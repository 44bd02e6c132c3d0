"""Draw a digit: what a network makes of it, layer by layer, and what its answer rests on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from lib.figures.cnn import draw_answer
from lib.losses import softmax
from lib.settings import as_choice, as_flag, as_integer, as_number
from lib.trained import load_trained
from lib.widgets import convnet
from lib.widgets.base import Widget
from lib.widgets.drawing import as_strokes, hands, picture

__all__ = ["DrawADigit"]

THINNEST, THICKEST = 1, 5


class DrawADigit(Widget):
    """Draw a digit with the mouse, a finger or the keyboard, and a network answers at once.

    The drawing is made into a picture of 28×28 as the makers of MNIST made theirs. The small form
    shows that picture and the probabilities; the whole form also shows the maps of every layer,
    the arithmetic behind each of their pixels, and what the answer rests on.

    Parameters
    ----------
    name, label, caption : str
        As for every figure that can be touched: see :class:`~lib.widgets.Widget`.
    strokes : list
        The drawing: strokes, each of them points ``[x, y]`` in pixels of the picture, from its
        upper left corner. By default a 3.
    pen : float
        The width of the strokes, 1 to 5 pixels.
    centered : bool
        Fit the drawing into the middle, as MNIST's digits are; or take it as it lies.
    network : str
        One of :data:`lib.widgets.convnet.NETWORKS`. By default the one that reads drawn digits
        best, and does not mind where they lie.
    whole : bool, default False
    target : int, optional
        The class whose reasons the whole form shows; that of the answer if not given.
    opened : dict, optional
        The map whose arithmetic is shown, and the pixel: ``{"layer": "conv1", "map": 3, "row": 14,
        "column": 14}``. A fully connected layer has maps of one pixel.

    Raises
    ------
    TypeError, ValueError
        If a part of the state is unknown, of another kind, or out of range.

    Notes
    -----
    The network is written with weights of half precision. Its arithmetic is that of
    :mod:`lib.layers`; the two maps of reasons are :func:`lib.analysis.gradient` and
    :func:`lib.analysis.grad_cam`. The network was chosen by the study ``drawn``:
    deep_convnet_augmented reads 99.0 % of digits of many hands and pens, best_mnist, which costs
    twice the weights, 98.6 %, the others less.

    Examples
    --------
    >>> figure = DrawADigit(
    ...     name="draw-a-digit",
    ...     label="Draw a digit.",
    ...     caption="Draw a digit.",
    ...     strokes=[[[14, 4], [14, 24]]],
    ... )
    >>> figure.picture.shape, figure.answer()
    ((28, 28), 1)
    """

    kind = "digit"
    parts = ("convnet", "drawing", "maps")
    start: ClassVar = {
        "strokes": hands()[3][0],
        "pen": 2.5,
        "centered": True,
        "network": "deep_convnet_augmented",
        "whole": False,
        "target": None,
        "opened": None,
    }

    def check(self, state):
        """Return the state with plain lists for strokes, all in range."""
        network, target, opened = state["network"], state["target"], state["opened"]
        described = convnet.written(network)
        return {
            "strokes": as_strokes(state["strokes"]),
            "pen": as_number(state["pen"], "pen", at_least=THINNEST, at_most=THICKEST),
            "centered": as_flag(state["centered"], "centered"),
            "network": network,
            "whole": as_flag(state["whole"], "whole"),
            "target": None if target is None else as_integer(target, "target", 0, 9),
            "opened": None if opened is None else as_place(opened, described["layers"]),
        }

    def data(self):
        """Return the network, and the samples that a reader can choose."""
        name = self._state["network"]
        return {"hands": hands(), name: convnet.written(name)}

    @property
    def picture(self) -> np.ndarray:
        """What the network sees: ``(28, 28)``, float32, from 0 to 1."""
        drawn = (self._state[part] for part in ("strokes", "pen", "centered"))
        return picture(*drawn).astype(np.float32)

    def probabilities(self) -> np.ndarray:
        """Return what the network gives for the drawing, as the page computes it."""
        network = convnet.half_precision(load_trained(self._state["network"]))
        return softmax(network.predict(self.picture[None, None]))[0]

    def answer(self) -> int:
        """Return the class of the largest probability."""
        return int(self.probabilities().argmax())

    def still(self):
        """Return a picture of what the network sees and answers."""
        probabilities, words = self.probabilities(), "nothing is drawn"
        if self._state["strokes"]:
            best = int(probabilities.argmax())
            words = f"a {best}, {probabilities[best]:.0%}"
        return self.still_of(
            draw_answer(self.picture, probabilities, answer=words, note="probabilities"),
            alt=f"A drawing, as {self._state['network']} sees it, and its answer: {words}.",
        )


def as_place(opened, layers) -> dict:
    """Return a pixel of a map as a dict of a name and three ints.

    Raises
    ------
    TypeError
        If it is no mapping of these four.
    ValueError
        If there is no such layer, map or pixel.
    """
    parts = ("layer", "map", "row", "column")
    if not isinstance(opened, Mapping) or set(opened) != set(parts):
        raise TypeError(f"opened must be None or a dict of {', '.join(parts)}, got {opened!r}")
    shapes = {layer["name"]: layer["shape"] for layer in layers if layer["type"] != "Flatten"}
    name = as_choice(opened["layer"], "the opened layer", shapes)
    shape = [*shapes[name], 1, 1][:3]
    sizes = zip(parts[1:], shape, strict=True)
    return {"layer": name} | {
        part: as_integer(opened[part], f"the opened {part} of {name}", 0, size - 1)
        for part, size in sizes
    }
