"""Densities of tables that are read in pieces: every format gives the same result in little memory."""

import subprocess
import sys

import numpy as np
import pytest

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.core.sources import Source
from moviemaker.data.density import Density
from moviemaker.data.particles import Particles
from moviemaker.data.readers import parquet, tables
from moviemaker.density_api import density_of

COUNT = 3000


@pytest.fixture(autouse=True)
def own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path / "cache"))


def columns():
    rng = np.random.default_rng(0)
    x, y, z = rng.standard_normal((3, COUNT)) * [[1], [2], [1.5]]
    return {"x": x, "y": y, "z": z, "mass": rng.uniform(0, 2, COUNT)}


def write_csv(path, arrays, comment=False):
    rows = zip(*arrays.values(), strict=True)
    lines = [",".join(repr(value) if isinstance(value, str) else f"{value:.17g}" for value in row) for row in rows]
    if comment:
        lines.insert(2000, "# a remark")
        lines[1] = lines[1].rpartition(",")[0] + ","  # a gap
    path.write_text(",".join(arrays) + "\n" + "\n".join(lines) + "\n")


def write_parquet(path, arrays, **options):
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(arrays), path, **options)


def write_hdf5(path, arrays):
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w") as file:
        for name, values in arrays.items():
            file[name] = values


def opened(folder, file, **keys):
    return build(Density, {"kind": "density", "file": file, "shape": 12, **keys}).open(folder)


def write_csv_gz(path, arrays):
    import gzip

    write_csv(path.with_suffix(""), arrays)
    path.write_bytes(gzip.compress(path.with_suffix("").read_bytes()))


