"""Conditions on fields, such as `mass > 1e5 and id != 3`, evaluated by a grammar of their own and never run as code."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from functools import cached_property, reduce

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.values import TEXT, Value

LONGEST = 1000
"""Largest number of characters of a condition."""

Values = np.ndarray | np.generic | float

_RIGHT = "a condition on fields, such as mass > 1e5 and id != 3"
_KNOWN = "comparisons, and, or, not, + - * / **, parentheses, numbers, names of fields, and the functions"

_COMPARISONS: dict[type[ast.cmpop], np.ufunc] = {
    ast.Lt: np.less,
    ast.LtE: np.less_equal,
    ast.Gt: np.greater,
    ast.GtE: np.greater_equal,
    ast.Eq: np.equal,
    ast.NotEq: np.not_equal,
}
_OPERATIONS: dict[type[ast.operator], np.ufunc] = {
    ast.Add: np.add,
    ast.Sub: np.subtract,
    ast.Mult: np.multiply,
    ast.Div: np.true_divide,
    ast.Pow: np.float_power,  # never whole numbers of millions of digits
}
_FUNCTIONS: dict[str, Callable[..., Values]] = {
    "abs": np.abs,
    "exp": np.exp,
    "log": np.log,
    "log10": np.log10,
    "max": lambda *values: reduce(np.maximum, values),
    "min": lambda *values: reduce(np.minimum, values),
    "sqrt": np.sqrt,
}


class Condition:
    """A parsed condition.

    Args:
        text: as the scene gives it.

    Raises:
        InputError: it is not a condition.
    """

    def __init__(self, text: str):
        self.text = text
        if len(text) > LONGEST:
            raise InputError(f"a condition of {len(text)} characters is too long", f"write {_RIGHT}")
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
            _check(self._tree)
        except SyntaxError as error:
            what = f"{text!r} cannot be read: {error.msg}"
            raise InputError(what, f"write {_RIGHT}") from None
        except (RecursionError, MemoryError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError("the condition cannot be read", f"write {_RIGHT}") from None
        if not _is_condition(self._tree):
            raise InputError(f"{text!r} is a value and not a condition", f"compare it with something: write {_RIGHT}")

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the fields that it needs, sorted."""
        called = {id(node.func) for node in ast.walk(self._tree) if isinstance(node, ast.Call)}
        found = {n.id for n in ast.walk(self._tree) if isinstance(n, ast.Name) and id(n) not in called}
        return tuple(sorted(found))

    def holds(self, fields: Mapping[str, np.ndarray], count: int) -> np.ndarray:
        """The particles that fulfil it, (count,) bool. NaN fulfils no comparison except `!=`."""
        with np.errstate(all="ignore"):
            found = _value(self._tree, fields)
        return np.broadcast_to(np.asarray(found, bool), (count,))


def _check(node: ast.AST) -> None:
    """Raises InputError if a part of it is not allowed in a condition."""
    match node:
        case ast.BoolOp(values=parts):
            pass
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.UAdd(), operand=operand):
            parts = [operand]
        case ast.BinOp(left=left, right=right, op=op) if type(op) in _OPERATIONS:
            parts = [left, right]
        case ast.Compare(left=left, ops=ops, comparators=others) if all(type(op) in _COMPARISONS for op in ops):
            parts = [left, *others]
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
            if name not in _FUNCTIONS:
                raise InputError(f"no such function {name!r}", suggest(name, _FUNCTIONS, "function"))
            if not arguments or (len(arguments) > 1 and name not in ("min", "max")):
                raise InputError(
                    f"{name} takes {'two or more values' if name in ('min', 'max') else 'one value'}",
                    "write e.g. sqrt(x)",
                )
            parts = arguments
        case ast.Constant(value=bool() | int() | float() as number):
            if not abs(number) < 2**63:
                raise InputError("a number is too large", "write one that fits into 64 bits")
            parts = []
        case ast.Name():
            parts = []
        case ast.BinOp(op=ast.BitAnd() | ast.BitOr()) | ast.UnaryOp(op=ast.Invert()):
            raise InputError("&, | and ~ are not allowed in a condition", "write and, or, not")
        case _:
            shown = ast.unparse(node)
            what = f"{shown if len(shown) <= 40 else shown[:37] + '...'!r} is not allowed in a condition"
            raise InputError(what, f"allowed are {_KNOWN} {', '.join(_FUNCTIONS)}")
    for part in parts:
        _check(part)


def _is_condition(node: ast.AST) -> bool:
    """Whether its value is true or false, in all parts."""
    match node:
        case ast.BoolOp(values=parts):
            return all(_is_condition(part) for part in parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _is_condition(operand)
        case ast.Compare():
            return True
        case ast.Constant(value=bool()):
            return True
    return False


def _value(node: ast.AST, fields: Mapping[str, np.ndarray]) -> Values:
    match node:
        case ast.BoolOp(op=op, values=parts):
            both = np.logical_and if isinstance(op, ast.And) else np.logical_or
            return reduce(both, (_value(part, fields) for part in parts))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return np.logical_not(_value(operand, fields))
        case ast.UnaryOp(op=op, operand=operand):
            value = _number(_value(operand, fields))
            return np.negative(value) if isinstance(op, ast.USub) else value
        case ast.BinOp(left=left, op=op, right=right):
            combined: Values = _OPERATIONS[type(op)](_number(_value(left, fields)), _number(_value(right, fields)))
            return combined
        case ast.Compare(left=left, ops=ops, comparators=others):
            values = [_value(part, fields) for part in (left, *others)]
            pairs = zip(ops, values, values[1:], strict=False)
            compared: Values = reduce(np.logical_and, (_COMPARISONS[type(op)](a, b) for op, a, b in pairs))
            return compared
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _FUNCTIONS[name](*(_number(_value(argument, fields)) for argument in arguments))
        case ast.Name(id=name):
            return fields[name]
        case ast.Constant(value=value):
            return np.int64(value) if isinstance(value, int) and not isinstance(value, bool) else value
    raise AssertionError("was checked")


def _number(value: Values) -> Values:
    """Values to compute with: small and unsigned integers would wrap around, and conditions count as 0 and 1."""
    if not isinstance(value, np.ndarray | np.generic):
        return float(value)
    if value.dtype.kind == "u" and value.dtype.itemsize == 8:
        return value.astype(np.float64) if np.asarray(value).max(initial=0) >= 2**63 else value.astype(np.int64)
    return value.astype(np.int64) if value.dtype.kind in "biu" else value


def _parse(value: object) -> str:
    text: str = TEXT.parse(value)
    Condition(text)
    return text


CONDITION = Value(_RIGHT, _parse, TEXT.schema, mix=None)
