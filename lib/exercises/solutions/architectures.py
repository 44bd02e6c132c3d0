# %% architectures-1
def partial_bill(table, kernel, out):
    kernels = sum(len(maps) for maps in table)
    weights = kernels * kernel**2
    return weights + len(table), weights * out**2


# %% architectures-2
def sizes_for(out, kernel, stride, padding):
    exact = (out - 1) * stride + kernel - 2 * padding
    return [exact + k for k in range(stride)], exact


# %% architectures-3
def inception_bill(c, filters, large=5):
    f1, to3, f3, to5, f5, fp = filters
    weights = c * (f1 + to3 + to5 + fp)
    weights += 9 * to3 * f3 + large**2 * to5 * f5
    return f1 + f3 + f5 + fp, weights


# %% architectures-4
def resnet_parameters(blocks):
    def normalized(c, f, kernel):
        return f * c * kernel**2 + 2 * f

    numbers, c = normalized(3, 64, 7), 64
    for count, f in zip(blocks, (64, 128, 256, 512), strict=True):
        for _ in range(count):
            numbers += normalized(c, f, 3) + normalized(f, f, 3)
            if c != f:
                numbers += normalized(c, f, 1)
            c = f
    return numbers + 1000 * (c + 1)


# %% architectures-5
def dearer():
    return 64, 1, 3  # 64 * 9 weights; apart 64 * 9 + 64 * 1


# %% architectures-6
def top5_error(logits, labels):
    best = np.argsort(logits, axis=1)[:, -5:]
    found = (best == labels[:, None]).any(axis=1)
    return 1 - found.mean()


# %% architectures-7
def wrong_pair():
    # A domestic cat is a cat first, and a domestic animal as well.
    return "tabby", "beagle"


# %% architectures-8
x = np.random.default_rng(0).random((1, 128, 28, 28), "float32")
depthwise = nn.Conv2d(128, 128, 3, padding=1, groups=128)
pointwise = nn.Conv2d(128, 128, 1)
ratios_found = []
for _ in range(5):
    slow = milliseconds(depthwise, x) / bill(1, 128, 3, 28)[1]
    fast_one = milliseconds(pointwise, x) / bill(128, 128, 1, 28)[1]
    ratios_found.append(slow / fast_one)
times_as_long = median(ratios_found)
