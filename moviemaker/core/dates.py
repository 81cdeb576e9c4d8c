"""Dates as moments of data, and the units of time that numbers of data count: `days since 2001-01-01`.

Calendars are those of the CF conventions (cfconventions.org, chapter 4.4); the standard one is Julian before 15 October
1582. Days of the Julian and the Gregorian calendar are counted as by Fliegel and Van Flandern, "A machine algorithm for
processing calendar dates", Communications of the ACM 11 (1968).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

import numpy as np

from moviemaker.core.errors import InputError, show
from moviemaker.core.values import NUMBER, Value

_TIME_OF_DAY = r"[T ]\s*(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}(?:\.\d*)?))?)?\s*(?:Z|UTC)?"
_ZONE = r"([+-]\d{1,2})(?::?(\d{2}))?"
_DATE = re.compile(rf"(\d{{4}})-(\d{{2}})(?:-(\d{{2}})(?:{_TIME_OF_DAY})?)?")
_SINCE = re.compile(
    rf"(\w+)\s+since\s+(\d{{1,4}})(?:-(\d{{1,2}})(?:-(\d{{1,2}})(?:{_TIME_OF_DAY}(?:\s*{_ZONE})?)?)?)?"
    r"\s*(?:\((\w+) calendar\))?",
    re.I,
)

_UNITS = {"d": 86400.0, "day": 86400.0, "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "min": 60.0, "minute": 60.0}
_UNITS |= {"s": 1.0, "sec": 1.0, "second": 1.0, "week": 604800.0}
_UNITS |= dict.fromkeys(("millisecond", "millisec", "msec", "ms"), 1e-3)
_UNITS |= dict.fromkeys(("microsecond", "microsec"), 1e-6)
_STANDARD = ("", "standard", "gregorian")
_SAME_YEARS = {"noleap": 28, "365_day": 28, "all_leap": 29, "366_day": 29}
"""Days of February in calendars whose years have equal lengths."""

_DAY = 86_400_000_000
"""Microseconds."""

_REFORM = np.datetime64("1582-10-15", "us")
"""The first day of the Gregorian calendar in the standard one."""


@dataclass(frozen=True)
class Date:
    """A date as a scene or a file writes it, in any calendar.

    Attributes:
        seconds: after midnight, UTC.
    """

    year: int
    month: int
    day: int
    seconds: float = 0.0

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"


@dataclass(frozen=True)
class Since:
    """A unit of time since a date, which numbers count.

    Attributes:
        unit: its length in seconds.
        start: the date of 0.
        calendar: its name in the conventions; empty: the standard one.
    """

    unit: float
    start: Date
    calendar: str

    def number(self, date: Date) -> float:
        """The number that stands for a date.

        Raises:
            InputError: the calendar has no such date.
        """
        days = _day(date, self.calendar) - _day(self.start, self.calendar)
        return (days * 86400.0 + (date.seconds - self.start.seconds)) / self.unit

    def numbers(self, dates: np.ndarray, days: np.ndarray | float = 0.0) -> np.ndarray:
        """The numbers that stand for many dates, float64; NaN for those that are not a time.

        Args:
            dates: datetime64[us] of any shape. Year, month and day are read in the calendar.
            days: added to each date.

        Raises:
            InputError: the calendar does not have one of the dates.
        """
        microseconds = (dates - self._zero).astype("timedelta64[us]")
        known = ~np.isnat(dates)
        strange = known & (dates < _REFORM) if self.calendar in _GREGORIAN else known
        if self.calendar != "proleptic_gregorian" and strange.any():
            whole = dates[strange].astype("datetime64[D]")
            found, of_date = np.unique(whole, return_inverse=True)
            first = _day(self.start, self.calendar)
            passed = np.array([_day(_date_of(day), self.calendar) - first for day in found])
            within = (dates[strange] - whole).astype("timedelta64[us]").astype(np.int64)
            total = passed[of_date] * _DAY + within - round(self.start.seconds * 1e6)
            microseconds[strange] = total.astype("timedelta64[us]")
        seconds = microseconds.astype(np.float64) / 1e6
        seconds[~known] = np.nan
        return np.asarray((seconds + days * 86400.0) / self.unit)

    @cached_property
    def _zero(self) -> np.datetime64:
        """The moment of 0, if the calendar were Gregorian from there on."""
        passed = _day(self.start, self.calendar) - _day(Date(1970, 1, 1), self.calendar)
        return np.datetime64(passed * _DAY + round(self.start.seconds * 1e6), "us")


_GREGORIAN = ("", "proleptic_gregorian")
"""Calendars that are Gregorian since 1582."""


def parse_since(text: str) -> Since:
    """What is meant by `days since 2001-01-01 (noleap calendar)`: the only reader of such texts.

    Month, day and time of day may be left out. A time of day may have a time zone, as an offset from UTC.

    Raises:
        InputError: the text is not a unit since a date, or the calendar has no such date.
    """
    found = _SINCE.fullmatch(text.strip())
    unit = None if found is None else _UNITS.get(found[1].lower()) or _UNITS.get(found[1].lower().removesuffix("s"))
    if found is None or unit is None:
        raise InputError(f"{text!r} is not a unit of time since a date", f"write {SINCE_RIGHT}")
    calendar = (found[10] or "").lower()
    start = _date(found, 2)
    if found[8] is not None:
        ahead = float(f"{found[8][0]}1") * (3600.0 * int(found[8][1:]) + 60.0 * int(found[9] or 0))
        start = replace(start, seconds=start.seconds - ahead)
    since = Since(unit, start, "" if calendar in _STANDARD else calendar)
    since.number(since.start)
    return since


SINCE_RIGHT = "units such as 'days since 1970-01-01'; the units are weeks, days, hours, minutes, seconds"


def known_since(text: str) -> Since | None:
    """As `parse_since`; None for any other text."""
    try:
        return parse_since(text)
    except InputError:
        return None


def _parse(value: object) -> float | Date:
    if not isinstance(value, str):
        return float(NUMBER.parse(value))
    found = _DATE.fullmatch(value.strip())
    if found is None:
        raise InputError(f"{show(value)} is not a number, nor a date", f"write {_RIGHT}")
    date = _date(found, 1)
    if not (1 <= date.month <= 12 and 1 <= date.day <= 31 and date.seconds < 86401):
        raise InputError(f"no such date {value}", f"write {_RIGHT}")
    return date


_RIGHT = "a number, or a date such as 2001-12-31 or 2001-12-31T18:00"
MOMENT = Value(_RIGHT, _parse, {"anyOf": [NUMBER.schema, {"type": "string", "pattern": _DATE.pattern}]})
"""A data time as a scene writes it."""


def _date(found: re.Match[str], first: int) -> Date:
    """The date in a match; year, month, day, hour, minute and second are its groups from `first` on."""
    year, month, day, hour, minute, second = (found[first + index] for index in range(6))
    seconds = 3600.0 * int(hour or 0) + 60.0 * int(minute or 0) + float(second or 0)
    return Date(int(year), int(month or 1), int(day or 1), seconds)


def _date_of(day: np.datetime64) -> Date:
    month = day.astype("datetime64[M]")
    months = int(month.astype(np.int64))
    return Date(months // 12 + 1970, months % 12 + 1, int((day - month).astype(np.int64)) + 1)


def _day(date: Date, calendar: str) -> int:
    """The number of a day since a fixed day of the calendar.

    Raises:
        InputError: the calendar has no such day, or is unknown.
    """
    year, month, day = date.year, date.month, date.day
    if not (1 <= month <= 12 and day >= 1):
        raise InputError(f"no such date {date}", "write year, month and day, such as 2001-12-31")
    if calendar == "360_day":
        longest, number = 30, 360 * year + 30 * (month - 1) + day
    elif calendar in _SAME_YEARS:
        lengths = _months(_SAME_YEARS[calendar])
        longest, number = lengths[month - 1], sum(lengths) * year + [0, *accumulate(lengths)][month - 1] + day
    elif calendar in ("", "proleptic_gregorian", "julian"):
        julian = calendar == "julian" or (not calendar and (year, month, day) < (1582, 10, 15))
        leap = year % 4 == 0 and (julian or year % 100 != 0 or year % 400 == 0)
        longest, number = _months(29 if leap else 28)[month - 1], _julian_day(year, month, day, julian)
    else:
        raise InputError(f"the calendar {calendar!r} is not known", "write numbers, as info lists them")
    if day > longest or (not calendar and (1582, 10, 5) <= (year, month, day) < (1582, 10, 15)):
        raise InputError(f"{date} does not exist in the calendar of the data", "write a date that is in it")
    return number


def _months(february: int) -> tuple[int, ...]:
    return (31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _julian_day(year: int, month: int, day: int, julian: bool) -> int:
    late = (14 - month) // 12
    years, months = year + 4800 - late, month + 12 * late - 3
    days = day + (153 * months + 2) // 5 + 365 * years + years // 4
    return days - 32083 if julian else days - years // 100 + years // 400 - 32045
