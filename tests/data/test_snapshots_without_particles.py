"""Series in which a snapshot, or a type of particle, or a field is missing: births, deaths, and fields that begin."""

import itertools

import numpy as np
import pytest

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.data.bonds import Bonds
from moviemaker.data.density import Density
from moviemaker.data.describing.describe import describe
from moviemaker.data.particle_sets.positions import NEVER_BETWEEN
from moviemaker.data.particles import Particles

COUNTS = {
    "born later": (0, 2, 3),
    "die early": (3, 2, 0),
    "none between": (2, 0, 2),
    "none at both ends": (0, 2, 2, 0),
    "born late": (0, 0, 2),
}
WRITERS = {}


def writer(function):
    WRITERS[function.__name__] = function
    return function


def arrays(step, count):
    """Particles that move by (0, 1, 0) from one snapshot to the next, with ids from 10 on."""
    x = np.arange(count, dtype=float)
    position = np.stack([x, np.full(count, float(step)), np.zeros(count)], axis=1)
    return {"position": position, "velocity": np.tile([0.0, 1, 0], (count, 1)), "id": np.arange(count) + 10}


@writer
def npz(folder, counts):
    for step, count in enumerate(counts):
        np.savez(folder / f"s_{step}.npz", **arrays(step, count))
    return {"file": "s_*.npz"}


@writer
def npz_of_empty_lists(folder, counts):
    for step, count in enumerate(counts):
        found = arrays(step, count)
        np.savez(folder / f"s_{step}.npz", **(found if count else {name: np.array([]) for name in found}))
    return {"file": "s_*.npz"}


@writer
def csv(folder, counts):
    for step, count in enumerate(counts):
        found = arrays(step, count)
        rows = np.column_stack([found["id"], found["position"], found["velocity"]])
        text = "\n".join(["id,x,y,z,vx,vy,vz", *(",".join(f"{value:g}" for value in row) for row in rows)])
        (folder / f"s_{step}.csv").write_text(text + "\n")
    return {"file": "s_*.csv"}


def hdf5(folder, counts, group, with_empty_groups=False, header=True):
    h5py = pytest.importorskip("h5py")
    for step, count in enumerate(counts):
        with h5py.File(folder / f"s_{step}.hdf5", "w") as file:
            if header:
                head = file.create_group("Header").attrs
                head["NumPart_ThisFile"] = head["NumPart_Total"] = np.array([5, 0, 0, 0, count, 0])
                head["Time"], head["BoxSize"], head["MassTable"] = 1.0 * step, 10.0, np.zeros(6)
                gas = file.create_group("PartType0")
                gas["Coordinates"], gas["ParticleIDs"] = np.zeros((5, 3)), np.arange(5)
            if count or with_empty_groups:
                found, part = arrays(step, count), file.create_group(group)
                part["Coordinates"], part["Velocities"] = found["position"], found["velocity"]
                part["ParticleIDs"] = found["id"]
    return {"file": "s_*.hdf5", "group": group}


@writer
def gadget(folder, counts):
    return hdf5(folder, counts, "PartType4")


@writer
def gadget_with_empty_groups(folder, counts):
    return hdf5(folder, counts, "PartType4", with_empty_groups=True)


@writer
def hdf5_groups(folder, counts):
    return hdf5(folder, counts, "stars", header=False)


@writer
def parquet(folder, counts):
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    for step, count in enumerate(counts):
        found = arrays(step, count)
        columns = dict(zip("xyz", found["position"].T, strict=True))
        speeds = dict(zip(("vx", "vy", "vz"), found["velocity"].T, strict=True))
        pq.write_table(pa.table({"id": found["id"], **columns, **speeds}), folder / f"s_{step}.parquet")
    return {"file": "s_*.parquet"}


def particles(folder, **keys):
    return build(Particles, {"kind": "particles", **keys}).open(folder)


@pytest.mark.parametrize("counts", COUNTS.values(), ids=COUNTS.keys())
@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_particles_are_born_and_die(tmp_path, write, counts):
    keys = write(tmp_path, counts)
    for interpolation in ("linear", "hermite", "hold"):
        source = particles(tmp_path, **keys, interpolation=interpolation)
        assert source.times.tolist() == list(range(len(counts)))
        flashes = interpolation != "hold" and not any(a and b for a, b in itertools.pairwise(counts))
        assert source.examine() == ([NEVER_BETWEEN] if flashes else [])
        for step, count in enumerate(counts):
            found = source.at(step, ["id", "speed", "velocity_y", "time"])
            np.testing.assert_array_equal(found.position, arrays(step, count)["position"])
            np.testing.assert_array_equal(found.fields["id"], np.arange(count) + 10)
            np.testing.assert_array_equal(found.fields["velocity_y"], np.ones(count))
            between = source.at(step + 0.25)
            if interpolation == "hold" or step == len(counts) - 1:
                np.testing.assert_array_equal(between.position, found.position)
            else:  # those that both snapshots hold
                both = min(count, counts[step + 1])
                np.testing.assert_allclose(between.position, arrays(step + 0.25, both)["position"])
            assert np.isfinite(source.center(step + 0.25)).all()
        assert max(len(values) for values in source.survey("velocity_y")) == max(counts)


