"""The shape of the house: imports go down only, and looking a scene through loads no more than it needs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "moviemaker"

FLOORS = [
    {"__main__"},
    {"cli"},
    {"__init__"},
    {"api", "density_api", "estimate"},
    {"render", "storyboard"},
    {"farm", "prepare"},
    {"comfort"},
    {"studio"},
    {"resolved_scene"},
    {"scene", "data", "layers", "lens", "rig", "stage", "glow", "film"},
    {"timeline"},
    {"core"},
]
"""Rooms and modules from the roof down. What stands on one floor does not import its neighbours on it."""


def floor(name: str) -> int:
    return next(level for level, rooms in enumerate(FLOORS) if name in rooms)


def imports(path: Path) -> set[str]:
    """Rooms and modules of the package that a file imports, wherever in the file."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("moviemaker."):
            found.add(node.module.split(".")[1])
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.split(".")[0] == "moviemaker"]
            found |= {name.split(".")[1] if "." in name else "__init__" for name in names}
    return found


def outside_imports(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    named = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    named |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}
    return {name.split(".")[0] for name in named}


FILES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down_only(path):
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    for used in imports(path) - {room}:
        assert floor(used) > floor(room), f"{room} imports {used}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_only_the_stage_and_the_readers_of_its_files_know_vtk(path):
    if path.relative_to(PACKAGE).parts[0] != "stage" and path.name not in ("vtk_image.py", "vtk_points.py"):
        assert not outside_imports(path) & {"vtk", "vtkmodules", "pyvista"}


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_stay_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_check_loads_neither_vtk_nor_what_it_does_not_need(tmp_path):
    script = (
        "import sys; from moviemaker.cli import main; "
        f"scene = {str(tmp_path / 's.yaml')!r}; "
        "assert main(['new', scene]) == 0; assert main(['check', scene]) == 0; "
        "unwanted = ('vtkmodules', 'pyvista', 'dask', 'imageio_ffmpeg', 'numba'); "
        "unwanted += ('h5py', 'pyarrow', 'MDAnalysis', 'laspy', 'netCDF4', 'astropy', 'nibabel', 'nrrd'); "
        "unwanted += ('pydicom', 'tifffile', 'zarr'); "
        "print([name for name in unwanted if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
