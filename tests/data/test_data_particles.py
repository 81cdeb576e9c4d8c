"""Particles from files: matching by id, periodic boxes, interpolation, against motions that are known."""

import bz2
import gzip
from pathlib import Path

import numpy as np
import pytest

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.data.particles import Particles

SHARED = Path(__file__).parents[2] / "../shared/data"


def particles(folder, **keys):
    return build(Particles, {"kind": "particles", **keys}).open(folder)


def error_of(folder, **keys):
    with pytest.raises((InputError, InputErrors)) as caught:
        particles(folder, **keys).examine()
    return caught.value.errors[0] if isinstance(caught.value, InputErrors) else caught.value


def by_id(sample):
    """Positions in the order of the ids, and the ids."""
    order = np.argsort(sample.fields["id"])
    return sample.position[order], sample.fields["id"][order].tolist()


def save_snapshots(folder, *snapshots, times=None):
    for n, snapshot in enumerate(snapshots):
        more = {} if times is None else {"time": times[n]}
        np.savez(folder / f"s_{n}.npz", **{key: np.asarray(value) for key, value in snapshot.items()}, **more)


def test_one_snapshot(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[0, 3, 4], [1, 2, 2]], ">f4"))
    source = particles(tmp_path, file="a.npy")
    assert source.times is None
    assert source.fields == ("distance", "id", "x", "y", "z")
    found = source.at(0, ["distance", "id", "y"])
    assert found.position.dtype == np.float32
    assert found.position.dtype.isnative
    assert found.fields["distance"].tolist() == [5, 3]
    assert found.fields["id"].tolist() == [0, 1]
    assert found.fields["y"].tolist() == [3, 2]
    assert set(found.fields) == {"distance", "id", "y"}  # no more than was asked for
    assert source.at(4, ["distance", "id", "y"]) is found
    assert source.center(0) == (0.5, 2.5, 3)


def test_time_sequence_in_one_array(tmp_path):
    start = np.random.default_rng(1).random((5, 3))
    np.save(tmp_path / "a.npy", np.stack([start, start + 1, start + 5]))
    source = particles(tmp_path, file="a.npy", times=[0, 10, 20])
    for time, moved in ((-5, 0), (0, 0), (5, 0.5), (10, 1), (12.5, 2), (99, 5)):
        np.testing.assert_allclose(source.at(time).position, start + moved, err_msg=str(time))
    speed = source.at(5, ["speed"]).fields["speed"]
    np.testing.assert_allclose(speed, np.sqrt(3) / 10)
    np.testing.assert_allclose(source.at(20, ["speed"]).fields["speed"], 4 * np.sqrt(3) / 10)
    np.testing.assert_allclose(source.at(12, ["time"]).fields["time"], 12)
    held = particles(tmp_path, file="a.npy", times=[0, 10, 20], interpolation="hold")
    np.testing.assert_allclose(held.at(19.9).position, start + 1)
    assert held.at(11) is held.at(19)
    assert held.at(11, ["time"]).fields["time"][0] == 11
    assert held.at(19, ["time"]).fields["time"][0] == 19


def test_ids_in_any_order_births_and_deaths(tmp_path):
    where = {i: np.array([i, 0, 0.0]) for i in range(1, 6)}
    first, second = [3, 1, 2, 4], [5, 2, 3, 1]
    save_snapshots(
        tmp_path,
        {"position": [where[i] for i in first], "id": first, "heat": [float(i) for i in first]},
        {"position": [where[i] + [0, 2, 0] for i in second], "id": second, "heat": [i + 1.0 for i in second]},
    )
    source = particles(tmp_path, file="s_*.npz")
    assert by_id(source.at(0, ["id"]))[1] == [1, 2, 3, 4]  # at its own time, all of a snapshot
    assert by_id(source.at(1, ["id"]))[1] == [1, 2, 3, 5]
    between = source.at(0.25, ["id", "heat", "speed"])
    position, ids = by_id(between)
    assert ids == [1, 2, 3]
    np.testing.assert_allclose(position, [[1, 0.5, 0], [2, 0.5, 0], [3, 0.5, 0]])
    assert sorted(between.fields["heat"]) == [1.25, 2.25, 3.25]
    np.testing.assert_allclose(between.fields["speed"], 2)
    at_start = source.at(0, ["speed", "id"]).fields
    assert np.isnan(at_start["speed"][at_start["id"] == 4]).all()  # it is in no other snapshot
    np.testing.assert_allclose(at_start["speed"][at_start["id"] != 4], 2)


