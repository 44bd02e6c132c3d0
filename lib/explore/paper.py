"""The states that a figure with controls shows where nothing moves: on paper, in an e-book."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lib.explore.sliders import Control

__all__ = ["check_paper", "describe_states"]

MOST = 6


def check_paper(
    paper: Sequence[Mapping[str, object]], controls: Mapping[str, Control]
) -> list[dict[str, int]]:
    """Return where each control stands in each state; refuse states that a figure does not have.

    Parameters
    ----------
    paper : sequence of mapping
        The values of some controls, for each state; the others stay where they start.
    controls : mapping of str to Control
        All of them.
    """
    expected = f"paper must be a list of up to {MOST} states such as [{{{next(iter(controls))!r}: "
    expected += f"{next(iter(controls.values())).value!r}}}]"
    if isinstance(paper, str | Mapping) or not isinstance(paper, Sequence):
        raise TypeError(f"{expected}; got {paper!r}")
    if len(paper) > MOST or not all(isinstance(state, Mapping) for state in paper):
        raise ValueError(f"{expected}; got {paper!r}")
    states = []
    for state in paper:
        if unknown := [name for name in state if name not in controls]:
            raise ValueError(f"paper: expected some of {', '.join(controls)}, got {unknown[0]!r}")
        states.append(
            {
                name: control.place_of(state[name]) if name in state else control.slider.start
                for name, control in controls.items()
            }
        )
    for place, state in enumerate(states):
        if state in states[:place]:
            raise ValueError(f"paper: expected different states, got {paper[place]!r} again")
    return states


def describe_states(
    states: Sequence[Mapping[str, int]], controls: Mapping[str, Control]
) -> list[dict[str, object]]:
    """Say of each state its number among all, and what its controls say that tell it from others.

    Parameters
    ----------
    states : sequence of mapping
        As :func:`check_paper` returns them.
    controls : mapping of str to Control
        All of them, the last running fastest.
    """
    telling = [n for n in controls if len({s[n] for s in states} | {controls[n].slider.start}) > 1]
    found = []
    for state in states:
        number = 0
        for name, control in controls.items():
            number = number * len(control.slider.values) + state[name]
        words = (
            f"{controls[name].label}: "
            f"{controls[name].slider.text(controls[name].slider.values[state[name]])}"
            for name in telling
        )
        found.append({"state": number, "label": ", ".join(words)})
    return found
