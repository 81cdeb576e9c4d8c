"""Ribbons: they face as their helices and sheets do, never turn over, and end where chains end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build
from moviemaker.core.molecules.palettes import CATEGORIES
from moviemaker.core.molecules.residues import COIL, HELIX, STRAND
from moviemaker.data.molecular.secondary_structure import structure_of
from moviemaker.data.particles import Particles
from moviemaker.layers.cartoon.mesh import Shape, sheath
from moviemaker.layers.cartoon.path import Trace, path_of
from moviemaker.layers.ribbons import Ribbons
from moviemaker.timeline.tracks import freeze
from tests import peptides
from tests.peptides import HAIRPIN, LOOP, backbone, pdb, residues_in, turned

ANGLES = [*peptides.HELIX, *LOOP, *HAIRPIN]
SHAPE = Shape(0.5, 2.6, 2.6, 0.5)


def trace_of(atoms):
    across = atoms[:, 3] - atoms[:, 2]
    across /= np.linalg.norm(across, axis=1)[:, None]
    linked = np.append(np.ones(len(atoms) - 1, bool), False)
    structure = structure_of(atoms.reshape(-1, 3), residues_in(len(atoms)), None)
    return Trace(atoms[:, 1], across, structure, linked, np.zeros(len(atoms), bool))


def angle(a, b):
    return np.degrees(np.arccos(np.clip(np.einsum("...i,...i->...", a, b), -1, 1)))


def test_a_helix_faces_outwards_and_a_strand_along_its_sheet():
    trace = trace_of(backbone(ANGLES))
    path = path_of(trace, 8, 16)
    helix = np.flatnonzero(trace.structure == HELIX)[2:-2]
    axis = trace.across[helix].mean(axis=0)
    axis /= np.linalg.norm(axis)
    middle = trace.place[helix].mean(axis=0)
    outwards = path.center[helix, 4] - middle
    outwards -= (outwards @ axis)[:, None] * axis
    outwards /= np.linalg.norm(outwards, axis=1)[:, None]
    facing = np.abs(np.einsum("ij,ij->i", outwards, path.normal[helix, 4]))
    assert (facing > 0.95).all()
    assert (path.firm[helix] == 1).all()
    strand = np.flatnonzero(trace.structure == STRAND)[1:-1]
    assert (np.abs(np.einsum("ij,ij->i", trace.across[strand], path.across[strand, 4])) > 0.8).all()


def test_neighbours_along_a_ribbon_face_the_same_way():
    trace = trace_of(backbone(ANGLES))
    normal = path_of(trace, 8, 16).normal
    assert angle(normal[:, 1:], normal[:, :-1]).max() < 35
    flat = trace.structure == STRAND
    same = flat[1:] & flat[:-1] & (np.diff(np.arange(len(flat))) == 1)
    assert angle(normal[1:, 0], normal[:-1, -1])[same].max() < 1e-5


@pytest.mark.parametrize("seed", range(2))
def test_no_ribbon_turns_over_while_a_molecule_turns_and_trembles(seed):
    """Each frame is made by itself: that neighbours face alike follows from the atoms alone."""
    random = np.random.default_rng(seed)
    angles = np.array(ANGLES, float)
    start = trace_of(backbone(ANGLES))
    way = random.normal(size=(2, *angles.shape)) * 6
    axis = random.normal(size=3)
    axis /= np.linalg.norm(axis)
    cross = np.cross(np.eye(3), axis)
    before = None
    for step in range(40):
        phase = step / 40 * 2 * np.pi
        atoms = backbone((angles + np.sin(phase) * way[0] + (1 - np.cos(phase)) * way[1]).tolist())
        turn = np.eye(3) + np.sin(phase) * cross + (1 - np.cos(phase)) * cross @ cross
        trace = trace_of(atoms @ turn.T)
        trace = replace(trace, structure=start.structure)
        # The same rotation is taken out again, so that what is left is the motion of the ribbon.
        normal = path_of(trace, 8, 16).normal @ turn
        flat = trace.structure != COIL
        if before is not None:
            assert angle(normal, before)[flat].max() < 30
        before = normal


def test_ribbons_turn_with_their_molecule():
    atoms = backbone(ANGLES)
    turn = turned(np.random.default_rng(3))
    mesh, moved = sheath(trace_of(atoms), SHAPE), sheath(trace_of(atoms @ turn.T), SHAPE)
    # Coils are round: only where points are around them may differ, and not where they are.
    flat = trace_of(atoms).structure[mesh.residue] != COIL
    assert moved.points[flat] == pytest.approx((mesh.points @ turn.T)[flat], abs=1e-6)
    assert moved.normals[flat] == pytest.approx((mesh.normals @ turn.T)[flat], abs=1e-6)


def test_normals_point_outwards_and_the_mesh_is_as_wide_as_it_should_be():
    trace = trace_of(backbone(ANGLES))
    mesh, path = sheath(trace, SHAPE), path_of(trace, 8, 16)
    assert np.linalg.norm(mesh.normals, axis=1) == pytest.approx(1)
    triangles = mesh.polys.connectivity.reshape(-1, 3)
    a, b, c = (mesh.points[triangles[:, k]] for k in range(3))
    facing = np.cross(b - a, c - a)
    large = np.linalg.norm(facing, axis=1) > 1e-3
    lit = np.einsum("ij,ij->i", facing, mesh.normals[triangles].mean(axis=1))
    assert (lit[large] > 0).mean() > 0.99
    middle = path.center.reshape(-1, 3)
    away = np.min(np.linalg.norm(mesh.points[:, None] - middle[None], axis=2), axis=1)
    assert away.max() < 1.75 * 2.6 / 2 + 0.3
    coil = trace.structure[mesh.residue] == COIL
    assert away[coil].max() < 0.3
    assert len(np.unique(mesh.residue)) == len(ANGLES)


def test_strands_end_in_an_arrow():
    trace = trace_of(backbone(HAIRPIN))
    mesh = sheath(trace, SHAPE)
    strand = np.flatnonzero(trace.structure == STRAND)
    last, body = strand[strand < 9][-1], strand[strand < 9][-3]
    path = path_of(trace, 8, 16)

    def width(residue, step):
        across, middle = path.across[residue, step], path.center[residue, step]
        points = mesh.points[mesh.residue == residue]
        here = np.abs((points - middle) @ path.along[residue, step]) < 0.1
        return np.ptp((points[here] - middle) @ across)

    assert width(body, 4) == pytest.approx(2.6, rel=0.02)
    assert width(last, 0) == pytest.approx(1.75 * 2.6, rel=0.05)
    assert width(last, 8) == pytest.approx(0.5, rel=0.3)


def opened(folder, atoms, **keys):
    (folder / "p.pdb").write_text(pdb(atoms, **keys))
    return build(Particles, {"kind": "particles", "file": "p.pdb"}).open(folder)


def surface_of(source, **keys):
    layer = freeze(build(Ribbons, {"kind": "ribbons", "data": "p", **keys}).resolve(source), 0.0)
    (surface,) = layer.props(source.at(0.0, tuple(name for _, name in layer.named_fields())))
    return surface


def test_usual_colours_by_structure_chain_and_field(tmp_path):
    source = opened(tmp_path, backbone(ANGLES))
    found = {tuple(color) for color in surface_of(source).colors[:, :3].tolist()}
    assert found == {tuple(color) for color in CATEGORIES["secondary_structure"].tolist()}
    assert (surface_of(source, color="red").colors == [255, 0, 0, 255]).all()
    rainbow = surface_of(source, color={"by": "resid", "colormap": "turbo"})
    assert len(np.unique(rainbow.colors, axis=0)) == len(ANGLES)
    two = opened(tmp_path, backbone(ANGLES), chains="AB")
    found = {tuple(color) for color in surface_of(two).colors[:, :3].tolist()}
    assert found == {tuple(color) for color in CATEGORIES["chain"][:2].tolist()}


def test_a_ribbon_ends_where_residues_are_missing(tmp_path):
    atoms = backbone(ANGLES)
    whole = surface_of(opened(tmp_path, atoms))
    cut = surface_of(opened(tmp_path, np.delete(atoms, [13, 14], axis=0)))
    for surface, gaps in ((whole, False), (cut, True)):
        triangles = surface.position[surface.polys.connectivity.reshape(-1, 3)]
        edges = np.linalg.norm(triangles - np.roll(triangles, 1, axis=1), axis=2)
        assert edges.max() < 5
        between = np.linalg.norm(surface.position - atoms[13:15, 1].mean(axis=0), axis=1).min()
        assert (between > 1) == gaps


def test_structure_moves_only_if_asked(tmp_path):
    helix, strand = backbone(peptides.HELIX), backbone(peptides.STRAND[:1] * 12)
    models = "".join(f"MODEL     {k + 1}\n{pdb(atoms)[:-4]}ENDMDL\n" for k, atoms in enumerate((helix, strand)))
    (tmp_path / "m.pdb").write_text(models)
    source = build(Particles, {"kind": "particles", "file": "m.pdb"}).open(tmp_path)
    for key, same in (("secondary_structure", True), ("dssp", False)):
        layer = build(Ribbons, {"kind": "ribbons", "data": "p", "secondary_structure": key}).resolve(source)
        names = tuple(name for _, name in layer.named_fields())
        first, last = (layer.props(source.at(time, names))[0] for time in (0.0, 1.0))
        assert (np.unique(first.colors, axis=0).tolist() == np.unique(last.colors, axis=0).tolist()) == same


def test_nucleic_acids_are_tubes_with_a_stick_for_each_base(tmp_path):
    lines = []
    for k in range(8):
        turn, height = np.radians(36 * k), 3.4 * k
        for name, radius, ahead in (("P", 9.0, 0.0), ("C1'", 5.9, 0.3), ("N1", 1.5, 0.5)):
            x, y = radius * np.cos(turn + ahead), radius * np.sin(turn + ahead)
            place = f"{x:8.3f}{y:8.3f}{height:8.3f}{1:6.2f}{0:6.2f}{name[0]:>12}"
            lines.append(f"ATOM  {len(lines):5} {name:^4}  DA A{k + 1:4}    {place}")
    (tmp_path / "d.pdb").write_text("\n".join([*lines, "END", ""]))
    source = build(Particles, {"kind": "particles", "file": "d.pdb"}).open(tmp_path)
    layer = build(Ribbons, {"kind": "ribbons", "data": "d", "color": "residue"}).resolve(source)
    sample = source.at(0.0, tuple(name for _, name in layer.named_fields()))
    tube, rungs = layer.props(sample)
    assert len(np.unique(tube.colors, axis=0)) == 1
    assert rungs.offsets.tolist() == list(range(0, 25, 3))
    assert rungs.position.tolist() == sample.position.astype(rungs.position.dtype).tolist()
    chain = np.linalg.norm(tube.position[:, :2], axis=1)
    assert chain == pytest.approx(9, abs=1.2)


def test_data_without_chains_are_refused(tmp_path):
    (tmp_path / "w.xyz").write_text("2\nwater\nO 0 0 0\nH 1 0 0\n")
    source = build(Particles, {"kind": "particles", "file": "w.xyz"}).open(tmp_path)
    with pytest.raises(InputError, match="no chains of a protein"):
        build(Ribbons, {"kind": "ribbons", "data": "w"}).resolve(source)
    lone = opened(tmp_path, backbone(ANGLES)[:1])
    with pytest.raises(InputError, match="no two residues follow each other"):
        build(Ribbons, {"kind": "ribbons", "data": "p"}).resolve(lone)


@pytest.mark.filterwarnings("error")
def test_residues_in_one_place_have_finite_normals():
    trace = trace_of(backbone(ANGLES))
    same = replace(trace, place=np.zeros_like(trace.place))
    for shape in (SHAPE, Shape(0, 0, 0, 0)):
        made = sheath(same, shape)
        assert np.isfinite(made.points).all()
        assert np.isfinite(made.normals).all()
