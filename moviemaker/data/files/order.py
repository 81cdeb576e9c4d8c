"""The order of the files of a series: by the numbers in their names, as somebody who reads the names expects it.

Numbers may have a sign, decimals and an exponent: `z_-10`, `t0.25`, `e_1e-03`, `z0p5`. Names do not always say what a
point or a minus is. That reading is taken by which the names differ in the fewest places but for their numbers: of
`t-5`, `t0` and `t5` the minus is a sign, of `run-1` and `run-2` it separates. Numbers behind a point that count up to
ten and more, such as the parts of `snap_010.0` to `snap_010.11` and versions, are read as whole numbers. Dates ascend
in whatever order their parts are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import product
from pathlib import Path

_EXPONENT = r"(?:[eE][-+]?[0-9]{1,3}(?![0-9A-Za-z]))?"
_WHOLE = rf"[0-9]+{_EXPONENT}"
_DECIMAL = rf"(?<![0-9.])[0-9]+[.][0-9]+(?![.]?[0-9]){_EXPONENT}"
_SMALL = rf"(?<![0-9A-Za-z.])[.][0-9]+(?![.]?[0-9]){_EXPONENT}"
_POINT_P = r"(?<![0-9])[0-9]+p[0-9]+(?![0-9A-Za-z])"
_SIGN = "(?:(?<![0-9A-Za-z.])[-+])?"
"""A sign between a letter and a number may as well separate them; after a digit it always does."""
_SIGN_AFTER_LETTER = "(?:(?<![0-9.])[-+])?"

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = re.compile(
    r"(?:(?<![0-9.])(?P<day>[0-9]{1,2})[-._ ]?)?"
    rf"(?<![A-Za-z])(?P<month>{'|'.join(_MONTHS)})[a-z]*(?![A-Za-z])"
    r"(?:[-._ ]?(?P<year>[12][0-9]{3})(?![0-9]))?",
    re.IGNORECASE,
)
_YEAR_LAST = re.compile(
    r"(?<![0-9.])(?:([0-9]{1,2})([-.])([0-9]{1,2})\2|([0-9]{2})[_ ]([0-9]{2})[_ ])((?:1[89]|2[01])[0-9]{2})(?![0-9])"
)
_ENDING = re.compile(r"[.][A-Za-z]\w*([.](gz|bz2|xz))?$")

Key = tuple[tuple[str | Decimal, ...], str]


def in_order(paths: Iterable[Path]) -> list[Path]:
    """Files in the order of the numbers in their names, then of their names."""
    found = list(paths)
    texts = _dated([_ENDING.sub("", str(path).replace("\u2212", "-")) for path in found])
    readings = [_read(texts, signed, decimals) for signed, decimals in product((False, True), (True, False))]
    counting = _counts(readings[0])
    # Of equals the first is taken: a minus separates, and a point is one of decimals.
    chosen = min(
        (reading for place, reading in enumerate(readings) if place % 2 or not counting),
        key=lambda reading: len({parts[::2] for parts in reading}),
    )
    keys: list[Key] = [(tuple(map(_value, parts)), str(path)) for parts, path in zip(chosen, found, strict=True)]
    return [found[place] for place in sorted(range(len(found)), key=lambda place: keys[place])]


def _read(texts: Sequence[str], signed: bool, decimals: bool) -> list[tuple[str, ...]]:
    """Texts, cut into what is between numbers (at even places) and numbers (at odd ones)."""
    sign = _SIGN_AFTER_LETTER if signed else _SIGN
    bodies = [_DECIMAL, _SMALL, _POINT_P, _WHOLE] if decimals else [_POINT_P, _WHOLE]
    number = re.compile(f"({sign}(?:{'|'.join(bodies)}))")
    return [tuple(number.split(text)) for text in texts]


def _value(part: str) -> str | Decimal:
    return Decimal(part.replace("p", ".")) if part[-1:].isdecimal() and _is_number(part) else part


def _is_number(part: str) -> bool:
    return re.fullmatch(r"[-+]?(?:[0-9]+(?:[.p][0-9]+)?|[.][0-9]+)(?:[eE][-+]?[0-9]+)?", part) is not None


def _counts(texts: Sequence[tuple[str, ...]]) -> bool:
    """Whether what follows a point counts: parts of a snapshot, or versions."""
    behind: dict[tuple[str, ...], set[str]] = {}
    for parts in texts:
        for place in range(1, len(parts), 2):
            whole, point, rest = parts[place].partition(".")
            if point and rest.isdecimal():
                behind.setdefault((*parts[:place], whole), set()).add(rest)
    for (*_, whole), found in behind.items():
        if len(set(map(len, found))) < 2:
            continue  # numbers of one width have the same order either way
        padded = len(whole) > 1 and whole.startswith("0")
        longer = any(len(each) > 1 and each.endswith("0") for each in found)
        numbers = sorted(map(int, found))
        counted = numbers[0] in (0, 1) and numbers == list(range(numbers[0], numbers[-1] + 1))
        if padded or longer or counted:
            return True
    return False


def _dated(texts: list[str]) -> list[str]:
    """Texts whose dates are written with the year first, if all of them have a date of the same kind."""
    if len(texts) > 1 and all(_MONTH.search(text) for text in texts):
        return [_MONTH.sub(_month_second, text) for text in texts]
    pairs = []
    for text in texts:
        found = _YEAR_LAST.search(text)
        if found is None:
            return texts
        pairs.append((int(found[1] or found[4]), int(found[3] or found[5])))
    if any(day > 31 or month > 31 or min(day, month) > 12 for day, month in pairs):
        return texts
    turned = any(second > 12 for _, second in pairs)
    return [_YEAR_LAST.sub(lambda found: _year_first(found, turned), text) for text in texts]


def _month_second(found: re.Match[str]) -> str:
    month = f"{_MONTHS.index(found['month'].lower()) + 1:02d}"
    if found["year"] is None:  # the year, if there is one, stands before the month
        return f"{found['day'] or ''},{month},"
    return f"{found['year']}-{month}-{found['day'] or ''}"


def _year_first(found: re.Match[str], turned: bool) -> str:
    first, second = found[1] or found[4], found[3] or found[5]
    return f"{found[6]}-{first}-{second}" if turned else f"{found[6]}-{second}-{first}"
