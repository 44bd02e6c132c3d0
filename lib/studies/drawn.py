"""Which network reads drawn digits best: by several hands, with pens of several widths."""

import numpy as np

from lib.augmentation.resampling import affine_resample
from lib.datasets import load_mnist_sample
from lib.datasets.centering import SIZE, center
from lib.studies.errors import on_mnist
from lib.trained import load_trained
from lib.widgets.drawing import FINE, hands, picture

SEED = 0
PENS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)  # pixels
TRIES = 5  # of each hand, with each pen
THICKER = (-1.0, -0.5, 0.0, 1.0, 2.0)  # pixels by which the strokes of a scanned digit change
SCANNED = 500


def run(networks=None, tries=TRIES, scanned=SCANNED):
    """Return the accuracies of networks on digits as readers draw them.

    Parameters
    ----------
    networks : dict of str to Network, optional
        All trained ones on digits if not given.
    tries : int
        How often each sample of the figure *Draw a digit* is drawn with each pen.
    scanned : int
        How many held-out digits of MNIST are drawn again.

    Returns
    -------
    dict
        ``pens`` and ``thicker``, in pixels; for each network ``parameters``, and accuracies: a
        number for each pen (``hands``) and for each change of thickness (``scans``), all of them
        together (``drawn``), and those of the samples as they lie, not centered, with each pen
        (``uncentered``).
    """
    if networks is None:
        networks = {name: load_trained(name) for name in on_mnist()}
    rng = np.random.default_rng(SEED)
    by_hand = [drawn_by_hand(pen, tries, rng) for pen in PENS]
    digits = load_mnist_sample()[:scanned]
    scans = [(drawn_again(digits.images, change), digits.labels) for change in THICKER]
    as_they_lie = [drawn_by_hand(pen, tries, rng, centered=False) for pen in PENS]
    measured = {}
    for name, network in networks.items():
        found = {
            part: [network.accuracy(*pictures) for pictures in given]
            for part, given in (("hands", by_hand), ("scans", scans), ("uncentered", as_they_lie))
        }
        found["drawn"] = float(np.mean([np.mean(found["hands"]), np.mean(found["scans"])]))
        measured[name] = {"parameters": network.parameter_count()} | found
    return {
        "settings": {"seed": SEED, "tries": tries, "scanned": scanned, "data": digits.name},
        "pens": PENS,
        "thicker": THICKER,
        "networks": measured,
    }


def drawn_by_hand(pen, tries, rng, centered=True):
    """Return pictures of every sample, each time distorted in another way, and their digits."""
    pictures, labels = [], []
    for digit, drawings in enumerate(hands()):
        for strokes in drawings:
            for _ in range(tries):
                pictures.append(picture(distorted(strokes, rng), pen, centered))
                labels.append(digit)
    return np.array(pictures, np.float32)[:, None], np.array(labels)


def distorted(strokes, rng):
    """Return a drawing turned, slanted, stretched, of another size, elsewhere, and less steady.

    Parameters
    ----------
    strokes : list
        See :mod:`lib.widgets.drawing`.
    rng : numpy.random.Generator
        Draws the angle (up to 10° either way), the slant (up to 0.3 pixels across for one down),
        the stretch (up to 1.2 times as wide or as high), the size (0.6 to 1.1), the place (up to 3
        pixels away) and the wobble (0.2 pixels at each point).
    """
    angle, slant, size = rng.uniform([-10, -0.3, 0.6], [10, 0.3, 1.1])
    stretch, place = 1.2 ** rng.uniform(-1, 1), rng.uniform(-3, 3, 2)
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    matrix = np.array([[c, -s], [s, c]]) @ [[size * stretch, size * slant], [0, size]]
    points = [np.array(stroke) - SIZE / 2 for stroke in strokes]
    wobbly = [p @ matrix.T + place + SIZE / 2 + rng.normal(0, 0.2, p.shape) for p in points]
    return [stroke.tolist() for stroke in wobbly]


def drawn_again(images, thicker):
    """Return digits of MNIST as if drawn with another pen: large, black and white, then centered.

    Parameters
    ----------
    images : (N, 1, 28, 28) array
    thicker : float
        Pixels by which their strokes become wider; below 0 thinner.

    Examples
    --------
    >>> bar = np.zeros((1, 1, 28, 28), np.float32)
    >>> bar[..., 4:24, 13:16] = 1
    >>> [round(float(drawn_again(bar, t)[0, 0, 14].sum())) for t in (-1, 0, 2)]
    [2, 3, 5]
    """
    large = np.zeros((len(images), 2, 3))
    large[:, [0, 1], [0, 1]] = 1 / FINE
    ink = affine_resample(images, large, size=(SIZE * FINE, SIZE * FINE))[:, 0] >= 0.5
    reach = round(abs(thicker) / 2 * FINE)
    grown = ~_grown(~ink, reach) if thicker < 0 else _grown(ink, reach)
    return np.array([center(one) for one in grown.astype(np.float64)], np.float32)[:, None]


def _grown(ink, reach):
    """Blacken all points within `reach` of ink."""
    out = ink.copy()
    around = np.pad(ink, ((0, 0), (reach, reach), (reach, reach)))
    h, w = ink.shape[1:]
    for y in range(-reach, reach + 1):
        for x in range(-reach, reach + 1):
            if y * y + x * x <= reach * reach:
                out |= around[:, reach + y : reach + y + h, reach + x : reach + x + w]
    return out
