# %% cnn-1
def count_parameters(num_filters, filter_size, hidden_size):
    pooled = (28 - filter_size + 1) // 2
    conv = num_filters * (filter_size**2 + 1)
    hidden = hidden_size * (num_filters * pooled**2 + 1)
    return conv + hidden + 10 * (hidden_size + 1)


# %% cnn-2
from lib.figures.digits import draw_confusion


def confusion(labels, answers, classes):
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (labels, answers), 1)
    return counts


counts = confusion(digits.labels, answers, 10)
off_diagonal = counts * (1 - np.eye(10, dtype=int))
label, answer = np.unravel_index(off_diagonal.argmax(), (10, 10))
print(f"most often, {counts[label, answer]} times, a {label} is taken for a {answer}")
show(
    draw_confusion(counts),
    name="confusion",
    alt="Confusion matrix of the shipped network on 5,000 digits without its diagonal. The "
    f"mistakes are spread over many pairs; most often, {counts[label, answer]} times, a {label} is "
    f"taken for a {answer}.",
    caption="How often each digit (row) was taken for another (column), without the right answers. "
    "The mistakes are spread over many pairs.",
)


# %% cnn-3
from lib.layers import Layer


class LeakyReLU(Layer):
    def __init__(self, slope):
        self.slope = slope

    def forward(self, x):
        self.factor = np.where(x < 0, self.slope, 1.0).astype(x.dtype)
        return x * self.factor

    def backward(self, dout):
        return dout * self.factor


# %% cnn-4
def one_epoch(step, images, labels, batch_size, rng):
    order, total = rng.permutation(len(labels)), 0.0
    for first in range(0, len(labels), batch_size):
        batch = order[first : first + batch_size]
        total += step(images[batch], labels[batch]) * len(batch)
    return total / len(labels)


# %% cnn-5
from lib.analysis import gradient_check


def input_error(layer, x, rng):
    upstream = rng.standard_normal(layer.forward(x).shape)
    numeric = gradient_check.numeric_gradient(lambda x: (layer.forward(x) * upstream).sum(), x)
    layer.forward(x)
    return gradient_check.relative_error(layer.backward(upstream), numeric)


# %% cnn-6
from lib.layers import GlobalAvgPool2d


def any_size(rng):
    return Sequential(
        Conv2d(1, 10, kernel_size=5, rng=rng),
        MaxPool2d(2),
        ReLU(),
        Conv2d(10, 20, kernel_size=5, rng=rng),
        MaxPool2d(2),
        ReLU(),
        GlobalAvgPool2d(),
        Linear(20, 10, rng=rng),
    )


network = any_size(np.random.default_rng(0))
trainer = Trainer(network, Adam(network), progress=False)
print(trainer.fit(digits[:4000], digits[4000:], epochs=3, batch_size=50))


# %% cnn-7
def early_stopping(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return best, epoch
