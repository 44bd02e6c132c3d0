"""Figures of the chapter *Convolution*: any picture, any kernel."""

from __future__ import annotations

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from lib.figures.grids import blank_figure, correlate, number, place_axes
from lib.figures.style import diverging, draw_grid, draw_image, symmetric_norm

__all__ = ["draw_filtered"]


def draw_filtered(picture, kernel, stride=1, padding=0) -> Figure:
    """Show a picture, a kernel and the output, pixel for pixel on one scale.

    Parameters
    ----------
    picture : (H, W) array
        Gray, 0 to 1.
    kernel : (KH, KW) array
    stride, padding : int
    """
    picture, kernel = np.asarray(picture), np.asarray(kernel, float)
    y = correlate(picture, kernel, stride, padding)
    (h, w), (oh, ow) = picture.shape, y.shape
    pixel = 2.4 / max(h, w)
    figure = blank_figure(6.3, 0.45 + pixel * max(h, oh))
    ax = place_axes(figure, 0, 0.4, pixel * w, pixel * h)
    draw_image(ax, picture, norm=Normalize(0, 1), title=f"picture, {h} × {w}")
    text = (
        [[number(float(f"{v:.2g}")) for v in row] for row in kernel] if len(kernel) < 4 else False
    )
    ax = place_axes(figure, 2.55, 0.4, 1.2, 1.2)
    title = f"sum {number(float(f'{kernel.sum():.2g}') + 0.0)}"
    draw_grid(ax, kernel, text=text, cmap=diverging, norm=symmetric_norm(kernel), title=title)
    ax = place_axes(figure, 3.9, 0.4, pixel * ow, pixel * oh)
    if kernel.sum() < 0.5:  # both signs; without padding, whose false edges would outshine
        inside = correlate(picture, kernel, stride)
        scale = {"cmap": diverging, "norm": symmetric_norm(inside)}
    else:
        scale = {"cmap": "gray", "norm": Normalize(0, kernel.sum())}
    draw_image(ax, np.clip(y, scale["norm"].vmin, scale["norm"].vmax), **scale)
    ax.set_title(f"output, {oh} × {ow}", fontsize=11, loc="left")
    return figure
