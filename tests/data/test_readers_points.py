"""Points of VTK's formats, of laser scanners and of PLY: positions, fields, times and order as they were written."""

from __future__ import annotations

import gzip
import json

import numpy as np
import pytest
import pyvista

from moviemaker.cli import main
from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.data.particles import Particles

N = 7
HEAT = np.linspace(-1, 2, N).astype(np.float32) ** 3
WIND = np.stack([np.arange(N), np.arange(N) ** 2, -np.ones(N)], axis=1).astype(np.float32)
COLORS = np.stack([np.arange(N) * 36, 255 - np.arange(N), np.full(N, 7)], axis=1).astype(np.uint8)


def place(step=0.0):
    """Positions (7, 3) at a step: all coordinates differ, and every axis moves at its own speed."""
    n = np.arange(N)
    return np.stack([n - 3, 10 + 0.5 * n, 100 + 0.25 * n**2], axis=1) + step * np.array([1.0, 2.0, 4.0])


def points_with_fields(step=0.0, **fields):
    points = pyvista.PolyData(place(step))
    points["heat"], points["wind"], points["rgb"] = HEAT + np.float32(step), WIND, COLORS
    for name, values in fields.items():
        points[name] = values
    return points


def particles(folder, **keys):
    return build(Particles, {"kind": "particles", **keys}).open(folder)


def error_of(folder, **keys):
    with pytest.raises((InputError, InputErrors)) as caught:
        particles(folder, **keys).examine()
    return caught.value.errors[0] if isinstance(caught.value, InputErrors) else caught.value


def check_info(file, capsys, *said):
    """`info` describes the file, and its output is a scene without errors."""
    assert main(["info", str(file)]) == 0
    text = capsys.readouterr().out
    for words in said:
        assert words in text
    scene = file.parent / "scene.yaml"
    scene.write_text(text)
    assert main(["check", str(scene)]) == 0


def check_points(source):
    found = source.at(0, ["heat", "wind", "rgb", "id"])
    np.testing.assert_allclose(found.position, place(), rtol=1e-6)
    np.testing.assert_array_equal(found.fields["heat"], HEAT)
    np.testing.assert_array_equal(found.fields["wind"], WIND)
    np.testing.assert_array_equal(found.fields["rgb"], COLORS)
    assert found.fields["id"].tolist() == list(range(N))


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("suffix", ["vtp", "vtu", "vts", "vtk"])
def test_vtk(tmp_path, capsys, suffix, binary):
    points = points_with_fields()
    if suffix == "vtu":
        points = points.cast_to_unstructured_grid()
    elif suffix == "vts":
        grid = pyvista.StructuredGrid()
        grid.points, grid.dimensions = points.points, (N, 1, 1)
        for name in points.point_data:
            grid[name] = points[name]
        points = grid
    points.save(tmp_path / f"a.{suffix}", binary=binary)
    source = particles(tmp_path, file=f"a.{suffix}")
    assert source.times is None
    check_points(source)
    check_info(
        tmp_path / f"a.{suffix}", capsys, f"a.{suffix}: particles", "one, nothing moves", f"{N} x 3 uint8, 0 to 255"
    )


def save_steps(folder, times):
    names = []
    for step, _ in enumerate(times):
        names.append(f"a_{step}.vtp")
        points_with_fields(step).save(folder / names[-1])
    return names


def check_steps(source, times):
    assert source.times.tolist() == list(times)
    for step, time in enumerate(times):
        found = source.at(time, ["heat"])
        np.testing.assert_allclose(found.position, place(step), rtol=1e-6)
        np.testing.assert_allclose(found.fields["heat"], HEAT + step, rtol=1e-6)
    np.testing.assert_allclose(source.at((times[0] + times[1]) / 2).position, place(0.5), rtol=1e-6)


def test_series_of_paraview(tmp_path, capsys):
    times = (0.5, 2.0, 8.0)
    names = save_steps(tmp_path, times)
    listed = [{"name": name, "time": time} for name, time in zip(names, times, strict=True)]
    (tmp_path / "a.vtp.series").write_text(json.dumps({"file-series-version": "1.0", "files": listed[::-1]}))
    source = particles(tmp_path, file="a.vtp.series")
    check_steps(source, times)
    assert {str(tmp_path / name) for name in ["a.vtp.series", *names]} == set(source.files)
    check_info(tmp_path / "a.vtp.series", capsys, "3, from 0.5 to 8", "heat")


