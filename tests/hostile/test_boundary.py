"""Whatever a reader raises, now or later, in this process or another, is reported as a file that cannot be read."""

from __future__ import annotations

import gc
import json
import os
import weakref
from pathlib import Path

import numpy as np
import pytest

from moviemaker.core.errors import DataError, InputError, MoviemakerError, SceneError, in_data
from moviemaker.data.files.boundary import guarded, reading
from moviemaker.data.formats.contents import Contents, Rows, Stored
from moviemaker.data.formats.grid_contents import GridContents


class Panic(BaseException):
    """What libraries in other languages raise."""


FAULTS = [
    *(TypeError("x"), AttributeError("x"), IndexError("x"), KeyError("x"), ZeroDivisionError("x"), AssertionError()),
    *(RecursionError("x"), MemoryError(), OverflowError("x"), OSError(22, "x"), UserWarning("x"), StopIteration()),
    *(Panic("x"), NotImplementedError(), UnicodeDecodeError("ascii", b"\xff", 0, 1, "x"), ValueError("a\x1b[2J\n\0b")),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_any_fault_becomes_a_file_that_cannot_be_read(fault):
    with pytest.raises(InputError, match=r"the file 'a\.npy' cannot be read: ") as found, reading(Path("b/a.npy")):
        raise fault
    assert found.value.at == ("file",)
    assert found.value.__cause__ is fault
    assert found.value.what.isprintable()


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), SystemExit(3), InputError("a", "b", ("field",))], ids=repr)
def test_ends_of_the_program_and_mistakes_with_words_pass(fault):
    with pytest.raises(type(fault)) as found, reading(Path("a.npy")):
        raise fault
    assert found.value is fault


def raising(*_):
    raise TypeError("x")


def test_every_function_in_contents_is_guarded():
    stored = Stored((3,), np.dtype(float), raising, raising, raising)
    other = GridContents({"y": stored})
    contents = GridContents({"x": stored}, groups={"g": {"x": stored}}, box=stored, others={"y": lambda: other})
    held = guarded(contents, Path("a.npy"))
    assert isinstance(held, GridContents)
    assert held.arrays["x"] is held.groups["g"]["x"] is held.box  # readers give one array under several names
    reads = (held.box.read, held.box.take, held.box.part, held.others["y"]().arrays["y"].read)
    for read in reads:
        with pytest.raises(InputError, match=r"'a\.npy'"):
            read(0)


def test_a_table_is_guarded_piece_by_piece():
    def pieces(names):
        yield {"x": np.zeros(2)}
        raise IndexError(names)

    rows = guarded(Rows({"x": ()}, None, pieces), Path("a.csv")).pieces(("x",))
    assert next(rows)["x"].tolist() == [0, 0]
    with pytest.raises(InputError, match=r"'a\.csv'"):
        next(rows)


def test_debug_shows_where_a_reader_failed(tmp_path, capsys):
    from moviemaker.cli import main

    (tmp_path / "a_0.npz").write_bytes(b"PK")
    (tmp_path / "scene.yaml").write_text(json.dumps(SCENE, indent=1))
    for arguments in (["info", str(tmp_path / "a_0.npz")], ["check", str(tmp_path / "scene.yaml")]):
        assert main([*arguments, "--debug"]) == 2
        assert "BadZipFile" in capsys.readouterr().err.split("Traceback", 1)[1]


def test_arithmetic_with_data_that_fails_is_said_at_their_place():
    with pytest.raises(DataError, match="ZeroDivisionError") as found, in_data("gas"):
        _ = 1 / 0
    assert found.value.at == ("data", "gas")
    with pytest.raises(MoviemakerError), in_data("gas"):
        raise MoviemakerError("the window is gone")


def test_arrays_pass_as_they_are():
    array = np.zeros(3)
    contents = Contents({"x": Stored((3,), array.dtype, lambda index: array)})
    assert guarded(contents, Path("a.npy")).arrays["x"].read(None) is array


SCENE = {
    "fps": 2,
    "duration": 2,
    "data": {"a": {"kind": "particles", "file": "a_*.npz"}},
    "layers": [{"kind": "points", "data": "a", "size": 1}],
    "camera": {"keyframes": [{"time": 0, "position": [0, -9, 0], "target": [0, 0, 0]}]},
    "outputs": {"hd": {"lens": "perspective", "size": [32, 32], "format": "gif"}},
}


@pytest.mark.parametrize("workers", [1, 2])
def test_data_that_fail_while_frames_are_drawn_have_their_line(tmp_path, workers):
    import moviemaker

    for number in range(4):
        np.savez(tmp_path / f"a_{number}.npz", position=np.random.default_rng(0).normal(size=(5, 3)))
    path = tmp_path / "scene.yaml"
    path.write_text(json.dumps(SCENE, indent=1))
    scene = moviemaker.load(path)
    damaged = tmp_path / "a_2.npz"
    before = damaged.stat()
    damaged.write_bytes(b"PK".ljust(before.st_size))
    os.utime(damaged, ns=(before.st_atime_ns, before.st_mtime_ns))  # or it counts as written anew
    with pytest.raises(SceneError) as found:
        scene.render("hd", tmp_path / "out", workers=workers)
    (problem,) = found.value.problems
    assert problem.where == ("data", "a", "file")
    assert problem.line == path.read_text().split("\n").index('   "file": "a_*.npz"') + 1
    assert "'a_2.npz' cannot be read" in problem.what


def test_arrays_and_functions_go_as_soon_as_they_are_let_go():
    """Mapped files would stay open until Python looks for circles of references, after thousands of frames."""
    array = np.zeros(3)
    stored = Stored((3,), array.dtype, lambda index: array)
    held = guarded(GridContents({"x": stored}, others={"y": lambda: GridContents({"y": stored})}), Path("a.npy"))
    assert held.arrays["x"].read(None) is array
    gone = [weakref.ref(each) for each in (held.arrays["x"].read, held.others["y"])]
    gc.disable()
    try:
        del held
        assert [each() for each in gone] == [None, None]
    finally:
        gc.enable()
