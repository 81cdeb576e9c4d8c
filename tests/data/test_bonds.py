"""Bonds: particles joined by lines that move with them, in boxes too."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.errors import InputError, InputErrors, SceneError
from moviemaker.core.kinds import build
from moviemaker.data.bonds import Bonds
from moviemaker.data.particles import Particles

RADII = {"O": 1.52, "H": 1.1, "C": 1.7}
NUMBERS = {"O": 8, "H": 1, "C": 6}
WATER = np.array([[0, 0, 0], [0.76, 0.59, 0], [-0.76, 0.59, 0]])
"""O, H, H: 0.96 from O to H, 1.52 from H to H, angstrom."""


def joined(folder, arrays, of=None, **keys):
    """The lines between particles that are written to a file."""
    np.savez(folder / "p.npz", **arrays)
    particles = build(Particles, {"kind": "particles", "file": "p.npz", **(of or {})}).open(folder)
    return build(Bonds, {"kind": "bonds", "of": "p", **keys}).open(folder, {"p": particles})


def atoms(elements, position):
    fields = {"radius": [RADII[e] for e in elements], "atomic_number": [NUMBERS[e] for e in elements]}
    return {"position": np.asarray(position, float), **fields}


def lines_of(mesh):
    return [mesh.points[mesh.lines.connectivity[a:b]] for a, b in pairwise(mesh.lines.offsets)]


def test_halves_of_bonds_have_the_values_of_their_atoms(tmp_path):
    source = joined(tmp_path, atoms("OHH", WATER))
    assert source.examine() == []
    mesh = source.at(0.0, ("atomic_number", "id"))
    found = {
        (tuple(ids), tuple(line.round(3).ravel()))
        for ids, line in zip(mesh.fields["id"].reshape(-1, 2), lines_of(mesh), strict=True)
    }
    middle, other = WATER[1] / 2, WATER[2] / 2
    expected = [(0, WATER[0], middle), (1, middle, WATER[1]), (0, WATER[0], other), (2, other, WATER[2])]
    assert found == {((n, n), tuple(np.round([a, b], 3).astype(np.float32).round(3).ravel())) for n, a, b in expected}
    assert mesh.fields["atomic_number"].tolist() == [8, 8, 1, 1, 8, 8, 1, 1]
    assert source.at(0.0, ("atomic_number", "id")) is mesh


def test_hydrogen_bonds_are_left_out_and_long_bonds_of_heavy_atoms_are_kept(tmp_path):
    place = [[0, 0, 0], [1.55, 0, 0], [5, 0, 0], [6.09, 0, 0], [10, 0, 0], [11.54, 0, 0]]
    mesh = joined(tmp_path, atoms("OHCHCC", place)).at(0.0, ("id",))
    assert mesh.fields["id"].reshape(-1, 4)[:, [0, 3]].tolist() == [[2, 3], [4, 5]]


@pytest.mark.parametrize("vectors", [[10, 8, 12], [[10, 0, 0], [5, 9, 0], [-4, 3, 10]]])
def test_through_the_walls_of_a_box(tmp_path, vectors):
    box = np.diag(vectors) if np.ndim(vectors) == 1 else np.array(vectors, float)
    position = np.random.default_rng(1).random((300, 3)) @ box
    mesh = joined(tmp_path, {"position": position}, {"period": vectors}, reach=1.2).at(0.0, ("id",))
    images = np.array(list(product((-1, 0, 1), repeat=3))) @ box
    apart = np.linalg.norm(position[:, None, None] - position[None, :, None] - images, axis=3).min(axis=2)
    near = {(i, j) for i, j in np.argwhere(apart <= 1.2).tolist() if i < j}
    plain = np.linalg.norm(position[:, None] - position[None], axis=2)
    assert any(plain[pair] > 1.2 for pair in near)
    ids = mesh.fields["id"].reshape(-1, 4)[:, [0, 3]]
    assert {tuple(sorted(pair)) for pair in ids.tolist()} == near
    halves = mesh.points.reshape(-1, 4, 3)
    assert np.abs(halves[:, [0, 3]] - position[ids]).max() < 1e-5  # each half begins at its particle
    for a, b in ((0, 1), (2, 3)):
        length = np.linalg.norm(halves[:, b] - halves[:, a], axis=1)
        assert length == pytest.approx(apart[tuple(ids.T)] / 2, abs=1e-5)


def test_bonds_keep_their_identity_when_particles_move_appear_and_vanish(tmp_path):
    position = np.array([[0, 0, 0], [1, 0, 0], [5, 0, 0], [6, 0, 0]], float)
    moved = position + np.array([[0, 0, 0], [0.5, 0, 0], [-3.4, 0, 0], [9, 0, 0]])
    for name, place, ids in (("a", position, [7, 3, 9, 4]), ("b", moved[::-1], [4, 9, 3, 7])):
        np.savez(tmp_path / f"{name}.npz", position=place, id=ids)
    np.savez(tmp_path / "c.npz", position=moved[:1], id=[7])
    keys = {"kind": "particles", "file": ["a.npz", "b.npz", "c.npz"], "times": [0, 1, 2]}
    particles = build(Particles, keys).open(tmp_path)
    source = build(Bonds, {"kind": "bonds", "of": "p", "reach": 1.2}).open(tmp_path, {"p": particles})
    assert source.at(0.0, ("id",)).fields["id"].reshape(-1, 4)[:, [0, 3]].tolist() == [[7, 3], [9, 4]]
    half = source.at(0.5, ("id",))  # 9 and 4 are 7.2 apart, more than twice 1.2
    assert half.fields["id"].tolist() == [7, 7, 3, 3]
    assert half.points[-1].tolist() == [1.25, 0, 0]
    assert source.at(1.0, ("id",)).fields["id"].tolist() == [7, 7, 3, 3]  # not 9, which has come near to 3
    assert len(source.at(2.0).lines) == 0


def test_a_smooth_line_through_a_chain(tmp_path):
    angle = np.linspace(0, np.pi, 25)
    place = np.stack([10 * np.cos(angle), 10 * np.sin(angle), 0 * angle], axis=1)
    mesh = joined(tmp_path, {"position": place}, join="sequence").at(0.0, ("id",))
    (line,) = lines_of(mesh)
    assert np.abs(np.linalg.norm(line, axis=1)[6:-6] - 10).max() < 2e-3  # straight pieces would be off by 0.02
    apart = np.linalg.norm(place[:, None] - line[None], axis=2).min(axis=1)
    assert apart.max() < 1e-5  # it goes through all particles
    assert mesh.fields["id"][[0, -1]].tolist() == [0, 24]
    straight = joined(tmp_path, {"position": place}, join="sequence", smooth=False).at(0.0)
    assert np.array_equal(straight.points, place.astype(np.float32))


def test_lines_end_with_their_chains_and_where_some_are_missing(tmp_path):
    place = np.array([[0, 0, 0], [1, 0, 0], [2, 0, 0], [3, 0, 0], [8, 0, 0], [9, 0, 0], [9, 1, 0], [30, 0, 0]], float)
    shuffled = np.array([3, 0, 7, 2, 5, 1, 4, 6])
    arrays = {"position": place[shuffled], "id": shuffled, "chain": np.array([0, 0, 1, 1, 1, 1, 1, 1])[shuffled]}
    found = lines_of(joined(tmp_path, arrays, join="sequence", smooth=False).at(0.0))
    assert [line[:, :2].tolist() for line in found] == [[[0, 0], [1, 0]], [[2, 0], [3, 0]], [[8, 0], [9, 0], [9, 1]]]
    found = lines_of(joined(tmp_path, arrays, join="sequence", smooth=False, reach=6).at(0.0))
    assert [len(line) for line in found] == [2, 5]


def test_a_chain_through_a_wall(tmp_path):
    arrays = {"position": np.array([[8.0, 1, 1], [9.5, 1, 1], [1, 1, 1], [2.5, 1, 1]])}
    found = lines_of(joined(tmp_path, arrays, {"period": [10, 10, 10]}, join="sequence", smooth=False).at(0.0))
    assert [line[:, 0].tolist() for line in found] == [[8, 9.5, 10.25], [0.25, 1, 2.5]]


def test_mistakes(tmp_path):
    far = {"position": np.eye(3)}
    with pytest.raises(InputError, match="no field 'radius'") as caught:
        joined(tmp_path, far).examine()
    assert caught.value.at == ("reach",)
    with pytest.raises(InputError, match="of 3 particles no two are near enough"):
        joined(tmp_path, far, reach=1).examine()
    with pytest.raises(InputError, match="more than 5000000 pairs"):
        joined(tmp_path, {"position": np.random.default_rng(0).random((4000, 3))}, reach=9).examine()
    with pytest.raises(InputErrors, match="bonds are always straight"):
        build(Bonds, {"kind": "bonds", "of": "p", "smooth": True})


def scene(folder, data, **more):
    np.savez(folder / "p.npz", position=[[-1.0, 0, 0], [1, 0, 0]], heat=[0.0, 1])
    return mm.Scene.from_dict(
        {
            "duration": 1,
            "data": {"p": {"kind": "particles", "file": str(folder / "p.npz")}, **more},
            "layers": [{"kind": "lines", "data": data, "width": 0.5, "shade": False, "color": BY_HEAT}],
            "camera": {"keyframes": [{"time": 0, "position": [0, -5, 0], "target": [0, 0, 0]}]},
            "outputs": {"hd": {"lens": "orthographic", "height": 2, "size": [80, 40]}},
        }
    )


BY_HEAT = {"by": "heat", "colormap": ["red", "blue"], "range": [0, 1]}


def test_a_picture_of_a_bond_in_two_colours(tmp_path):
    picture = scene(tmp_path, "b", b={"kind": "bonds", "of": "p", "reach": 3}).still(0.0)
    assert picture[20, 30].tolist() == [255, 0, 0]
    assert picture[20, 39].tolist() == [255, 0, 0]
    assert picture[20, 40].tolist() == [0, 0, 255]
    assert picture[20, 50].tolist() == [0, 0, 255]


def test_data_of_the_wrong_type_are_refused_with_advice(tmp_path):
    with pytest.raises(SceneError, match=r"name data that is a mesh, such as \{kind: bonds, of: p\}"):
        scene(tmp_path, "p")
    with pytest.raises(SceneError, match="'b' is not particles"):
        scene(tmp_path, "c", b={"kind": "bonds", "of": "p", "reach": 3}, c={"kind": "bonds", "of": "b"})


def test_the_bonds_of_a_protein_are_those_of_its_topology(real_data):
    pytest.importorskip("MDAnalysis")
    keys = {"kind": "particles", "file": "adk_dims.dcd", "topology": "adk.psf"}
    source = build(Bonds, {"kind": "bonds", "of": "p"}).open(real_data, {"p": build(Particles, keys).open(real_data)})
    lines = (real_data / "adk.psf").read_text().splitlines()
    start = next(n for n, line in enumerate(lines) if "!NBOND" in line)
    count = int(lines[start].split()[0])
    words = " ".join(lines[start + 1 : start + 1 + -(-count // 4)]).split()
    told = {tuple(sorted(pair)) for pair in (np.array(words, int).reshape(-1, 2) - 1).tolist()}
    found = source.at(1.0, ("id",)).fields["id"].reshape(-1, 4)[:, [0, 3]]
    assert {tuple(pair) for pair in found.tolist()} == told