@pytest.mark.parametrize("counts", COUNTS.values(), ids=COUNTS.keys())
@pytest.mark.parametrize("write", [npz, csv, gadget])
def test_what_stands_on_them(tmp_path, write, counts):
    keys = write(tmp_path, counts)
    fading = particles(tmp_path, **keys, fade=0.5)
    chosen = {
        "all": particles(tmp_path, **keys, select="x < 1.5"),
        "some": particles(tmp_path, **keys, every=2),
        "sample": particles(tmp_path, **keys, sample=1),
        "of": build(Particles, {"kind": "particles", "of": "s", "select": "y >= 0"}).open(tmp_path, {"s": fading}),
    }
    density = build(Density, {"kind": "density", "of": "s", "shape": 4, "method": "histogram"})
    counted = density.open(tmp_path, {"s": particles(tmp_path, **keys)})
    bonds = build(Bonds, {"kind": "bonds", "of": "s", "join": "near", "reach": 1.5}).open(tmp_path, {"s": fading})
    for source in (*chosen.values(), counted, bonds):
        source.examine()
    for time in np.arange(0, len(counts), 0.5).tolist():
        total = len(fading.at(time).position)
        fade = fading.at(time).fade
        assert fade is None or len(fade) == total
        assert len(chosen["all"].at(time).position) == min(total, 2)
        assert len(chosen["sample"].at(time).position) == min(total, 1)
        assert len(chosen["of"].at(time).position) == total
        first = next(count for count in counts if count)  # they are joined in the first snapshot that has any
        assert len(bonds.at(time).lines) == 2 * max(min(total, first) - 1, 0)  # halves
        grid = counted.at(time)
        assert (grid.fields["density"].sum() > 0) == (total > 0)


def test_births_of_particles_without_ids(tmp_path):
    for step, count in enumerate((0, 2, 0, 3)):
        np.savez(tmp_path / f"s_{step}.npz", position=arrays(step, count)["position"])
    source = particles(tmp_path, file="s_*.npz")
    assert source.examine() == []
    assert [len(source.at(time).position) for time in (0, 0.5, 1, 1.5, 2, 2.5, 3)] == [0, 0, 2, 0, 0, 0, 3]
    np.savez(tmp_path / "s_3.npz", position=arrays(3, 2)["position"])
    assert len(particles(tmp_path, file="s_*.npz", select="x < 0.5").at(3).position) == 1
    np.savez(tmp_path / "s_2.npz", position=np.zeros((1, 3)))
    with pytest.raises(InputError, match="no ids say which is which"):
        particles(tmp_path, file="s_*.npz").examine()


@pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS.keys())
def test_a_series_without_particles_is_refused(tmp_path, write):
    keys = write(tmp_path, (0, 0))
    with pytest.raises(InputError, match=r"none of the 2 files|no such group"):
        particles(tmp_path, **keys)


def test_a_group_that_no_file_has_is_refused_with_all_groups(tmp_path):
    gadget(tmp_path, (3, 2))
    with pytest.raises(InputError) as caught:
        particles(tmp_path, file="s_*.hdf5", group="PartType3")
    assert caught.value.at == ("group",)
    assert "The groups are PartType0 (gas): 5, PartType4 (stars): 3" in caught.value.instead


def test_a_group_that_the_header_counts_may_not_be_missing(tmp_path):
    h5py = pytest.importorskip("h5py")
    gadget(tmp_path, (3, 2))
    with h5py.File(tmp_path / "s_1.hdf5", "a") as file:
        del file["PartType4"]
    with pytest.raises(InputError, match="its header counts 2 particles"):
        particles(tmp_path, file="s_*.hdf5", group="PartType4").examine()


def test_fields_that_begin_or_end(tmp_path):
    for step in range(3):
        more = {"late": np.full(2, 7.0), "push": np.ones((2, 3))} if step > 0 else {"early": np.array([3, 4])}
        np.savez(tmp_path / f"s_{step}.npz", **arrays(step, 2), **more)
    source = particles(tmp_path, file="s_*.npz")
    assert {"late", "early", "push_x"} <= set(source.fields)
    assert source.columns("push") == 3
    found = [source.at(time, ["late", "early", "push_x"]).fields for time in (0, 0.5, 1, 2)]
    np.testing.assert_array_equal([each["late"][0] for each in found], [np.nan, np.nan, 7, 7])
    np.testing.assert_array_equal([each["push_x"][0] for each in found], [np.nan, np.nan, 1, 1])
    assert (found[0]["early"].tolist(), np.isnan(found[2]["early"]).all()) == ([3, 4], True)
    assert np.concatenate(list(source.survey("late"))).tolist() == [7, 7, 7, 7]
    source.examine()


