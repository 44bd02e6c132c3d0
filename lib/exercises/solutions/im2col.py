# %% im2col-1
def matrix_bytes(shape, kernel_size, stride, padding):
    n, c, h, w = shape
    out_h = output_size(h, kernel_size, stride, padding)
    out_w = output_size(w, kernel_size, stride, padding)
    return 4 * n * out_h * out_w * c * kernel_size**2


# %% im2col-2
def place(n, p, q, c, i, j, shape, kernel_size):
    _, _, h, w = shape
    kh, kw = kernel_size
    out_h, out_w = h - kh + 1, w - kw + 1
    return (n * out_h + p) * out_w + q, (c * kh + i) * kw + j


# %% im2col-3
def average_pool(x, kernel_size, stride):
    square = (kernel_size, kernel_size)
    col = im2col(x, square, stride)
    parts = col.reshape(len(col), x.shape[1], -1)
    return to_maps(parts.mean(axis=2), x.shape, square, stride)


# %% im2col-4
def undo(col, input_shape, kernel_size, stride):
    square = (kernel_size, kernel_size)
    total = col2im(col, input_shape, square, stride)
    count = col2im(np.ones_like(col), input_shape, square, stride)
    return total / np.maximum(count, 1)


# %% im2col-5
def line_matrix(kernel, size, stride):
    k = len(kernel)
    matrix = np.zeros((output_size(size, k, stride), size))
    for p, line in enumerate(matrix):
        line[p * stride : p * stride + k] = kernel
    return matrix


# %% im2col-6
def window_view(x, kernel_size, stride):
    n, c, h, w = x.shape
    out_h = output_size(h, kernel_size, stride)
    out_w = output_size(w, kernel_size, stride)
    sn, sc, sh, sw = x.strides
    shape = (n, out_h, out_w, c, kernel_size, kernel_size)
    strides = (sn, stride * sh, stride * sw, sc, sh, sw)
    return as_strided(x, shape, strides, writeable=False)


# %% im2col-7
def winograd(d, g):
    s = (d[1] + d[2]) * ((g[0] + g[1] + g[2]) / 2)
    t = (d[2] - d[1]) * ((g[0] - g[1] + g[2]) / 2)
    # s + t holds d2 * g0 in place of d0 * g0, and s - t holds
    # d1 * g2 in place of d3 * g2.
    y0 = s + t + (d[0] - d[2]) * g[0]
    y1 = s - t - (d[1] - d[3]) * g[2]
    return y0, y1
