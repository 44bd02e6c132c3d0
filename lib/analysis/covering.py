"""Which pixels a decision rests on, without a gradient: cover some and look."""

from lib.analysis.backward import one_hot
from lib.analysis.tracing import undisturbed
from lib.backend import array_namespace, empty
from lib.convolution import output_shape, window_pair
from lib.settings import as_number


def occlusion(network, x, target, window, stride=None, fill=0.0):
    r"""Return by how much the logit of a class falls when a window of the image is covered.

    It needs no gradient: the network runs once for each place of the window.

    Parameters
    ----------
    network, x, target
        As for :func:`gradient`.
    window : int or (int, int)
        Rows and columns that are covered, in all channels.
    stride : int or (int, int), optional
        Step from one place to the next; `window` if not given: side by side.
    fill : float, default 0.0
        What covers it.

    Shape
    -----
    x: ``(N, C, H, W)`` → ``(N, OH, OW)``, one number for each place of the window, with OH and OW
    from :func:`lib.convolution.output_size`.

    Raises
    ------
    ValueError, TypeError
        As :func:`gradient`; if the input is no batch of images, or a setting makes no sense.

    Notes
    -----
    Source: Zeiler and Fergus, *Visualizing and understanding convolutional networks* (2013),
    section 4.2; it shows the probability, we take the logit. Used in the chapter *Seeing what a
    network learned*.

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import GlobalAvgPool2d
    >>> image = np.array([[[[4.0, 0.0], [0.0, 8.0]]]])
    >>> occlusion(GlobalAvgPool2d(), image, target=0, window=1)
    array([[[1., 0.],
            [0., 2.]]])
    """
    window = window_pair(window, "window", 1)
    stride = window if stride is None else window_pair(stride, "stride", 1)
    fill, xp = as_number(fill, "fill"), array_namespace(x)
    if len(x.shape) != 4:
        raise ValueError(f"occlusion expects images (N, C, H, W), got shape {tuple(x.shape)}")
    with undisturbed(network):
        network.eval()
        logits = network(x)  # refuses images that make no sense
        out_h, out_w = output_shape(x.shape, window, stride, (0, 0), (1, 1))
        chosen = one_hot(logits, target)
        falls = empty((x.shape[0], out_h, out_w), like=logits)
        for p in range(out_h):
            for q in range(out_w):
                covered = xp.asarray(x, copy=True)
                rows, columns = _covered(p, window[0], stride[0]), _covered(q, window[1], stride[1])
                covered[..., rows, columns] = fill
                falls[:, p, q] = xp.sum((logits - network(covered)) * chosen, axis=1)
    return falls


def _covered(place, size, stride):
    return slice(place * stride, place * stride + size)