def test_pvd_with_parts(tmp_path, capsys):
    sets = []
    for step, time in enumerate((1.0, 3.0)):
        whole = points_with_fields(step)
        for part, rows in enumerate((range(3), range(3, N))):
            name = f"a_{step}_{part}.vtu"
            whole.extract_points(list(rows)).save(tmp_path / name)
            sets.append(f'<DataSet timestep="{time}" part="{part}" file="{name}"/>')
    text = f'<VTKFile type="Collection" version="0.1"><Collection>{"".join(sets)}</Collection></VTKFile>'
    (tmp_path / "a.pvd").write_text(text)
    check_steps(particles(tmp_path, file="a.pvd"), (1.0, 3.0))
    check_info(tmp_path / "a.pvd", capsys, "2, from 1 to 3")


def test_pieces_of_a_parallel_file_are_among_the_files(tmp_path):
    points_with_fields().extract_points([0, 1, 2]).save(tmp_path / "a_0.vtu")
    points_with_fields().extract_points([3, 4, 5, 6]).save(tmp_path / "a_1.vtu")
    arrays = '<PDataArray type="Float64" Name="Points" NumberOfComponents="3"/>'
    pieces = '<Piece Source="a_0.vtu"/><Piece Source="a_1.vtu"/>'
    inside = f"<PUnstructuredGrid><PPoints>{arrays}</PPoints>{pieces}</PUnstructuredGrid>"
    (tmp_path / "a.pvtu").write_text(f'<VTKFile type="PUnstructuredGrid" version="0.1">{inside}</VTKFile>')
    source = particles(tmp_path, file="a.pvtu")
    np.testing.assert_allclose(source.at(0).position, place(), rtol=1e-6)
    assert [name.rpartition("/")[2] for name in source.files] == ["a.pvtu", "a_0.vtu", "a_1.vtu"]


def test_points_come_and_go_where_there_are_global_ids(tmp_path):
    for step, ids in enumerate([[4, 1, 2], [2, 5, 4, 6]]):
        points = pyvista.PolyData(place(step)[ids])
        points["GlobalPointIds"] = np.array(ids)
        points.save(tmp_path / f"a_{step}.vtp")
    files = [{"name": f"a_{step}.vtp", "time": step} for step in range(2)]
    (tmp_path / "a.series").write_text(json.dumps({"files": files}))
    found = particles(tmp_path, file="a.series").at(0.5, ["id"])
    assert sorted(found.fields["id"].tolist()) == [2, 4]
    np.testing.assert_allclose(found.position, place(0.5)[found.fields["id"]], rtol=1e-6)


def test_times_of_vtk_files_in_a_glob(tmp_path):
    for step, time in enumerate((1.0, 4.0)):
        points = points_with_fields(step)
        points.field_data["TimeValue"] = [time]
        points.save(tmp_path / f"a_{step}.vtp")
    check_steps(particles(tmp_path, file="a_*.vtp"), (1.0, 4.0))


def save_vtkhdf(path, times):
    """By the documentation of VTKHDF: the points of all steps follow one another; velocities are stored once."""
    h5py = pytest.importorskip("h5py")
    steps = len(times)
    with h5py.File(path, "w") as file:
        root = file.create_group("VTKHDF")
        root.attrs["Version"] = (2, 0)
        root.attrs["Type"] = np.bytes_("PolyData")
        root["NumberOfPoints"] = np.full(steps, N)
        root["Points"] = np.concatenate([place(step) for step in range(steps)]).astype(np.float32)
        root["PointData/heat"] = np.concatenate([HEAT + step for step in range(steps)])
        root["PointData/rgb"] = COLORS
        group = root.create_group("Steps")
        group.attrs["NSteps"] = steps
        group["Values"] = times
        group["PointOffsets"] = np.arange(steps) * N
        group["PartOffsets"] = np.arange(steps)
        group["NumberOfParts"] = np.ones(steps, int)
        group["PointDataOffsets/heat"] = np.arange(steps) * N
        group["PointDataOffsets/rgb"] = np.zeros(steps, int)


