"""Grids that are resampled: cells, levels around a globe, maps; and their automatic transfer functions."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.histograms.auto_transfer import auto_transfer
from moviemaker.core.kinds import build
from moviemaker.data.describing.describe import describe
from moviemaker.data.grid import Grid
from moviemaker.data.mesh import Mesh
from moviemaker.data.particle_sets.grid_samples import GridPoints


def grid(folder, **keys):
    return build(Grid, {"kind": "grid", **keys}).open(folder)


def mesh(folder, **keys):
    return build(Mesh, {"kind": "mesh", **keys}).open(folder)


def error_of(open_as, folder, **keys):
    with pytest.raises((InputError, InputErrors)) as caught:
        open_as(folder, **keys).examine()
    return caught.value.errors[0] if isinstance(caught.value, InputErrors) else caught.value


def plane(points):
    """A field that linear interpolation reproduces exactly."""
    return points @ [1.0, -2.0, 0.5] + 7


@pytest.fixture
def tetrahedra():
    """A box of tetrahedra from (0, 0, 0) to (4, 3, 2) with a linear field."""
    pyvista = pytest.importorskip("pyvista")
    cells = pyvista.ImageData(dimensions=(5, 4, 3)).to_tetrahedra()
    cells["heat"] = plane(np.asarray(cells.points, float))
    return cells


def samples(found):
    where = np.argwhere(np.ones(found.shape))
    matrix = found.world_from_index
    return where @ matrix[:3, :3].T + matrix[:3, 3]


def test_cells_are_resampled_at_the_positions_of_the_grid(tmp_path, tetrahedra):
    tetrahedra.save(tmp_path / "a.vtu")
    source = grid(tmp_path, file="a.vtu", shape=[9, 7, 6])
    found = source.at(0)
    assert found.shape == (9, 7, 6)
    assert found.bounds == ((0, 4), (0, 3), (0, 2))
    np.testing.assert_allclose(found.field(None).ravel(), plane(samples(found)), rtol=1e-5)
    (said,) = source.examine()
    assert said.startswith("'heat' is resampled onto 9 x 7 x 6: at the points of the file the error is ")
    assert float(said.split(" error is ")[1].split(" %")[0]) < 1e-4
    assert grid(tmp_path, file="a.vtu", shape=17).at(0).shape == (17, 13, 9)
    part = grid(tmp_path, file="a.vtu", shape=[3, 3, 3], bounds=[[-1, 1], [1, 2], [0, 1]]).at(0)
    assert part.bounds == ((-1, 1), (1, 2), (0, 1))
    assert np.isnan(part.field(None)[0]).all()
    np.testing.assert_allclose(part.field(None)[1:].ravel(), plane(samples(part))[9:], rtol=1e-5)


def test_error_of_resampling(tmp_path, tetrahedra):
    # A field that is 1 at a single point is lost between samples twice as far apart as the points.
    tetrahedra["spike"] = (np.asarray(tetrahedra.points) == [1, 1, 1]).all(axis=1).astype(float)
    tetrahedra.save(tmp_path / "a.vtu")
    (said,) = grid(tmp_path, file="a.vtu", field="spike", shape=[3, 2, 2]).examine()
    assert "100 % at most" in said


def test_series_of_cells_and_curved_grids(tmp_path, tetrahedra):
    pyvista = pytest.importorskip("pyvista")
    tetrahedra.save(tmp_path / "a_0.vtu")
    tetrahedra.points += [0, 0, 1]
    tetrahedra["heat"] += 10.0
    tetrahedra.save(tmp_path / "a_1.vtu")
    sets = "".join(f'<DataSet timestep="{2 * n}" file="a_{n}.vtu"/>' for n in range(2))
    (tmp_path / "a.pvd").write_text(f'<VTKFile type="Collection"><Collection>{sets}</Collection></VTKFile>')
    source = grid(tmp_path, file="a.pvd", shape=[5, 4, 4])
    assert source.times.tolist() == [0, 2]
    assert source.at(0).bounds == ((0, 4), (0, 3), (0, 3))  # of all times
    assert np.isnan(source.at(0).field(None)[..., 3]).all()
    np.testing.assert_allclose(source.at(2).field(None)[2, 1, 1], plane(np.array([2, 1, 0])) + 10)
    assert len(source.files) == 3
    x, y, z = np.mgrid[0:3:4j, 0:3:4j, 0:2:3j]
    curved = pyvista.StructuredGrid(x + 0.2 * y, y, z)
    curved["heat"] = plane(np.asarray(curved.points, float))
    for name in ("b.vts", "b.vtk"):
        curved.save(tmp_path / name)
        found = grid(tmp_path, file=name).at(0)
        known = np.isfinite(found.field(None)).ravel()
        assert 0.5 < known.mean() < 1
        np.testing.assert_allclose(found.field(None).ravel()[known], plane(samples(found))[known], rtol=1e-4)


def test_cells_without_volume_are_not_a_grid(tmp_path):
    pyvista = pytest.importorskip("pyvista")
    pyvista.Sphere().cast_to_unstructured_grid().save(tmp_path / "a.vtu")
    assert "surfaces and lines are for data of kind mesh" in error_of(grid, tmp_path, file="a.vtu").what
    tetrahedra = pyvista.ImageData(dimensions=(3, 3, 3)).to_tetrahedra()
    tetrahedra.clear_data()
    tetrahedra.save(tmp_path / "b.vtu")
    assert "has no numbers" in error_of(grid, tmp_path, file="b.vtu").what


def lonlat(path, longitudes, latitudes, levels=None, times=(), value=None, missing=None):
    netcdf = pytest.importorskip("netCDF4")
    axes = {"time": times, "lev": levels, "lat": latitudes, "lon": longitudes}
    axes = {name: np.asarray(values, float) for name, values in axes.items() if values is not None and len(values)}
    units = {"time": "days since 2000-01-01", "lev": "km", "lat": "degrees_north", "lon": "degrees_east"}
    with netcdf.Dataset(path, "w") as file:
        for name, values in axes.items():
            file.createDimension(name, len(values))
            file.createVariable(name, "f8", (name,))[:] = values
            file[name].units = units[name]
            if name == "lev":
                file[name].positive = "up"
        field = file.createVariable("heat", "f8", tuple(axes), fill_value=-1e9)
        at = dict(zip(axes, np.meshgrid(*axes.values(), indexing="ij"), strict=True))
        values = value(**at)
        field[:] = values if missing is None else np.ma.masked_array(values, missing(**at))
        field.units = "K"


def ball(lon, lat, lev):
    """z / r = sin(lat) times a level: smooth across the poles and the date line."""
    return (1 + 0.1 * lev) * (2 + np.sin(np.radians(lat)) + np.cos(np.radians(lat)) * np.sin(np.radians(lon)))


def test_levels_lie_around_a_globe(tmp_path):
    lonlat(tmp_path / "a.nc", np.arange(0, 360, 5), np.arange(-87.5, 90, 5), [0, 5, 10], value=ball)
    source = grid(tmp_path, file="a.nc", globe={"radius": 20, "height": 1}, shape=61)
    found = source.at(0)
    np.testing.assert_allclose(found.bounds, ((-31.5, 31.5),) * 3)  # samples beyond the last level on all sides
    place = samples(found)
    away = np.linalg.norm(place, axis=1)
    values = found.field(None).ravel()
    inside = (away > 20) & (away < 30)
    assert np.isfinite(values[inside]).all()
    margin = 1.05 * 3**0.5 + 0.01  # a sample further, with the values of the first and the last level
    assert np.isnan(values[(away < 20 - margin) | (away > 30 + margin)]).all()
    below = np.argmin(np.linalg.norm(place - [19, 0, 0], axis=1))
    depth = np.minimum(away - 20, 30 - away) / 1.05
    np.testing.assert_allclose(found.inside.ravel(), np.clip(depth, -1.5, 1.5), atol=1e-5)
    assert values[below] == pytest.approx(ball(0, 0, 0), abs=0.01)
    lon = np.degrees(np.arctan2(place[:, 1], place[:, 0]))
    lat = np.degrees(np.arcsin(place[inside, 2] / away[inside]))
    off = values[inside] - ball(lon[inside], lat, away[inside] - 20)
    # Linear between samples 5 degrees apart: the error is h^2 / 8 times a curvature of 1 to 2, and larger only between
    # the last row and the pole, where the last row is repeated.
    assert np.abs(off[np.abs(lat) < 87.5]).max() < 0.01
    assert np.abs(off).max() < 0.1
    assert GridPoints(source, (20, 20, 20)).at(0, ("heat",)).globe
    (said,) = source.examine()
    assert "'heat' is resampled onto 61 x 61 x 61: at the points of the file the error is" in said
    flat = grid(tmp_path, file="a.nc", globe={"radius": 100, "height": 1}, shape=41).examine()
    assert "all levels together are as high as 1.7 samples" in flat[1]
    thin = error_of(grid, tmp_path, file="a.nc", globe=6371)
    assert (thin.at, thin.what) == (("globe",), "all levels together are 10 high, and samples are 103 apart")
    assert thin.instead.startswith("raise them, as by globe: {radius: 6371, height: 64}")
    assert error_of(grid, tmp_path, file="a.nc", globe=3, bounds=[[0, 1]] * 3).at == ("bounds",)
    lonlat(tmp_path / "b.nc", [0, 10], [0, 10], value=lambda lon, lat: lon)
    assert error_of(grid, tmp_path, file="b.nc", globe=3).instead.startswith("write kind: mesh")


def wave(lon, lat, time):
    return lat + 0.1 * lon + 10 * time


def test_a_map_is_laid_on_a_globe(tmp_path):
    longitudes, latitudes = np.arange(5, 360, 10), np.arange(85, -86, -10)  # from north to south
    lonlat(
        tmp_path / "a.nc", longitudes, latitudes, times=[0, 2], value=wave,
        missing=lambda lon, lat, time: (lon == 95) & (lat == 35),
    )  # fmt: skip
    source = mesh(tmp_path, file="a.nc", globe={"radius": 3})
    assert source.times.tolist() == [0, 2]
    assert source.fields[0] == "heat"
    found = source.at(1, ["heat"])
    np.testing.assert_allclose(np.linalg.norm(found.points, axis=1), 3)
    east = np.argmin(np.linalg.norm(found.points - 3 * direction(25, 45), axis=1))
    np.testing.assert_allclose(found.points[east], 3 * direction(25, 45), atol=1e-12)
    assert found.fields["heat"][east] == pytest.approx(45 + 2.5 + 10)
    counts = np.diff(found.polys.offsets)
    assert (counts == 4).sum() == 36 * 17 - 4  # round the globe, without the four around what is missing
    assert (counts == 3).sum() == 2 * 36  # both poles
    areas, outward = shapes(found)
    assert (outward > 0).all()
    assert areas.sum() == pytest.approx(4 * np.pi * 9, rel=0.02)
    assert source.examine() == []
    pole = np.argmax(found.points[:, 2])
    assert found.fields["heat"][pole] == pytest.approx(85 + 0.1 * 180 + 10)


def direction(lon, lat):
    lon, lat = np.radians([lon, lat])
    return np.array([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)])


def shapes(found):
    """Area of every polygon, and the cosine between its normal and the direction away from the origin."""
    areas, outward = [], []
    for start, end in zip(found.polys.offsets[:-1], found.polys.offsets[1:], strict=True):
        corners = found.points[found.polys.connectivity[start:end]]
        normal = (
            sum(np.cross(corners[n] - corners[0], corners[n + 1] - corners[0]) for n in range(1, len(corners) - 1)) / 2
        )
        areas.append(np.linalg.norm(normal))
        outward.append(normal @ corners.mean(axis=0))
    return np.array(areas), np.array(outward)


def test_maps_that_are_flat_partial_or_of_a_level(tmp_path):
    lonlat(tmp_path / "a.nc", [10, 20, 30], [0, 10], [1, 4], value=lambda lon, lat, lev: lon + lev)
    flat = mesh(tmp_path, file="a.nc").at(0, ["heat"])
    assert flat.points[:, 2].tolist() == [0] * 6
    assert sorted(set(flat.points[:, 0])) == [10, 20, 30]
    assert len(flat.polys) == 2
    assert flat.fields["heat"].tolist() == [11, 11, 21, 21, 31, 31]
    part = mesh(tmp_path, file="a.nc", globe={"radius": 1, "level": 3.9}).at(0, ["heat"])
    assert len(part.polys) == 2
    assert part.fields["heat"].tolist() == [14, 14, 24, 24, 34, 34]
    np.savez(tmp_path / "a.npz", lines=np.zeros((3, 3)))
    assert error_of(mesh, tmp_path, file="a.npz", globe=1).at == ("globe",)


def test_a_curved_map(tmp_path):
    netcdf = pytest.importorskip("netCDF4")
    lon, lat = np.meshgrid([0.0, 10, 20], [0.0, 10], indexing="ij")
    lon = lon + lat / 2
    with netcdf.Dataset(tmp_path / "a.nc", "w") as file:
        file.createDimension("i", 3), file.createDimension("j", 2)
        for name, values, units in (("TLON", lon, "degrees_east"), ("TLAT", lat, "degrees_north")):
            file.createVariable(name, "f8", ("j", "i"))[:] = values.T
            file[name].units = units
        heat = file.createVariable("heat", "f8", ("j", "i"))
        heat[:], heat.coordinates = (lon + 100 * lat).T, "TLON TLAT"
    found = mesh(tmp_path, file="a.nc", globe=2).at(0, ["heat"])
    for point, value in zip(found.points, found.fields["heat"], strict=True):
        np.testing.assert_allclose(point, 2 * direction(value % 100, value // 100), atol=1e-12)
    assert yaml.safe_load(describe(tmp_path / "a.nc").scene)["data"]["a"]["globe"] == {"radius": 1}


def test_info_proposes_what_fits(tmp_path, tetrahedra):
    tetrahedra.save(tmp_path / "cells.vtu")
    assert describe(tmp_path / "cells.vtu").kind == "grid"
    ball = pytest.importorskip("pyvista").Sphere()
    ball.save(tmp_path / "ball.stl")
    surface = describe(tmp_path / "ball.stl")
    assert (surface.kind, yaml.safe_load(surface.scene)["layers"][0]["kind"]) == ("mesh", "surface")
    lonlat(tmp_path / "map.nc", [10, 20, 30], [0, 10], times=[0, 1], value=wave)
    chart = describe(tmp_path / "map.nc")
    assert chart.kind == "mesh"
    assert "2, from 0 to 1 days since 2000-01-01" in str(chart)
    lonlat(tmp_path / "deep.nc", [10, 20, 30], [0, 20], [0, 1000], value=lambda lon, lat, lev: lon + lev)
    deep = describe(tmp_path / "deep.nc")
    assert deep.fields[0].unit == "K"
    written = yaml.safe_load(deep.scene)["data"]["deep"]
    assert written["bounds"] == [[10, 30], [0, 20], [0, 20]]  # a thousand high would be a needle
    assert build(Grid, written).open(tmp_path).at(0).bounds == ((10, 30), (0, 20), (0, 20))


def test_auto_transfer_draws_everything_but_the_background():
    random = np.random.default_rng(0)
    noise = random.normal(0, 1, 100_000)
    blob = random.normal(12, 1, 3000)
    look = auto_transfer(np.concatenate([noise, blob]))
    assert abs(look.background) < 0.5
    assert 2 < look.transfer[0][0] < 10
    assert 0.02 < look.part < 0.1
    opacity = np.interp([0.0, 12.0], *zip(*look.transfer, strict=True))
    assert opacity[0] == 0 < opacity[1]
    saturated = np.concatenate([random.integers(0, 12, 50_000), random.integers(40, 220, 60_000), np.full(8000, 255)])
    assert auto_transfer(saturated).transfer[0][0] < 40
    assert auto_transfer(saturated).transfer[0][1] == 0
    dark = auto_transfer(100 - np.concatenate([noise, blob]))
    assert dark.transfer[-1][1] == 0 < dark.transfer[0][1]
    signed = auto_transfer(np.concatenate([noise / 100, random.uniform(-5, 5, 2000)]))
    assert signed.transfer[0][0] == -signed.transfer[-1][0]
    assert np.interp(0.0, *zip(*signed.transfer, strict=True)) == 0
    assert auto_transfer(np.ones(10)).transfer[0][0] < auto_transfer(np.ones(10)).transfer[1][0]


def test_a_ray_through_the_visible_samples_loses_three_quarters_of_its_light():
    # Half of the samples are visible, all with one value: a cube of half the volume.
    values = np.concatenate([np.linspace(0, 0.1, 500_000), np.full(500_000, 0.5), np.linspace(0.9, 1, 1000)])
    look = auto_transfer(values)
    opacity = np.interp(0.5, *zip(*look.transfer, strict=True))
    steps = 100 * 0.5 ** (1 / 3) / 3**0.5
    assert 1 - (1 - opacity) ** steps == pytest.approx(0.75, abs=0.02)


def test_public_grids(real_data):
    for name, shape, at, value in (
        ("hydrogen.vti", (64, 64, 64), None, None),
        ("avg152T1_RL_nifti.nii.gz", (91, 109, 91), (40, -20, 8), 255),  # in the letter R, which is on the right
        ("EMD-3197.map", (20, 20, 20), None, None),
        ("m4_TotalDensity.cube", (25, 22, 31), None, None),
    ):
        source = grid(real_data, file=name)
        found = source.at(0)
        assert found.shape == shape
        if at is not None:
            where = np.linalg.solve(found.world_from_index, [*at, 1])[:3].round().astype(int)
            assert found.field(None)[tuple(where)] == value
    cube = grid(real_data, file="m4_TotalDensity.cube").at(0)
    # The atoms of the file, carbon and the like, in bohr: the density is high on each.
    for atom in ([0.001678, -1.322646, -0.033019], [2.292727, 2.644509, -0.057180]):
        where = np.linalg.solve(cube.world_from_index, [*atom, 1])[:3].round().astype(int)
        assert cube.field(None)[tuple(where)] > 0.1
    assert grid(real_data, file="EMD-3197.map").at(0).origin == pytest.approx((-22.8, 0, 0))


def test_the_sea_on_the_globe(real_data):
    pytest.importorskip("netCDF4")
    source = mesh(real_data, file="tos_O1_2001-2002.nc", globe={"radius": 1})
    found = source.at(15, ["tos"])
    assert len(source.times) == 24
    used = np.unique(found.polys.connectivity)
    lat = np.degrees(np.arcsin(found.points[used, 2]))
    heat = found.fields["tos"][used]
    assert heat[np.abs(lat) < 10].mean() > 297 > 280 > heat[np.abs(lat) > 60].mean()
    # Nothing is drawn over the middle of Australia, and something over that of the Pacific.
    for lon, seen in ((134, False), (200, True)):
        near = found.points[used] @ direction(lon, -25 if not seen else 0)
        assert (near > np.cos(np.radians(1.5))).any() == seen
