"""Molecules in styles: which balls, sticks and ribbons a word stands for."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.fingerprint import fingerprint
from moviemaker.core.kinds import build
from moviemaker.core.props import Glyphs, Surface, Tubes
from moviemaker.data.particles import Particles
from moviemaker.layers.molecule import Molecule
from moviemaker.layers.points import Points
from moviemaker.timeline.tracks import freeze
from tests.peptides import HELIX, backbone, pdb

WATER = "4\nwater and an ion\nO 0 0 0\nH 0.96 0 0\nH -0.24 0.93 0\nNa 6 0 0\n"


def opened(folder, text, name="m.xyz"):
    (folder / name).write_text(text)
    return build(Particles, {"kind": "particles", "file": name}).open(folder)


def props_of(source, style, **keys):
    layer = build(Molecule, {"kind": "molecule", "data": "m", "style": style, **keys})
    layer = freeze(layer.joined({"m": source}).resolve(source), 0.0)
    names = tuple(name for _, name in layer.named_fields())
    return layer.props(source.at(0.0, names))


def test_balls_that_fill_space_have_van_der_waals_diameters(tmp_path):
    (balls,) = props_of(opened(tmp_path, WATER), "spacefill")
    assert isinstance(balls, Glyphs)
    assert balls.size == pytest.approx([3.04, 2.2, 2.2, 4.54], rel=1e-5)
    assert balls.colors[0].tolist() == [255, 13, 13, 255]


def test_balls_and_sticks_share_the_colours_of_their_atoms(tmp_path):
    balls, tubes = props_of(opened(tmp_path, WATER), "ball_and_stick", scale=2)
    assert balls.size == pytest.approx(2 * 0.25 * np.array([3.04, 2.2, 2.2, 4.54]), rel=1e-5)
    assert isinstance(tubes, Tubes)
    assert len(tubes.offsets) - 1 == 4  # two bonds of two halves
    assert tubes.width == pytest.approx(0.6)
    lengths = np.linalg.norm(np.diff(tubes.position.reshape(-1, 2, 3), axis=1)[:, 0], axis=1)
    assert lengths == pytest.approx(0.48, abs=0.003)
    assert {tuple(color) for color in tubes.colors.tolist()} == {(255, 13, 13, 255), (255, 255, 255, 255)}


def test_sticks_alone_leave_balls_of_their_width_at_atoms_without_a_bond(tmp_path):
    ion, tubes = props_of(opened(tmp_path, WATER), "licorice")
    assert ion.position.tolist() == [[6, 0, 0]]
    assert ion.size == pytest.approx(tubes.width[0])


@pytest.mark.parametrize("style", ["ball_and_stick", "spacefill", "surface"])
def test_a_resolved_layer_goes_to_workers_and_has_a_fingerprint(tmp_path, style):
    source = opened(tmp_path, WATER)
    layer = build(Molecule, {"kind": "molecule", "data": "m", "style": style}).joined({"m": source}).resolve(source)
    there = pickle.loads(pickle.dumps(layer))
    assert fingerprint(there) == fingerprint(layer)
    assert there == layer


def test_a_bond_across_a_periodic_box_goes_to_the_nearest_image(tmp_path):
    text = '2\nLattice="10 0 0 0 10 0 0 0 10" Properties=species:S:1:pos:R:3\nO 0.2 5 5\nO 9.0 5 5\n'
    (tmp_path / "m.xyz").write_text(text)
    source = build(Particles, {"kind": "particles", "file": "m.xyz", "period": [10, 10, 10]}).open(tmp_path)
    tubes = props_of(source, "licorice")[-1]
    assert sorted(tubes.position[:, 0].tolist()) == pytest.approx([-0.4, 0.2, 9.0, 9.6], abs=1e-5)


def test_elements_have_the_same_colours_by_name_and_by_their_own_field(tmp_path):
    source = opened(tmp_path, WATER)
    (balls,) = props_of(source, "spacefill")
    for color in ("element", {"by": "element"}):
        (same,) = props_of(source, "spacefill", color=color)
        assert same.colors.tolist() == balls.colors.tolist()


def test_a_column_of_another_table_has_a_range_of_its_own(tmp_path):
    (tmp_path / "beam.csv").write_text("x,y,z,element\n0,0,0,5\n1,0,0,1000\n")
    source = build(Particles, {"kind": "particles", "file": "beam.csv"}).open(tmp_path)
    points = build(Points, {"kind": "points", "data": "b", "size": 1, "color": {"by": "element"}}).resolve(source)
    assert points.color.range == (5, 1000)


def test_a_cartoon_is_ribbons(tmp_path):
    source = opened(tmp_path, pdb(backbone(HELIX)), "m.pdb")
    (ribbon,) = props_of(source, "cartoon", color="chain")
    assert isinstance(ribbon, Surface)
    assert ribbon.normals is not None
    (thin,) = props_of(source, "cartoon", scale=0.5)
    assert np.ptp(thin.position, axis=0).min() < np.ptp(ribbon.position, axis=0).min()


def test_without_a_style_chains_are_a_cartoon_and_other_atoms_have_bonds(tmp_path):
    (ribbon,) = props_of(opened(tmp_path, pdb(backbone(HELIX)), "m.pdb"), None)
    assert isinstance(ribbon, Surface)
    balls, tubes = props_of(opened(tmp_path, WATER), None)
    assert isinstance(balls, Glyphs)
    assert isinstance(tubes, Tubes)


def test_atoms_without_elements_are_refused(tmp_path):
    (tmp_path / "m.csv").write_text("x,y,z\n0,0,0\n1,0,0\n")
    source = build(Particles, {"kind": "particles", "file": "m.csv"}).open(tmp_path)
    for style in ("spacefill", "licorice"):
        with pytest.raises(InputError, match="elements of the atoms"):
            props_of(source, style)
    assert len(props_of(source, "spacefill") if "diameter" in source.fields else ()) == 0
    with pytest.raises(InputError, match="no chains"):
        props_of(source, "cartoon")


def test_info_proposes_a_cartoon_of_a_protein_and_sticks_of_a_small_molecule(tmp_path):
    from moviemaker.data.describing.describe import describe

    (tmp_path / "p.pdb").write_text(pdb(backbone(HELIX)))
    (tmp_path / "w.xyz").write_text(WATER)
    assert "kind: molecule\n    data: p\n    style: cartoon" in describe(tmp_path / "p.pdb").scene
    assert "style: ball_and_stick" in describe(tmp_path / "w.xyz").scene
