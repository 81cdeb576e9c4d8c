"""The CF conventions in NetCDF, and in Zarr as xarray writes it: positions, groups, fields on other axes."""

from __future__ import annotations

import json
from itertools import pairwise

import numpy as np
import pytest
import yaml

import moviemaker as mm
from moviemaker.core.errors import InputError
from moviemaker.core.histograms.auto_transfer import transfer_of_everything
from moviemaker.core.kinds import build
from moviemaker.data.describing.describe import describe
from moviemaker.data.grid import Grid
from moviemaker.data.mesh import Mesh

LON, LAT = np.arange(2.0, 360, 4), np.arange(88.0, -90, -4)
DEPTH = np.array([0.0, 1000, 2000, 4000])
TIME = np.array([0.0, 30])
UNITS = {"lon": "degrees_east", "lat": "degrees_north", "depth": "m", "time": "days since 2001-01-01"}
COORDINATES = {"time": TIME, "depth": DEPTH, "lat": LAT, "lon": LON}


def ocean():
    """Temperatures (time, depth, lat, lon) that encode their positions, with land from 0 to 90 degrees east."""
    values = TIME[:, None, None, None] + DEPTH[:, None, None] / 100 + LAT[:, None] / 10 + LON / 1000
    return np.where(LON < 90, np.nan, values).astype(np.float32)


def write_netcdf(path):
    netcdf = pytest.importorskip("netCDF4")
    with netcdf.Dataset(path, "w") as file:
        for name, values in COORDINATES.items():
            file.createDimension(name, len(values))
            file.createVariable(name, "f8", (name,))[:] = values
            file[name].units = UNITS[name]
        file["depth"].positive = "down"
        file.createVariable("temp", "f4", ("time", "depth", "lat", "lon"))[:] = ocean()
        file.createVariable("top", "f4", ("time", "lat", "lon"))[:] = ocean()[:, 0]
    return path


def write_zarr(path, version):
    """The temperatures packed into 16 bits, as by xarray."""
    zarr = pytest.importorskip("zarr")
    group = zarr.create_group(str(path), zarr_format=version)

    def add(name, values, dimensions, **attributes):
        names = {"dimension_names": dimensions} if version == 3 else {}
        fill = {"fill_value": -32767} if "scale_factor" in attributes else {}
        array = group.create_array(name, shape=values.shape, dtype=values.dtype, chunks=values.shape, **names, **fill)
        array[:] = values
        if version == 3 and fill:
            attributes["_FillValue"] = -32767
        array.attrs.update(attributes | ({"_ARRAY_DIMENSIONS": list(dimensions)} if version == 2 else {}))

    for name, values in COORDINATES.items():
        more = {"positive": "down"} if name == "depth" else {}
        add(name, values, (name,), units=UNITS[name], **more)
    packed = np.where(np.isnan(ocean()), -32767, np.rint((ocean() - 40) / 0.01)).astype(np.int16)
    add("temp", packed, ("time", "depth", "lat", "lon"), scale_factor=0.01, add_offset=40.0)
    add("top", ocean()[:, 0], ("time", "lat", "lon"))
    return path


def opened(folder, file, **keys):
    return build(Grid, {"kind": "grid", "file": file} | keys).open(folder)


def ends(grid):
    return np.array(grid.bounds).ravel().tolist()


@pytest.mark.parametrize("version", [2, 3])
def test_zarr_of_xarray_is_read_as_netcdf(tmp_path, version):
    write_zarr(tmp_path / "a.zarr", version)
    write_netcdf(tmp_path / "a.nc")
    for even in ({}, {"globe": {"radius": 6371, "height": 0.4}, "shape": 24}):
        grids = [opened(tmp_path, file, **even).at(15.0, ("temp",)) for file in ("a.zarr", "a.nc")]
        assert grids[0].bounds == grids[1].bounds
        np.testing.assert_allclose(grids[0].field("temp"), grids[1].field("temp"), atol=0.006)
    grid = opened(tmp_path, "a.zarr").at(15.0)
    assert ends(grid) == [2, 358, -88, 88, -4000, 0]
    assert np.isnan(grid.field("temp")[0, 0, 0])
    assert grid.field("temp")[-1, -1, -1] == pytest.approx(15 + 8.8 + 0.358, abs=0.006)
    assert grid.field("temp")[-1, 0, 0] == pytest.approx(15 + 40 - 8.8 + 0.358, abs=0.006)


