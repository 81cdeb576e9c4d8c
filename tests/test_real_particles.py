"""Particles that others made: a protein that opens and a catalogue of stars, read again by other means and drawn."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.cli import main
from moviemaker.core.kinds import build
from moviemaker.data.particles import Particles

ATOMS, FRAMES = 3341, 98


def dcd_frame(path, frame):
    """Positions of a frame, from the records of the file itself: x, y and z behind one another, at the end of it."""
    record = np.dtype([("size", "<i4"), ("values", "<f4", (ATOMS,)), ("again", "<i4")])
    start = path.stat().st_size - (FRAMES - frame) * 3 * record.itemsize
    return np.fromfile(path, record, count=3, offset=start)["values"].T


def psf_atoms(path):
    """Words of the lines of atoms: number, segment, residue, its name, the atom's name, type, charge, mass."""
    lines = path.read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if "!NATOM" in line) + 1
    return [line.split() for line in lines[start : start + ATOMS]]


def protein(folder, **keys):
    pytest.importorskip("MDAnalysis")
    keys = {"kind": "particles", "file": "adk_dims.dcd", "topology": "adk.psf"} | keys
    return build(Particles, keys).open(folder)


def test_a_protein_opens(real_data):
    source = protein(real_data)
    assert len(source.times) == FRAMES
    for frame in (0, 57, 31, FRAMES - 1):
        position = source.at(source.times[frame]).position
        np.testing.assert_array_equal(position, dcd_frame(real_data / "adk_dims.dcd", frame))
    atoms = psf_atoms(real_data / "adk.psf")
    found = source.at(source.times[0], ["resid", "charge", "mass", "atomic_number"]).fields
    assert found["resid"].tolist() == [int(atom[2]) for atom in atoms]
    np.testing.assert_allclose(found["charge"], [float(atom[6]) for atom in atoms], rtol=1e-6)
    np.testing.assert_allclose(found["mass"], [float(atom[7]) for atom in atoms], rtol=1e-6)
    of_letter = {"H": 1, "C": 6, "N": 7, "O": 8, "S": 16}
    assert found["atomic_number"].tolist() == [of_letter[atom[4].lstrip("0123456789")[0]] for atom in atoms]


def test_some_of_its_atoms(real_data):
    source = protein(real_data, atoms="protein and name CA")
    rows = [n for n, atom in enumerate(psf_atoms(real_data / "adk.psf")) if atom[4] == "CA"]
    assert len(rows) == 214
    found = source.at(source.times[70], ["id", "resid"])
    assert found.fields["id"].tolist() == rows
    assert found.fields["resid"].tolist() == list(range(1, 215))
    np.testing.assert_array_equal(found.position, dcd_frame(real_data / "adk_dims.dcd", 70)[rows])
    between = (source.times[70] + source.times[71]) / 2
    halfway = (dcd_frame(real_data / "adk_dims.dcd", 70) + dcd_frame(real_data / "adk_dims.dcd", 71))[rows] / 2
    np.testing.assert_allclose(source.at(between).position, halfway, atol=1e-5)


def test_a_picture_of_it(real_data):
    pytest.importorskip("MDAnalysis")
    data = {"kind": "particles", "file": str(real_data / "adk_dims.dcd"), "topology": str(real_data / "adk.psf")}
    scene = mm.Scene.from_dict(
        {
            "duration": 2,
            "fps": 10,
            "data": {"atoms": data | {"atoms": "not name H*"}},
            "layers": [{"kind": "points", "data": "atoms", "size": 3.3, "color": {"by": "cpk"}, "shade": False}],
            "camera": {"orbit": {"center": "atoms", "radius": 98, "elevation": 55}, "fov": 40},
            "outputs": {"small": {"lens": "perspective", "size": [160, 90]}},
        }
    )
    first, last = scene.still(0), scene.still(2)
    for picture in (first, last):
        lit = picture.any(axis=2)
        assert 0.05 < lit.mean() < 0.4
        red, green, blue = np.moveaxis(picture[lit].astype(int), -1, 0)
        assert (red > 2 * np.maximum(green, blue)).any()  # oxygen
        assert (blue > 2 * np.maximum(red, green)).any()  # nitrogen
        assert (np.ptp([red, green, blue], axis=0) < 8).mean() > 0.3  # carbon
    assert np.ptp(np.argwhere(last.any(axis=2)), axis=0).max() > np.ptp(np.argwhere(first.any(axis=2)), axis=0).max()


def test_a_catalogue_of_stars(real_data, capsys):
    source = build(Particles, {"kind": "particles", "file": "hyg_stars.vtp"}).open(real_data)
    found = source.at(0, ["lum", "ci", "_rgba", "distance"])
    assert found.position.shape == (107_857, 3)
    assert found.fields["_rgba"].shape == (107_857, 4)
    assert found.fields["distance"].max() < 1000
    assert found.fields["lum"][np.argmin(found.fields["distance"])] == pytest.approx(1, abs=0.01)  # the sun
    assert main(["info", str(real_data / "hyg_stars.vtp")]) == 0
    assert "107857 x 4 uint8, 0 to 255" in capsys.readouterr().out


def test_stars_have_their_colours(real_data):
    scene = mm.Scene.from_dict(
        {
            "duration": 1,
            "fps": 10,
            "data": {"stars": {"kind": "particles", "file": str(real_data / "hyg_stars.vtp")}},
            "layers": [{"kind": "points", "data": "stars", "shape": "dot", "color": {"by": "_rgba"}}],
            "camera": {"keyframes": [{"time": 0, "position": [0, -700, 0], "target": [0, 0, 0], "fov": 60}]},
            "outputs": {"small": {"lens": "perspective", "size": [160, 90]}},
        }
    )
    picture = scene.still(0).astype(int)
    lit = picture.max(axis=2) > 100
    red, _, blue = np.moveaxis(picture[lit], -1, 0)
    assert (red > blue + 40).any()
    assert (blue > red + 40).any()
