"""What the layers must compute, written as the formulas read: loops, in float64, for one example.

Slow and plain on purpose. Each ``..._backward`` carries one number of `dout` after the other back
to everything that it was computed from, and returns the gradients by name, ``"x"`` among them.
"""

from fractions import Fraction

import numpy as np


def windows(shape, kernel_size, stride, padding, dilation, ceil_mode=False):
    """Yield ``(p, q, pixels)``: each window's place in the output, and its place in the frame."""
    settings = zip(shape[-2:], kernel_size, stride, padding, dilation, strict=True)
    rows, columns = (list(_axis_windows(*axis, ceil_mode)) for axis in settings)
    for p, window_rows in enumerate(rows):
        for q, window_columns in enumerate(columns):
            yield p, q, (window_rows, window_columns)


def _axis_windows(size, kernel_size, stride, padding, dilation, ceil_mode):
    """Yield the pixels of each window along one axis; slices end at the end of the frame."""
    start, reached = 0, 0
    while reached < size + 2 * padding:
        reached = start + dilation * (kernel_size - 1) + 1
        hangs_over = reached > size + 2 * padding
        if hangs_over and not (ceil_mode and start < size + padding):
            return
        yield slice(start, reached, dilation)
        start += stride


def output_shape(shape, *settings):
    p, q, _ = list(windows(shape, *settings))[-1]
    return p + 1, q + 1


def framed(x, padding, value=0.0):
    (ph, pw), (*lead, h, w) = padding, x.shape
    frame = np.full((*lead, h + 2 * ph, w + 2 * pw), value)
    unframed(frame, padding)[...] = x
    return frame


def unframed(frame, padding):
    (ph, pw), (h, w) = padding, frame.shape[-2:]
    return frame[..., ph : h - ph, pw : w - pw]


def im2col(x, *settings):
    """One row for each window: its pixels, channel by channel."""
    frame = framed(x, settings[2])
    return np.array(
        [image[:, *pixels].ravel() for image in frame for *_, pixels in windows(x.shape, *settings)]
    )


def conv2d(x, weight, bias, stride, padding, dilation, groups):
    settings = weight.shape[2:], stride, padding, dilation
    frame, per_group = framed(x, padding), weight.shape[0] // groups
    out = np.zeros((len(x), len(weight), *output_shape(x.shape, *settings)))
    for p, q, pixels in windows(x.shape, *settings):
        for n in range(len(x)):
            for f in range(len(weight)):
                seen = np.split(frame[n], groups)[f // per_group][:, *pixels]
                out[n, f, p, q] = (seen * weight[f]).sum() + (0 if bias is None else bias[f])
    return out


def conv2d_backward(dout, x, weight, bias, stride, padding, dilation, groups):
    settings = weight.shape[2:], stride, padding, dilation
    frame, per_group = framed(x, padding), weight.shape[0] // groups
    dframe, dweight = np.zeros_like(frame), np.zeros(weight.shape)
    for p, q, pixels in windows(x.shape, *settings):
        for n in range(len(x)):
            for f in range(len(weight)):
                group = f // per_group
                dweight[f] += dout[n, f, p, q] * np.split(frame[n], groups)[group][:, *pixels]
                np.split(dframe[n], groups)[group][:, *pixels] += dout[n, f, p, q] * weight[f]
    grads = {"x": unframed(dframe, padding), "weight": dweight}
    return grads if bias is None else {**grads, "bias": np.einsum("nfpq->f", dout)}


def conv_transpose2d(x, weight, bias, stride, padding, output_padding, groups, dilation):
    """Each pixel of the input writes the whole window, times its own number."""
    out = _spread(x, weight, stride, padding, output_padding, groups, dilation)
    return out if bias is None else out + bias[:, None, None]


def _spread(x, weight, stride, padding, output_padding, groups, dilation):
    n, c, h, w = x.shape
    per_group = weight.shape[1]
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[2:], strict=True)]
    size = [
        (pixels - 1) * s + span + more
        for pixels, s, span, more in zip((h, w), stride, spans, output_padding, strict=True)
    ]
    frame = np.zeros((n, per_group * groups, *size))
    for p, q in np.ndindex(h, w):
        rows = slice(p * stride[0], p * stride[0] + spans[0], dilation[0])
        columns = slice(q * stride[1], q * stride[1] + spans[1], dilation[1])
        for channel in range(c):
            first = channel // (c // groups) * per_group
            for f in range(per_group):
                window = weight[channel, f] * x[:, channel, p, q, None, None]
                frame[:, first + f, rows, columns] += window
    return unframed(frame, padding)


def conv_transpose2d_backward(dout, x, weight, bias, *settings):
    """Every number of the output is linear in x, and in the weights: move each by one and look."""
    dx, dweight = np.zeros(x.shape), np.zeros(weight.shape)
    for array, gradient in ((x, dx), (weight, dweight)):
        for place in np.ndindex(array.shape):
            one = np.zeros(array.shape)
            one[place] = 1
            moved = _spread(one, weight, *settings) if array is x else _spread(x, one, *settings)
            gradient[place] = (dout * moved).sum()
    grads = {"x": dx, "weight": dweight}
    return grads if bias is None else {**grads, "bias": np.einsum("nfpq->f", dout)}


def max_pool2d(x, *settings):
    frame = framed(x, settings[2], -np.inf)
    out = np.zeros((*x.shape[:2], *output_shape(x.shape, *settings)))
    for p, q, pixels in windows(x.shape, *settings):
        out[:, :, p, q] = frame[:, :, *pixels].max(axis=(2, 3))
    return out


