"""Dimensions of arrays that are not axes of space or time, such as members of an ensemble or channels.

One entry along each of them is shown: the first, unless the scene chooses another by its coordinate, or by its number
from 0 where the dimension has no coordinate. The scene may also say that such a dimension is an axis.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from moviemaker.core.errors import InputError, suggest

Chosen = Mapping[str, float | str]
"""By the names of dimensions: the coordinate or number of an entry, or an axis (x, y, z or time)."""

AXES = {"x": "x", "y": "y", "z": "z", "time": "t"}
"""Names of axes in a scene."""

NO_CHOICE: Chosen = {}


_LISTED = 6
"""Most entries that a sentence lists."""


@dataclass(frozen=True, eq=False)
class Dimension:
    """A dimension of which one entry is shown.

    Attributes:
        name: in the file.
        size: number of entries.
        values: numbers or texts of the entries (size,); None: they are counted from 0.
        shown: index of the entry that is shown.
        asked: whether the scene chooses it.
    """

    name: str
    size: int
    values: np.ndarray | None = None
    shown: int = 0
    asked: bool = False

    def entry(self, index: int) -> str:
        """An entry as a scene writes it."""
        if self.values is None:
            return str(index)
        value = self.values[index]
        return str(value) if self.values.dtype.kind in "US" else f"{float(value):.10g}"

    @property
    def listed(self) -> str:
        """The entries in words: `0, 1, 2`, or `1000, 850, 700 ... 10`."""
        if self.size <= _LISTED:
            return ", ".join(self.entry(index) for index in range(self.size))
        return f"{', '.join(self.entry(index) for index in range(3))} ... {self.entry(self.size - 1)}"

    def __str__(self) -> str:
        return f"{self.name} has {self.size} entries, {self.listed}; {self.entry(self.shown)} is shown"

    @property
    def remark(self) -> str:
        """A sentence for a scene that does not choose."""
        another = self.entry(self.size - 1)
        which = f"dimensions: {{{self.name}: {another}}} shows another"
        return f"{self.name!r} is neither space nor time, and only its first entry of {self.size} is shown; {which}"


def dimension_of(name: str, size: int, values: np.ndarray | None, chosen: Chosen) -> Dimension:
    """A dimension with the entry that a scene chooses, or the first.

    Raises:
        InputError: at `dimensions`: no such entry.
    """
    if values is not None and (values.shape != (size,) or values.dtype.kind not in "iufUS"):
        values = None
    known = Dimension(name, size, values)
    wanted = chosen.get(name)
    if wanted is None:
        return known
    found = [index for index in range(size) if _is_entry(known, index, wanted)]
    if not found:
        counted = "numbers" if values is None else "entries"
        right = f"its {counted} are {known.listed}; or write x, y, z or time if it is an axis"
        raise InputError(
            f"no entry {wanted if isinstance(wanted, str) else format(wanted, '.10g')} along {name!r}",
            right,
            ("dimensions", name),
        )
    return Dimension(name, size, values, found[0], asked=True)


def _is_entry(dimension: Dimension, index: int, wanted: float | str) -> bool:
    if isinstance(wanted, str) or (dimension.values is not None and dimension.values.dtype.kind in "US"):
        written = f"{wanted:.10g}" if isinstance(wanted, float) else wanted
        return dimension.entry(index).strip() in (written, f"{wanted}")
    value = index if dimension.values is None else float(dimension.values[index])
    return bool(abs(value - wanted) <= 1e-6 * max(abs(value), abs(wanted)))


def axis_chosen(name: str, chosen: Chosen) -> str:
    """The axis (x, y, z or t) that a scene takes a dimension for; empty: it does not say so."""
    wanted = chosen.get(name)
    return AXES.get(wanted, "") if isinstance(wanted, str) else ""


def check_names(chosen: Chosen, known: Collection[str]) -> None:
    """Checks that a scene chooses along dimensions that exist.

    Raises:
        InputError: at `dimensions`.
    """
    for name in chosen:
        if name not in known:
            right = suggest(name, sorted(known), "dimension") if known else "leave dimensions out"
            raise InputError(f"no such dimension {name!r} in the file", right, ("dimensions", name))


def shown_of(dimensions: Sequence[Dimension]) -> tuple[Dimension, ...]:
    """Those that have more than one entry, each once."""
    return tuple({each.name: each for each in dimensions if each.size > 1}.values())