def written(folder, form):
    """A file of that form with the same particles, and the keys that it needs."""
    arrays = columns()
    position = np.stack([arrays[axis] for axis in "xyz"], axis=1)
    if form == "csv":
        write_csv(folder / "a.csv", arrays)
    elif form == "csv.gz":
        write_csv_gz(folder / "a.csv.gz", arrays)
    elif form == "csv with words":
        write_csv(folder / "a.csv", {"name": [f"n{k}" for k in range(COUNT)], **arrays})
        return "a.csv", {}
    elif form == "parquet":
        write_parquet(folder / "a.parquet", arrays, row_group_size=700)
    elif form == "dask":
        for part in range(12):  # natural order: 2 before 10
            piece = slice(part * COUNT // 12, (part + 1) * COUNT // 12)
            write_parquet(folder / "a.dask" / f"part.{part}.parquet", {k: v[piece] for k, v in arrays.items()})
    elif form == "vaex.hdf5":
        write_hdf5(folder / "a.vaex.hdf5", {f"table/columns/{name}/data": array for name, array in arrays.items()})
    elif form == "old.hdf5":
        write_hdf5(folder / "a.old.hdf5", {f"columns/{name}": array for name, array in arrays.items()})
    elif form == "gadget.hdf5":
        gas = {"PartType0/Coordinates": position[:9], "PartType0/mass": arrays["mass"][:9]}
        write_hdf5(
            folder / "a.gadget.hdf5", gas | {"PartType1/Coordinates": position, "PartType1/mass": arrays["mass"]}
        )
        return "a.gadget.hdf5", {"group": "PartType1"}
    else:
        np.savez(folder / "a.npz", position=position, mass=arrays["mass"])
    return f"a.{form}", {}


FORMS = ["csv", "csv.gz", "csv with words", "parquet", "dask", "vaex.hdf5", "old.hdf5", "gadget.hdf5", "npz"]


@pytest.mark.parametrize("form", FORMS)
def test_every_format_gives_the_density_of_the_particles(tmp_path, monkeypatch, form):
    monkeypatch.setattr(tables, "_BLOCK", 1 << 14)
    file, keys = written(tmp_path, form)
    source = opened(tmp_path, file, bandwidth=0.6, weights="mass", select="mass > 0.2 and distance < 4", **keys)
    assert isinstance(source, Source)
    assert source.examine() == []
    arrays = columns()
    position = np.stack([arrays[axis] for axis in "xyz"], axis=1)
    chosen = (arrays["mass"] > 0.2) & (np.linalg.norm(position, axis=1) < 4)
    np.savez(tmp_path / "chosen.npz", position=position[chosen], mass=arrays["mass"][chosen])
    points = build(Particles, {"kind": "particles", "file": "chosen.npz"}).open(tmp_path)
    right = build(Density, {"kind": "density", "of": "p", "shape": 12, "bandwidth": 0.6, "weights": "mass"}).open(
        tmp_path, {"p": points}
    )
    grid, known = source.at(0.0), right.at(0.0)
    assert source.at(5.0) is grid
    np.testing.assert_allclose(grid.bounds, known.bounds, rtol=1e-9)
    np.testing.assert_allclose(grid.field(None), known.field(None), atol=1e-5 * known.field(None).max())
    assert source.times is None
    np.testing.assert_allclose(source.center(0.0), right.center(0.0), atol=1e-9)
    assert all(str(tmp_path) in path for path in source.files)


def test_the_size_of_the_pieces_of_a_table_does_not_matter(tmp_path, monkeypatch):
    write_parquet(tmp_path / "a.parquet", columns())
    whole = opened(tmp_path, "a.parquet", method="histogram").at(0.0, ["count"]).field("count")
    monkeypatch.setenv("MOVIEMAKER_CACHE", "off")
    monkeypatch.setattr(parquet, "ROWS_AT_ONCE", 100)
    np.testing.assert_array_equal(
        opened(tmp_path, "a.parquet", method="histogram").at(0.0, ["count"]).field("count"), whole
    )
    x, y, z, _ = columns().values()
    right, _ = np.histogramdd(np.stack([x, y, z], axis=1), 12)
    np.testing.assert_array_equal(whole, right)


def test_comments_and_gaps_are_skipped(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "_BLOCK", 1 << 12)  # the quick reader gives up in the middle
    write_csv(tmp_path / "a.csv", columns(), comment=True)
    bounds = [[-2, 2], [-3, 3], [-4, 4]]
    source = opened(tmp_path, "a.csv", method="histogram", bounds=bounds, weights="mass")
    assert source.examine() == ["1 of 3000 particles has no finite weight; it is left out"]
    x, y, z, mass = columns().values()
    mass[1] = 0
    right, _ = np.histogramdd(np.stack([x, y, z], axis=1), 12, bounds, weights=mass)
    np.testing.assert_allclose(source.at(0.0, ["count"]).field("count"), right, rtol=1e-12)


def test_a_periodic_box_of_a_table(tmp_path):
    x, y, z, _ = columns().values()
    np.savez(tmp_path / "a.npz", position=np.stack([x, y, z], axis=1))
    source = opened(tmp_path, "a.npz", method="histogram", period=[2, 3, 4])
    count = source.at(0.0, ["count"]).field("count")
    right, _ = np.histogramdd(np.mod(np.stack([x, y, z], axis=1), [2, 3, 4]), 12, [(0, 2), (0, 3), (0, 4)])
    np.testing.assert_array_equal(count, right)


def test_a_table_is_read_once_and_then_cached(tmp_path, recorder, capsys):
    def examined():
        source = opened(tmp_path, "a.csv")
        source.report_to(reporter := recorder())
        source.examine()
        return reporter.steps

    write_csv(tmp_path / "a.csv", columns())
    assert examined() == [
        (f"density of a.csv: {what}", 3000, None, "row") for what in ("finding the particles", "adding them up")
    ]
    assert examined() == []
    write_csv(tmp_path / "a.csv", {name: array[:100] for name, array in columns().items()})
    assert {done for _, done, _, _ in examined()} == {100}
    assert capsys.readouterr().err == ""


def error_of(folder, file, **keys):
    with pytest.raises((InputError, InputErrors)) as caught:
        opened(folder, file, **keys).examine()
    found = getattr(caught.value, "errors", (caught.value,))
    return {each.at: str(each) for each in found}


def test_mistakes(tmp_path):
    write_csv(tmp_path / "a.csv", columns())
    assert "did you mean 'mass'?" in error_of(tmp_path, "a.csv", weights="mas")[("weights",)]
    assert "no such column of numbers 'u'" in error_of(tmp_path, "a.csv", position=["u", "y", "z"])[("position",)]
    assert "loosen the condition" in error_of(tmp_path, "a.csv", select="mass > 10")[("select",)]
    assert "no such column of numbers 'age'" in error_of(tmp_path, "a.csv", select="age > 10")[("select",)]
    bounds = [[50, 51], [0, 1], [0, 1]]
    assert "none of 3000 rows" in error_of(tmp_path, "a.csv", bounds=bounds, method="histogram")[("bounds",)]
    assert "do not give a periodic box" in error_of(tmp_path, "a.csv", period="file")[("period",)]
    assert "no such file" in error_of(tmp_path, "b.csv")[("file",)]
    (tmp_path / "empty").mkdir()
    assert "holds no Parquet files" in error_of(tmp_path, "empty")[("file",)]
    (tmp_path / "c.csv").write_text("a,b\n1,2\n")
    assert "no positions could be found in 'c.csv', which holds a, b" in error_of(tmp_path, "c.csv")[("position",)]
    (tmp_path / "d.csv").write_text("x,y,z\n1,2,3\n1,2\n")
    assert "row 2 has 2 columns where 3 are named" in error_of(tmp_path, "d.csv")[("file",)]
    write_parquet(tmp_path / "e.parquet", {"x": [1.0], "y": [2.0], "z": ["three"]})
    assert "no such column of numbers 'z'" in error_of(tmp_path, "e.parquet", position=["x", "y", "z"])[("position",)]


def test_data_frames(tmp_path):
    pd = pytest.importorskip("pandas")
    arrays = columns()
    keys = {"method": "histogram", "shape": 12, "weights": "mass", "select": "x < 1"}
    right = density_of(arrays, **keys)
    assert set(right.fields) == {"density", "log10_density", "count"}
    assert right.field("count").sum() == pytest.approx(arrays["mass"][arrays["x"] < 1].sum())
    frame = pd.DataFrame(arrays | {"name": "word"})
    np.testing.assert_array_equal(density_of(frame, **keys).field("count"), right.field("count"))
    position = np.stack([arrays[axis] for axis in "xyz"], axis=1)
    assert density_of(position, shape=12, method="histogram").field("count").sum() == COUNT
    with pytest.raises(InputError, match="a str is not a table"):
        density_of("a.csv")
    dask = pytest.importorskip("dask.dataframe")
    lazy = dask.from_pandas(frame, npartitions=5)
    np.testing.assert_allclose(density_of(lazy, **keys).field("count"), right.field("count"), rtol=1e-12)


def test_a_large_table_takes_little_memory(tmp_path):
    """A table of 12 million rows, 144 MB, takes far less memory."""
    pa = pytest.importorskip("pyarrow")
    import pyarrow.parquet as pq

    rows, piece = 12_000_000, 1 << 20
    rng = np.random.default_rng(0)
    schema = pa.schema([(name, pa.float32()) for name in "xyz"])
    with pq.ParquetWriter(tmp_path / "a.parquet", schema, use_dictionary=False, compression="none") as writer:
        for start in range(0, rows, piece):
            size = min(piece, rows - start)
            values = rng.random(size, np.float32)
            writer.write_table(pa.table(dict.fromkeys("xyz", values), schema))
    script = (
        "import resource; from pathlib import Path; from moviemaker.core.kinds import build;"
        "from moviemaker.data.density import Density; from moviemaker.data import readers; "
        "from moviemaker.data.densities import table_source;"
        "import pyarrow.parquet, numba, scipy.fft;"
        "keys = {'kind': 'density', 'method': 'histogram', 'shape': 32, 'bounds': [[0, 1]] * 3};"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024;"
        "before = peak();"
        f"source = build(Density, keys | {{'file': 'a.parquet'}}).open(Path({str(tmp_path)!r}));"
        "print(int(source.at(0.0, ['count']).field('count').sum()), peak() - before)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    counted, megabytes = map(int, done.stdout.split())
    assert counted == rows
    assert megabytes < 140
