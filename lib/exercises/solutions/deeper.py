# %% deeper-1
def layers_needed(pixels, doubling):
    size, dilation, layers = 1, 1, 0
    while size < pixels:
        size += 2 * dilation
        dilation *= 2 if doubling else 1
        layers += 1
    return layers


# %% deeper-2
def stack_cost(kernel_size, field, channels, side):
    layers = (field - 1) // (kernel_size - 1)
    weights = layers * kernel_size**2 * channels**2
    return layers, weights, weights * side**2


# %% deeper-3
def depth(blocks, convolutions):
    return 1 + convolutions * sum(blocks) + 1


# %% deeper-4
class Block:
    def __init__(self, body, shortcut=None):
        self.body, self.shortcut = body, shortcut

    def forward(self, x):
        skip = x
        if self.shortcut is not None:
            skip = self.shortcut.forward(x)
        return self.body.forward(x) + skip

    def backward(self, dout):
        skip = dout
        if self.shortcut is not None:
            skip = self.shortcut.backward(dout)
        return self.body.backward(dout) + skip


# %% deeper-5
# A chain of no layers hands on the array itself: dx is dout.
def case_against_the_block():
    return nn.Sequential(), np.ones((2, 3))


# %% deeper-6
def start_as_identity(network):
    for layer in network.modules():
        if isinstance(layer, nn.Residual):
            last = list(layer.body)[-1]
            last.weight.data[:] = 0


# %% deeper-7
found = norms(tower(56), *batch)
growth = (found[0] / found[-1]) ** (1 / (len(found) - 1))


# %% deeper-8
def paths_through(layers):
    count = np.ones(1, int)
    for kernel_size, stride, dilation in reversed(layers):
        apart = np.zeros((len(count) - 1) * stride + 1, int)
        apart[::stride] = count
        kernel = np.zeros((kernel_size - 1) * dilation + 1, int)
        kernel[::dilation] = 1
        count = np.convolve(apart, kernel)
    return count
