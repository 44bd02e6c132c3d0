"""Channels in the page: parts, bias and sum are those of Conv2d, with and without groups."""

import itertools

import numpy as np
import pytest

from lib.layers import Conv2d
from lib.widgets import Channels
from tests.widgets.conftest import NAMED, compute

pytestmark = pytest.mark.browser

# Beside the output and the parameters: each part, as a map, for each slice of each filter.
ARITHMETIC = """(cases) => {
    const { convolve, partsOf, channelsOf, parameters } = Widgets.defined.channels;
    return cases.map((state) => {
        const y = convolve(state);
        const part = (f, p, q) => partsOf(f, p, q, state);
        return { y, parameters: parameters(state),
            channels: y.map((_, f) => channelsOf(f, state)),
            parts: y.map((map, f) => map.map((row, p) => row.map((_, q) => part(f, p, q)))) };
    });
}"""


def cases():
    """Yield every number of channels, filters and groups, with integers: sums are then exact."""
    rng = np.random.default_rng(0)
    for c, f, k, biased in itertools.product((1, 2, 3, 4), (1, 2, 3, 4), (1, 3), (True, False)):
        for groups in (g for g in (1, 2, 3, 4) if c % g == f % g == 0):
            for h, w in ((3, 5), (4, 4), (5, 3)):
                yield {
                    "x": rng.integers(-9, 10, (c, h, w)).tolist(),
                    "weight": rng.integers(-9, 10, (f, c // groups, k, k)).tolist(),
                    "bias": rng.integers(-9, 10, f).tolist() if biased else None,
                    "groups": groups,
                }


def layer_of(case):
    filters, slices, k, _ = np.shape(case["weight"])
    groups = case["groups"]
    biased = case["bias"] is not None
    layer = Conv2d(
        slices * groups, filters, k, groups=groups, bias=biased, rng=np.random.default_rng(0)
    )
    layer.weight.data = np.array(case["weight"], float)
    if biased:
        layer.bias.data = np.array(case["bias"], float)
    return layer


def figure(**state):
    return Channels(**NAMED, label="A filter has a slice for each channel", **state)


def test_every_setting_gives_the_numbers_of_the_library(shown):
    page, every = shown(figure()), list(cases())
    assert len(every) > 250
    for case, got in zip(every, compute(page, ARITHMETIC, every), strict=True):
        x, layer = np.array(case["x"], float), layer_of(case)
        assert np.array_equal(got["y"], layer(x[None])[0]), case
        assert got["parameters"] == sum(p.data.size for p in layer.parameters()), case
        for f, channels in enumerate(got["channels"]):
            for s, channel in enumerate(channels):
                alone = np.zeros_like(x)
                alone[channel] = x[channel]
                part = layer(alone[None])[0, f] - (case["bias"][f] if case["bias"] else 0)
                assert np.array_equal(np.array(got["parts"][f])[:, :, s], part), case


def test_whatever_the_reader_asks_for_fits_together(shown):
    asked = [
        {"inputs": c, "filters": f, "groups": g, "k": k}
        for c, f, g, k in itertools.product(range(1, 5), range(1, 5), range(1, 5), (1, 3))
    ]
    states = shown(figure()).evaluate(
        "([state, asked]) => asked.map((sizes) => Widgets.defined.channels.reshaped(state, sizes))",
        [figure().state, asked],
    )
    for sizes, state in zip(asked, states, strict=True):
        fits = sizes["inputs"] % sizes["groups"] == sizes["filters"] % sizes["groups"] == 0
        assert state["groups"] == (sizes["groups"] if fits else 1)
        assert figure(**state).state == state
        assert np.shape(state["weight"])[2:] == (sizes["k"],) * 2


def grid(page, name):
    return page.get_by_role("grid", name=name, exact=True)


def numbers(page, name):
    cells = grid(page, name).locator("td").all_inner_texts()
    return [float(text.replace("−", "-")) for text in cells]


def marked(page, name, look="mark"):
    found = (
        grid(page, name)
        .locator("td")
        .evaluate_all(
            "(cells, look) => cells.map((cell) => cell.classList.contains(`widget-${look}`))", look
        )
    )
    return np.flatnonzero(found).tolist()


def says(page):
    return page.locator(".widget-say").inner_text()


def test_an_output_shows_its_windows_and_adds_up_its_parts(shown):
    page = shown(figure())
    grid(page, "map 1").locator("td").nth(3).hover()
    assert [marked(page, f"channel {c}") for c in range(3)] == [
        [5, 6, 7, 9, 10, 11, 13, 14, 15]
    ] * 3
    parts = [numbers(page, f"part of channel {c}")[0] for c in range(3)]
    assert parts == [sum(numbers(page, f"products of channel {c}")) for c in range(3)]
    assert sum(parts) + numbers(page, "bias")[0] == numbers(page, "sum")[0]
    assert numbers(page, "sum")[0] == numbers(page, "map 1")[3]
    assert says(page) == "Map 1, output (1, 1): 2 + 1 + 2 + bias (−2) = 3"


def test_a_weight_shows_the_pixel_it_meets_and_a_pixel_the_outputs_that_read_it(shown):
    page = shown(figure())
    grid(page, "map 0").locator("td").nth(1).hover()
    grid(page, "slice for channel 1").locator("td").nth(4).hover()
    assert marked(page, "channel 1", "win") == [6]
    assert marked(page, "products of channel 1", "win") == [4]
    assert says(page) == "Weight 1 of slice 1 meets pixel 3 of channel 1: 1 · 3 = 3"
    grid(page, "channel 2").locator("td").nth(1).hover()
    assert [marked(page, f"map {f}") for f in range(2)] == [[0, 1], [0, 1]]
    assert says(page) == "2 outputs of every map read this pixel of channel 2."


def test_depthwise_gives_every_channel_a_filter_of_its_own(shown):
    page = shown(figure())
    assert "3 slices · 3 · 3 + 2 biases = 56." in page.locator(".widget-parameters").inner_text()
    page.get_by_role("button", name="depthwise").click()
    told = page.locator(".widget-parameters").inner_text()
    assert told.endswith("3 filters · 1 slice · 3 · 3 + 3 biases = 30. Without groups: 84.")
    grid(page, "map 1").locator("td").first.hover()
    assert page.locator(".widget-apart:visible").all_inner_texts() == [
        f"Filter 1 does not see channel {c}: it is in another group." for c in (0, 2)
    ]
    grid(page, "channel 0").locator("td").first.hover()
    assert says(page) == "Only map 0 can see channel 0: the others are in other groups."


def test_groups_are_offered_where_they_divide_channels_and_filters(shown):
    page = shown(figure())
    groups = page.get_by_role("group", name="groups", exact=True).first
    assert groups.get_by_role("radio").count() == 1
    page.get_by_role("button", name="more input channels").click()
    assert groups.get_by_role("radio").count() == 2
    groups.locator("label").nth(1).click()
    assert page.locator(".widget-apart:visible").count() == 2
    page.get_by_role("button", name="less input channels").click()
    assert page.locator(".widget-apart:visible").count() == 0


def test_one_by_one_mixes_channels_pixel_by_pixel(shown):
    page = shown(figure(bias=None))
    page.get_by_text("1 × 1").click()
    assert not grid(page, "bias").is_visible()
    channels = np.array([numbers(page, f"channel {c}") for c in range(3)])
    weights = [numbers(page, f"slice for channel {c}")[0] for c in range(3)]
    assert np.array_equal(numbers(page, "map 0"), weights @ channels)


def test_weights_pixels_and_biases_are_edited(shown):
    page = shown(figure())
    for name in ("channel 0", "slice for channel 0", "bias"):
        before = numbers(page, "sum")
        grid(page, name).locator("td").first.focus()
        page.keyboard.type("7")
        page.keyboard.press("Enter")
        assert numbers(page, name)[0] == 7
        assert numbers(page, "sum") != before


def test_what_is_typed_goes_to_the_filter_that_was_shown(shown):
    page = shown(figure())
    grid(page, "slice for channel 0").locator("td").first.dblclick()
    page.keyboard.type("9")
    grid(page, "map 1").locator("td").first.click()
    assert numbers(page, "slice for channel 0")[0] == 0
    grid(page, "map 0").locator("td").first.hover()
    assert numbers(page, "slice for channel 0")[0] == 9


@pytest.mark.parametrize("groups", [1, 3])
def test_its_still_picture_tells_the_first_output(groups):
    weight = np.array(figure().state["weight"]) if groups == 1 else np.ones((3, 1, 3, 3))
    case = figure(weight=weight, groups=groups, bias=None).state
    y = layer_of(case)(np.array(case["x"])[None])[0, 0, 0, 0]
    markup = figure(**case).still().html
    assert "<svg" in markup
    assert f"holds {y:g}".replace("-", "−") in markup
