"""Figures with controls: the same states live and in a page, and no error without a word."""

import base64
import json
import re
import sys
import types
import zlib
from html.parser import HTMLParser
from xml.etree import ElementTree

import matplotlib.pyplot
import numpy as np
import pytest
from matplotlib.figure import Figure

from lib.exercises import asking, predict
from lib.explore import (
    Buttons,
    Explore,
    Play,
    Slider,
    Stepper,
    Still,
    explore,
    show,
    touchable,
    touchable_along,
    touchable_area,
)
from lib.explore.rendering import render, with_alt
from lib.explore.state import MAX_FRAMES
from lib.explore.static import unpack
from lib.figures.style import draw_image, new_figure
from lib.widgets import Microscope

WIDGET = "application/vnd.jupyter.widget-view+json"
NAMED = {"name": "powers", "caption": "Powers of a number."}


def draw_power(exponent, offset=0):
    figure, axes = new_figure(3, 2)
    axes.plot([x**exponent + offset for x in range(4)])
    return figure


def draw_reciprocal(number):
    if number == 0:
        raise ZeroDivisionError("no <number> has this reciprocal")
    return draw_power(1 / number)


@pytest.fixture
def static(monkeypatch):
    monkeypatch.setenv("BOOK_STATIC", "1")


@pytest.fixture(autouse=True)
def live_by_default(monkeypatch):
    monkeypatch.delenv("BOOK_STATIC", raising=False)


def html_of(figure):
    return figure._repr_mimebundle_()["text/html"]


def stored(figure):
    packed = re.search(r'class="explore-frames">([^<]*)<', html_of(figure))[1]
    return json.loads(zlib.decompress(base64.b64decode(packed)))


def controls_of(figure):
    """Return what the page's script makes the controls of."""
    (place,) = (d for d in Elements(html_of(figure)).all("div") if "data-controls" in d)
    return json.loads(place["data-controls"])


class Elements(HTMLParser):
    """Collects elements; refuses markup that is not well formed."""

    VOID = frozenset({"input", "img", "br"})

    def __init__(self, markup):
        super().__init__()
        self.found, self.open = [], []
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def all(self, tag):
        return [attributes for name, attributes in self.found if name == tag]


# --- sliders ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: Slider([]), ValueError, "expected at least two values, got []"),
        (lambda: Slider([3]), ValueError, "expected at least two values, got [3]"),
        (lambda: Slider("abc"), TypeError, "expected a list of values, got 'abc'"),
        (lambda: Slider(3), TypeError, "expected a list of values, got 3"),
        (lambda: Slider([1, 2, 1]), ValueError, "expected different values, got 1 and 1"),
        (
            lambda: Slider([0.12, 0.14], format="{:.1f}"),
            ValueError,
            "expected values that look different, got 0.12 and 0.14, both shown as '0.1'; "
            "choose another format than '{:.1f}'",
        ),
        (
            lambda: Slider([1, 2], value=3),
            ValueError,
            "the start value must be one of [1, 2], got 3",
        ),
    ],
)
def test_slider_refuses(make, error, message):
    with pytest.raises(error) as caught:
        make()
    assert str(caught.value) == message


@pytest.mark.parametrize("mode", ["live", "static"])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"exponent": []}, ValueError, "slider 'exponent': expected at least two values, got []"),
        ({"exponent": 2}, TypeError, "slider 'exponent': expected a list of values, got 2"),
        (
            {"exponent": [1, 2], "power": [1, 2]},
            TypeError,
            "draw_power() has no argument 'power'; it takes exponent, offset",
        ),
        (
            {"offset": [1, 2]},
            TypeError,
            "draw_power() needs a slider for its argument 'exponent', got none",
        ),
        ({}, ValueError, "expected at least one slider, got none; show() is for a still figure"),
    ],
)
def test_explore_refuses_sliders_that_do_not_fit(mode, arguments, error, message, monkeypatch):
    if mode == "static":
        monkeypatch.setenv("BOOK_STATIC", "1")
    with pytest.raises(error) as caught:
        explore(draw_power, **NAMED, alt="{exponent}", **arguments)
    assert str(caught.value) == message


