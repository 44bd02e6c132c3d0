"""A table of a network: what each layer gives, holds, computes and sees."""

import html
import math
from dataclasses import dataclass
from typing import NamedTuple

from lib.analysis.probe import forward_zeros
from lib.analysis.receptive_fields import ReceptiveField, fields_of
from lib.backend import array_namespace, size
from lib.layers import ConvTranspose2d, Parameter

COLUMNS = (
    *("layer", "kind", "output shape", "parameters", "multiply-adds", "activations"),
    "receptive field",
)


class Row(NamedTuple):
    """One layer of a :class:`Summary`.

    Attributes
    ----------
    name, kind : str
        Dotted name, and class.
    output_shape : tuple of int
        Without the axis of the batch.
    parameters : int
        Numbers that the layer learns.
    multiply_adds : int
        Products that are added up for one image.
    activation_bytes : int
        Memory of the output for one image, and of a sum that is no layer's output; 0 where the
        output is the input itself.
    receptive_field : ReceptiveField or None
        ``None`` where the input is no image.
    """

    name: str
    kind: str
    output_shape: tuple
    parameters: int
    multiply_adds: int
    activation_bytes: int
    receptive_field: ReceptiveField | None


@dataclass(frozen=True)
class Summary:
    """What :func:`summary` returns; ``print`` shows it as text, a notebook as a table.

    Attributes
    ----------
    title : str
    rows : list of Row
        In the order of the computation.
    parameters, multiply_adds, activation_bytes : int
        Totals. A layer that is used twice has its parameters once, and its multiply-adds twice.
    unreached : int
        Parameters among them that the forward pass does not come by.
    """

    title: str
    rows: list
    parameters: int
    unreached: int

    @property
    def multiply_adds(self):
        """All multiply-adds for one image."""
        return sum(row.multiply_adds for row in self.rows)

    @property
    def activation_bytes(self):
        """Memory of all outputs for one image."""
        return sum(row.activation_bytes for row in self.rows)

    def __str__(self):
        table = [COLUMNS, *map(_cells, self.rows), self._total()]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = [_line(cells, widths) for cells in table]
        rule = "-" * max(map(len, lines))
        return "\n".join(
            [self.title, rule, lines[0], rule, *lines[1:-1], rule, lines[-1], *self._notes()]
        )

    def _repr_html_(self):
        head = "".join(f'<th scope="col"{_align(i)}>{name}</th>' for i, name in enumerate(COLUMNS))
        caption = " ".join([self.title, *self._notes()])
        # No colors but those of the page: it reads on a light one and on a dark one.
        return (
            f'<div role="region" aria-label="{self.title}" tabindex="0" style="overflow-x: auto">'
            '<table style="border-collapse: collapse; font-variant-numeric: tabular-nums">'
            f'<caption style="text-align: left; color: inherit">{caption}</caption>'
            f"<thead><tr>{head}</tr></thead>"
            f"<tbody>{''.join(_html_row(_cells(row)) for row in self.rows)}</tbody>"
            f'<tfoot style="border-top: 1px solid">{_html_row(self._total())}</tfoot>'
            "</table></div>"
        )

    def _total(self):
        numbers = self.parameters, self.multiply_adds
        return ("total", "", "", *map(_grouped, numbers), _bytes(self.activation_bytes), "")

    def _notes(self):
        if not self.unreached:
            return []
        return [f"The forward pass does not reach {_grouped(self.unreached)} of the parameters."]


