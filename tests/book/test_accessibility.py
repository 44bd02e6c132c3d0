"""axe-core, which finds what readers with a keyboard, a screen reader or weak eyes stumble over."""

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = [pytest.mark.browser, pytest.mark.only("http")]

# Without its style sheets loaded a second time: from the disk, the browser would refuse that.
OPTIONS = {"resultTypes": ["violations"], "preload": False}


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
    found = Axe().run(page, options=OPTIONS).response["violations"]
    serious = [
        f"{rule['id']}: {rule['help']}\n    {node['html'][:200]}\n    {node['failureSummary']}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]
    assert serious == [], "\n".join(serious)
