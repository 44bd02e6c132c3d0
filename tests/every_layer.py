"""One layer of every class, with the shape of an input that it takes."""

from lib import layers

FEATURES, IMAGES = (4, 6), (4, 6, 5, 7)  # no two sizes alike: a transposed array fits nowhere

# By class, so that `test_every_layer_is_here` notices one that is missing.
EVERY_LAYER = {
    layers.AdaptiveAvgPool2d: (lambda make: make((2, 3)), IMAGES),
    layers.AvgPool2d: (lambda make: make(2), IMAGES),
    layers.BatchNorm1d: (lambda make: make(6), FEATURES),
    layers.BatchNorm2d: (lambda make: make(6), IMAGES),
    layers.Concat: (lambda make: make(layers.ReLU(), layers.Tanh()), IMAGES),
    layers.Conv2d: (lambda make: make(6, 3, (2, 3), rng=0), IMAGES),
    layers.ConvTranspose2d: (lambda make: make(6, 3, (2, 3), 2, rng=0), IMAGES),
    layers.Dropout: (lambda make: make(rng=0), FEATURES),
    layers.Dropout2d: (lambda make: make(rng=0), IMAGES),
    layers.Flatten: (lambda make: make(), IMAGES),
    layers.GlobalAvgPool2d: (lambda make: make(), IMAGES),
    layers.GlobalMaxPool2d: (lambda make: make(), IMAGES),
    layers.LeakyReLU: (lambda make: make(), IMAGES),
    layers.Linear: (lambda make: make(6, 3, rng=0), FEATURES),
    layers.LocalResponseNorm: (lambda make: make(3), IMAGES),
    layers.MaxPool2d: (lambda make: make(2), IMAGES),
    layers.Normalize: (lambda make: make([0.5] * 6, [0.25] * 6), IMAGES),
    layers.ReLU: (lambda make: make(), IMAGES),
    layers.ReLU6: (lambda make: make(), IMAGES),
    layers.Residual: (lambda make: make(layers.Tanh()), IMAGES),
    layers.SeparableConv2d: (lambda make: make(6, 3, 3, rng=0), IMAGES),
    layers.Sequential: (lambda make: make(layers.Linear(6, 3, rng=0), layers.ReLU()), FEATURES),
    layers.Sigmoid: (lambda make: make(), IMAGES),
    layers.Softmax: (lambda make: make(), IMAGES),
    layers.Subsample: (lambda make: make(7), IMAGES),
    layers.Tanh: (lambda make: make(), IMAGES),
}


def make_layer(layer_class):
    """Return a new layer of the class, and the shape of an input."""
    make, shape = EVERY_LAYER[layer_class]
    return make(layer_class), shape
