"""PLY, the polygon file format: the vertices, in ASCII or in binary of either byte order.

`x`, `y` and `z` are the position, every other property that is one number is a field, and red, green and blue together
are `rgb`. Faces and other elements are skipped.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from moviemaker.data.formats.compressed import is_compressed, open_binary
from moviemaker.data.formats.contents import Contents, in_memory
from moviemaker.data.formats.declared_size import check_stored

SUFFIXES = (".ply",)
COMPRESSIBLE = SUFFIXES

_NAMES = {
    "i1": ("char", "int8"),
    "u1": ("uchar", "uint8"),
    "i2": ("short", "int16"),
    "u2": ("ushort", "uint16"),
    "i4": ("int", "int32"),
    "u4": ("uint", "uint32"),
    "f4": ("float", "float32"),
    "f8": ("double", "float64"),
}
_TYPES = {name: kind for kind, names in _NAMES.items() for name in names}
_ORDERS = {"ascii": "=", "binary_little_endian": "<", "binary_big_endian": ">"}
_LONGEST_HEADER = 1000
_LONGEST_LINE = 1 << 20


@dataclass
class _Element:
    """One table of the file.

    Attributes:
        properties: (name, type) in the order of the file; the type of a list is a pair: of its count and of its items.
    """

    name: str
    count: int
    properties: list[tuple[str, str | tuple[str, str]]]

    def row(self, order: str) -> np.dtype:
        """The type of a row without lists."""
        names = [name for name, _ in self.properties]
        if any(not isinstance(kind, str) for _, kind in self.properties):
            raise ValueError(f"its element {self.name!r} has a list, which cannot be read here")
        if len(set(names)) < len(names):
            raise ValueError(f"two properties of {self.name!r} have the same name")
        return np.dtype([(name, order + str(kind)) for name, kind in self.properties])


def open_file(path: Path) -> Contents:
    """The vertices by property; those of a binary file are memory-mapped.

    Raises:
        OSError, EOFError: the file cannot be read.
        ValueError: it is not a PLY file, or has no vertices.
    """
    with open_binary(path) as file:
        form, elements = _read_header(file)
        before = []
        for element in elements:
            if element.name == "vertex":
                break
            before.append(element)
        else:
            raise ValueError("it has no element 'vertex'")
        if form == "ascii":
            rows = _read_text(file, sum(other.count for other in before), element)
        else:
            rows = _read_binary(path, file, before, element, _ORDERS[form])
    return Contents({name: in_memory(rows[name]) for name in rows.dtype.names or ()}, lazy=False)


def begins_with_vertices(path: Path) -> bool:
    """Whether the vertices come first. Otherwise VTK's reader of meshes crashes the process.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not a PLY file.
    """
    with open_binary(path) as file:
        _, elements = _read_header(file)
    return bool(elements) and elements[0].name == "vertex"


def has_faces(path: Path) -> bool:
    """Whether the file has faces, and is a surface rather than points.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not a PLY file.
    """
    with open_binary(path) as file:
        _, elements = _read_header(file)
    return any(element.name in ("face", "tristrips") and element.count for element in elements)


def missing_rows(name: str) -> str | None:
    """What is missing at the end of a file, or in a row of it; None: nothing. VTK fills what is missing with anything.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is not a PLY file.
    """
    path = Path(name)
    with path.open("rb") as file:
        form, elements = _read_header(file)
        for element in elements:
            rows = _whole_rows_of_text(file, element) if form == "ascii" else _whole_rows(file, element, _ORDERS[form])
            if rows < element.count:
                return f"its row {rows + 1} of {element.count} of {element.name!r} is missing or not whole"
    return None


def _whole_rows_of_text(file: IO[bytes], element: _Element) -> int:
    """Number of rows of an element that are whole. The file stands behind them."""
    for row in range(element.count):
        words = file.readline().split()
        needed = 0
        for _, kind in element.properties:
            if not isinstance(kind, str):
                count = words[needed] if needed < len(words) else b""
                if not count.isdigit():
                    return row
                needed += int(count)
            needed += 1
        if len(words) < needed:
            return row
    return element.count


def _whole_rows(file: IO[bytes], element: _Element, order: str) -> int:
    """The same of a binary file. Rows with lists that are all as long as in the first row are counted at once."""
    start, size = file.tell(), os.fstat(file.fileno()).st_size
    lists = [kind for _, kind in element.properties if not isinstance(kind, str)]
    if not lists:
        rows = min(element.count, (size - start) // max(element.row(order).itemsize, 1))
        file.seek(start + rows * element.row(order).itemsize)
        return rows
    if len(element.properties) == 1 and element.count:
        lengths = np.dtype(order + lists[0][0])
        first = file.read(lengths.itemsize)
        length = int(np.frombuffer(first, lengths)[0]) if len(first) == lengths.itemsize else -1
        if 0 <= length <= size:
            row = np.dtype([("length", lengths), ("items", order + lists[0][1], (length,))])
            if start + element.count * row.itemsize <= size:
                table = np.memmap(file, row, "r", start, (element.count,))
                if (table["length"] == length).all():
                    file.seek(start + element.count * row.itemsize)
                    return element.count
    file.seek(start)
    for row_number in range(element.count):
        for _, kind in element.properties:
            count = 1
            if not isinstance(kind, str):
                lengths = np.dtype(order + kind[0])
                first = file.read(lengths.itemsize)
                if len(first) < lengths.itemsize or (count := int(np.frombuffer(first, lengths)[0])) < 0:
                    return row_number
            items = np.dtype(kind if isinstance(kind, str) else kind[1])
            if file.seek(count * items.itemsize, os.SEEK_CUR) > size:
                return row_number
    return element.count


def _read_header(file: IO[bytes]) -> tuple[str, list[_Element]]:
    if file.readline(100).strip() != b"ply":
        raise ValueError("it does not begin with 'ply'")
    form = ""
    elements: list[_Element] = []
    for _ in range(_LONGEST_HEADER):
        words = file.readline(10_000).decode("ascii", "replace").split()
        match words:
            case ["end_header"]:
                if form not in _ORDERS:
                    raise ValueError("its header names no format")
                return form, elements
            case ["format", name, "1.0"] if name in _ORDERS:
                form = name
            case ["element", name, count] if count.isdecimal():
                elements.append(_Element(name, int(count), []))
            case ["property", "list", count, item, name] if elements and {count, item} <= set(_TYPES):
                elements[-1].properties.append((name, (_TYPES[count], _TYPES[item])))
            case ["property", kind, name] if elements and kind in _TYPES:
                elements[-1].properties.append((name, _TYPES[kind]))
            case ["comment" | "obj_info", *_]:
                pass
            case []:
                raise ValueError("its header has no end")
            case _:
                raise ValueError(f"its header has the line {' '.join(words)[:80]!r}")
    raise ValueError("its header has no end")


def _read_text(file: IO[bytes], skipped: int, element: _Element) -> np.ndarray:
    for _ in range(skipped):
        if not file.readline(_LONGEST_LINE):
            break
    row = element.row("=")
    if not element.count:
        return np.empty(0, row)
    columns = len(row.names or ())
    lines: list[bytes] = []
    while len(lines) < element.count:
        line = file.readline(_LONGEST_LINE)
        if not line.strip():
            raise ValueError(f"it has {len(lines)} of {element.count} vertices")
        lines.append(line)
    table = np.loadtxt(lines, dtype=np.float64, ndmin=2)
    if table.shape[1] != columns:
        raise ValueError(f"its vertices have {table.shape[1]} numbers where {columns} properties are named")
    rows = np.empty(element.count, row)
    for index, name in enumerate(row.names or ()):
        rows[name] = table[:, index]
    return rows


def _read_binary(path: Path, file: IO[bytes], before: list[_Element], element: _Element, order: str) -> np.ndarray:
    row = element.row(order)
    start = file.tell() + sum(other.count * other.row(order).itemsize for other in before)
    size = element.count * row.itemsize
    if not is_compressed(path):
        check_stored((element.count,), row.itemsize, path.stat().st_size - start, "vertices")
    if not is_compressed(path) and element.count and path.stat().st_size >= start + size:
        return np.memmap(path, row, "r", start, (element.count,))
    file.seek(start)
    content = file.read()  # not `size` bytes, which a damaged header may make huge
    if len(content) < size:
        raise ValueError(f"it has {len(content) // row.itemsize} of {element.count} vertices")
    return np.frombuffer(content, row, element.count)
