"""Readers and samples of other packages: used like built-in ones, and left out with one sentence if they are faulty."""

from __future__ import annotations

import importlib
import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from moviemaker.data import readers as built_in
from moviemaker.data.files.choose_reader import readers

PHANTOM = """
import os
import signal
import numpy as np
from typing import Annotated, Literal
from moviemaker.core.values import COUNT
from moviemaker.data.grids.source import GridSource
from moviemaker.data.readers import Contents, Reader, Stored, in_memory
from moviemaker.data.samples import GridInMemory, Sample


class PhantomReader(Reader):
    suffixes = (".phantom", ".stars")

    def open(self, path):
        if path.suffix == ".stars":
            return Contents({"position": in_memory(np.load(path))})
        if path.stem == "list":
            return [1]
        if path.stem == "fault":
            raise TypeError("no such thing")
        return Contents({"density": in_memory(np.load(path))})

    def recognizes(self, start):
        return start.startswith(b"PHANTOM")

    def open_together(self, paths):
        return None


class Abstract(Reader):
    suffixes = (".abstract",)


class NoSuffix(Reader):
    def open(self, path): ...


class OneSuffix(Reader):
    suffixes = ".one"

    def open(self, path): ...


class TakesCsv(PhantomReader):
    suffixes = (".csv", ".tsw")


class Compiled(Reader):
    suffixes = (".compiled",)
    native = True

    def open(self, path):
        if path.stem == "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        while path.stem == "hang":
            pass
        if path.stem == "later":
            return Contents({"density": Stored((3, 3, 3), np.dtype(float), lambda index: os.abort())})
        return Contents({"density": in_memory(np.load(path))})


class Ramp(Sample):
    name: Literal["ramp"] = "ramp"
    size: Annotated[int, COUNT] = 4

    def open(self):
        ramp = np.linspace(0, 1, self.size**3).reshape((self.size,) * 3)
        return GridSource(GridInMemory(ramp.shape, lambda field, index: ramp, ("ramp",)), (0, 0, 0), (1, 1, 1))
"""
GOOD = "[moviemaker.readers]\nany_name = phantom:PhantomReader\n[moviemaker.samples]\nramp = phantom:Ramp\n"
FAULTY = {
    "phantom:Abstract": "lacks the method open",
    "phantom:NoSuffix": "lacks suffixes, such as ('.abc',)",
    "phantom:OneSuffix": "has suffixes that are not a tuple of endings such as ('.abc',)",
    "phantom:TakesCsv": "claims .csv, which another reader has",
    "phantom:np": "is not a subclass of moviemaker.data.readers.Reader",
    "phantom:Missing": "cannot be loaded (AttributeError: module 'phantom' has no attribute 'Missing')",
    "nowhere:Reader": "cannot be loaded (ModuleNotFoundError: No module named 'nowhere')",
}


@pytest.fixture
def package(tmp_path):
    """Writes an installed package with these entry points, and runs a program beside it."""
    folder = tmp_path / "site"

    def run(points: str, *command: str) -> subprocess.CompletedProcess[str]:
        info = folder / "phantom-0.3.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: phantom\nVersion: 0.3\n")
        (info / "entry_points.txt").write_text(points)
        (folder / "phantom.py").write_text(PHANTOM)
        path = os.pathsep.join([str(folder), *sys.path])
        return subprocess.run(
            [sys.executable, *command], capture_output=True, text=True, check=False, cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": path},
        )  # fmt: skip

    return run


@pytest.mark.parametrize("name", [info.name for info in pkgutil.iter_modules(built_in.__path__)])
def test_built_in_modules_keep_the_contract(name):
    module = importlib.import_module(f"moviemaker.data.readers.{name}")
    assert isinstance(module.SUFFIXES, tuple)
    assert isinstance(module.COMPRESSIBLE, tuple)
    assert set(module.COMPRESSIBLE) <= set(module.SUFFIXES)
    assert callable(module.open_file)
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in module.SUFFIXES)
    assert all(suffix in readers() for suffix in module.SUFFIXES)