@pytest.mark.parametrize("file", ["a.nc", "a.zarr"])
def test_fields_on_other_axes_are_listed_and_can_be_named(tmp_path, file):
    write_netcdf(tmp_path / file) if file == "a.nc" else write_zarr(tmp_path / file, 3)
    said = str(describe(tmp_path / file))
    assert "field: names variables on other axes: top (time, lat, lon)" in said
    source = opened(tmp_path, file, field="top")
    assert source.fields == ("top",)
    np.testing.assert_array_equal(source.at(30.0).field(None)[..., 0], ocean()[1, 0].T[:, ::-1])
    globe = build(Mesh, {"kind": "mesh", "file": file, "field": "top", "globe": 1.0}).open(tmp_path)
    found = globe.at(30.0, ("top",))
    known = np.isfinite(found.fields["top"])
    assert np.allclose(found.fields["top"][known].max(), np.nanmax(ocean()[1, 0]))
    with pytest.raises(InputError, match=r"no such field 'tops'.*did you mean 'top'"):
        opened(tmp_path, file, field="tops")


def test_files_of_xarray(tmp_path):
    xarray = pytest.importorskip("xarray")
    pytest.importorskip("zarr")
    x = np.linspace(-2, 2, 5)
    values = np.random.default_rng(0).random((4, 3, 5))
    coordinates = {"z": [1.0, 3, 5, 7], "y": [5.0, 4, 3], "x": x}
    xarray.Dataset({"rho": (("z", "y", "x"), values)}, coordinates).to_zarr(tmp_path / "a.zarr", consolidated=False)
    grid = opened(tmp_path, "a.zarr").at(0)
    assert (grid.origin, grid.spacing) == ((-2, 3, 1), (1, 1, 2))
    np.testing.assert_array_equal(grid.field(None), values.transpose(2, 1, 0)[:, ::-1])


def test_coordinates_may_be_in_a_group_around(tmp_path):
    zarr = pytest.importorskip("zarr")
    group = zarr.create_group(str(tmp_path / "a.zarr"))
    for number, name in enumerate("xyz"):
        values = 10.0 * np.arange(3) + number
        group.create_array(f"run/{name}", shape=(3,), dtype="f8", dimension_names=(name,))[:] = values
    inner = group.create_array("run/late/v", shape=(3, 3, 3), dtype="f4", dimension_names=("z", "y", "x"))
    inner[:] = np.arange(27).reshape(3, 3, 3)
    assert ends(opened(tmp_path, "a.zarr").at(0)) == [0, 20, 1, 21, 2, 22]


def test_a_large_grid_with_descending_axes_is_read_in_parts(tmp_path, monkeypatch):
    zarr = pytest.importorskip("zarr")
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path / "cache"))
    n = 144
    x = np.arange(n, dtype=np.float32)
    group = zarr.create_group(str(tmp_path / "a.zarr"))
    for name, along in (("z", x), ("y", x[::-1]), ("x", x)):
        group.create_array(name, shape=(n,), dtype="f4", dimension_names=(name,))[:] = along
    array = group.create_array("v", shape=(n,) * 3, chunks=(48,) * 3, dtype="f4", dimension_names=("z", "y", "x"))
    array[:] = 100 * x[:, None, None] + 10 * x[::-1][:, None] + x
    source = opened(tmp_path, "a.zarr", memory="16 MB")
    corner = source.pyramid.read(0, 0, "v", (3, 20, 40), (5, 21, 41))
    expected = 100 * x[40:42] + 10 * x[20:22][:, None] + x[3:6][:, None, None]
    np.testing.assert_allclose(corner, expected)
    whole = source.at(0)
    assert whole.shape[0] < n / 2
    i, j, k = (o + s * np.arange(c) for o, s, c in zip(whole.origin, whole.spacing, whole.shape, strict=True))
    inner = slice(2, -2)
    expected = 100 * k + 10 * j[:, None] + i[:, None, None]
    np.testing.assert_allclose(whole.field(None)[inner, inner, inner], expected[inner, inner, inner], atol=0.5)


