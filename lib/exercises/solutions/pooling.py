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
def averaging_weight(channels, k):
    return np.eye(channels)[:, :, None, None] * np.full((k, k), 1 / k**2)


# %% pooling-4
def honest_average(x, kernel_size, stride, padding):
    settings = np.sum, kernel_size, stride, padding, 0
    return pool_padded(x, *settings) / pool_padded(
        np.ones(x.shape), *settings
    )


# %% pooling-5
def shared_ties(x, dout, kernel_size, stride):
    def share(window):
        won = window == window.max()
        return won / won.sum()

    return pool_backward(x, dout, share, kernel_size, stride)


# %% pooling-6
def max_blur_pool_2d(x):
    dense = pool(x, np.max, 2, 1)
    return pool(pool(dense, np.mean, 2, 1), np.mean, 2, 1)[::2, ::2]


# %% pooling-7
def adaptive_average(signal, count):
    size = len(signal)
    windows = [
        signal[p * size // count : -(-(p + 1) * size // count)]
        for p in range(count)
    ]
    return np.array([window.mean() for window in windows])
