"""Vectors of eight numbers of single precision, for compiled code: a row of eight pixels.

The compiler makes vectors of a plain loop only in rows of thirty pixels and more, but most splats are five pixels wide.
`Eight` has sums, differences and products as numbers have them. It is a vector of LLVM: one register where the
processor has registers that wide, several where it has not.

Plain loops instead of these vectors were measured with a million particles at 1280 x 720. In their best variant they
took 1.0 to 1.1, 1.6 to 1.9 and 3.0 to 3.1 times as long for splats of 0.6, 2 and 5 pixels (medians of 5 rounds,
processor time), and their pictures differed in the last bits. So the vectors stay.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from moviemaker.core.jit import numba  # before any part of Numba is imported

# isort: split
from llvmlite import ir  # type: ignore[import-untyped]
from numba.core import cgutils, types
from numba.extending import intrinsic, lower_builtin, models, register_model, type_callable

if TYPE_CHECKING:
    from numba.core.base import BaseContext
    from numba.core.datamodel import DataModelManager
    from numba.core.typing import Context, Signature

    Build = Callable[[BaseContext, ir.IRBuilder, Signature, Sequence[ir.Value]], ir.Value]
    """Emits the instructions of a function and returns its result."""
    Typed = tuple[Signature, Build]

LANES = 8
_FLAGS = ("contract", "nsz")  # as in `compiled_piece`
_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_INDICES = ir.VectorType(ir.IntType(32), LANES)

Function = TypeVar("Function", bound=Callable[..., object])


class Eight:
    """What the vectors are in annotations; compiled code has `_Eight` instead."""

    def __add__(self, other: Eight) -> Eight:
        raise NotImplementedError

    def __sub__(self, other: Eight) -> Eight:
        raise NotImplementedError

    def __mul__(self, other: Eight) -> Eight:
        raise NotImplementedError


def inlined(function: Function) -> Function:
    """Compiles a function into each function that calls it, for functions so short that a call would double their cost.

    The options are otherwise those of `compiled_piece`.
    """
    options = {"no_cfunc_wrapper": True, "error_model": "numpy", "fastmath": set(_FLAGS), "forceinline": True}
    made: Function = numba.njit(nogil=True, **options)(function)
    return made


class _Eight(types.Type):
    def __init__(self) -> None:
        super().__init__(name="Eight")


@register_model(_Eight)
class _EightModel(models.PrimitiveModel):
    def __init__(self, manager: DataModelManager, kind: types.Type) -> None:
        super().__init__(manager, kind, _VECTOR)


_EIGHT = _Eight()


def _define_operator(sign: Callable[[Eight, Eight], Eight], instruction: str) -> None:
    """Compiles an operator between two vectors to one instruction."""

    def typed(context: Context) -> Callable[[types.Type, types.Type], types.Type | None]:
        return lambda a, b: _EIGHT if a == _EIGHT and b == _EIGHT else None

    def build(context: BaseContext, builder: ir.IRBuilder, signature: Signature, given: Sequence[ir.Value]) -> ir.Value:
        return getattr(builder, instruction)(*given, flags=_FLAGS)

    type_callable(sign)(typed)
    lower_builtin(sign, _EIGHT, _EIGHT)(build)


_define_operator(operator.add, "fadd")
_define_operator(operator.sub, "fsub")
_define_operator(operator.mul, "fmul")


@intrinsic  # type: ignore[untyped-decorator]
def eight_of(typing: Context, number: types.Type) -> Typed:
    """A float32 in all eight lanes."""

    def build(context: BaseContext, builder: ir.IRBuilder, signature: Signature, given: Sequence[ir.Value]) -> ir.Value:
        nothing = ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(nothing, given[0], ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(first, nothing, ir.Constant(_INDICES, [0] * LANES))

    return _EIGHT(types.float32), build


@intrinsic  # type: ignore[untyped-decorator]
def lane_numbers(typing: Context) -> Typed:
    """The numbers 0 to 7."""

    def build(context: BaseContext, builder: ir.IRBuilder, signature: Signature, given: Sequence[ir.Value]) -> ir.Value:
        return ir.Constant(_VECTOR, [float(lane) for lane in range(LANES)])

    return _EIGHT(), build


@intrinsic  # type: ignore[untyped-decorator]
def positive(typing: Context, eight: types.Type) -> Typed:
    """The numbers, with 0 in place of negative ones."""

    def build(context: BaseContext, builder: ir.IRBuilder, signature: Signature, given: Sequence[ir.Value]) -> ir.Value:
        nothing = ir.Constant(_VECTOR, [0.0] * LANES)
        return builder.select(builder.fcmp_ordered(">", given[0], nothing), given[0], nothing)

    return _EIGHT(_EIGHT), build


@intrinsic  # type: ignore[untyped-decorator]
def where_less(typing: Context, one: types.Type, other: types.Type, eight: types.Type) -> Typed:
    """The third vector in the lanes where the first is less than the second; 0 in the others."""

    def build(context: BaseContext, builder: ir.IRBuilder, signature: Signature, given: Sequence[ir.Value]) -> ir.Value:
        less = builder.fcmp_ordered("<", given[0], given[1])
        return builder.select(less, given[2], ir.Constant(_VECTOR, [0.0] * LANES))

    return _EIGHT(_EIGHT, _EIGHT, _EIGHT), build


@intrinsic  # type: ignore[untyped-decorator]
def load(typing: Context, array: types.Array, at: types.Type) -> Typed:
    """Eight numbers of an array (n,) of float32, from index `at` on."""

    def build(context: BaseContext, builder: ir.IRBuilder, signature: Signature, given: Sequence[ir.Value]) -> ir.Value:
        return builder.load(_pointer(context, builder, signature, given), align=4)

    return _EIGHT(array, types.int64), build


@intrinsic  # type: ignore[untyped-decorator]
def store(typing: Context, array: types.Array, at: types.Type, eight: types.Type) -> Typed:
    """Stores eight numbers in an array (n,) of float32, from index `at` on."""

    def build(context: BaseContext, builder: ir.IRBuilder, signature: Signature, given: Sequence[ir.Value]) -> ir.Value:
        builder.store(given[2], _pointer(context, builder, signature, given), align=4)
        return context.get_dummy_value()

    return types.void(array, types.int64, _EIGHT), build


@intrinsic  # type: ignore[untyped-decorator]
def prefetch(typing: Context, array: types.Array, at: types.Type) -> Typed:
    """Asks the processor to fetch the memory around index `at` of an array (n,) of float32, which is soon read."""

    def build(context: BaseContext, builder: ir.IRBuilder, signature: Signature, given: Sequence[ir.Value]) -> ir.Value:
        byte, number = ir.IntType(8).as_pointer(), ir.IntType(32)
        pointer = builder.bitcast(_pointer(context, builder, signature, given), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, number, number, number])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [pointer, number(0), number(3), number(1)])
        return context.get_dummy_value()

    return types.void(array, types.int64), build


def _pointer(
    context: BaseContext, builder: ir.IRBuilder, signature: Signature, given: Sequence[ir.Value]
) -> ir.Instruction:
    """The pointer to eight numbers of an array."""
    array = cgutils.create_struct_proxy(signature.args[0])(context, builder, value=given[0])
    return builder.bitcast(builder.gep(array.data, [given[1]]), _VECTOR.as_pointer())
