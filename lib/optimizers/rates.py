"""Learning rates of their own for parts of a network, as factors on the optimizer's."""

from lib.settings import as_instance, as_number


def as_rates(rates, names):
    """Return the factors by name, after checking that each stands for something trainable.

    Parameters
    ----------
    rates : dict of str to float or None
    names : collection of str
        The dotted names of the trainable parameters.

    Raises
    ------
    TypeError
        If `rates` is no dict, or a factor no number.
    ValueError
        If a factor is below 0, or a name stands for no trainable parameter; the message lists the
        parts that there are.
    """
    checked = {}
    for part, factor in as_instance({} if rates is None else rates, "rates", dict).items():
        checked[part] = as_number(factor, f"the rate of {part!r}", at_least=0)
        if not any(_stands_for(part, name) for name in names):
            parts = ", ".join(dict.fromkeys(f'"{name.partition(".")[0]}"' for name in names))
            raise ValueError(f"rates: {part!r} names nothing that trains; there are {parts}")
    return checked


def factor_of(name, rates):
    """Return the factor on the learning rate of a parameter: that of the longest name, or 1.

    Examples
    --------
    >>> factor_of("features.0.weight", {"features": 0.1, "features.0": 0.01})
    0.01
    >>> factor_of("classifier.6.bias", {"features": 0.1})
    1.0
    """
    parts = [part for part in rates if _stands_for(part, name)]
    return float(rates[max(parts, key=len)]) if parts else 1.0


def _stands_for(part, name):
    return name == part or name.startswith(f"{part}.")
