"""Each kind of control, and touch, reach every state of a figure, and show what it stores."""

from __future__ import annotations

import re

import numpy as np
import pytest

from lib.explore import (
    Buttons,
    Play,
    Slider,
    Stepper,
    Still,
    explore,
    touchable,
    touchable_along,
    touchable_area,
)
from lib.figures.style import new_figure
from tests.axe import faults

pytestmark = pytest.mark.browser

NAMED = {"name": "figure", "caption": "A figure."}
PHONE = {"width": 400, "height": 800}
MARKS = (0.1, 1.0, 10.0)


@pytest.fixture(autouse=True)
def static(monkeypatch):
    monkeypatch.setenv("BOOK_STATIC", "1")


def draw_kinds(method="max", size=1, share=0.1, step=0, flag=False):
    figure, axes = new_figure(6, 2)
    axes.set(title=f"{method}, {size}, {share}, {step}, {flag}")
    return figure


def titled(**control):
    (name,) = control
    return explore(draw_kinds, **NAMED, alt=f"{name} is {{{name}}}.", **control)


def now(page, at=0):
    """Return what the figure says that it shows, which goes with the title that it does show."""
    picture = page.locator(".explore-figure > svg").nth(at)
    return picture.get_attribute("aria-label"), picture.locator("text").last.text_content()


def state(figure, **values):
    """Return the same of a state as Python draws it."""
    figure.set(**values)
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", figure.frame.markup)
    return figure.frame.alt, texts[-1]


# --- keys ----------------------------------------------------------------------------------------

KINDS = {
    "buttons": {"method": ["max", "average", "none"]},
    "booleans": {"flag": [False, True]},
    "stepper": {"size": range(1, 4)},
    "stepper with gaps": {"size": [1, 2, 16]},
    "slider": {"share": Slider([0.1, 0.5, 0.9])},
    "play": {"step": Play([0, 1, 5, 20])},
}


@pytest.mark.parametrize("control", KINDS.values(), ids=KINDS)
def test_the_arrow_keys_reach_every_state(shown, control):
    figure = titled(**control)
    page = shown(figure)
    (name,) = control
    values = figure.sliders[name].slider.values
    assert now(page) == state(figure, **{name: values[0]})
    page.keyboard.press("Tab")
    key = "ArrowUp" if figure.sliders[name].slider.kind == "stepper" else "ArrowRight"
    for value in values[1:]:
        page.keyboard.press(key)
        assert now(page) == state(figure, **{name: value})


@pytest.mark.parametrize("control", KINDS.values(), ids=KINDS)
def test_the_pointer_reaches_every_state(shown, control):
    figure = titled(**control)
    page = shown(figure)
    (name,) = control
    slider = figure.sliders[name].slider
    for place, value in enumerate(slider.values):
        if slider.kind == "buttons":
            page.locator(".widget-choices span").nth(place).click()
        elif slider.kind == "stepper":
            if place:
                page.get_by_role("button", name=f"more {name}").click()
        else:
            track = page.locator("input[type=range]")
            box = track.bounding_box()
            x = 8 + (box["width"] - 16) * place / (len(slider.values) - 1)
            track.click(position={"x": x, "y": box["height"] / 2})
        assert now(page) == state(figure, **{name: value})


def test_a_stepper_takes_its_numbers_typed_and_no_other(shown):
    figure = titled(size=Stepper([1, 2, 16], label="kernel size"))
    page = shown(figure)
    field = page.get_by_label("kernel size", exact=True)
    field.fill("16")
    assert now(page) == state(figure, size=16)
    for wrong in ("3", "-1", "99", ""):
        field.fill(wrong)
        assert now(page) == state(figure, size=16)
    field.blur()
    assert field.input_value() == "16"
    field.press("ArrowUp")
    assert now(page) == state(figure, size=16)
    assert page.get_by_role("button", name="more").is_disabled()
    page.get_by_role("button", name="less").click()
    assert now(page) == state(figure, size=2)


def test_controls_say_what_they_are_and_where_they_stand(shown):
    page = shown(
        explore(
            draw_kinds,
            **NAMED,
            alt="{method} {size} {share} {step}",
            method=Buttons(["max", "none"], value="none", label="pooling"),
            size=[1, 2, 3],
            share=Slider([0.1, 0.5], format="{:.0%}", label="share kept"),
            step=Play([0, 1], label="steps taken"),
        )
    )
    assert page.get_by_role("group", name="pooling").get_by_role("radio").count() == 2
    assert page.get_by_role("radio", name="none").is_checked()
    assert page.get_by_role("spinbutton", name="size").input_value() == "1"
    assert page.get_by_role("slider", name="share kept").get_attribute("aria-valuetext") == "10%"
    assert page.get_by_role("slider", name="steps taken").get_attribute("aria-valuetext") == "0"
    assert page.get_by_role("button", name="Play: steps taken").count() == 1


