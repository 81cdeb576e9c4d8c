"""Meshes: poly-lines and polygons from files, fields at their points, series, and errors."""

from __future__ import annotations

import json

import numpy as np
import pytest
import pyvista

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.data.mesh import Mesh

POINTS = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [5, 5, 5], [6, 5, 7]], float)
LINES = [[0, 1, 2], [4, 3]]


def lines(step=0.0, which=LINES, **fields):
    mesh = pyvista.PolyData(
        POINTS + step * np.array([1, 2, 4]), lines=[n for line in which for n in (len(line), *line)]
    )
    for name, values in {"heat": np.arange(5.0) + step, **fields}.items():
        mesh[name] = values
    return mesh


def meshes(folder, **keys):
    return build(Mesh, {"kind": "mesh", **keys}).open(folder)


def error_of(folder, **keys):
    with pytest.raises((InputError, InputErrors)) as caught:
        meshes(folder, **keys).examine()
    return caught.value.errors[0] if isinstance(caught.value, InputErrors) else caught.value


def cells(found):
    return [found.connectivity[a:b].tolist() for a, b in zip(found.offsets[:-1], found.offsets[1:], strict=True)]


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("suffix", ["vtp", "vtk", "vtu"])
def test_lines_of_vtk(tmp_path, suffix, binary):
    mesh = lines()
    (mesh.cast_to_unstructured_grid() if suffix == "vtu" else mesh).save(tmp_path / f"a.{suffix}", binary=binary)
    source = meshes(tmp_path, file=f"a.{suffix}")
    found = source.at(0.0, ["heat", "id", "x", "distance"])
    assert [found.points[line].tolist() for line in cells(found.lines)] == [POINTS[line].tolist() for line in LINES]
    assert [found.fields["heat"][line].tolist() for line in cells(found.lines)] == [[0, 1, 2], [4, 3]]
    assert [found.fields["id"][line].tolist() for line in cells(found.lines)] == [[0, 0, 0], [1, 1]]
    assert found.fields["x"].tolist() == found.points[:, 0].tolist()
    assert found.fields["distance"] == pytest.approx(np.linalg.norm(found.points, axis=1))
    assert len(found.polys) == 0
    assert source.times is None
    assert source.examine() == []
    assert source.at(3.0, ["heat", "id", "x", "distance"]) is found
    assert source.center(0.0) == pytest.approx((3, 2.5, 3.5))
    assert sorted(np.concatenate(list(source.survey("heat"))).tolist()) == [0, 1, 2, 3, 4]


def test_polygons_strips_and_blocks(tmp_path):
    pyvista.Sphere(radius=2).save(tmp_path / "ball.stl")
    ball = meshes(tmp_path, file="ball.stl").at(0.0)
    assert np.linalg.norm(ball.points, axis=1) == pytest.approx(2, rel=1e-3)
    assert len(ball.polys) == pyvista.Sphere().n_cells
    pyvista.Sphere().strip().save(tmp_path / "strips.vtp")
    assert len(meshes(tmp_path, file="strips.vtp").at(0.0).polys) == pyvista.Sphere().n_cells
    pyvista.examples.cells.Hexahedron().save(tmp_path / "cube.vtu")
    assert [len(face) for face in cells(meshes(tmp_path, file="cube.vtu").at(0.0).polys)] == [4] * 6


def test_cell_data_are_averaged_to_the_points(tmp_path):
    mesh = lines()
    mesh.cell_data["strength"] = [10.0, 20.0]
    mesh.save(tmp_path / "a.vtp")
    found = meshes(tmp_path, file="a.vtp").at(0.0, ["strength", "heat"])
    assert found.fields["strength"].tolist() == [10, 10, 10, 20, 20]
    assert found.fields["heat"].tolist() == [0, 1, 2, 3, 4]


def test_arrays_of_numpy_with_a_gap_between_lines(tmp_path):
    gap = np.full(3, np.nan)
    array = np.array([[0, 0, 0], [1, 0, 0], gap, gap, [2, 0, 0], [3, 0, 0], [4, 0, 0], gap])
    np.savez(tmp_path / "a.npz", lines=array, v=np.arange(8.0), others=np.zeros(3))
    source = meshes(tmp_path, file="a.npz")
    found = source.at(0.0, ["v"])
    assert cells(found.lines) == [[0, 1], [4, 5, 6]]
    assert found.fields["v"].tolist() == list(range(8))
    assert "others" not in source.fields
    assert source.examine() == []
    assert source.center(0.0) == (2, 0, 0)
    np.save(tmp_path / "a.npy", array)
    assert cells(meshes(tmp_path, file="a.npy").at(0.0).lines) == [[0, 1], [4, 5, 6]]


