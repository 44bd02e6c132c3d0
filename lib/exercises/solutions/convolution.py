# %% convolution-1
def same_padding(kernel_size, dilation):
    return dilation * (kernel_size - 1) // 2


# %% convolution-2
# The pixel above and to the left of each output.
moving = np.array([[1, 0, 0], [0, 0, 0], [0, 0, 0]])


# %% convolution-3
def unreached(size, kernel_size, stride, padding):
    remainder = (size + 2 * padding - kernel_size) % stride
    return max(0, remainder - padding)


# %% convolution-4
def my_conv2d(
    x,
    weight,
    bias=None,
    stride=1,
    padding=0,
    dilation=1,
    groups=1,
):
    f, c = len(weight) // groups, x.shape[1] // groups  # of a group
    bias = np.zeros(len(weight)) if bias is None else bias
    settings = {
        "stride": stride,
        "padding": padding,
        "dilation": dilation,
    }
    pictures = []
    for picture in x:
        maps = [
            conv2d(
                picture[g * c : (g + 1) * c],
                weight[g * f : (g + 1) * f],
                bias[g * f : (g + 1) * f],
                **settings,
            )
            for g in range(groups)
        ]
        pictures.append(np.concatenate(maps))
    return np.stack(pictures)


# %% convolution-5
# Above and to the left of the picture r and c are -1, and x[-1] is the
# last row: the bright pixel in the last corner shines into the first.
breaking = (
    np.array([[0, 0, 0], [0, 0, 0], [0, 0, 1]]),
    np.ones((3, 3)),
)


# %% convolution-6
def shift_and_add(x, kernel):
    kh, kw = kernel.shape
    out_h, out_w = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    y = np.zeros((out_h, out_w))
    for i, j in np.ndindex(kernel.shape):
        y += kernel[i, j] * x[i : i + out_h, j : j + out_w]
    return y


# %% convolution-7
def edges(sigma):
    return (edge_strength(photo + sigma * grain) > 0.8).mean()


low, high = 0.0, 0.5  # too few edges, too many
for _ in range(12):
    sigma = (low + high) / 2
    if edges(sigma) < 2 * edges(0):
        low = sigma
    else:
        high = sigma


# %% convolution-8
def factor(kernel):
    columns, sizes, rows = np.linalg.svd(kernel)
    # Tiny beside the largest, because rounding grows with the weights.
    if sizes[1:].max(initial=0) > 1e-10 * sizes[0]:
        raise ValueError("the kernel is not a column times a row")
    return columns[:, 0] * sizes[0], rows[0]