def summary(network, input_shape):
    r"""Return a table of the network: one row a layer.

    A convolution takes :math:`F \cdot C / G \cdot K_H K_W \cdot OH \cdot OW` multiply-adds, a fully
    connected layer as many as it has weights. Biases, activations, pooling and normalization take
    little beside them and are not counted.

    Parameters
    ----------
    network : Layer
        It runs once on zeros, in evaluation mode, and is left as it was.
    input_shape : tuple of int
        That of one example: ``(C, H, W)`` for images.

    Returns
    -------
    Summary

    Raises
    ------
    TypeError, ValueError
        If `input_shape` is anything but integers from 1 on; or if the network refuses it or is
        none.

    Notes
    -----
    What adds up or joins the outputs of its layers, such as `Residual`, `Concat` and the block of a
    ResNet, has a row of its own after theirs: sums take memory too. For the receptive field see
    :func:`~lib.analysis.receptive_field`. Used in the chapter *Architectures*.

    Examples
    --------
    >>> from lib.layers import Conv2d, Flatten, Linear, ReLU, Sequential
    >>> network = Sequential(
    ...     conv=Conv2d(1, 8, 3, stride=2), relu=ReLU(), flatten=Flatten(), out=Linear(72, 10)
    ... )
    >>> print(summary(network, (1, 8, 8)))
    Sequential on an input of 1×8×8
    ---------------------------------------------------------------------------------------
    layer    kind     output shape  parameters  multiply-adds  activations  receptive field
    ---------------------------------------------------------------------------------------
    conv     Conv2d          8×3×3          80            648        288 B    3×3, jump 2×2
    relu     ReLU            8×3×3           0              0        288 B    3×3, jump 2×2
    flatten  Flatten            72           0              0        288 B              7×7
    out      Linear             10         730            720         40 B              7×7
    ---------------------------------------------------------------------------------------
    total                                  810          1,368        904 B
    """
    whole = forward_zeros(network, input_shape)
    fields = fields_of(whole) if len(input_shape) == 3 else {}
    calls = list(_worth_a_row(whole))
    total = _count(network.parameters())
    return Summary(
        f"{type(network).__name__} on an input of {_product(input_shape)}",
        [_row(call, fields.get(id(call))) for call in calls],
        total,
        total - _count(p for call in calls for p in _parameters(call)),
    )


def _count(parameters):
    return sum({id(p): size(p.data) for p in parameters}.values())


def _worth_a_row(call):
    """Yield the calls that learn or compute something themselves."""
    if _is_one(call):
        yield call
        return
    for inner in call.calls:
        yield from _worth_a_row(inner)
    if _made(call):
        yield call


def _is_one(call):
    """Tell whether the layer is shown as one, whatever it is made of."""
    return not call.calls or any(isinstance(v, Parameter) for v in vars(call.layer).values())


def _made(call):
    """Return the arrays that a layer computed: its output and what it handed to layers in it."""
    found = {id(array): array for array in (*(inner.x for inner in call.calls), call.out)}
    for array in (call.x, *(inner.out for inner in call.calls)):
        found.pop(id(array), None)
    return list(found.values())


def _parameters(call):
    return call.layer.parameters() if _is_one(call) else []


def _row(call, field):
    xp = array_namespace(call.out)
    return Row(
        call.name,
        type(call.layer).__name__,
        tuple(call.out.shape[1:]),
        _count(_parameters(call)),
        _multiply_adds(call),
        sum(size(array) * xp.finfo(array.dtype).bits // 8 for array in _made(call)),
        field,
    )


def _multiply_adds(call):
    """Every weight of a kernel or a matrix is used once for each pixel of the output.

    In a transposed convolution, for each pixel of the input.
    """
    weight = getattr(call.layer, "weight", None)
    if not isinstance(weight, Parameter) or len(weight.data.shape) < 2:
        return 0
    pixels = call.x if isinstance(call.layer, ConvTranspose2d) else call.out
    return size(weight.data) * math.prod(pixels.shape[2:])


def _cells(row):
    return (
        row.name,
        row.kind,
        _product(row.output_shape),
        _grouped(row.parameters),
        _grouped(row.multiply_adds),
        _bytes(row.activation_bytes),
        _field(row),
    )


def _field(row):
    if row.receptive_field is None:
        return ""
    size, jump, _ = row.receptive_field
    if len(row.output_shape) < 3:
        return _product(size)
    return f"{_product(size)}, jump {_product(f'{float(step):.3g}' for step in jump)}"


def _product(sizes):
    return "×".join(map(str, sizes))


def _grouped(number):
    return f"{number:,}"


def _bytes(number):
    """Write an amount of memory with three digits or more, in units of 1024."""
    for unit in ("B", "KiB", "MiB"):
        if number < 1024:
            return f"{number:.3g} {unit}" if number < 1000 else f"{number:.0f} {unit}"
        number /= 1024
    return f"{number:,.1f} GiB"


def _line(cells, widths):
    padded = [
        f"{cell:<{width}}" if i < 2 else f"{cell:>{width}}"
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(padded).rstrip()


def _align(i):
    side = "left" if i < 2 else "right"
    return f' style="text-align: {side}; padding: 0.1em 0.5em; white-space: nowrap"'


def _html_row(cells):
    name, *others = map(html.escape, cells)
    data = "".join(f"<td{_align(i)}>{cell}</td>" for i, cell in enumerate(others, start=1))
    return f'<tr><th scope="row"{_align(0)}>{name}</th>{data}</tr>'
