"""Labels are never mixed: in resampling, levels, time, slices, isosurfaces, volumes and maps; images still are."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.kinds import build
from moviemaker.data.formats.contents import in_memory
from moviemaker.data.grid import Grid
from moviemaker.data.grids.categorical import looks_categorical
from moviemaker.data.mesh import Mesh
from moviemaker.data.pyramids.downsampling import majority


def grid(path, **keys):
    return build(Grid, {"kind": "grid", "file": path.name} | keys).open(path.parent)


def numbers(array):
    return set(np.unique(array[np.isfinite(array)]).tolist())


def halves(n=24, one=1, other=50, dtype="u1"):
    return np.where(np.arange(n)[:, None, None] < n // 2, one, other).astype(dtype) + np.zeros((n, n, n), dtype)


def levels(path, values, lats, lons, **attributes):
    netcdf = pytest.importorskip("netCDF4")
    with netcdf.Dataset(path, "w") as file:
        heights = 100.0 * np.arange(len(values))
        for name, each, unit in (("lev", heights, "m"), ("lat", lats, "degrees_north"), ("lon", lons, "degrees_east")):
            file.createDimension(name, len(each))
            file.createVariable(name, "f8", (name,))[:] = each
            file[name].units = unit
        fill = {"fill_value": attributes.pop("fill")} if "fill" in attributes else {}
        variable = file.createVariable("basin", values.dtype, ("lev", "lat", "lon"), **fill)
        variable[:] = values
        variable.setncatts(attributes)
    return path


LATS, LONS = np.arange(-87.5, 90, 5), np.arange(2.5, 360, 5)
BASINS = np.where(np.arange(72) < 36, 1, 50)[None, None, :] + np.zeros((4, 36, 72))


@pytest.mark.parametrize(
    ("values", "attributes"),
    [
        (BASINS.astype("i1"), {}),
        (np.where(np.arange(36)[:, None] == 3, -1, BASINS).astype("i2"), {"fill": -1}),
        (BASINS.astype("f4"), {"flag_values": np.array([1.0, 50.0]), "flag_meanings": "one other"}),
    ],
)
def test_on_a_globe(tmp_path, values, attributes):
    path = levels(tmp_path / "a.nc", values, LATS, LONS, **attributes)
    source = grid(path, globe={"radius": 6371, "height": 4.2}, shape=40)
    sample = source.at(0)
    assert numbers(sample.field("basin")) == {1, 50}
    assert sample.categorical == {"basin"}
    assert "at 0 % of the points of the file the nearest sample has another label" in source.examine()[0]
    mixed = grid(path, globe={"radius": 6371, "height": 4.2}, shape=40, categorical=False).at(0)
    assert len(numbers(mixed.field("basin"))) > 10


def test_labels_that_a_coarse_grid_loses_are_counted(tmp_path):
    labels = np.where((np.arange(72) + np.arange(36)[:, None]) % 2, 1, 50) + np.zeros((4, 1, 1))
    path = levels(tmp_path / "a.nc", labels.astype("i1"), LATS, LONS)
    said = grid(path, globe={"radius": 6371, "height": 30}, shape=24, categorical=True).examine()[0]
    part = float(said.split(": at ")[1].split(" % of the points of the file")[0])
    assert 20 < part < 60  # of a chessboard about half


def test_on_a_map(tmp_path):
    levels(tmp_path / "a.nc", BASINS[:1].astype("i4"), LATS, LONS)
    for keys in ({"globe": 2.0}, {}):
        mesh = build(Mesh, {"kind": "mesh", "file": "a.nc"} | keys).open(tmp_path).at(0.0, ("basin",))
        cells = mesh.fields["basin"][mesh.polys.connectivity.reshape(-1, 4)]
        assert (np.ptp(cells, axis=1) == 0).all()
        assert numbers(mesh.fields["basin"]) == {1, 50}
        if keys:
            np.testing.assert_allclose(np.linalg.norm(mesh.points, axis=1), 2)


def test_in_time_and_on_uneven_axes(tmp_path):
    one = halves()
    np.savez(tmp_path / "a.npz", q=np.stack([one, one[::-1]]), time=[0.0, 1.0])
    for time, expected in ((0.4, one), (0.6, one[::-1])):
        np.testing.assert_array_equal(grid(tmp_path / "a.npz").at(time).field("q"), expected)
    x = np.arange(24.0)
    np.savez(tmp_path / "b.npz", x=x**1.5, y=x, z=x, q=one)
    source = grid(tmp_path / "b.npz")
    assert source.at(0).shape[0] > 24
    assert numbers(source.at(0).field("q")) == {1, 50}
    maps = [
        levels(tmp_path / f"m{n}.nc", BASINS[:1, :, ::step].astype("i1"), LATS, LONS) for n, step in ((0, 1), (1, -1))
    ]
    mesh = build(Mesh, {"kind": "mesh", "file": [path.name for path in maps]}).open(tmp_path)
    assert numbers(mesh.at(0.3, ("basin",)).fields["basin"]) == {1, 50}


def test_in_coarser_levels(tmp_path, monkeypatch):
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path / "cache"))
    h5py = pytest.importorskip("h5py")
    n = 160
    values = np.where(np.arange(n)[:, None, None] + np.arange(n)[:, None] // 3 < 101, 3, 200).astype("u2")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file.create_dataset("q", data=values + np.zeros((n, n, n), "u2"), chunks=(32, 32, 32))
    source = grid(tmp_path / "a.h5", memory="16 MB")
    assert len(source.pyramid.levels) > 1
    assert numbers(source.at(0).field("q")) == {3, 200}
    for level in range(len(source.pyramid.levels)):
        high = [count - 1 for count in source.pyramid.levels[level].lattice.count]
        assert numbers(source.pyramid.read(level, 0, "q", (0, 0, 0), high)) == {3, 200}


def test_the_most_frequent_label_is_kept():
    values = np.zeros((4, 2, 3))
    values[:2, :, 0] = 7
    values[0, 0, 0] = 0
    values[2, 0, 2] = np.nan
    found = majority(values, (2, 2, 2))
    np.testing.assert_array_equal(found[:, 0, 0], [0 if (values[:2, :, :2] == 7).sum() < 4 else 7, 0])
    assert np.isfinite(found).all()


def image(rng, n=48):
    """A photograph-like field of whole numbers: smooth, with noise."""
    axis = np.linspace(0, 3, n)
    smooth = 120 + 100 * np.sin(axis)[:, None, None] * np.cos(axis)[:, None] * np.cos(axis)
    return np.clip(smooth + rng.normal(0, 3, (n, n, n)), 0, 255)


def test_which_whole_numbers_are_labels():
    rng = np.random.default_rng(0)
    place = np.stack(np.meshgrid(*[np.arange(48)] * 3, indexing="ij"), -1)
    seeds = rng.uniform(0, 48, (40, 3))
    cells = np.argmin(((place[..., None, :] - seeds) ** 2).sum(-1), -1) + 1
    away = np.linalg.norm(place - 23.5, axis=-1)
    spots = np.where(rng.random((48, 48, 48)) < 0.03, rng.integers(1, 255, (48, 48, 48)), 0)
    organ = np.select([away < 8, away < 20], [12, 4], 0)
    ct = np.where(away < 20, image(rng), 0)
    smooth = np.rint(8 * np.exp(-((away / 15) ** 2)))
    for values, labels in (
        (halves(48), True), (cells, True), (organ, True), (away < 15, True), (np.where(cells % 3 == 0, 0, cells), True),
        (image(rng), False), (ct, False), (spots, False), (smooth, False), (np.full((9, 9, 9), 3), False),
    ):  # fmt: skip
        assert looks_categorical(in_memory(values.astype(np.int32)), None) == labels


def picture(tmp_path, layer, values, **keys):
    np.save(tmp_path / "a.npy", values)
    scene = {
        "duration": 1,
        "background": "black",
        "data": {"a": {"kind": "grid", "file": "a.npy", "bounds": [[-1, 1]] * 3} | keys},
        "layers": [{"data": "a"} | layer],
        "camera": {"keyframes": [{"time": 0, "position": [0.01, 0, 8], "target": [0, 0, 0]}], "up": [0, 1, 0]},
        "outputs": {"o": {"lens": "orthographic", "size": [128, 128], "height": 2}},
    }
    return mm.Scene.from_dict(scene, folder=tmp_path).still(0).astype(int)


COLORS = {"colormap": ["red", "lime", "blue"], "range": [1, 50]}


@pytest.mark.parametrize(
    "layer",
    [
        {"kind": "slice", "normal": [0, 0, 1]} | COLORS,
        {"kind": "slice", "normal": [0.3, 0.1, 1]} | COLORS,
        {"kind": "volume", "transfer": [[1, 1], [50, 1]]} | COLORS,
        {"kind": "volume", "blend": "maximum", "transfer": [[1, 1], [50, 1]]} | COLORS,
    ],
    ids=["slice", "oblique", "volume", "maximum"],
)
def test_no_third_colour_in_pictures(tmp_path, layer):
    found = picture(tmp_path, layer, halves())
    green = found[..., 1].max()
    assert green <= 8
    assert found[..., 0].max() > 200
    assert found[..., 2].max() > 200
    assert picture(tmp_path, layer, halves(), categorical=False)[..., 1].max() > 60


def test_isosurfaces_enclose_labels(tmp_path):
    values = np.zeros((24, 24, 24), np.uint8)
    values[4:20, 4:20, 4:20] = 50
    values[8:16, 8:16, 8:16] = 7
    layer = {"kind": "isosurface", "color": "white", "shade": False}
    sizes = {}
    for level in (7, 50, 0.5):
        shown = picture(tmp_path, layer | {"levels": [level]}, values).sum(axis=2) > 300
        sizes[level] = np.sqrt(shown.sum()) / 128 * 23
    assert sizes[7] == pytest.approx(8, abs=0.3)  # not the whole of 50, whose border passes through 7
    assert sizes[50] == pytest.approx(16, abs=0.3)
    assert sizes[0.5] == pytest.approx(16, abs=0.3)
