"""Particles of any source, such as another package's that has only the members of the protocol."""

from __future__ import annotations

from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core import kinds, plugins
from moviemaker.core.errors import InputError
from moviemaker.core.fields import Grid, Mesh, Particles
from moviemaker.core.kinds import Kind, build
from moviemaker.core.sources import Source
from moviemaker.data.bonds import Bonds
from moviemaker.data.density import Density
from moviemaker.data.particles import Particles as ParticlesKind
from tests.test_api import scene_dict


class Bare:
    """Only the protocol's members: positions (n, 3) at time 0 that move by 1 along x a unit of time."""

    files = ()

    def __init__(self, position, times=(0.0, 2.0), box=None, **fields):
        self.position = np.asarray(position, float)
        self.times = None if times is None else np.asarray(times, float)
        self.stored = {name: np.asarray(values) for name, values in fields.items()}
        self.fields = tuple(self.stored)
        self.box = None if box is None else np.diag(box)
        self._given = {}

    def at(self, time, fields=()):
        key = (time, tuple(fields))
        if key not in self._given:
            moved = self.position + np.array([0 if self.times is None else time, 0, 0])
            self._given[key] = Particles(moved, {name: self.stored[name] for name in fields}, box=self.box)
        return self._given[key]

    def center(self, time):
        return tuple(self.at(time).position.mean(axis=0).tolist())

    def survey(self, field):
        return iter([self.stored[field]])

    def examine(self):
        return []


class BareGrid:
    """A grid with only the protocol's members."""

    files, fields, times = (), ("u",), None

    def __init__(self):
        self.grid = Grid({"u": np.arange(8.0).reshape(2, 2, 2)}, (1.0, 2.0, 3.0), (10.0, 10.0, 10.0))

    def at(self, time, fields=()):
        return self.grid

    def center(self, time):
        return (6.0, 7.0, 8.0)

    def survey(self, field):
        return iter([self.grid.fields[field].ravel()])

    def examine(self):
        return []


def made(kind, source, **written):
    name = {Density: "density", Bonds: "bonds", ParticlesKind: "particles"}[kind]
    return build(kind, {"kind": name, "of": "p", **written}).open(Path(), {"p": source})


def histogram(source, **written):
    return made(Density, source, method="histogram", shape=[4, 1, 1], bounds=[[0, 4], [-1, 1], [-1, 1]], **written)


def test_the_helper_keeps_the_protocol():
    assert isinstance(Bare([[0, 0, 0]]), Source)
    assert isinstance(BareGrid(), Source)


def test_density_of_any_particles():
    source = histogram(Bare([[0.5, 0, 0], [0.6, 0, 0], [1.5, 0, 0]], m=[1.0, 2.0, 4.0]), weights="m")
    assert source.examine() == []
    assert source.at(0.0, ("count",)).fields["count"].ravel().tolist() == [3, 4, 0, 0]
    assert source.at(2.0, ("count",)).fields["count"].ravel().tolist() == [0, 0, 3, 4]
    assert source.times.tolist() == [0, 2]


def test_density_of_any_particles_goes_round_their_box():
    source = made(Density, Bare([[0.1, 5, 5]], None, box=[10, 10, 10]), shape=11, width=1.0)
    density = source.at(0.0, ("density",)).fields["density"]
    assert density[1, 5, 5] == pytest.approx(density[9, 5, 5], rel=0.3)
    assert density[9, 5, 5] > 0.1 * density.max()


def test_mean_density_of_any_particles():
    source = histogram(Bare([[0.5, 0, 0]]), average=True)
    assert source.at(0.0, ("count",)).fields["count"].ravel().tolist() == [0.5, 0, 0.5, 0]


