"""Tables in which every particle has its own times, and times that are dates."""

import zipfile

import numpy as np
import pytest

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.data.columns.dates import TimeColumn
from moviemaker.data.particle_sets.source import ParticleSource
from moviemaker.data.particle_sets.trajectories import TrajectorySource
from moviemaker.data.particles import Particles


def particles(folder, **keys):
    return build(Particles, {"kind": "particles", **keys}).open(folder)


def truth(name, time):
    """A parabola for each particle, and its velocity."""
    position = np.stack([name + 0.0 * time, name * time, time**2 / 2], axis=-1)
    return position, np.stack([0 * time, name + 0 * time, time], axis=-1)


def table(folder, own=None, seed=0):
    rng = np.random.default_rng(seed)
    own = own or {name: np.sort(rng.uniform(0, 10, rng.integers(2, 9))).round(6) for name in range(20)}
    rows = []
    for name, times in own.items():
        position, velocity = truth(name, times)
        rows += [[name, *row] for row in np.column_stack([times, position, velocity])]
    rows = np.array(rows)[rng.permutation(len(rows))]
    np.savetxt(folder / "a.csv", rows, delimiter=",", header="id,time,x,y,z,vx,vy,vz", comments="", fmt="%.12g")
    return own


def test_each_moves_between_its_own_rows(tmp_path):
    own = table(tmp_path)
    straight = particles(tmp_path, file="a.csv")
    curved = particles(tmp_path, file="a.csv", interpolation="hermite")
    assert isinstance(straight, TrajectorySource)
    assert straight.examine() == curved.examine() == []
    for time in (*np.linspace(-1, 11, 49), own[3][0], own[5][-1], own[7][1]):
        found = curved.at(time, ["id", "velocity", "time"])
        inside = np.clip(time, straight.times[0], straight.times[-1])
        alive = [name for name, times in own.items() if times[0] - 1e-9 <= inside <= times[-1] + 1e-9]
        assert found.fields["id"].tolist() == alive
        exact = truth(found.fields["id"], np.full(len(alive), inside))
        np.testing.assert_allclose(found.position, exact[0], atol=1e-9)  # a cubic meets a parabola
        np.testing.assert_allclose(found.fields["velocity"], exact[1], atol=1e-9)
        for name, (x, y, z) in zip(alive, straight.at(time).position.tolist(), strict=True):
            times = own[name]
            assert (x, y) == pytest.approx((name, name * inside))
            assert z == pytest.approx(np.interp(inside, times, times**2 / 2))
    assert straight.at(4.5) is straight.at(4.5)


def test_speeds_and_survey(tmp_path):
    (tmp_path / "a.csv").write_text("id,time,x,y,z\n1,0,0,0,0\n1,2,6,0,0\n1,3,6,4,0\n2,1,0,0,0\n2,2.5,3,0,0\n")
    source = particles(tmp_path, file="a.csv", trajectories=True)
    assert source.at(1, ["speed"]).fields["speed"].tolist() == [3, 2]
    assert source.at(2.75, ["speed"]).fields["speed"].tolist() == [4]
    assert source.at(3, ["speed"]).fields["speed"].tolist() == [4]
    assert np.concatenate(list(source.survey("speed"))).tolist() == [3, 4, 4, 2, 2]
    assert np.concatenate(list(source.survey("x"))).tolist() == [0, 6, 6, 0, 3]
    assert source.center(1) == (1.5, 0, 0)
    held = particles(tmp_path, file="a.csv", trajectories=True, interpolation="hold")
    assert held.at(2.4, ["id"]).position.tolist() == [[6, 0, 0], [0, 0, 0]]
    assert held.at(2.6, ["id"]).fields["id"].tolist() == [1]


def test_births_and_deaths_are_soft(tmp_path):
    table(tmp_path, {1: np.array([0.0, 10.0]), 2: np.array([2.0, 3.3, 6.0]), 3: np.array([0.0, 4.1])})
    source = particles(tmp_path, file="a.csv", fade=1)
    assert source.at(0).fade is None
    np.testing.assert_allclose(source.at(2.25).fade, [1, 0.25, 1])
    np.testing.assert_allclose(source.at(5.5).fade, [1, 0.5])
    source.pace(lambda times: 2 * times)
    np.testing.assert_allclose(source.at(2.25).fade, [1, 0.5, 1])


