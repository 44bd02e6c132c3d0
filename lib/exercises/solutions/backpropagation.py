# %% backpropagation-1
def users(h, size, kernel_size, stride, padding, dilation):
    count = output_size(size, kernel_size, stride, padding, dilation)
    places = [
        divmod(h + padding - i * dilation, stride)
        for i in range(kernel_size)
    ]
    return sorted(
        p for p, odd in places if odd == 0 and 0 <= p < count
    )


# %% backpropagation-2
def too_short(size, kernel_size, stride, padding, dilation):
    span = dilation * (kernel_size - 1)
    rest = (size + 2 * padding - span - 1) % stride
    return size - rest, rest


# %% backpropagation-3
flat = np.ones((16, 16), "float32")
inner = enlarge(flat, 9)[9:-9, 9:-9]
factor = inner.max() / inner.min()  # 25 terms against 16

# %% backpropagation-4
# A remainder and padding at once: it is a zero of the padding that
# no window reaches, and the last pixel has a gradient after all.
breaking = (6, 3, 2, 1)


# %% backpropagation-5
def best_step(f, third, u):
    return (3 * u * f / third) ** (1 / 3)


# %% backpropagation-6
def is_right(backward, rng):
    x = rng.normal(size=(2, 2, 6, 8))  # 6 - 3 and 8 - 3 are odd
    weight = rng.normal(size=(3, 2, 3, 3))
    dout = rng.normal(size=(2, 3, 2, 3))
    return gap(backward, x, weight, dout) < 1e-7


# %% backpropagation-7
def kernel_gradient(x, dout, kernel_size, stride):
    layer = MyConv2d(dout[None, None], 0, dilation=stride)
    dw = layer.forward(x[None, None])[0, 0]
    return dw[:kernel_size, :kernel_size]


# %% backpropagation-8
class MyConvTranspose2d:
    def __init__(self, weight, bias, stride=1):
        self.weight, self.bias, self.stride = weight, bias, stride

    def forward(self, x):
        n, c, h, w = x.shape
        _, f, *size = self.weight.shape
        self.rows = x.transpose(0, 2, 3, 1).reshape(-1, c)
        out_h = (h - 1) * self.stride + size[0]
        out_w = (w - 1) * self.stride + size[1]
        col = self.rows @ self.weight.reshape(c, -1)
        out = col2im(col, (n, f, out_h, out_w), size, self.stride)
        self.shape = n, h, w, c
        return out + self.bias[:, None, None]

    def backward(self, dout):  # a convolution's forward pass
        c, _, *size = self.weight.shape
        col = im2col(dout, size, self.stride)
        dweight = self.rows.T @ col
        self.dweight = dweight.reshape(self.weight.shape)
        self.dbias = dout.sum(axis=(0, 2, 3))
        dx = col @ self.weight.reshape(c, -1).T
        return dx.reshape(self.shape).transpose(0, 3, 1, 2)
