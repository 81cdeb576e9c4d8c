"""Writes variables with named dimensions as a group of Zarr (version 2), without compression."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from moviemaker.data.formats.variables import Variable, Variables

CHUNK_BYTES = 1 << 26
"""About how many bytes of an array are in one file."""


def chunks_of(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """The samples along each axis that are in one file: as many entries of the first axes as fit."""
    chunks = list(shape)
    for axis in range(len(shape)):
        inner = int(np.prod(chunks[axis + 1 :], dtype=np.int64)) * itemsize
        if inner * chunks[axis] <= CHUNK_BYTES:
            break
        chunks[axis] = max(1, min(chunks[axis], CHUNK_BYTES // max(inner, 1)))
    return tuple(max(1, count) for count in chunks)


def write_variables(path: Path, variables: Variables) -> None:
    """Writes a group, whose folder must not exist.

    Raises:
        OSError: it cannot be written.
    """
    path.mkdir()
    _write(path / ".zgroup", {"zarr_format": 2})
    for name, variable in {**variables.by_path, **_axes(variables), **_texts(variables)}.items():
        folder = path / name
        folder.mkdir(parents=True)
        dtype = variable.dtype.newbyteorder("<")
        chunks = chunks_of(variable.shape, dtype.itemsize)
        layout = {
            "zarr_format": 2,
            "shape": list(variable.shape),
            "chunks": list(chunks),
            "dtype": dtype.str,
            "compressor": None,
            "fill_value": None,
            "order": "C",
            "filters": None,
        }
        _write(folder / ".zarray", layout)
        attributes = {key: _plain(value) for key, value in variable.attributes.items() if key != "_FillValue"}
        _write(folder / ".zattrs", attributes | {"_ARRAY_DIMENSIONS": list(variable.dimensions)})
        _write_chunks(folder, variable, chunks, dtype)


def _axes(variables: Variables) -> dict[str, Variable]:
    """Coordinates of axes of space without them, which tell what axes they are, as a reader may find out otherwise."""
    found: dict[str, Variable] = {}
    aside = variables.coordinates()
    for path, variable in variables.by_path.items():
        axes = variables.axes(variable) if path not in aside and variable.dtype.kind in "biuf" else None
        for axis, name in ({} if axes is None else axes.of).items():
            if axis in "xyz" and name not in variables.by_path:
                numbers = np.arange(float(variables.sizes[name]))
                found.setdefault(name, _along(name, numbers, {"axis": axis.upper()}))
    return found


def _texts(variables: Variables) -> dict[str, Variable]:
    """The names of entries along dimensions."""
    return {name: _along(name, values, {}) for name, values in variables.texts.items()}


def _along(name: str, values: np.ndarray, attributes: Mapping[str, object]) -> Variable:
    return Variable(name, (name,), values.shape, values.dtype, attributes, lambda part: np.asarray(values[part]))


def _write_chunks(folder: Path, variable: Variable, chunks: tuple[int, ...], dtype: np.dtype) -> None:
    counts = [-(-size // chunk) for size, chunk in zip(variable.shape, chunks, strict=True)]
    for number in itertools.product(*map(range, counts)):
        part = tuple(slice(n * chunk, (n + 1) * chunk) for n, chunk in zip(number, chunks, strict=True))
        values = np.ascontiguousarray(variable.read(part), dtype)
        if values.shape != chunks:  # files at the far ends are as large as all others
            values = np.pad(values, [(0, chunk - size) for chunk, size in zip(chunks, values.shape, strict=True)])
        with (folder / (".".join(map(str, number)) or "0")).open("xb") as file:
            values.tofile(file)


def _write(path: Path, value: object) -> None:
    with path.open("x", encoding="utf-8") as file:
        json.dump(value, file)


def _plain(value: object) -> object:
    """An attribute as JSON holds it."""
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return value if isinstance(value, str | int | float | bool | list) else str(value)
