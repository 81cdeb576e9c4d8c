"""Built-in data against the physics that they model."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from moviemaker.core.errors import InputErrors
from moviemaker.core.kinds import build, field_docstrings, kind_names, load_kind
from moviemaker.core.sources import Source
from moviemaker.data.sample import Sample
from moviemaker.data.samples import Sample as BaseSample
from moviemaker.data.samples import _milky_way as galaxy
from moviemaker.data.samples.colliding_box import CollidingBox, _Flight, collide
from moviemaker.data.samples.hydrogen_orbital import beat
from moviemaker.data.samples.tidal_stream import _orbit

NOWHERE = Path("nowhere")


def sample(**keys):
    return build(Sample, {"kind": "sample", **keys}).open(NOWHERE)


def errors(**keys):
    with pytest.raises(InputErrors) as caught:
        sample(**keys)
    return {found.at: str(found) for found in caught.value.errors}


@pytest.mark.parametrize("name", ["tidal_stream", "galaxy_halo", "hydrogen_orbital", "colliding_box"])
def test_every_sample_is_a_source(name):
    assert name in kind_names("samples")
    small = {
        "tidal_stream": {"count": 50, "snapshots": 3, "duration": 60},
        "colliding_box": {"count": 50, "snapshots": 3, "duration": 1},
    }.get(name, {"shape": 8})
    source = sample(name=name, **small)
    assert isinstance(source, Source)
    assert source.files == ()
    assert source.examine() == []
    assert source.at(0) is source.at(0)
    assert np.isfinite(np.concatenate(list(source.survey(source.fields[-1])))).all()


@pytest.mark.parametrize("name", kind_names("samples"))
def test_every_sample_keeps_its_contract(name):
    model = load_kind("samples", name)
    assert issubclass(model, BaseSample)
    assert all(field_docstrings(model)[name] for name in model.model_fields)
    assert not any(field.is_required() for field in model.model_fields.values())
    example = next(yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", page(model), flags=re.DOTALL))
    assert build(Sample, example).settings().name == name


def page(model):
    return sys.modules[model.__module__].__doc__


def test_circular_velocity_at_the_sun():
    pull = -galaxy.acceleration(np.array([[8.0], [0], [0]]))[0, 0]
    assert np.sqrt(8 * pull) / galaxy.KPC_PER_MYR == pytest.approx(220, rel=1e-5)


def test_acceleration_is_the_slope_of_the_potential():
    rng = np.random.default_rng(0)
    x = rng.uniform(-30, 30, (3, 40))
    h = 1e-3
    for axis in range(3):
        step = h * np.eye(3)[:, axis : axis + 1]
        slope = (galaxy.potential(x + step) - galaxy.potential(x - step)) / (2 * h)
        np.testing.assert_allclose(galaxy.acceleration(x)[axis], -slope, rtol=2e-3, atol=1e-8)


def test_density_obeys_poisson():
    # The divergence of the acceleration is -4 pi G rho, for the sum of all parts.
    x = np.array([[6.0, 3.0, 20.0], [0.5, 4.0, 1.0], [0.4, 1.0, 8.0]])
    h = 0.05
    steps = h * np.eye(3)[:, :, None]
    divergence = sum(
        (galaxy.acceleration(x + steps[a]) - galaxy.acceleration(x - steps[a]))[a] / (2 * h) for a in range(3)
    )
    r = np.linalg.norm(x, axis=0)
    density = galaxy.halo_density(r) + galaxy.bulge_density(r) + galaxy.disk_density(*x)
    np.testing.assert_allclose(-divergence / (4 * np.pi * galaxy.G), density, rtol=0.03)


def test_orbit_keeps_its_energy():
    track = _orbit(np.array([30.0, 0, 0]), np.array([0, 0.09, 0.11]), 4000, 1.0)
    energy = 0.5 * (track[:, 1] ** 2).sum(axis=0) + galaxy.potential(track[:, 0])
    assert np.ptp(energy) < 1e-4 * abs(energy[0])
    spin = track[0, 0] * track[1, 1] - track[1, 0] * track[0, 1]  # L_z, which an axisymmetric pull keeps
    np.testing.assert_allclose(spin, spin[0], rtol=1e-9)


def test_stream_becomes_long_and_stays_thin():
    source = sample(name="tidal_stream", count=1500, duration=3000, snapshots=31)
    assert len(source.times) == 31
    start, end = source.at(0).position, source.at(3000, ["arm", "released", "id"])
    assert np.ptp(start, axis=0).max() < 6
    assert np.ptp(end.position, axis=0).max() > 30
    assert (np.linalg.norm(end.position, axis=1) < 90).all()
    # Halfway between two snapshots the curve leaves the true orbit by less than the stream is wide.
    fine = sample(name="tidal_stream", count=1500, duration=3000, snapshots=61)
    gone = end.fields["released"] < 1000
    np.testing.assert_allclose(source.at(2950).position[gone], fine.at(2950).position[gone], atol=0.6)
    # The leading arm has the lower mean energy.
    velocity = source.at(3000, ["velocity"]).fields["velocity"]
    energy = 0.5 * (velocity**2).sum(axis=1) + galaxy.potential(end.position.T.astype(float))
    arm = end.fields["arm"]
    assert np.median(energy[arm == 1]) < np.median(energy[arm == 0]) < np.median(energy[arm == -1])


def test_stream_is_the_same_in_every_process():
    code = (
        "from moviemaker.data.sample import Sample; from pathlib import Path; import hashlib;"
        "s = Sample(name='tidal_stream', count=100, snapshots=3, duration=50).open(Path());"
        "print(hashlib.sha256(s.at(20.).position.tobytes()).hexdigest())"
    )
    runs = {subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout for _ in range(2)}
    assert len(runs) == 1


@pytest.mark.parametrize(
    "state",
    [
        {"n": 1, "l": 0, "m": 0},
        {"n": 4, "l": 2, "m": 0},
        {"n": 3, "l": 2, "m": -1},
        {"n": 3, "l": 1, "m": 1, "form": "complex"},
    ],
)
@pytest.mark.parametrize("Z", [1, 3])
def test_orbital_integrates_to_one(state, Z):
    grid = sample(name="hydrogen_orbital", shape=71, Z=Z, **state).at(0)
    assert grid.field(None).sum(dtype=float) * np.prod(grid.spacing) == pytest.approx(1, abs=3e-3)


def test_ground_state():
    grid = sample(name="hydrogen_orbital", n=1, l=0, m=0, shape=31).at(0)
    x = np.linspace(*grid.bounds[0], 31)
    np.testing.assert_allclose(grid.field("density")[:, 15, 15], np.exp(-2 * np.abs(x)) / np.pi, rtol=1e-5)


def test_orbital_directions():
    x_lobes = sample(name="hydrogen_orbital", n=2, l=1, m=1, shape=21).at(0).field(None)
    z_lobes = sample(name="hydrogen_orbital", n=2, l=1, m=0, shape=21).at(0).field(None)
    assert x_lobes[15, 10, 10] > 0
    assert [x_lobes[10, 15, 10], x_lobes[10, 10, 15]] == pytest.approx([0, 0], abs=1e-9)
    np.testing.assert_allclose(z_lobes[10, 10, :], x_lobes[:, 10, 10], rtol=1e-4)


def test_mixed_states_beat():
    keys = {"name": "hydrogen_orbital", "n": 1, "l": 0, "m": 0, "mix": [2, 1, 0], "shape": 61}
    source = sample(**keys)
    period = beat(build(Sample, {"kind": "sample", **keys}).settings())
    assert period == pytest.approx(2 * np.pi / 0.375)
    first, half, last = (source.at(time).field(None) for time in (0, period / 2, period))
    np.testing.assert_allclose(first, last, atol=1e-6)
    assert np.abs(first - half).max() > 0.01  # the charge swings up and down
    for grid in (first, half):
        assert grid.sum(dtype=float) * np.prod(source.at(0).spacing) == pytest.approx(1, abs=2e-2)


def test_halo_shows_disk_and_clumps():
    smooth = sample(name="galaxy_halo", shape=41, clumps=0).at(0).field("density")
    lumpy = sample(name="galaxy_halo", shape=41).at(0).field("density")
    assert smooth[20, 20, 20] == smooth.max()
    assert smooth[24, 20, 20] > smooth[20, 20, 24] + 0.5  # the disk lies in z = 0
    assert (lumpy >= smooth - 1e-5).all()
    assert (lumpy > smooth + 0.5).sum() > 20
    assert 4 < smooth.min() < smooth.max() < 11


def test_settings_out_of_range_are_all_reported():
    found = errors(name="tidal_stream", cuont=3, count=1, mass=-1)
    assert found[("cuont",)].startswith("unknown key 'cuont'; did you mean 'count'?")
    assert found[("count",)] == "1 is out of range; write a whole number from 2 to 200000"
    assert ("mass",) in found
    assert "did you mean 'tidal_stream'" in errors(name="tidal_steam")[("name",)]
    assert errors(name="hydrogen_orbital", n=2, l=2)[("l",)] == "l = 2 is out of range; for n = 2 write 0 to 1"
    assert ("m",) in errors(name="hydrogen_orbital", n=2, l=1, m=-2)
    assert ("mix",) in errors(name="hydrogen_orbital", mix=[1, 1, 0])
    assert ("shape",) in errors(name="galaxy_halo", shape=1000)


def test_bounds_of_samples():
    with pytest.raises(ValueError, match="leave no room"):
        sample(name="galaxy_halo", bounds=[[1, -1], [0, 1], [0, 1]])


def test_sample_is_a_value():
    one, two = (build(Sample, {"kind": "sample", "name": "galaxy_halo", "shape": 8}) for _ in range(2))
    assert one == two
    assert hash(one) == hash(two)
    assert one.model_dump()["shape"] == 8


GAS = CollidingBox(count=60, length=5.0, diameter=0.8, duration=4.0, snapshots=41, hot=4.0, cold=0.5, drop=0.3)


def test_spheres_keep_their_energy_and_momentum():
    gas = collide(GAS)
    velocity = gas["velocity"].astype(float)
    energy = (velocity**2).sum(axis=(1, 2))
    np.testing.assert_allclose(energy, energy[0], rtol=1e-6)
    np.testing.assert_allclose(velocity.sum(axis=1), 0, atol=1e-5)
    assert gas["collisions"][0].sum() == 0
    assert gas["collisions"][-1].sum() > 200
    assert gas["collisions"][-1].sum() % 2 == 0


def test_spheres_never_overlap():
    for position in collide(GAS)["position"].astype(float):
        way = position[:, None] - position
        way -= 5 * np.rint(way / 5)
        distance = np.linalg.norm(way, axis=2) + 5 * np.eye(60)
        assert distance.min() > 0.8 - 1e-5
        assert (position >= 0).all()
        assert (position <= 5).all()


def test_two_spheres_meet_at_the_computed_time():
    # Head on, across the edge of the box: they are 3 apart by the shortest path, and meet at a distance of 1.
    x, v = np.array([[1.0, 5, 5], [8.0, 5, 5]]), np.array([[-1.0, 0, 0], [3.0, 0, 0]])
    flight = _Flight(x.copy(), v.copy(), 10.0, 1.0)
    flight.fly_to(0.5 - 1e-9)
    np.testing.assert_allclose(flight.v, v)
    flight.fly_to(1.0)
    np.testing.assert_allclose(flight.v, v[::-1])
    np.testing.assert_allclose(flight.x, [[0.5 + 1.5, 5, 5], [9.5 - 0.5, 5, 5]])
    # Off centre by half a diameter: only the components along the line at 30 degrees are exchanged.
    x, v = np.array([[3.0, 5, 5], [6.0, 5.5, 5]]), np.array([[1.0, 0, 0], [-1.0, 0, 0]])
    flight = _Flight(x, v, 10.0, 1.0)
    flight.fly_to(2.0)
    line = np.array([np.sqrt(0.75), 0.5, 0])
    np.testing.assert_allclose(flight.v, [[1, 0, 0] - 2 * line[0] * line, [-1, 0, 0] + 2 * line[0] * line], atol=1e-12)


def test_a_hot_drop_cools():
    source = sample(name="colliding_box", count=200, length=8, duration=5, snapshots=3)
    speed, fields = {}, ["speed", "id"]
    for time in (0, 5):
        found = source.at(time, fields).fields
        speed[time] = found["speed"][np.argsort(found["id"])]
    hot = speed[0] > 2
    assert 10 < hot.sum() < 21
    assert (speed[5][hot] ** 2).mean() < 0.5 * (speed[0][hot] ** 2).mean()
    assert (speed[5][~hot] ** 2).mean() > 5 * (speed[0][~hot] ** 2).mean()


def test_spheres_that_do_not_fit():
    assert errors(name="colliding_box", count=1000, length=5)[("diameter",)].endswith(
        "write a diameter below 0.5, or a larger length"
    )
