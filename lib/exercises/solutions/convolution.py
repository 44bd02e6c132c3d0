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
def shift_and_add(x, kernel):
    kh, kw = kernel.shape
    out_h, out_w = x.shape[0] - kh + 1, x.shape[1] - kw + 1
    y = np.zeros((out_h, out_w))
    for i, j in np.ndindex(kernel.shape):
        y += kernel[i, j] * x[i : i + out_h, j : j + out_w]
    return y


# %% convolution-5
def share_of_work(in_channels, out_channels, kernel_size):
    return 1 / out_channels + 1 / kernel_size**2


# %% convolution-6
def factor(kernel):
    columns, sizes, rows = np.linalg.svd(kernel)
    if sizes[1:].max(initial=0) > 1e-10 * sizes[0]:
        raise ValueError("the kernel is not a column times a row")
    return columns[:, 0] * sizes[0], rows[0]


# %% convolution-7
def kernel_gradient(x, dout):
    # dw[i, j] = sum of dout[p, q] * x[p + i, q + j]: dout is the kernel.
    return correlate(x, dout)
