"""Picture every page of the built book for a person to look at: light, dark, and 400 px wide.

``make screenshots`` runs it; the pictures lie in ``_build/screenshots``. Name pages to picture
only these: ``python -m tests.book.screenshots chapters/02_convolution``.
"""

import sys

from tests.book.built import HTML, NARROW, WIDE, check_built, pages, wait_until_ready
from tests.browser import launch, new_page, serve

LOOKS = {
    "light": {"color_scheme": "light", "viewport": WIDE},
    "dark": {"color_scheme": "dark", "viewport": WIDE},
    "narrow": {"color_scheme": "light", "viewport": NARROW, "device_scale_factor": 2},
}


def main(wanted: list[str]) -> None:
    check_built()
    folder = HTML.parent / "screenshots"
    with launch() as browser, serve(HTML) as address:
        if browser is None:
            sys.exit("there is no Chromium here; `make test-browser` installs one")
        for page_name in pages():
            name = page_name.removesuffix(".html")
            if wanted and name not in wanted:
                continue
            for look, options in LOOKS.items():
                with new_page(browser, reduced_motion="reduce", **options) as (page, _):
                    page.goto(f"{address}/{page_name}")
                    wait_until_ready(page)
                    file = folder / look / f"{name.replace('/', '-')}.png"
                    # A window as high as the page: full_page=True shifts the theme's columns.
                    height = page.evaluate("document.documentElement.scrollHeight")
                    page.set_viewport_size({**options["viewport"], "height": height})
                    page.screenshot(path=file, animations="disabled")
                    print(file)


if __name__ == "__main__":
    main(sys.argv[1:])
