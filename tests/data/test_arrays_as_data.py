"""Data that Python gives in the place of files are what the files would be."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.fields import Cells, Grid, Mesh, Particles
from moviemaker.core.fingerprint import file_fingerprint, fingerprint
from moviemaker.core.machine.in_memory import InMemory, held_at
from moviemaker.data.grid import Grid as GridKind
from moviemaker.data.memory.given import given_file, given_function
from moviemaker.data.mesh import Mesh as MeshKind
from moviemaker.data.particles import Particles as ParticlesKind

X = np.linspace(-1.0, 1.0, 7)
Y = np.linspace(0.0, 5.0, 6)
Z = np.linspace(10.0, 14.0, 5)
VALUES = np.add.outer(np.add.outer(X, 10 * Y), 100 * Z).astype(np.float32)
"""A field (7, 6, 5) whose value at every sample follows from its position."""

ROWS = 20
TABLE = {
    "x": np.linspace(0.0, 1.0, ROWS),
    "y": np.linspace(5.0, 6.0, ROWS),
    "z": np.linspace(-1.0, 1.0, ROWS),
    "mass": np.arange(ROWS, dtype=float),
    "id": np.arange(ROWS) % 10,
    "time": np.repeat([0.0, 2.0], ROWS // 2),
}


KEPT: list[object] = []
"""Kinds of data, which keep what they name in memory, as a scene keeps its kinds."""


def opened(kind: type[Any], given: object, **keys: Any) -> Any:
    KEPT.append(kind(file=given_file(given), **keys))
    return KEPT[-1].open(Path("/nowhere"))  # type: ignore[attr-defined]


def grid(given: object, **keys: Any) -> Any:
    return opened(GridKind, given, **keys)


def particles(given: object, **keys: Any) -> Any:
    return opened(ParticlesKind, given, **keys)


def assert_is_the_field(source: Any, factor: float = 1.0, time: float = 0.0) -> None:
    found = source.at(time)
    assert np.allclose(found.field(None), factor * VALUES)
    places = found.world_from_index @ [1, 2, 3, 1]
    assert np.allclose(places[:3], [X[1], Y[2], Z[3]])


def of_pandas() -> Any:
    return pytest.importorskip("pandas").DataFrame(TABLE | {"name": ["a", "b"] * 10})


def of_pandas_with_an_index() -> Any:
    return of_pandas().set_index(["time", "id"])


def of_polars() -> Any:
    return pytest.importorskip("polars").DataFrame(TABLE | {"name": ["a", "b"] * 10})


def of_polars_lazily() -> Any:
    return of_polars().lazy()


def of_arrow() -> Any:
    return pytest.importorskip("pyarrow").table(TABLE)


def of_astropy() -> Any:
    units = pytest.importorskip("astropy.units")
    return pytest.importorskip("astropy.table").QTable(TABLE | {"x": TABLE["x"] * units.kpc})


def of_dask() -> Any:
    return pytest.importorskip("dask.dataframe").from_pandas(of_pandas(), npartitions=3)


def of_records() -> Any:
    table = np.zeros(ROWS, [(name, values.dtype) for name, values in TABLE.items()])
    for name, values in TABLE.items():
        table[name] = values
    return table


TABLES = [
    of_pandas,
    of_pandas_with_an_index,
    of_polars,
    of_polars_lazily,
    of_arrow,
    of_astropy,
    of_dask,
    of_records,
    lambda: TABLE,
]


@pytest.mark.parametrize("make", TABLES)
def test_a_table_with_times_and_ids_is_a_sequence_of_snapshots(make: Callable[[], Any]):
    source = particles(make(), position=["x", "y", "z"])
    assert source.times.tolist() == [0, 2]
    found = source.at(1.0, ("mass", "id"))
    order = np.argsort(found.fields["id"])
    half = ROWS // 2
    both = [np.stack([TABLE[axis][part] for axis in "xyz"], axis=1) for part in (slice(half), slice(half, None))]
    assert np.allclose(found.position[order], (both[0] + both[1]) / 2)
    assert np.allclose(found.fields["mass"][order], np.arange(half) + half / 2)


@pytest.mark.parametrize("make", TABLES)
def test_what_is_written_holds_the_same(make: Callable[[], Any], tmp_path: Path):
    name = given_file(make())
    path = tmp_path / f"table{name.held.suffix}"
    name.held.write(path)
    given = particles(name, position=["x", "y", "z"]).at(0.5)
    read = ParticlesKind(file=str(path), position=["x", "y", "z"]).open(tmp_path).at(0.5)
    assert np.array_equal(given.position, read.position)
    assert list(given.fields) == list(read.fields)


def of_numpy() -> Any:
    return VALUES, {"bounds": [[-1, 1], [0, 5], [10, 14]]}


def of_masked() -> Any:
    return np.ma.masked_greater(VALUES, 1e9), of_numpy()[1]


def of_dask_array() -> Any:
    return pytest.importorskip("dask.array").from_array(VALUES, chunks=(3, 6, 2)), of_numpy()[1]


def of_fortran() -> Any:
    return np.asfortranarray(VALUES.astype(">f8")), of_numpy()[1]


def of_axes() -> Any:
    return {"rho": VALUES, "x": X, "y": Y, "z": Z}, {}


def of_own_grid() -> Any:
    return Grid({"rho": VALUES}, (-1.0, 0.0, 10.0), (1 / 3, 1.0, 1.0)), {}


def of_xarray() -> Any:
    coordinates = {"z": Z, "x": X, "y": Y}
    array = pytest.importorskip("xarray").DataArray(VALUES, [("x", X), ("y", Y), ("z", Z)], name="rho")
    assert set(array.coords) == set(coordinates)
    return array.transpose("z", "y", "x"), {}


def of_xarray_with_depths() -> Any:
    depth = ("depth", -Z, {"units": "m", "positive": "down"})
    dataset = pytest.importorskip("xarray").Dataset(
        {"rho": (("x", "y", "depth"), VALUES)}, {"x": ("x", X, {"units": "m"}), "y": Y, "depth": depth}
    )
    return dataset, {}


def of_pyvista() -> Any:
    image = pytest.importorskip("pyvista").ImageData(dimensions=(7, 6, 5), spacing=(1 / 3, 1, 1), origin=(-1, 0, 10))
    image.point_data["rho"] = VALUES.ravel(order="F")
    return image, {}


def of_vtk() -> Any:
    from vtkmodules.vtkCommonDataModel import vtkRectilinearGrid

    made = pytest.importorskip("pyvista").RectilinearGrid(X, Y, Z)
    made.point_data["rho"] = VALUES.ravel(order="F")
    found = vtkRectilinearGrid()
    found.DeepCopy(made)
    return found, {}


class CoveringGrid:
    """What yt's covering grids have: cells whose middles are the samples."""

    left_edge = np.array([-1 - 1 / 6, -0.5, 9.5])
    dds = np.array([1 / 3, 1.0, 1.0])
    ActiveDimensions = np.array(VALUES.shape)

    def __init__(self) -> None:
        self.field_data = {("gas", "rho"): VALUES}

    def __getitem__(self, key: object) -> np.ndarray:
        return self.field_data[key]  # type: ignore[index]