def test_a_reader_of_a_package_gives_grids_and_particles(package, tmp_path):
    with (tmp_path / "head.phantom").open("wb") as file:
        np.save(file, np.arange(27.0).reshape(3, 3, 3))
    with (tmp_path / "some.stars").open("wb") as file:
        np.save(file, np.eye(3))
    (tmp_path / "unnamed").write_bytes(b"PHANTOM" + bytes(600))
    done = package(GOOD, "-m", "moviemaker", "info", "head.phantom")
    assert done.stdout.splitlines()[0] == "# head.phantom: a grid", done
    assert done.stderr == ""
    script = """
from pathlib import Path
from moviemaker.core.kinds import build
from moviemaker.data.density import Density
from moviemaker.data.particles import Particles
from moviemaker.data.sample import Sample
print(build(Particles, {"file": "some.stars"}).open(Path()).at(0).position.shape)
print(build(Sample, {"name": "ramp", "size": 5}).open(Path()).at(0).shape)
"""
    done = package(GOOD, "-c", script)
    assert done.stdout.split("\n")[:2] == ["(3, 3)", "(5, 5, 5)"], done
    assert done.stderr == ""


def test_a_file_without_an_ending_is_recognized_by_its_first_bytes(package, tmp_path):
    (tmp_path / "unnamed").write_bytes(b"PHANTOM" + bytes(600))
    done = package(GOOD, "-m", "moviemaker", "info", "unnamed")
    assert "the file 'unnamed' cannot be read: " in done.stderr
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("name", "what"),
    [("list", "open() gives list, not Contents"), ("fault", "TypeError: no such thing")],
)
def test_a_reader_that_fails_is_named(package, tmp_path, name, what):
    (tmp_path / f"{name}.phantom").write_bytes(b"")
    done = package(GOOD, "-m", "moviemaker", "info", f"{name}.phantom")
    owner = "the reader 'any_name' of the package phantom"
    assert done.stderr.strip().endswith(
        f"'{name}.phantom' cannot be read: {owner} fails: {what}; report it to the authors of that package"
    )
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("crash", "crashes (segmentation fault)"),
        ("later", "crashes (aborted)"),
        ("hang", "has not come to its end after 1.5 seconds of computing"),
    ],
)
def test_a_crash_of_a_reader_that_calls_compiled_code_is_an_error(package, tmp_path, name, what):
    points = "[moviemaker.readers]\ncompiled = phantom:Compiled\n"
    (tmp_path / f"{name}.compiled").write_text(name)  # what is known of a file is known by its content
    done = package(points, "-m", "moviemaker", "info", f"{name}.compiled")
    owner = "the reader 'compiled' of the package phantom"
    assert f"the file '{name}.compiled' cannot be read: {owner}" in done.stderr, done
    assert what in done.stderr
    assert done.returncode == 2
    with (tmp_path / "good.compiled").open("wb") as file:
        np.save(file, np.arange(27.0).reshape(3, 3, 3))
    done = package(points, "-m", "moviemaker", "info", "good.compiled")
    assert done.stdout.splitlines()[0] == "# good.compiled: a grid", done


@pytest.mark.parametrize(("value", "what"), FAULTY.items(), ids=FAULTY)
def test_a_faulty_reader_is_left_out(package, tmp_path, value, what):
    Path(tmp_path / "stars.csv").write_text("x,y,z\n1,2,3\n4,5,6\n")
    done = package(f"[moviemaker.readers]\nmy_reader = {value}\n", "-m", "moviemaker", "info", "stars.csv")
    assert done.stdout.startswith("# stars.csv: particles"), done
    owner = "the reader 'my_reader' of the package phantom"
    said = f"warning: {owner} cannot be used: {value} {what}; correct or uninstall that package\n"
    assert done.stderr == said
    assert done.returncode == 0
