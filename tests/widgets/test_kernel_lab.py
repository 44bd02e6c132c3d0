"""The kernel lab: its arithmetic is the library's, and pictures of one's own stay in the page."""

import base64
import io
import itertools

import numpy as np
import pytest
from matplotlib.colors import to_rgb
from PIL import Image

from lib.convolution import convolve
from lib.figures.convolution import KERNELS, make_kernel
from lib.figures.style import NEGATIVE, POSITIVE, ZERO
from lib.widgets import KernelLab
from lib.widgets.kernel_lab import BT601, decode_picture, encode_picture, load_photograph
from tests.axe import faults
from tests.widgets.conftest import NAMED, compute

pytestmark = pytest.mark.browser

CONVOLVE = """(cases) => cases.map(({ plane: { values, height, width }, ...settings }) => {
    const { convolve, windowOf } = Widgets.defined.kernel_lab;
    const { kernel, stride, padding } = settings;
    const plane = { data: Float32Array.from(values), height, width };
    const y = convolve(plane, kernel, stride, padding);
    const window = windowOf(plane, kernel.length, y.height - 1, 0, stride, padding);
    return { y: [...y.data], shape: [y.height, y.width], window };
})"""


def figure(**state):
    return KernelLab(**NAMED, label="A kernel slides over a photograph", **state)


def opened(shown, widget=None, **options):
    """Open a page and wait until its picture is read."""
    page = shown(widget or figure(), **options)
    page.wait_for_selector(".widget-view[data-drawn=photograph]")
    return page


def small_picture():
    """Return a picture in color, all pixels different."""
    rng = np.random.default_rng(1)
    return rng.integers(0, 256, (20, 30, 3), dtype=np.uint8)


def as_file(pixels, name="own.png"):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": file.getvalue()}


def said(page):
    return page.locator(".widget-say").inner_text()


def sum_said(page):
    return float(said(page).split()[-1].rstrip(".").replace("−", "-"))


def titles(page):
    return page.locator(".widget-title").all_inner_texts()


# --- arithmetic ----------------------------------------------------------------------------------


