"""The figure with controls in a page without a kernel: every state stored beside it.

The page needs ``controls`` and ``figure`` beside this file, script and style, and
``book/static/explore.js``.
"""

from __future__ import annotations

import base64
import html
import json
import re
import zlib
from collections.abc import Mapping, Sequence

from lib.explore.naming import figure_html
from lib.explore.paper import describe_states
from lib.explore.rendering import with_alt
from lib.explore.sliders import Control
from lib.explore.state import Frame, State

__all__ = ["HINT", "MAX_BYTES", "describe_controls", "pack", "static_html", "unpack"]

MAX_BYTES = 150_000
HINT = "Touch the figure, or use the controls."
_IMAGE = re.compile(r"data:image/[a-z]+;base64,[A-Za-z0-9+/=]+")
_STORED = re.compile(r"stored:(\d+)")


def static_html(
    figure: State, frames: Sequence[Frame], paper: Sequence[Mapping[str, int]] = ()
) -> str:
    """Write the markup of a figure and of all its states.

    Parameters
    ----------
    figure : State
        Whose controls they are, and the state shown first.
    frames : sequence of Frame
        One for each state, the last control running fastest.
    paper : sequence of mapping
        The states that stand side by side where nothing moves.

    Raises
    ------
    ValueError
        If the states take more than 150 KB, compressed.
    """
    controls = list(figure.sliders.values())
    packed = pack(frames)
    if len(packed) > MAX_BYTES:
        raise ValueError(
            f"{figure.function}() has {len(frames)} frames of {len(packed):,} bytes in all, "
            f"compressed; at most {MAX_BYTES:,} fit in a page; shorten slider {figure.longest!r} "
            "or draw less"
        )
    first = frames[_state(controls)]
    described = html.escape(json.dumps(describe_controls(controls), ensure_ascii=False))
    hint = "" if "data-touch" in first.markup else " hidden"
    rows = ""
    if paper:
        rows = html.escape(json.dumps(describe_states(paper, figure.sliders), ensure_ascii=False))
        rows = f' data-paper="{rows}"'
    content = (
        f'<div class="explore"{rows} role="group" '
        f'aria-label="Figure with {_count(len(controls), "control")}">'
        f'<div class="explore-controls" data-controls="{described}">'
        "<noscript><p>The controls need JavaScript.</p></noscript></div>"
        f'<div class="explore-figure">{with_alt(first.markup, first.alt)}</div>'
        f'<p class="explore-hint"{hint}>{HINT}</p>'
        '<div class="explore-live" role="status" aria-live="polite"></div>'
        f'<script type="text/plain" class="explore-frames">{packed}</script></div>'
    )
    return figure_html(figure.name, figure.caption, content)


def _state(controls: Sequence[Control]) -> int:
    state = 0
    for control in controls:
        state = state * len(control.slider.values) + control.position
    return state


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def describe_controls(controls: Sequence[Control]) -> list[dict[str, object]]:
    """Say of each control what the script needs to make it."""
    return [
        {
            "kind": c.slider.kind,
            "label": c.label,
            "position": c.position,
            "texts": [c.slider.text(value) for value in c.slider.values],
            # Only a stepper shows the numbers themselves; JSON has no nan.
            "values": list(c.slider.values) if c.slider.kind == "stepper" else [],
        }
        for c in controls
    ]


def pack(frames: Sequence[Frame]) -> str:
    """Compress what the page needs; a state or a photograph that comes again is stored once."""
    images: dict[str, int] = {}

    def place_of(image: re.Match) -> str:
        return f"stored:{images.setdefault(image[0], len(images))}"

    markups = list(dict.fromkeys(frame.markup for frame in frames))
    alts = list(dict.fromkeys(frame.alt for frame in frames))
    where = {text: place for texts in (markups, alts) for place, text in enumerate(texts)}
    content = {
        "figures": [_IMAGE.sub(place_of, markup) for markup in markups],
        "images": list(images),
        "alts": alts,
        "states": [[where[frame.markup], where[frame.alt]] for frame in frames],
    }
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def unpack(packed: str) -> list[Frame]:
    """Return the frames that a page holds, each with its text alternative."""
    content = json.loads(zlib.decompress(base64.b64decode(packed)))

    def image_of(place: re.Match) -> str:
        return content["images"][int(place[1])]

    return [
        Frame(_STORED.sub(image_of, content["figures"][figure]), content["alts"][alt])
        for figure, alt in content["states"]
    ]