def test_bonds_of_any_particles():
    bare = Bare([[0, 0, 0], [1, 0, 0], [5, 0, 0]], mass=[1, 2, 3])
    for source in (made(Bonds, bare, reach=1.2), made(Bonds, bare, reach=1.2, join="sequence", smooth=False)):
        assert source.examine() == []
        mesh = source.at(2.0, ("mass",))
        assert (mesh.points[:, 0].min(), mesh.points[:, 0].max()) == (2, 3)
        assert set(mesh.fields["mass"]) == {1, 2}
        assert source.columns("mass") == 1


def test_bonds_follow_the_field_id_where_there_is_one():
    bare = Bare([[0, 0, 0], [1, 0, 0]], id=[7, 3])
    assert made(Bonds, bare, reach=1.2).at(0.0, ("id",)).fields["id"].tolist() == [7, 7, 3, 3]


def test_bonds_without_ids_need_as_many_particles_at_all_times():
    class Growing(Bare):
        def at(self, time, fields=()):
            return Particles(np.zeros((2 + int(time), 3)) + np.arange(2 + int(time))[:, None] * 0.1, {})

    source = made(Bonds, Growing([[0, 0, 0]]), reach=1.0)
    assert len(source.at(0.0).lines) == 2
    with pytest.raises(InputError, match="2 particles at one time and 3 at another") as caught:
        source.at(1.0)
    assert caught.value.at == ("of",)


def test_selections_of_any_particles():
    bare = Bare([[0, 0, 0], [1, 0, 0], [2, 0, 0]], mass=[1.0, 2.0, 3.0], wind=np.eye(3))
    some = made(ParticlesKind, bare, select="mass > 1 and x < 3")
    assert some.examine() == []
    assert some.at(0.0, ("mass", "id", "x")).fields["mass"].tolist() == [2, 3]
    later = some.at(1.5, ("mass", "id", "x", "time"))
    assert {name: values.tolist() for name, values in later.fields.items()} == {
        "mass": [2], "id": [1], "x": [2.5], "time": [1.5],
    }  # fmt: skip
    assert later is some.at(1.5, ("mass", "id", "x", "time"))
    assert some.columns("wind") == 3
    assert np.concatenate(list(some.survey("mass"))).tolist() == [2, 3]
    assert some.center(0.0) == (1.5, 0, 0)


def test_samples_of_any_particles_are_the_same_at_all_times():
    ids = np.arange(100, 200)
    bare = Bare(np.random.default_rng(0).random((100, 3)), id=ids)
    few = made(ParticlesKind, bare, sample=10)
    chosen = few.at(0.0, ("id",)).fields["id"]
    assert len(chosen) == 10
    assert few.at(1.5, ("id",)).fields["id"].tolist() == chosen.tolist()
    tenth = made(ParticlesKind, Bare(np.zeros((100, 3))), every=10)
    assert tenth.at(0.0, ("id",)).fields["id"].tolist() == list(range(0, 100, 10)), "of rows every tenth is taken"


@pytest.mark.parametrize(
    ("written", "at", "said"),
    [
        ({"interpolation": "hold"}, ("interpolation",), "no snapshots between which interpolation could be chosen"),
        ({"fade": 1}, ("fade",), "no snapshots between which fade could be chosen"),
        ({"select": "mas > 1"}, ("select",), "no such field 'mas'"),
        ({"every": [2, 2, 2]}, ("every",), "three numbers are for the axes of a grid"),
    ],
)
def test_keys_that_other_particles_cannot_follow_are_refused(written, at, said):
    with pytest.raises(InputError, match=said) as caught:
        made(ParticlesKind, Bare([[0, 0, 0]], mass=[1]), **written)
    assert caught.value.at == at


def test_a_condition_that_selects_nothing_is_reported():
    with pytest.raises(InputError, match="no particle is selected"):
        made(ParticlesKind, Bare([[0, 0, 0]], mass=[1]), select="mass > 1").examine()