def cases():
    """Yield many kernels, sizes and pictures."""
    rng = np.random.default_rng(0)
    kernels = [make_kernel(name, size) for name in KERNELS for size in (3, 5, 7)]
    kernels += [rng.standard_normal((size, size)) for size in (3, 5, 7) for _ in range(4)]
    for kernel, (h, w), stride in itertools.product(
        kernels, [(8, 8), (9, 17), (30, 23)], (1, 2, 3, 4)
    ):
        for padding in {0, len(kernel) // 2}:
            values = rng.integers(0, 256, (h, w))
            yield {
                "plane": {"values": values.ravel().tolist(), "height": h, "width": w},
                "kernel": kernel.tolist(),
                "stride": stride,
                "padding": padding,
            }


def test_every_kernel_gives_the_numbers_of_the_library(shown):
    every = list(cases())
    assert len(every) > 700
    for case, got in zip(every, compute(opened(shown), CONVOLVE, every), strict=True):
        plane, kernel = case["plane"], np.array(case["kernel"])
        x = np.array(plane["values"]).reshape(plane["height"], plane["width"])
        pairs = [(case[name],) * 2 for name in ("stride", "padding")]
        y = convolve(x[None, None], kernel[None, None], *pairs, (1, 1))[0, 0]
        assert got["shape"] == list(y.shape), case
        rounding = np.finfo(np.float32).eps * np.abs(kernel).sum() * 255
        assert np.abs(np.reshape(got["y"], y.shape) - y).max() <= rounding, case
        window = np.array(got["window"], dtype=float)  # None, in the padding, is not a number
        assert np.nansum(window * kernel) == pytest.approx(y[-1, 0], abs=1e-9), case


def test_the_kernels_are_those_of_the_book(shown):
    names = [(name, size) for name in KERNELS for size in (3, 5, 7)]
    page = opened(shown)
    made = page.evaluate(
        "names => names.map(([name, size]) => Widgets.defined.kernel_lab.makeKernel(name, size))",
        names,
    )
    for (name, size), kernel in zip(names, made, strict=True):
        assert np.abs(kernel - make_kernel(name, size)).max() < 1e-15, (name, size)
    offered = page.locator("fieldset", has_text="Laplacian").locator("label")
    assert offered.count() == len(KERNELS)


def test_gray_is_how_bright_we_see_the_colors(shown):
    pixels = small_picture()
    rgba = np.dstack([pixels, np.full(pixels.shape[:2], 255)]).ravel().tolist()
    gray, color = opened(shown).evaluate(
        """data => ["gray", "color"].map(colors => Widgets.defined.kernel_lab
            .planesOf({ data, height: 20, width: 30 }, colors).map(plane => [...plane.data]))""",
        rgba,
    )
    assert np.allclose(np.reshape(gray, (20, 30)), pixels @ np.array(BT601) / 255, atol=1e-7)
    assert np.allclose(np.reshape(color, (3, 20, 30)), pixels.transpose(2, 0, 1) / 255, atol=1e-7)


def test_a_picture_becomes_the_output_of_the_library_on_the_canvas(shown):
    pixels = small_picture()
    page = opened(shown, figure(picture=pixels, kernel="box blur", colors="color"))
    got = page.evaluate(
        """() => [...document.querySelectorAll("canvas")].map(canvas => [...canvas
            .getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data])"""
    )
    assert np.array_equal(np.reshape(got[0], (20, 30, 4))[..., :3], pixels)
    images = pixels.transpose(2, 0, 1)[:, None].astype(float)
    y = convolve(images, make_kernel("box blur")[None, None], (1, 1), (0, 0), (1, 1))
    expected = y[:, 0].transpose(1, 2, 0)
    assert np.abs(np.reshape(got[1], (18, 28, 4))[..., :3] - expected).max() <= 0.51


# --- the figure ----------------------------------------------------------------------------------


def test_the_figure_begins_at_the_strongest_edge(shown):
    page = opened(shown)
    assert titles(page)[:2] == ["picture, 200 × 300", "output, 198 × 298"]
    assert titles(page)[3] == "kernel, sum 0"
    assert abs(sum_said(page)) > 2
    assert titles(page)[4] == f"products, sum {said(page).split()[-1].rstrip('.')}"


def test_the_probe_shows_one_window_on_both_pictures(shown):
    pixels = small_picture()
    page = opened(shown, figure(picture=pixels, kernel="identity", padding=1))
    before, after = page.locator(".kernel-lab-picture").all()
    box = after.bounding_box()
    after.hover(position={"x": box["width"] * 10.5 / 30, "y": box["height"] * 4.5 / 20})
    assert said(page).startswith("Row 5, column 11 of the output: the 9 products add up to ")
    assert sum_said(page) == pytest.approx(pixels[4, 10] @ np.array(BT601) / 255, abs=0.005)
    marks = [mark.bounding_box() for mark in page.locator(".kernel-lab-mark").all()]
    centers = [(m["x"] + m["width"] / 2, m["y"] + m["height"] / 2) for m in marks]
    places = [
        ((x - b["x"]) / b["width"] * 30, (y - b["y"]) / b["height"] * 20)
        for (x, y), b in zip(centers, (before.bounding_box(), box), strict=True)
    ]
    assert np.allclose(places, [(10.5, 4.5)] * 2, atol=0.05)
    words = said(page)
    page.mouse.move(0, 0)
    box = before.bounding_box()
    before.hover(position={"x": box["width"] * 10.5 / 30, "y": box["height"] * 4.5 / 20})
    assert said(page) == words


def test_the_keyboard_moves_the_probe_and_stops_at_the_border(shown):
    page = opened(shown)
    page.locator(".kernel-lab-picture").first.focus()
    row = int(said(page).split()[1].rstrip(","))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Shift+ArrowUp")
    assert said(page).startswith(f"Row {row + 1 - 10}, ")
    for _ in range(30):
        page.keyboard.press("Shift+ArrowRight")
    assert ", column 298 of" in said(page)


def test_a_finger_moves_the_probe(shown):
    page = opened(shown, has_touch=True)
    page.locator(".kernel-lab-picture").first.tap(position={"x": 5, "y": 5})
    assert said(page).startswith("Row ")
    assert int(said(page).split()[1].rstrip(",")) < 6


def test_a_kernel_is_typed_and_brought_to_a_sum_of_one(shown):
    page = opened(shown)
    page.get_by_role("grid", name="kernel").locator("td").nth(4).click()
    page.keyboard.type("6")
    page.keyboard.press("Enter")
    assert titles(page)[3] == "kernel, sum 6"
    assert page.get_by_role("radio", checked=True).count() == 2  # no kernel of the list any more
    assert page.locator(".kernel-lab-legend").inner_text().split() == ["0", "6"]
    page.get_by_role("button", name="make the sum 1").click()
    assert titles(page)[3] == "kernel, sum 1"
    assert page.get_by_role("button", name="make the sum 1").is_disabled()
    assert page.locator(".kernel-lab-legend").inner_text().split() == ["0", "1"]


def test_signed_kernels_are_shown_around_zero(shown):
    page = opened(shown)
    low, *_, high, _, _, _ = page.locator(".kernel-lab-legend").inner_text().split()
    assert page.locator(".kernel-lab-ramp").get_attribute("data-kind") == "signed"
    assert low == "−" + high.rstrip(";")
    page.get_by_text("color", exact=True).click()
    assert page.locator(".kernel-lab-ramp").get_attribute("data-kind") == "channels"
    page.get_by_text("sharpen", exact=True).click()
    assert page.locator(".kernel-lab-ramp").get_attribute("data-kind") == "gray"


@pytest.mark.parametrize(("bright", "color"), [("right", POSITIVE), ("left", NEGATIVE)])
def test_an_edge_has_the_color_of_its_sign(shown, bright, color):
    step = np.zeros((10, 12), np.uint8)
    step[:, 6:] = 255
    page = opened(shown, figure(picture=step if bright == "right" else 255 - step))
    row = page.evaluate(
        """() => [...document.querySelectorAll("canvas")[1]
            .getContext("2d").getImageData(0, 3, 10, 1).data]"""
    )
    flat, edge = np.reshape(row, (10, 4))[[0, 4], :3].tolist()
    assert edge == [round(255 * part) for part in to_rgb(color)]
    assert flat == [round(255 * part) for part in to_rgb(ZERO)]


def test_another_size_keeps_the_kernel(shown):
    page = opened(shown)
    page.get_by_text("7 × 7", exact=True).click()
    assert page.get_by_role("radio", name="Sobel, left to right").is_checked()
    assert titles(page)[1] == "output, 194 × 294"
    page.get_by_role("spinbutton", name="padding").fill("3")
    page.get_by_role("grid", name="kernel").locator("td").first.click()
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    page.get_by_text("3 × 3", exact=True).click()
    assert titles(page)[1] == "output, 200 × 300"  # a padding of 1, at most half of the kernel
    assert page.get_by_role("grid", name="kernel").locator("td").count() == 9


def test_colors_are_filtered_each_by_itself(shown):
    pixels = small_picture()
    page = opened(shown, figure(picture=pixels, kernel="identity", colors="color"))
    page.locator(".kernel-lab-picture").nth(1).click(position={"x": 1, "y": 1})
    values = [f"{value / 255:.2f}" for value in pixels[1, 1]]
    words = said(page).replace("0.", ".").replace("1.00", "1")
    for name, value in zip(("red", "green", "blue"), values, strict=True):
        assert f"{name} {float(value):g}".replace("0.", ".") in words
    page.get_by_text("blue", exact=True).click()
    assert titles(page)[4] == f"products, sum {float(values[2]):g}"


def test_a_picture_of_ones_own_is_read_in_the_page_and_put_back(shown):
    pixels = small_picture()
    page = opened(shown)
    before = page.evaluate("() => document.querySelector('canvas').toDataURL()")
    page.locator("input[type=file]").set_input_files(as_file(pixels))
    page.wait_for_selector(".widget-view[data-drawn=own]")
    assert titles(page)[0] == "picture, 20 × 30"
    assert "it stays in this page" in page.locator(".kernel-lab-note").first.inner_text()
    page.get_by_role("button", name="back to the photograph").click()
    page.wait_for_selector(".widget-view[data-drawn=photograph]")
    assert page.evaluate("() => document.querySelector('canvas').toDataURL()") == before


def test_a_picture_of_ones_own_is_not_part_of_the_state(shown):
    page = opened(shown)
    page.evaluate(
        """() => {
            const view = document.createElement("div"), { mount } = Widgets.defined.kernel_lab;
            document.body.append(view);
            const state = JSON.parse(document.querySelector(".widget-state").textContent);
            mount(view, state, (next) => { window.told = next; });
            view.id = "second";
        }"""
    )
    page.wait_for_selector("#second[data-drawn=photograph]")
    page.locator("#second input[type=file]").set_input_files(as_file(small_picture()))
    page.wait_for_selector("#second[data-drawn=own]")
    page.locator("#second").get_by_text("emboss", exact=True).click()
    told = page.evaluate("() => window.told")
    assert told["kernel"] == KERNELS["emboss"]
    assert told["picture"] == load_photograph()


def test_a_large_picture_becomes_small_and_can_be_dropped(shown):
    page = opened(shown)
    tall = np.full((900, 450), 128, np.uint8)
    page.evaluate(
        """(text) => {
            const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], "tall.png", { type: "image/png" }));
            document.querySelector(".kernel-lab-picture").dispatchEvent(
                new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        }""",
        base64.b64encode(as_file(tall)["buffer"]).decode(),
    )
    page.wait_for_selector(".widget-view[data-drawn=own]")
    assert titles(page)[0] == "picture, 300 × 150"


def test_a_file_that_is_no_picture_changes_nothing(shown):
    page = opened(shown)
    file = {"name": "own.png", "mimeType": "image/png", "buffer": b"no picture"}
    page.locator("input[type=file]").set_input_files(file)
    page.wait_for_function("document.querySelector('.widget-say').textContent.includes('no pict')")
    assert titles(page)[0] == "picture, 200 × 300"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(shown, theme):
    page = opened(shown, figure(colors="color", padding=1), theme=theme)
    assert faults(page) == []


# --- the state -----------------------------------------------------------------------------------


def test_the_photograph_is_small_and_in_color():
    address = load_photograph()
    image = decode_picture(address)
    assert (image.size, image.mode) == ((300, 200), "RGB")
    assert len(address) < 40_000


def test_a_picture_given_as_an_array_travels_exactly():
    for pixels in (small_picture(), small_picture()[..., 0]):
        assert np.array_equal(np.asarray(decode_picture(encode_picture(pixels))), pixels)


def test_in_a_notebook_there_are_a_view_and_a_picture(monkeypatch):
    monkeypatch.delenv("BOOK_STATIC", raising=False)
    bundle = figure(kernel=make_kernel("sharpen", 5))._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert "<svg" in bundle["text/html"]
    assert "a kernel of 5 by 5 weights that add up to 1" in bundle["text/html"].lower()