def test_groups_of_netcdf(tmp_path):
    netcdf = pytest.importorskip("netCDF4")
    with netcdf.Dataset(tmp_path / "a.nc", "w") as file:
        for name in ("lat", "lon"):
            file.createDimension(name, 3)
            file.createVariable(name, "f8", (name,))[:] = [1, 2, 3]
        for number, name in enumerate(("forecast", "analysis")):
            group = file.createGroup(name)
            group.createDimension("lev", 2 + number)
            group.createVariable("lev", "f8", ("lev",))[:] = 10.0 * np.arange(2 + number)
            for field in ("wind", f"of_{name}"):
                shape = (2 + number, 3, 3)
                group.createVariable(field, "f4", ("lev", "lat", "lon"))[:] = number + np.arange(
                    np.prod(shape)
                ).reshape(shape)
    source = opened(tmp_path, "a.nc")
    assert source.fields == ("forecast/wind", "of_forecast")
    assert ends(source.at(0)) == [1, 3, 1, 3, 0, 10]
    for field, name in (("analysis/wind", "analysis/wind"), ("of_analysis", "of_analysis")):
        grid = opened(tmp_path, "a.nc", field=field).at(0)
        assert ends(grid) == [1, 3, 1, 3, 0, 20]
        np.testing.assert_array_equal(grid.field(name)[2, 1], [6, 15, 24])
    said = str(describe(tmp_path / "a.nc"))
    assert "of_forecast is in the group forecast" in said
    assert "field: names variables on other axes: analysis/wind (analysis/lev, lat, lon), of_analysis" in said
    with pytest.raises(InputError, match="did you mean 'of_analysis'"):
        opened(tmp_path, "a.nc", field="analysis/of_analysis")


@pytest.mark.parametrize(
    ("attributes", "turned"),
    [
        ({"units": "hPa"}, True),
        ({"units": "millibars"}, True),
        ({"standard_name": "depth", "units": "m"}, True),
        ({"units": "m"}, False),
        ({"units": "hPa", "positive": "up"}, False),
    ],
)
def test_pressures_and_depths_increase_downwards(tmp_path, attributes, turned):
    netcdf = pytest.importorskip("netCDF4")
    with netcdf.Dataset(tmp_path / "a.nc", "w") as file:
        for name in ("level", "y", "x"):
            file.createDimension(name, 2)
            file.createVariable(name, "f8", (name,))[:] = [1, 3]
        file["level"].setncatts(attributes)
        file.createVariable("v", "f4", ("level", "y", "x"))[:] = np.arange(8).reshape(2, 2, 2)
    grid = opened(tmp_path, "a.nc").at(0)
    assert grid.bounds[2] == ((-3, -1) if turned else (1, 3))
    assert grid.field(None)[0, 0, -1] == (0 if turned else 4)


