"""Small valid files of formats that hold several arrays in groups, and of VTK."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from fuzzing.registry import FACES, GRID, POINTS, SERIES, SHAPE, a_format

# HDF5, netCDF, Zarr


@a_format("hdf5")
def _gadget(path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        file.create_group("Header").attrs.update({"Time": 0.5, "BoxSize": 10.0, "NumPart_ThisFile": [12, 4]})
        for number, count in (("PartType0", 12), ("PartType1", 4)):
            group = file.create_group(number)
            group["Coordinates"], group["Masses"] = POINTS[:count], np.ones(count)
            group["ParticleIDs"] = np.arange(count)


@a_format("h5")
def _h5(path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        file.create_dataset("density", data=SERIES, chunks=(1, 5, 4, 3), compression="gzip")
        file["time"] = np.arange(3.0)


@a_format("h5md")
def _h5md(path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        file.create_group("h5md").attrs["version"] = [1, 1]
        place = file.create_group("particles/all/position")
        place["value"], place["step"], place["time"] = np.stack([POINTS] * 3), np.arange(3), np.arange(3.0)
        box = file.create_group("particles/all/box")
        box.attrs["dimension"], box.attrs["boundary"] = 3, [b"periodic"] * 3
        box["edges"] = [9.0, 9.0, 9.0]


@a_format("vtkhdf")
def _vtkhdf(path: Path) -> None:
    import h5py

    with h5py.File(path, "w") as file:
        root = file.create_group("VTKHDF")
        root.attrs.update({"Type": np.bytes_("ImageData"), "Version": [2, 0], "WholeExtent": [0, 4, 0, 3, 0, 2]})
        root.attrs.update({"Origin": [0.0] * 3, "Spacing": [1.0] * 3, "Direction": np.eye(3).ravel()})
        root.create_group("PointData")["value"] = GRID.T


def _netcdf(path: Path, kind: str) -> None:
    import netCDF4

    with netCDF4.Dataset(path, "w", format=kind) as file:
        for name, count, units in zip(
            ("time", "level", "lat", "lon"),
            (3, 3, 4, 5),
            ("days since 2000-01-01", "hPa", "degrees_north", ""),
            strict=True,
        ):
            file.createDimension(name, count)
            axis = file.createVariable(name, "f8", (name,))
            axis[:], axis.units = 10 * np.arange(count) + 10, units or "degrees_east"
        field = file.createVariable("t", "i2", ("time", "level", "lat", "lon"), fill_value=-999)
        field.scale_factor, field.add_offset, field.units = 0.1, 3.0, "K"
        field[:] = SERIES.transpose(0, 3, 2, 1)


a_format("nc")(lambda path: _netcdf(path, "NETCDF4"))
a_format("nc classic", "nc")(lambda path: _netcdf(path, "NETCDF3_CLASSIC"))
a_format("nc 64", "nc")(lambda path: _netcdf(path, "NETCDF3_64BIT_DATA"))


def _zarr(path: Path, version: int) -> None:
    import zarr

    group = zarr.open_group(str(path), mode="w", zarr_format=version)
    array = group.create_array("density", shape=SHAPE, chunks=(3, 4, 3), dtype="f4")
    array[:] = GRID
    group.create_array("id", shape=(3,), chunks=(3,), dtype="i4")[:] = np.arange(3)


a_format("zarr 2", "zarr")(lambda path: _zarr(path, 2))
a_format("zarr 3", "zarr")(lambda path: _zarr(path, 3))


@a_format("ome-zarr", "zarr")
def _ome_zarr(path: Path) -> None:
    _zarr(path, 2)
    scale = {"type": "scale", "coordinateTransformations": [], "scale": [3.0, 2.0, 1.0]}
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"]
    levels = [{"path": "density", "coordinateTransformations": [scale]}]
    (path / ".zattrs").write_text(json.dumps({"multiscales": [{"version": "0.4", "axes": axes, "datasets": levels}]}))


@a_format("zarr.zip")
def _zarr_zip(path: Path) -> bytes:
    folder = path.with_name("folder")
    _zarr(folder, 3)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for each in sorted(folder.rglob("*")):
            if each.is_file():
                archive.write(each, each.relative_to(folder).as_posix())
    for each in sorted(folder.rglob("*"), reverse=True):
        each.unlink() if each.is_file() else each.rmdir()
    folder.rmdir()
    return out.getvalue()


# VTK


def _dataset(kind: str) -> Any:
    import pyvista

    image = pyvista.ImageData(dimensions=SHAPE)
    image["value"] = GRID.ravel(order="F")
    if kind == "image":
        return image
    if kind == "rectilinear":
        found = pyvista.RectilinearGrid(*(np.arange(n) ** 1.5 for n in SHAPE))
        found["value"] = GRID.ravel(order="F")
        return found
    if kind == "structured":
        return image.cast_to_structured_grid()
    if kind == "cells":
        return image.cast_to_unstructured_grid()
    surface = pyvista.PolyData(POINTS, np.hstack([np.full((4, 1), 3), FACES]).ravel())
    surface["value"] = np.arange(12.0)
    return surface


def _vtk(kind: str, **options: Any) -> Callable[[Path], None]:
    return lambda path: _dataset(kind).save(path, **options)


a_format("vti")(_vtk("image"))
a_format("vti text", "vti")(_vtk("image", binary=False))
a_format("vtr")(_vtk("rectilinear"))
a_format("vts")(_vtk("structured"))
a_format("vtu")(_vtk("cells"))
a_format("vtp")(_vtk("surface"))
a_format("vtk points", "vtk")(_vtk("image", binary=False))
a_format("vtk points binary", "vtk")(_vtk("image"))
a_format("vtk surface", "vtk")(_vtk("surface", binary=False))
a_format("vtk surface binary", "vtk")(_vtk("surface"))
a_format("vtk cells", "vtk")(_vtk("cells", binary=False))
a_format("vtk cells binary", "vtk")(_vtk("cells"))
a_format("vtk structured", "vtk")(_vtk("structured", binary=False))
a_format("vtk rectilinear", "vtk")(_vtk("rectilinear", binary=False))
a_format("stl")(_vtk("surface"))
a_format("stl text", "stl")(_vtk("surface", binary=False))
a_format("obj")(
    lambda path: (
        "".join(f"v {x:.4f} {y:.4f} {z:.4f}\n" for x, y, z in POINTS)
        + "".join(f"f {a + 1} {b + 1} {c + 1}\n" for a, b, c in FACES)
    )
)


@a_format("slc")
def _slc(path: Path) -> bytes:
    return b"11111\n5 4 3 8\n1 1 1\n1 0 0\n0\n1 1 X" + bytes(3) + bytes(range(60))


@a_format("pvd")
def _pvd(path: Path) -> str:
    for step in range(2):
        _dataset("surface").save(path.with_name(f"step{step}.vtp"))
    sets = "".join(f'<DataSet timestep="{step}" file="step{step}.vtp"/>' for step in range(2))
    return f'<?xml version="1.0"?><VTKFile type="Collection"><Collection>{sets}</Collection></VTKFile>'


@a_format("series", "vti.series")
def _series(path: Path) -> str:
    for step in range(2):
        _dataset("image").save(path.with_name(f"step{step}.vti"))
    return json.dumps({"file-series-version": "1.0", "files": [{"name": f"step{n}.vti", "time": n} for n in range(2)]})


@a_format("pvtu")
def _pvtu(path: Path) -> str:
    _dataset("cells").save(path.with_name("piece.vtu"))
    points = '<PPoints><PDataArray type="Float32" Name="Points" NumberOfComponents="3"/></PPoints>'
    data = '<PPointData Scalars="value"><PDataArray type="Float32" Name="value"/></PPointData>'
    inside = f'<PUnstructuredGrid GhostLevel="0">{data}{points}<Piece Source="piece.vtu"/></PUnstructuredGrid>'
    return f'<?xml version="1.0"?><VTKFile type="PUnstructuredGrid" version="0.1">{inside}</VTKFile>'


# Archives of data files


@a_format("zip")
def _zip(path: Path) -> None:
    rows = "".join(f"{x},{y},{z}\n" for x, y, z in POINTS)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("run/stars.csv", "x,y,z\n" + rows)
        archive.writestr("run/README.txt", "positions of stars")


@a_format("zip stored", "zip")
def _zip_stored(path: Path) -> None:
    content = io.BytesIO()
    np.save(content, GRID)
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(3):
            archive.writestr(f"rho_{number}.npy", content.getvalue())
