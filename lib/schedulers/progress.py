"""The figures of an epoch: which is meant, and whether it became better."""

from lib.settings import as_instance


def read_figure(figures, name):
    """Return one figure of an epoch.

    Raises
    ------
    ValueError
        If it was not recorded; the message lists those that were.
    """
    check_figure(as_instance(figures, "figures", dict), name)
    return figures[name]


def check_figure(figures, name):
    """Refuse a figure that is not among those of an epoch: see :func:`read_figure`."""
    if name not in figures:
        hint = "; is there a validation set?" if name.startswith("validation_") else ""
        raise ValueError(f'there is no figure "{name}" among {sorted(figures)}{hint}')


def larger_is_better(name):
    """Tell whether a figure should grow: an accuracy should, a loss should shrink."""
    return name.endswith("accuracy")


def improves(name, value, best, share=0.0):
    """Tell whether the value of a figure is better than the best so far (``None``: there is none).

    Parameters
    ----------
    name : str
        What figure it is; see :func:`larger_is_better`.
    value, best : float
    share : float, default 0.0
        By which share of the best it must be better.

    Examples
    --------
    >>> improves("loss", 0.5, None), improves("loss", 0.5, 0.4), improves("accuracy", 0.5, 0.4)
    (True, False, True)
    """
    if best is None:
        return value == value  # what is not a number is no improvement
    if larger_is_better(name):
        return value > best * (1 + share)
    return value < best * (1 - share)
