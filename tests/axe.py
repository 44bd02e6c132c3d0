"""axe-core, which finds what readers with a keyboard, a screen reader or weak eyes stumble over."""

from __future__ import annotations

from collections.abc import Iterable

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

# Without style sheets loaded a second time: from the disk, the browser would refuse that.
OPTIONS = {"resultTypes": ["violations"], "preload": False}
RUN = "([where, options]) => axe.run(where ?? document, options).then(found => found.violations)"


def faults(
    page: Page, where: dict | None = None, impacts: Iterable[str] | None = None, **options
) -> list[str]:
    """Return what axe finds in a page, or ``where`` it shall look; ``options`` are axe's."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    return [
        f"{rule['id']}: {rule['help']}\n    {node['html'][:200]}\n    {node['failureSummary']}"
        for rule in page.evaluate(RUN, [where, {**OPTIONS, **options}])
        if impacts is None or rule["impact"] in impacts
        for node in rule["nodes"]
    ]