def max_pool2d_backward(dout, x, *settings):
    frame, inside = framed(x, settings[2], -np.inf), framed(np.ones(x.shape), settings[2])
    dframe = np.zeros_like(frame)
    for p, q, pixels in windows(x.shape, *settings):
        for n, c in np.ndindex(x.shape[:2]):
            seen = frame[n, c, *pixels]
            largest = (seen == seen.max()) & (inside[n, c, *pixels] == 1)
            first = tuple(np.argwhere(largest)[0])  # in reading order
            dframe[n, c, *pixels][first] += dout[n, c, p, q]
    return {"x": unframed(dframe, settings[2])}


def _shares(shape, settings, count_include_pad):
    """Yield ``(p, q, pixels, share)``: what each pixel of a window contributes to its mean."""
    inside = framed(np.ones(shape[-2:]), settings[2])
    for p, q, pixels in windows(shape, *settings):
        seen = inside[pixels]  # what hangs over the frame is cut off
        yield p, q, pixels, 1 / (seen.size if count_include_pad else seen.sum())


def avg_pool2d(x, *settings, count_include_pad=True):
    frame = framed(x, settings[2])
    out = np.zeros((*x.shape[:2], *output_shape(x.shape, *settings)))
    for p, q, pixels, share in _shares(x.shape, settings, count_include_pad):
        out[:, :, p, q] = frame[:, :, *pixels].sum(axis=(2, 3)) * share
    return out


def avg_pool2d_backward(dout, x, *settings, count_include_pad=True):
    dframe = framed(np.zeros(x.shape), settings[2])
    for p, q, pixels, share in _shares(x.shape, settings, count_include_pad):
        dframe[:, :, *pixels] += dout[:, :, p, q, None, None] * share
    return {"x": unframed(dframe, settings[2])}


def adaptive_windows(size, out_size):
    """Yield the window of each output: all pixels that its share of the axis touches."""
    for p in range(out_size):
        edges = Fraction(p * size, out_size), Fraction((p + 1) * size, out_size)
        touched = [h for h in range(size) if h + 1 > edges[0] and h < edges[1]]
        yield p, slice(touched[0], touched[-1] + 1)


def adaptive_avg_pool2d(x, out_size):
    out = np.zeros((*x.shape[:2], *out_size))
    for p, rows in adaptive_windows(x.shape[2], out_size[0]):
        for q, columns in adaptive_windows(x.shape[3], out_size[1]):
            out[:, :, p, q] = x[:, :, rows, columns].mean(axis=(2, 3))
    return out


def adaptive_avg_pool2d_backward(dout, x, out_size):
    dx = np.zeros(x.shape)
    for p, rows in adaptive_windows(x.shape[2], out_size[0]):
        for q, columns in adaptive_windows(x.shape[3], out_size[1]):
            seen = dx[:, :, rows, columns]
            seen += dout[:, :, p, q, None, None] / seen[0, 0].size
    return {"x": dx}


def _response_terms(x, size, alpha, k):
    """Yield ``(c, seen, total)``: each channel, the channels in its sum, and the sum."""
    for c in range(x.shape[1]):
        seen = [j for j in range(c - size // 2, c + (size + 1) // 2) if 0 <= j < x.shape[1]]
        yield c, seen, k + alpha / size * sum(x[:, j] ** 2 for j in seen)


def local_response_norm(x, size, alpha, beta, k):
    return np.stack([x[:, c] / s**beta for c, _, s in _response_terms(x, size, alpha, k)], axis=1)


def local_response_norm_backward(dout, x, size, alpha, beta, k):
    dx = np.zeros(x.shape)
    for c, seen, total in _response_terms(x, size, alpha, k):
        dx[:, c] += dout[:, c] / total**beta
        for j in seen:
            slope = 2 * alpha / size * x[:, j]
            dx[:, j] -= dout[:, c] * x[:, c] * beta * total ** (-beta - 1) * slope
    return {"x": dx}


def linear(x, weight, bias):
    out = np.zeros((len(x), len(weight)))
    for n, f in np.ndindex(out.shape):
        out[n, f] = sum(x[n] * weight[f]) + (0 if bias is None else bias[f])
    return out


def linear_backward(dout, x, weight, bias):
    dx, dweight = np.zeros(x.shape), np.zeros(weight.shape)
    for n, f in np.ndindex(dout.shape):
        dx[n] += dout[n, f] * weight[f]
        dweight[f] += dout[n, f] * x[n]
    return {"x": dx, "weight": dweight} | ({} if bias is None else {"bias": sum(dout)})


def batch_norm(x, weight, bias, eps, mean=None, variance=None):
    """Feature by feature; by the statistics of the batch where none are given."""
    out = np.zeros(x.shape)
    for c in range(x.shape[1]):
        values = x[:, c]
        center = values.mean() if mean is None else mean[c]
        spread = values.var() if variance is None else variance[c]
        out[:, c] = weight[c] * (values - center) / np.sqrt(spread + eps) + bias[c]
    return out


def cross_entropy(
    logits, labels, label_smoothing=0.0, weight=None, ignore_index=None, reduction="mean"
):
    """Row by row, each shifted by its maximum; in extended precision."""
    rows = np.moveaxis(logits, 1, -1).reshape(-1, logits.shape[1]).astype(np.longdouble)
    weight = np.ones(logits.shape[1]) if weight is None else np.asarray(weight)
    total = weights = np.longdouble(0)
    for row, label in zip(rows, labels.ravel(), strict=True):
        if label == ignore_index:
            continue
        costs = np.log(np.exp(row - row.max()).sum()) - (row - row.max())
        total += (1 - label_smoothing) * weight[label] * costs[label]
        total += label_smoothing * (weight * costs).mean()
        weights += weight[label]
    return float(total / weights if reduction == "mean" else total)
