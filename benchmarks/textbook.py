"""The textbook's convolutional network: im2col in float64, images in C order, nothing shared.

So do *Deep Learning from Scratch* (Saito, 2016) and many lessons after it: every window is written
out into a matrix, for pooling too, and NumPy's default float64 is kept. It is here to be measured
against, and uses nothing of `lib`.
"""

import numpy as np


def im2col(x, k, padding):
    """Return every window as a row, and the output's height and width."""
    n, c, h, w = x.shape
    out_h, out_w = h + 2 * padding - k + 1, w + 2 * padding - k + 1
    x = np.pad(x, [(0, 0), (0, 0), (padding, padding), (padding, padding)])
    col = np.zeros((n, c, k, k, out_h, out_w))
    for i in range(k):
        for j in range(k):
            col[:, :, i, j] = x[:, :, i : i + out_h, j : j + out_w]
    return col.transpose(0, 4, 5, 1, 2, 3).reshape(n * out_h * out_w, -1), out_h, out_w


def col2im(col, shape, k, padding, out_h, out_w):
    """Add every row back to the pixels that it came from."""
    n, c, h, w = shape
    col = col.reshape(n, out_h, out_w, c, k, k).transpose(0, 3, 4, 5, 1, 2)
    x = np.zeros((n, c, h + 2 * padding, w + 2 * padding))
    for i in range(k):
        for j in range(k):
            x[:, :, i : i + out_h, j : j + out_w] += col[:, :, i, j]
    return x[:, :, padding : padding + h, padding : padding + w]


class Convolution:
    """Convolution at stride 1 by one product."""

    def __init__(self, rng, c, f, k, padding):
        self.weight = rng.standard_normal((f, c, k, k)) * np.sqrt(2 / (c * k * k))
        self.bias, self.k, self.padding = np.zeros(f), k, padding

    def forward(self, x):
        self.shape = x.shape
        self.col, self.out_h, self.out_w = im2col(x, self.k, self.padding)
        out = self.col @ self.weight.reshape(len(self.bias), -1).T + self.bias
        return out.reshape(len(x), self.out_h, self.out_w, -1).transpose(0, 3, 1, 2)

    def backward(self, dout):
        dout = dout.transpose(0, 2, 3, 1).reshape(-1, len(self.bias))
        self.grads = [(self.col.T @ dout).T.reshape(self.weight.shape), dout.sum(axis=0)]
        dcol = dout @ self.weight.reshape(len(self.bias), -1)
        return col2im(dcol, self.shape, self.k, self.padding, self.out_h, self.out_w)

    @property
    def parameters(self):
        return [self.weight, self.bias]


class Pooling:
    """Max pooling of 2 × 2 windows side by side."""

    parameters = ()

    def forward(self, x):
        self.shape = n, c, h, w = x.shape
        windows = x.reshape(n, c, h // 2, 2, w // 2, 2).transpose(0, 1, 2, 4, 3, 5)
        col = windows.reshape(-1, 4)
        self.argmax = np.argmax(col, axis=1)
        return np.max(col, axis=1).reshape(n, c, h // 2, w // 2)

    def backward(self, dout):
        n, c, h, w = self.shape
        dcol = np.zeros((dout.size, 4))
        dcol[np.arange(dout.size), self.argmax] = dout.ravel()
        windows = dcol.reshape(n, c, h // 2, w // 2, 2, 2).transpose(0, 1, 2, 4, 3, 5)
        return windows.reshape(self.shape)


class Relu:
    """ReLU with a mask."""

    parameters = ()

    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dout[self.mask] = 0
        return dout


class Affine:
    """Fully connected layer, flattening its input."""

    def __init__(self, rng, inputs, outputs):
        self.weight = rng.standard_normal((inputs, outputs)) * np.sqrt(2 / inputs)
        self.bias = np.zeros(outputs)

    def forward(self, x):
        self.shape, self.x = x.shape, x.reshape(len(x), -1)
        return self.x @ self.weight + self.bias

    def backward(self, dout):
        self.grads = [self.x.T @ dout, dout.sum(axis=0)]
        return (dout @ self.weight.T).reshape(self.shape)

    @property
    def parameters(self):
        return [self.weight, self.bias]


class Dropout:
    """Dropout of half the numbers, in training."""

    parameters = ()

    def __init__(self, rng):
        self.rng = rng

    def forward(self, x):
        self.mask = self.rng.random(x.shape) > 0.5
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


def deep_convnet_step(images, labels):
    """Return a function that takes one training step of DeepConvNet, with Adam."""
    rng = np.random.default_rng(0)
    layers = []
    channels = [(1, 16, 1), (16, 16, 1), (16, 32, 1), (32, 32, 2), (32, 64, 1), (64, 64, 1)]
    for number, (c, f, padding) in enumerate(channels):
        layers += [Convolution(rng, c, f, 3, padding), Relu()]
        if number % 2:
            layers.append(Pooling())
    layers += [Affine(rng, 1024, 50), Relu(), Dropout(rng), Affine(rng, 50, 10), Dropout(rng)]
    means = [[np.zeros_like(p) for p in layer.parameters] for layer in layers]
    squares = [[np.zeros_like(p) for p in layer.parameters] for layer in layers]
    taken = 0

    def step():
        nonlocal taken
        taken += 1
        x = images
        for layer in layers:
            x = layer.forward(x)
        exponentials = np.exp(x - x.max(axis=1, keepdims=True))
        dout = exponentials / exponentials.sum(axis=1, keepdims=True)
        dout[np.arange(len(x)), labels] -= 1
        dout /= len(x)
        for layer in reversed(layers):
            dout = layer.backward(dout)
        rate = 1e-3 * np.sqrt(1 - 0.999**taken) / (1 - 0.9**taken)
        for layer, ms, vs in zip(layers, means, squares, strict=True):
            for p, g, m, v in zip(
                layer.parameters, getattr(layer, "grads", ()), ms, vs, strict=True
            ):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                p -= rate * m / (np.sqrt(v) + 1e-7)

    return step