def test_integer_fields_are_held(tmp_path):
    save_snapshots(
        tmp_path,
        {"position": np.zeros((2, 3)), "kind": [1, 2]},
        {"position": np.ones((2, 3)), "kind": [7, 8]},
    )
    assert particles(tmp_path, file="s_*.npz").at(0.9, ["kind"]).fields["kind"].tolist() == [1, 2]


def test_times_of_files(tmp_path):
    snapshots = [{"position": np.full((2, 3), float(n))} for n in range(3)]
    save_snapshots(tmp_path, *snapshots, times=[5.0, 6.0, 8.0])
    source = particles(tmp_path, file=["s_0.npz", "s_1.npz", "s_2.npz"])
    assert source.times.tolist() == [5, 6, 8]
    np.testing.assert_allclose(source.at(7).position, 1.5)
    assert particles(tmp_path, file="s_*.npz", times=[0, 1, 2]).times.tolist() == [0, 1, 2]


@pytest.mark.parametrize("interpolation", ["linear", "hermite"])
def test_periodic_boxes_use_the_minimum_image(tmp_path, interpolation):
    velocity = np.array([[0.4, 0, 0], [-0.4, 0, 0], [0, 1.0, 0]])
    start = np.array([[9.9, 5, 5], [0.1, 5, 5], [5, 9.8, 5]])
    for n in range(3):
        np.savez(tmp_path / f"s_{n}.npz", position=(start + n * velocity) % 10, velocity=velocity)
    source = particles(tmp_path, file="s_*.npz", period=[10, 10, 10], interpolation=interpolation)
    previous = source.at(0).position
    for time in np.linspace(0, 2, 81)[1:]:
        position = source.at(time).position
        np.testing.assert_allclose(position, (start + time * velocity) % 10, atol=1e-12)
        step = position - previous
        assert np.abs(step - 10 * np.rint(step / 10)).max() < 0.03
        assert (position >= 0).all()
        assert (position < 10).all()
        previous = position


def test_box_around_zero(tmp_path):
    np.save(tmp_path / "a.npy", np.array([[[-5.0, 0, 0], [4.9, 0, 0]], [[-5.0, 0, 0], [-4.9, 0, 0]]]))
    source = particles(tmp_path, file="a.npy", period=[10, 10, 10])
    np.testing.assert_allclose(source.at(0.25).position[1], [4.95, 0, 0])
    np.testing.assert_allclose(source.at(0.75).position[1], [-4.95, 0, 0])


def circle(times, radius=3.0, spin=1.0):
    angle = spin * np.asarray(times)
    position = radius * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=-1)
    velocity = radius * spin * np.stack([-np.sin(angle), np.cos(angle), 0 * angle], axis=-1)
    return position, velocity


def test_hermite_on_a_circle(tmp_path):
    times = np.linspace(0, 2 * np.pi, 13)
    position, velocity = circle(times)
    np.savez(tmp_path / "a.npz", position=position[:, None], velocity=velocity[:, None], time=times)
    source = particles(tmp_path, file="a.npz", interpolation="hermite")
    assert source.examine() == []
    for time in np.linspace(0, 2 * np.pi, 50):
        # The error of the cubic is at most |x''''| h^4 / 384.
        error = np.abs(source.at(time).position[0] - circle(time)[0]).max()
        assert error <= 3 * (2 * np.pi / 12) ** 4 / 384 + 1e-12
    small = 1e-5  # it passes through the snapshots with their velocities
    slope = (source.at(times[5] + small).position - source.at(times[5] - small).position) / (2 * small)
    np.testing.assert_allclose(slope[0], velocity[5], atol=1e-4)
    np.testing.assert_allclose(source.at(times[5] + 0.1, ["speed"]).fields["speed"], 3)