def test_particles_of_any_grid():
    source = made(ParticlesKind, BareGrid(), select="u > 5")
    sample = source.at(0.0, ("u", "id"))
    assert sample.position.tolist() == [[11, 12, 3], [11, 12, 13]]
    assert sample.fields["u"].tolist() == sample.fields["id"].tolist() == [6, 7]
    assert not sample.globe


def test_density_and_bonds_of_the_particles_of_a_grid(tmp_path):
    u = np.zeros((3, 2, 2), np.float32)
    u[0, 0, 0], u[2, 0, 0] = np.nan, 5
    np.save(tmp_path / "u.npy", u)
    np.save(tmp_path / "p.npy", np.zeros((1, 3)))
    data = {
        "wind": {"kind": "grid", "file": "u.npy", "bounds": [[0, 2], [0, 1], [0, 1]]},
        "points": {"of": "wind", "select": "value >= 0"},
        "some": {"of": "points", "select": "value > 1"},
        "density": {"kind": "density", "of": "points", "method": "histogram", "shape": [3, 1, 1]},
        "bonds": {"kind": "bonds", "of": "points", "reach": 1.01},
    }
    layers = [{"kind": "lines", "data": "bonds", "width": 0.1}]
    scene = mm.Scene.from_dict(scene_dict(data=data, layers=layers), folder=tmp_path)
    sources = scene.prepared.sources
    assert sources["density"].at(0.0, ("count",)).fields["count"].ravel().tolist() == [3, 4, 4]
    assert len(sources["bonds"].at(0.0).lines) == 2 * (20 - 3), "twelve samples have 20 neighbours, the missing one 3"
    assert sources["some"].at(0.0, ("id",)).fields["id"].tolist() == [8]


@pytest.mark.parametrize("kind", [Density, Bonds, ParticlesKind])
def test_other_data_are_refused(kind):
    class Lines(Bare):
        def at(self, time, fields=()):
            return Mesh(self.position, {})

    with pytest.raises(InputError, match=r"'p' is (not particles|neither particles nor a grid)") as caught:
        made(kind, Lines([[0, 0, 0]]))
    assert caught.value.at == ("of",)
    if kind is not ParticlesKind:
        with pytest.raises(InputError, match="'p' is not particles"):
            made(kind, BareGrid())


class Swarm(Kind):
    """Particles of another package, with keys that some built-in kinds have as well."""

    kind: Literal["swarm"] = "swarm"
    time: float = 1.0
    times: str = "late"
    height: str = "tall"

    def open(self, folder: Path) -> Any:
        return Bare([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], (0.0, self.time), mass=[1.0, 2, 3, 4])


@pytest.fixture
def with_swarm(monkeypatch):
    """The data kind of another package, installed."""
    point = EntryPoint("swarm", f"{__name__}:Swarm", "moviemaker.data")
    caches = (plugins.entry_points_of, kinds.kind_names, kinds.load_kind, kinds._plugin)
    for cached in caches:
        cached.cache_clear()
    monkeypatch.setattr(plugins, "_installed", lambda: EntryPoints([point]))
    yield
    for cached in caches:
        cached.cache_clear()


@pytest.mark.usefixtures("with_swarm")
def test_a_data_kind_of_another_package_may_have_a_key_time(tmp_path):
    data = {
        "swarm": {"kind": "swarm", "time": 3.0},
        "density": {"kind": "density", "of": "swarm", "shape": 8},
        "sticks": {"kind": "bonds", "of": "swarm", "reach": 2},
        "heavy": {"of": "swarm", "select": "mass > 1.5"},
    }
    layers = [
        {"kind": "points", "data": "heavy", "size": 0.3, "color": {"by": "mass"}},
        {"kind": "volume", "data": "density"},
        {"kind": "lines", "data": "sticks", "width": 0.1},
    ]
    scene = mm.Scene.from_dict(scene_dict(data=data, layers=layers), folder=tmp_path)
    assert scene.still(0.1).max() > 0
    assert scene.prepared.sources["heavy"].times.tolist() == [0, 3]