GRIDS = [
    of_numpy,
    of_masked,
    of_dask_array,
    of_fortran,
    of_axes,
    of_own_grid,
    of_xarray,
    of_xarray_with_depths,
    of_pyvista,
    of_vtk,
    lambda: (CoveringGrid(), {}),
]


@pytest.mark.parametrize("make", GRIDS)
def test_a_grid_has_its_values_at_their_places(make: Callable[[], Any]):
    given, keys = make()
    assert_is_the_field(grid(given, **keys))


@pytest.mark.parametrize("make", GRIDS)
def test_a_grid_that_is_written_holds_the_same(make: Callable[[], Any], tmp_path: Path):
    given, keys = make()
    name = given_file(given)
    path = tmp_path / f"grid{name.held.suffix}"
    name.held.write(path)
    source = GridKind(file=str(path), **keys).open(tmp_path)
    assert_is_the_field(source)
    here = grid(name, **keys)
    assert source.fields == here.fields
    assert np.array_equal(source.at(0.0).field(None), here.at(0.0).field(None))


def test_times_of_xarray_are_those_that_its_file_would_have(tmp_path: Path):
    xarray = pytest.importorskip("xarray")
    dates = np.array(["2001-01-01", "2001-01-02", "2001-01-05"], "M8[ns]")
    values = np.stack([VALUES, 2 * VALUES, 3 * VALUES])
    given = xarray.DataArray(values, [("time", dates), ("x", X), ("y", Y), ("z", Z)], name="rho")
    source = grid(given)
    assert source.times.tolist() == [0, 1, 4]
    assert source.time_unit.startswith("days since 2001-01-01")
    assert "calendar" not in source.time_unit  # the standard one
    assert_is_the_field(source, 2.5, 2.5)
    path = tmp_path / "a.nc"
    given.to_netcdf(path)
    read = GridKind(file=str(path)).open(tmp_path)
    assert read.times.tolist() == source.times.tolist()
    assert read.time_unit.startswith(source.time_unit)


