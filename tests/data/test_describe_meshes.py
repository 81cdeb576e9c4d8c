"""The scene that `info` proposes for a mesh passes `check`, and the field that says most gives its colours."""

from __future__ import annotations

import numpy as np
import pytest
import yaml

import moviemaker as mm
from moviemaker.core.errors import InputError
from moviemaker.data.describing.describe import describe

pv = pytest.importorskip("pyvista")


def ball(**fields):
    made = pv.Sphere(theta_resolution=8, phi_resolution=8)
    made.clear_data()
    for name, make in fields.items():
        values = make(np.asarray(made.points)) if name[0] != "c" else make(np.arange(made.n_cells))
        (made.cell_data if name[0] == "c" else made.point_data)[name] = values
    return made


def proposed(path):
    """The proposed layer, after `check` has accepted the scene."""
    found = describe(path)
    (path.parent / "scene.yaml").write_text(found.scene)
    mm.load(path.parent / "scene.yaml").close()
    (layer,) = yaml.safe_load(found.scene)["layers"]
    return found.kind, layer["kind"], layer["color"]["by"] if isinstance(layer["color"], dict) else "one colour"


def numbers(points):
    return np.arange(len(points))


FIELDS = {
    "normals": ({"Normals": lambda p: p}, "one colour"),
    "texture": ({"TextureCoordinates": lambda p: p[:, :2], "normals": lambda p: p}, "one colour"),
    "vector": ({"Normals": lambda p: p, "disp": lambda p: p * p}, "disp_magnitude"),
    "tensor": ({"stress": lambda p: np.tile(np.arange(9.0), (len(p), 1))}, "one colour"),
    "rgb": ({"rgb": lambda p: (np.abs(p) * 510).astype("u1")}, "rgb"),
    "rgb_of_floats": ({"Normals": lambda p: p, "RGB": lambda p: np.abs(p)}, "RGB"),
    "numbers": ({"vtkOriginalPointIds": numbers, "GlobalNodeId": numbers, "Ids": numbers}, "one colour"),
    "ghosts": ({"vtkGhostType": lambda p: (p[:, 0] > 0).astype("u1"), "heat": lambda p: p[:, 2]}, "heat"),
    "of_one_value": ({"blank": lambda p: np.ones(len(p)), "heat": lambda p: p[:, 2]}, "heat"),
    "without_values": ({"lost": lambda p: np.full(len(p), np.nan), "heat": lambda p: p[:, 2]}, "heat"),
    "of_cells": ({"c_pressure": lambda cells: cells * 1.0, "GlobalIds": numbers}, "c_pressure"),
    "vectors_of_cells": ({"c_force": lambda cells: np.stack([cells, cells, 1 - cells], 1) * 1.0}, "c_force_magnitude"),
}


@pytest.mark.parametrize("name", FIELDS)
def test_a_surface_is_coloured_by_the_field_that_says_most(tmp_path, name):
    fields, expected = FIELDS[name]
    ball(**fields).save(tmp_path / "ball.vtp")
    assert proposed(tmp_path / "ball.vtp") == ("mesh", "surface", expected)


@pytest.mark.parametrize("ending", ["stl", "ply", "obj", "vtk", "vtu"])
def test_a_surface_in_any_format_is_a_surface(tmp_path, ending):
    made = ball()
    (made.cast_to_unstructured_grid() if ending == "vtu" else made).save(tmp_path / f"ball.{ending}")
    assert proposed(tmp_path / f"ball.{ending}") == ("mesh", "surface", "one colour")


@pytest.mark.parametrize("ending", ["vtp", "vtk", "vtu", "obj"])
def test_lines_in_any_format_are_lines(tmp_path, ending):
    line = pv.MultipleLines(np.random.default_rng(0).normal(size=(9, 3)))
    line["height"] = np.arange(9.0)
    path = tmp_path / f"line.{ending}"
    if ending == "obj":
        path.write_text("v 0 0 0\nv 1 0 0\nv 1 1 0\nl 1 2 3\n")
    else:
        (line.cast_to_unstructured_grid() if ending == "vtu" else line).save(path)
    assert proposed(path) == ("mesh", "lines", "one colour" if ending == "obj" else "height")


def test_lines_in_arrays_are_lines(tmp_path):
    lines = np.random.default_rng(0).normal(size=(9, 3))
    lines[4] = np.nan
    np.savez(tmp_path / "a.npz", lines=lines, v=np.arange(9.0), vertices=np.zeros((5, 3)))
    assert proposed(tmp_path / "a.npz") == ("mesh", "lines", "v")


def test_a_series_of_meshes_is_described_as_one(tmp_path):
    for step in range(3):
        made = ball(heat=lambda p, step=step: p[:, 2] * step)
        made.save(tmp_path / f"ball_{step}.vtp")
    found = describe(tmp_path / "ball_*.vtp")
    assert (found.times, found.fields[0].low) == ((0, 1, 2), -1)
    assert 'by: "heat"' in found.scene, "it is 0 everywhere at first"


def test_a_mesh_that_moves_is_in_the_picture_at_its_end_too(tmp_path):
    for step in range(3):
        ball(heat=lambda p: p[:, 2]).translate((20 * step, 0, 0)).save(tmp_path / f"ball_{step}.vtp")
    found = describe(tmp_path / "ball_*.vtp")
    assert found.bounds[0] == pytest.approx((-found.bounds[1][1], 40 + found.bounds[1][1]), abs=0.02)
    assert yaml.safe_load(found.scene)["camera"]["orbit"]["center"][0] == pytest.approx(20, abs=0.01)


def test_ply_without_faces_is_points(tmp_path):
    head = "ply\nformat ascii 1.0\nelement vertex 2\n" + "".join(f"property float {axis}\n" for axis in "xyz")
    for faces in ("", "element face 0\nproperty list uchar int vertex_indices\n"):
        (tmp_path / "p.ply").write_text(f"{head}{faces}end_header\n0 0 0\n1 1 1\n")
        assert proposed(tmp_path / "p.ply")[:2] == ("particles", "points")


def test_points_where_only_a_mesh_can_be_are_said(tmp_path):
    (tmp_path / "p.obj").write_text("v 0 0 0\nv 1 0 0\n")
    with pytest.raises(InputError, match=r"'p.obj' holds only points"):
        describe(tmp_path / "p.obj")


def test_cells_of_a_volume_show_a_field_that_says_something(tmp_path):
    box = pv.ImageData(dimensions=(4, 4, 4))
    box["Normals"], box["heat"] = np.ones((64, 3)), np.arange(64.0)
    box.cast_to_unstructured_grid().save(tmp_path / "box.vtu")
    (layer,) = yaml.safe_load(describe(tmp_path / "box.vtu").scene)["layers"]
    assert (layer["kind"], layer["field"]) == ("volume", "heat")


def test_components_and_lengths_of_vectors_are_fields(tmp_path):
    made = ball(disp=lambda p: p * [1, 2, 3])
    made.save(tmp_path / "ball.vtp")
    (tmp_path / "scene.yaml").write_text(describe(tmp_path / "ball.vtp").scene)
    source = mm.load(tmp_path / "scene.yaml").prepared.sources["ball"]
    sample = source.at(0, ("disp_x", "disp_z", "disp_magnitude", "disp"))
    assert np.array_equal(sample.fields["disp_z"], sample.fields["disp"][:, 2])
    assert sample.fields["disp_magnitude"] == pytest.approx(np.linalg.norm(sample.fields["disp"], axis=1))
