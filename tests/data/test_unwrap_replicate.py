"""Molecules made whole, paths that go on across the edges of a periodic box, and images of the box side by side."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.data.bonding.whole_molecules import tree_of
from moviemaker.data.bonds import Bonds
from moviemaker.data.density import Density
from moviemaker.data.particles import Particles
from moviemaker.layers.trails import Trails

RECTANGULAR = np.diag([10.0, 12, 14])
TRICLINIC = np.array([[10.0, 0, 0], [4, 12, 0], [-3, 5, 14]])
BOXES = pytest.mark.parametrize("box", [RECTANGULAR, TRICLINIC], ids=["rectangular", "triclinic"])
STEPS = 12


def particles(folder, **keys):
    return build(Particles, {"kind": "particles", **keys}).open(folder)


def bonds(source, **keys):
    return build(Bonds, {"kind": "bonds", "of": "a", **keys}).open(None, {"a": source})


def wrapped(position, box):
    parts = position @ np.linalg.inv(box)
    return (parts - np.floor(parts)) @ box


def save(path, positions, box, symbols=None, ids=None, flags=None, columns="x y z"):
    """A dump with positions (t, n, 3) and perhaps elements, ids and image flags (t, n, 3)."""
    count = positions.shape[1]
    vectors = "".join(" ".join(f"{v:.9f}" for v in row) + " 0\n" for row in box)
    bounds = f"ITEM: BOX BOUNDS abc origin pp pp pp\n{vectors}"
    text = ""
    for step, place in enumerate(positions):
        names = f"id {'element ' if symbols else ''}{columns}{' ix iy iz' if flags is not None else ''}"
        text += f"ITEM: TIMESTEP\n{step}\nITEM: NUMBER OF ATOMS\n{count}\n{bounds}ITEM: ATOMS {names}\n"
        for n in range(count):
            more = "" if flags is None else " " + " ".join(map(str, flags[step, n]))
            symbol = f"{symbols[n]} " if symbols else ""
            number = n + 1 if ids is None else ids[n]
            text += f"{number} {symbol}" + " ".join(f"{v:.9f}" for v in place[n]) + more + "\n"
    path.write_text(text)
    return path.name


def drifting_water(box, count=5, steps=STEPS):
    """True positions (t, n, 3) of molecules of three atoms that drift and turn, and their elements."""
    rng = np.random.default_rng(3)
    centre = rng.random((count, 3)) @ box
    velocity = rng.normal(0, 1.2, (count, 3))
    found = np.empty((steps, count, 3, 3))
    for step in range(steps):
        angle = 0.3 * step + np.arange(count)
        arms = np.stack([np.cos(angle), np.sin(angle), 0.2 * np.ones(count)], axis=1)
        found[step, :, 0] = centre + step * velocity
        found[step, :, 1] = found[step, :, 0] + 0.95 * arms
        found[step, :, 2] = found[step, :, 0] + 0.95 * arms * [-1, 1, -1]
    return found.reshape(steps, 3 * count, 3), ["O", "H", "H"] * count


def test_trees_join_the_atoms_of_each_molecule():
    parent, molecule = tree_of(6, np.array([[4, 1], [1, 3], [3, 4], [5, 0]]))
    assert molecule[4] == molecule[1] == molecule[3] != molecule[0] == molecule[5]
    assert molecule[2] not in (molecule[0], molecule[1])
    roots = np.flatnonzero(parent == np.arange(6))
    assert len(roots) == 3
    assert {(4, 1), (1, 3), (3, 4), (5, 0)} >= {
        (a, b) if (a, b) in {(4, 1), (1, 3), (3, 4), (5, 0)} else (b, a) for a, b in enumerate(parent) if a != b
    }


@BOXES
def test_molecules_are_whole_at_any_moment(tmp_path, box):
    truth, symbols = drifting_water(box)
    save(tmp_path / "a.dump", wrapped(truth, box), box, symbols)
    source = particles(tmp_path, file="a.dump", unwrap="molecules")
    for time in (0, 3.25, 3.5, 7, 10.9, 1.5):
        found = source.at(time).position.reshape(-1, 3, 3)
        step, part = int(time), time - int(time)
        true = truth[step] + part * (truth[min(step + 1, STEPS - 1)] - truth[step])
        true = true.reshape(-1, 3, 3)
        np.testing.assert_allclose(found - found[:, :1], true - true[:, :1], atol=1e-6)
        turns = (found - true) @ np.linalg.inv(box)
        np.testing.assert_allclose(turns, np.rint(turns), atol=1e-6)
        if part == 0:
            centre = found.mean(axis=1) @ np.linalg.inv(box)
            assert (centre >= -1e-9).all()
            assert (centre < 1 + 1e-9).all()


def test_a_chain_that_is_longer_than_the_box_is_whole(tmp_path):
    truth = np.stack([1.4 * np.arange(30) + 3, 0.33 * np.arange(30), np.full(30, 5.0)], axis=1)[None]
    shuffled = np.random.default_rng(1).permutation(30)
    save(tmp_path / "a.dump", wrapped(truth, RECTANGULAR)[:, shuffled], RECTANGULAR, ["C"] * 30, shuffled + 1)
    found = particles(tmp_path, file="a.dump", unwrap="molecules").at(0).position
    np.testing.assert_allclose(np.diff(found, axis=0), np.diff(truth[0], axis=0), atol=1e-6)


def test_molecules_by_the_bonds_of_a_topology(tmp_path):
    """Two atoms of unknown elements that no distance would join."""
    pytest.importorskip("MDAnalysis")
    from moviemaker.data.bonding.whole_molecules import WholeMolecules
    from moviemaker.data.columns.roles import Names
    from moviemaker.data.particle_sets.boxes import Boxes
    from moviemaker.data.particle_sets.files import ParticleFiles

    save(tmp_path / "a.dump", np.array([[[9.0, 5, 5], [1.5, 5, 5], [5, 5, 5]]]), RECTANGULAR)
    files = ParticleFiles((tmp_path / "a.dump",), Names(), None)
    whole = WholeMolecules(files, Boxes(files, "file", lambda: files.load(0, "position")), np.array([[0, 1]]))
    found = whole.load(0, "position")[:, 0]
    assert found[1] - found[0] == pytest.approx(2.5)
    assert found[2] == 5


def test_atoms_that_come_later_are_joined_too(tmp_path):
    box = RECTANGULAR
    first = np.array([[[9.8, 5, 5], [0.7, 5, 5]]])
    later = np.array([[[9.8, 5, 5], [0.7, 5, 5], [9.9, 9, 9], [0.8, 9, 9]]])
    save(tmp_path / "a.dump", first, box, ["O", "H"])
    save(tmp_path / "b.dump", later, box, ["O", "H"] * 2)
    text = (tmp_path / "a.dump").read_text() + (tmp_path / "b.dump").read_text().replace("TIMESTEP\n0", "TIMESTEP\n1")
    (tmp_path / "c.dump").write_text(text)
    found = particles(tmp_path, file="c.dump", unwrap="molecules").at(1).position.reshape(2, 2, 3)
    np.testing.assert_allclose(found[:, 1] - found[:, 0], [[0.9, 0, 0]] * 2, atol=1e-6)


@BOXES
def test_paths_go_on_across_the_edges(tmp_path, box):
    truth, _ = drifting_water(box)
    save(tmp_path / "a.dump", wrapped(truth, box), box)
    source = particles(tmp_path, file="a.dump", unwrap="path")
    start = wrapped(truth[0], box) - truth[0]
    for time in (9.5, 2, 0, 11, 4.25):  # in any order
        step, part = int(time), time - int(time)
        true = truth[step] + part * (truth[min(step + 1, STEPS - 1)] - truth[step])
        np.testing.assert_allclose(source.at(time).position, true + start, atol=1e-6)
    assert float(np.concatenate([*source.survey("x")]).max()) > truth[:, :, 0].max() - 10


def test_image_flags_go_before_guesses(tmp_path):
    truth = np.array([[[1.0, 5, 5]], [[8, 5, 5]], [[26, 5, 5]]])  # more than half of the box in one step
    flags = np.floor(truth / 10).astype(int) * [1, 0, 0]
    save(tmp_path / "a.dump", truth - 10 * flags, RECTANGULAR, flags=flags)
    source = particles(tmp_path, file="a.dump", unwrap="path")
    assert [source.at(time).position[0, 0] for time in (0, 1, 2)] == [1, 8, 26]
    save(tmp_path / "b.dump", truth, RECTANGULAR, columns="xu yu zu")
    source = particles(tmp_path, file="b.dump", unwrap="path")
    assert [source.at(time).position[0, 0] for time in (0, 1, 2)] == [1, 8, 26]


def test_paths_of_a_box_that_grows(tmp_path):
    """Whole periods are those of the later box, as in unwrapped positions of LAMMPS."""
    text = ""
    for step, (x, size) in enumerate([(9.0, 10), (0.5, 10), (1.0, 20)]):
        text += f"ITEM: TIMESTEP\n{step}\nITEM: NUMBER OF ATOMS\n1\nITEM: BOX BOUNDS pp pp pp\n"
        text += f"0 {size}\n" * 3 + f"ITEM: ATOMS id x y z\n1 {x} 5 5\n"
    (tmp_path / "a.dump").write_text(text)
    source = particles(tmp_path, file="a.dump", unwrap="path")
    assert [source.at(time).position[0, 0] for time in (0, 1, 2)] == [9, 10.5, 21]


def test_paths_of_trajectories(tmp_path):
    rows = [(n, t + 0.1 * n, (9 + n + 3 * t) % 10) for n in range(2) for t in range(6)]
    (tmp_path / "a.csv").write_text("id,time,x,y,z\n" + "".join(f"{n},{t},{x},1,1\n" for n, t, x in rows))
    keys = {"file": "a.csv", "trajectories": True, "period": [10, 10, 10]}
    source = particles(tmp_path, unwrap="path", **keys)
    assert source.at(4).position[0, 0] == pytest.approx(9 + 12)
    assert max(float(values.max()) for values in source.survey("x")) == pytest.approx(24)
    assert (particles(tmp_path, **keys).at(4).position[:, 0] <= 10).all()


# Images


@BOXES
def test_images_fill_the_boxes_beside(tmp_path, box):
    truth, symbols = drifting_water(box)
    save(tmp_path / "a.dump", wrapped(truth, box), box, symbols, flags=np.zeros((*truth.shape,), int))
    one = particles(tmp_path, file="a.dump", period="file")
    source = particles(tmp_path, file="a.dump", replicate=[2, 1, 3])
    for time in (0, 4.5):
        alone, found = one.at(time, one.fields), source.at(time, source.fields)
        assert len(found.position) == 6 * len(alone.position)
        ids = found.fields["id"]
        assert len(np.unique(ids)) == len(ids)
        shifts = np.array([(i, 0, k) for i in range(2) for k in range(3)]) @ box
        expected = (alone.position[None] + shifts[:, None]).reshape(-1, 3)
        np.testing.assert_allclose(found.position, expected, atol=1e-6)
        np.testing.assert_allclose(found.fields["x"], found.position[:, 0])
        assert np.array_equal(ids // 6, np.tile(alone.fields["id"], 6))
        assert np.array_equal(found.fields["cpk"], np.tile(alone.fields["cpk"], (6, 1)))
        assert np.array_equal(found.fields["speed"], np.tile(alone.fields["speed"], 6))
        np.testing.assert_allclose(found.cell, box * np.array([2, 1, 3])[:, None])
    np.testing.assert_allclose(source.center(0), expected_center(source, 0))
    assert max(float(values.max()) for values in source.survey("z")) > 2 * box[2, 2]


def expected_center(source, time):
    return source.at(time).position.mean(axis=0)


@BOXES
@pytest.mark.parametrize("unwrap", [None, "molecules", "path"])
def test_every_image_keeps_its_bonds_while_atoms_cross_the_edges(tmp_path, box, unwrap):
    truth, symbols = drifting_water(box)
    save(tmp_path / "a.dump", wrapped(truth, box), box, symbols)
    keys = {"unwrap": unwrap} if unwrap else {}
    lines = bonds(particles(tmp_path, file="a.dump", replicate=[2, 2, 1], **keys))
    for time in (0, 0.5, 5.25, 11):
        mesh = lines.at(time)
        halves = mesh.points.reshape(-1, 2, 3)
        assert len(halves) == 4 * 10 * 2  # ten bonds, four images, two halves
        lengths = np.linalg.norm(halves[:, 1] - halves[:, 0], axis=1)
        assert (lengths > 0.3).all()
        assert (lengths < 0.5).all()


def test_a_backbone_of_each_image(tmp_path):
    truth = np.stack([1.4 * np.arange(6) + 5, np.full(6, 5.0), np.full(6, 5.0)], axis=1)[None]
    save(tmp_path / "a.dump", wrapped(truth, RECTANGULAR), RECTANGULAR)
    source = particles(tmp_path, file="a.dump", unwrap="path", replicate=[1, 3, 1])
    mesh = bonds(source, join="sequence", smooth=False).at(0)
    ys = [set(mesh.points[mesh.lines.connectivity[a:b], 1].tolist()) for a, b in pairwise(mesh.lines.offsets)]
    assert all(len(y) == 1 for y in ys)
    assert {y for each in ys for y in each} == {5, 17, 29}


def test_selections_before_and_after_the_images(tmp_path):
    truth, symbols = drifting_water(RECTANGULAR)
    save(tmp_path / "a.dump", wrapped(truth, RECTANGULAR), RECTANGULAR, symbols)
    keys = {"file": "a.dump", "replicate": [2, 1, 1]}
    before = particles(tmp_path, select="atomic_number == 8", **keys)
    assert len(before.at(0).position) == 10
    whole = particles(tmp_path, **keys)
    after = build(Particles, {"of": "a", "select": "x > 10"}).open(tmp_path, {"a": whole})
    found = after.at(0)
    assert len(found.position) == 15
    assert found.images == (2, 1, 1)
    again = build(Particles, {"of": "a", "replicate": [1, 2, 1]})
    assert len(again.open(tmp_path, {"a": particles(tmp_path, file="a.dump", period="file")}).at(0).position) == 30


def test_trails_and_densities_of_images(tmp_path):
    box = RECTANGULAR
    truth, symbols = drifting_water(box)
    save(tmp_path / "a.dump", wrapped(truth, box), box, symbols)
    for keys in ({}, {"unwrap": "molecules"}, {"unwrap": "path"}, {"replicate": [2, 2, 1]}):
        source = particles(tmp_path, file="a.dump", period="file", **keys)
        layer = build(Trails, {"kind": "trails", "data": "a", "length": 4, "color": "white"}).resolve(source)
        moments = layer.moments(9.5, source.times)
        (tubes,) = layer.show(moments, [source.at(moment, ("id",)) for moment in moments])
        starts = np.asarray(tubes.offsets[1:-1])
        steps = np.delete(np.linalg.norm(np.diff(tubes.points, axis=0), axis=1), starts - 1)
        assert steps.max() < 0.5
        grid = (
            build(Density, {"of": "a", "method": "histogram", "shape": [4, 4, 4]}).open(tmp_path, {"a": source}).at(3)
        )
        values = next(iter(grid.fields.values()))
        count = len(source.at(3).position)
        assert float(values.sum() * np.prod(grid.spacing)) == pytest.approx(count, rel=1e-6)
        sides = np.array(grid.spacing) * 4
        np.testing.assert_allclose(sides, np.diag(box) * ([2, 2, 1] if "replicate" in keys else [1, 1, 1]))


@pytest.mark.parametrize(
    ("keys", "at", "what"),
    [
        ({"unwrap": "path"}, ("unwrap",), "unwrap needs a periodic box, which the files do not give"),
        ({"replicate": [2, 1, 1]}, ("replicate",), "replicate needs a periodic box"),
        ({"unwrap": "molecules", "period": [9, 9, 9]}, ("unwrap",), "neither elements nor a topology with bonds"),
        ({"unwrap": "atoms", "period": [9, 9, 9]}, ("unwrap",), "'atoms'"),
        ({"replicate": [2, 1], "period": [9, 9, 9]}, ("replicate",), ""),
        ({"replicate": [2, 0, 1], "period": [9, 9, 9]}, ("replicate",), ""),
        ({"replicate": [10**6, 10**6, 10**6], "period": [9, 9, 9]}, ("replicate",), "of memory"),
        ({"unwrap": "path", "globe": 1}, ("unwrap",), "a globe cannot lie in a periodic box"),
    ],
)
def test_mistakes(tmp_path, keys, at, what):
    np.save(tmp_path / "a.npy", np.random.default_rng(0).random((3, 5, 3)))
    with pytest.raises((InputError, InputErrors)) as caught:
        particles(tmp_path, file="a.npy", **keys).examine()
    found = caught.value.errors[0] if isinstance(caught.value, InputErrors) else caught.value
    assert found.at[:1] == at
    assert what in found.what


def test_images_along_an_axis_that_is_not_periodic_are_refused(tmp_path):
    save(tmp_path / "a.dump", np.ones((2, 1, 3)), RECTANGULAR)
    (tmp_path / "a.dump").write_text((tmp_path / "a.dump").read_text().replace("pp pp pp", "pp pp ff"))
    assert len(particles(tmp_path, file="a.dump", replicate=[2, 2, 1]).at(0).position) == 4
    with pytest.raises(InputError, match="not periodic along its vector 3"):
        particles(tmp_path, file="a.dump", replicate=[1, 1, 2]).examine()


@pytest.mark.parametrize("lattice", ["10 0 0 20 0 0 0 0 10", "10 0 0 0 nan 0 0 0 10", "1e-200 0 0 0 1 0 0 0 1"])
@pytest.mark.parametrize("keys", [{"period": "file"}, {"unwrap": "path"}, {"replicate": [2, 1, 1]}])
def test_a_box_without_a_volume_is_not_a_box(tmp_path, lattice, keys):
    (tmp_path / "a.xyz").write_text(f'1\nLattice="{lattice}" Properties=species:S:1:pos:R:3\nC 0 0 0\n' * 2)
    particles(tmp_path, file="a.xyz").examine()
    with pytest.raises(InputError, match="periodic box"):
        particles(tmp_path, file="a.xyz", **keys).examine()


def test_missing_values_are_counted_whatever_is_unwrapped_or_selected(tmp_path):
    for step in range(3):
        (tmp_path / f"p{step}.csv").write_text(f"id,x,y,z,m\n1,{step},0,0,1\n2,5,5,5,NA\n")
    keys = {"file": "p*.csv", "id": "id", "period": [10, 10, 10]}
    plain = particles(tmp_path, **keys).examine()
    assert any("missing" in warning for warning in plain)
    assert particles(tmp_path, **keys, unwrap="path").examine() == plain
    assert particles(tmp_path, **keys, unwrap="path", every=1).examine() == plain


def test_another_process_is_told_where_paths_can_be_continued(tmp_path, monkeypatch):
    positions = np.cumsum(np.random.default_rng(1).normal(0, 2, (40, 3, 3)), axis=0)
    file = save(tmp_path / "a.lammpstrj", wrapped(positions, RECTANGULAR), RECTANGULAR)
    first, told = (particles(tmp_path, file=file, period="file", unwrap="path") for _ in range(2))
    first.examine()
    told.take(first.summary())
    read = []
    files = told.snapshots.whole
    load = files.load
    monkeypatch.setattr(files, "load", lambda index, name: read.append(index) or load(index, name))
    assert told.at(39.0).position.tobytes() == first.at(39.0).position.tobytes()
    assert min(read) >= 37