def test_vtkhdf(tmp_path, capsys):
    save_vtkhdf(tmp_path / "a.vtkhdf", [0.0, 1.0, 5.0])
    source = particles(tmp_path, file="a.vtkhdf")
    check_steps(source, (0.0, 1.0, 5.0))
    np.testing.assert_array_equal(source.at(5, ["rgb"]).fields["rgb"], COLORS)
    check_info(tmp_path / "a.vtkhdf", capsys, "3, from 0 to 5")


def test_vtkhdf_by_vtk(tmp_path):
    writer = pytest.importorskip("vtkmodules.vtkIOHDF").vtkHDFWriter()
    writer.SetFileName(str(tmp_path / "a.vtkhdf"))
    writer.SetInputData(points_with_fields())
    writer.Write()
    check_points(particles(tmp_path, file="a.vtkhdf"))


TYPES = {"f4": "float", "f8": "double", "u1": "uchar", "i4": "int32"}
ROW = [
    ("x", "f4"),
    ("y", "f8"),
    ("z", "f4"),
    ("nx", "f4"),
    ("red", "u1"),
    ("green", "u1"),
    ("blue", "u1"),
    ("label", "i4"),
]


def save_ply(path, form, before=""):
    rows = np.zeros(N, [(name, {"binary_big_endian": ">"}.get(form, "<") + kind) for name, kind in ROW])
    rows["x"], rows["y"], rows["z"] = place().T
    rows["nx"], rows["label"] = HEAT, -np.arange(N)
    rows["red"], rows["green"], rows["blue"] = COLORS.T
    header = [f"ply\nformat {form} 1.0\ncomment points", *([before] if before else []), f"element vertex {N}"]
    header += [f"property {TYPES[kind]} {name}" for name, kind in ROW]
    header += ["element face 1", "property list uchar int vertex_indices", "end_header", ""]
    if form == "ascii":
        body = "".join(" ".join(map(str, row)) + "\n" for row in rows.tolist()) + "3 0 1 2\n"
        content = ("1.5\n2.5\n" if before else "").encode() + body.encode()
    else:
        ahead = np.array([1.5, 2.5], rows.dtype["x"]).tobytes() if before else b""
        content = ahead + rows.tobytes() + b"\x03" + bytes(12)
    content = "\n".join(header).encode() + content
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


@pytest.mark.parametrize("before", ["", "element camera 2\nproperty float view"])
@pytest.mark.parametrize("name", ["a.ply", "a.ply.gz"])
@pytest.mark.parametrize("form", ["ascii", "binary_little_endian", "binary_big_endian"])
def test_ply(tmp_path, capsys, form, name, before):
    save_ply(tmp_path / name, form, before)
    source = particles(tmp_path, file=name)
    found = source.at(0, ["nx", "rgb", "label"])
    np.testing.assert_allclose(found.position, place())
    np.testing.assert_allclose(found.fields["nx"], HEAT, rtol=1e-6)
    np.testing.assert_array_equal(found.fields["rgb"], COLORS)
    assert found.fields["label"].tolist() == [0, -1, -2, -3, -4, -5, -6]
    check_info(tmp_path / name, capsys, "particles", "color: {by: rgb}")


@pytest.mark.parametrize("suffix", ["las", "laz"])
def test_las(tmp_path, capsys, suffix):
    laspy = pytest.importorskip("laspy")
    pytest.importorskip("lazrs")
    header = laspy.LasHeader(point_format=3, version="1.2")
    header.offsets, header.scales = place().min(axis=0), [0.01, 0.01, 0.001]
    header.add_extra_dim(laspy.ExtraBytesParams("heat", np.float32))
    points = laspy.LasData(header)
    points.x, points.y, points.z = place().T
    points.intensity = np.arange(N) * 1000
    points.classification = np.arange(N) % 3
    points.heat = HEAT
    points.red, points.green, points.blue = (COLORS.astype(np.uint16) * 257).T
    points.write(tmp_path / f"a.{suffix}")
    source = particles(tmp_path, file=f"a.{suffix}")
    found = source.at(0, ["intensity", "classification", "heat", "rgb"])
    np.testing.assert_allclose(found.position, place(), atol=0.006)
    assert found.fields["intensity"].tolist() == [0, 1000, 2000, 3000, 4000, 5000, 6000]
    assert found.fields["classification"].tolist() == [0, 1, 2, 0, 1, 2, 0]
    np.testing.assert_array_equal(found.fields["heat"], HEAT)
    np.testing.assert_array_equal(found.fields["rgb"], COLORS.astype(np.uint16) * 257)
    check_info(tmp_path / f"a.{suffix}", capsys, "particles", "color: {by: rgb}")


