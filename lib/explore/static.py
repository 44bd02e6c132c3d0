"""The figure with sliders in a page without a kernel: every state stored beside it.

The page needs ``book/static/explore.js`` and ``explore.css``.
"""

from __future__ import annotations

import base64
import html
import json
import re
import zlib
from collections.abc import Sequence

from lib.explore.naming import figure_html
from lib.explore.rendering import with_alt
from lib.explore.sliders import Control
from lib.explore.state import Frame, State

__all__ = ["MAX_BYTES", "static_html"]

MAX_BYTES = 150_000
_IMAGE = re.compile(r"data:image/[a-z]+;base64,[A-Za-z0-9+/=]+")


def static_html(figure: State, frames: Sequence[Frame]) -> str:
    """Write the markup of a figure and of all its states.

    Parameters
    ----------
    figure : State
        Whose sliders give the controls and the state shown first.
    frames : sequence of Frame
        One for each state, the last slider running fastest.

    Raises
    ------
    ValueError
        If the states take more than 150 KB, compressed.
    """
    controls = list(figure.sliders.values())
    packed = _pack(controls, frames)
    if len(packed) > MAX_BYTES:
        raise ValueError(
            f"{figure.function}() has {len(frames)} frames of {len(packed):,} bytes in all, "
            f"compressed; at most {MAX_BYTES:,} fit in a page; shorten slider {figure.longest!r} "
            "or draw less"
        )
    first = frames[_state(controls)]
    rows = "".join(_control(f"{figure.id}-{c.name}", c) for c in controls)
    content = (
        f'<div class="explore" role="group" '
        f'aria-label="Figure with {_count(len(controls), "slider")}">'
        f'<div class="explore-controls">{rows}</div>'
        "<noscript><p>The sliders need JavaScript.</p></noscript>"
        f'<div class="explore-figure">{with_alt(first.markup, first.alt)}</div>'
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


def _control(id: str, control: Control) -> str:
    text = html.escape(control.text)
    # Firefox would restore the position of the last visit, but not its figure: no autocomplete.
    return (
        f'<div class="explore-control"><label for="{id}">{html.escape(control.label)}</label>'
        f'<input type="range" id="{id}" min="0" max="{len(control.slider.values) - 1}" step="1" '
        f'value="{control.position}" aria-valuetext="{text}" autocomplete="off" disabled>'
        f'<output for="{id}">{text}</output></div>'
    )


def _pack(controls: Sequence[Control], frames: Sequence[Frame]) -> str:
    """Compress what the page needs; a state or a photograph that comes again is stored once."""
    images: dict[str, int] = {}

    def place_of(image: re.Match) -> str:
        return f"stored:{images.setdefault(image[0], len(images))}"

    markups = list(dict.fromkeys(frame.markup for frame in frames))
    alts = list(dict.fromkeys(frame.alt for frame in frames))
    where = {text: place for texts in (markups, alts) for place, text in enumerate(texts)}
    content = {
        "texts": [[c.slider.text(v) for v in c.slider.values] for c in controls],
        "figures": [_IMAGE.sub(place_of, markup) for markup in markups],
        "images": list(images),
        "alts": alts,
        "states": [[where[frame.markup], where[frame.alt]] for frame in frames],
    }
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()
