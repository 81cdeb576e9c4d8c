"""Dates in a column of times, turned into numbers as the CF conventions say it: `days since 1970-01-01`."""

from __future__ import annotations

import re
from typing import Annotated

import numpy as np

from moviemaker.core.dates import SINCE_RIGHT, parse_since
from moviemaker.core.errors import InputError
from moviemaker.core.kinds import Kind, build
from moviemaker.core.values import TEXT, Value, choice, optional

FORMATS = ("number", "ISO", "YYYYDDD", "YYYYMMDD")


def _parse_units(value: object) -> str:
    text: str = TEXT.parse(value)
    parse_since(text)
    return text


UNITS = Value(SINCE_RIGHT, _parse_units, TEXT.schema, mix=None)


class TimeColumn(Kind):
    """Which column or array holds the times, and how they are written."""

    column: Annotated[str | None, optional(TEXT)] = None
    """Name of the column or array of times. Default: `time`, `times` or `t`."""
    format: Annotated[str | None, optional(choice(*FORMATS, noun="format"))] = None
    """How times are written: `number`, `ISO` (ISO 8601: `2020-03-01T12:00`), `YYYYDDD` (year, day of the year) or
    `YYYYMMDD`. Default: numbers are `number`, and text is `ISO`."""
    units: Annotated[str, UNITS] = "days since 1970-01-01"
    """What dates are turned into: weeks, days, hours, minutes or seconds since a date, such as
    `hours since 2001-01-01`."""

    def unit_of(self, values: np.ndarray) -> str:
        """What `numbers` of these values count, such as `days since 1970-01-01`; empty: they are numbers already."""
        return "" if self._format_of(values) == "number" else self.units

    def _format_of(self, values: np.ndarray) -> str:
        return self.format or ("ISO" if values.dtype.kind in "USM" else "number")

    def numbers(self, values: np.ndarray) -> np.ndarray:
        """Times as float64, of the shape of the values.

        Raises:
            InputError: at `time`: a value is not a date of this format.
        """
        written = self._format_of(values)
        try:
            if written == "number":
                return np.asarray(values, np.float64)
            dates, rest = _of_text(values) if written == "ISO" else _of_digits(values, written)
        except ValueError:
            example = next((str(value) for value in values.ravel().tolist() if not _fits(value, written)), "a value")
            what = f"{example!r} is not a time of the format {written}"
            raise InputError(
                what, f"write time: {{format: ...}}; the formats are {', '.join(FORMATS)}", ("time",)
            ) from None
        try:
            return parse_since(self.units).numbers(dates, rest)
        except InputError as error:
            raise InputError(error.what, error.instead, ("time",)) from None


def _fits(value: object, written: str) -> bool:
    try:
        if written == "number":
            np.asarray(value, np.float64)
        elif written == "ISO":
            _of_text(np.array([value]))
        else:
            _of_digits(np.array([value]), written)
    except ValueError:
        return False
    return True


def _of_text(values: np.ndarray) -> tuple[np.ndarray, float]:
    if values.dtype.kind == "M":
        return values.astype("datetime64[us]"), 0.0
    if values.dtype.kind not in "US":
        raise ValueError("not text")
    texts = np.char.strip(values.astype(str))
    if any(re.search(r"T?\d\d:?\d\d.*[+-]\d\d:?\d\d$", text) for text in np.unique(texts[:1000]).tolist()):
        raise ValueError("time zones are not read")
    return np.char.rstrip(texts, "Z").astype("datetime64[us]"), 0.0


def _of_digits(values: np.ndarray, written: str) -> tuple[np.ndarray, np.ndarray]:
    """Dates, and fractions of a day after the decimal point."""
    numbers = values.astype(np.float64)
    whole = np.floor(numbers)
    if not np.isfinite(numbers).all():
        raise ValueError("not finite")
    digits = whole.astype(np.int64)
    if written == "YYYYDDD":
        year, month, day = digits // 1000, np.ones_like(digits), digits % 1000
        longest = 366
    else:
        year, month, day = digits // 10000, digits // 100 % 100, digits % 100
        longest = 31
    if ((day < 1) | (day > longest) | (month < 1) | (month > 12) | (year < 1)).any():
        raise ValueError("not a date")
    months = ((year - 1970) * 12 + month - 1).astype("datetime64[M]")
    return (months.astype("datetime64[D]") + (day - 1)).astype("datetime64[us]"), numbers - whole


def _parse_time(value: object) -> TimeColumn:
    if isinstance(value, TimeColumn):
        return value
    if isinstance(value, str):
        return TimeColumn(column=value)
    return build(TimeColumn, value)


TIME = Value(
    "the name of the column of times, or {column: NAME, format: YYYYDDD, units: days since 1970-01-01}",
    _parse_time,
    {"anyOf": [TEXT.schema, TimeColumn.model_json_schema()]},
    mix=None,
)
