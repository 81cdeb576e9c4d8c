"""Maps close round the globe and at the poles wherever their samples do."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from moviemaker.core.kinds import build
from moviemaker.data.grid import Grid
from moviemaker.data.mesh import Mesh

netcdf = pytest.importorskip("netCDF4")

LAT = np.arange(-87.5, 90, 5)


def write(path, lon, lat, values=None):
    """A map with longitudes and latitudes along its axes, or of every sample."""
    curved = lon.ndim == 2
    with netcdf.Dataset(path, "w") as file:
        ny, nx = lon.shape if curved else (len(lat), len(lon))
        for name, count in (("y", ny), ("x", nx)):
            file.createDimension(name, count)
        dimensions = {"TLONG": ("y", "x"), "TLAT": ("y", "x")} if curved else {"x": ("x",), "y": ("y",)}
        units = ("degrees_east", "degrees_north")
        for (name, along), each, unit in zip(dimensions.items(), (lon, lat), units, strict=True):
            file.createVariable(name, "f8", along)[:] = each
            file[name].units = unit
        field = file.createVariable("T", "f4", ("y", "x"))
        field[:] = np.zeros((ny, nx)) if values is None else values
        if curved:
            field.coordinates = "TLAT TLONG"
    return path


def is_seen_from_outside(mesh):
    corners = [mesh.points[mesh.polys.connectivity[start : start + 3]] for start in mesh.polys.offsets[:-1]]
    normals = [np.cross(b - a, c - a) @ (a + b + c) for a, b, c in corners]
    return min(normals) > -1e-9


def open_edges(path, **keys):
    """The edges of a map that only one of its polygons has, as latitudes of their middles."""
    mesh = build(Mesh, {"kind": "mesh", "file": path.name, "globe": 1.0} | keys).open(path.parent).at(0.0)
    assert is_seen_from_outside(mesh)
    places = np.round(mesh.points, 6)
    _, same = np.unique(places + 0.0, axis=0, return_inverse=True)
    same, uses = same.ravel(), Counter()
    for start, stop in zip(mesh.polys.offsets[:-1], mesh.polys.offsets[1:], strict=True):
        corners = same[mesh.polys.connectivity[start:stop]]
        uses.update(frozenset(pair) for pair in zip(corners, np.roll(corners, -1), strict=True) if pair[0] != pair[1])
    ends = [np.array(list(edge)) for edge, count in uses.items() if count == 1]
    first = {point: index for index, point in reversed(list(enumerate(same.tolist())))}
    middles = [mesh.points[[first[point] for point in edge]].mean(axis=0) for edge in ends]
    return [float(np.degrees(np.arctan2(p[2], np.hypot(p[0], p[1])))) for p in middles]


@pytest.mark.parametrize(
    "longitudes",
    [
        np.arange(0, 360, 5),
        np.arange(2.5, 360, 5),
        np.arange(0, 361, 5),
        np.arange(-180, 180, 5),
        np.arange(-180, 181, 5),
        np.arange(180, -180, -5),
        (np.arange(0, 360, 5) + 180) % 360,
        (np.arange(0, 360, 5) + 100 + 180) % 360 - 180,
    ],
    ids=["0..355", "middles", "0..360", "-180..175", "-180..180", "descending", "rolled", "rolled_180"],
)
def test_a_global_map_has_no_open_edge(tmp_path, longitudes):
    for latitudes in (LAT, LAT[::-1], np.linspace(-90, 90, 37)):
        path = write(tmp_path / "a.nc", longitudes.astype(float), latitudes)
        edges = open_edges(path)
        assert not [edge for edge in edges if abs(edge) < 89.9]


def test_a_part_of_the_globe_stays_open(tmp_path):
    for longitudes in (np.arange(0, 300, 5.0), (np.arange(170, 230, 5.0) + 180) % 360 - 180):
        edges = open_edges(write(tmp_path / "a.nc", longitudes, LAT))
        assert len(edges) == 2 * (len(LAT) - 1 + len(longitudes) - 1)
    edges = open_edges(write(tmp_path / "a.nc", np.arange(0, 360, 5.0), np.arange(-60, 61, 5.0)))
    assert len(edges) == 2 * 72
    assert {round(abs(edge)) for edge in edges} == {60}


def ocean(south=-78.0, north=88.0, nx=90, ny=45):
    lon, lat = np.meshgrid((320 + np.arange(nx) * 360 / nx + 2) % 360, np.linspace(south, north, ny))
    return (lon + 10 * np.sin(np.radians(lat))) % 360, lat


def test_a_curvilinear_ocean_is_closed(tmp_path):
    lon, lat = ocean()
    for order in (slice(None), slice(None, None, -1)):
        edges = open_edges(write(tmp_path / "a.nc", lon[order], lat[order]))
        assert len(edges) == 90
        assert max(edges) < -77
    repeated = [np.concatenate([each, each[:, :1]], axis=1) for each in (lon, lat)]
    assert max(open_edges(write(tmp_path / "a.nc", *repeated))) < -77
    part = [each[:, :60] for each in (lon, lat)]
    assert len(open_edges(write(tmp_path / "a.nc", *part))) == 2 * (44 + 59)


def test_a_tripolar_ocean_is_sewn_up_at_its_fold(tmp_path):
    nx, half = 72, 36
    lon, lat = ocean(-78, 60, nx, 30)
    # The cap above 60 degrees: lines from one side of the fold, at longitude 90 and 270, to the other.
    i = np.arange(nx) + 0.5
    width = 1 - np.arange(1, 9) / 8.5  # the last row is half a step before the fold
    x, y = np.cos(2 * np.pi * i / nx), np.sin(2 * np.pi * i / nx)
    reach = np.tan(np.radians(15))
    u, v = reach * 2 * x * np.ones((8, 1)), reach * 2 * y * width[:, None]
    cap_lat = 90 - 2 * np.degrees(np.arctan(np.hypot(u, v) / 2))
    cap_lon = np.degrees(np.arctan2(v, u)) % 360
    lon = np.concatenate([np.tile(360 * i / nx, (30, 1)), cap_lon])
    lat = np.concatenate([lat, cap_lat])
    edges = open_edges(write(tmp_path / "a.nc", lon, lat))
    inner = [edge for edge in edges if edge > 0]
    assert len(inner) < half / 3


def test_a_pole_has_the_mean_of_what_is_known(tmp_path):
    values = np.zeros((len(LAT), 72))
    values[-1] = np.arange(72)
    values[-1, ::2] = np.nan
    write(tmp_path / "a.nc", np.arange(0, 360, 5.0), LAT, values)
    mesh = build(Mesh, {"kind": "mesh", "file": "a.nc", "globe": 1.0}).open(tmp_path).at(0.0, ("T",))
    assert mesh.fields["T"][mesh.points[:, 2] > 0.9999] == pytest.approx([36])


def test_a_flat_map_has_no_cells_across_all_of_it(tmp_path):
    write(tmp_path / "a.nc", *ocean())
    mesh = build(Mesh, {"kind": "mesh", "file": "a.nc"}).open(tmp_path).at(0.0)
    cells = mesh.polys.connectivity.reshape(-1, 4)
    assert np.ptp(mesh.points[cells, 0], axis=1).max() < 30


def test_coordinates_without_the_attribute_and_in_time(tmp_path):
    lon, lat = ocean()
    with netcdf.Dataset(tmp_path / "a.nc", "w") as file:
        for name, count in (("Time", 2), ("south_north", 45), ("west_east", 90)):
            file.createDimension(name, count)
        for name, each, unit in (("XLONG", lon, "degree_east"), ("XLAT", lat, "degree_north")):
            file.createVariable(name, "f4", ("Time", "south_north", "west_east"))[:] = each
            file[name].units = unit
        file.createVariable("T2", "f4", ("Time", "south_north", "west_east"))[:] = lat
    source = build(Mesh, {"kind": "mesh", "file": "a.nc", "globe": 1.0}).open(tmp_path)
    mesh = source.at(0.0, ("T2",))
    assert source.stored == ("T2",)
    np.testing.assert_allclose(np.degrees(np.arcsin(mesh.points[:, 2])), mesh.fields["T2"], atol=2.1)


def test_levels_around_a_globe_are_closed_with_a_repeated_column(tmp_path):
    longitudes = np.arange(0, 361, 10.0)
    with netcdf.Dataset(tmp_path / "a.nc", "w") as file:
        for name, each, unit in (
            ("lev", [0.0, 1.0], "m"),
            ("lat", LAT, "degrees_north"),
            ("lon", longitudes, "degrees_east"),
        ):
            file.createDimension(name, len(each))
            file.createVariable(name, "f8", (name,))[:] = each
            file[name].units = unit
        file.createVariable("q", "f4", ("lev", "lat", "lon"))[:] = 1
    keys = {"kind": "grid", "file": "a.nc", "globe": {"radius": 1.0, "height": 1.0}, "shape": 32}
    grid = build(Grid, keys).open(tmp_path).at(0.0)
    away = np.sqrt(sum(each**2 for each in np.meshgrid(*(np.linspace(*pair, 32) for pair in grid.bounds))))
    assert np.isfinite(grid.field("q")[(away > 1.01) & (away < 1.99)]).all()
