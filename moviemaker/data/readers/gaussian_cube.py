"""Gaussian cube files: densities and orbitals of quantum chemistry, on axes that may be sheared.

The format is described in Gaussian's documentation ("cubegen"): the number of atoms and the origin, then for each axis
the number of samples and the step. Positions are in bohr, or in angstrom if the numbers of samples are negative.
A negative number of atoms announces several orbitals, each a field of its own.

The atoms are particles of the same file: `{kind: particles, file: orbital.cube}`, with the fields `charge` (of
the nucleus), `atomic_number`, `cpk`, and `radius` and `diameter` (van der Waals) in the unit of the positions.
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np

from moviemaker.core.molecules.elements import SYMBOLS
from moviemaker.data.formats.compressed import is_compressed, open_binary
from moviemaker.data.formats.contents import NAMELESS, Contents, Stored, in_memory
from moviemaker.data.formats.declared_size import check_packed, check_stored
from moviemaker.data.formats.elements import by_element
from moviemaker.data.formats.grid_contents import GridContents, matrix_of, placed

SUFFIXES = (".cube", ".cub")
COMPRESSIBLE = SUFFIXES

_LONGEST_LINE = 1 << 16
_MOST_ORBITALS = 100_000

BOHR_PER_ANGSTROM = 1 / 0.529177210903  # CODATA 2018


def open_file(path: Path) -> Contents:
    """The fields and atoms. Only the header and the atoms have been read.

    Raises:
        OSError, EOFError, ValueError: the file cannot be read.
    """
    with open_binary(path) as file:
        origin, shape, steps, names, bohr, atoms = _header(file)
    check = check_packed if is_compressed(path) else check_stored
    check((*shape, len(names)), 2, path.stat().st_size, "numbers")  # a digit and a space
    kept: list[np.ndarray] = []

    def load() -> np.ndarray:
        if not kept:
            with open_binary(path) as file:
                _header(file)
                text = file.read()
            with warnings.catch_warnings():  # NumPy stops at text; the count below reports that
                warnings.simplefilter("ignore", DeprecationWarning)
                values = np.fromstring(text.replace(b"D", b"E").replace(b"d", b"e").decode("ascii"), sep=" ")
            count = int(np.prod(shape)) * len(names)
            if len(values) < count:
                raise ValueError(f"it holds {len(values)} numbers where its header says {count}")
            kept.append(values[:count].reshape(*shape, len(names)))
        return kept[0]

    def stored(number: int) -> Stored:
        def read(index: int | None) -> np.ndarray:
            values = load()[..., number]
            return values if index is None else values[index]

        return Stored(shape, np.dtype(np.float64), read)

    contents = GridContents(
        {name: stored(number) for number, name in enumerate(names)},
        length="bohr" if bohr else "angstrom",
        notes=(
            f"positions are in {'bohr (0.529177 angstrom)' if bohr else 'angstrom'}, the unit of the file",
            *([f"{len(atoms)} atoms, which kind: particles reads, and kind: bonds joins"] if len(atoms) else []),
        ),
    )
    grids = placed(contents, matrix_of(origin, steps))
    return replace(grids, arrays={**grids.arrays, **_particles(atoms, BOHR_PER_ANGSTROM if bohr else 1.0)})


def _atoms(lines: list[list[bytes]]) -> np.ndarray:
    """Atomic number, charge, x, y, z as rows (n, 5); no rows if the lines hold something else."""
    try:
        return np.array(lines, float).reshape(-1, 5)
    except ValueError:
        return np.zeros((0, 5))


def _particles(atoms: np.ndarray, angstrom: float) -> dict[str, Stored]:
    """Positions and fields of atoms (n, 5): atomic number, charge, x, y, z."""
    if not len(atoms):
        return {}
    numbers = atoms[:, 0].astype(int)
    symbols = [SYMBOLS[number] if 0 < number < len(SYMBOLS) else SYMBOLS[0] for number in numbers.tolist()]
    fields = by_element(np.array(symbols), angstrom)
    arrays = {"position": atoms[:, 2:], "charge": atoms[:, 1], **fields}
    return {name: in_memory(values) for name, values in arrays.items()}


def _header(file: IO[bytes]) -> tuple[np.ndarray, tuple[int, ...], np.ndarray, tuple[str, ...], bool, np.ndarray]:
    """Origin, shape, steps as columns, names of the fields, whether lengths are in bohr, and the atoms (n, 5)."""
    lines = [file.readline(_LONGEST_LINE).split() for _ in range(6)]
    if not all(lines[2:]):
        raise ValueError("it ends in the header")
    atoms, origin = int(lines[2][0]), np.array(lines[2][1:4], float)
    per_sample = int(lines[2][4]) if len(lines[2]) > 4 else 1
    counts = [int(line[0]) for line in lines[3:]]
    steps = np.array([line[1:4] for line in lines[3:]], float).T
    if origin.shape != (3,) or steps.shape != (3, 3) or 0 in counts or per_sample < 1:
        raise ValueError("its header does not give three axes")
    listed = _atoms([line.split()[:5] for line in islice(file, abs(atoms))])
    names: tuple[str, ...] = (NAMELESS,) if per_sample == 1 else tuple(f"{NAMELESS}_{n}" for n in range(per_sample))
    if atoms < 0:
        numbers: list[int] = []
        while len(numbers) < 1 + (min(numbers[0], _MOST_ORBITALS) if numbers else 0):
            line = file.readline(4096)
            if not line:
                raise ValueError("it ends in the header")
            numbers += [int(word) for word in line.split()]
        names = (NAMELESS,) if numbers[0] == 1 else tuple(f"orbital_{number}" for number in numbers[1:])
    return origin, tuple(abs(n) for n in counts), steps, names, counts[0] > 0, listed
