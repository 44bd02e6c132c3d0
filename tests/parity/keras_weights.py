"""The weights of Keras's applications, under the names and in the order of our networks.

Keras keeps channels last: kernels are (KH, KW, C, F), and a flattened picture runs over its
channels first.
"""

import numpy as np

BN_EPS = 1e-5  # of our ResNet; Keras's has 1.001e-5


def state_of_vgg(model):
    layers = [layer for layer in model.layers if "conv" in layer.name]
    features = {i for i, _ in _positions_of_convolutions(model)}
    state = {}
    for i, layer in zip(sorted(features), layers, strict=True):
        state |= _state(f"features.{i}", layer)
    for i, name in ((0, "fc1"), (3, "fc2"), (6, "predictions")):
        state |= _state(f"classifier.{i}", model.get_layer(name))
    channels = layers[-1].filters
    weight = state["classifier.0.weight"]
    pixels = weight.reshape(len(weight), -1, channels)  # a row of channels for each pixel
    state["classifier.0.weight"] = pixels.transpose(0, 2, 1).reshape(len(weight), -1)
    return state


def _positions_of_convolutions(model):
    """Where each convolution stands among convolutions, ReLUs and poolings."""
    position = 0
    for layer in model.layers:
        if "conv" in layer.name:
            yield position, layer
            position += 2  # Keras's convolution holds its ReLU
        elif "pool" in layer.name:
            position += 1


def state_of_resnet50(model):
    """Keras's convolutions have a bias, ours leave it to the normalization that follows.

    In evaluation ``(x + bias - mean) / sqrt(var + eps)`` depends on ``mean - bias`` and on
    ``var + eps`` alone, so that both pass into the statistics without a loss.
    """
    pairs = [("conv1", "bn1", "conv1")]
    for stage, count in enumerate((3, 4, 6, 3), start=1):
        for i in range(count):
            ours, theirs = f"layer{stage}.{i}", f"conv{stage + 1}_block{i + 1}"
            pairs += [(f"{ours}.conv{j}", f"{ours}.bn{j}", f"{theirs}_{j}") for j in (1, 2, 3)]
            if i == 0:
                pairs.append((f"{ours}.downsample.0", f"{ours}.downsample.1", f"{theirs}_0"))
    state = _state("fc", model.get_layer("predictions"))
    for conv, bn, theirs in pairs:
        norm = model.get_layer(f"{theirs}_bn")
        state |= _state(conv, model.get_layer(f"{theirs}_conv")) | _state(bn, norm)
        state[f"{bn}.running_mean"] = state[f"{bn}.running_mean"] - state.pop(f"{conv}.bias")
        state[f"{bn}.running_var"] = state[f"{bn}.running_var"] + (norm.epsilon - BN_EPS)
    return state


def state_of_xception(model):
    state = _state("fc", model.get_layer("predictions"))
    for i in (1, 2):
        state |= _state(f"block1.conv{i}", model.get_layer(f"block1_conv{i}"))
        state |= _state(f"block1.bn{i}", model.get_layer(f"block1_conv{i}_bn"))
    # The layers beside the blocks have no names of their own in Keras.
    beside = [layer for layer in model.layers if layer.name.startswith(("conv2d", "batch_norm"))]
    for i, (conv, bn) in zip((2, 3, 4, 13), zip(*2 * [iter(beside)], strict=True), strict=True):
        state |= _state(f"block{i}.shortcut.conv", conv) | _state(f"block{i}.shortcut.bn", bn)
    for layer in model.layers:
        block, _, rest = layer.name.partition("_")
        if rest.startswith("sepconv") and not rest.endswith("act"):
            name = block if block == "block14" else f"{block}.body"
            number = rest.removeprefix("sepconv")[0]
            kind = "bn" if rest.endswith("bn") else "sepconv"
            state |= _state(f"{name}.{kind}{number}", layer)
    return state


def state_of_mobilenet(model):
    state = {}
    for layer in model.layers:
        if layer.weights:
            state |= _state(layer.name, layer)
    weight = state["conv_preds.weight"]  # a convolution of one pixel in Keras
    return state | {"conv_preds.weight": weight.reshape(weight.shape[:2])}


def state_of_mobilenet_v2(model):
    pairs = [("features.0.0", "Conv1"), ("features.0.1", "bn_Conv1")]
    pairs += [("features.18.0", "Conv_1"), ("features.18.1", "Conv_1_bn")]
    pairs.append(("classifier.1", "predictions"))
    for i in range(17):
        ours, theirs = f"features.{i + 1}.conv", f"block_{i}" if i else "expanded_conv"
        for j, step in enumerate(["expand"] * (i > 0) + ["depthwise"]):
            pairs.append((f"{ours}.{j}.0", f"{theirs}_{step}"))
            pairs.append((f"{ours}.{j}.1", f"{theirs}_{step}_BN"))
        j = 2 if i else 1
        pairs.append((f"{ours}.{j}", f"{theirs}_project"))
        pairs.append((f"{ours}.{j + 1}", f"{theirs}_project_BN"))
    state = {}
    for ours, theirs in pairs:
        state |= _state(ours, model.get_layer(theirs))
    return state


def _state(name, layer):
    """Return the arrays of one layer in PyTorch's order of axes, under PyTorch's names."""
    arrays = {w.name: w.value.detach().numpy().copy() for w in layer.weights}
    kind = type(layer).__name__
    if kind == "BatchNormalization":
        return {
            f"{name}.weight": arrays["gamma"],
            f"{name}.bias": arrays["beta"],
            f"{name}.running_mean": arrays["moving_mean"],
            f"{name}.running_var": arrays["moving_variance"],
        }
    if kind == "SeparableConv2D":
        return {
            f"{name}.depthwise.weight": arrays["depthwise_kernel"].transpose(2, 3, 0, 1),
            f"{name}.pointwise.weight": arrays["pointwise_kernel"].transpose(3, 2, 0, 1),
        }
    axes = {"Dense": (1, 0), "Conv2D": (3, 2, 0, 1), "DepthwiseConv2D": (2, 3, 0, 1)}[kind]
    found = {f"{name}.weight": np.ascontiguousarray(arrays["kernel"].transpose(axes))}
    return found | ({f"{name}.bias": arrays["bias"]} if "bias" in arrays else {})
