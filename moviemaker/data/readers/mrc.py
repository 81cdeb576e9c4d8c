"""MRC and CCP4: densities of electron microscopy and crystallography, in angstrom.

The header is that of MRC2014 (A. Cheng et al., J. Struct. Biol. 192, 146, 2015): `MAPC`, `MAPR`, `MAPS` give the axes
of the cell for columns, rows and sections, `NXSTART` ... their starts, and the edges and angles of the cell their
extent. The words `ORIGIN` replace the starts if they are not 0, as in Chimera.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from moviemaker.data.formats.compressed import is_compressed, open_binary
from moviemaker.data.formats.contents import NAMELESS, Contents, Stored, in_memory, read_once
from moviemaker.data.formats.declared_size import check_stored
from moviemaker.data.formats.grid_contents import GridContents, mapped, matrix_of, placed

SUFFIXES = (".mrc", ".map", ".ccp4", ".rec", ".mrcs", ".st")
COMPRESSIBLE = SUFFIXES

_HEADER = 1024
_TYPES = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}
_IMOD = 1146047817
"""Stamp of IMOD in word 39; with it, bit 0 of word 40 tells whether bytes are signed."""


def open_file(path: Path) -> Contents:
    """The map, of which only the header has been read. An uncompressed one is mapped into memory.

    Raises:
        OSError, EOFError: the file cannot be read.
        ValueError: the file is not a map of real numbers.
    """
    with open_binary(path) as file:
        header = file.read(_HEADER)
    if len(header) < _HEADER:
        raise ValueError("it is shorter than a header")
    sense = _byte_order(header)
    counts = struct.unpack_from(f"{sense}10i", header)
    shape, mode, starts, intervals = counts[:3], counts[3], np.array(counts[4:7]), np.array(counts[7:10])
    cell = np.array(struct.unpack_from(f"{sense}6f", header, 40), float)
    along = np.array(struct.unpack_from(f"{sense}3i", header, 64))
    group, extended = struct.unpack_from(f"{sense}2i", header, 88)
    if mode not in _TYPES or min(shape) < 1 or extended < 0:
        raise ValueError(f"its samples of mode {mode} are not real numbers; the modes are 0, 1, 2, 6 and 12")
    along = np.arange(3) if sorted(along) != [1, 2, 3] else along - 1
    dtype = np.dtype(f"{sense}{'u1' if mode == 0 and _unsigned(header, sense) else _TYPES[mode]}")
    arrays: dict[str, Stored] = {NAMELESS: _samples(path, dtype, _HEADER + extended, shape)}
    if group > 400 and 0 < intervals[2] < shape[2] and shape[2] % intervals[2] == 0:
        arrays[NAMELESS] = _volumes(arrays[NAMELESS], int(intervals[2]))
    steps = _cell(cell[:3], cell[3:]) / np.where(intervals > 0, intervals, 1)
    words = np.array(struct.unpack_from(f"{sense}3f", header, 196), float)
    moved = header[208:212] == b"MAP " and np.isfinite(words).all() and words.any()
    first = np.zeros(3)
    first[along] = starts
    origin = words if moved else steps @ first
    by = "by the words ORIGIN" if moved else "by the starts of its axes"
    notes = (f"positions are in angstrom from the corner of the cell, {by}",)
    contents = GridContents(arrays, length="angstrom", notes=notes)
    return placed(contents, matrix_of(origin, steps[:, along]))


def _byte_order(header: bytes) -> str:
    """Byte order from the machine stamp; in old files without one, the order that gives a valid mode."""
    if header[208:212] == b"MAP " and header[212] in (0x44, 0x11):
        return "<" if header[212] == 0x44 else ">"
    return "<" if 0 <= struct.unpack_from("<i", header, 12)[0] < 128 else ">"


def _unsigned(header: bytes, sense: str) -> bool:
    stamp, flags = struct.unpack_from(f"{sense}2i", header, 152)
    return bool(stamp == _IMOD and not flags & 1)


def _samples(path: Path, dtype: np.dtype, offset: int, shape: tuple[int, ...]) -> Stored:
    """Samples as (columns, rows, sections)."""
    if not is_compressed(path):
        return in_memory(mapped(path, dtype, offset, shape))
    count = int(np.prod(shape))

    def load() -> np.ndarray:
        with open_binary(path) as file:
            content = file.read()
        check_stored(shape, dtype.itemsize, len(content) - offset)
        return np.frombuffer(content, dtype, count, offset).reshape(shape, order="F")

    return read_once(shape, dtype, load)


def _volumes(whole: Stored, depth: int) -> Stored:
    """A stack of volumes (space group 401) as a series."""
    columns, rows, sections = whole.shape

    def read(index: int | None) -> np.ndarray:
        volumes = np.moveaxis(whole.read(None).reshape((columns, rows, depth, -1), order="F"), -1, 0)
        return volumes if index is None else volumes[index]

    return Stored((sections // depth, columns, rows, depth), whole.dtype, read)


def _cell(edges: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """The edges of the cell as columns (3, 3): a along x, b in the plane of x and y (as in the PDB format)."""
    edges = np.where(edges > 0, edges, 1.0)
    angles = np.where((angles > 0) & (angles < 180), angles, 90.0)
    cosines = np.cos(np.radians(angles)) * (angles != 90)
    alpha, beta, gamma = cosines
    sine = np.sqrt(1 - gamma**2)
    across = (alpha - beta * gamma) / sine
    up = np.sqrt(max(1 - beta**2 - across**2, 0.0))
    columns = np.array([[1, gamma, beta], [0, sine, across], [0, 0, up]])
    found: np.ndarray = columns * edges
    return found