# --- time ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_play_goes_through_every_state_stops_at_the_last_and_says_it_once(shown, motion):
    figure = titled(step=Play([0, 1, 5], label="steps taken"))
    page = shown(figure, reduced_motion=motion)
    page.evaluate(
        """() => {
            window.said = [], window.seen = [];
            const watch = (part, list, read) => new MutationObserver(() => list.push(read(part)))
                .observe(part, { childList: true, subtree: true, characterData: true });
            watch(document.querySelector(".explore-live"), said, part => part.textContent);
            watch(document.querySelector(".explore-figure"), seen,
                part => part.firstElementChild.getAttribute("aria-label"));
        }"""
    )
    button = page.get_by_role("button", name="steps taken")
    button.press("Enter")
    assert button.inner_text() == "Pause"
    page.wait_for_function("said.length > 0")
    assert now(page) == state(figure, step=5)
    assert page.evaluate("[said, seen]") == [
        ["step is 5."],
        ["step is 1.", "step is 5."],
    ]
    assert button.inner_text() == "Play"
    button.click()  # from the last, it begins again
    assert now(page) == state(figure, step=0)
    button.click()
    assert button.inner_text() == "Play"
    button.click()
    page.locator("input[type=range]").press("Home")  # who moves the slider stops the film
    assert button.inner_text() == "Play"
    assert now(page) == state(figure, step=0)


# --- touch ---------------------------------------------------------------------------------------


def draw_cells(row, col, other):
    figure, axes = new_figure(5, 3)
    axes.set(xlim=(-0.5, 2.5), ylim=(1.5, -0.5), title=f"{row}, {col}, {other}")
    for p in range(2):
        for q in range(3):
            touchable_area(axes, q - 0.5, q + 0.5, p - 0.5, p + 0.5, row=p, col=q)
            axes.text(q, p, f"{p}{q}", ha="center")
    return figure


def cells():
    return explore(
        draw_cells, **NAMED, alt="{row}, {col}, {other}", row=[0, 1], col=range(3), other=["a", "b"]
    )


def middle(page, target):
    box = page.locator(f'[data-touch="{target}"]').first.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_click_on_a_target_sets_its_controls_and_no_other(shown, theme):
    figure = cells()
    page = shown(figure, theme=theme)
    page.get_by_role("radio", name="b").check(force=True)
    for p in range(2):
        for q in range(3):
            at = middle(page, f"0:{p} 1:{q}")
            page.mouse.move(*at)
            found = "([x, y]) => getComputedStyle(document.elementFromPoint(x, y)).cursor"
            assert page.evaluate(found, at) == "pointer"
            page.mouse.click(*at)
            assert now(page) == state(figure, row=p, col=q, other="b")
            fields = page.get_by_role("spinbutton").evaluate_all("all => all.map(f => f.value)")
            assert fields == [str(p), str(q)]


def test_a_drag_sets_what_it_comes_over_and_what_lies_beside_does_nothing(shown):
    figure = cells()
    page = shown(figure)
    page.mouse.move(*middle(page, "0:0 1:0"))
    page.mouse.down()
    for p, q in ((0, 1), (1, 1), (1, 2)):
        page.mouse.move(*middle(page, f"0:{p} 1:{q}"), steps=3)
        assert now(page) == state(figure, row=p, col=q)
    page.mouse.up()
    page.mouse.move(*middle(page, "0:0 1:0"))
    assert now(page) == state(figure, row=1, col=2)
    box = page.locator(".explore-figure > svg").bounding_box()
    page.mouse.click(box["x"] + 2, box["y"] + 2)
    assert now(page) == state(figure, row=1, col=2)


def draw_marks(mark):
    figure, axes = new_figure(6, 2)
    axes.set(xscale="log", xlim=(0.05, 20), title=f"at {mark}")
    axes.plot([mark], [1], "o")
    touchable_along(axes, MARKS, "mark")
    return figure


def test_along_an_axis_the_nearest_value_is_set(shown):
    figure = explore(draw_marks, **NAMED, alt="{mark}", mark=Slider(MARKS))
    page = shown(figure)
    boxes = [t.bounding_box() for t in page.locator("[data-along]").all()]
    assert len(boxes) == 3
    for value, box in zip(MARKS, boxes, strict=True):
        for share in (0.02, 0.98):
            page.mouse.click(box["x"] + share * box["width"], box["y"] + 10)
            assert now(page) == state(figure, mark=value)
    # The axis is logarithmic: tiles meet halfway between the marks, as the eye sees it.
    ends = np.log([0.05, np.sqrt(0.1), np.sqrt(10), 20])
    widths = [box["width"] for box in boxes]
    assert widths == pytest.approx(np.diff(ends) / (ends[-1] - ends[0]) * sum(widths), rel=1e-3)


