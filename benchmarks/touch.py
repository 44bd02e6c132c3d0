"""How long a figure that can be touched takes to answer: ``python -m benchmarks.touch``.

Milliseconds from the hand of the reader until Chromium has laid the figure out: medians of many.
"""

import statistics
import tempfile
from pathlib import Path

from lib.figures.convolution import make_kernel
from lib.widgets import Calculator, Channels, Im2col, KernelLab, Microscope, Pooling
from tests.browser import launch, new_page
from tests.figure_pages import COLUMN
from tests.widgets.conftest import page_of

TIMED = """(act) => {
    const begin = performance.now();
    act();
    document.body.offsetHeight; // the layout as well
    return performance.now() - begin;
}"""
CELLS = f"""() => [...document.querySelectorAll(".widget-grid td")]
    .filter((cell) => cell.offsetParent)
    .map((cell) => ({TIMED})(() => cell.dispatchEvent(new MouseEvent("mouseenter"))))"""
KEYS = f"""() => {{
    const editor = document.querySelector("textarea");
    return Array.from({{ length: 30 }}, (_, i) => ({TIMED})(() => {{
        editor.value += i % 2 ? " " : "\\nrelu";
        editor.oninput();
    }}));
}}"""
KERNELS = f"""() => {{
    const [, edge, blur] = document.querySelectorAll(".widget-choices input");
    const change = (i) => (i % 2 ? edge : blur).onchange();
    return Array.from({{ length: 30 }}, (_, i) => ({TIMED})(() => change(i)));
}}"""

NAMED = {"name": "figure", "caption": "A figure."}
CASES = {
    "microscope, a cell": (Microscope(**NAMED, label="a window slides"), CELLS),
    "pooling, a cell": (Pooling(**NAMED, label="what remains"), CELLS),
    "pooling, a cell of the gradient": (
        Pooling(**NAMED, label="where it goes", mode="gradient"),
        CELLS,
    ),
    "im2col, a cell": (Im2col(**NAMED, label="windows are rows"), CELLS),
    "channels, a cell": (Channels(**NAMED, label="channels add up"), CELLS),
    "calculator, a key": (Calculator(**NAMED, label="what a network costs"), KEYS),
    "kernel lab, a 7 × 7 kernel, gray": (
        KernelLab(**NAMED, label="a photograph", kernel=make_kernel("emboss", 7), colors="gray"),
        KERNELS,
    ),
    "kernel lab, a 7 × 7 kernel, color": (
        KernelLab(**NAMED, label="a photograph", kernel=make_kernel("emboss", 7), colors="color"),
        KERNELS,
    ),
}


def main():
    """Print a line for each figure."""
    with launch() as browser, tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "figure.html")
        for name, (figure, script) in CASES.items():
            file.write_text(page_of(figure), encoding="utf-8")
            with new_page(browser, viewport=COLUMN, offline=True) as (page, _):
                page.goto(file.as_uri())
                page.wait_for_selector('.widget[data-ready="true"]')
                print(f"{statistics.median(page.evaluate(script)):6.1f} ms  {name}", flush=True)


if __name__ == "__main__":
    main()