def test_an_ocean_is_described_on_a_globe_that_hides_its_far_side(tmp_path):
    found = describe(write_netcdf(tmp_path / "a.nc"))
    scene = yaml.safe_load(found.scene)
    assert scene["data"]["a"]["globe"] == {"radius": 6371, "height": 0.32}
    low = 6371 - 0.32 * 4000
    assert scene["data"]["globe"]["globe"] == pytest.approx(0.998 * low, rel=1e-4)
    assert [layer["kind"] for layer in scene["layers"]] == ["surface", "volume"]
    scene["camera"] = {"keyframes": [{"time": 0, "position": [20000, 20000, 0], "target": [0, 0, 0]}], "fov": 40}
    scene["outputs"] = {"main": {"lens": "perspective", "size": [96, 96]}}
    picture = mm.Scene.from_dict(scene, folder=tmp_path).still(0.0).astype(int)
    land = picture[48, 48]  # 45 degrees east
    assert np.ptp(land) < 8
    assert land.max() < 70
    scene["camera"]["keyframes"][0]["position"] = [-20000, -20000, 0]
    sea = mm.Scene.from_dict(scene, folder=tmp_path).still(0.0).astype(int)[48, 48]
    assert np.ptp(sea) > 60


def test_a_part_of_the_globe_stays_a_box(tmp_path):
    netcdf = pytest.importorskip("netCDF4")
    write_netcdf(tmp_path / "a.nc")
    with netcdf.Dataset(tmp_path / "a.nc", "a") as file:
        file["lon"][:] = LON / 10
    scene = yaml.safe_load(describe(tmp_path / "a.nc").scene)
    assert "globe" not in scene["data"]
    assert "globe" not in scene["data"]["a"]


def test_a_map_with_land_has_a_globe_inside(tmp_path):
    netcdf = pytest.importorskip("netCDF4")
    with netcdf.Dataset(tmp_path / "a.nc", "w") as file:
        for name in ("lat", "lon"):
            file.createDimension(name, len(COORDINATES[name]))
            file.createVariable(name, "f8", (name,))[:] = COORDINATES[name]
            file[name].units = UNITS[name]
        file.createVariable("tos", "f4", ("lat", "lon"))[:] = ocean()[0, 0]
    scene = yaml.safe_load(describe(tmp_path / "a.nc").scene)
    assert scene["data"]["globe"] == {"kind": "mesh", "globe": 0.99}
    assert json.dumps(scene["layers"][0]) == '{"kind": "surface", "data": "globe", "color": "#404040", "shade": false}'


def test_a_globe_without_a_file(tmp_path):
    source = build(Mesh, {"kind": "mesh", "globe": 5}).open(tmp_path)
    source.examine()
    names = ("longitude", "latitude", "texture coordinates")
    mesh = source.at(0, names)
    np.testing.assert_allclose(np.linalg.norm(mesh.points, axis=1), 5)
    longitude, latitude, coordinates = (mesh.fields[name] for name in names)
    east = int(np.argmax((longitude == 90) & (latitude == 0)))
    np.testing.assert_allclose(mesh.points[east], [0, 5, 0], atol=1e-9)
    np.testing.assert_allclose(coordinates[east], [0.75, 0.5])
    # The mesh is closed with outward faces: it encloses nearly the volume of the ball.
    volume = 0.0
    for first, last in zip(mesh.polys.offsets[:-1], mesh.polys.offsets[1:], strict=True):
        corners = mesh.points[mesh.polys.connectivity[first:last]]
        for a, b in pairwise(corners[1:]):
            volume += float(np.dot(corners[0], np.cross(a, b))) / 6
    assert volume == pytest.approx(4 / 3 * np.pi * 125, rel=2e-3)
    with pytest.raises(InputError, match="neither file nor globe is given"):
        build(Mesh, {"kind": "mesh"}).open(tmp_path)
    with pytest.raises(InputError, match="field is given without a file"):
        build(Mesh, {"kind": "mesh", "globe": 1, "field": "a"}).open(tmp_path)


def test_transfer_of_everything_draws_everything():
    look = transfer_of_everything(np.linspace(0, 100, 1001))
    assert look.range == pytest.approx((1, 99))
    assert all(0 < opacity < 1 for _, opacity in look.transfer)
    assert transfer_of_everything(np.ones(5)).range[0] < transfer_of_everything(np.ones(5)).range[1]
