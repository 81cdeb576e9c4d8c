"""Dimensions that are neither space nor time: named, one entry shown, another chosen."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build
from moviemaker.data.describing.describe import describe
from moviemaker.data.grid import Grid
from moviemaker.data.mesh import Mesh

SIZES = {"member": 3, "time": 4, "plev": 5, "lat": 18, "lon": 36, "expver": 2, "channel": 2, "x": 8, "y": 7, "z": 6}
COORDINATES = {
    "time": (np.arange(4.0), {"units": "days since 1850-01-01"}),
    "plev": ([1e5, 8e4, 6e4, 4e4, 2e4], {"units": "Pa", "positive": "down"}),
    "lat": (np.arange(85.0, -90, -10), {"units": "degrees_north"}),
    "lon": (np.arange(0.0, 360, 10), {"units": "degrees_east"}),
    "expver": ([1, 5], {}),
}


AXES = ("time", "plev", "lat", "lon", "x", "y", "z")


def write(path, dimensions, coordinates=COORDINATES, sizes=SIZES):
    """A NetCDF file with a field `ta` whose samples are the index along the first unusual dimension."""
    netcdf = pytest.importorskip("netCDF4")
    with netcdf.Dataset(path, "w") as file:
        for name in dimensions:
            file.createDimension(name, sizes[name])
            if name in coordinates:
                values, attributes = coordinates[name]
                kind = str if isinstance(values[0], str) else "f8"
                variable = file.createVariable(name, kind, (name,))
                variable[:] = np.array(values, object if kind is str else float)
                variable.setncatts(attributes)
        shape = [sizes[name] for name in dimensions]
        odd = next(
            axis for axis, name in enumerate(dimensions) if name not in ["time", "plev", "lat", "lon", "x", "y", "z"]
        )
        along = [-1 if axis == odd else 1 for axis in range(len(shape))]
        file.createVariable("ta", "f4", dimensions)[:] = np.arange(shape[odd]).reshape(along) + np.zeros(shape)
    return path


def grid(path, **keys):
    return build(Grid, {"kind": "grid", "file": path.name} | keys).open(path.parent)


def drawn(source):
    """The times, the shape, and the only value."""
    sample = source.at(0.0 if source.times is None else float(source.times[-1]))
    values = np.unique(sample.field(None))
    assert len(values) == 1
    return source.times, sample.shape, float(values[0])


@pytest.mark.parametrize(
    ("dimensions", "times", "shape"),
    [
        (("member", "plev", "lat", "lon"), None, (36, 18, 5)),
        (("time", "member", "lat", "lon"), 4, (36, 18, 1)),
        (("member", "time", "plev", "lat", "lon"), 4, (36, 18, 5)),
        (("plev", "lat", "lon", "member"), None, (36, 18, 5)),
        (("time", "channel", "z", "y", "x"), 4, (8, 7, 6)),
        (("channel", "z", "y", "x"), None, (8, 7, 6)),
    ],
)
def test_a_member_is_neither_time_nor_height(tmp_path, dimensions, times, shape):
    odd = next(name for name in dimensions if name in ("member", "channel"))
    path = write(tmp_path / "a.nc", dimensions)
    source = grid(path)
    found, size, value = drawn(source)
    assert (None if found is None else len(found), size, value) == (times, shape, 0)
    assert any(f"'{odd}' is neither space nor time" in warning for warning in source.examine())
    last = SIZES[odd] - 1
    source = grid(path, dimensions={odd: last})
    assert drawn(source)[2] == last
    assert not source.examine()
    assert f"dimension: {odd} has {last + 1} entries" in str(describe(path))


def test_an_entry_is_chosen_by_its_coordinate(tmp_path):
    path = write(tmp_path / "era5.nc", ("time", "expver", "lat", "lon"))
    assert drawn(grid(path, dimensions={"expver": 5}))[2] == 1
    with pytest.raises(InputError, match=r"no entry 0 along 'expver'; its entries are 1, 5") as caught:
        grid(path, dimensions={"expver": 0})
    assert caught.value.at == ("dimensions", "expver")
    with pytest.raises(InputError, match=r"no such dimension 'expvers'.*did you mean 'expver'"):
        grid(path, dimensions={"expvers": 0})
    source = build(Mesh, {"kind": "mesh", "file": "era5.nc", "globe": 1.0, "dimensions": {"expver": 5}}).open(tmp_path)
    assert set(source.at(0, ("ta",)).fields["ta"]) == {1.0}
    assert not source.examine()
    unasked = build(Mesh, {"kind": "mesh", "file": "era5.nc", "globe": 1.0}).open(tmp_path)
    assert "dimensions: {expver: 5} shows another" in unasked.examine()[0]


def test_entries_may_be_texts(tmp_path):
    names = {"channel": (["red", "far red"], {})}
    path = write(tmp_path / "a.nc", ("channel", "z", "y", "x"), names)
    assert drawn(grid(path, dimensions={"channel": "far red"}))[2] == 1


def test_a_scene_says_that_a_dimension_is_an_axis(tmp_path):
    path = write(tmp_path / "a.nc", ("member", "lat", "lon"))
    assert grid(path, dimensions={"member": "z"}).at(0).shape == (36, 18, 3)
    source = grid(path, dimensions={"member": "time"}, times=[0, 1, 2])
    assert source.at(2.0).field(None).max() == 2
    levels = write(tmp_path / "b.nc", ("member", "plev", "lat", "lon"))
    assert grid(levels, dimensions={"plev": 40000, "member": 1}).at(0).shape == (36, 18, 1)


@pytest.mark.parametrize(
    ("name", "attributes", "role"),
    [
        ("layer", {}, "z"),
        ("altitudes", {"units": "km"}, "z"),
        ("wavelength", {"units": "m"}, ""),
        ("step", {"units": "hours"}, "time"),
        ("step", {"standard_name": "forecast_period"}, "time"),
        ("quantile", {"units": "1"}, ""),
        ("realization", {"axis": "E"}, ""),
    ],
)
def test_units_tell_heights_and_lead_times(tmp_path, name, attributes, role):
    known = {**COORDINATES, name: ([0.0, 1.0, 2.0], attributes)}
    path = write(tmp_path / "a.nc", (name, "lat", "lon"), known, {**SIZES, name: 3})
    source = grid(path)
    assert source.at(0).shape == (36, 18, 3 if role == "z" else 1)
    assert (source.times is not None) == (role == "time")
    assert bool(source.facts.dimensions) == (role == "")


def test_dimensions_without_names_are_in_the_usual_order(tmp_path):
    names = [f"phony_dim_{axis}" for axis in range(4)]
    sizes = dict(zip(names, (2, 3, 4, 5), strict=True))
    path = write(tmp_path / "a.nc", tuple(names), {}, sizes)
    assert grid(path, times=[0, 1]).at(1.0).shape == (5, 4, 3)


@pytest.mark.parametrize(
    "dimensions", [("member", "z", "y", "x"), ("member", "y", "x"), ("t", "member", "z", "y", "x")]
)
def test_zarr_without_coordinates(tmp_path, dimensions):
    zarr = pytest.importorskip("zarr")
    shape = tuple(SIZES["time" if name == "t" else name] for name in dimensions)
    values = np.zeros(shape, np.float32)
    values[(slice(None),) * dimensions.index("member") + (2,)] = 2
    zarr.create_array(str(tmp_path / "a.zarr"), shape=shape, dtype="f4", dimension_names=dimensions)[:] = values
    zarr.create_array(str(tmp_path / "b.zarr/q"), shape=shape, dtype="f4", dimension_names=dimensions)[:] = values
    zarr.create_group(str(tmp_path / "b.zarr"))
    for name in ("a.zarr", "b.zarr"):
        path = tmp_path / name
        assert grid(path).at(0).shape == (8, 7, 6 if "z" in dimensions else 1)
        assert drawn(grid(path, dimensions={"member": 2}))[2] == 2


def test_arrays_of_five_axes(tmp_path):
    values = np.arange(2 * 3).reshape(2, 3, 1, 1, 1) + np.zeros((2, 3, 4, 5, 6))
    np.save(tmp_path / "a.npy", values)
    path = tmp_path / "a.npy"
    assert drawn(grid(path))[1:] == ((4, 5, 6), 0)
    assert "'axis_0' is neither space nor time" in grid(path).examine()[0]
    assert drawn(grid(path, dimensions={"axis_0": 1, "axis_1": 2}))[2] == 5
    times, _, value = drawn(grid(path, dimensions={"axis_0": 1, "axis_1": "time"}))
    assert (times.tolist(), value) == ([0, 1, 2], 5)
    with pytest.raises(InputError, match="no such dimension 'member'"):
        grid(path, dimensions={"member": 1})


@pytest.mark.parametrize(
    ("axes", "shape", "name"),
    [("HYX", (8, 7, 1), "lifetime"), ("ZAYX", (8, 7, 3), "angle"), ("TEZYX", (8, 7, 3), "wavelength")],
)
def test_axes_of_tiff(tmp_path, axes, shape, name):
    tifffile = pytest.importorskip("tifffile")
    sizes = {"X": 8, "Y": 7, "Z": 3, "T": 2}
    values = np.zeros([sizes.get(axis, 4) for axis in axes], np.float32)
    odd = next(axis for axis, letter in enumerate(axes) if letter not in "TZYX")
    values += np.arange(4).reshape([-1 if axis == odd else 1 for axis in range(len(axes))])
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, values, photometric="minisblack", metadata={"axes": axes})
    source = grid(path)
    assert drawn(source)[1:] == (shape, 0)
    assert f"'{name}' is neither space nor time" in source.examine()[0]
    assert drawn(grid(path, dimensions={name: 3}))[2] == 3
    if "Z" not in axes:
        assert grid(path, dimensions={name: "z"}).at(0).shape == (8, 7, 4)
    if "T" not in axes:
        assert len(grid(path, dimensions={name: "time"}).times) == 4
