"""The network calculator: shapes, parameters, work, memory and fields of a list of layers."""

from __future__ import annotations

from typing import ClassVar

from lib.figures.cnn import draw_layers
from lib.settings import as_integer
from lib.widgets.base import Widget
from lib.widgets.presets import PRESETS, load_preset

__all__ = ["Calculator"]

LARGEST = 4096  # channels, rows and columns of an input
LONGEST = 50_000  # letters of a list


class Calculator(Widget):
    r"""List layers, and see beside each what it gives, holds, computes and sees.

    Shapes, parameters, multiply-adds, memory and receptive fields follow while the reader types;
    where a size does not come out, the line says which. The numbers are those of
    :func:`lib.analysis.summary`.

    Parameters
    ----------
    name, label, caption : str
        As for every figure that can be touched: see :class:`~lib.widgets.Widget`.
    layers : str
        One layer a line; see the notes.
    channels, height, width : int
        Of the input, at most 4096.
    presets : dict or list of str
        What can be chosen: the names of networks of :data:`lib.widgets.presets.PRESETS`, or by name
        ``{"layers": ..., "input": [C, H, W]}``.

    Raises
    ------
    TypeError, ValueError
        If a part of the state is unknown, of another kind or out of range. A list that cannot be
        read is none of these: the figure says what is wrong with it.

    Notes
    -----
    A layer is its name, what it needs, and its settings: ``conv 64 3x3 stride 2 padding 1 no
    bias``. Ways that part and meet are indented blocks: the lines of ``residual:`` are its body,
    and with ``skip:`` in it, what the skip passes; ``concat:`` has one ``branch:`` after another.
    The figure lists all layers. :func:`~lib.widgets.describe_network` writes such a list.

    Examples
    --------
    >>> figure = Calculator(
    ...     name="two-layers",
    ...     label="Two layers",
    ...     caption="What two layers cost.",
    ...     layers="conv 8 3x3\npool 2x2",
    ...     channels=1,
    ... )
    >>> figure.set(height=28, width=28)
    >>> figure.state["channels"], figure.state["height"]
    (1, 28)
    """

    kind = "calculator"
    start: ClassVar = {
        "layers": load_preset("AlexNet")["layers"],
        "channels": 3,
        "height": 224,
        "width": 224,
        "presets": list(PRESETS),
    }

    def check(self, state):
        """Return the state, its presets read."""
        sizes = ("channels", "height", "width")
        return {
            "layers": _as_list(state["layers"], "layers"),
            **{name: as_integer(state[name], name, 1, LARGEST) for name in sizes},
            "presets": _as_presets(state["presets"]),
        }

    def still(self):
        """Return a picture of the list."""
        state = self.state
        size = [state[name] for name in ("channels", "height", "width")]
        lines = state["layers"].split("\n")
        return self.still_of(
            draw_layers(lines, size),
            alt=f"A list of {len(lines)} lines for an input of {' by '.join(map(str, size))}: "
            f"{', '.join(line.strip() for line in lines[:40])}.",
        )


def _as_list(text, name):
    if not isinstance(text, str):
        raise TypeError(f"{name} must be a text with one layer a line, got {text!r}")
    if len(text) > LONGEST:
        raise ValueError(f"{name} must have at most {LONGEST:,} letters, got {len(text):,}")
    return text


def _as_presets(presets):
    if isinstance(presets, list | tuple):
        presets = {name: load_preset(name) for name in presets}
    if not isinstance(presets, dict):
        raise TypeError(f"presets must be names or a dict, got {presets!r}")
    checked = {}
    for name, preset in presets.items():
        if not isinstance(preset, dict) or set(preset) != {"layers", "input"}:
            raise TypeError(f'the preset "{name}" must have layers and an input, got {preset!r}')
        size = preset["input"]
        if not isinstance(size, list | tuple) or len(size) != 3:
            raise TypeError(f'the input of "{name}" must be [C, H, W], got {size!r}')
        checked[name] = {
            "layers": _as_list(preset["layers"], f'the layers of "{name}"'),
            "input": [as_integer(n, f'the input of "{name}"', 1, LARGEST) for n in size],
        }
    return checked