def test_explore_refuses_what_is_no_function_and_no_format():
    with pytest.raises(TypeError, match="expected a function that draws a figure, got Figure"):
        explore(draw_power(1), **NAMED, alt="{exponent}", exponent=[1, 2])
    with pytest.raises(ValueError, match=r"format must be 'svg' or 'png', got 'jpeg'"):
        explore(draw_power, **NAMED, alt="{exponent}", format="jpeg", exponent=[1, 2])


def test_sliders_take_numbers_strings_booleans_and_numpys_scalars():
    def draw_any(number, word, flag, size):
        assert type(size) is int
        return draw_power(number)

    figure = explore(
        draw_any,
        **NAMED,
        alt="{number}, {word}, {flag}, {size}, {number:.3f}",
        number=Slider([0.5, 1.5], format="{:.0%}"),
        word=["one", "two"],
        flag=[False, True],
        size=np.arange(2, 5),
    )
    assert figure.error is None
    assert figure.frame.alt == "50%, one, no, 2, 0.500"
    figure.sliders["flag"].value = True
    assert figure.frame.alt == "50%, one, yes, 2, 0.500"


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["max", "average"], "buttons"),
        ([False, True], "buttons"),
        ([1, 2, 16], "stepper"),
        (range(-3, 3), "stepper"),
        (iter([1, 2]), "stepper"),
        (np.arange(2, 5), "stepper"),
        ([4, 2, 1], "slider"),
        ([0.1, 0.5], "slider"),
        ([1, 2.5], "slider"),
        ([0, 1, "all"], "slider"),
        (Slider([1, 2]), "slider"),
        (Play([1, 2]), "play"),
        (Buttons([1, 2]), "buttons"),
        (Stepper([1, 2]), "stepper"),
    ],
)
def test_each_kind_of_values_has_its_control(values, kind):
    figure = explore(draw_power, **NAMED, alt="{exponent}", exponent=[1, 2], offset=values)
    assert figure.sliders["offset"].slider.kind == kind


@pytest.mark.parametrize("values", [[2, 1], [1, 2.5], [False, True], ["a", "b"]])
def test_a_stepper_refuses_what_is_no_growing_whole_number(values):
    with pytest.raises(ValueError) as caught:
        Stepper(values)
    assert str(caught.value) == f"a stepper expects whole numbers that grow, got {values}"


# --- text alternatives -----------------------------------------------------------------------


@pytest.mark.parametrize("alt", [None, "", "  ", 3])
def test_alt_must_be_a_text(alt):
    with pytest.raises(TypeError, match=r"alt must be a text with {placeholders} or a function"):
        explore(draw_power, **NAMED, alt=alt, exponent=[1, 2])
    with pytest.raises(TypeError, match="alt must be a text: what the figure shows"):
        Still(draw_power(1), **NAMED, alt=alt)


def test_alt_must_change_with_the_state():
    with pytest.raises(ValueError, match=r"alt says the same of every state; .* {exponent}"):
        explore(draw_power, **NAMED, alt="A curve.", exponent=[1, 2])
    with pytest.raises(ValueError, match=r"unknown placeholder 'power'; expected {exponent}"):
        explore(draw_power, **NAMED, alt="{power}", exponent=[1, 2])


def test_alt_function_gets_the_values():
    figure = explore(draw_power, **NAMED, alt=lambda exponent: f"x^{exponent + 1}", exponent=[1, 2])
    assert figure.frame.alt == "x^2"
    figure.sliders["exponent"].value = 2
    assert figure.frame.alt == "x^3"


