"""Eight numbers of single precision that are reckoned with as one: a row of eight pixels.

Left to itself, the compiler takes eight pixels at a time only in rows of thirty and more; most splats are five pixels
wide. `Eight` has sums, differences and products as numbers have them. It is a vector of LLVM's, which becomes one
register where the processor has such wide ones, and several where it has not.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any, TypeVar

import numba
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

LANES = 8
_FLAGS = ("contract", "nsz")  # as in `compiled_piece`
_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_PLACES = ir.VectorType(ir.IntType(32), LANES)

Eight = Any
"""What compiled functions hand each other."""

Function = TypeVar("Function", bound=Callable[..., Any])


def within(function: Function) -> Function:
    """As `compiled_piece`, for what is so short that to call it takes as long as what it does: it becomes a part of
    each function that calls it."""
    options = {"no_cfunc_wrapper": True, "error_model": "numpy", "fastmath": set(_FLAGS), "forceinline": True}
    made: Function = numba.njit(nogil=True, **options)(function)
    return made


class _Eight(types.Type):
    def __init__(self) -> None:
        super().__init__(name="Eight")


@register_model(_Eight)
class _EightModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)


_EIGHT = _Eight()


def _reckons(sign: Any, instruction: str) -> None:
    """Has two of them added and the like."""

    def typed(context: Any) -> Any:
        return lambda a, b: _EIGHT if a == _EIGHT and b == _EIGHT else None

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return getattr(builder, instruction)(*given, flags=_FLAGS)

    type_callable(sign)(typed)
    lower_builtin(sign, _EIGHT, _EIGHT)(build)


_reckons(operator.add, "fadd")
_reckons(operator.sub, "fsub")
_reckons(operator.mul, "fmul")


@intrinsic  # type: ignore[untyped-decorator]
def eight_of(typing: Any, number: Any) -> Any:
    """A float32 eight times."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        nothing = ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(nothing, given[0], ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(first, nothing, ir.Constant(_PLACES, [0] * LANES))

    return _EIGHT(types.float32), build


@intrinsic  # type: ignore[untyped-decorator]
def counted(typing: Any) -> Any:
    """0, 1, 2, and so on."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return ir.Constant(_VECTOR, [float(lane) for lane in range(LANES)])

    return _EIGHT(), build


@intrinsic  # type: ignore[untyped-decorator]
def positive(typing: Any, eight: Any) -> Any:
    """0 for what is less."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        nothing = ir.Constant(_VECTOR, [0.0] * LANES)
        return builder.select(builder.fcmp_ordered(">", given[0], nothing), given[0], nothing)

    return _EIGHT(_EIGHT), build


@intrinsic  # type: ignore[untyped-decorator]
def where_less(typing: Any, one: Any, other: Any, eight: Any) -> Any:
    """Of the third those for which the first is less than the second; 0 for the rest."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        less = builder.fcmp_ordered("<", given[0], given[1])
        return builder.select(less, given[2], ir.Constant(_VECTOR, [0.0] * LANES))

    return _EIGHT(_EIGHT, _EIGHT, _EIGHT), build


@intrinsic  # type: ignore[untyped-decorator]
def load(typing: Any, array: Any, at: Any) -> Any:
    """Eight of an array (n,) of float32, from place `at` on."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        return builder.load(_place(context, builder, signature, given), align=4)

    return _EIGHT(array, types.int64), build


@intrinsic  # type: ignore[untyped-decorator]
def store(typing: Any, array: Any, at: Any, eight: Any) -> Any:
    """Puts eight into an array (n,) of float32, from place `at` on."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        builder.store(given[2], _place(context, builder, signature, given), align=4)
        return context.get_dummy_value()

    return types.void(array, types.int64, _EIGHT), build


@intrinsic  # type: ignore[untyped-decorator]
def fetch(typing: Any, array: Any, at: Any) -> Any:
    """Has what is around place `at` of an array (n,) of float32 brought near, as it will soon be read."""

    def build(context: Any, builder: Any, signature: Any, given: Any) -> Any:
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        place = builder.bitcast(_place(context, builder, signature, given), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(prefetch, [place, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), build


def _place(context: Any, builder: Any, signature: Any, given: Any) -> Any:
    """Where eight numbers of an array begin."""
    array = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=given[0])
    return builder.bitcast(builder.gep(array.data, [given[1]]), _VECTOR.as_pointer())
