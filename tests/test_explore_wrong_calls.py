"""What is no slider, no text and no function is refused in words that help."""

from fractions import Fraction

import numpy as np
import pytest

from lib.explore import Slider, Still, explore, show
from lib.explore.sliders import Control
from lib.figures.style import new_figure
from lib.widgets import Microscope

NAMED = {"name": "any", "caption": "Any line."}


def draw_any(exponent=1, **others):
    figure, axes = new_figure(3, 2)
    axes.plot([x**exponent for x in range(4)])
    return figure


@pytest.fixture(autouse=True, params=["live", "static"])
def mode(request, monkeypatch):
    monkeypatch.setenv("BOOK_STATIC", "1" if request.param == "static" else "0")


NO_TEXTS = [3, ["a"], np.ones(2), Slider, {"a": 1}, b"text"]


@pytest.mark.parametrize("text", NO_TEXTS)
def test_labels_formats_names_and_captions_are_texts(text):
    for name in ("label", "format"):
        with pytest.raises(TypeError, match=f"^{name} must be a text, got "):
            Slider([1, 2], **{name: text})
    for name, words in (("name", "lower-case words"), ("caption", "a sentence or two")):
        given = NAMED | {name: text}
        with pytest.raises(TypeError, match=f"^{name} must be {words}.*; got "):
            explore(draw_any, **given, alt="{exponent}", exponent=[1, 2])
        with pytest.raises(TypeError, match=f"^{name} must be {words}.*; got "):
            Still(draw_any(), **given, alt="A line.")
        with pytest.raises(TypeError, match=f"^{name} must be {words}.*; got "):
            Microscope(**given, label="A window.")
    with pytest.raises(ValueError, match=r"^format must be 'svg' or 'png', got "):
        show(draw_any(), **NAMED, alt="A line.", format=text)


BAD_NAMES = [
    "",
    "One-window",
    "one window",
    "one_window",
    "1-window",
    "one--window",
    "-a",
    "a-",
    "é",
]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_name_can_stand_in_an_address(name):
    with pytest.raises(ValueError, match=r"^name must be lower-case words with hyphens between"):
        Still(draw_any(), name=name, alt="A line.", caption="A line.")


def test_a_caption_ends_the_code_that_it_begins():
    with pytest.raises(ValueError, match=r"^caption must be .*, its code between two backticks"):
        Still(draw_any(), name="any", alt="A line.", caption="The `code.")
    with pytest.raises(TypeError, match=r"^caption must be a sentence or two"):
        Still(draw_any(), name="any", alt="A line.", caption=" ")


@pytest.mark.parametrize("values", [None, 3, "abc", b"ab", {1, 2}, {"a": 1, "b": 2}, Slider, print])
def test_values_come_in_an_order(values):
    with pytest.raises(TypeError, match=r"^expected a list of values, got "):
        Slider(values)
    with pytest.raises(TypeError, match=r"^slider 'exponent': expected a list of values, got "):
        explore(draw_any, **NAMED, alt="{exponent}", exponent=values)


@pytest.mark.parametrize("value", [None, [1], np.array(3), np.ones(2), 1j, print, b"a"])
def test_each_value_is_a_number_a_text_or_a_boolean(value):
    with pytest.raises(TypeError, match=r"^expected numbers, texts or booleans as values, got "):
        Slider([0, value])


@pytest.mark.parametrize("value", [[1], np.array([1, 2]), Slider([1, 2]), print, 1j, "1", 3])
def test_a_slider_cannot_stand_or_go_elsewhere(value):
    with pytest.raises(ValueError, match=r"^the start value must be one of \[1, 2\], got "):
        Slider([1, 2], value=value)
    control = Control("stride", Slider([1, 2]), print)
    with pytest.raises(ValueError, match=r"^slider 'stride': expected one of \[1, 2\], got "):
        control.value = value


def test_numpys_scalars_are_values_to_stand_at_and_to_go_to(mode):
    slider = Slider(np.arange(3), value=np.int64(1))
    assert [type(value) for value in (*slider.values, slider.value)] == [int] * 4
    control = Control("stride", slider, lambda: None)
    control.value = np.float32(2)
    assert (control.value, type(control.value)) == (2, int)
    odd = Control("x", Slider([float("nan"), 1]), lambda: None)
    odd.value = 1
    odd.value = odd.slider.values[0]
    assert odd.position == 0


