"""Surfaces around molecules: where they are, how they face, that they are closed, and whose colours they have."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build
from moviemaker.data.particles import Particles
from moviemaker.layers.molecular.atom_fields import excluded_field, gaussian_field
from moviemaker.layers.molecular.surface_nets import surface_of
from moviemaker.layers.molecular_surface import MolecularSurface
from moviemaker.timeline.tracks import freeze

RADIUS = 1.7


def opened(folder, text):
    (folder / "m.xyz").write_text(text)
    return build(Particles, {"kind": "particles", "file": "m.xyz"}).open(folder)


def surface(source, **keys):
    layer = freeze(build(MolecularSurface, {"kind": "molecular_surface", "data": "m", **keys}).resolve(source), 0.0)
    (prop,) = layer.props(source.at(0.0, tuple(name for _, name in layer.named_fields())))
    return prop


def fields(position, radius, spacing=0.3):
    return gaussian_field(position, radius, spacing, 2.0), excluded_field(position, radius, spacing, 1.4)


def test_the_surface_of_one_atom_is_its_ball():
    place = np.array([[0.13, -0.2, 5.07]])
    for lattice in fields(place, np.array([RADIUS])):
        points, normals, triangles = surface_of(lattice)
        away = points - place
        assert np.linalg.norm(away, axis=1) == pytest.approx(RADIUS, abs=0.04)
        assert (np.einsum("ij,ij->i", normals, away) / RADIUS > 0.98).all()
        a, b, c = (away[triangles[:, k]] for k in range(3))
        volume = np.einsum("ij,ij->i", a, np.cross(b, c)).sum() / 6  # above 0: triangles are seen from outside
        assert volume == pytest.approx(4 / 3 * np.pi * RADIUS**3, rel=0.06)


def test_surfaces_are_closed():
    random = np.random.default_rng(2)
    place, radius = random.normal(size=(60, 3)) * 4, random.choice([1.1, 1.55, 1.7], 60)
    for lattice in fields(place, radius, 0.5):
        _, normals, triangles = surface_of(lattice)
        edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
        there = np.unique(edges, axis=0, return_counts=True)
        back = np.unique(edges[:, ::-1], axis=0, return_counts=True)
        assert np.array_equal(there[0], back[0])
        assert np.array_equal(there[1], back[1])
        assert np.linalg.norm(normals, axis=1) == pytest.approx(1)


def test_a_probe_rolls_over_the_gap_between_two_atoms():
    """The re-entrant surface between two balls is a piece of a torus, whose nearest point to the axis is known."""
    half, probe = 2.2, 1.4
    place = np.array([[-half, 0, 0], [half, 0, 0]])
    points, _, _ = surface_of(excluded_field(place, np.full(2, RADIUS), 0.2, probe))
    waist = points[np.abs(points[:, 0]) < 0.1]
    neck = np.sqrt((RADIUS + probe) ** 2 - half**2) - probe
    assert np.linalg.norm(waist[:, 1:], axis=1) == pytest.approx(neck, abs=0.06)
    # Apart by more than the ball they are two.
    far = np.array([[-4.0, 0, 0], [4.0, 0, 0]])
    points, _, _ = surface_of(excluded_field(far, np.full(2, RADIUS), 0.4, probe))
    assert np.abs(points[:, 0]).min() > 2


def test_the_lattice_stays_while_atoms_move():
    """A molecule that moves by whole spacings has the same surface, moved."""
    random = np.random.default_rng(4)
    place, radius = random.normal(size=(20, 3)) * 3, np.full(20, RADIUS)
    first, last = (surface_of(gaussian_field(place + move, radius, 0.5, 2.0)) for move in (0.0, 3.5))
    assert last[0] == pytest.approx(first[0] + 3.5, abs=1e-4)
    assert np.array_equal(first[2], last[2])


def test_a_place_has_the_colour_of_the_atom_below_it(tmp_path):
    prop = surface(opened(tmp_path, "2\nions\nO 0 0 0\nN 2.4 0 0\n"))
    left, right = prop.colors[prop.position[:, 0] < -0.5], prop.colors[prop.position[:, 0] > 2.9]
    assert np.abs(left[:, :3].astype(int) - [255, 13, 13]).max() < 12
    assert np.abs(right[:, :3].astype(int) - [48, 80, 248]).max() < 12
    assert (surface(opened(tmp_path, "1\n\nO 0 0 0\n"), color="#336699").colors == [0x33, 0x66, 0x99, 255]).all()


def test_mistakes(tmp_path):
    source = opened(tmp_path, "2\nfar apart\nO 0 0 0\nN 900 900 900\n")
    with pytest.raises(InputError, match="gaussian surface has no probe"):
        surface(source, probe=1.4)
    with pytest.raises(InputError, match="samples"):
        surface(source, spacing=0.1)
    coarse = build(MolecularSurface, {"kind": "molecular_surface", "data": "m"}).resolve(source)
    assert 4 < coarse.spacing < 6
