"""What PyTorch's published files hold: every name and shape, by the rules of torchvision's code.

Written down from there, not from our networks, so that the two can be compared.
"""

NORM = ("weight", "bias", "running_mean", "running_var")
# torchvision's table of VGG, where "M" is a pooling.
VGG = {
    11: [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    13: [64, 64, "M", 128, 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"],
    16: [64, 64, "M", 128, 128, "M", *3 * [256], "M", *3 * [512], "M", *3 * [512], "M"],
    19: [64, 64, "M", 128, 128, "M", *4 * [256], "M", *4 * [512], "M", *4 * [512], "M"],
}
RESNET = {
    18: (2, 2, 2, 2),
    34: (3, 4, 6, 3),
    50: (3, 4, 6, 3),
    101: (3, 4, 23, 3),
    152: (3, 8, 36, 3),
}
# The arguments of torchvision's Inception: in_channels, ch1x1, ch3x3red, ch3x3, ch5x5red, ch5x5,
# pool_proj.
INCEPTION = {
    "3a": (192, 64, 96, 128, 16, 32, 32),
    "3b": (256, 128, 128, 192, 32, 96, 64),
    "4a": (480, 192, 96, 208, 16, 48, 64),
    "4b": (512, 160, 112, 224, 24, 64, 64),
    "4c": (512, 128, 128, 256, 24, 64, 64),
    "4d": (512, 112, 144, 288, 32, 64, 64),
    "4e": (528, 256, 160, 320, 32, 128, 128),
    "5a": (832, 256, 160, 320, 32, 128, 128),
    "5b": (832, 384, 192, 384, 48, 128, 128),
}


def norm(name, channels):
    return {f"{name}.{kind}": (channels,) for kind in NORM}


def layer(name, *shape):
    """A convolution or a linear layer, with its bias."""
    return {f"{name}.weight": shape, f"{name}.bias": shape[:1]}


def vgg(depth, batch_norm=False):
    found, i, c = {}, 0, 3
    for entry in VGG[depth]:
        if entry == "M":
            i += 1
            continue
        found |= layer(f"features.{i}", entry, c, 3, 3)
        if batch_norm:
            i += 1
            found |= norm(f"features.{i}", entry)
        i, c = i + 2, entry
    found |= layer("classifier.0", 4096, 512 * 7 * 7) | layer("classifier.3", 4096, 4096)
    return found | layer("classifier.6", 1000, 4096)


def alexnet():
    return (
        layer("features.0", 64, 3, 11, 11)
        | layer("features.3", 192, 64, 5, 5)
        | layer("features.6", 384, 192, 3, 3)
        | layer("features.8", 256, 384, 3, 3)
        | layer("features.10", 256, 256, 3, 3)
        | layer("classifier.1", 4096, 256 * 6 * 6)
        | layer("classifier.4", 4096, 4096)
        | layer("classifier.6", 1000, 4096)
    )


def googlenet(aux=True):
    def conv(name, c, f, k):
        return {f"{name}.conv.weight": (f, c, k, k), **norm(f"{name}.bn", f)}

    found = conv("conv1", 3, 64, 7) | conv("conv2", 64, 64, 1) | conv("conv3", 64, 192, 3)
    for name, (c, f1, to3, f3, to5, f5, pooled) in INCEPTION.items():
        block = f"inception{name}"
        found |= conv(f"{block}.branch1", c, f1, 1)
        found |= conv(f"{block}.branch2.0", c, to3, 1) | conv(f"{block}.branch2.1", to3, f3, 3)
        found |= conv(f"{block}.branch3.0", c, to5, 1) | conv(f"{block}.branch3.1", to5, f5, 3)
        found |= conv(f"{block}.branch4.1", c, pooled, 1)
    for head, c in (("aux1", 512), ("aux2", 528)) if aux else ():
        found |= conv(f"{head}.conv", c, 128, 1) | layer(f"{head}.fc1", 1024, 2048)
        found |= layer(f"{head}.fc2", 1000, 1024)
    return found | layer("fc", 1000, 1024)


def resnet(depth):
    found = {"conv1.weight": (64, 3, 7, 7), **norm("bn1", 64)}
    channels = 64
    for stage, count in enumerate(RESNET[depth], start=1):
        inner = 32 * 2**stage
        outer = inner if depth < 50 else 4 * inner
        for i in range(count):
            block = f"layer{stage}.{i}"
            sizes = (
                [(inner, channels, 3), (outer, inner, 3)]
                if depth < 50
                else [(inner, channels, 1), (inner, inner, 3), (outer, inner, 1)]
            )
            for j, (f, c, k) in enumerate(sizes, start=1):
                found[f"{block}.conv{j}.weight"] = (f, c, k, k)
                found |= norm(f"{block}.bn{j}", f)
            if channels != outer:
                found[f"{block}.downsample.0.weight"] = (outer, channels, 1, 1)
                found |= norm(f"{block}.downsample.1", outer)
            channels = outer
    return found | layer("fc", 1000, channels)


def mobilenet_v2():
    found = {"features.0.0.weight": (32, 3, 3, 3), **norm("features.0.1", 32)}
    c, filters = 32, [16, *2 * [24], *3 * [32], *4 * [64], *3 * [96], *3 * [160], 320]
    for i, f in enumerate(filters, start=1):
        block, j, wide = f"features.{i}.conv", 0, c if i == 1 else 6 * c
        if i > 1:
            found |= {f"{block}.0.0.weight": (wide, c, 1, 1), **norm(f"{block}.0.1", wide)}
            j = 1
        found |= {f"{block}.{j}.0.weight": (wide, 1, 3, 3), **norm(f"{block}.{j}.1", wide)}
        found |= {f"{block}.{j + 1}.weight": (f, wide, 1, 1), **norm(f"{block}.{j + 2}", f)}
        c = f
    found |= {"features.18.0.weight": (1280, 320, 1, 1), **norm("features.18.1", 1280)}
    return found | layer("classifier.1", 1000, 1280)


def with_counters(shapes):
    """Add the counts of batches that PyTorch has kept since version 0.4.1."""
    found = {}
    for name, shape in shapes.items():
        found[name] = shape
        if name.endswith(".running_var"):
            found[name.replace("running_var", "num_batches_tracked")] = ()
    return found
