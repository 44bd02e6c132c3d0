"""Picture every page of the built book for a person to look at: light, dark, and 400 px wide.

``make screenshots`` runs it; the pictures lie in ``_build/screenshots``. Name pages to picture
only these: ``python -m tests.book.screenshots chapters/02_convolution``. With ``--readme`` it makes
the picture of the first page that README.md shows.
"""

import io
import sys

from PIL import Image

from tests.book.built import HTML, NARROW, ROOT, WIDE, check_built, pages, wait_until_ready
from tests.browser import launch, new_page
from tests.serving import serve

LOOKS = {
    "light": {"color_scheme": "light", "viewport": WIDE},
    "dark": {"color_scheme": "dark", "viewport": WIDE},
    "narrow": {"color_scheme": "light", "viewport": NARROW, "device_scale_factor": 2},
}


def picture(address, browser, page_name, file, small=False, **options):
    """Save a picture of a page: the whole of it, or a small one of what a window shows."""
    with new_page(browser, reduced_motion="reduce", **options) as (page, _):
        page.goto(f"{address}/{page_name}")
        wait_until_ready(page)
        if not small:
            # A window as high as the page: full_page=True shifts the theme's columns.
            height = page.evaluate("document.documentElement.scrollHeight")
            page.set_viewport_size({**options["viewport"], "height": height})
        shot = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    file.parent.mkdir(parents=True, exist_ok=True)
    shot = shot.convert("RGB")
    (shot.quantize(256) if small else shot).save(file, optimize=True)
    print(file.relative_to(ROOT))


def main(arguments: list[str]) -> None:
    """Picture all pages, the named ones, or the first one for README.md."""
    check_built()
    names = [page_name.removesuffix(".html") for page_name in pages()]
    if arguments != ["--readme"] and (unknown := set(arguments) - set(names)):
        sys.exit(f"there is no page {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    with launch() as browser, serve(HTML) as address:
        if browser is None:
            sys.exit("there is no Chromium here; `make test-browser` installs one")
        if arguments == ["--readme"]:
            file = ROOT / "book" / "static" / "first-page.png"
            picture(address, browser, pages()[0], file, small=True, **LOOKS["light"])
            return
        for name in arguments or names:
            for look, options in LOOKS.items():
                file = HTML.parent / "screenshots" / look / f"{name.replace('/', '-')}.png"
                picture(address, browser, f"{name}.html", file, **options)


if __name__ == "__main__":
    main(sys.argv[1:])
