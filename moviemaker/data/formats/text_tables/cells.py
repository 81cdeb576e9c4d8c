"""Cells of text tables: numbers as programs and people write them, missing values, and truths."""

from __future__ import annotations

import math
import re

_MISSING_WORDS = r"""
- -- --- . ? na <na> n/a #n/a #na nan +nan -nan null none nil missing masked nat \n 1.#qnan 1.#ind -1.#ind -1.#qnan
nan(ind) -nan(ind)
"""
MISSING = frozenset(["", *_MISSING_WORDS.split()])
"""Cells in lower case that say that a value is missing. Asterisks alone are a number too wide for its column."""

TRUTHS = {"true": 1.0, "false": 0.0, ".true.": 1.0, ".false.": 0.0, "t": 1.0, "f": 0.0}
"""Cells in lower case that are numbers where a whole column is made of them."""

_FORTRAN = re.compile(r"([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))[dDqQ]([+-]?[0-9]{1,3})")
_WITHOUT_E = re.compile(r"([+-]?(?:[0-9]+\.[0-9]*|\.[0-9]+))([+-][0-9]{3})")
_THOUSANDS = re.compile(
    r"[+-]?[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+(?:\.[0-9]*)?|(?:\.[0-9]{3})+(?:,[0-9]*)?"
    "|(?:['\u2019 \u00a0\u202f][0-9]{3})+(?:[.,][0-9]*)?)"
)


def is_missing(cell: str) -> bool:
    """Whether a cell says that its value is missing."""
    text = cell.strip().lower()
    return text in MISSING or set(text) == {"*"}


def number_of(cell: str, decimal_comma: bool = False) -> float | None:
    """The number in a cell; NaN: it is missing; None: the cell holds something else.

    Args:
        cell: such as `1.5`, `1e3`, `1D+03` or `1.5-103` (Fortran), `NA`.
        decimal_comma: whether decimals follow a comma.
    """
    text = cell.strip()
    if text[:1].isalpha() and text[0] not in "iInNmM":
        return None  # quickly: most words
    if decimal_comma:
        if "." in text and has_thousands(text):
            return None
        text = text.replace(",", ".", 1)
    try:
        # Python allows underscores in numbers, which in a table are part of a name.
        return None if "_" in text else float(text)
    except ValueError:
        pass
    if is_missing(text):
        return math.nan
    found = _FORTRAN.fullmatch(text) or _WITHOUT_E.fullmatch(text)
    return None if found is None else float(f"{found[1]}e{found[2]}")


def is_number(cell: str, decimal_comma: bool = False) -> bool:
    """Whether a cell holds a number that is not missing."""
    found = number_of(cell, decimal_comma)
    return found is not None and math.isfinite(found)


def has_thousands(cell: str) -> bool:
    """Whether a cell is a number whose digits are parted into groups of three."""
    return _THOUSANDS.fullmatch(cell.strip()) is not None


_PARTS = re.compile(
    r"(?<![^\s;,|])(?:(?P<missing>[nN][aA]|[nN]/[aA]|[nN]ull|NULL|[nN]one|--?|\*+)(?![^\s;,|])"
    r"|(?P<mantissa>[+-]?(?:[0-9]+\.[0-9]*|[0-9]+|\.[0-9]+))"
    r"(?:[dDqQ](?P<d>[+-]?[0-9]{1,3})|(?P<e>(?<=[.0-9])[+-][0-9]{3}))(?![^\s;,|]))"
)


def plainly(line: str, decimal_comma: bool) -> str:
    """A row of numbers as C writes them: with points, `e` and `nan`, for fast parsers. Other rows stay unfit."""
    if decimal_comma:
        if "." in line:
            return "unfit"  # it may have separators of thousands
        line = line.replace(",", ".")

    def written(found: re.Match[str]) -> str:
        if found["missing"] is not None:
            return "nan"
        if found["d"] is None and "." not in found["mantissa"]:
            return found[0]
        return f"{found['mantissa']}e{found['d'] or found['e']}"

    return _PARTS.sub(written, line)