def test_hermite_warns_of_velocities_in_another_unit(tmp_path):
    times = np.linspace(0, 1, 3)
    position, velocity = circle(times)
    np.savez(tmp_path / "a.npz", position=position[:, None], velocity=978 * velocity[:, None], time=times)
    (warning,) = particles(tmp_path, file="a.npz", interpolation="hermite").examine()
    assert "hermite needs velocities in data length per data time" in warning


@pytest.mark.skipif(not SHARED.exists(), reason="the public data are not here")
def test_hermite_on_ballistic_particles(tmp_path):
    with gzip.open(SHARED / "zeldovich.csv.gz") as file:
        rows = np.loadtxt(file, delimiter=",", comments="#")
    x, v, x0 = rows[0:3].T, rows[3:6].T, rows[6:9].T
    assert np.allclose(x, x0 + 10 * v, atol=1e-6)
    np.savez(tmp_path / "a.npz", position=np.stack([x0, x]), velocity=np.stack([10 * v, 10 * v]))
    for interpolation in ("linear", "hermite"):
        source = particles(tmp_path, file="a.npz", interpolation=interpolation)
        np.testing.assert_allclose(source.at(0.37).position, x0 + 3.7 * v, atol=1e-3)
    table = particles(SHARED, file="zeldovich.csv.gz")
    np.testing.assert_allclose(table.at(0).position, x)
    np.testing.assert_allclose(table.at(0, ["velocity"]).fields["velocity"], v)
    first = particles(SHARED, file="zeldovich.csv.gz", position=["x0", "y0", "z0"])
    np.testing.assert_allclose(first.at(0).position, x0)
    assert particles(SHARED, file="halo_low_res.npy").at(0).position.shape == (32314, 3)


TABLE = """time,id,x,y,z,mass,name
1,7,1,0,0,5.5,b
0,7,0,0,0,4.5,b
0,3,0,1,0,1,a
2,9,2,2,2,9,c
1,3,1,1,0,2,a
2,7,2,0,0,,b
"""


@pytest.mark.parametrize("suffix", ["", ".gz", ".bz2"])
def test_table_of_times_and_ids(tmp_path, suffix):
    with {"": open, ".gz": gzip.open, ".bz2": bz2.open}[suffix](tmp_path / f"a.csv{suffix}", "wt") as file:
        file.write(TABLE)
    source = particles(tmp_path, file=f"a.csv{suffix}")
    assert source.times.tolist() == [0, 1, 2]
    assert "mass" in source.fields
    assert "name" not in source.fields
    position, ids = by_id(source.at(0.5, ["id"]))
    assert ids == [3, 7]
    np.testing.assert_allclose(position, [[0.5, 1, 0], [0.5, 0, 0]])
    assert by_id(source.at(1.5, ["id"]))[1] == [7]  # 3 dies, 9 is born
    assert by_id(source.at(2, ["id"]))[1] == [7, 9]
    assert np.isnan(source.at(1.5, ["mass"]).fields["mass"]).all()  # a gap in the table
    assert source.at(0.5, ["id"]) is source.at(0.5, ["id"])


@pytest.mark.parametrize(
    "text",
    [
        "x;y;z\n1;2;3\n4;5;6\n",
        "# x y z\n1 2 3\n4 5 6\n",
        "1,2,3\n4,5,6\n",
        "#x,y,z,w\n1,4\n2,5\n3,6\n0,0\n",
        "X\tY\tZ\n1\t2\t3\n4\t5\t6",
    ],
)
def test_tables_in_several_formats(tmp_path, text):
    (tmp_path / "a.txt").write_text(text)
    np.testing.assert_allclose(particles(tmp_path, file="a.txt").at(0).position, [[1, 2, 3], [4, 5, 6]])


