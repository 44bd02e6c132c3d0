"""Tables of numbers as figures hold them: lists of equally long rows, fit for JSON."""

import numpy as np

from lib.settings import as_number

__all__ = ["as_rows"]


def as_rows(values, name, most_rows, most_columns):
    """Return a table of numbers as lists.

    Raises
    ------
    TypeError
        If it is no table, or holds what is no number.
    ValueError
        If it is empty, uneven or too large.
    """
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if not isinstance(values, list | tuple) or not all(isinstance(r, list | tuple) for r in values):
        raise TypeError(f"{name} must be rows of numbers, got {values!r}")
    shape = (len(values), len(values[0]) if values else 0)
    if len({len(row) for row in values}) > 1:
        raise ValueError(f"the rows of {name} must be equally long, got {list(map(len, values))}")
    if not (1 <= shape[0] <= most_rows and 1 <= shape[1] <= most_columns):
        raise ValueError(f"{name} must be at most {most_rows} × {most_columns}, got shape {shape}")
    return [[as_number(value, f"a number of {name}") for value in row] for row in values]
