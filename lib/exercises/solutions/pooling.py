# %% pooling-1
def rounded_up(size, kernel_size, stride):
    count = -(-(size - kernel_size) // stride) + 1
    last_begins = (count - 1) * stride
    return count if last_begins < size else count - 1


# %% pooling-2
def max_of_blocks(x, k):
    n, c, h, w = x.shape
    blocks = x[:, :, : h // k * k, : w // k * k].reshape(
        n, c, h // k, k, w // k, k
    )
    return blocks.max(axis=(3, 5))


# %% pooling-3
def padded_max(x, k, stride, padding):
    frame = (0, 0), (0, 0), (padding, padding), (padding, padding)
    padded = np.pad(x.astype(float), frame, constant_values=-np.inf)
    return largest(padded, k, stride)


# %% pooling-4
class MyAvgPool2d:
    def __init__(self, k, stride):
        self.settings = k, stride

    def forward(self, x):
        self.shape = x.shape
        self.places = places(x.shape, *self.settings)
        return np.mean([x[at] for at in self.places], axis=0)

    def backward(self, dout):
        dx = np.zeros(self.shape)
        for at in self.places:
            dx[at] += dout / len(self.places)
        return dx


# %% pooling-5
def shared(dout, x, y, k, stride):
    slices = places(x.shape, k, stride)
    winners = sum((x[at] == y).astype(int) for at in slices)
    dx = np.zeros(x.shape)
    for at in slices:
        dx[at] += (x[at] == y) * dout / winners
    return dx


# %% pooling-6
# 5 wins the first window, and loses to 9 in another one.
breaks_it = np.array(
    [
        [5, 0, 9, 5],
        [1, 2, 3, 4],
        [6, 0, 7, 0],
        [1, 2, 3, 4],
    ]
)


# %% pooling-7
def pooled(shift):
    moved = np.roll(digits.images[:1000], shift, axis=3)
    return MaxPool2d(2)(moved)


at_rest, moved = pooled(0), pooled(1)
share = abs(moved - at_rest).sum() / at_rest.sum()


# %% pooling-8
def adaptive_average(x, rows, columns):
    y = np.zeros((rows, columns))
    for p, q in np.ndindex(rows, columns):
        top, left = p * len(x) // rows, q * len(x[0]) // columns
        bottom = -(-(p + 1) * len(x) // rows)
        right = -(-(q + 1) * len(x[0]) // columns)
        y[p, q] = x[top:bottom, left:right].mean()
    return y