def test_a_series_is_interpolated_where_the_cells_are_the_same(tmp_path):
    for step in range(3):
        lines(step).save(tmp_path / f"a_{step}.vtp")
    source = meshes(tmp_path, file="a_*.vtp", times=[0, 1, 3])
    assert source.times.tolist() == [0, 1, 3]
    found = source.at(2.0, ["heat", "time"])
    np.testing.assert_allclose(found.points, POINTS + 1.5 * np.array([1, 2, 4]), rtol=1e-6)
    np.testing.assert_allclose(found.fields["heat"], np.arange(5) + 1.5)
    assert (found.fields["time"] == 2.0).all()
    held = meshes(tmp_path, file="a_*.vtp", times=[0, 1, 3], interpolation="hold")
    np.testing.assert_allclose(held.at(2.9).points, POINTS + np.array([1, 2, 4]), rtol=1e-6)
    assert held.at(2.9) is held.at(2.1)
    lines(3, which=[[0, 1, 2, 3, 4]]).save(tmp_path / "a_3.vtp")
    longer = meshes(tmp_path, file="a_*.vtp")
    np.testing.assert_allclose(longer.at(2.5).points, POINTS + 2 * np.array([1, 2, 4]), rtol=1e-6)
    assert "each mesh is held until the next one" in longer.examine()[0]


def test_collections_name_their_times(tmp_path):
    for step in range(2):
        lines(step).save(tmp_path / f"a_{step}.vtp")
    listed = [{"name": f"a_{step}.vtp", "time": 5.0 * step} for step in range(2)]
    (tmp_path / "a.vtp.series").write_text(json.dumps({"file-series-version": "1.0", "files": listed}))
    source = meshes(tmp_path, file="a.vtp.series")
    assert source.times.tolist() == [0, 5]
    assert {str(tmp_path / name) for name in ("a.vtp.series", "a_0.vtp", "a_1.vtp")} == set(source.files)
    sets = "".join(f'<DataSet timestep="{t}" part="{p}" file="a_{p}.vtp"/>' for t in (1, 2) for p in (0, 1))
    (tmp_path / "a.pvd").write_text(f'<VTKFile type="Collection"><Collection>{sets}</Collection></VTKFile>')
    both = meshes(tmp_path, file="a.pvd").at(1.0, ["heat"])
    assert cells(both.lines) == [*LINES, *[[n + 5 for n in line] for line in LINES]]
    assert both.fields["heat"].tolist() == [0, 1, 2, 3, 4, 1, 2, 3, 4, 5]


def test_only_the_named_field_is_read(tmp_path):
    lines(more=np.ones(5)).save(tmp_path / "a.vtp")
    assert meshes(tmp_path, file="a.vtp", field="heat").fields == ("heat", "distance", "id", "x", "y", "z")
    wrong = error_of(tmp_path, file="a.vtp", field="heta")
    assert (wrong.at, wrong.what) == (("field",), "no such field 'heta' in 'a.vtp'")
    assert "did you mean 'heat'" in wrong.instead


def test_mistakes(tmp_path):
    (tmp_path / "a.vtp").write_text("nonsense")
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    pyvista.PolyData(POINTS).save(tmp_path / "points.vtp")
    np.savez(tmp_path / "flat.npz", lines=np.zeros((4, 2)))
    np.savez(tmp_path / "other.npz", stuff=np.zeros((4, 3)))
    lines().save(tmp_path / "b.vtp")
    for keys, said in (
        ({"file": "nothing.vtp"}, "no such file 'nothing.vtp'"),
        ({"file": "a.vtp"}, "the file 'a.vtp' cannot be read"),
        ({"file": "a.csv"}, "'a.csv' is not a mesh"),
        ({"file": "flat.npz"}, "not a list of positions (n, 3)"),
        ({"file": "other.npz"}, "it has no array position"),
        ({"file": ["b.vtp", "b.vtp"], "times": [1]}, "there are 1 times and 2 snapshots"),
    ):
        assert said in error_of(tmp_path, **keys).what
    wrong = error_of(tmp_path, file="points.vtp")
    assert wrong.what == "it holds only points, neither lines nor polygons"


