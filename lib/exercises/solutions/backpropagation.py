# %% backpropagation-1
from lib.convolution import output_size


def users(h, size, kernel_size, stride, padding, dilation):
    count = output_size(size, kernel_size, stride, padding, dilation)
    places = [
        divmod(h + padding - i * dilation, stride)
        for i in range(kernel_size)
    ]
    return sorted(
        p for p, rest in places if rest == 0 and 0 <= p < count
    )


# %% backpropagation-2
def too_short(size, kernel_size, stride, padding, dilation):
    rest = (
        size + 2 * padding - dilation * (kernel_size - 1) - 1
    ) % stride
    return size - rest, rest


# %% backpropagation-3
def average_backward(dout, shape, kernel_size, stride):
    dx = np.zeros(shape)
    for p, q in np.ndindex(dout.shape):
        top, left = p * stride, q * stride
        dx[top : top + kernel_size, left : left + kernel_size] += (
            dout[p, q] / kernel_size**2
        )
    return dx


# %% backpropagation-4
def best_step(f, third, u):
    return (3 * u * f / third) ** (1 / 3)


# %% backpropagation-5
def is_adjoint(forward, backward, shape, rng):
    x = rng.normal(size=shape)
    y = forward(x)
    d = rng.normal(size=y.shape)
    one, other = (y * d).sum(), (x * backward(d)).sum()
    return bool(abs(one - other) < 1e-9 * (np.abs(y * d).sum() + 1e-30))


# %% backpropagation-6
def kernel_gradient(x, dout, kernel_size, stride):
    dw = forward(x[None, None], dout[None, None], dilation=stride)[0, 0]
    return dw[:kernel_size, :kernel_size]


# %% backpropagation-7
class Transposed:
    def __init__(self, weight, stride):
        self.weight, self.stride = weight, stride

    def forward(self, x):
        self.x, k, s = x, len(self.weight), self.stride
        y = np.zeros([(size - 1) * s + k for size in x.shape])
        for p, q in np.ndindex(x.shape):
            y[p * s : p * s + k, q * s : q * s + k] += (
                x[p, q] * self.weight
            )
        return y

    def backward(self, dout):
        k, s = len(self.weight), self.stride
        dx, self.dweight = (
            np.zeros(self.x.shape),
            np.zeros(self.weight.shape),
        )
        for p, q in np.ndindex(dx.shape):
            window = dout[p * s : p * s + k, q * s : q * s + k]
            dx[p, q] = (window * self.weight).sum()  # a convolution
            self.dweight += self.x[p, q] * window
        return dx