@pytest.fixture
def swiping(shown):
    """A function that opens a figure on a phone, and gives the page and how to swipe there."""

    def open_page(figure):
        page = shown(figure, viewport=PHONE, has_touch=True, is_mobile=True)
        page.evaluate("document.body.style.paddingBottom = '2000px'")
        finger = page.context.new_cdp_session(page)

        def touch(kind, *at):
            points = [{"x": at[0], "y": at[1]}] if at else []
            finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

        def swipe(first, last):
            touch("touchStart", *first)
            for step in range(1, 9):
                part = step / 8
                touch("touchMove", *(a + (b - a) * part for a, b in zip(first, last, strict=True)))
            touch("touchEnd")
            page.wait_for_timeout(200)  # a scroll goes on a little

        return page, swipe

    return open_page


def test_a_finger_drags_over_targets_and_beside_them_scrolls_the_page(swiping):
    figure = cells()
    page, swipe = swiping(figure)
    swipe(middle(page, "0:1 1:0"), middle(page, "0:0 1:1"))
    assert now(page) == state(figure, row=0, col=1)
    assert page.evaluate("[scrollX, scrollY]") == [0, 0]
    page.touchscreen.tap(*middle(page, "0:1 1:2"))
    assert now(page) == state(figure, row=1, col=2)
    swipe((300, 700), (300, 500))
    assert page.evaluate("scrollY") > 50
    assert now(page) == state(figure, row=1, col=2)


def test_a_finger_over_a_curve_drags_sideways_and_scrolls_up_and_down(swiping):
    figure = explore(draw_marks, **NAMED, alt="{mark}", mark=Slider(MARKS))
    page, swipe = swiping(figure)
    swipe(middle(page, "0:2"), middle(page, "0:1"))
    assert now(page) == state(figure, mark=1.0)
    assert page.evaluate("[scrollX, scrollY]") == [0, 0]
    x, y = middle(page, "0:0")
    swipe((x, y + 20), (x, y - 80))
    assert page.evaluate("scrollY") > 50
    assert now(page) == state(figure, mark=1.0)


def test_the_hint_shows_where_something_can_be_touched(shown):
    page = shown(cells(), titled(size=[1, 2]))
    assert page.locator(".explore-hint").evaluate_all("all => all.map(h => h.hidden)") == [
        *(False, True)
    ]


def test_what_is_drawn_is_a_target_by_itself(shown):
    def draw(bar):
        figure, axes = new_figure(5, 2)
        for place, drawn in enumerate(axes.bar(range(3), [2, 3, 1])):
            touchable(drawn, bar=place)
        axes.set(title=f"bar {bar}")
        return figure

    figure = explore(draw, **NAMED, alt="{bar}", bar=range(3))
    page = shown(figure)
    for bar in (1, 2, 0):
        page.mouse.click(*middle(page, f"0:{bar}"))
        assert now(page) == state(figure, bar=bar)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_with_every_control_has_no_fault_that_axe_knows(shown, theme):
    every = explore(
        draw_kinds,
        **NAMED,
        alt="{method} {size} {share} {step} {flag}",
        method=["max", "none"],
        size=[1, 2],
        share=Slider([0.1, 0.5]),
        step=Play([0, 1]),
        flag=[False, True],
    )
    assert faults(shown(every, cells(), theme=theme)) == []


# --- narrow screens, paper -----------------------------------------------------------------------


def test_on_a_phone_the_controls_come_below_and_what_is_cut_off_says_so(shown):
    page = shown(titled(size=[1, 2]), Still(draw_kinds(), **NAMED, alt="words"), viewport=PHONE)
    picture, controls = (
        page.locator(f".explore .explore-{part}").bounding_box() for part in ("figure", "controls")
    )
    assert controls["y"] > picture["y"] + picture["height"]
    cues = page.locator(".explore-cue")
    page.set_viewport_size({"width": 360, "height": 800})
    page.wait_for_function("document.querySelectorAll('.explore-figure[data-after]').length === 2")
    assert [cue.is_visible() for cue in cues.all()] == [True, True]
    place = page.locator(".explore .explore-figure")
    assert place.get_attribute("tabindex") == "0"
    place.evaluate("place => place.scrollLeft = place.scrollWidth")
    page.wait_for_function("!document.querySelector('.explore .explore-figure[data-after]')")
    assert place.get_attribute("data-before") is not None
    page.set_viewport_size({"width": 800, "height": 800})
    page.wait_for_function("!document.querySelector('.explore-figure[data-wide]')")
    assert [cue.is_visible() for cue in cues.all()] == [False, False]
    assert page.locator(".explore-figure[tabindex]").count() == 0


def test_paper_shows_the_present_state_without_controls(shown):
    figure = titled(size=[1, 2])
    page = shown(figure)
    page.get_by_role("button", name="more").click()
    page.emulate_media(media="print")
    assert now(page) == state(figure, size=2)
    for part in ("controls", "hint"):
        assert not page.locator(f".explore-{part}").is_visible()
