"""axe-core, which finds what readers with a keyboard, a screen reader or weak eyes stumble over."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.only("http")]

# Without its style sheets loaded a second time: from the disk, the browser would refuse that.
OPTIONS = {"resultTypes": ["violations"], "preload": False}
CONTRAST = "color-contrast"

# axe takes ten times as long for the contrast of each word of code as for all else. What has the
# same color, size and weight on the same grounds has the same contrast, so it is asked of three
# such texts a page, in case that one is covered by something.
MARK_TEXTS = """() => {
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
        if (count < 3) element.dataset.contrast = "";
    }
    return found.size;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(reading, scheme):
    page = reading.page
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function("s => document.documentElement.dataset.theme === s", arg=scheme)
    # What is folded away is checked as well, and nothing halfway between two colors.
    page.evaluate(
        """async () => {
            document.querySelectorAll("details").forEach(d => { d.open = true });
            await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            await Promise.allSettled(document.getAnimations().map(a => a.finished));
        }"""
    )
    assert page.evaluate(MARK_TEXTS) > 5
    asked = [
        (None, {"rules": {CONTRAST: {"enabled": False}}}),
        ({"include": [["[data-contrast]"]]}, {"runOnly": [CONTRAST]}),
    ]
    serious = [
        f"{rule['id']}: {rule['help']}\n    {node['html'][:200]}\n    {node['failureSummary']}"
        for where, rules in asked
        for rule in Axe().run(page, where, {**OPTIONS, **rules}).response["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
    assert serious == [], "\n".join(serious)