def test_rows_that_are_not_chosen_are_left_out(tmp_path):
    table(tmp_path, {1: np.array([0.0, 1, 2, 5]), 2: np.array([0.5, 1.5, 4.5])})
    source = particles(tmp_path, file="a.csv", select="not (id == 1 and time == 1)")
    assert source.at(1, ["id"]).position[0].tolist() == [1, 1, 1]  # straight from 0 to 2
    few = particles(tmp_path, file="a.csv", sample=1)
    assert len(few.at(1).position) == 1
    of = build(Particles, {"of": "all", "select": "id == 2"}).open(tmp_path, {"all": source})
    assert of.at(1, ["id"]).fields["id"].tolist() == [2]


def test_times_that_most_share_are_those_of_snapshots(tmp_path):
    shared = np.arange(6.0)
    table(tmp_path, {name: shared[name % 3 :] for name in range(10)})
    assert isinstance(particles(tmp_path, file="a.csv"), ParticleSource)
    assert isinstance(particles(tmp_path, file="a.csv", trajectories=True), TrajectorySource)
    table(tmp_path)
    assert isinstance(particles(tmp_path, file="a.csv", trajectories=False), ParticleSource)


def test_mistakes(tmp_path):
    (tmp_path / "a.csv").write_text("id,time,x,y,z\n1,0,0,0,0\n1,0,6,0,0\n")
    (tmp_path / "b.csv").write_text("id,x,y,z\n1,0,0,0\n")
    wrong = [
        ({"file": "a.csv"}, "the id 1 occurs more than once at time 0", ("id",)),
        ({"file": "b.csv"}, "does not give a time for each of its rows", ("time",)),
        ({"file": "a.csv", "times": [1]}, "every row has its own time", ("times",)),
        ({"file": "a.csv", "period": "file"}, "do not give a periodic box", ("period",)),
        ({"file": "b.csv", "time": "when"}, "no such column 'when'", ("time",)),
    ]
    for keys, what, at in wrong:
        with pytest.raises(InputError, match=what) as caught:
            particles(tmp_path, trajectories=True, **keys)
        assert caught.value.at == at


@pytest.mark.parametrize(
    ("values", "keys", "days"),
    [
        ([2014153, 2016366.5], {"format": "YYYYDDD"}, [16223, 17166.5]),
        ([20140602], {"format": "YYYYMMDD"}, [16223]),
        (["2014-06-02", "2014-06-02T12:00Z", "NaT"], {}, [16223, 16223.5, np.nan]),
        (["1970-01-01T01:00"], {"units": "hours since 1970-01-01T00:30"}, [0.5]),
        (np.array(["2014-06-02"], "M8[ms]"), {}, [16223]),
        ([5, 7.5], {}, [5, 7.5]),
    ],
)
def test_dates(values, keys, days):
    np.testing.assert_allclose(TimeColumn(**keys).numbers(np.array(values)), days)


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        ([2014400], {"format": "YYYYDDD"}),
        (["June"], {}),
        ([20141302], {"format": "YYYYMMDD"}),
        (["x"], {"format": "number"}),
    ],
)
def test_times_of_another_format_are_refused(values, keys):
    with pytest.raises(InputError, match="is not a time of the format"):
        TimeColumn(**keys).numbers(np.array(values))


def test_units_of_time():
    for units in ("fortnights since 1970-01-01", "days", "days since June"):
        with pytest.raises(InputErrors, match="is not a unit of time since a date"):
            build(Particles, {"kind": "particles", "file": "a", "time": {"units": units}})


def test_icebergs(tmp_path, real_data):
    with zipfile.ZipFile(real_data / "icebergs_v5.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith(".csv")]
        for name in names:
            text = archive.read(name).decode()
            if len({"nic_1", "nic_2", "size_1"} & set(text.split("\n")[0].split(","))) == 3:
                (tmp_path / name.replace("/", "_")).write_text(text)
    source = particles(
        tmp_path,
        file="*.csv",
        position=["nic_2", "nic_1", "size_1"],
        time={"column": "date", "format": "YYYYDDD"},
        select="y != 0",
        trajectories=True,
    )
    (warning,) = source.examine()
    assert warning.startswith("no row lies between the times 191")  # one date is of the year 2301
    assert warning.endswith("and 121102; is one of them wrong?")
    for year in (1990, 2002, 2010):
        found = source.at((year - 1970) * 365.25)
        assert len(found.position) > 0
        assert (found.position[:, 1] < -40).all()  # latitudes: all of them are in the south
