"""Headers of text tables: the names of the columns, their units, and what separates the cells.

The names stand in the last line before the numbers that has as many words as a row has cells: a line of its own, or a
comment. Lines of units, of types and of dashes below the names are understood. Comments that number the columns, one
line for each, are names too.
"""

from __future__ import annotations

import csv
import re
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from moviemaker.data.formats.text_tables.cells import is_missing, is_number

COMMENTS = ("#", "%", "!", "//")
"""Beginnings of comments. A `;` begins one too if no other follows it."""

_SEPARATORS = ("\t", ";", "|", ",", None)
_PLACE = re.compile(r"([xyz]|id|ra|dec|lon|lat)($|[_ \[(])|pos|coord", re.IGNORECASE)
"""Names by which a line of words is known to be that of a table without rows."""
_COMMENTS = 4096
"""Most lines of comments in which names are looked for."""
_MOST_COLUMNS = 5000
_LONGEST_NAME, _LONGEST_LINE = 1000, 1 << 16
"""Letters of names and lines of names in which brackets are looked for."""
_TEXT_ROWS = 16
"""Lines without a number after which a table is taken for one of text."""
_UNIT_WORDS = """
m cm mm km um nm pc kpc Mpc Gpc au AU ly Rsun R_sun angstrom Angstrom A s sec ms us ns ps fs min h hr d day days yr
kyr Myr Gyr kg g mg Msun M_sun Lsun L_sun K kelvin C eV keV MeV GeV erg J N Pa hPa kPa bar deg degree degrees rad
arcsec arcmin mas mag Jy mJy G T V W Hz kHz MHz GHz counts float double float32 float64 int int32 int64 bool str
string char none None unitless dimensionless 1
"""
_UNITS = frozenset(_UNIT_WORDS.split())
_FUNCTIONS = ("log", "log10", "ln", "sqrt", "exp", "abs", "sin", "cos", "f", "d")
_PROSE_WORDS = """
an and are at by created file for from generated in is made of on output that the this to using was were with written
"""
_PROSE = frozenset(_PROSE_WORDS.split())
"""Words of sentences, which are not names of columns."""


@dataclass(frozen=True)
class Header:
    """The layout of a text table.

    Attributes:
        names: of the columns.
        units: of columns that have one, by name.
        separator: of cells; None: spaces.
        skipped: number of lines above the first row.
        example: the first row; None: the table has no rows.
        decimal_comma: whether decimals follow a comma.
        trailing: whether rows end with a separator, and so with an empty cell.
    """

    names: list[str]
    units: dict[str, str] = field(default_factory=dict)
    separator: str | None = None
    skipped: int = 0
    example: str | None = None
    decimal_comma: bool = False
    trailing: bool = False


def comment_of(line: str) -> str | None:
    """The text of a comment; None: the line is none."""
    text = line.lstrip()
    for start in COMMENTS:
        if text.startswith(start):
            return text.lstrip(f"{start[0]} \t")
    if text.startswith(";") and ";" not in text.lstrip("; \t"):
        return text.lstrip("; \t")
    return None


def is_row(line: str) -> bool:
    """Whether a line is neither empty nor a comment."""
    return bool(line.strip()) and comment_of(line) is None


def cells_of(line: str, separator: str | None) -> list[str]:
    """The cells of a line, without the quotes around them."""
    if '"' not in line:
        return line.split(separator)
    if separator is None:
        line, separator = " ".join(line.strip().split("\t")), " "
    return next(csv.reader([line], delimiter=separator, skipinitialspace=True), [])


def read_header(lines: Iterable[str]) -> Header:
    """The header of a table.

    Args:
        lines: of the file, without their ends.

    Raises:
        ValueError: the file is empty, or its columns have no names, or two columns have the same.
    """
    above: deque[str] = deque(maxlen=_COMMENTS)
    comments: deque[str] = deque(maxlen=1)
    rows: list[tuple[int, str]] = []
    numbered = enumerate(lines)
    for number, line in numbered:
        comment = comment_of(line)
        if comment:
            comments.append(comment)
            if not rows:
                above.append(comment)
        elif comment is not None:
            continue
        elif line.strip():
            rows.append((number, line))
            if _has_numbers(line) or len(rows) == _TEXT_ROWS:
                break
    if not rows and not comments:
        raise ValueError("it is empty")
    if rows and _has_numbers(rows[-1][1]):
        following = next((line for _, line in islice(numbered, 100) if is_row(line)), None)
        if len(rows) == 1 and following is not None and _names_columns(rows[0][1], following):
            return _resolved([*above, rows[0][1]], rows[0][0] + 1, following)
        return _resolved([*above, *(line for _, line in rows[:-1])], *rows[-1])
    if len(rows) > 1:
        return _resolved([rows[0][1]], *rows[1])
    # Only names: a table without rows. A line that is not a comment goes before those that are.
    name, skipped = (rows[0][1], rows[0][0] + 1) if rows else (comments[-1], 0)
    separator = next((each for each in _SEPARATORS if each and each in name), None)
    found = _names(name, separator, None)
    if found is None or (separator is None and not any(_PLACE.match(name) for name in found)):
        raise ValueError("it has neither rows of numbers nor names of columns" if rows else "it is empty")
    names, units = _with_units(found)
    return Header(_checked(names), units, separator, skipped)


