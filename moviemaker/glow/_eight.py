"""Eight pixels of a row at a time, written for the compiler as one piece.

Left to itself, it takes eight pixels at a time only in rows of thirty and more; most splats are five pixels wide.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.extending import intrinsic, models, register_model

LANES = 8
_FLAGS = ("contract", "nsz")  # as in `compiled_piece`
_ROW = ir.VectorType(ir.FloatType(), LANES)


class _Eight(types.Type):
    """Eight numbers of single precision, in one register where the processor has such."""

    def __init__(self) -> None:
        super().__init__(name="Eight")


@register_model(_Eight)
class _EightModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _ROW)


_EIGHT = _Eight()


@intrinsic  # type: ignore[untyped-decorator]
def weights(typing: Any, d: Any, a: Any, slope: Any, rest: Any, k0: Any, k1: Any, k2: Any, k3: Any) -> Any:
    """The weights of eight pixels of a row, for `unhidden` and `shine`.

    With `s = max(1 - (a x^2 + slope x + rest), 0)` a weight is the square of `k0 s + k1 s^2 + k2 s^3 + k3 s^4`.

    Args:
        d: x at the first pixel; at the next ones it is 1 more each.
        a, slope, rest: of the square of the distance.
        k0, k1, k2, k3: of the profile.
    """
    signature = _EIGHT(*[types.float32] * 8)

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        d, a, slope, rest, k0, k1, k2, k3 = (_spread(builder, one) for one in given)
        x = builder.fadd(d, ir.Constant(_ROW, [float(k) for k in range(LANES)]), flags=_FLAGS)
        u = _more(builder, _more(builder, a, x, slope), x, rest)
        s = builder.fsub(ir.Constant(_ROW, [1.0] * LANES), u, flags=_FLAGS)
        nothing = ir.Constant(_ROW, [0.0] * LANES)
        s = builder.select(builder.fcmp_ordered(">", s, nothing), s, nothing)
        w = builder.fmul(s, _more(builder, s, _more(builder, s, _more(builder, s, k3, k2), k1), k0), flags=_FLAGS)
        return builder.fmul(w, w, flags=_FLAGS)

    return signature, build


@intrinsic  # type: ignore[untyped-decorator]
def shine(typing: Any, lit: Any, at: Any, eight: Any, much: Any) -> Any:
    """Adds `much` times eight weights to an array of float32, from place `at` on."""
    signature = types.void(lit, types.int64, eight, types.float32)

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        array = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=given[0])
        place = builder.bitcast(builder.gep(array.data, [given[1]]), _ROW.as_pointer())
        sum_of = _more(builder, given[2], _spread(builder, given[3]), builder.load(place, align=4))
        builder.store(sum_of, place, align=4)
        return context.get_dummy_value()

    return signature, build


@intrinsic  # type: ignore[untyped-decorator]
def unhidden(typing: Any, walls: Any, at: Any, eight: Any, away: Any) -> Any:
    """Of eight weights those of what is nearer than an array of float32, from place `at` on, says; 0 elsewhere."""
    signature = eight(walls, types.int64, eight, types.float32)

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        array = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=given[0])
        place = builder.bitcast(builder.gep(array.data, [given[1]]), _ROW.as_pointer())
        nearer = builder.fcmp_ordered("<", _spread(builder, given[3]), builder.load(place, align=4))
        return builder.select(nearer, given[2], ir.Constant(_ROW, [0.0] * LANES))

    return signature, build


@intrinsic  # type: ignore[untyped-decorator]
def fetch(typing: Any, table: Any, row: Any) -> Any:
    """Has a row of a table, of 64 bytes and without gaps between rows, brought near, as it will soon be read."""
    signature = types.void(table, types.int64)

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        array = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=given[0])
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        place = builder.bitcast(builder.gep(array.data, [builder.mul(given[1], given[1].type(16))]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(prefetch, [place, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return signature, build


def _spread(builder: Any, number: Any) -> Any:
    first = builder.insert_element(ir.Constant(_ROW, ir.Undefined), number, ir.Constant(ir.IntType(32), 0))
    lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
    return builder.shuffle_vector(first, ir.Constant(_ROW, ir.Undefined), lanes)


def _more(builder: Any, a: Any, b: Any, c: Any) -> Any:
    """a b + c."""
    return builder.fadd(builder.fmul(a, b, flags=_FLAGS), c, flags=_FLAGS)
