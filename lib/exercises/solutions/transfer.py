# %% transfer-1
def with_classes(network, classes, rng):
    changed = copy.deepcopy(network)
    changed.head = Linear(network.head.in_features, classes, rng=rng)
    return changed


# %% transfer-2
def label_of_nearest(rows, labels, queries):
    gaps = queries[:, None] - rows[None]
    return labels[(gaps**2).sum(axis=2).argmin(axis=1)]


# %% transfer-3
def fold(weight, bias, mean, scale):
    weight = weight / scale  # the last axis runs over the numbers of the code
    return weight, bias - weight @ mean


# %% transfer-4
def train_only(network, parts):
    network.unfreeze()
    for name, child in network.children().items():
        if name not in parts:
            child.freeze()  # gradients, steps and statistics
    return network


# %% transfer-5
def rate_of(name, lr, rates):
    fitting = [part for part in rates if name == part or name.startswith(part + ".")]
    return lr * rates[max(fitting, key=len)] if fitting else lr


# %% transfer-6
def two_batches():
    row = [1.0, 2.0, 3.0]
    near = np.array([row, [3.0, 4.0, 5.0], [2.0, 3.0, 4.0]])
    far = np.array([row, [11.0, 12.0, 13.0], [-6.0, -5.0, -4.0]])
    return near, far


# %% transfer-7
goal = mean_accuracy(row_sets["trained on 0 to 4"]["block 3"], trial.labels, 5, TESTED)
for labels_needed in (5, 8, 10, 12, 15, 18, 20, 25, 30):
    reached = mean_accuracy(flat, trial.labels, labels_needed, TESTED)
    print(f"{labels_needed} labels a class: {reached:.1%}")
    if reached >= goal - 0.005:
        break


# %% transfer-8
from lib.analysis import codes


def best_layer(network, layers, train, validation):
    scores = []
    for layer in layers:
        head = train_head(codes(network, train.images, layer), train.labels)
        answers = head(codes(network, validation.images, layer)).argmax(axis=1)
        scores.append((answers == validation.labels).mean())
    return layers[int(np.argmax(scores))]
