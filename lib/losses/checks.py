"""What all losses check: the prediction, and whether to take the mean or the sum."""

from lib.backend import is_floating
from lib.settings import as_choice


def check_reduction(reduction):
    """Return a setting `reduction` after checking it."""
    return as_choice(reduction, "reduction", ("mean", "sum"))


def check_floating(prediction):
    """Refuse a prediction of no floating-point numbers, or of none at all."""
    if not is_floating(prediction):
        raise TypeError(f"a loss expects floating-point numbers, got {prediction.dtype}")
    if 0 in prediction.shape:  # the mean of nothing is not a number
        raise ValueError(f"a loss expects at least one number, got shape {tuple(prediction.shape)}")
