"""The header of the classic formats of NetCDF, as far as it says where the values of each variable lie.

After "The NetCDF Classic Format Specification" (Unidata). The library reads zeros where a file has been cut off.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from moviemaker.core.machine.memory import size_text

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 4, 6: 8, 7: 1, 8: 2, 9: 4, 10: 8, 11: 8}
"""Bytes of a value, by the number of its type."""

_STREAMING = (0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF)
"""Numbers of records of files whose writer did not count them."""


@dataclass(frozen=True)
class _Variable:
    name: str
    shape: tuple[int, ...]
    itemsize: int
    begin: int

    @property
    def is_record(self) -> bool:
        return self.shape[:1] == (0,)

    @property
    def nbytes(self) -> int:
        """Bytes of its values; of a variable with records, of one of them."""
        return math.prod(self.shape[1:] if self.is_record else self.shape) * self.itemsize


def check_whole(path: Path) -> None:
    """Checks that a file of a classic format holds the values of all its variables.

    Raises:
        ValueError: it does not, or its header is not whole.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        records, variables = _Header(file, size).read()
    with_records = [each for each in variables if each.is_record]
    sizes = [each.nbytes for each in with_records]
    # Records are padded to four bytes, unless they are of a single variable.
    step = sizes[0] if len(sizes) == 1 else sum((each + 3) // 4 * 4 for each in sizes)
    for each in variables:
        if each.is_record and (records in _STREAMING or not records):
            continue
        end = each.begin + (step * (records - 1) if each.is_record else 0) + each.nbytes
        if end > size and each.nbytes:
            raise ValueError(f"it is not whole: {each.name} would end at {size_text(end)} of {size_text(size)}")


class _Header:
    def __init__(self, file: IO[bytes], size: int):
        self._file, self._size = file, size
        version = file.read(4)[3:4]
        self._wide = version == b"\x05"
        self._far = version != b"\x01"

    def read(self) -> tuple[int, list[_Variable]]:
        """The number of records, and the variables."""
        records = self._count()
        lengths = [length for _, length in [(self._name(), self._count()) for _ in range(self._list())]]
        self._skip_attributes()
        return records, [self._variable(lengths) for _ in range(self._list())]

    def _variable(self, lengths: list[int]) -> _Variable:
        name = self._name()
        numbers = [self._count() for _ in range(self._bounded(self._count()))]
        if any(number >= len(lengths) for number in numbers):
            raise ValueError(f"its variable {name} has a dimension that does not exist")
        self._skip_attributes()
        kind = self._number(4)
        self._count()
        begin = self._number(8 if self._far else 4)
        return _Variable(name, tuple(lengths[number] for number in numbers), _SIZES.get(kind, 1), begin)

    def _skip_attributes(self) -> None:
        for _ in range(self._list()):
            self._name()
            itemsize = _SIZES.get(self._number(4), 1)
            self._bytes(self._count() * itemsize)

    def _list(self) -> int:
        self._number(4)
        return self._bounded(self._count())

    def _name(self) -> str:
        return self._bytes(self._count()).decode("utf-8", "replace")

    def _bytes(self, count: int) -> bytes:
        padded = self._bounded(count + 3) // 4 * 4
        found = self._file.read(padded)
        if len(found) < count:
            raise ValueError("its header is not whole")
        return found[:count]

    def _count(self) -> int:
        return self._number(8 if self._wide else 4)

    def _number(self, size: int) -> int:
        found = self._file.read(size)
        if len(found) < size:
            raise ValueError("its header is not whole")
        return int.from_bytes(found, "big")

    def _bounded(self, count: int) -> int:
        if count > self._size:
            raise ValueError(f"its header counts to {count}, and the file has {self._size} bytes")
        return count