def test_alt_function_must_return_a_text(static):
    with pytest.raises(RuntimeError, match="TypeError: alt must return a text, got None"):
        explore(draw_power, **NAMED, alt=lambda exponent: None, exponent=[1, 2])


# --- live ------------------------------------------------------------------------------------


def test_moving_a_slider_redraws():
    figure = explore(draw_power, **NAMED, alt="{exponent}", exponent=[1, 2, 3])
    first = figure.frame
    figure.sliders["exponent"].value = 3
    assert figure.values == {"exponent": 3}
    assert figure.frame.markup != first.markup
    figure.sliders["exponent"].value = 1
    assert figure.frame == first


def test_each_move_draws_once():
    drawn = []

    def draw_counted(exponent):
        drawn.append(exponent)
        return draw_power(exponent)

    figure = explore(draw_counted, **NAMED, alt="{exponent}", exponent=[1, 2])
    live_view(figure).places = [1]
    figure.sliders["exponent"].value = 2  # there already
    assert drawn == [1, 2]


def test_slider_refuses_another_value():
    figure = explore(draw_power, **NAMED, alt="{exponent}", exponent=[1, 2, 3])
    with pytest.raises(ValueError, match=r"'exponent': expected one of \[1, 2, 3\], got 4"):
        figure.sliders["exponent"].value = 4
    assert figure.values == {"exponent": 1}


def live_view(figure):
    bundle, _ = figure._repr_mimebundle_()
    assert WIDGET in bundle
    assert bundle["text/plain"].endswith(figure.frame.alt if figure.frame else str(figure.error))
    return figure._live.view


def test_controls_move_the_figure_and_follow_it():
    slider = Slider([1, 2, 3], value=2, label="the exponent")
    figure = explore(
        draw_power, name="powers", alt="x^{exponent}", caption="`A` < B", exponent=slider
    )
    view = live_view(figure)
    (control,) = view.controls
    assert (control["label"], control["texts"]) == ("the exponent", ["1", "2", "3"])
    assert view.places == [1]
    view.places = [2]
    assert figure.values == {"exponent": 3}
    expected = {"markup": figure.frame.markup, "alt": "x^3", "stale": False, "places": [2]}
    assert view.frame == expected
    assert view.caption == "<code>A</code> &lt; B"
    figure.sliders["exponent"].value = 1
    assert view.places == [0]
    assert view.frame["alt"] == "x^1"


def test_several_controls_move_at_once_and_draw_once():
    drawn = []

    def draw_counted(exponent, offset):
        drawn.append((exponent, offset))
        return draw_power(exponent, offset)

    figure = explore(draw_counted, **NAMED, alt="{exponent}", exponent=[1, 2], offset=[0, 1])
    live_view(figure).places = [1, 1]
    figure.set(exponent=1, offset=0)
    figure.set(exponent=1, offset=0)
    assert drawn == [(1, 0), (2, 1), (1, 0)]
    with pytest.raises(ValueError, match=r"'offset': expected one of \[0, 1\], got 7"):
        figure.set(exponent=2, offset=7)
    with pytest.raises(ValueError, match="expected some of exponent, offset, got power"):
        figure.set(power=1)
    assert figure.values == {"exponent": 1, "offset": 0}


def test_where_no_kernel_runs_the_picture_stays():
    figure = explore(draw_power, **NAMED, alt="{exponent} < 3", exponent=[1, 2])
    bundle, _ = figure._repr_mimebundle_()
    assert 'aria-label="1 &lt; 3"' in bundle["text/html"]