def test_ids_too_long_for_floats_and_ids_of_text(tmp_path):
    (tmp_path / "a.csv").write_text("id,x,y,z\n9007199254740993,0,0,0\n9007199254740992,1,1,1\n")
    found = particles(tmp_path, file="a.csv").at(0, ["id"])
    assert found.fields["id"].tolist() == [9007199254740993, 9007199254740992]
    (tmp_path / "b_0.csv").write_text("id,x,y,z\nA,0,0,0\nB,1,1,1\n")
    (tmp_path / "b_1.csv").write_text("id,x,y,z\nC,0,0,0\nA,0,0,4\n")
    np.testing.assert_allclose(particles(tmp_path, file="b_*.csv").at(0.5).position, [[0, 0, 2]])


def test_named_columns(tmp_path):
    (tmp_path / "a.csv").write_text("ra,dec,r,u,v,w,n,x\n1,2,3,0,3,4,11,8\n")
    source = particles(tmp_path, file="a.csv", position=["ra", "dec", "r"], velocity=["u", "v", "w"], id="n")
    found = source.at(0, ["speed", "id", "x"])
    assert found.position.tolist() == [[1, 2, 3]]
    assert found.fields["speed"].tolist() == [5]
    assert found.fields["id"].tolist() == [11]
    assert found.fields["x"].tolist() == [8]  # what the table calls x goes before the coordinate


def test_hdf5_and_aliases(tmp_path):
    h5py = pytest.importorskip("h5py")
    position = np.random.default_rng(0).random((3, 4, 3))
    with h5py.File(tmp_path / "a.hdf5", "w") as file:
        file["PartType1/Coordinates"] = position
        file["PartType1/Velocities"] = position * 0 + 1
        file["PartType1/ParticleIDs"] = [4, 3, 2, 1]
        file["PartType1/Masses"] = np.arange(4.0)
        file["time"] = [0.0, 1.0, 5.0]
    source = particles(tmp_path, file="a.hdf5")
    assert source.times.tolist() == [0, 1, 5]
    found = source.at(0.5, ["Masses", "id", "speed"])
    np.testing.assert_allclose(found.position, (position[0] + position[1]) / 2)
    np.testing.assert_allclose(found.fields["speed"], np.sqrt(3))
    assert found.fields["id"].tolist() == [4, 3, 2, 1]


def test_missing_h5py(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "h5py", None)
    (tmp_path / "a.h5").touch()
    found = error_of(tmp_path, file="a.h5")
    assert str(found) == "reading 'a.h5' needs h5py; install it with pip install 'moviemaker[hdf5]'"


def test_positions_that_are_not_finite_are_dropped_and_counted(tmp_path):
    position = np.zeros((2, 5, 3))
    position[0, 1, 2], position[1, 3] = np.nan, np.inf
    np.savez(tmp_path / "a.npz", position=position, heat=np.arange(5.0))
    source = particles(tmp_path, file="a.npz")
    found = source.at(0, ["heat", "id"])
    assert found.fields["heat"].tolist() == found.fields["id"].tolist() == [0, 2, 3, 4]
    assert source.at(0.5, ["id"]).fields["id"].tolist() == [0, 2, 4]
    assert source.examine() == ["2 of 10 particles have no finite position; they are drawn as nothing"]


