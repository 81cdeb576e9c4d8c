"""Periodic boxes of any shape, and Hermite curves, against motions that are known."""

import gzip

import numpy as np
import pytest

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.data.particle_sets.periodic_box import PeriodicBox
from moviemaker.data.particles import Particles

TRICLINIC = [[10.0, 0, 0], [3.0, 9.0, 0], [-4.0, 2.5, 8.0]]
SKEW = [[10.0, 0, 0], [9.5, 5.0, 0], [1.0, 4.9, 6.0]]


def particles(folder, **keys):
    return build(Particles, {"kind": "particles", **keys}).open(folder)


def vectors_of(period):
    period = np.array(period, float)
    return np.diag(period) if period.ndim == 1 else period


def apart(a, b, period):
    """Distance of each position from its partner, by the nearest of 4913 images."""
    box = vectors_of(period)
    turns = np.stack(np.meshgrid(*[np.arange(-8, 9)] * 3), axis=-1).reshape(-1, 3) @ box
    return np.linalg.norm((a - b)[:, None] + turns, axis=2).min(axis=1)


@pytest.mark.parametrize("interpolation", ["linear", "hermite"])
@pytest.mark.parametrize("period", [[10.0, 6.0, 8.0], TRICLINIC, SKEW], ids=["axis-aligned", "triclinic", "skew"])
def test_paths_continue_across_the_walls_of_the_box(tmp_path, period, interpolation):
    rng = np.random.default_rng(1)
    box = vectors_of(period)
    shortest = np.linalg.norm(PeriodicBox(box)._reduced, axis=1).min()
    start = rng.random((200, 3)) @ box
    velocity = rng.normal(size=(200, 3))
    velocity *= 0.45 * shortest / np.linalg.norm(velocity, axis=1, keepdims=True)
    wrapped = []
    for index in range(3):
        parts = (start + index * velocity) @ np.linalg.inv(box)
        wrapped.append((parts - np.floor(parts)) @ box)
        np.savez(tmp_path / f"s_{index}.npz", position=wrapped[-1], velocity=velocity)
    leaving = np.linalg.norm(wrapped[1] - wrapped[0] - velocity, axis=1) > 1e-9
    assert leaving.mean() > 0.1
    source = particles(tmp_path, file="s_*.npz", period=period, interpolation=interpolation)
    for time in np.linspace(0, 2, 11):
        drawn = source.at(time).position
        assert apart(drawn, start + time * velocity, period).max() < 1e-4 * shortest
        parts = drawn @ np.linalg.inv(box)
        assert (parts > -1e-9).all()
        assert (parts < 1 + 1e-9).all()


@pytest.mark.parametrize("period", [[10.0, 6.0, 8.0], TRICLINIC, SKEW])
def test_the_minimum_image_is_the_nearest_of_all_images(period):
    ways = np.random.default_rng(2).uniform(-12, 12, (200, 3))
    short = PeriodicBox(period).shortest(ways)
    best = apart(ways, np.zeros_like(ways), period)
    np.testing.assert_allclose(np.linalg.norm(short, axis=1), best, atol=1e-9)
    turns = (ways - short) @ np.linalg.inv(vectors_of(period))
    np.testing.assert_allclose(turns, np.rint(turns), atol=1e-9)


def test_a_box_that_changes_meets_every_snapshot():
    first, last = PeriodicBox([10.0, 10, 10]), PeriodicBox([11.0, 11, 11])
    start, end = np.array([[9.5, 5, 5]]), np.array([[0.4, 5.5, 5.5]])
    way = first.path_to(end - start, last)
    np.testing.assert_allclose(way, [[0.4 + 11 - 9.5, 0.5, 0.5]])
    np.testing.assert_allclose(last.wrapped(start + way, np.zeros(3)), end)


def test_wrapping_of_single_precision_stays_inside():
    box = PeriodicBox([10.0, 10, 10])
    inside = box.wrapped(np.array([[-1e-9, 10, 5]], np.float32), np.zeros(3))
    assert (inside >= 0).all()
    assert (inside < 10).all()


