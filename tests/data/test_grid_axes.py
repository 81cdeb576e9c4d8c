"""Positions of grids: arrays x, y, z beside a field, units that differ, fields without values."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build
from moviemaker.data.describing.describe import describe
from moviemaker.data.formats.lengths import in_one_unit
from moviemaker.data.grid import Grid

X, Y, Z = np.linspace(-1, 1, 5), np.linspace(0, 3, 4), np.linspace(10, 12, 3)
RHO = X[:, None, None] + 10 * Y[:, None] + 100 * Z


def grid(path, **keys):
    return build(Grid, {"kind": "grid", "file": path.name} | keys).open(path.parent)


def is_rho(sample):
    i, j, k = (o + s * np.arange(n) for o, s, n in zip(sample.origin, sample.spacing, sample.shape, strict=True))
    np.testing.assert_allclose(sample.field("rho"), i[:, None, None] + 10 * j[:, None] + 100 * k, atol=1e-5)
    assert sample.bounds == ((-1, 1), (0, 3), (10, 12))


def edges(axis):
    step = axis[1] - axis[0]
    return np.append(axis - step / 2, axis[-1] + step / 2)


@pytest.mark.parametrize(
    "arrays",
    [
        {"x": X, "y": Y, "z": Z, "rho": RHO},
        {"X": X, "Y": Y, "Z": Z, "rho": RHO},
        {"rho": RHO.T, "x": X, "y": Y, "z": Z},
        {"rho": RHO[::-1, :, ::-1], "x": X[::-1], "y": Y, "z": Z[::-1]},
        {"x": edges(X), "y": edges(Y), "z": edges(Z), "rho": RHO},
        {"rho": RHO, **dict(zip("xyz", np.meshgrid(X, Y, Z, indexing="ij"), strict=True))},
        {"rho": RHO.transpose(1, 0, 2), **dict(zip("xyz", np.meshgrid(X, Y, Z), strict=True))},
        {"rho": np.stack([RHO, RHO + 1]), "x": X, "y": Y, "z": Z, "t": np.array([5.0, 6.0])},
    ],
    ids=["plain", "capitals", "reversed", "descending", "edges", "mesh_ij", "mesh_xy", "series"],
)
def test_arrays_x_y_z_are_the_axes_of_a_field(tmp_path, arrays):
    np.savez(tmp_path / "a.npz", **arrays)
    source = grid(tmp_path / "a.npz")
    is_rho(source.at(5.0))
    assert source.fields == ("rho",)
    assert (source.times is None) == ("t" not in arrays)
    h5py = pytest.importorskip("h5py")
    with h5py.File(tmp_path / "a.h5", "w") as file:
        for name, values in arrays.items():
            file[name] = values
    is_rho(grid(tmp_path / "a.h5").at(5.0))
    assert describe(tmp_path / "a.npz").kind == describe(tmp_path / "a.h5").kind == "grid"


def test_a_cube_is_not_particles(tmp_path):
    x = np.linspace(-1, 1, 4)
    np.savez(tmp_path / "a.npz", x=x, y=x, z=x**3, rho=np.arange(64.0).reshape(4, 4, 4))
    assert describe(tmp_path / "a.npz").kind == "grid"
    assert "the steps along z differ" in str(describe(tmp_path / "a.npz"))


def test_columns_of_particles_stay_particles(tmp_path):
    numbers = np.random.default_rng(0).normal(size=(3, 3))
    np.savez(tmp_path / "a.npz", x=numbers[0], y=numbers[1], z=[0.0, 2, 1], stress=np.ones((3, 3, 3)))
    assert describe(tmp_path / "a.npz").kind == "particles"


def test_lengths_are_compared_exactly():
    assert in_one_unit(["nm", "nm", "µm"]) == ((1, 1, 1000), "nm", "its axes are in nm, nm, µm: all are given in nm")
    assert in_one_unit(["micron", "um", "μm"])[0] == (1, 1, 1)
    assert in_one_unit(["millimeter", "inch", "Å"])[0] == (1, 25.4, 1e-7)
    factors, unit, note = in_one_unit(["pixel", "pixel", "µm"])
    assert (factors, unit) == ((1, 1, 1), "")
    assert "cannot be compared: pixel, pixel, µm" in note


@pytest.mark.parametrize(
    ("units", "bounds", "length"),
    [
        (("nm", "nm", "µm"), ((0, 7250), (0, 4750), (0, 7500)), "nm"),
        (("µm", "µm", "nm"), ((0, 7250), (0, 4750), (0, 0.0075)), "µm"),
        ((None, None, None), ((0, 7250), (0, 4750), (0, 7.5)), "µm"),
        (("mm", "Å", "mm"), ((0, 7250), (0, 4.75e-4), (0, 7.5)), "mm"),
    ],
)
def test_units_of_ome_tiff_are_of_each_axis(tmp_path, units, bounds, length):
    tifffile = pytest.importorskip("tifffile")
    sizes = {"PhysicalSizeX": 250, "PhysicalSizeY": 250, "PhysicalSizeZ": 1.5}
    given = {f"PhysicalSize{axis}Unit": unit for axis, unit in zip("XYZ", units, strict=True) if unit}
    values = np.zeros((6, 20, 30), "u2")
    tifffile.imwrite(tmp_path / "a.ome.tif", values, metadata={"axes": "ZYX"} | sizes | given)
    source = grid(tmp_path / "a.ome.tif")
    np.testing.assert_allclose(source.at(0).bounds, bounds)
    assert source.facts.length == length


def test_units_of_imagej_nrrd_netcdf_and_zarr(tmp_path):
    values = np.zeros((3, 4, 5), "u1")
    tifffile = pytest.importorskip("tifffile")
    keys = {"axes": "ZYX", "spacing": 2.0, "unit": "um", "yunit": "um", "zunit": "nm"}
    tifffile.imwrite(tmp_path / "a.tif", values, imagej=True, metadata=keys, resolution=(4, 4))
    assert grid(tmp_path / "a.tif").at(0).bounds == ((0, 1), (0, 0.75), (0, pytest.approx(0.004)))
    nrrd = pytest.importorskip("nrrd")
    header = {"space dimension": 3, "space directions": np.eye(3), "space units": ["mm", "mm", "um"]}
    nrrd.write(str(tmp_path / "a.nrrd"), values, header)
    assert grid(tmp_path / "a.nrrd").at(0).bounds == ((0, 2), (0, 3), (0, pytest.approx(0.004)))
    netcdf = pytest.importorskip("netCDF4")
    with netcdf.Dataset(tmp_path / "a.nc", "w") as file:
        for name, count, unit in (("z", 3, "m"), ("y", 4, "km"), ("x", 5, "km")):
            file.createDimension(name, count)
            file.createVariable(name, "f8", (name,))[:] = np.arange(count)
            file[name].units = unit
        file.createVariable("q", "f4", ("z", "y", "x"))[:] = values
    source = grid(tmp_path / "a.nc")
    assert (source.at(0).bounds, source.facts.length) == (((0, 4), (0, 3), (0, pytest.approx(0.002))), "km")
    zarr = pytest.importorskip("zarr")
    group = zarr.create_group(str(tmp_path / "a.zarr"))
    group.create_array("0", shape=values.shape, dtype="u1")[:] = values
    axes = [{"name": n, "type": "space", "unit": u} for n, u in (("z", "micrometer"), ("y", "nm"), ("x", "nanometer"))]
    scale = [{"type": "scale", "scale": [0.5, 100, 100]}]
    image = {"axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}
    group.attrs["ome"] = {"version": "0.5", "multiscales": [image]}
    assert grid(tmp_path / "a.zarr").at(0).bounds == ((0, 400), (0, 300), (0, pytest.approx(1000)))


def test_info_takes_the_first_field_with_values(tmp_path):
    netcdf = pytest.importorskip("netCDF4")
    with netcdf.Dataset(tmp_path / "a.nc", "w") as file:
        for name in "zyx":
            file.createDimension(name, 6)
        file.createDimension("half", 3)
        empty = file.createVariable("temp", "f4", ("z", "y", "x"), fill_value=-999.0)
        empty[:] = np.ma.masked_all((6, 6, 6))
        file.createVariable("rh", "f4", ("z", "y", "x"))[:] = np.arange(216.0).reshape(6, 6, 6)
    found = describe(tmp_path / "a.nc")
    assert 'field: "rh"' in found.scene
    assert [field.name for field in found.fields] == ["rh", "temp"]
    assert "temp has no finite value" in str(found)
    with pytest.raises(InputError, match="'temp' has no finite value; write field: rh"):
        grid(tmp_path / "a.nc").examine()
    np.savez(tmp_path / "a.npz", first=np.full((3, 3, 3), np.nan), second=np.arange(27.0).reshape(3, 3, 3))
    assert 'field: "second"' in describe(tmp_path / "a.npz").scene
