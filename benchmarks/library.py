"""The cases in this library, and the bare matrix products below them."""

import numpy as np

from lib import networks
from lib.convolution import row_windows
from lib.convolution.row_layout import to_images, to_rows
from lib.convolution.threads import by_rows
from lib.layers import Conv2d
from lib.trained.recipes import RECIPES


def make(case):
    """Return a function that does the case once."""
    images, rng = case.images(), np.random.default_rng(0)
    if case.kind == "layer":
        return layer_passes(case, rng)
    recipe = RECIPES[case.recipe]
    network = recipe.network(rng=rng)
    if case.kind == "infer":
        network.eval()
        return lambda: network(images)
    network.train()
    network.set_needs_dx(False)
    labels, optimizer = case.labels(), recipe.optimizer(network)

    def step():
        _, dlogits = recipe.loss(network(images), labels)
        network.backward(dlogits)
        optimizer.step()

    return step


def layer_passes(case, rng):
    """Return both passes of one layer, its images in memory as a layer before leaves them."""
    arguments = dict(case.layer)
    layer = Conv2d(*arguments.pop("channels"), **arguments, rng=rng)
    images = to_images(to_rows(case.images()))
    dout = np.ones_like(layer(images))

    def passes():
        layer(images)
        layer.backward(dout)

    return passes


def floor(case):
    """Return the matrix products of a training step of DeepConvNet, and nothing else.

    All windows are made beforehand; what is left is what no arrangement of the same products can
    save.
    """
    products, shape = [], case.shape
    for layer in networks.DeepConvNet(rng=np.random.default_rng(0)):
        if isinstance(layer, Conv2d):
            products += _products(layer, shape)
            shape = layer(np.zeros(shape, np.float32)).shape
        elif shape is not None and hasattr(layer, "kernel_size"):
            shape = layer(np.zeros(shape, np.float32)).shape

    def multiply():
        for a, b, out in products:

            def work(part, a=a, b=b, out=out):
                left = a[part] if a.ndim == 3 else a
                np.matmul(left, b[part], out=out[part])

            by_rows(work, len(b), multiply_adds=out.size * b.shape[1])

    return multiply


def _products(layer, shape):
    """Return the products of a 3 × 3 layer as ``(a, b, out)``: forward, ``dx``, ``dweight``."""
    n, c, h, w = shape
    f, pad = layer.out_channels, layer.padding
    rows = np.random.default_rng(0).random((h, c, w, n), dtype=np.float32)
    filters = layer.weight.data.transpose(0, 2, 3, 1).reshape(f, -1)
    windows = row_windows.row_windows(rows, (3, 3), (1, 1), pad)
    out = np.empty((len(windows), f, windows.shape[2]), np.float32)
    found = [(filters, windows, out)]
    if c == 1:  # the first layer: nobody reads dx
        dweight = np.empty((len(windows), filters.shape[1], f), np.float32)
        return [*found, (windows, out.mT, dweight)]
    drows = out.reshape(len(out), f, -1, n)
    dwindows = row_windows.row_windows(drows, (3, 3), (1, 1), (2 - pad[0], 2 - pad[1]))
    flipped = layer.weight.data[:, :, ::-1, ::-1].transpose(1, 2, 3, 0).reshape(c, -1)
    pixels = rows.reshape(h, c, w * n)
    dweight = np.empty((h, dwindows.shape[1], c), np.float32)
    return [
        *found,
        (flipped, dwindows, np.empty_like(pixels)),
        (dwindows, pixels.mT, dweight),
    ]
