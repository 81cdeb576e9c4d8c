"""Atoms of Gaussian's cube files as particles, at the positions of the orbital."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.kinds import build
from moviemaker.data.bonds import Bonds
from moviemaker.data.describing.describe import describe
from moviemaker.data.grid import Grid
from moviemaker.data.particles import Particles

BOHR = 0.529177210903
WATER = np.array([[0, 0, 0], [0.76, 0.59, 0], [-0.76, 0.59, 0]])
"""O, H, H, angstrom."""


def written(folder, atoms, sign=1):
    lines = [
        "water",
        "density",
        f"{len(atoms)} -2 -2 -2",
        *(f"{sign * 3} {'0 ' * k}2 {'0 ' * (2 - k)}" for k in range(3)),
    ]
    (folder / "a.cube").write_text("\n".join([*lines, *atoms, *map(str, range(27))]) + "\n")
    return build(Particles, {"kind": "particles", "file": "a.cube"}).open(folder)


def line(number, place):
    return f"{number} {number}.0 {place[0]} {place[1]} {place[2]}"


@pytest.mark.parametrize(("sign", "unit"), [(1, BOHR), (-1, 1.0)])
def test_atoms_have_the_positions_of_the_file_in_its_unit(tmp_path, sign, unit):
    numbers = (8, 1, 1)
    source = written(tmp_path, [line(n, p / unit) for n, p in zip(numbers, WATER, strict=True)], sign)
    found = source.at(0.0, ("charge", "atomic_number", "diameter", "radius", "cpk"))
    assert found.position * unit == pytest.approx(WATER, abs=1e-6)
    assert found.fields["charge"].tolist() == [8, 1, 1]
    assert found.fields["atomic_number"].tolist() == [8, 1, 1]
    assert found.fields["radius"] * unit == pytest.approx(np.array([1.52, 1.1, 1.1]))
    assert found.fields["diameter"] == pytest.approx(2 * found.fields["radius"])
    assert found.fields["cpk"][0].tolist() == [0xFF, 0x0D, 0x0D]
    bonds = build(Bonds, {"kind": "bonds", "of": "a"}).open(tmp_path, {"a": source})
    assert len(bonds.at(0.0).lines) == 2 * 2  # halves; none between the hydrogens
    grid = build(Grid, {"kind": "grid", "file": "a.cube"}).open(tmp_path)
    assert grid.fields == ("value",)
    assert "3 atoms, which kind: particles reads" in str(describe(tmp_path / "a.cube"))


def test_ghosts_and_lines_that_are_not_atoms(tmp_path):
    found = written(tmp_path, [line(0, (1, 2, 3)), line(300, (1, 1, 1))]).at(0.0, ("atomic_number", "radius"))
    assert found.fields["atomic_number"].tolist() == [0, 0]
    written_grid = build(Grid, {"kind": "grid", "file": "a.cube"})
    (tmp_path / "a.cube").write_text((tmp_path / "a.cube").read_text().replace("0 0.0 1 2 3", "nothing"))
    assert written_grid.open(tmp_path).at(0.0).field(None)[2, 2, 2] == 26
