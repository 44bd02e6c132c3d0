"""What all figures of number grids owe their readers, whatever they compute."""

import pytest

from lib.widgets import Channels, Im2col, Microscope, Pooling
from lib.widgets.base import scripts_of
from tests.axe import faults
from tests.widgets.conftest import NAMED, text_of

pytestmark = pytest.mark.browser

FIGURES = {
    "microscope": lambda: Microscope(**NAMED, label="A window slides"),
    "channels": lambda: Channels(**NAMED, label="A slice for each channel"),
    "im2col": lambda: Im2col(**NAMED, label="Windows are rows"),
    "col2im": lambda: Im2col(**NAMED, label="Rows come back", mode="col2im"),
    "pooling": lambda: Pooling(**NAMED, label="What remains of a window"),
    "pooling, gradient": lambda: Pooling(**NAMED, label="Where the gradient goes", mode="gradient"),
}
PHONE = {"width": 400, "height": 800}


@pytest.fixture(params=FIGURES)
def figure(request):
    return FIGURES[request.param]()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(shown, figure, theme):
    page = shown(figure, theme=theme)
    assert faults(page) == []


def test_a_phone_shows_the_figure_above_its_controls_without_sideways_scrolling(shown, figure):
    page = shown(figure, viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    top = [page.locator(f".widget-{part}").bounding_box()["y"] for part in ("panels", "controls")]
    assert top[0] < top[1]


def test_controls_stay_in_their_lines(shown, figure):
    page = shown(figure)
    for row in page.locator(".widget-row:visible").all():
        assert row.bounding_box()["height"] < 40, row.inner_text()


def test_jupyterlab_gets_a_view_and_a_still_picture(figure, monkeypatch):
    monkeypatch.delenv("BOOK_STATIC", raising=False)
    bundle = figure._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "<svg" in bundle["text/html"]
    assert bundle["text/plain"] == repr(figure)


def test_figures_side_by_side_in_jupyterlab_keep_their_own_styles_and_choices(shown):
    one, other = (FIGURES[name]().live() for name in ("pooling", "im2col"))
    assert one._anywidget_id != other._anywidget_id
    # Two copies of the script, as two modules have them: no radio button of one is the other's.
    page = shown(FIGURES["pooling"]())
    copies = page.evaluate(
        """(script) => [0, 1].map(() => {
            const { choices } = new Function(`${script}; return Widgets;`)();
            return choices({ label: "", options: ["a"] }).root.querySelector("input").name;
        })""",
        text_of(scripts_of("pooling")[:2]),
    )
    assert copies[0] != copies[1]
