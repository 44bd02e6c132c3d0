"""The tree of layers: every layer, parameter and buffer with its place, each at one place alone."""


def walk(root):
    """Yield ``(dotted name, layer)`` for a layer, whose name is ``""``, and all layers below it.

    Raises
    ------
    ValueError
        If a layer is at two places: what its second forward pass keeps for the way back would take
        the place of what its first one kept. If layers are in a list, a tuple or a dictionary,
        where they would neither learn nor be saved.
    """
    places, waiting = {}, [("", root)]
    while waiting:
        place, layer = waiting.pop()
        _note(places, layer, place)
        _refuse_hidden(layer)
        yield place, layer
        children = [(_dotted(place, name), child) for name, child in layer.children().items()]
        waiting += reversed(children)


def owned(root, kind):
    """Yield ``(dotted name, thing)`` for all parameters, or buffers, of a layer and those below it.

    Raises
    ------
    ValueError
        If a thing is at two places: a parameter's gradient would be that of one of them, and an
        optimizer would step it twice.
    """
    places = {}
    for place, layer in walk(root):
        for name, thing in vars(layer).items():
            if isinstance(thing, kind):
                _note(places, thing, _dotted(place, name))
                yield places[thing], thing


def _refuse_hidden(layer):
    for name, value in vars(layer).items():
        if isinstance(value, list | tuple | dict):
            inside = value.values() if isinstance(value, dict) else value
            if any(hasattr(type(thing), "named_modules") for thing in inside):
                raise ValueError(
                    f'{type(layer).__name__} keeps layers in the {type(value).__name__} "{name}", '
                    "where they are not found; make it a Sequential, or give each a name of its own"
                )


def _dotted(owner, name):
    return f"{owner}.{name}" if owner else name


def _note(places, thing, place):
    if thing in places:
        kind = type(thing).__name__
        raise ValueError(
            f'one {kind} is at two places, "{places[thing]}" and "{place}"; make a {kind} for each'
        )
    places[thing] = place
