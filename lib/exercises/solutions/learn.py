# %% learn-1
def first_std(shape, slope):
    n = np.prod(shape[1:])
    return np.sqrt(2 / ((1 + slope**2) * n))


# %% learn-2
goal = np.array([5.0, 0.0])


def arrives(lr):
    path = walk(momentum, learn.ravine_slope, learn.RAVINE_START, lr, steps=2000)
    with np.errstate(all="ignore"):
        return np.linalg.norm(path[-1] - goal) < np.linalg.norm(path[0] - goal)


with np.errstate(all="ignore"):
    largest = max(lr for lr in np.arange(0.01, 0.4, 0.005) if arrives(lr))
print(f"{largest:.3f}; exactly 2 (1 + 0.9) / 20 = {2 * 1.9 / 20:.2f}")


# %% learn-3
def adamw(w, g, state, lr, weight_decay):
    t = state["t"] = state.get("t", 0) + 1
    m = state["m"] = 0.9 * state.get("m", 0) + 0.1 * g
    s = state["s"] = 0.999 * state.get("s", 0) + 0.001 * g**2
    m, s = m / (1 - 0.9**t), s / (1 - 0.999**t)
    return w - lr * weight_decay * w - lr * m / (np.sqrt(s) + 1e-8)


# %% learn-4
def rate(k, steps, warm, lr):
    if k < warm:
        return lr * (k + 1) / warm
    return lr * (1 + np.cos(np.pi * (k - warm) / (steps - warm))) / 2


# %% learn-5
breaking = np.float32([[10_000], [10_001], [10_002], [10_003]])

# %% learn-6
def company_matters(network, x):
    company = np.concatenate([x[:2], x[4:]])  # the first two, with others
    one, other = network(x)[:2], network(company)[:2]
    return not np.allclose(one, other, rtol=1e-4, atol=1e-5)


# %% learn-7
class MyBatchNorm2d:
    def __init__(self, channels):
        self.weight, self.bias = np.ones(channels), np.zeros(channels)
        self.mean, self.var = np.zeros(channels), np.ones(channels)
        self.training = True

    def forward(self, x):
        n, c, h, w = x.shape
        rows = x.transpose(0, 2, 3, 1).reshape(-1, c)
        mean, var = self.mean, self.var
        if self.training:
            mean, var, m = rows.mean(axis=0), rows.var(axis=0), len(rows)
            self.mean = 0.9 * self.mean + 0.1 * mean
            self.var = 0.9 * self.var + 0.1 * var * m / (m - 1)
        self.s = np.sqrt(var + 1e-5)
        self.x_hat = (rows - mean) / self.s
        out = self.weight * self.x_hat + self.bias
        return out.reshape(n, h, w, c).transpose(0, 3, 1, 2)

    def backward(self, dout):
        n, c, h, w = dout.shape
        rows = dout.transpose(0, 2, 3, 1).reshape(-1, c)
        self.dweight = (rows * self.x_hat).sum(axis=0)
        self.dbias = rows.sum(axis=0)
        dx_hat = self.weight * rows
        stretch = (dx_hat * self.x_hat).mean(axis=0)
        dx = (dx_hat - dx_hat.mean(axis=0) - self.x_hat * stretch) / self.s
        return dx.reshape(n, h, w, c).transpose(0, 3, 1, 2)
