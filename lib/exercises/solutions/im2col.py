# %% im2col-1
def matrix_bytes(shape, kernel_size, stride, pad):
    n, c, h, w = shape
    out_h = (h + 2 * pad - kernel_size) // stride + 1
    out_w = (w + 2 * pad - kernel_size) // stride + 1
    return 4 * n * out_h * out_w * c * kernel_size**2


# %% im2col-2
def place(n, p, q, c, i, j, shape, kh, kw):
    out_h, out_w = shape[2] - kh + 1, shape[3] - kw + 1
    return (n * out_h + p) * out_w + q, (c * kh + i) * kw + j


# %% im2col-3
def max_pool(x, k, stride):
    n, c, h, w = x.shape
    out_h, out_w = (h - k) // stride + 1, (w - k) // stride + 1
    windows_by_channel = im2col(x, k, k, stride).reshape(-1, c, k * k)
    largest = windows_by_channel.max(axis=2)  # (N * OH * OW, C)
    return largest.reshape(n, out_h, out_w, c).transpose(0, 3, 1, 2)


# %% im2col-4
# The windows at columns 0 and 1 share the pixel in the middle.
breaking = ((1, 1, 1, 3), 1, 2, 1)


# %% im2col-5
def undo(col, shape, k, stride):
    total = col2im(col, shape, k, k, stride)
    count = col2im(np.ones_like(col), shape, k, k, stride)
    return total / np.maximum(count, 1)


# %% im2col-6
import tracemalloc

tracemalloc.start()
conv2d(batch, filters)
peak = tracemalloc.get_traced_memory()[1] / batch.nbytes
tracemalloc.stop()
# The matrix takes 7.8 times the batch, the product 1.7 times, and
# so does the product with its biases, all at the same time.


# %% im2col-7
def is_adjoint(forward, back, x_shape, y_shape):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=x_shape), rng.normal(size=y_shape)
    left, right = forward(x) * y, x * back(y)
    # Beside what was added up, a difference of rounding is tiny.
    scale = abs(left).sum() + abs(right).sum()
    return abs(left.sum() - right.sum()) < 1e-10 * scale


# %% im2col-8
def dilated_conv2d(x, weight, bias, stride, pad, dilation):
    (n, c, h, w), (f, _, kh, kw) = x.shape, weight.shape
    out_h = (h + 2 * pad - dilation * (kh - 1) - 1) // stride + 1
    out_w = (w + 2 * pad - dilation * (kw - 1) - 1) // stride + 1
    x = frame(x, pad)
    col = np.empty((n, out_h, out_w, c, kh, kw), x.dtype)
    for i, j in np.ndindex(kh, kw):
        top, left = i * dilation, j * dilation
        rows = slice(top, top + stride * out_h, stride)
        places = slice(left, left + stride * out_w, stride)
        col[..., i, j] = x[:, :, rows, places].transpose(0, 2, 3, 1)
    rows = col.reshape(-1, c * kh * kw) @ weight.reshape(f, -1).T
    maps = (rows + bias).reshape(n, out_h, out_w, f)
    return maps.transpose(0, 3, 1, 2)
