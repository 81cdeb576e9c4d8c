"""Components and lengths of vectors as fields of particles."""

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build
from moviemaker.data.particles import Particles
from moviemaker.data.sample import Sample
from moviemaker.layers.points import Points

ENDINGS = ("x", "y", "z", "magnitude")
RNG = np.random.default_rng(0)
FORCE, VELOCITY = RNG.normal(size=(2, 3, 50, 3))


def particles(folder, **keys):
    position, rgb = np.zeros((3, 50, 3)), RNG.random((3, 50, 3))
    arrays = {"position": position, "velocity": VELOCITY, "force": FORCE, "rgb": rgb}
    np.savez(folder / "a.npz", **arrays, time=[0.0, 1, 2], force_z=np.full((3, 50), 7.0))
    return build(Particles, {"kind": "particles", "file": "a.npz", **keys}).open(folder)


def four(vectors):
    return [*vectors.T, np.linalg.norm(vectors, axis=1)]


def test_components_at_and_between_snapshots(tmp_path):
    source = particles(tmp_path)
    names = [f"velocity_{ending}" for ending in ENDINGS]
    assert set(names) < set(source.fields)
    for step in range(3):
        found = source.at(step, names).fields
        for name, right in zip(names, four(VELOCITY[step]), strict=True):
            np.testing.assert_allclose(found[name], right)
    half = source.at(0.5, names).fields
    for name, *ends in zip(names, four(VELOCITY[0]), four(VELOCITY[1]), strict=True):
        np.testing.assert_allclose(half[name], np.mean(ends, axis=0))
    surveyed = np.concatenate(list(source.survey("velocity_magnitude")))
    np.testing.assert_allclose(surveyed, np.linalg.norm(VELOCITY, axis=2).ravel())


def test_a_stored_field_takes_precedence_and_colours_have_no_components(tmp_path):
    source = particles(tmp_path)
    assert (source.at(0, ["force_z"]).fields["force_z"] == 7).all()
    assert source.fields.count("force_z") == 1
    np.testing.assert_allclose(source.at(1, ["force_y"]).fields["force_y"], FORCE[1, :, 1])
    assert not any(name.startswith("rgb_") for name in source.fields)
    with pytest.raises(InputError, match="did you mean 'force_x'"):
        source.at(0, ["forcex"])


def test_components_select_particles(tmp_path):
    source = particles(tmp_path, select="force_magnitude > 1.5 and velocity_x < 0")
    right = np.flatnonzero((np.linalg.norm(FORCE[2], axis=1) > 1.5) & (VELOCITY[2, :, 0] < 0))
    found = source.at(2, ["id", "force_x"]).fields
    assert found["id"].tolist() == right.tolist()
    assert found["force_x"].tolist() == FORCE[2, right, 0].tolist()
    with pytest.raises(InputError, match="such as force_x or force_magnitude") as caught:
        particles(tmp_path, select="force > 1").at(0)
    assert caught.value.at == ("select",)


def test_components_of_trajectories(tmp_path):
    rows = [[1, 0, 0, 0, 0, 3, 4, 0], [1, 2, 1, 1, 1, 0, 0, 12], [2, 1, 5, 5, 5, 1, 2, 2]]
    header = "id,time,x,y,z,vx,vy,vz"
    np.savetxt(tmp_path / "t.csv", rows, delimiter=",", header=header, comments="")
    keys = {"kind": "particles", "file": "t.csv", "trajectories": True}
    source = build(Particles, keys).open(tmp_path)
    found = source.at(1, ["velocity_y", "velocity_magnitude"]).fields
    assert found["velocity_y"].tolist() == [2, 2]
    assert found["velocity_magnitude"].tolist() == [8.5, 3]  # the mean of 5 and 12
    assert np.concatenate(list(source.survey("velocity_magnitude"))).tolist() == [5, 12, 3]
    assert len(build(Particles, keys | {"select": "velocity_magnitude > 4"}).open(tmp_path).at(1).position) == 1


def test_components_of_samples_and_for_sizes(tmp_path):
    source = build(Sample, {"kind": "sample", "name": "colliding_box", "count": 20, "snapshots": 3}).open(tmp_path)
    found = source.at(1.0, ["velocity_magnitude", "speed"]).fields
    np.testing.assert_allclose(found["velocity_magnitude"], found["speed"])
    layer = build(Points, {"kind": "points", "data": "gas", "size": {"by": "velocity_magnitude", "size": [0, 1]}})
    assert layer.resolve(source).size.range[0] > 0
    wrong = build(Points, {"kind": "points", "data": "gas", "size": {"by": "velocity", "size": [0, 1]}})
    with pytest.raises(InputError, match="such as velocity_magnitude"):
        wrong.resolve(source)
