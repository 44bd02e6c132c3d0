# %% pixels-1
from itertools import pairwise


def cost(sizes):
    products = sum(ins * outs for ins, outs in pairwise(sizes))
    # Each output of a layer has a bias, and so has each hidden unit.
    return products + sum(sizes[1:]), products


# %% pixels-2
def unshuffled(weight, order):
    straight = np.empty_like(weight)
    straight[:, order] = weight
    return straight


# %% pixels-3
def first_bias(labels, classes):
    # p_k must be the share of class k; softmax(log p) = p.
    return np.log(np.bincount(labels, minlength=classes) / len(labels))


# %% pixels-4
def logistic_loss(z, t):
    if z.shape != t.shape:
        raise ValueError(f"shapes differ: {z.shape} and {t.shape}")
    p = (1 + np.tanh(z / 2)) / 2
    return (np.logaddexp(0, z) - t * z).mean(), (p - t) / z.size


# %% pixels-5
# Less 1000, the scores of the second picture are so low that
# both exponentials are 0, and so is their sum.
scores = [[1000.0, 0.0], [0.0, 0.0]]
labels = [0, 0]


# %% pixels-6
learned_from, unseen = digits[:4000], digits[4000:]
pixels = learned_from.images.reshape(-1, 784)
means = np.stack(
    [pixels[learned_from.labels == k].mean(axis=0) for k in range(10)]
)
bias = -(means**2).sum(axis=1) / 2
z = unseen.images.reshape(-1, 784) @ means.T + bias
share = (z.argmax(axis=1) == unseen.labels).mean()


# %% pixels-7
# For 0, 1, 2 lit pixels the hidden units give 0, 1, 2 and 0, 0, 1.
w1, b1 = [[1, 1], [1, 1]], [0, -1]
# Then z1 is 0, 1, 0, and z0 is always 0.5.
w2, b2 = [[0, 0], [1, -2]], [0.5, 0]


# %% pixels-8
def both_passes_of(x, labels, weights, biases):
    inputs, u = [], None
    for weight, bias in zip(weights, biases, strict=True):
        # Before each layer but the first, ReLU.
        inputs.append(x if u is None else np.maximum(u, 0))
        u = inputs[-1] @ weight.T + bias
    value, dout = cross_entropy(u, labels)
    dweights, dbiases = [], []
    for weight, a in zip(weights[::-1], inputs[::-1], strict=True):
        dweights.insert(0, dout.T @ a)
        dbiases.insert(0, dout.sum(axis=0))
        # a > 0 where u > 0. What comes out for x itself is not used.
        dout = (dout @ weight) * (a > 0)
    return value, dweights, dbiases