def test_survey(tmp_path):
    position = np.zeros((2, 3, 3))
    position[:, :, 0] = [[1, 2, 3], [4, 5, 6]]
    np.savez(tmp_path / "a.npz", position=position, heat=[1.0, np.nan, 2.0], time=[3.0, 5.0])
    source = particles(tmp_path, file="a.npz")
    assert [part.tolist() for part in source.survey("distance")] == [[1, 2, 3], [4, 5, 6]]
    assert [part.tolist() for part in source.survey("heat")] == [[1, 2], [1, 2]]
    assert [part.tolist() for part in source.survey("speed")] == [[1.5] * 3] * 2
    assert np.concatenate(list(source.survey("time"))).tolist() == [3, 5]
    with pytest.raises(InputError, match="did you mean 'heat'"):
        source.survey("haet")


class TestMistakes:
    """Every message names the error, its place, and a correction."""

    def test_counts_differ_without_ids(self, tmp_path):
        save_snapshots(tmp_path, {"position": np.zeros((2, 3))}, {"position": np.zeros((3, 3))})
        found = error_of(tmp_path, file="s_*.npz")
        assert found.what == "one snapshot holds 2 particles, the next 3, and no ids say which is which"
        assert found.at == ("id",)

    def test_duplicate_ids(self, tmp_path):
        np.savez(tmp_path / "a.npz", position=np.zeros((3, 3)), id=[1, 2, 1])
        found = error_of(tmp_path, file="a.npz")
        assert (found.what, found.at) == ("the id 1 occurs more than once", ("id",))

    def test_hermite_without_velocities(self, tmp_path):
        np.save(tmp_path / "a.npy", np.zeros((2, 3, 3)))
        found = error_of(tmp_path, file="a.npy", interpolation="hermite")
        assert (found.what, found.at) == ("hermite needs velocities, which the data lack", ("interpolation",))

    def test_unknown_columns_and_arrays(self, tmp_path):
        (tmp_path / "a.csv").write_text("lon,lat,height\n1,2,3\n")
        found = error_of(tmp_path, file="a.csv")
        assert found.what == "no positions could be found in 'a.csv', which holds lon [1], lat [1], height [1]"
        found = error_of(tmp_path, file="a.csv", position=["lon", "lat", "heigth"])
        assert found.at == ("position", 2)
        assert "did you mean 'height'" in found.instead
        np.savez(tmp_path / "a.npz", position=np.zeros((3, 3)), number=[1, 2, 3])
        assert error_of(tmp_path, file="a.npz", id="nummber").at == ("id",)
        assert error_of(tmp_path, file="a.npz", velocity="number").what.startswith("the velocities have the shape [3]")

    @pytest.mark.parametrize("text", ["", "x,y,z\n1,2\n", "x,y,z\n1,2,3\n4,5\n", "1,2,3,4\n", "x,x,z\n1,2,3\n"])
    def test_broken_tables(self, tmp_path, text):
        (tmp_path / "a.csv").write_text(text)
        assert "'a.csv' cannot be read" in error_of(tmp_path, file="a.csv").what

    def test_binary_table(self, tmp_path):
        (tmp_path / "a.csv").write_bytes(bytes(range(256)))
        assert "'a.csv' cannot be read" in error_of(tmp_path, file="a.csv").what

    def test_shapes(self, tmp_path):
        np.save(tmp_path / "a.npy", np.zeros((3, 4, 5)))
        assert error_of(tmp_path, file="a.npy").instead.endswith("for a grid write kind: grid")
        np.save(tmp_path / "b.npy", np.zeros((0, 3)))
        assert error_of(tmp_path, file="b.npy").what == "'b.npy' holds no particles"
        np.save(tmp_path / "c.npy", np.full((2, 3), np.nan))
        assert error_of(tmp_path, file="c.npy").what == "no particle has a finite position"

    def test_period_and_unknown_field(self, tmp_path):
        np.save(tmp_path / "a.npy", np.zeros((2, 3)))
        assert error_of(tmp_path, file="a.npy", period=[1, 0, 1]).at == ("period", 1)
        with pytest.raises(InputError, match="did you mean 'distance'"):
            particles(tmp_path, file="a.npy").at(0, ["distanse"])
        assert "speed" not in particles(tmp_path, file="a.npy").fields