def test_an_error_shows_beside_the_slider_and_goes_again():
    figure = explore(draw_reciprocal, **NAMED, alt="1/{number}", number=[2, 0, 1])
    view = live_view(figure)
    assert view.message == ""
    before = figure.frame
    view.places = [1]
    assert isinstance(figure.error, ZeroDivisionError)
    assert figure.frame is before  # the last figure stays, marked as stale
    message = view.message
    assert 'role="alert"' in message
    assert "<strong>ZeroDivisionError</strong>: no &lt;number&gt; has this reciprocal" in message
    assert "in draw_reciprocal(), line" in message
    assert "stale: it still shows number = 2" in message
    assert view.frame["stale"]
    assert view.frame["markup"] == before.markup
    view.places = [2]
    assert figure.error is None
    assert view.message == ""
    assert view.frame["alt"] == "1/1"
    assert not view.frame["stale"]


def test_an_error_in_the_first_state_leaves_the_other_states():
    figure = explore(draw_reciprocal, **NAMED, alt="1/{number}", number=[0, 1])
    assert figure.frame is None
    view = live_view(figure)
    assert "ZeroDivisionError" in view.message
    assert view.frame["markup"] == ""
    view.places = [1]
    assert figure.error is None
    assert "<svg" in view.frame["markup"]


def test_a_function_that_returns_no_figure_is_an_error():
    figure = explore(lambda exponent: None, **NAMED, alt="{exponent}", exponent=[1, 2])
    assert str(figure.error) == "<lambda>() must return a Figure, got NoneType"


def test_draw_all_visits_every_state_and_returns():
    figure = explore(draw_power, **NAMED, alt="{exponent},{offset}", exponent=[1, 2], offset=[0, 1])
    figure.sliders["offset"].value = 1
    assert [frame.alt for frame in figure.draw_all()] == ["1,0", "1,1", "2,0", "2,1"]
    assert figure.values == {"exponent": 1, "offset": 1}


def test_a_still_picture_stands_beside_what_is_live():
    figure = explore(draw_power, **NAMED, alt="x^{exponent}", exponent=[1, 2])
    figure.sliders["exponent"].value = 2
    live_view(figure)
    page = figure._repr_mimebundle_()[0]["text/html"]
    (shown,) = Elements(page).all("svg")
    assert shown["aria-label"] == "x^2"
    assert 'id="powers"' in page
    assert "Powers of a number." in page
    assert "<input" not in page


class Shell:
    """IPython where the one who runs a notebook takes questions, or not."""

    def __init__(self, allow_stdin):
        self.kernel = type("Kernel", (), {"_allow_stdin": allow_stdin})


@pytest.mark.parametrize("there", [True, False])
def test_where_nobody_sits_there_is_only_the_still_picture(monkeypatch, there):
    monkeypatch.setattr("IPython.get_ipython", lambda: Shell(there))
    figure = explore(draw_power, **NAMED, alt="x^{exponent}", exponent=[1, 2])
    window = Microscope(**NAMED, label="A window slides.")
    for each in (figure, window):
        shown = each._repr_mimebundle_()
        bundle = shown[0] if there else shown
        assert (WIDGET in bundle) is there
        assert bundle["text/html"].startswith('<figure class="book-figure" id="powers"')


def test_colab_is_told_where_the_script_for_widgets_is(monkeypatch):
    colab = types.ModuleType("google.colab.output")
    colab.enable_custom_widget_manager = lambda: None
    colab._widgets = types.SimpleNamespace(_installed_url="https://colab.example/manager.js")
    monkeypatch.setitem(sys.modules, "google.colab.output", colab)
    figure = explore(draw_power, **NAMED, alt="x^{exponent}", exponent=[1, 2])
    window = Microscope(**NAMED, label="A window slides.")
    told = []
    monkeypatch.setattr(asking, "display", lambda data, metadata=None, **_: told.append(metadata))
    predict("convolution-stride")._ipython_display_()
    for metadata in (figure._repr_mimebundle_()[1], window._repr_mimebundle_()[1], told[-1]):
        manager = metadata[WIDGET]["colab"]["custom_widget_manager"]
        assert manager == {"url": "https://colab.example/manager.js"}


# --- static ----------------------------------------------------------------------------------


