"""PLY, the polygon file format: the vertices, in ASCII or in binary of either byte order.

`x`, `y` and `z` are the position, every other property that is one number is a field, and red, green and blue together
are `rgb`. Faces and other elements are skipped.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from moviemaker.data.formats.compressed import is_compressed, open_binary
from moviemaker.data.formats.contents import Contents, in_memory

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
        if not file.readline():
            break
    row = element.row("=")
    if not element.count:
        return np.empty(0, row)
    columns = len(row.names or ())
    lines: list[bytes] = []
    while len(lines) < element.count:
        line = file.readline()
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
    if not is_compressed(path) and element.count and path.stat().st_size >= start + size:
        return np.memmap(path, row, "r", start, (element.count,))
    file.seek(start)
    content = file.read()  # not `size` bytes, which a damaged header may make huge
    if len(content) < size:
        raise ValueError(f"it has {len(content) // row.itemsize} of {element.count} vertices")
    return np.frombuffer(content, row, element.count)
