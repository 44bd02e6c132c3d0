"""Vectors for Numba: several numbers in one register, and what a processor does to them.

Numba compiles Python through LLVM, whose language has vectors, but gives them no name. Here they
get one, and a few instructions. All take and return *tuples* of vectors, because the loops of
:mod:`lib.compiled.kernels` need many at a time, and a tuple whose length is known stays in
registers.
"""

import llvmlite.binding
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

AVX512 = llvmlite.binding.get_host_cpu_features().get("avx512f", False)
LENGTH = 16 if AVX512 else 8  # numbers of float32 in a vector

_FLOAT, _INT32 = ir.FloatType(), ir.IntType(32)
_VECTOR, _INDICES = ir.VectorType(_FLOAT, LENGTH), ir.VectorType(_INT32, LENGTH)
_ZERO = ir.Constant(_VECTOR, [0.0] * LENGTH)


class Vector(types.Type):
    """`LENGTH` numbers of float32 in one register."""

    def __init__(self):
        super().__init__(name=f"Vector{LENGTH}")


vector = Vector()


@register_model(Vector)
class _VectorModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        super().__init__(manager, kind, _VECTOR)


def zeros(count):
    """Return the instruction ``zero()``: `count` vectors of zeros."""

    @intrinsic
    def zero(typing):
        def code(context, builder, signature, arguments):
            return context.make_tuple(builder, signature.return_type, [_ZERO] * count)

        return types.UniTuple(vector, count)(), code

    return zero


def loads(count):
    """Return the instruction ``load(x, start, step)``: `count` vectors from a flat array.

    The vector ``k`` begins at ``x[start + k * step]``.
    """

    @intrinsic
    def load(typing, x, start, step):
        def code(context, builder, signature, arguments):
            places = _places(context, builder, x, arguments, count)
            found = [builder.load(place, align=4) for place in places]
            return context.make_tuple(builder, signature.return_type, found)

        return types.UniTuple(vector, count)(x, types.intp, types.intp), code

    return load


def loads_of_some(count):
    """Return ``load(x, start, step, left)``: as :func:`loads`, but only the first `left` numbers.

    The others are zeros, and are not read: they may lie beyond the end of the array.
    """

    @intrinsic
    def load(typing, x, start, step, left):
        def code(context, builder, signature, arguments):
            left = builder.trunc(arguments[3], _INT32)
            counted = ir.Constant(_INDICES, list(range(LENGTH)))
            mask = builder.icmp_signed("<", counted, _repeated(builder, left, _INDICES))
            kind = ir.FunctionType(_VECTOR, [_VECTOR.as_pointer(), _INT32, mask.type, _VECTOR])
            name = f"llvm.masked.load.v{LENGTH}f32.p0"
            masked = cgutils.get_or_insert_function(builder.module, kind, name)
            found = [
                builder.call(masked, [place, _INT32(4), mask, _ZERO])
                for place in _places(context, builder, x, arguments[:3], count)
            ]
            return context.make_tuple(builder, signature.return_type, found)

        return types.UniTuple(vector, count)(x, types.intp, types.intp, types.intp), code

    return load


def repeats(count):
    """Return the instruction ``repeat(x, start)``: `count` vectors, each of one number repeated.

    All numbers of the vector ``k`` are ``x[start + k]``.
    """

    @intrinsic
    def repeat(typing, x, start):
        def code(context, builder, signature, arguments):
            array, start = arguments
            places = _places(context, builder, x, (array, start, start.type(1)), count, _FLOAT)
            found = [_repeated(builder, builder.load(place), _VECTOR) for place in places]
            return context.make_tuple(builder, signature.return_type, found)

        return types.UniTuple(vector, count)(x, types.intp), code

    return repeat


