"""Files that make compiled libraries crash, hang or read what does not exist: each is refused in one sentence.

All files of one kind are named by one scene, which `check` reports line by line.
"""

from __future__ import annotations

import base64
import struct
from pathlib import Path

import numpy as np
import pytest
from hostile_runs import refused, run
from hostile_scenes import Checked, scene_of

import moviemaker as mm
from moviemaker.cli import main
from moviemaker.data.probing import verdicts
from moviemaker.data.readers.vtk_files import read_dataset


def xml(kind: str, body: str, head: str = "") -> bytes:
    text = f'<?xml version="1.0"?>{head}<VTKFile type="{kind}" version="1.0" byte_order="LittleEndian">'
    return f"{text}<{kind}{body}</{kind}></VTKFile>".encode()


def array(values: str, **attributes: object) -> str:
    attributes = {"type": "Int64", "format": "ascii"} | attributes
    return f"<DataArray {' '.join(f'{name}={str(each)!r}' for name, each in attributes.items())}>{values}</DataArray>"


POINTS = "<Points>" + array("0 0 0 1 0 0 0 1 0 0 0 1", type="Float64", NumberOfComponents=3) + "</Points>"


def polygons(connectivity: str, offsets: str, points: int = 4, polys: int = 1) -> bytes:
    cells = array(connectivity, Name="connectivity") + array(offsets, Name="offsets")
    piece = f'<Piece NumberOfPoints="{points}" NumberOfPolys="{polys}">'
    return xml("PolyData", f">{piece}{POINTS}<Polys>{cells}</Polys></Piece>")


def cell(connectivity: str, offsets: str, types: str, more: str = "", head: str = "") -> bytes:
    cells = array(connectivity, Name="connectivity") + array(offsets, Name="offsets")
    cells += array(types, Name="types", type="UInt8") + more
    piece = '<Piece NumberOfPoints="4" NumberOfCells="1">'
    return xml("UnstructuredGrid", f">{piece}{POINTS}<Cells>{cells}</Cells></Piece>", head)


def legacy(body: str) -> bytes:
    return f"# vtk DataFile Version 3.0\nmade\nASCII\n{body}\n".encode()


def ply(vertices: int, faces: int, body: str, index: str = "int") -> bytes:
    head = "ply\nformat ascii 1.0\nelement vertex {}\nproperty float x\nproperty float y\nproperty float z\n"
    head = head.format(vertices) + f"element face {faces}\nproperty list uchar {index} vertex_indices\nend_header\n"
    return (head + body).encode()


def parallel(source: str, kind: str = "UnstructuredGrid") -> bytes:
    piece = f'<PPoints><PDataArray type="Float64" NumberOfComponents="3"/></PPoints><Piece Source="{source}"/>'
    return xml(f"P{kind}", f' GhostLevel="0">{piece}')


LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a0 'ha'>" + "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 12)) + "]>"
)
TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\nvt 0 0\n"
OUTER = "<!DOCTYPE x [<!ENTITY e SYSTEM '../canary.vtu'>]>"
PVD = (
    '<?xml version="1.0"?>{}<VTKFile type="Collection"><Collection>'
    '<DataSet timestep="0" file="{}"/>{}</Collection></VTKFile>'
)
TRIANGLE_OF_STL = (0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
CORNERS = "0 0 0\n1 0 0\n0 1 0\n"

MESHES = {
    "texture.obj": (TRIANGLE.encode() + b"f 1/99999999 2/1 3/1\n", "crashes (segmentation fault)"),
    "negative.obj": (TRIANGLE.encode() + b"f 1 2 -9\n", "VTK says: "),
    "vertices.ply": (ply(2147483647, 1, CORNERS + "3 0 1 2\n"), ""),
    "faces.ply": (ply(3, 2000000000, CORNERS + "3 0 1 2\n"), ""),
    "index.ply": (ply(3, 1, CORNERS + "3 0 1 99999999\n"), "crashes (segmentation fault)"),
    "minus.ply": (ply(3, 1, CORNERS + "3 0 1 -7\n"), "its cells name points from -7 to 1"),
    "list.ply": (ply(3, 1, CORNERS + "250 0 1 2\n"), "its row 1 of 1 of 'face' is missing or not whole"),
    "short.ply": (ply(3, 2, CORNERS + "3 0 1 2\n"), "its row 2 of 2 of 'face' is missing"),
    "count.stl": (bytes(80) + struct.pack("<I12fH", 0xFFFFFFFF, *TRIANGLE_OF_STL, 0), "1 of 4294967295 triangles"),
    "points.vtp": (polygons("0 1 2", "3", points=4000), "VTK says: "),
    "billions.vtp": (polygons("0 1 2", "3", points=4000000000), ""),
    "polys.vtp": (polygons("0 1 2", "3", polys=400000000), ""),
    "outside.vtp": (polygons("0 1 77", "3"), "its cells name points from 0 to 77, and it has 4 points"),
    "below.vtp": (polygons("0 1 -7", "3"), "its cells name points from -7 to 1, and it has 4 points"),
    "offsets.vtp": (polygons("0 1 2", "300"), "not long enough"),
    "back.vtp": (polygons("0 1 2 0 1 2", "3 -3", polys=2), "monotonically"),
    "type.vtu": (cell("0 1 2 3", "4", "255"), "VTK has no cells of type 255"),
    "short.vtu": (cell("0 1 2", "3", "10"), "a cell of type 10 has 3 points instead of 4"),
    "outside.vtu": (cell("0 1 2 123456789", "4", "10"), "its cells name points from 0 to 123456789"),
    "faces.vtu": (
        cell("0 1 2 3", "4", "42", array("1 3 0 1 999999", Name="faces") + array("5", Name="faceoffsets")),
        "",
    ),
    "appended.vtu": (
        cell("0 1 2 3", "", "10").replace(b"'ascii' Name='offsets'", b"'appended' offset='99999999' Name='offsets'"),
        "",
    ),
    "laughs.vtu": (cell("0 1 2 &a11;", "4", "10", head=LAUGHS), ""),
    "points.vtk": (legacy("DATASET POLYDATA\nPOINTS 4000000000 float\n0 0 0"), ""),
    "polygons.vtk": (legacy("DATASET POLYDATA\nPOINTS 1 float\n0 0 0\nPOLYGONS 1 400000000\n3 0 1 2"), ""),
    "outside.vtk": (legacy("DATASET POLYDATA\nPOINTS 3 float\n0 0 0 1 0 0 0 1 0\nPOLYGONS 1 4\n3 0 1 99"), "99"),
    "sides.vtk": (legacy("DATASET STRUCTURED_GRID\nDIMENSIONS 9 9 9\nPOINTS 2 float\n0 0 0 1 1 1"), ""),
    "block.vts": (
        xml("StructuredGrid", f' WholeExtent="0 9 0 9 0 9"><Piece Extent="0 99 0 99 0 99">{POINTS}</Piece>'),
        "",
    ),
    "elsewhere.pvtu": (parallel("/etc/passwd"), "names '/etc/passwd', which lies outside of its folder"),
    "above.pvtu": (parallel("../canary.vtu"), "names '../canary.vtu', which lies outside of its folder"),
    "pipe.pvtu": (parallel("pipe.vtu"), "names 'pipe.vtu', which is not a regular file"),
    "itself.pvtu": (parallel("itself.pvtu"), ""),
    "laughs.pvtu": (parallel("&a11;").replace(b"?>", f"?>{LAUGHS}".encode(), 1), "declares a document type"),
    "above.pvd": (PVD.format("", "../canary.vtu", "").encode(), "which lies outside of its folder"),
    "entity.pvd": (PVD.format(OUTER, "a", "&e;").encode(), "declares a document type"),
    "deep.pvd": (PVD.format("", "a", "<a>" * 9000 + "</a>" * 9000).encode(), "64 levels deep"),
    "above.series": (b'{"files": [{"name": "../canary.vtu", "time": 0}]}', "which lies outside of its folder"),
}  # fmt: skip


@pytest.fixture(scope="module")
def meshes(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    files = {name: content for name, (content, _) in MESHES.items()}
    return Checked(tmp_path_factory.mktemp("meshes"), "mesh", files, 0.5 * len(files))


@pytest.mark.parametrize("name", MESHES)
def test_a_mesh_that_lies_is_refused(name, meshes):
    meshes.refuses(name, MESHES[name][1])


def test_all_meshes_are_refused_in_a_short_time(meshes):
    meshes.ends_well()


def image(extent: str, data: str, **attributes: object) -> bytes:
    values = array(data, **{"type": "Float32", "Name": "a"} | attributes)
    return xml("ImageData", f' WholeExtent="{extent}" Origin="0 0 0" Spacing="1 1 1"><Piece Extent="{extent}">'
               f"<PointData>{values}</PointData></Piece>")  # fmt: skip


GRIDS = {
    "extent.vti": (image("0 2147483646 0 2147483646 0 9", "1 2"), ""),
    "large.vti": (image("0 4000 0 4000 0 4000", "1 2 3 4"), ""),
    "few.vti": (image("0 1 0 1 0 1", "1 2 3"), ""),
    "back.vti": (image("0 -7 0 1 0 1", "1 2 3"), ""),
    "blocks.vti": (
        image("0 1 0 1 0 1", base64.b64encode(struct.pack("<4I", 0x7FFFFFFF, 0x7FFFFFFF, 0x7FFFFFFF, 9)).decode(),
              format="binary").replace(b"<VTKFile ", b'<VTKFile compressor="vtkZLibDataCompressor" '),
        "",
    ),
    "gap.vti": (
        image("0 1 0 1 0 1", "1 2 3 4 5 6 7 8").replace(b'WholeExtent="0 1', b'WholeExtent="0 3'),
        "its pieces hold 1 of the 3 cells of its WholeExtent 0 3 0 1 0 1",
    ),
    "gap.vts": (
        xml("StructuredGrid", ' WholeExtent="0 1 0 70000 0 1"><Piece Extent="0 1 0 1 0 1"><Points>'
            + array("0 0 0 1 0 0 0 1 0 1 1 0 0 0 1 1 0 1 0 1 1 1 1 1", type="Float64", NumberOfComponents=3)
            + "</Points></Piece>"),
        "its pieces hold 1 of the 70000 cells",
    ),
    "axes.vtr": (
        xml("RectilinearGrid", ' WholeExtent="0 3 0 3 0 3"><Piece Extent="0 3 0 3 0 3"><Coordinates>'
            + 3 * array("0 1", type="Float64") + "</Coordinates></Piece>"),
        "",
    ),
    "axes.vtk": (legacy("DATASET RECTILINEAR_GRID\nDIMENSIONS 4 4 4\nX_COORDINATES -1 float\n0"), ""),
    "sides.vtk": (legacy("DATASET STRUCTURED_POINTS\nDIMENSIONS 2000 2000 2000\nORIGIN 0 0 0\nSPACING 1 1 1\n"
                         "POINT_DATA 8000000000\nSCALARS a float\nLOOKUP_TABLE default\n1 2 3"), ""),
    "bytes.vtk": (legacy("DATASET STRUCTURED_GRID\nDIMENSIONS 2 2 2\nPOINTS 8 dou?e\n" + "0 0 0 " * 8)
                  .replace(b"dou?e", b"dou\xf7e"), "VTK says: "),
    "minus.vtk": (legacy("DATASET STRUCTURED_POINTS\nDIMENSIONS -2 2 2\nORIGIN 0 0 0\nSPACING 1 1 1\n"
                         "POINT_DATA 8\nSCALARS a float\nLOOKUP_TABLE default\n1 2 3"), ""),
    "made.slc": (b"11111\n2147483647 2147483647 2147483647 8 1.0 1.0 1.0 1 1 1 1\n0 0 X\n", ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def grids(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    files = {name: content for name, (content, _) in GRIDS.items()}
    return Checked(tmp_path_factory.mktemp("grids"), "grid", files, 3.0 + 0.5 * len(files))


@pytest.mark.parametrize("name", GRIDS)
def test_a_grid_that_lies_is_refused(name, grids):
    grids.refuses(name, GRIDS[name][1])


def test_all_grids_are_refused_in_a_short_time(grids):
    grids.ends_well()


def test_pieces_that_fill_a_grid_are_read(tmp_path):
    values = [image(f"{x} {x + 1} 0 1 0 0", "1 2 3 4").split(b"<Piece", 1)[1].split(b"</ImageData>")[0] for x in (0, 1)]
    whole = image("0 2 0 1 0 0", "").split(b"<Piece", 1)[0]
    pieces = b"".join(b"<Piece" + each for each in values)
    (tmp_path / "two.vti").write_bytes(whole + pieces + b"</ImageData></VTKFile>")
    assert read_dataset(tmp_path / "two.vti").dimensions == (3, 2, 1)


@pytest.mark.parametrize("name", ["outside.vtp", "type.vtu"])
def test_info_refuses_it_too(name, tmp_path):
    (tmp_path / name).write_bytes(MESHES[name][0])
    refused(run("info", name, folder=tmp_path), f"the file {name!r} cannot be read: ")


def test_a_table_of_chunks_that_lies_is_refused(tmp_path):
    laspy = pytest.importorskip("laspy")
    pytest.importorskip("lazrs")
    scan = laspy.create(point_format=0, file_version="1.2")
    scan.x = scan.y = scan.z = np.linspace(0, 1, 500)
    path = tmp_path / "made.laz"
    scan.write(path)
    content = bytearray(path.read_bytes())
    (points,) = struct.unpack_from("<I", content, 96)
    (table,) = struct.unpack_from("<q", content, points)
    struct.pack_into("<I", content, table + 4, 0xFFFFFFFF)
    path.write_bytes(content)
    refused(run("info", "made.laz", folder=tmp_path), "'made.laz' cannot be read: its ", "of memory")


def test_still_and_load_refuse_it_too(tmp_path):
    (tmp_path / "texture.obj").write_bytes(MESHES["texture.obj"][0])
    scene = tmp_path / "scene.yaml"
    scene.write_text(scene_of("mesh", ["texture.obj"]))
    words = ("scene.yaml:2: data.d0.file: the file 'texture.obj' cannot be read: VTK", "crashes")
    refused(run("still", "scene.yaml", "--time", "0", "-o", "a.png", folder=tmp_path), *words, seconds=5.0)
    with pytest.raises(mm.SceneError, match=r"'texture\.obj' cannot be read: VTK"):
        mm.load(scene).still(0.0)


@pytest.fixture
def looks(monkeypatch) -> list[Path]:
    """The files that were looked at in another process, in a process that knows nothing yet."""
    found: list[Path] = []
    original = verdicts.call_isolated

    def count(function, arguments, *others, **more):
        found.append(Path(arguments[-1]))
        return original(function, arguments, *others, **more)

    monkeypatch.setattr(verdicts, "call_isolated", count)
    verdicts.forget()
    return found


GOOD = polygons("0 1 2", "3")


def test_pieces_below_the_folder_are_read(tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "a.vtp").write_bytes(GOOD)
    (tmp_path / "all.pvtp").write_bytes(parallel("below/a.vtp", "PolyData"))
    assert read_dataset(tmp_path / "all.pvtp").n_points == 4


def test_a_second_look_costs_nothing(tmp_path, looks, monkeypatch):
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "good.vtp"
    path.write_bytes(GOOD)
    assert read_dataset(path).n_points == 4
    assert looks == [path]
    verdicts.forget()  # as another command
    assert read_dataset(path).n_points == 4
    path.rename(tmp_path / "moved.vtp")
    assert read_dataset(tmp_path / "moved.vtp").n_points == 4
    assert looks == [path]
    path.write_bytes(GOOD.replace(b"0 1 2", b"0 1 3"))  # another content of the same size
    assert read_dataset(path).n_points == 4
    assert looks == [path, path]


def test_the_same_content_with_another_ending_is_another_file(tmp_path, looks):
    for name in ("good.vtp", "good.stl"):
        (tmp_path / name).write_bytes(GOOD)
    read_dataset(tmp_path / "good.vtp")
    with pytest.raises(ValueError, match=r"'good\.stl' cannot be read"):
        read_dataset(tmp_path / "good.stl")
    assert [path.name for path in looks] == ["good.vtp", "good.stl"]


def test_a_crash_is_kept_too(tmp_path, looks, monkeypatch):
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "texture.obj"
    path.write_bytes(MESHES["texture.obj"][0])
    for _ in range(2):
        verdicts.forget()
        with pytest.raises(ValueError, match=r"'texture\.obj' cannot be read: .* crashes"):
            read_dataset(path)
    assert looks == [path]


def test_without_a_cache_every_command_looks(tmp_path, looks, monkeypatch):
    monkeypatch.setenv("MOVIEMAKER_CACHE", "off")
    path = tmp_path / "good.vtp"
    path.write_bytes(GOOD)
    for _ in range(2):
        verdicts.forget()
        read_dataset(path)
        read_dataset(path)
    assert looks == [path, path]


def test_another_file_may_be_named_by_the_scene_too(tmp_path, capsys):
    (tmp_path / "inner").mkdir()
    (tmp_path / "other.vtp").write_bytes(GOOD)
    (tmp_path / "inner" / "all.pvd").write_bytes(PVD.format("", "../other.vtp", "").encode())
    scene = tmp_path / "scene.yaml"
    scene.write_text(scene_of("mesh", ["other.vtp", "inner/all.pvd"]))
    assert main(["check", str(scene)]) == 0, capsys.readouterr().err
