# %% pixels-1
def flat_index(row, col, shape):
    # A row holds as many pixels as there are columns.
    return row * shape[1] + col


# %% pixels-2
from itertools import pairwise


def count_parameters(sizes):
    return sum(outs * (ins + 1) for ins, outs in pairwise(sizes))


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
def softmax_backward(p, dp):
    return p * (dp - (p * dp).sum(axis=1, keepdims=True))


# %% pixels-6
def unshuffled(weight, order):
    straight = np.empty_like(weight)
    straight[:, order] = weight
    return straight


# %% pixels-7
# For 0, 1, 2 lit pixels the hidden units give 0, 1, 2 and 0, 0, 1.
w1, b1 = [[1, 1], [1, 1]], [0, -1]
# Then z1 is 0, 1, 0, and z0 is always 0.5.
w2, b2 = [[0, 0], [1, -2]], [0.5, 0]