@intrinsic
def add_products(typing, sums, left, right):
    """Return ``sums[i * len(right) + j] + left[i] * right[j]`` for all i and j."""

    def code(context, builder, signature, arguments):
        sums, left, right = (
            cgutils.unpack_tuple(builder, values, kind.count)
            for values, kind in zip(arguments, signature.args, strict=True)
        )
        found = []
        for k, total in enumerate(sums):
            i, j = divmod(k, len(right))
            # Both allow one instruction for the two.
            product = builder.fmul(left[i], right[j], flags=("contract",))
            found.append(builder.fadd(product, total, flags=("contract",)))
        return context.make_tuple(builder, signature.return_type, found)

    return sums(sums, left, right), code


def stores(columns):
    """Return the instruction ``store(sums, out, start, step, rows)``: write vectors to memory.

    They are rows of `columns` vectors side by side; the first `rows` of these are written, row
    ``i`` from ``out[start + i * step]`` on.
    """

    @intrinsic
    def store(typing, sums, out, start, step, rows):
        def code(context, builder, signature, arguments):
            values, array, start, step, rows = arguments
            values = cgutils.unpack_tuple(builder, values, sums.count)
            for i in range(sums.count // columns):
                with builder.if_then(builder.icmp_signed("<", rows.type(i), rows)):
                    row = builder.add(start, builder.mul(step, step.type(i)))
                    to = array, row, step.type(LENGTH)
                    places = _places(context, builder, out, to, columns)
                    for value, place in zip(values[i * columns :], places, strict=False):
                        builder.store(value, place, align=4)
            return context.get_dummy_value()

        return types.void(sums, out, types.intp, types.intp, types.intp), code

    return store


def stores_of_totals(columns):
    """Return ``store(sums, out, start, step)``: write the total of each vector, a number.

    They are rows of `columns` vectors; the total in row ``i`` and column ``j`` goes to
    ``out[start + i + j * step]``. The number of rows is a power of 2.
    """

    @intrinsic
    def store(typing, sums, out, start, step):
        def code(context, builder, signature, arguments):
            values = cgutils.unpack_tuple(builder, arguments[0], sums.count)
            rows = ir.VectorType(_FLOAT, sums.count // columns)
            places = _places(context, builder, out, arguments[1:], columns, rows)
            for j, place in enumerate(places):
                builder.store(_totals(builder, values[j::columns]), place, align=4)
            return context.get_dummy_value()

        return types.void(sums, out, types.intp, types.intp), code

    return store


def _totals(builder, values):
    """Return a vector with the total of each of some vectors, which are a power of 2.

    Neighbors are added, in two vectors at a time, until one vector is left; then in this one. Each
    step halves what is left of every total: fewer additions than one total after the other takes.
    """
    count, length = len(values), LENGTH
    while len(values) > 1:
        pairs = zip(values[::2], values[1::2], strict=True)
        values = [_add_neighbors(builder, *pair, length) for pair in pairs]
    (totals,) = values
    while length > count:
        length //= 2
        totals = _add_neighbors(builder, totals, ir.Constant(totals.type, ir.Undefined), length)
    return totals


def _add_neighbors(builder, a, b, length):
    """Return the first `length` sums of two neighbors, of those in `a` and then those in `b`."""
    kind = ir.VectorType(_INT32, length)
    evens, odds = (
        builder.shuffle_vector(a, b, ir.Constant(kind, [2 * k + r for k in range(length)]))
        for r in (0, 1)
    )
    return builder.fadd(evens, odds)


def _places(context, builder, kind, arguments, count, element=_VECTOR):
    """Return pointers to ``x[start + k * step]`` for `count` k; `arguments` are x, start, step."""
    array, start, step = arguments
    data = cgutils.create_struct_proxy(kind)(context, builder, array).data
    indices = (builder.add(start, builder.mul(step, step.type(k))) for k in range(count))
    return [builder.bitcast(builder.gep(data, [i]), element.as_pointer()) for i in indices]


def _repeated(builder, value, kind):
    """Return a vector of one value."""
    undefined = ir.Constant(kind, ir.Undefined)
    one = builder.insert_element(undefined, value, _INT32(0))
    return builder.shuffle_vector(one, undefined, ir.Constant(_INDICES, [0] * LENGTH))
