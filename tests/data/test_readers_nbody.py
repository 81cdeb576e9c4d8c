"""Snapshots of N-body codes, in HDF5, and tables in Parquet."""

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build
from moviemaker.data.describing.describe import describe
from moviemaker.data.particles import Particles

h5py = pytest.importorskip("h5py")


def particles(folder, **keys):
    return build(Particles, {"kind": "particles", **keys}).open(folder)


def write(path, groups, **header):
    with h5py.File(path, "w") as file:
        file.create_group("Header").attrs.update(header)
        for name, arrays in groups.items():
            for key, values in arrays.items():
                file[f"{name}/{key}"] = values


def stars(ids, time=0.0):
    ids = np.asarray(ids)
    return {
        "Coordinates": np.stack([ids, ids * 0 + time, ids * 0], axis=1).astype(np.float32),
        "Velocities": np.tile(np.float32([0, 1, 0]), (len(ids), 1)),
        "ParticleIDs": ids.astype(np.uint64),
    }


def test_the_type_of_particle(tmp_path):
    gas = {"Coordinates": np.zeros((3, 3)), "InternalEnergy": [1.0, 2.0, 3.0], "ParticleIDs": [1, 2, 3]}
    write(tmp_path / "a.hdf5", {"PartType0": gas, "PartType4": stars([7, 8])}, Time=0.5, MassTable=[0, 0, 0, 0, 2.5, 0])
    with pytest.raises(
        InputError, match=r"hold particles: PartType0 \(gas\): 3, PartType4 \(stars\): 2; write group: PartType0"
    ) as caught:
        particles(tmp_path, file="a.hdf5")
    assert caught.value.at == ("group",)
    source = particles(tmp_path, file="a.hdf5", group="PartType4")
    found = source.at(0, ["Masses", "id"])
    assert found.fields["Masses"].tolist() == [2.5, 2.5]
    assert found.fields["id"].tolist() == [7, 8]
    assert "InternalEnergy" in particles(tmp_path, file="a.hdf5", group="PartType0").fields
    with pytest.raises(InputError, match="did you mean 'PartType4'"):
        particles(tmp_path, file="a.hdf5", group="PartTyp4")
    np.save(tmp_path / "b.npy", np.zeros((2, 3)))
    with pytest.raises(InputError, match="leave out group"):
        particles(tmp_path, file="b.npy", group="PartType4")
    described = describe(tmp_path / "a.hdf5")
    assert 'file: "a.hdf5", group: "PartType0"' in described.scene


def test_parts_of_snapshots(tmp_path):
    rng = np.random.default_rng(0)
    for snapshot, time in enumerate([1.0, 3.0]):
        parts = np.split(rng.permutation(30), [12, 12, 20])
        for part, ids in enumerate(parts):
            groups = {"PartType1": stars(ids, time)} if len(ids) else {}
            write(tmp_path / f"snap_{snapshot:03d}.{part}.hdf5", groups, Time=time, NumFilesPerSnapshot=4, BoxSize=50.0)
    source = particles(tmp_path, file="snap_*.hdf5", interpolation="hermite", period="file")
    assert source.times.tolist() == [1, 3]
    assert len(source.files) == 8
    assert source.examine() == []
    found = source.at(1.5, ["id"])
    np.testing.assert_allclose(found.position[:, 0], found.fields["id"])
    np.testing.assert_allclose(found.position[:, 1], 1.5)
    assert sorted(found.fields["id"]) == list(range(30))
    alone = particles(tmp_path, file="snap_001.2.hdf5")  # one part stands for all of them
    assert len(alone.at(0).position) == 30
    (tmp_path / "snap_001.3.hdf5").unlink()
    with pytest.raises(InputError, match=r"one of 4 parts of a snapshot, and 'snap_001.3.hdf5' is missing"):
        particles(tmp_path, file="snap_*.hdf5")


def test_numbered_files_with_whole_snapshots(tmp_path):
    for index in range(3):
        write(tmp_path / f"out.{index}.hdf5", {"PartType1": stars([1, 2], index)}, NumFilesPerSnapshot=1)
    assert particles(tmp_path, file="out.*.hdf5").times.tolist() == [0, 1, 2]


def test_links_to_groups_by_other_names(tmp_path):
    write(tmp_path / "a.hdf5", {"PartType1": stars([1, 2])}, Time=[0.25], NumFilesPerSnapshot=[1], BoxSize=[4.0, 4, 4])
    with h5py.File(tmp_path / "a.hdf5", "a") as file:
        file["DMParticles"] = h5py.SoftLink("/PartType1")
    assert len(particles(tmp_path, file="a.hdf5", period="file").at(0).position) == 2


def test_parquet_is_read_by_columns_and_rows(tmp_path):
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    rng = np.random.default_rng(0)
    times = np.repeat([0.0, 1.0, 4.0], 50)
    ids = np.concatenate([rng.permutation(50) for _ in range(3)])
    columns = {"time": times, "id": ids, "x": ids + times, "y": 0.0 * ids, "z": 0.0 * ids, "mass": ids * 2.0}
    table = pa.table({**columns, "name": [f"n{one}" for one in ids], "gap": pa.array([1, None] * 75)})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=40)
    source = particles(tmp_path, file="a.parquet")
    assert source.times.tolist() == [0, 1, 4]
    found = source.at(2.5, ["id", "mass", "gap"])
    np.testing.assert_allclose(found.position[:, 0], found.fields["id"] + 2.5)
    np.testing.assert_allclose(found.fields["mass"], found.fields["id"] * 2)
    assert "name" not in source.fields
    assert source.examine() == []


def test_parquet_of_vectors_and_dates(tmp_path):
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    when = np.array(["2020-01-01", "2020-01-03"], "M8[us]").repeat(2)
    where = pa.FixedSizeListArray.from_arrays(pa.array(np.arange(12.0)), 3)
    table = pa.table({"time": when, "id": [1, 2, 1, 2], "position": where})
    pq.write_table(table, tmp_path / "a.parquet")
    source = particles(tmp_path, file="a.parquet")
    assert np.diff(source.times).tolist() == [2]
    np.testing.assert_allclose(source.at(source.times[0] + 1).position, [[3, 4, 5], [6, 7, 8]])


def test_missing_pyarrow(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    (tmp_path / "a.parquet").touch()
    with pytest.raises(InputError, match=r"needs pyarrow; install it with pip install 'moviemaker\[arrow\]'"):
        particles(tmp_path, file="a.parquet")