def test_a_map_of_xarray_lies_on_a_globe():
    latitude = ("lat", [-60.0, 0.0, 60.0], {"units": "degrees_north"})
    longitude = ("lon", [0.0, 90.0, 180.0, 270.0], {"units": "degrees_east"})
    given = pytest.importorskip("xarray").DataArray(
        np.arange(12.0).reshape(3, 4), dims=("lat", "lon"), coords={"lat": latitude, "lon": longitude}, name="t"
    )
    mesh = opened(MeshKind, given, globe=2).at(0.0, ("t",))
    place = np.flatnonzero(np.linalg.norm(mesh.points - [0, 2, 0], axis=1) < 1e-6)  # longitude 90, latitude 0
    assert mesh.fields["t"][place].tolist() == [5]


def test_what_is_written_of_xarray_has_the_same_axes(tmp_path: Path):
    xarray = pytest.importorskip("xarray")
    members = np.stack([VALUES, 2 * VALUES])
    named = xarray.DataArray(members, dims=("member", "x", "y", "z"), coords={"member": ["a", "b"]}, name="rho")
    nameless = xarray.DataArray(VALUES)  # z, y, x, as in a file of NetCDF
    for number, (given, keys) in enumerate([(named, {"dimensions": {"member": "b"}}), (nameless, {})]):
        name = given_file(given)
        name.held.write(tmp_path / f"{number}.zarr")
        here = grid(name, **keys).at(0.0).field(None)
        assert here.shape == (VALUES.shape if number == 0 else VALUES.shape[::-1])
        read = GridKind(file=f"{number}.zarr", **keys).open(tmp_path)
        assert np.array_equal(here, read.at(0.0).field(None))
    assert np.array_equal(grid(named, dimensions={"member": "b"}).at(0.0).field(None), 2 * VALUES)


def test_what_is_written_of_a_map_without_axes_lies_where_it_lay(tmp_path: Path):
    xarray = pytest.importorskip("xarray")
    longitude, latitude = np.meshgrid(np.linspace(0, 330, 12), np.linspace(-60, 60, 7))
    coordinates = {
        "lon": (("j", "i"), longitude, {"units": "degrees_east"}),
        "lat": (("j", "i"), latitude, {"units": "degrees_north"}),
    }
    name = given_file(xarray.Dataset({"t": (("j", "i"), longitude + latitude)}, coordinates))
    name.held.write(tmp_path / "map.zarr")
    here = opened(MeshKind, name, globe=2).at(0.0, ("t",))
    read = MeshKind(file="map.zarr", globe=2).open(tmp_path).at(0.0, ("t",))
    assert np.array_equal(here.points, read.points)
    assert np.array_equal(here.fields["t"], read.fields["t"])
    place = np.flatnonzero(np.linalg.norm(here.points - [0, 2, 0], axis=1) < 1e-6)  # longitude 90, latitude 0
    assert np.allclose(here.fields["t"][place], 90)


def test_a_list_is_one_for_each_time():
    source = grid([VALUES, 3 * VALUES], times=[0, 10], bounds=[[-1, 1], [0, 5], [10, 14]])
    assert_is_the_field(source, 2.0, 5.0)


def test_a_function_is_called_at_the_times(tmp_path: Path):
    called: list[float] = []

    def field(time: float) -> np.ndarray:
        called.append(time)
        return VALUES * np.float32(time)

    names = given_function(field, [1.0, 2.0, 4.0])
    assert called == [1]
    source = GridKind(file=names, times=[1, 2, 4], bounds=[[-1, 1], [0, 5], [10, 14]]).open(Path("/nowhere"))
    assert_is_the_field(source, 3.0, 3.0)
    assert 3.0 not in called
    names[2].held.write(tmp_path / "a.npy")
    assert np.array_equal(np.load(tmp_path / "a.npy"), 4 * VALUES)


def test_a_function_that_fails_is_the_users_mistake():
    with pytest.raises(InputError, match=r"the function fails at the time 1 \(ZeroDivisionError"):
        given_function(lambda time: VALUES * (1 / (time - 1)), [1.0])
    names = given_function(lambda time: VALUES if time < 2 else {"a": VALUES}, [1.0, 2.0])
    source = GridKind(file=names).open(Path("/nowhere"))
    with pytest.raises(InputError, match="at the time 2 the function gives a dict, and a ndarray at the first"):
        source.at(1.0)