def _has_numbers(line: str) -> bool:
    return any(is_number(word) for word in re.split(r"[,;|\s]+", line.replace('"', " ")))


def _names_columns(line: str, following: str) -> bool:
    """Whether a line with numbers in it names the columns of the next one, as `id,x,y,z,2000` does."""
    for separator in _SEPARATORS:
        first, second = cells_of(line, separator), cells_of(following, separator)
        if len(first) == len(second) > 1:
            words = [not is_number(cell) and not is_missing(cell) for cell in first]
            new = [word and is_number(cell) for word, cell in zip(words, second, strict=True)]
            lost = [not word and not is_number(cell) for word, cell in zip(words, second, strict=True)]
            return any(new) and not any(lost) and 2 * sum(words) > len(words)
    return False


def _resolved(above: Sequence[str], skipped: int, example: str) -> Header:
    """The header, from the lines above the first row, the last of them last."""
    for separator in _SEPARATORS:
        if separator is not None and separator not in example:
            continue
        parted = example.split()
        if separator == "," and _is_of_decimal_commas(parted) and _named(above, None, len(parted)) is not None:
            continue
        cells = cells_of(example, separator)
        trailing = separator is not None and len(cells) > 2 and not cells[-1].strip()
        count = len(cells) - trailing
        if count < 2 and any(each is not None and each in example for each in _SEPARATORS):
            continue
        named = _named(above, separator, count)
        if named is not None:
            comma = separator != "," and _is_of_decimal_commas(cells)
            names, units = named
            return Header(_checked(names), units, separator, skipped, example, comma, trailing)
    return _unnamed(above, skipped, example)


def _unnamed(above: Sequence[str], skipped: int, example: str) -> Header:
    """The header of a table without names, or of one with as many names as rows."""
    separator = next((each for each in _SEPARATORS if each is not None and each in example), None)
    if separator == "," and _is_of_decimal_commas(example.split()):
        separator = None
    cells = cells_of(example, separator)
    comma = separator != "," and _is_of_decimal_commas(cells)
    for line in reversed(above):
        own = next((each for each in _SEPARATORS if each and each in line), None)
        found = _names(line, own, None)
        if found is not None and len(found) > 1:
            names, units = _with_units(found)
            return Header(_checked(names), units, separator, skipped, example, comma)
    usual = ["x", "y", "z", "vx", "vy", "vz"]
    if len(cells) not in (3, 6):
        raise ValueError(f"no line above its rows names their {len(cells)} columns")
    return Header(usual[: len(cells)], {}, separator, skipped, example, comma)


def _is_of_decimal_commas(cells: Sequence[str]) -> bool:
    """Whether cells, at least two of them, are numbers, of which some have a decimal comma."""
    with_comma = [cell.strip() for cell in cells if "," in cell]
    numbers = [is_number(cell, decimal_comma=True) and not cell.endswith(",") for cell in with_comma]
    return len(cells) > 1 and bool(numbers) and all(numbers)


def _named(above: Sequence[str], separator: str | None, count: int) -> tuple[list[str], dict[str, str]] | None:
    """Names of so many columns and their units, in the lines above them; None: they have none."""
    units: list[str] | None = None
    for line in reversed(above):
        found = _names(line, separator, count)
        if found is None or not "".join(found).strip("-_=~ "):
            continue  # also a line of dashes
        if units is None and (len(set(found)) < len(found) or all(map(_is_unit, found))):
            units = [_bare(cell) for cell in found]  # of the columns whose names stand above
            continue
        names, own = _with_units(found)
        below = {} if units is None else {n: u for n, u in zip(names, units, strict=True) if u not in ("", "-", "1")}
        return names, {**below, **own}
    if units is not None and not all(map(_is_unit, units)):
        return _checked(units), {}  # raises that a name occurs twice
    return _numbered(above, count)


