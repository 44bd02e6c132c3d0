"""Readers with a keyboard, a screen reader or weak eyes stumble over nothing that axe knows."""

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from tests.axe import faults
from tests.book.built import unfolded

pytestmark = pytest.mark.browser

CONTRAST = "color-contrast"
# All rules whose faults can be serious; in the dark those about colors alone.
RULES = {
    "light": {"rules": {"region": {"enabled": False}}},
    "dark": {"runOnly": [CONTRAST, "link-in-text-block"]},
}

# axe takes ten times as long for the contrast of each word of code as for all else. What has the
# same color, size and weight on the same grounds has the same contrast, so it is asked of three
# such texts a page, in case that one is covered by something; in the dark the same covers the same.
TEXTS = {"light": 3, "dark": 1}
MARK_TEXTS = """most => {
    const grounds = new Map(), found = new Map();
    const ground = element => {
        if (!element) return "";
        if (!grounds.has(element)) {
            const s = getComputedStyle(element);
            const own = [s.backgroundColor, s.backgroundImage, s.opacity, s.filter].join();
            const clear = own === "rgba(0, 0, 0, 0),none,1,none";
            grounds.set(element, ground(element.parentElement) + (clear ? "" : "/" + own));
        }
        return grounds.get(element);
    };
    for (const element of document.body.querySelectorAll("*")) {
        delete element.dataset.contrast;
        if (!element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
        const texts = Array.from(element.childNodes).filter(n => n.nodeType === Node.TEXT_NODE);
        const length = texts.map(n => n.data.trim()).join("").length;
        const holds = element.matches("input, select, textarea");
        if (!length && !holds) continue;
        const s = getComputedStyle(element);
        const key = [
            holds, s.color, s.fontSize, s.fontWeight, s.textShadow, s.position, s.clip, s.clipPath,
            Math.min(length, 2), !!element.closest("[disabled], [aria-disabled]"), ground(element),
        ].join("|");
        const count = found.get(key) || 0;
        found.set(key, count + 1);
        if (count < most) element.dataset.contrast = "";
    }
    return found.size;
}"""

ASK_THESE = f"axe.configure({{rules: [{{id: '{CONTRAST}', selector: '[data-contrast]'}}]}})"


def test_axe_finds_nothing_serious(reading):
    page = reading.page
    page.evaluate(AXE_SCRIPT)
    page.evaluate(ASK_THESE)
    found = []
    with unfolded(page):
        for look, scheme in (("wide", "light"), ("dark", "dark")):
            reading.seen(look)
            assert page.evaluate(MARK_TEXTS, TEXTS[scheme]) > 5
            found += faults(page, impacts=("serious", "critical"), **RULES[scheme])
    page.evaluate(
        "document.querySelectorAll('[data-contrast]')"
        ".forEach(text => { delete text.dataset.contrast })"
    )
    assert found == [], "\n".join(found)
