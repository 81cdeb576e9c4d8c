"""Structure of the package: imports go down only, and checking a scene loads only the modules that it needs.

The rooms and their order are written down in `pyproject.toml`, under `[tool.importlinter]`.
"""

from __future__ import annotations

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "moviemaker"
FILES = sorted(PACKAGE.rglob("*.py"))
FOLDERS = sorted({path.parent for path in FILES})
MOST_MODULES = 20


def lint(root: Path) -> subprocess.CompletedProcess[str]:
    """Holds the imports of the package in a folder against the contracts beside it."""
    command = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    path = os.pathsep.join([str(root), os.environ.get("PYTHONPATH", "")])
    return subprocess.run(
        [sys.executable, "-c", command],
        capture_output=True,
        text=True,
        cwd=root,
        env=os.environ | {"PYTHONPATH": path},
    )


def imported_modules(path: Path) -> set[str]:
    """Modules of the package that a file imports, wherever in the file."""
    nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def test_imports_go_down_only():
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("file", "planted"),
    [
        ("core/geometry.py", "from moviemaker import studio"),
        ("comfort/cuts.py", "import moviemaker.rendering.render"),
        ("data/grids/files.py", "from moviemaker.data.describing import describe"),
        ("data/formats/contents.py", "from moviemaker.data.particle_sets.source import ParticleSource"),
        ("stage/numerics/units.py", "from vtkmodules.vtkCommonCore import vtkObject"),
        ("film/codecs.py", "from moviemaker.film import encode"),
    ],
)
def test_an_import_that_goes_up_is_found(tmp_path, file, planted):
    shutil.copytree(PACKAGE, tmp_path / "moviemaker", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    broken = tmp_path / "moviemaker" / file
    broken.write_text(broken.read_text(encoding="utf-8") + f"\n\ndef planted():\n    {planted}\n", encoding="utf-8")
    done = lint(tmp_path)
    assert done.returncode == 1
    assert "moviemaker." + file.removesuffix(".py").replace("/", ".") in done.stdout


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_private_modules_are_imported_in_their_own_folder_only(path):
    folder = ".".join(path.relative_to(ROOT).parent.parts)
    for module in imported_modules(path):
        parts = module.split(".")
        private = next((i for i, part in enumerate(parts) if part.startswith("_") and part != "__future__"), None)
        assert parts[0] != "moviemaker" or private is None or ".".join(parts[:private]) == folder, module


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_files_stay_short(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_folders_stay_small(folder):
    modules = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES


def test_check_loads_neither_vtk_nor_what_it_does_not_need(tmp_path):
    script = (
        "import sys; from moviemaker.cli import main; "
        f"scene = {str(tmp_path / 's.yaml')!r}; "
        "assert main(['new', scene]) == 0; assert main(['check', scene]) == 0; "
        "unwanted = ('vtkmodules', 'pyvista', 'dask', 'distributed', 'imageio_ffmpeg', 'numba'); "
        "unwanted += ('h5py', 'pyarrow', 'MDAnalysis', 'laspy', 'netCDF4', 'astropy', 'nibabel', 'nrrd'); "
        "unwanted += ('pydicom', 'tifffile', 'zarr'); "
        "print([name for name in unwanted if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
