"""Codes: what a layer gives for many pictures, a row each, and what lies near what among them."""

from typing import Any, NamedTuple

from lib.analysis.captured import activations
from lib.backend import array_namespace, size, to_scalar
from lib.settings import as_flag, as_integer


def codes(network, images, layer, *, average=False, batch_size=500):
    """Return what a layer gives for many pictures: a row of numbers for each, its code.

    Parameters
    ----------
    network : Layer
        In evaluation mode while it runs, then as it was.
    images : array
    layer : str
        Its dotted name: see :func:`activations`.
    average : bool, default False
        Average each channel over its places, so that a code says what is in the picture and not
        where. Otherwise all numbers are kept, in the order of channel, row and column.
    batch_size : int, default 500
        So many pictures at a time, which keeps the memory needed small.

    Shape
    -----
    ``(N, C, H, W)`` → ``(N, D)``

    Raises
    ------
    TypeError
        If the network is no layer, the name no string or the images no array.
    ValueError
        If there is no such layer or no image; if `average` is asked for where there are no places.

    Notes
    -----
    Used in the chapter *Transfer*. Source: Donahue et al., *DeCAF: a deep convolutional activation
    feature for generic visual recognition* (2013).

    Examples
    --------
    >>> import numpy as np
    >>> from lib.layers import Conv2d, ReLU, Sequential
    >>> body = Sequential(conv=Conv2d(1, 4, 3), relu=ReLU())
    >>> pictures = np.zeros((10, 1, 8, 8), np.float32)
    >>> codes(body, pictures, "relu").shape, codes(body, pictures, "relu", average=True).shape
    ((10, 144), (10, 4))
    """
    xp, average = array_namespace(images), as_flag(average, "average")
    batch_size = as_integer(batch_size, "batch_size", at_least=1)
    if not images.shape or images.shape[0] == 0:
        raise ValueError(f"codes expects at least one image, got shape {tuple(images.shape)}")
    rows = []
    for first in range(0, images.shape[0], batch_size):
        batch = images[first : min(first + batch_size, images.shape[0]), ...]
        out = activations(network, batch, layer)[layer]
        if average and len(out.shape) < 3:
            raise ValueError(
                f'layer "{layer}" gives {tuple(out.shape[1:])}, which has no places to average over'
            )
        out = xp.reshape(out, (*out.shape[: 2 if average else 1], -1))
        rows.append(xp.mean(out, axis=2) if average else out)
    return xp.concat(rows)


class PrincipalComponents(NamedTuple):
    """The directions in which rows differ most, and where each row lies along them.

    Attributes
    ----------
    mean : array
        Of all rows, of shape (D,).
    directions : array
        One a row, of length 1, at right angles to each other, of shape (K, D).
    scores : array
        Where each row lies, of shape (N, K).
    shares : array
        Which share of the variance each direction holds, of shape (K,), falling.
    """

    mean: Any
    directions: Any
    scores: Any
    shares: Any

    def project(self, rows):
        """Return where other rows lie along the directions: ``(M, D)`` → ``(M, K)``."""
        return (rows - self.mean) @ self.directions.T


def principal_components(rows, count=2):
    r"""Find the directions in which rows differ most.

    With :math:`\bar x` the mean row, :math:`X - \bar x = U S V^\top` (the singular value
    decomposition): the directions are the rows of :math:`V^\top`, the scores :math:`U S`, and
    :math:`S_k^2` is in proportion to the variance along direction `k`.

    Parameters
    ----------
    rows : array
    count : int, default 2
        How many directions: at most as many as there are rows or numbers in a row.

    Returns
    -------
    PrincipalComponents
        The sign of a direction is free; here its largest number is positive.

    Shape
    -----
    ``(N, D)`` → scores ``(N, count)``

    Raises
    ------
    TypeError
        If the rows are no array of floats, or `count` is no integer.
    ValueError
        If they are not two-dimensional; if there are fewer rows, or fewer numbers in one, than
        `count`; or if all rows are the same.

    Notes
    -----
    Source: Pearson, *On lines and planes of closest fit to systems of points in space* (1901).

    Examples
    --------
    >>> import numpy as np
    >>> found = principal_components(np.array([[0.0, 0.0], [3.0, 4.0], [6.0, 8.0]]), count=1)
    >>> found.directions, found.scores.ravel()
    (array([[0.6, 0.8]]), array([-5.,  0.,  5.]))
    """
    xp = _check_rows(rows, "rows")
    most = min(rows.shape)
    count = as_integer(count, "count", at_least=1)
    if count > most:
        raise ValueError(f"rows of shape {tuple(rows.shape)} have {most} directions, not {count}")
    mean = xp.mean(rows, axis=0)
    u, s, vt = xp.linalg.svd(rows - mean, full_matrices=False)
    total = xp.sum(s * s)
    if to_scalar(total) == 0:
        raise ValueError("all rows are the same: they differ in no direction")
    directions, scores = vt[:count, :], u[:, :count] * s[:count]
    largest = xp.argmax(xp.abs(directions), axis=1)
    sign = xp.sign(xp.stack([directions[k, int(largest[k])] for k in range(count)]))
    return PrincipalComponents(
        mean, directions * sign[:, None], scores * sign, (s * s)[:count] / total
    )


def nearest_neighbors(rows, queries, count=1):
    r"""Find for each query the rows that lie nearest to it.

    .. math:: \lVert q - x \rVert^2 = \lVert q \rVert^2 - 2 q^\top x + \lVert x \rVert^2

    so that one matrix product gives all distances; the first term is the same for all rows.

    Parameters
    ----------
    rows, queries : array
    count : int, default 1

    Returns
    -------
    array of int
        Numbers of rows, the nearest first.

    Shape
    -----
    ``(N, D)``, ``(M, D)`` → ``(M, count)``

    Raises
    ------
    TypeError
        If rows or queries are no arrays of floats, or `count` is no integer.
    ValueError
        If they are not two-dimensional, or of different length; if there are fewer rows than
        `count`.

    Examples
    --------
    >>> import numpy as np
    >>> nearest_neighbors(np.array([[0.0], [1.0], [5.0]]), np.array([[0.9]]), count=2)
    array([[1, 0]])
    """
    xp = _check_rows(rows, "rows")
    _check_rows(queries, "queries")
    if queries.shape[1] != rows.shape[1]:
        raise ValueError(
            f"rows have {rows.shape[1]} numbers each, queries {queries.shape[1]}: "
            "both must be codes of the same layer"
        )
    count = as_integer(count, "count", at_least=1)
    if count > rows.shape[0]:
        raise ValueError(f"there are {rows.shape[0]} rows, so no {count} nearest ones")
    # Around the mean the squares are smaller, and so are the errors of their difference.
    center = xp.mean(rows, axis=0)
    rows, queries = rows - center, queries - center
    distances = xp.sum(rows * rows, axis=1) - 2 * (queries @ rows.T)
    return xp.argsort(distances, axis=1, stable=True)[:, :count]


def _check_rows(rows, name):
    """Refuse what is no matrix of floats; return its namespace."""
    xp = array_namespace(rows)
    if not xp.isdtype(rows.dtype, "real floating"):
        raise TypeError(f"{name} must be floats, got {rows.dtype}")
    if len(rows.shape) != 2 or size(rows) == 0:
        raise ValueError(f"{name} must have shape (N, D), got {tuple(rows.shape)}")
    return xp