def kepler(times, eccentricity=0.4):
    """Position and velocity on an ellipse with the semi-major axis 1 and the period 2 pi."""
    mean = np.asarray(times, float)
    anomaly = mean.copy()
    for _ in range(60):
        anomaly -= (anomaly - eccentricity * np.sin(anomaly) - mean) / (1 - eccentricity * np.cos(anomaly))
    b = np.sqrt(1 - eccentricity**2)
    pace = 1 / (1 - eccentricity * np.cos(anomaly))
    position = np.stack([np.cos(anomaly) - eccentricity, b * np.sin(anomaly), 0 * anomaly], axis=-1)
    velocity = np.stack([-np.sin(anomaly) * pace, b * np.cos(anomaly) * pace, 0 * anomaly], axis=-1)
    return position, velocity


def test_hermite_is_fifty_times_as_exact_as_linear_on_an_orbit(tmp_path):
    times = np.linspace(0, 2 * np.pi, 13)
    orbits = [kepler(times, e) for e in (0.0, 0.1, 0.2)]
    position, velocity = (np.stack([orbit[part] for orbit in orbits], axis=1) for part in (0, 1))
    np.savez(tmp_path / "a.npz", position=position, velocity=velocity, time=times)
    sources = {way: particles(tmp_path, file="a.npz", interpolation=way) for way in ("linear", "hermite")}
    worst = dict.fromkeys(sources, 0.0)
    moments = np.linspace(0, 2 * np.pi, 241)
    for time in moments:
        truth = np.array([kepler([time], e)[0][0] for e in (0.0, 0.1, 0.2)])
        for way, source in sources.items():
            worst[way] = max(worst[way], np.abs(source.at(time).position - truth).max())
    assert worst["hermite"] < worst["linear"] / 50
    for way, source in sources.items():
        for index, time in enumerate(times):
            np.testing.assert_array_equal(source.at(time).position, position[index], err_msg=way)


def test_ballistic_particles(tmp_path, real_data):
    with gzip.open(real_data / "zeldovich.csv.gz") as file:
        rows = np.loadtxt(file, delimiter=",", comments="#")
    velocity, start = rows[3:6].T, rows[6:9].T
    np.savez(tmp_path / "s_0.npz", position=start, velocity=10 * velocity, id=np.arange(len(start)))
    order = np.random.default_rng(0).permutation(len(start))
    last = (start + 10 * velocity)[order]
    np.savez(tmp_path / "s_1.npz", position=last, velocity=10 * velocity[order], id=order)
    for interpolation in ("linear", "hermite"):
        source = particles(tmp_path, file="s_*.npz", interpolation=interpolation)
        np.testing.assert_allclose(source.at(0.37).position, start + 3.7 * velocity, atol=1e-3)


def test_the_box_of_the_files(tmp_path):
    h5py = pytest.importorskip("h5py")
    for index, x in enumerate([9.5, 0.5]):
        with h5py.File(tmp_path / f"snap_{index}.hdf5", "w") as file:
            file.create_group("Header").attrs["BoxSize"] = 10.0
            file["PartType1/Coordinates"] = [[x, 5.0, 5.0], [2.0, 2.0, 2.0]]
    source = particles(tmp_path, file="snap_*.hdf5", period="file")
    assert source.examine() == []
    np.testing.assert_allclose(source.at(0.25).position[0], [9.75, 5, 5])
    np.testing.assert_allclose(source.at(0.75).position[0], [0.25, 5, 5])
    (hint,) = particles(tmp_path, file="snap_*.hdf5").examine()
    assert hint.startswith("1 particles move by more than half of the periodic box")
    assert "period: file" in hint


def test_mistakes_about_the_box(tmp_path):
    np.save(tmp_path / "a.npy", np.zeros((2, 3)))
    with pytest.raises(InputError, match="the files do not give a periodic box") as caught:
        particles(tmp_path, file="a.npy", period="file").examine()
    assert caught.value.at == ("period",)
    for wrong, at in (
        ("box", ()),
        ([[1, 0, 0], [0, 1, 0], [1, 1, 0]], ()),
        ([1, 2], ()),
        ([[1, 0], [0, 1], [1, 1]], (0,)),
    ):
        with pytest.raises(InputErrors) as several:
            particles(tmp_path, file="a.npy", period=wrong)
        assert several.value.errors[0].at == ("period", *at)
