"""PDB files: atoms in fixed columns, and perhaps several models, which are a time sequence.

Models are those between `MODEL` and `ENDMDL`, or the parts that end in `END`. A `CRYST1` holds for all models after it,
until the next; that of 1 x 1 x 1, which files of electron microscopy and NMR have, is not a box. The time of a model is
the `t=` of the title before it, as GROMACS writes it. Alternative locations of an atom are all read. `HELIX` and
`SHEET` say which residues are helices and strands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from moviemaker.core.molecules.elements import SYMBOLS
from moviemaker.core.molecules.residues import COIL, HELIX, STRAND
from moviemaker.data.formats.compressed import open_binary
from moviemaker.data.molecular.chains import FIXED
from moviemaker.data.molecular.elements import from_name
from moviemaker.data.molecular.fixed_columns import column, numbers, rows_of, whole_numbers, words
from moviemaker.data.molecular.frames import Column, Frame
from moviemaker.data.molecular.lines import TextFile, number

_ATOMS = (b"ATOM  ", b"HETATM")
_TIME = re.compile(rb"\bt=\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)")
_KNOWN: dict[str, str] = {symbol.upper(): symbol for symbol in SYMBOLS}
_WIDTH = 80
_STRUCTURE = {b"HELIX ": (HELIX, 19, 21, 33), b"SHEET ": (STRAND, 21, 22, 33)}
"""Records of secondary structure, with the columns of the chain and of the first and the last residue."""
_OPTIONAL = {"occupancy": (54, 60), "bfactor": (60, 66)}


@dataclass
class _Model:
    """A model while it is read."""

    start: int = -1
    stop: int = -1
    count: int = 0
    time: float | None = None
    box: np.ndarray | None = None


@dataclass(frozen=True)
class _Stretch:
    """Residues of a chain, by their numbers from the first to the last, that are a helix or a strand."""

    code: int
    chain: str
    first: int
    last: int


class Pdb:
    """A PDB file.

    Args:
        path: of the file.

    Raises:
        ValueError: it holds no atoms.
    """

    angstrom = 1.0
    unwrapped = False
    has_elements = True
    warnings: tuple[str, ...] = ()

    def __init__(self, path: Path):
        self._path = path
        self._text = TextFile(path)
        self._stretches: list[_Stretch] = []
        self._models = [model for model in self._scan() if model.count]
        if not self._models:
            raise ValueError("it holds no atoms")
        self._varies = len({model.count for model in self._models}) > 1
        rows = self._rows(0)
        self._optional = [name for name, (start, stop) in _OPTIONAL.items() if numbers(rows, start, stop).any()]
        chains = self._chain_words(rows)
        self._chains = {str(word): place for place, word in enumerate(dict.fromkeys(chains.tolist()))}
        self._has_chains = any(self._chains)
        columns = [Column("position", "f", 3), Column("resid", "i"), *(Column(name, "f") for name in self._optional)]
        columns += [Column("chain", "i")] if self._has_chains else []
        columns += [Column(FIXED, "i")] if self._stretches else []
        columns += [Column("id", "i")] if self._varies and self._has_serials else []
        layout = tuple(columns)
        self.frames: Sequence[Frame] = [Frame(model.count, layout, model.time, model.box) for model in self._models]

    @cached_property
    def facts(self) -> tuple[str, ...]:
        """Whether elements are guessed."""
        return ("elements: guessed from the names of the atoms",) if not self._says_elements else ()

    @cached_property
    def _says_elements(self) -> bool:
        return bool((column(self._rows(0), 76, 78) != b"").all())

    @cached_property
    def _has_serials(self) -> bool:
        """Whether the serial numbers tell the atoms of every model apart."""
        serials = (whole_numbers(self._rows(index), 6, 11) for index in range(len(self._models)))
        return all(len(np.unique(found)) == len(found) for found in serials)

    def _scan(self) -> list[_Model]:
        found: list[_Model] = []
        model, box, time, offset = _Model(), None, None, 0
        with open_binary(self._path) as file:
            for line in file:
                record = line[:6]
                stop = offset + len(line)
                if record in _ATOMS:
                    if model.start < 0:
                        model.start, model.box, model.time = offset, box, time
                    model.count, model.stop = model.count + 1, stop
                elif record == b"CRYST1":
                    box = _box(line)
                elif record in _STRUCTURE:
                    self._stretches += _stretch(line)
                elif record == b"TITLE " and (match := _TIME.search(line)) is not None:
                    time = number(match[1])
                elif line[:5].rstrip() in (b"MODEL", b"END") or record == b"ENDMDL":
                    found.append(model)
                    model = _Model()
                offset = stop
        return [*found, model]

    def _rows(self, index: int) -> np.ndarray:
        model = self._models[index]
        lines = self._text.part(model.start, model.stop - model.start).split(b"\n")
        return rows_of([line for line in lines if line.startswith(_ATOMS)], model.count, _WIDTH)

    def numbers(self, index: int) -> Mapping[str, np.ndarray]:
        """Positions, numbers of residues and chains, and what is filled in beside them."""
        rows = self._rows(index)
        place = [numbers(rows, start, start + 8, np.nan) for start in (30, 38, 46)]
        found = {"position": np.stack(place, axis=1), "resid": whole_numbers(rows, 22, 26)}
        found |= {name: numbers(rows, *_OPTIONAL[name]) for name in self._optional}
        if self._has_chains:
            known, of_atom = np.unique(self._chain_words(rows), return_inverse=True)
            places = [self._chains.get(str(word), 1000 + sum(map(ord, str(word)))) for word in known]
            found["chain"] = np.array(places, np.int64)[of_atom]
        if self._stretches:
            found[FIXED] = self._structure(words(rows, 21, 22), found["resid"])
        if self._varies and self._has_serials:
            found["id"] = whole_numbers(rows, 6, 11)
        return found

    def _structure(self, chains: np.ndarray, resid: np.ndarray) -> np.ndarray:
        """Secondary structure (n,) of atoms, as the file says it."""
        codes = np.full(len(resid), COIL, np.int64)
        for each in self._stretches:
            codes[(chains == each.chain) & (resid >= each.first) & (resid <= each.last)] = each.code
        return codes

    @staticmethod
    def _chain_words(rows: np.ndarray) -> np.ndarray:
        """Letters of the chains, or else the names of the segments."""
        chains = words(rows, 21, 22)
        return chains if (chains != "").any() else words(rows, 72, 76)

    def texts(self, index: int) -> Mapping[str, np.ndarray]:
        """Names and elements."""
        rows = self._rows(index)
        found = {"name": words(rows, 12, 16), "residue": words(rows, 17, 20), "chain": self._chain_words(rows)}
        return found | {"element": _elements(rows, found["residue"])}


def _elements(rows: np.ndarray, residues: np.ndarray) -> np.ndarray:
    """Symbols of the elements: as they are written, or else by the names, whose first two letters are the element."""
    said = words(rows, 76, 78)
    raw = np.char.decode(np.ascontiguousarray(rows[:, 12:16]).view("S4")[:, 0], "latin1")
    keys = np.char.add(np.char.add(np.char.add(said, "/"), np.char.add(raw, "/")), residues)
    known, of_atom = np.unique(keys, return_inverse=True)
    symbols = []
    for key in known.tolist():
        element, name, residue = key.split("/", 2)
        element = element.upper().rstrip("+-0123456789")
        symbols.append("H" if element == "D" else _KNOWN.get(element) or _of_name(name, residue))
    return np.array(symbols, "U2")[of_atom]


def _of_name(name: str, residue: str) -> str:
    if name[:1].isalpha() and not name[3:].strip() and name.strip() == residue.strip():
        return _KNOWN.get(name.strip().upper(), from_name(name, residue))
    return from_name(name, residue)


def _stretch(line: bytes) -> list[_Stretch]:
    """What a HELIX or a SHEET says; nothing if its columns are not numbers."""
    code, chain, first, last = _STRUCTURE[line[:6]]
    numbers = [number(line[start : start + 4]) for start in (first, last)]
    if None in numbers:
        return []
    low, high = (int(each or 0) for each in numbers)
    return [_Stretch(code, line[chain : chain + 1].decode("latin1").strip(), low, high)]


def _box(line: bytes) -> np.ndarray | None:
    """Vectors of the box of a CRYST1 as rows; None: it is a dummy, or lacks numbers."""
    found = [number(line[start:stop]) for start, stop in ((6, 15), (15, 24), (24, 33), (33, 40), (40, 47), (47, 54))]
    if None in found:
        found = [number(word) for word in line[6:].split()[:6]]
    sides = np.array([value or 0.0 for value in found])
    if len(sides) < 6 or None in found:
        return None
    return vectors_of(sides) if (sides[:3] > 1.0).any() and (sides[:3] > 0).all() else None


def vectors_of(sides: np.ndarray) -> np.ndarray | None:
    """Vectors of a cell as rows from its three lengths and three angles in degrees; None: it has no volume."""
    a, b, c = sides[:3].tolist()
    alpha, beta, gamma = np.radians(sides[3:]).tolist()
    cosines = np.where(np.abs(np.cos([alpha, beta, gamma])) < 1e-12, 0.0, np.cos([alpha, beta, gamma]))
    sine = float(np.sin(gamma))
    if sine <= 0:
        return None
    x, y = c * cosines[1], c * (cosines[0] - cosines[1] * cosines[2]) / sine
    height = c * c - x * x - y * y
    if height <= 0:
        return None
    return np.array([[a, 0, 0], [b * cosines[2], b * sine, 0], [x, y, np.sqrt(height)]])