def _names(line: str, separator: str | None, count: int | None) -> list[str] | None:
    """The names in a line; None: it does not hold so many, or is a sentence.

    Args:
        line: of text.
        separator: of the rows, which is tried first.
        count: of the columns; None: as many as there are.
    """
    line = re.sub(r"^\s*(?:columns?|names?|fields?|header|format)\s*[:=]\s*", "", line.strip(" "), flags=re.IGNORECASE)
    without_numbers = re.sub(r"(?<!\w)\(\d+\)|(?<!\w)\[\d+\]\s*=?|(?<![\w.])\d+\s*[:=)]", " ", line).strip(" ")
    for text in (without_numbers, line):
        for other in (separator, *_SEPARATORS, "  "):
            if other == "  ":
                found = re.split(r"\s{2,}", text.strip())
            elif other is None and len(text) > _LONGEST_LINE:
                found = text.split()
            elif other is None:
                found = re.findall(r'"[^"]+"|[^\s\[("]+(?:\s*(?:\[[^\]]*\]|\([^)]*\)))?|[(\[][^\])]*[\])]', text)
            else:
                found = cells_of(text, other)
            found = [_bare_name(cell.rstrip(",;") if other is None else cell) for cell in found]
            if found and not found[-1] and len(found) == (count or len(found) - 1) + 1:
                found.pop()  # the line ends with a separator
            if count is not None and len(found) != count:
                continue
            numbers = sum(map(is_number, found))
            if not found or 2 * numbers >= len(found) or any(not cell for cell in found[1:]):
                continue
            return None if other is None and _PROSE & {cell.lower() for cell in found} else found
    return None


def _numbered(above: Sequence[str], count: int) -> tuple[list[str], dict[str, str]] | None:
    """Names in comments that number the columns, one line for each, as SExtractor writes them."""
    found = [re.match(r"(?:col(?:umn)?\s*)?(\d+)\s*[:.=)-]?\s*(\S+)", line, re.IGNORECASE) for line in above]
    numbers = [(int(each[1]), each[2]) for each in found if each is not None]
    if len(numbers) == count and [n for n, _ in numbers] in (list(range(1, count + 1)), list(range(count))):
        return _with_units([name for _, name in numbers])
    return None


def _bare_name(cell: str) -> str:
    return cell.strip().strip("\"'").strip()


def _bare(cell: str) -> str:
    return cell.strip().strip("[](){}").strip()


def _is_unit(cell: str) -> bool:
    bare = _bare(cell)
    return bare != cell or bare in _UNITS or not bare.strip("-_=~ ") or bool(re.search(r"[/^*]|\w[-+]\d|\w\s\w", bare))


def _with_units(written: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Names without the units that some have in brackets, and these units."""
    names: list[str] = []
    units: dict[str, str] = {}
    for place, cell in enumerate(written):
        bracketed = cell[-1:] in ("]", ")", "}", ">") and len(cell) < _LONGEST_NAME
        found = re.fullmatch(r"(.*?[^\s_])(\s*|_)[\[(<{]([^\])>}]*)[\])>}]", cell) if bracketed else None
        name, unit = (found[1], found[3].strip()) if found is not None else (cell, "")
        if found is not None and (unit.isdecimal() or (not found[2] and not _reads_as_unit(cell, name, unit))):
            name, unit = cell, ""
        names.append(name or ("index" if place == 0 else ""))
        units[names[-1]] = unit
    clashing = {name for name, uses in Counter(names).items() if uses > 1}
    names = [cell if name in clashing else name for name, cell in zip(names, written, strict=True)]
    return names, {name: unit for name, unit in units.items() if unit and name not in clashing}


def _reads_as_unit(cell: str, name: str, unit: str) -> bool:
    """Whether what stands in brackets right behind a name is a unit: not in `log(M)` or `pos[0]`."""
    return name.lower() not in _FUNCTIONS and (
        "[" in cell or unit in _UNITS or bool(re.search(r"[/^*]|\w[-+]?\d", unit))
    )


def _checked(names: list[str]) -> list[str]:
    if len(names) > _MOST_COLUMNS:
        raise ValueError(f"it names {len(names)} columns, and tables of at most {_MOST_COLUMNS} are read")
    twice = next((name for name, uses in Counter(names).items() if uses > 1), None)
    if twice is not None:
        raise ValueError(f"two columns are called {twice!r}")
    return names