HEADER = "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\nend_header\n"
HUGE = HEADER.replace("ascii", "binary_little_endian").replace("vertex 2", "vertex 99999999999999")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ply", ""),
        ("a.ply", "ply\nformat ascii 1.0\nelement vertex"),
        ("a.ply", HEADER + "1 2 3\n"),
        ("a.ply", HEADER + "1 2 3\n4 5\n"),
        ("a.ply", HEADER + "1 2 3\n4 5 six\n"),
        ("a.ply", HEADER.replace("vertex", "face")),
        ("a.ply", HEADER.replace("property float y", "property list uchar int y") + "1 2 3\n4 5 6\n"),
        ("a.ply", HUGE + "123"),
        ("a.vtp", ""),
        ("a.vtp", "<VTKFile type='PolyData'><PolyData>"),
        ("a.vtu", "nonsense"),
        ("a.vts", "nonsense"),
        ("a.vtk", "# vtk DataFile Version 3.0\nx\nASCII\nDATASET POLYDATA\n"),
        ("a.pvtu", "nonsense"),
        ("a.pvd", "nonsense"),
        ("a.pvd", "<VTKFile><Collection/></VTKFile>"),
        ("a.pvd", "<VTKFile><Collection><DataSet timestep='x' file='a.vtp'/></Collection></VTKFile>"),
        ("a.pvd", "<VTKFile><Collection><DataSet timestep='1'/></Collection></VTKFile>"),
        ("a.pvd", "<VTKFile><Collection><DataSet timestep='1' file='none.vtp'/></Collection></VTKFile>"),
        ("a.series", "{"),
        ("a.series", "[]"),
        ("a.series", '{"files": [{"name": "none.vtp", "time": 1}]}'),
        ("a.series", '{"files": [{"name": "a.series", "time": "soon"}]}'),
        ("a.series", '{"files": [{"name": "a.series", "time": null}]}'),
        ("a.vtkhdf", "nonsense"),
        ("a.las", ""),
        ("a.las", "LASF" + "\x00" * 400),
        ("a.laz", "nonsense"),
    ],
)
def test_damaged_files(tmp_path, name, content, capfd):
    (tmp_path / name).write_text(content)
    assert error_of(tmp_path, file=name).at == ("file",)
    assert main(["info", str(tmp_path / name)]) == 2
    said = capfd.readouterr().err
    assert name in said
    assert "Traceback" not in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("suffix", ["vtp", "vtkhdf", "ply", "laz"])
def test_files_that_end_early(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    if suffix == "vtp":
        points_with_fields().save(path)
    elif suffix == "vtkhdf":
        save_vtkhdf(path, [0.0, 1.0])
    elif suffix == "ply":
        save_ply(path, "binary_little_endian")
    else:
        laspy = pytest.importorskip("laspy")
        pytest.importorskip("lazrs")
        points = laspy.LasData(laspy.LasHeader(point_format=3))
        points.x, points.y, points.z = place().T
        points.write(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 6 // 10])
    assert error_of(tmp_path, file=path.name).at == ("file",)


def test_a_collection_with_a_damaged_file_names_it(tmp_path):
    save_steps(tmp_path, (0, 1))
    (tmp_path / "a_1.vtp").write_text("nonsense")
    files = [{"name": f"a_{step}.vtp", "time": step} for step in range(2)]
    (tmp_path / "a.series").write_text(json.dumps({"files": files}))
    assert "a_1.vtp" in error_of(tmp_path, file="a.series").what