def test_velocities_that_begin_later(tmp_path):
    for step in range(3):
        found = arrays(step, 2)
        np.savez(tmp_path / f"s_{step}.npz", **{n: a for n, a in found.items() if step or n != "velocity"})
    source = particles(tmp_path, file="s_*.npz", interpolation="hermite")
    np.testing.assert_allclose(source.at(0.5).position[:, 1], 0.5)  # along the shortest path
    np.testing.assert_allclose(source.at(1.5).position[:, 1], 1.5)


def test_ids_have_to_be_in_every_file(tmp_path):
    for step in range(2):
        np.savez(tmp_path / f"s_{step}.npz", **{n: a for n, a in arrays(step, 2).items() if not step or n != "id"})
    with pytest.raises(InputError, match="has no 'id' although"):
        particles(tmp_path, file="s_*.npz").examine()


def test_times_of_files_without_particles(tmp_path):
    for step, count in enumerate((0, 2, 2)):
        np.savez(tmp_path / f"s_{step}.npz", **arrays(step, count), time=10.0 * step)
    assert particles(tmp_path, file="s_*.npz").times.tolist() == [0, 10, 20]
    for step, count in enumerate((2, 0, 2)):
        rows = "".join(f"{step * 5},{n},{n},0,0\n" for n in range(count))
        (tmp_path / f"t_{step}.csv").write_text("time,id,x,y,z\n" + rows)
    with pytest.raises(InputError, match=r"'t_1[.]csv' holds no particles, and so does not say its time"):
        particles(tmp_path, file="t_*.csv")
    assert particles(tmp_path, file="t_*.csv", times=[0, 5, 10]).times.tolist() == [0, 5, 10]


@pytest.mark.parametrize("write", [npz, csv, gadget])
def test_info_tells_of_them(tmp_path, write):
    keys = write(tmp_path, (0, 2, 3))
    found = describe(tmp_path / keys["file"], group=keys.get("group"))
    assert found.kind == "particles"
    assert len(found.times) == 3
    assert found.bounds[0] == (0, 2)
    assert "the first particles are at time 1" in str(found)


def test_info_tells_of_all_types_of_particles(tmp_path):
    gadget(tmp_path, (0, 2, 3))
    found = describe(tmp_path / "s_*.hdf5")
    assert "groups: PartType0 (gas): 5, PartType4 (stars): 0 to 3; info FILE --group NAME" in str(found)
    assert "3, in the order s_0.hdf5, s_1.hdf5, s_2.hdf5" in str(found)
    assert 'group: "PartType0"' in found.scene
    found = describe(tmp_path / "s_2.hdf5", group="PartType4")
    assert (found.fields[0].shape[0], 'group: "PartType4"' in found.scene) == (3, True)
    with pytest.raises(InputError, match=r"no such group 'PartType5'.*PartType0 \(gas\): 5, PartType4 \(stars\): 3"):
        describe(tmp_path / "s_2.hdf5", group="PartType5")


@pytest.mark.parametrize(
    ("shape", "scalar"), [((3, 3), True), ((3,), True), ((3, 3, 3), False), ((3, 4), False), ((4, 4), None)]
)
def test_as_many_times_as_particles(tmp_path, shape, scalar):
    """Shapes that could mean either: three times of a number, or a vector for each of three particles."""
    values = np.arange(np.prod(shape), dtype=float).reshape(shape)
    position = np.arange(27.0).reshape(3, 3, 3)
    np.savez(tmp_path / "a.npz", position=position, mass=values, time=[0.0, 1, 2])
    source = particles(tmp_path, file="a.npz")
    assert source.times.tolist() == [0, 1, 2]
    assert ("mass" in source.fields) == (scalar is not None)
    source.examine()
    for field in source.fields:
        source.columns(field)
        list(source.survey(field))
    for time in (0, 0.5, 1, 2):
        found = source.at(time, source.fields).fields
        if scalar:
            right = values if len(shape) == 1 else values[0] + time * 3
            np.testing.assert_allclose(found["mass"], right)


def test_colors_of_as_many_particles_as_times(tmp_path):
    colors = np.eye(3)
    np.savez(tmp_path / "a.npz", position=np.zeros((3, 3, 3)), rgb=colors, velocity=np.ones((3, 3, 3)))
    source = particles(tmp_path, file="a.npz", interpolation="hermite")
    np.testing.assert_array_equal(source.at(1, ["rgb"]).fields["rgb"], colors)
    np.savez(tmp_path / "b.npz", position=np.zeros((3, 3)), mass=np.ones((3, 3)), id=[1, 2, 3])
    found = particles(tmp_path, file="b.npz").at(0, ["mass_x"]).fields
    assert found["mass_x"].tolist() == [1, 1, 1]


def test_errors_are_input_errors(tmp_path):
    np.savez(tmp_path / "a.npz", position=np.zeros((0, 5, 3)))
    with pytest.raises((InputError, InputErrors), match="holds no particles"):
        particles(tmp_path, file="a.npz")
