"""What all figures that can be touched have: a state, a script, and a picture where none runs."""

from __future__ import annotations

import copy
import html
import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from matplotlib.figure import Figure

from lib.explore import Still
from lib.explore.live import live_bundle
from lib.explore.naming import check_caption, check_name, figure_html
from lib.explore.paper import MOST
from lib.explore.state import Frame
from lib.explore.static import pack
from lib.paths import in_a_page, somebody_is_there

__all__ = ["FOLDER", "Widget", "once", "scripts_of", "slim", "styles_of"]

FOLDER = Path(__file__).parent
# Both kinds of figure have the same controls. A path from FOLDER, as the other files are.
_CONTROLS = "../explore/controls"
DATA = '<script type="application/json" class="widget-data" data-name="{}">{}</script>'


class Widget:
    """A figure that computes in the page; a subclass is one kind of figure.

    Its arithmetic is a script of pure functions, ``lib/widgets/KIND.js``, held to the library by
    the tests. In JupyterLab the script talks to Python, so that :attr:`state` and :meth:`set` read
    and change what the reader sees; in the built book it works alone.

    Parameters
    ----------
    name : str
        What links lead to, such as ``"one-window"``; no other figure of the book has it.
    label : str
        What the figure is, in a few words, for readers who cannot see it.
    caption : str
        One or two sentences below the figure, saying what it shows; may hold `code` in backticks.
    paper : mapping, optional
        What stands side by side where nothing moves, on paper and in the e-book: up to six times
        a few words, and what differs from the first state, such as
        ``{"at rest": {}, "one pixel to the right": {"shift": [0, 1]}}``. Without any, the first
        state stands there.
    **state
        What differs from the state that the figure begins with.

    Attributes
    ----------
    kind : str
        The name of the script; a subclass says it.
    start : dict
        The state it begins with; a subclass says it.
    parts : tuple of str
        Other scripts that it is made of, by name; a subclass says them.

    Raises
    ------
    TypeError, ValueError
        If the name or the caption does not fit, as for :class:`lib.explore.Still`; if a part of
        the state is unknown, or does not fit: see the subclass; if ``paper`` holds other things.
    """

    kind = ""
    start: ClassVar[Mapping[str, object]] = {}
    parts: ClassVar[tuple[str, ...]] = ()

    def __init__(
        self,
        *,
        name: str,
        label: str,
        caption: str,
        paper: Mapping[str, Mapping[str, object]] | None = None,
        **state,
    ):
        self.name, self.label, self.caption = check_name(name), label, check_caption(caption)
        self._state = self._checked(self.start | state)
        paper = self._for_paper({} if paper is None else paper)
        self._paper = {words: self._checked(state) for words, state in paper.items()}
        self._watchers: list[Callable[[dict], None]] = []
        self._view = None

    # --- the state ------------------------------------------------------------------------------

    @property
    def state(self) -> dict:
        """What the figure shows now: numbers, texts and lists, by name."""
        return copy.deepcopy(self._state)

    def set(self, **changes) -> None:
        """Change parts of the state, as the reader would.

        Raises
        ------
        TypeError, ValueError
            If a part is unknown or does not fit; then nothing changes.
        """
        self._take(self._state | changes)
        if self._view is not None:
            self._view.data, self._view.state = self.data(), self.state

    def watch(self, changed: Callable[[dict], None]) -> None:
        """Call a function with the state after each change, whoever made it."""
        self._watchers.append(changed)

    def _take(self, state: dict) -> None:
        self._state = self._checked(state)
        for changed in self._watchers:
            changed(self.state)

    def _checked(self, state: Mapping) -> dict:
        if unknown := sorted(set(state) - set(self.start)):
            raise TypeError(
                f"{type(self).__name__} has no {', '.join(unknown)}; it has {', '.join(self.start)}"
            )
        return self.check(dict(state))

    def _for_paper(self, paper: object) -> dict[str, dict]:
        """Return the states for paper, whole; refuse what are none."""
        expected = f'paper must be up to {MOST} states by their words, such as {{"at rest": {{}}}}'
        if not isinstance(paper, Mapping) or not all(
            isinstance(words, str) and words.strip() and isinstance(changes, Mapping)
            for words, changes in paper.items()
        ):
            raise TypeError(f"{expected}; got {paper!r}")
        if len(paper) > MOST:
            raise ValueError(f"{expected}; got {len(paper)}")
        return {words: self._state | dict(changes) for words, changes in paper.items()}

    def check(self, state: dict) -> dict:
        """Return the state, looked at and converted; a subclass says what fits."""
        raise NotImplementedError(f"{type(self).__name__} does not say what fits")

    def still(self) -> Still:
        """Return a picture of the present state, for where no script runs."""
        raise NotImplementedError(f"{type(self).__name__} has no picture")

    def still_of(self, figure: Figure, alt: str) -> Still:
        """Give a drawing of this figure its name and its caption."""
        return Still(figure, name=self.name, alt=alt, caption=self.caption)

    def data(self) -> dict[str, object]:
        """Return what it reads beside its state, by name: figures of a page may share it.

        A page carries each name once (see ``once``); the same name always means the same.
        """
        return {}

    # --- how it is shown ------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"{type(self).__name__}: {self.label}"

    def page(self) -> str:
        """Return the figure as a part of a page; the page loads the scripts, once."""
        data = "".join(DATA.format(name, as_json(what)) for name, what in self.data().items())
        rows = ""
        if self._paper:
            told = [{"state": n, "label": words} for n, words in enumerate(self._paper)]
            rows = f' data-paper="{html.escape(as_json(told))}"'
            data += f'<script type="text/plain" class="widget-frames">{self._packed()}</script>'
        content = (
            f'<div class="widget" data-widget="{self.kind}"{rows} '
            f'role="group" aria-label="{html.escape(self.label)}">'
            f'<div class="widget-view">{self.still().picture}</div>'
            f'<script type="application/json" class="widget-state">{as_json(self._state)}'
            f"</script>{data}</div>"
        )
        return figure_html(self.name, self.caption, content)

    def _packed(self) -> str:
        """Return the pictures of the states for paper, as a page holds those of ``explore``."""
        frames = []
        for state in self._paper.values():
            other = copy.copy(self)
            other._state = state
            still = other.still()
            frames.append(Frame(still.markup, still.alt))
        return pack(frames)

    def _repr_mimebundle_(self, include=None, exclude=None):
        if in_a_page():
            return {"text/html": self.page(), "text/plain": repr(self)}
        still = {"text/html": self.still().html, "text/plain": repr(self)}
        if not somebody_is_there():
            return still
        return live_bundle(self.live(), still)

    def live(self):
        """Return the view of JupyterLab: made once, it follows the state both ways."""
        if self._view is None:
            from lib.widgets.live import view_of

            self._view = view_of(self)
            self._view.observe(lambda change: self._take(change["new"]), "state")
        return self._view


def as_json(value) -> str:
    """Write a value as JSON that a script element can hold."""
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.replace("</", r"<\/")  # no closing tag of a script may stand inside of one


def once(page: str) -> str:
    """Return a page that carries what its figures share once: beside the first that reads it."""
    seen = set()

    def first(found):
        known = found[1] in seen
        seen.add(found[1])
        return "" if known else found[0]

    return re.sub(DATA.format(r"(\w+)", ".*?"), first, page, flags=re.DOTALL)


def scripts_of(kind: str) -> list[str]:
    """Return the files of a figure's scripts, in the order in which a page loads them."""
    parts = next((figure.parts for figure in Widget.__subclasses__() if figure.kind == kind), ())
    return [_CONTROLS + ".js", "shared.js", *(f"{part}.js" for part in parts), f"{kind}.js"]


def styles_of(kind: str) -> list[str]:
    """Return the files of a figure's styles."""
    files = (_CONTROLS + ".css", "shared.css", f"{kind}.css")
    return [file for file in files if (FOLDER / file).exists()]


def slim(script: str) -> str:
    """Return a script without indentation and lines of comment, a quarter of it, for a page."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"
