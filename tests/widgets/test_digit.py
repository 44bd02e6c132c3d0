"""Draw a digit: it answers every stroke, by mouse, finger and keyboard, and shows how."""

import numpy as np
import pytest

from lib.widgets import DrawADigit, Microscope
from lib.widgets.base import once, scripts_of, slim
from lib.widgets.drawing import hands
from tests.axe import faults
from tests.widgets.conftest import NAMED, text_of

browser = pytest.mark.browser
SEVEN = [(0.3, 0.22), (0.7, 0.22), (0.45, 0.82)]  # shares of the pad
PLACE = {"layer": "conv2", "map": 3, "row": 14, "column": 14}


def figure(**state):
    return DrawADigit(**NAMED, label="Draw a digit", **state)


def words(page):
    return page.locator(".digit-draw .widget-say").inner_text()


def answer(page):
    """Return the digit of the bar that stands out, once the next frame is drawn."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(done)))")
    best = page.locator(".digit-best")
    return int(best.inner_text().split()[0]) if best.count() else None


def draw(page, points, steps=8):
    box = page.locator(".digit-pad").bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=steps)
    page.mouse.up()


@browser
def test_what_is_drawn_is_answered(shown):
    page = shown(figure(strokes=[]))
    assert answer(page) is None
    assert "Draw with the mouse" in words(page)
    draw(page, SEVEN)
    assert answer(page) == 7
    assert words(page).startswith("The network answers: a 7, ")
    page.get_by_role("button", name="Clear").click()
    assert answer(page) is None


@browser
def test_a_finger_draws_too(shown):
    page = shown(figure(strokes=[]), has_touch=True)
    page.locator(".digit-pad").evaluate(
        """(pad, points) => {
            const box = pad.getBoundingClientRect();
            const tell = (type, [x, y]) => pad.dispatchEvent(new PointerEvent(type, {
                pointerId: 1, pointerType: "touch", isPrimary: true, bubbles: true,
                clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
            pad.setPointerCapture = () => {};
            tell("pointerdown", points[0]);
            points.slice(1).forEach((point) => tell("pointermove", point));
            tell("pointerup", points.at(-1));
        }""",
        SEVEN,
    )
    assert answer(page) == 7


@browser
def test_undo_takes_back_one_stroke(shown):
    page = shown(figure(strokes=[]))
    draw(page, SEVEN)
    draw(page, [(0.1, 0.9), (0.9, 0.9)])
    page.get_by_role("button", name="Undo").click()
    assert answer(page) == 7


@browser
def test_each_sample_is_answered_and_pressed_again_brings_another_hand(shown):
    page = shown(figure())
    pictures = set()
    for digit in range(10):
        button = page.get_by_role("button", name=f"sample {digit}")
        button.click()
        assert answer(page) == digit
        pictures.update(
            button.evaluate(
                """async (button) => {
                    const pictures = [], pad = document.querySelector(".digit-pad");
                    for (let times = 0; times < 4; times++) {
                        pictures.push(pad.toDataURL());
                        button.click();
                        await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
                    }
                    return pictures;
                }"""
            )
        )
    assert len(pictures) == 40


@browser
def test_the_keyboard_chooses_moves_thickens_and_clears(shown):
    page = shown(figure(centered=False))
    page.locator(".digit-pad").focus()
    page.keyboard.press("6")
    assert answer(page) == 6
    seen = "() => document.querySelector('.digit-seen canvas').toDataURL()"
    before = page.evaluate(seen)
    page.keyboard.press("ArrowRight")
    answer(page)
    assert page.evaluate(seen) != before
    page.keyboard.press("ArrowLeft")
    answer(page)
    assert page.evaluate(seen) == before
    page.keyboard.press("+")
    answer(page)
    assert page.get_by_role("slider", name="pen").get_attribute("aria-valuetext") == "2.75 px"
    page.wait_for_function(
        "() => document.querySelector('.widget-heard').textContent.includes('a 6,')"
    )
    page.keyboard.press("Delete")
    assert answer(page) is None


@browser
def test_a_drawing_is_moved_by_the_mouse_and_centered_the_network_does_not_see_it(shown):
    page = shown(figure(strokes=hands()[4][1]))
    page.get_by_text("move", exact=True).click()
    page_seen = "() => document.querySelector('.digit-seen canvas').toDataURL()"
    before = page.evaluate(page_seen)
    draw(page, [(0.5, 0.5), (0.5 + 5 / 28, 0.5)])
    assert answer(page) == 4
    assert page.evaluate(page_seen) == before
    page.get_by_text("where it lies", exact=True).click()
    answer(page)
    assert page.evaluate(page_seen) != before


@browser
def test_a_drawing_cannot_be_moved_out_of_sight(shown):
    page = shown(figure(strokes=[[[14, 14]]], centered=False))
    page.locator(".digit-pad").focus()
    for _ in range(40):
        page.keyboard.press("ArrowUp")
    assert answer(page) is not None


@browser
def test_a_map_opens_its_filter_and_the_arithmetic_behind_a_pixel(shown):
    page = shown(figure(whole=True))
    layer = page.get_by_role("group", name="conv2")
    layer.get_by_role("button", name="conv2, map 3").click()
    panel = page.locator(".maps-open")
    assert "conv2, map 3" in panel.inner_text()
    assert panel.get_by_role("grid", name="the weights of the filter").locator("td").count() == 9
    sums = panel.get_by_role("grid", name="the sum of the products of each channel")
    assert sums.locator("td").count() == 16
    sums.locator("td").nth(7).hover()
    assert "channel 7 of 16" in panel.inner_text()
    assert "The sums of 16 channels" in panel.locator(".widget-say").inner_text()
    panel.get_by_role("button", name="Close").click()
    answer(page)
    assert page.locator(".maps-open").count() == 0


@browser
def test_the_keyboard_walks_maps_and_pixels(shown):
    page = shown(figure(whole=True))
    page.get_by_role("button", name="relu1, map 0").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    panel = page.locator(".maps-open")
    assert "relu1, map 2" in panel.inner_text()
    large = panel.get_by_role("application")
    large.focus()
    before = panel.locator(".maps-head").inner_text()
    page.keyboard.press("ArrowUp")
    answer(page)
    assert panel.locator(".maps-head").inner_text() != before
    assert "max(0, " in panel.locator(".widget-say").inner_text()
    page.keyboard.press("Escape")
    answer(page)
    assert page.locator(".maps-open").count() == 0
    assert page.evaluate("() => document.activeElement.ariaLabel") == "relu1, map 2"


@browser
@pytest.mark.parametrize(
    ("layer", "said"),
    [
        ("conv1", "The products add up to"),
        ("pool3", "The largest of"),
        ("hidden", "1,024 products add up to"),
        ("output", "50 products add up to"),
    ],
)
def test_every_kind_of_layer_tells_its_arithmetic(shown, layer, said):
    place = {"layer": layer, "map": 1, "row": 0, "column": 0}
    page = shown(figure(whole=True, opened=place))
    assert said in page.locator(".maps-open .widget-say").inner_text()


@browser
@pytest.mark.parametrize("network", ["mlp", "simple_convnet", "two_conv_net"])
def test_other_networks_are_shown_whole_as_well(shown, network):
    page = shown(figure(whole=True, network=network))
    assert answer(page) == 3
    first = page.locator(".maps-buttons button").first
    first.click()
    page.locator(".maps-open").wait_for()


@browser
def test_the_reasons_are_those_of_the_chosen_class(shown):
    page = shown(figure(whole=True))
    shows = page.locator(".maps-reasons")
    shows.get_by_text("what speaks for a 3").wait_for()
    shows.get_by_role("radio", name="8", exact=True).check()
    shows.get_by_text("what speaks for an 8").wait_for()


@browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(shown, theme):
    page = shown(figure(whole=True, opened=PLACE), figure(), theme=theme)
    assert faults(page) == []


@browser
def test_nothing_is_wider_than_a_phone(shown):
    page = shown(figure(whole=True, opened=PLACE), viewport={"width": 400, "height": 800})
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 400


@browser
def test_figures_of_a_page_share_one_network(shown):
    page = shown(figure(), figure(strokes=hands()[5][0], whole=True))
    assert page.locator('.widget-data[data-name="deep_convnet_augmented"]').count() == 1
    assert page.locator(".digit-best").all_inner_texts()[1].split()[0] == "5"


def test_shared_data_stays_beside_the_first_that_reads_it():
    first, second = figure().page(), figure(network="mlp").page()
    page = once(first + second)
    assert page.startswith(first)
    assert [
        page.count(f'data-name="{name}"') for name in ("hands", "deep_convnet_augmented", "mlp")
    ] == [*(1, 1, 1)]


def test_a_page_with_two_figures_loads_less_than_60_kilobytes_of_script():
    files = dict.fromkeys([*scripts_of("digit"), *scripts_of("microscope"), "page.js"])
    assert len(slim(text_of(files)).encode()) < 60_000


def test_python_sees_what_the_network_sees():
    drawing = figure(strokes=hands()[2][0])
    assert drawing.picture.shape == (28, 28)
    assert drawing.answer() == 2
    drawing.set(strokes=hands()[9][0])
    assert drawing.answer() == 9


@browser
def test_python_and_the_page_answer_alike(shown):
    drawing = figure(strokes=hands()[5][2], pen=1.5)
    page = shown(drawing)
    got = page.evaluate(
        """() => {
            const { convnet, drawing } = Widgets.defined;
            const part = (name) => JSON.parse(document.querySelector(name).textContent);
            const { strokes, pen, centered } = part(".widget-state");
            const network = convnet.read(part('[data-name="deep_convnet_augmented"]'));
            const image = drawing.picture(strokes, pen, centered);
            return convnet.softmax(convnet.logits(convnet.forward(network, image)));
        }"""
    )
    assert np.array(got) == pytest.approx(drawing.probabilities(), abs=1e-4)


@browser
def test_the_module_for_jupyterlab_tells_python_of_a_stroke(shown):
    """With a model that does what anywidget's does."""
    drawing = figure(strokes=[], whole=True)
    page, view = shown(Microscope(**NAMED, label="Another figure")), drawing.live()
    traits = {name: getattr(view, name) for name in ("state", "data", "label", "frame")}
    page.evaluate(
        """async ([module, traits]) => {
            const url = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
            const { default: figure } = await import(url);
            window.model = { get: (name) => traits[name], save_changes() {}, on() {},
                             set: (name, value) => (traits[name] = value) };
            const el = document.querySelector("main");
            figure.render({ model: window.model, el });
        }""",
        [str(view._esm), traits],
    )
    page.add_style_tag(content=text_of(["digit.css"]))
    draw(page, SEVEN)
    assert answer(page) == 7
    drawing.set(**page.evaluate("() => window.model.get('state')"))
    assert drawing.answer() == 7
    caption = page.locator("figure:has([data-widget=digit]) > figcaption")
    assert caption.inner_text() == NAMED["caption"]


def test_without_a_page_there_is_a_view_and_a_still_picture(monkeypatch):
    monkeypatch.delenv("BOOK_STATIC", raising=False)
    drawing = figure()
    bundle = drawing._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "as deep_convnet_augmented sees it, and its answer: a 3" in bundle["text/html"]
    assert set(drawing.live().data) == {"hands", "deep_convnet_augmented"}
    drawing.set(network="mlp")
    assert set(drawing.live().data) == {"hands", "mlp"}
    drawing.live().state = drawing.state | {"strokes": hands()[1][0]}  # as the reader would
    assert drawing.answer() == 1


def test_the_still_picture_of_nothing_says_so():
    assert "nothing is drawn" in figure(strokes=[]).still().alt