def test_static_stores_what_live_draws(monkeypatch):
    arguments = {"alt": "{exponent}+{offset}", "exponent": [1, 2], "offset": Slider([0, 1, 2])}
    live = explore(draw_power, **NAMED, **arguments)
    monkeypatch.setenv("BOOK_STATIC", "1")
    figure = explore(draw_power, **NAMED, **arguments)
    content = stored(figure)
    assert [c["texts"] for c in controls_of(figure)] == [["1", "2"], ["0", "1", "2"]]
    drawn = live.draw_all()
    assert len(content["states"]) == len(drawn) == 6
    for (picture, alt), frame in zip(content["states"], drawn, strict=True):
        assert content["alts"][alt] == frame.alt
        markup = content["figures"][picture].replace(figure.id, live.id)
        assert markup == frame.markup


def test_static_markup_is_well_formed_and_labeled(static):
    figure = explore(
        draw_power,
        name="powers",
        alt='Curve "{exponent}" & more.',
        caption="<none>",
        exponent=Slider([1, 2, 3], value=2, label="a < b"),
        offset=[0, 1],
    )
    markup = html_of(figure)
    elements = Elements(markup)
    first, second = controls_of(figure)
    assert first == {
        "kind": "slider",
        "label": "a < b",
        "position": 1,
        "texts": ["1", "2", "3"],
        "values": [],
    }
    assert second == {
        "kind": "stepper",
        "label": "offset",
        "position": 0,
        "texts": ["0", "1"],
        "values": [0, 1],
    }
    (picture,) = elements.all("svg")
    assert picture["role"] == "img"
    assert picture["aria-label"] == 'Curve "2" & more.'
    assert "&lt;none&gt;" in markup
    assert any(div.get("aria-live") == "polite" for div in elements.all("div"))
    assert "<script>" not in markup  # the page has the script once, not each figure


def test_static_figures_on_a_page_share_no_id(static):
    page = "".join(
        html_of(explore(draw_power, name=name, alt="{exponent}", caption="x.", exponent=[1, 2]))
        for name in ("powers", "powers-0", "powers-exponent")
    )
    ids = [attributes["id"] for _, attributes in Elements(page).found if "id" in attributes]
    assert len(ids) > 4
    assert len(ids) == len(set(ids))


def test_static_sliders_move_without_drawing_again(static):
    drawn = []

    def draw_counted(exponent):
        drawn.append(exponent)
        return draw_power(exponent)

    figure = explore(draw_counted, **NAMED, alt="{exponent}", exponent=[1, 2])
    figure.sliders["exponent"].value = 2
    assert figure.frame.alt == "2"
    assert drawn == [1, 2]


def test_equal_states_are_stored_once(static):
    figure = explore(
        lambda exponent, unused: draw_power(exponent),
        **NAMED,
        alt="{exponent}",
        exponent=[1, 2],
        unused=list(range(10)),
    )
    content = stored(figure)
    assert len(content["states"]) == 20
    assert len(content["figures"]) == len(content["alts"]) == 2


def test_a_photograph_in_every_state_is_stored_once(static):
    noise = np.random.default_rng(0).random((40, 40, 3))

    def draw_photograph(number):
        figure, (left, right) = new_figure(4, 2, cols=2)
        draw_image(left, noise)
        draw_image(right, np.full((2, 2), number), cmap="gray")
        right.set_title(str(number))
        return figure

    content = stored(explore(draw_photograph, **NAMED, alt="{number}", number=[1, 2, 3]))
    assert len(content["images"]) == 2  # the photograph and the flat gray
    assert all(markup.count('"stored:') == 2 for markup in content["figures"])


