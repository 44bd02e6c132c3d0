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
    alt="Confusion matrix of the trained network on 5,000 digits without its diagonal. The "
    f"mistakes are spread over many pairs; most often, {counts[label, answer]} times, a {label} is "
    f"taken for a {answer}.",
    caption="How often each digit (row) was taken for another (column), without the right answers.",
)


# %% cnn-3
class LeakyReLU:
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
def case_against_the_chain():
    square = MyLinear(np.array([[1.0, 2.0], [3.0, -4.0]]), np.zeros(2))
    return [square, MyReLU()], np.array([[1.0, 1.0]])


# %% cnn-6
from lib.layers import Conv2d, Flatten, GlobalAvgPool2d, Linear, MaxPool2d, ReLU, Sequential
from lib.optimizers import Adam


def trained_with(*last):
    rng = np.random.default_rng(0)
    network = Sequential(
        Conv2d(1, 10, kernel_size=5, rng=rng), MaxPool2d(2), ReLU(),
        Conv2d(10, 20, kernel_size=5, rng=rng), MaxPool2d(2), ReLU(),
        *last,
    )  # fmt: skip
    trainer = Trainer(network, Adam(network, lr=0.01), progress=False)
    history = trainer.fit(digits[:4000], digits[4000:], epochs=10, batch_size=50)
    return history["validation_accuracy"][-1]


places = trained_with(Flatten(), Linear(320, 10, rng=0))
means = trained_with(GlobalAvgPool2d(), Linear(20, 10, rng=0))
cost = 100 * (places - means)
print(f"with places {places:.1%}, with means {means:.1%}: {cost:.1f} percentage points")


# %% cnn-7
def early_stopping(losses, patience):
    best = 0
    for epoch, loss in enumerate(losses):
        if loss < losses[best]:
            best = epoch
        if epoch - best == patience:
            break
    return best, epoch


# %% cnn-8
from lib.analysis import numeric_gradient, relative_error


def input_error(layer, x, rng):
    r = rng.standard_normal(layer.forward(x).shape)
    numeric = numeric_gradient(lambda x: (layer.forward(x) * r).sum(), x)
    layer.forward(x)  # the numeric gradient has left other numbers in the layer
    return relative_error(layer.backward(r), numeric)