def test_a_ply_file_that_begins_with_something_else_is_refused(tmp_path):
    head = "ply\nformat ascii 1.0\nelement camera 1\nproperty float view\n"
    head += "element vertex 3\nproperty float x\nproperty float y\nproperty float z\n"
    head += "element face 1\nproperty list uchar int vertex_indices\nend_header\n"
    (tmp_path / "scan.ply").write_text(head + "1\n0 0 0\n1 0 0\n0 1 0\n3 0 1 2\n")
    assert "do not come first" in error_of(tmp_path, file="scan.ply").what  # VTK would end the program


def test_points_that_are_not_finite_give_a_warning(tmp_path):
    mesh = lines()
    mesh.points[1] = np.nan
    mesh.save(tmp_path / "a.vtp")
    assert meshes(tmp_path, file="a.vtp").examine() == ["1 points are not finite; nothing is drawn through them"]


def test_public_data(real_data):
    source = meshes(real_data, file="streamlines_data.npz")
    found = source.at(0.0, ["v"])
    assert source.examine() == []
    assert len(found.lines) == 84
    assert len(found.fields["v"]) == 50807


def write_geotiff(path, heights, tags):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(path, heights, photometric="minisblack", extratags=tags)


def geo_keys(model, raster):
    """Tags of a raster with pixels of 2 x 5 units and its upper left corner at (500000, 5400000)."""
    directory = (1, 1, 0, 2, 1024, 0, 1, model, 1025, 0, 1, raster)
    return [
        (33550, "d", 3, (2.0, 5.0, 0.0), False),
        (33922, "d", 6, (0.0, 0.0, 0.0, 500000.0, 5400000.0, 0.0), False),
        (34735, "H", 12, directory, False),
        (42113, "s", 0, "-9999", False),
    ]


@pytest.mark.parametrize(("raster", "inside"), [(1, 0.5), (2, 0.0)])
def test_a_geotiff_is_a_terrain_at_the_position_of_its_tags(tmp_path, raster, inside):
    heights = np.arange(12, dtype=np.float32).reshape(3, 4)  # rows from north to south
    heights[2, 3] = -9999
    write_geotiff(tmp_path / "dem.tif", heights, geo_keys(1, raster))
    written = {"kind": "mesh", "file": "dem.tif", "height": {"by": "value", "scale": 10}}
    mesh = build(Mesh, written).open(tmp_path).at(0.0, ("value",))
    points = {tuple(point): value for point, value in zip(mesh.points.tolist(), mesh.fields["value"], strict=True)}
    for row, column in ((0, 0), (0, 3), (1, 2), (2, 0)):
        place = (500000 + 2 * (column + inside), 5400000 - 5 * (row + inside), 10.0 * heights[row, column])
        assert points[place] == heights[row, column]
    assert len(mesh.polys) == 5, "the cell with a corner that is missing is left out"


def test_a_map_on_a_globe_in_relief_moves_with_its_field(tmp_path):
    netcdf = pytest.importorskip("netCDF4")
    with netcdf.Dataset(tmp_path / "m.nc", "w") as file:
        for name, values, units in (
            ("time", [0.0, 2.0], "days since 2000-01-01"),
            ("lat", [-10.0, 0.0, 10.0], "degrees_north"),
            ("lon", [0.0, 10.0, 20.0], "degrees_east"),
        ):
            file.createDimension(name, len(values))
            file.createVariable(name, "f8", (name,))[:] = values
            file[name].units = units
        file.createVariable("sst", "f4", ("time", "lat", "lon"))[:] = 7.0
        file.createVariable("level", "f4", ("time", "lat", "lon"))[:] = np.array([1.0, 3.0])[:, None, None]
    written = {"kind": "mesh", "file": "m.nc", "field": "sst", "globe": 100.0, "height": {"by": "level", "scale": 2}}
    source = build(Mesh, written).open(tmp_path)
    for time, away in ((0.0, 102), (1.0, 104), (2.0, 106)):
        assert np.linalg.norm(source.at(time).points, axis=1) == pytest.approx(away, rel=1e-4)
    with pytest.raises(InputError, match="no such field 'levl'") as caught:
        build(Mesh, written | {"height": "levl"}).open(tmp_path)
    assert caught.value.at == ("height", "by")


def test_only_maps_have_heights(tmp_path):
    pyvista.Plane().save(tmp_path / "plane.vtp")
    with pytest.raises(InputError, match="not a map") as caught:
        build(Mesh, {"kind": "mesh", "file": "plane.vtp", "height": "x"}).open(tmp_path)
    assert caught.value.at == ("height",)