def test_static_fails_when_a_state_fails(static):
    with pytest.raises(RuntimeError) as caught:
        explore(draw_reciprocal, **NAMED, alt="{number}", number=[2, 1, 0])
    expected = "draw_reciprocal(number=0) raised ZeroDivisionError: no <number> has this reciprocal"
    assert str(caught.value) == expected
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_static_refuses_too_many_states(static):
    grid = {"exponent": list(range(11)), "offset": list(range(MAX_FRAMES // 10))}
    with pytest.raises(ValueError) as caught:
        explore(draw_power, **NAMED, alt="{exponent}", **grid)
    assert str(caught.value) == (
        "draw_power() has 132 frames (11 exponent × 12 offset), at most 120 fit in a page; "
        "shorten slider 'offset'"
    )


def test_live_takes_any_number_of_states():
    assert (
        explore(draw_power, **NAMED, alt="{exponent}", exponent=range(MAX_FRAMES + 1)).error is None
    )


def test_static_refuses_too_many_bytes(static):
    noise = np.random.default_rng(0).random((10, 250, 250))

    def draw_noise(number):
        figure, axes = new_figure(3, 3)
        draw_image(axes, noise[number])
        return figure

    with pytest.raises(ValueError) as caught:
        explore(draw_noise, **NAMED, alt="{number}", number=range(10))
    message = r"draw_noise\(\) has 10 frames of [\d,]+ bytes in all, compressed; at most 150,000 "
    assert re.match(
        message + "fit in a page; shorten slider 'number' or draw less", str(caught.value)
    )


# --- touch -----------------------------------------------------------------------------------


def draw_target(row, values=None):
    figure, axes = new_figure(3, 2)
    touchable(axes.text(0, 0, "x"), **(values or {"row": row}))
    return figure


def test_a_target_says_which_place_of_which_control_it_sets():
    def draw(row, kind, share):
        figure, axes = new_figure(3, 2)
        touchable(axes.bar([1], [2])[0], row=np.int64(16), kind="b")
        touchable_area(axes, 0, 1, 0, 1, share=0.3)
        return figure

    figure = explore(draw, **NAMED, alt="{row}", row=[1, 2, 16], kind=["a", "b"], share=[0.1, 0.3])
    assert re.findall(r'data-touch="([^"]*)"', figure.frame.markup) == ["0:2 1:1", "2:1"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"col": 1}, "a target sets 'col' to 1, but the figure's controls are row"),
        ({"row": 7}, "a target sets 'row' to 7, not one of [0, 1]"),
        ({"row": "0"}, "a target sets 'row' to '0', not one of [0, 1]"),
    ],
)
def test_a_target_that_the_controls_cannot_follow_is_refused(values, message, monkeypatch):
    def draw(row):
        return draw_target(row, values)

    figure = explore(draw, **NAMED, alt="{row}", row=[0, 1])
    assert str(figure.error) == message
    monkeypatch.setenv("BOOK_STATIC", "1")
    with pytest.raises(RuntimeError) as caught:
        explore(draw, **NAMED, alt="{row}", row=[0, 1])
    assert str(caught.value) == f"draw(row=0) raised ValueError: {message}"


def test_targets_need_an_svg():
    figure = explore(draw_target, **NAMED, alt="{row}", row=[0, 1], format="png")
    assert str(figure.error) == "draw_target() draws targets to touch; they need format='svg'"


def test_a_still_figure_has_no_targets():
    assert "touch" not in Still(draw_target(1), **NAMED, alt="words").html


def test_tiles_along_an_axis_meet_in_the_middle_whatever_their_order():
    _, axes = new_figure(3, 2)
    axes.set(xscale="log", xlim=(0.5, 200))
    tiles = touchable_along(axes, [100, 1, 10], "step", ["c", "a", "b"])
    edges = [(tile.get_x(), tile.get_x() + tile.get_width()) for tile in tiles]
    assert np.allclose(edges, [(0.5, 10**0.5), (10**0.5, 10**1.5), (10**1.5, 200)])
    assert [re.search(r'": "(.)"', tile.get_gid())[1] for tile in tiles] == ["a", "b", "c"]


# --- rendering -------------------------------------------------------------------------------