@pytest.mark.parametrize(
    ("values", "format", "why"),
    [
        ([0.1, 0.2], "{:d}", "Unknown format code 'd'"),
        ([0.1, 0.2], "{x}", "'x'"),
        ([0.1, 0.2], "{0.digits}", "no attribute 'digits'"),
        ([0.1, 0.2], "{", "Single '{'"),
        # "unsupported format string", and since Python 3.12 "Invalid format specifier".
        ([Fraction(1, 2), Fraction(1, 3)], "{:d}", "format s"),
    ],
)
def test_a_format_that_does_not_suit_is_told(values, format, why):
    with pytest.raises(ValueError) as caught:
        Slider(values, format=format)
    start = f"the format {format!r} does not suit {values[0]!r}: "
    assert str(caught.value).startswith(start)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    "alt",
    [
        "the set {1, 2} and {exponent}",
        "an open { and {exponent}",
        "a closed } and {exponent}",
        "{exponent.real}",
        "{exponent[0]}",
        "{exponent:q}",
        "{exponent!z}",
    ],
)
def test_a_brace_in_an_alt_text_is_explained(alt):
    with pytest.raises(ValueError) as caught:
        explore(draw_any, **NAMED, alt=alt, exponent=[1, 2])
    message = str(caught.value)
    if "1, 2" in alt:
        assert message == "alt has an unknown placeholder '1, 2'; expected {exponent}"
    else:
        assert message.startswith("alt cannot be filled in (")
        assert message.endswith(
            "a placeholder is the name of a slider, as in {exponent}, a brace that stands for "
            f"itself is doubled, {{{{ or }}}}; got {alt!r}"
        )


@pytest.mark.parametrize(
    ("alt", "expected"),
    [("{{{exponent}}}", "{2}"), ("{exponent!r} {exponent!s}", "2 2"), ("{exponent:.1f}", "2.0")],
)
def test_braces_conversions_and_formats_are_filled_in(alt, expected):
    assert explore(draw_any, **NAMED, alt=alt, exponent=[2, 3]).frame.alt == expected


def test_a_brace_needs_no_care_where_nothing_is_filled_in():
    figure = explore(draw_any, **NAMED, alt=lambda exponent: f"{{{exponent}", exponent=[1, 2])
    assert figure.frame.alt == "{1"
    assert "{x" in Still(draw_any(), **NAMED, alt="{x").html


@pytest.mark.parametrize("name", ['a"onx="1', "a b", "", "1", "a<b", "a-b", "a.b"])
def test_a_name_that_no_argument_can_have_is_refused(name):
    """It becomes the id of an element of the page."""
    with pytest.raises(ValueError, match=r"^a slider has the name of an argument, got "):
        explore(draw_any, **NAMED, alt="{exponent}", exponent=[1, 2], **{name: [1, 2]})


def test_what_is_written_into_the_page_is_escaped(monkeypatch):
    monkeypatch.setenv("BOOK_STATIC", "1")
    bad = '"><b>'
    figure = explore(
        draw_any,
        name="bad",
        alt=f"{bad}{{more}}",
        caption=bad,
        exponent=Slider([1, 2], label=bad, format=f"{bad}{{}}"),
        more=[bad, "none"],
    )
    still = Still(draw_any(), name="any", alt=bad, caption=bad).html
    for page in (figure._repr_mimebundle_()["text/html"], still):
        assert "<b>" not in page
        assert "&quot;&gt;&lt;b&gt;" in page


@pytest.mark.parametrize("draw", [None, 3, "draw", [draw_any], Slider([1, 2])])
def test_what_draws_is_a_function(draw):
    with pytest.raises(TypeError, match=r"^expected a function that draws a figure, got "):
        explore(draw, **NAMED, alt="{exponent}", exponent=[1, 2])
    with pytest.raises(TypeError, match=r"^expected a matplotlib Figure, got "):
        show(draw, **NAMED, alt="A line.")


def test_a_function_that_does_not_tell_its_arguments_is_refused():
    with pytest.raises(TypeError, match=r"^the arguments of max\(\) are not known; wrap it in a"):
        explore(max, **NAMED, alt="{exponent}", exponent=[1, 2])
