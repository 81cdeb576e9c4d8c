"""Shapes and types that the samples of a raw file may have, the most likely first.

A name such as `skull_256x256x128_uint8.raw` says it. Otherwise shapes with two or three equal sides are tried that give
the size of the file. Of the right one, neighbours along all three axes differ less than any two samples do.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from moviemaker.data.formats.compressed import is_compressed, open_binary
from moviemaker.data.formats.contents import Layout

_TYPES = ("uint8", "uint16", "int16", ">u2", ">i2", "float32", ">f4", "float64")
_SIDES = (8, 4096)
_LONGEST = 8
"""Largest ratio of two sides."""
_LARGEST = 256 << 20
"""Bytes up to which a compressed file is looked into."""
_PAIRS = 20_000
_SIDES_IN_NAME = re.compile(r"(?<![0-9])(\d{1,5})[x×](\d{1,5})[x×](\d{1,5})(?![0-9])", re.IGNORECASE)
_TYPE_IN_NAME = re.compile(r"(?<![a-z])(u?int(?:8|16|32)|float(?:32|64)?|double|[ui]8|[ui]16|f32|f64)(?![0-9a-z])")
_NAMED = {"float": "float32", "double": "float64", "u8": "uint8", "i8": "int8", "u16": "uint16", "i16": "int16"}
_NAMED |= {"f32": "float32", "f64": "float64"}


def raw_size(path: Path) -> int:
    """Bytes in a raw file, once it is decompressed.

    Raises:
        OSError, EOFError, ValueError: it cannot be decompressed.
    """
    if not is_compressed(path):
        return path.stat().st_size
    size = 0
    with open_binary(path) as file:
        while found := len(file.read(1 << 20)):
            size += found
    return size


def likely_layouts(path: Path, size: int, most: int = 3) -> list[Layout]:
    """Layouts that fit a raw file of so many bytes, at most so many of them; errors as `raw_size`."""
    named = list(_of_name(path.name, size))
    if named:
        return named[:most]
    found = list(_of_size(size))
    if found and (not is_compressed(path) or size <= _LARGEST):
        content = _content(path)
        values = {
            dtype: content[: size // np.dtype(dtype).itemsize * np.dtype(dtype).itemsize].view(dtype)
            for dtype in {layout.dtype for layout in found}
        }
        found.sort(key=lambda layout: round(_roughness(values[layout.dtype], layout.shape), 3))  # ties stay in order
    return found[:most]


def _of_name(name: str, size: int) -> Iterator[Layout]:
    """Layouts that a name says. The first side varies fastest, as those mean it who write such names."""
    sides = _SIDES_IN_NAME.search(name)
    if sides is None:
        return
    shape = tuple(map(int, sides.groups()))
    written = _TYPE_IN_NAME.search(name.lower())
    names = _TYPES if written is None else (_NAMED.get(written[1], written[1]),)
    for dtype in names:
        if math.prod(shape) * np.dtype(dtype).itemsize == size:
            yield Layout(shape, dtype, "F")


def _of_size(size: int) -> Iterator[Layout]:
    """Cubes, then boxes with two equal sides."""
    boxes: list[Layout] = []
    for dtype in _TYPES:
        count, rest = divmod(size, np.dtype(dtype).itemsize)
        if rest or not count:
            continue
        cube = round(count ** (1 / 3))
        if cube > 1 and cube**3 == count:
            yield Layout((cube, cube, cube), dtype)
        for side in range(max(_SIDES[0], math.isqrt(count // _SIDES[1])), min(_SIDES[1], math.isqrt(count)) + 1):
            other, rest = divmod(count, side * side)
            if not rest and other != side and _SIDES[0] <= other and max(side, other) <= _LONGEST * min(side, other):
                boxes += [Layout((side, side, other), dtype), Layout((other, side, side), dtype)]
    yield from boxes


def _content(path: Path) -> np.ndarray:
    if not is_compressed(path):
        return np.memmap(path, np.uint8, "r")
    with open_binary(path) as file:
        return np.frombuffer(file.read(), np.uint8)


def _roughness(values: np.ndarray, shape: tuple[int, ...]) -> float:
    """Mean difference of neighbours along the axes, in units of that of any two samples; 0: all are alike."""
    random = np.random.default_rng(0)
    steps = (1, shape[2], shape[1] * shape[2])
    first = random.integers(0, max(len(values) - max(steps), 1), _PAIRS)
    with np.errstate(all="ignore"):
        here = values[first].astype(np.float64)
        if not np.isfinite(here).all() or np.abs(here).max() > 1e30:
            return math.inf
        apart = float(np.abs(here - random.permutation(here)).mean())
        near = [float(np.abs(values[first + step].astype(np.float64) - here).mean()) for step in steps]
    rough = max(near) / apart if apart > 0 else 0.0
    return rough if math.isfinite(rough) else math.inf