def test_svg_is_small_tidy_and_selectable():
    figure, axes = new_figure(3, 2)
    axes.plot([0.123456789, 2], label="line")
    axes.set_title("A title")
    axes.text(0, 1, "0.123456789", color="#111111")
    axes.legend()
    markup = render(figure, prefix="p")
    root = ElementTree.fromstring(markup)
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"A title", "line", "0.123456789"} <= set(texts)
    assert root.get("fill") == "currentColor"  # what matplotlib leaves black by default
    assert "#000000" not in markup
    assert "#ffffff" not in markup  # the legend's ground
    assert "#111111" in markup
    for unwanted in ("<metadata", "<!--", "<style", "xlink", "font-family:"):
        assert unwanted not in markup
    numbers = re.findall(r"\d+\.(\d+)", " ".join(re.findall(r' d="([^"]*)"', markup)))
    assert max(map(len, numbers)) <= 4


def test_svg_ids_start_with_the_prefix_and_are_used():
    figure, axes = new_figure(3, 2, rows=2)
    axes[0].plot([1, 2])
    axes[1].bar([1], [2], hatch="//", fill=False)
    markup = render(figure, prefix="here")
    ids = re.findall(r'id="([^"]*)"', markup)
    assert len(ids) > 3
    assert len(ids) == len(set(ids))
    for name in ids:
        assert name.startswith("here-")
        assert f'"#{name}"' in markup or f"url(#{name})" in markup
    for name in re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', markup):
        assert "".join(name) in ids


def test_equal_figures_give_equal_markup():
    assert render(draw_power(2)) == render(draw_power(2)) != render(draw_power(3))


@pytest.mark.parametrize(
    ("inches", "least", "most"),
    [pytest.param(3, 350, 350, id="narrow"), pytest.param(6, 356, 700, id="as wide as the text")],
)
def test_figures_shrink_only_as_far_as_they_can_be_read(inches, least, most):
    markup = render(new_figure(inches, 1)[0])
    assert f'style="width:100%;min-width:{least}px;max-width:{most}px;height:auto"' in markup


@pytest.mark.parametrize("shape", [(5, 5), (5, 5, 3)])
def test_embedded_images_keep_their_pixels(shape):
    import io

    from PIL import Image

    pixels = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    figure, axes = new_figure(2, 2)
    axes.imshow(pixels, cmap="gray", vmin=0, vmax=255, interpolation="none")
    uri = re.search(r'href="data:image/png;base64,([^"]*)"', render(figure))[1]
    image = np.asarray(Image.open(io.BytesIO(base64.b64decode(uri))).convert("RGB"))
    expected = pixels if len(shape) == 3 else np.repeat(pixels[..., None], 3, axis=2)
    assert np.array_equal(image[::-1], expected) or np.array_equal(image, expected)


def test_png_is_an_image_with_alt():
    markup = with_alt(render(draw_power(1), "png"), "1 < 2")
    (image,) = Elements(markup).all("img")
    assert image["alt"] == "1 < 2"
    assert image["src"].startswith("data:image/png;base64,")
    assert "role" not in image


def test_pyplots_figures_are_closed():
    figure, _ = matplotlib.pyplot.subplots()
    render(figure)
    assert not matplotlib.pyplot.fignum_exists(figure.number)


def test_render_refuses_what_is_no_figure():
    with pytest.raises(TypeError, match="expected a matplotlib Figure, got list"):
        render([])


# --- still figures ---------------------------------------------------------------------------


def test_still_has_alt_and_caption():
    still = Still(draw_power(1), name="line", alt='A "line".', caption="1 < `2 & 3`.")
    elements = Elements(html_of(still))
    (picture,) = elements.all("svg")
    assert picture["role"] == "img"
    assert picture["aria-label"] == 'A "line".'
    assert elements.all("figure")[0]["id"] == "line"
    assert "1 &lt; <code>2 &amp; 3</code>.</figcaption>" in html_of(still)
    assert repr(still) == 'Figure: A "line".'