def test_meshes_are_what_their_files_are(tmp_path: Path):
    pyvista = pytest.importorskip("pyvista")
    sphere = pyvista.Sphere(theta_resolution=8, phi_resolution=8)
    sphere.point_data["height"] = sphere.points[:, 2]
    sphere.save(tmp_path / "sphere.vtp")
    read = MeshKind(file="sphere.vtp").open(tmp_path).at(0.0, ("height",))
    own = Mesh(read.points, read.fields, read.lines, read.polys)
    for given in (sphere, own):
        name = given_file(given)
        mesh = opened(MeshKind, name).at(0.0, ("height",))
        path = tmp_path / f"again_{name.held.what}.vtp"
        name.held.write(path)
        again = MeshKind(file=str(path)).open(tmp_path).at(0.0, ("height",))
        for other in (mesh, again):
            assert np.array_equal(other.points, read.points)
            assert np.array_equal(other.polys.connectivity, read.polys.connectivity)
            assert np.array_equal(other.fields["height"], read.fields["height"])


def test_lines_are_rows_between_rows_of_nan():
    points = np.array([[0, 0, 0], [1, 0, 0], [np.nan] * 3, [0, 1, 0], [1, 1, 0], [2, 1, 0]])
    mesh = opened(MeshKind, points).at(0.0)
    assert mesh.lines.offsets.tolist() == [0, 2, 5]
    line = Mesh(np.eye(3), {}, Cells(np.array([0, 3]), np.array([0, 1, 2])))
    found = opened(MeshKind, line).at(0.0)
    assert found.lines.connectivity.tolist() == [0, 1, 2]


def test_own_particles_are_particles():
    found = particles(Particles(np.eye(3), {"mass": np.arange(3.0)})).at(0.0, ("mass",))
    assert np.array_equal(found.position, np.eye(3))
    assert found.fields["mass"].tolist() == [0, 1, 2]


def test_arrays_are_not_copied():
    given = np.zeros((4, 5, 6), np.float32)
    found = grid(given).at(0.0).field(None)
    assert np.shares_memory(found, given)
    assert not found.flags.writeable
    table = pytest.importorskip("pandas").DataFrame({"x": np.zeros(5), "y": np.zeros(5), "z": np.ones(5)})
    assert np.shares_memory(given_file(table).held.arrays["z"], table["z"].to_numpy())


def test_only_the_chunks_that_are_needed_are_computed():
    dask_array = pytest.importorskip("dask.array")
    computed: list[tuple[int, ...]] = []

    def chunk(block: np.ndarray, block_info: Any = None) -> np.ndarray:
        if block_info:
            computed.append(block_info[0]["chunk-location"])
        return block

    lazy = dask_array.zeros((8, 8, 8), chunks=4).map_blocks(chunk, dtype=float, meta=np.zeros((0, 0, 0)))
    pieces = given_file(lazy).held.contents().arrays["value"].pieces
    assert pieces.read(None, ((0, 4), (4, 8), (0, 2))).shape == (4, 4, 2)
    assert computed == [(0, 1, 0)]


def test_names_end_with_their_data():
    name = InMemory(given_file(VALUES).held)
    text = str.__str__(name)
    assert held_at(text) is name.held
    assert pickle.loads(pickle.dumps(name)) == text
    del name
    assert held_at(text) is None


def test_fingerprints_follow_from_the_content():
    one, same, other = VALUES.copy(), VALUES.copy(), VALUES.copy()
    other[3, 3, 3] += 1
    names = [given_file(each) for each in (one, same, other)]
    assert fingerprint({"file": names[0]}) == fingerprint({"file": names[1]}) != fingerprint({"file": names[2]})
    assert file_fingerprint(names[0]) == file_fingerprint(names[1]) != file_fingerprint(names[2])
    turned = [given_file(VALUES[::-1]), given_file(VALUES.astype(np.float64)), given_file(VALUES.reshape(6, 7, 5))]
    assert len({name.fingerprint for name in [*names, *turned]}) == 5


@pytest.mark.parametrize("make", [*TABLES, *(lambda make=make: make()[0] for make in GRIDS)])
def test_every_sort_of_data_has_a_fingerprint_of_its_content(make: Callable[[], Any]):
    assert given_file(make()).fingerprint == given_file(make()).fingerprint


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "None is not data; give an array"),
        ("halo.npy", "'halo.npy' is text, not data; write file: halo.npy"),
        (object(), "an object of the class object is not data"),
        (np.array(["a", "b"]), "ndarray holds text, not numbers"),
        ([VALUES, "halo.npy"], "'halo.npy' is text"),
        ({}, "the dict holds no columns"),
        ({1: np.zeros(3), "1": np.zeros(3)}, "two columns of the dict are called '1'"),
    ],
)
def test_what_cannot_be_given_is_said_in_one_sentence(given: object, message: str):
    with pytest.raises(InputError, match=message):
        given_file(given)