def test_captions_have_the_apostrophe_of_print_and_code_its_own():
    still = Still(draw_power(1), name="line", alt="words", caption="The line's `b'a'`.")
    assert "The line\N{RIGHT SINGLE QUOTATION MARK}s <code>b'a'</code>." in html_of(still)


def test_show_displays_at_once(capsys):
    assert show(draw_power(1), **NAMED, alt="A line.") is None
    assert capsys.readouterr().out == "Figure: A line.\n"


def test_figures_are_made_without_pyplot():
    assert isinstance(draw_power(1), Figure)
    assert isinstance(explore(draw_power, **NAMED, alt="{exponent}", exponent=[1, 2]), Explore)
    assert matplotlib.pyplot.get_fignums() == []


# --- paper -----------------------------------------------------------------------------------


def rows_of(figure):
    (div,) = [d for d in Elements(html_of(figure)).all("div") if d.get("class") == "explore"]
    return json.loads(div["data-paper"])


def packed(figure):
    return re.search(r'class="explore-frames">([^<]+)<', html_of(figure))[1]


def test_the_states_for_paper_are_found_among_the_frames(static):
    sliders = {"exponent": Slider([1, 2, 3], value=2, label="power"), "offset": [0, 1]}
    paper = [{"exponent": 1}, {"exponent": 3, "offset": 1}, {}]
    figure = explore(draw_power, **NAMED, alt="{exponent}+{offset}", paper=paper, **sliders)
    frames = unpack(packed(figure))
    shown = rows_of(figure)
    assert [frames[one["state"]].alt for one in shown] == ["1+0", "3+1", "2+0"]
    assert [one["label"] for one in shown] == [
        "power: 1, offset: 0",
        "power: 3, offset: 1",
        "power: 2, offset: 0",
    ]


def test_a_state_for_paper_names_only_the_controls_that_tell_it_from_others(static):
    sliders = {"exponent": [1, 2, 3], "offset": [False, True]}
    paper = [{"exponent": 2}, {"exponent": 3, "offset": False}]
    figure = explore(draw_power, **NAMED, alt="{exponent}{offset}", paper=paper, **sliders)
    assert [one["label"] for one in rows_of(figure)] == ["exponent: 2", "exponent: 3"]


def test_stored_frames_come_back_as_they_were_drawn(static):
    noise = np.random.default_rng(0).random((40, 40, 3))

    def draw_photograph(number):
        figure, axes = new_figure(4, 2)
        draw_image(axes, noise)
        axes.set_title(str(number))
        return figure

    figure = explore(draw_photograph, **NAMED, alt="{number}", number=[1, 2, 3])
    assert unpack(packed(figure)) == figure.draw_all()


def test_a_figure_without_states_for_paper_has_none(static):
    assert "data-paper" not in html_of(
        explore(draw_power, **NAMED, alt="{exponent}", exponent=[1, 2])
    )


@pytest.mark.parametrize(
    ("paper", "error", "message"),
    [
        ({"exponent": 1}, TypeError, "paper must be a list of up to 6 states"),
        ([1], ValueError, "paper must be a list of up to 6 states"),
        ([{"exponent": 1}] * 7, ValueError, "paper must be a list of up to 6 states"),
        ([{"power": 1}], ValueError, "paper: expected some of exponent, got 'power'"),
        ([{"exponent": 9}], ValueError, r"slider 'exponent': expected one of \[1, 2\], got 9"),
        (
            [{}, {"exponent": 1}],
            ValueError,
            "paper: expected different states, got {'exponent': 1}",
        ),
    ],
)
def test_states_for_paper_that_a_figure_does_not_have_are_refused(paper, error, message):
    with pytest.raises(error, match=message):
        explore(draw_power, **NAMED, alt="{exponent}", paper=paper, exponent=[1, 2])
