"""Zarr in zip files and on the web, and errors for things that are not Zarr."""

from __future__ import annotations

import functools
import sys
import threading
import warnings
import zipfile
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build
from moviemaker.core.machine.network import PERMISSION
from moviemaker.data.describing.describe import describe
from moviemaker.data.grid import Grid
from moviemaker.data.particles import Particles

zarr = pytest.importorskip("zarr")

VALUES = np.random.default_rng(3).random((9, 7, 5)).astype(np.float32)


def cube(path, version=3, inside="", values=VALUES):
    """Writes an array, or a group with one, and gives the folder."""
    if inside:
        array = zarr.create_group(str(path), zarr_format=version).create_array(
            inside, shape=values.shape, chunks=(4, 4, 4), dtype=values.dtype
        )
    else:
        array = zarr.create_array(
            str(path), shape=values.shape, chunks=(4, 4, 4), dtype=values.dtype, zarr_format=version
        )
    array[:] = values
    return path


def image(path):
    """An image of OME-Zarr 0.5 with two levels."""
    group = zarr.create_group(str(path), zarr_format=3)
    datasets = []
    for level in range(2):
        step = 2**level
        values = np.ascontiguousarray(VALUES[::step, ::step, ::step].transpose(2, 1, 0))
        group.create_array(str(level), shape=values.shape, chunks=(4, 4, 4), dtype=values.dtype)[:] = values
        scale = [0.5 * step] * 3
        datasets.append({"path": str(level), "coordinateTransformations": [{"type": "scale", "scale": scale}]})
    axes = [{"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"]
    group.attrs["ome"] = {"version": "0.5", "multiscales": [{"axes": axes, "datasets": datasets}]}
    return path


def zipped(folder, target, top=""):
    with zipfile.ZipFile(target, "w") as file:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            file.write(path, Path(top) / path.relative_to(folder))
    return target


def opened(folder, file, **keys):
    return build(Grid, {"kind": "grid", "file": file} | keys).open(folder)


@pytest.fixture
def web(tmp_path, monkeypatch):
    """A folder, and its address on a server of this machine without directory listings."""
    monkeypatch.setenv(PERMISSION, "1")

    class Handler(SimpleHTTPRequestHandler):
        def list_directory(self, path):
            self.send_error(404)

        def log_message(self, *words):
            asked.append(self.path)

    asked: list[str] = []
    folder = tmp_path / "web"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}", asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("top", ["", "cube.zarr"])
@pytest.mark.parametrize("inside", ["", "fields/rho"])
def test_zip_files(tmp_path, version, top, inside):
    zipped(cube(tmp_path / "q.zarr", version, inside), tmp_path / "cube.zarr.zip", top)
    source = opened(tmp_path, "cube.zarr.zip")
    assert source.fields == ("rho" if inside else "value",)
    np.testing.assert_array_equal(source.at(0).field(None), VALUES)
    assert source.files == (str(tmp_path / "cube.zarr.zip"),)


def test_a_large_array_in_a_zip_file_is_read_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setenv("MOVIEMAKER_CACHE", str(tmp_path / "cache"))
    values = np.zeros((144, 144, 144), np.float32)
    values[32:64, :32, 80:] = 4
    array = zarr.create_array(str(tmp_path / "q.zarr"), shape=values.shape, chunks=(32,) * 3, dtype="f4")
    array[32:64, :32, 80:] = 4
    zipped(tmp_path / "q.zarr", tmp_path / "q.zarr.zip")
    whole = opened(tmp_path, "q.zarr.zip", memory="16 MB").at(0)
    assert whole.shape[0] < 80
    assert whole.field(None).mean() == pytest.approx(values.mean(), rel=0.1)
    np.testing.assert_array_equal(whole.field(None), opened(tmp_path, "q.zarr", memory="16 MB").at(0).field(None))


def test_an_image_in_a_zip_file(tmp_path):
    zipped(image(tmp_path / "q.zarr"), tmp_path / "cell.ozx")
    source = opened(tmp_path, "cell.ozx")
    np.testing.assert_array_equal(source.at(0).field(None), VALUES)
    assert source.at(0).spacing == (0.5, 0.5, 0.5)


def test_a_zip_file_without_zarr(tmp_path):
    with zipfile.ZipFile(tmp_path / "q.zip", "w") as file:
        file.writestr("q.rtf", "1,2,3")
    with pytest.raises(InputError, match=r"'q.zip' holds q.rtf; unpack it, and name a file that can be read"):
        opened(tmp_path, "q.zip")
    (tmp_path / "q.zarr.zip").write_bytes(b"not a zip file")
    with pytest.raises(InputError, match=r"'q.zarr.zip' cannot be read: File is not a zip file"):
        opened(tmp_path, "q.zarr.zip")


def test_folders_that_are_called_zarr(tmp_path):
    (tmp_path / "q.zarr").mkdir()
    with pytest.raises(InputError, match=r"'q.zarr' is an empty folder: no zarr.json, .zarray or .zgroup"):
        opened(tmp_path, "q.zarr")
    (tmp_path / "q.zarr" / "notes.txt").write_text("x")
    with pytest.raises(InputError, match=r"'q.zarr' is not a Zarr.*check that it was copied with"):
        opened(tmp_path, "q.zarr")
    cube(tmp_path / "q.zarr" / "rho")
    with pytest.raises(InputError, match=r"did you mean 'q.zarr/rho'"):
        describe(tmp_path / "q.zarr")
    zarr.create_group(str(tmp_path / "group.zarr"))
    with pytest.raises(InputError, match=r"the group 'group.zarr' holds no array"):
        opened(tmp_path, "group.zarr")


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("inside", ["", "fields/rho"])
def test_arrays_on_the_web(web, tmp_path, version, inside):
    folder, address, asked = web
    cube(folder / "q.zarr", version, inside)
    if inside:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what is in version 3 and not yet in its text
            zarr.consolidate_metadata(str(folder / "q.zarr"), zarr_format=version)
    source = opened(tmp_path, f"{address}/q.zarr")
    assert not any(part.isdigit() for path in asked for part in path.replace(".", "/").split("/"))  # no chunk yet
    assert source.fields == ("rho" if inside else "value",)
    np.testing.assert_array_equal(source.at(0).field(None), VALUES)
    assert source.files == ()
    described = describe(Path(f"{address}/q.zarr"))
    assert f'file: "{address}/q.zarr"' in described.scene
    assert "data:\n  q:" in described.scene


def test_an_image_on_the_web_is_drawn(web, tmp_path):
    folder, address, _ = web
    image(folder / "q.zarr")
    written = {
        "duration": 1,
        "data": {"cell": {"kind": "grid", "file": f"{address}/q.zarr"}},
        "layers": [{"kind": "volume", "data": "cell", "transfer": [[0, 0.9], [1, 0.9]]}],
        "camera": {"keyframes": [{"time": 0, "position": [2, -9, 1], "target": [2, 1.5, 1]}]},
        "outputs": {"main": {"lens": "perspective", "size": [16, 16]}},
    }
    picture = mm.Scene.from_dict(written, folder=tmp_path).still(0.0)
    assert picture[8, 8].max() > 30


def test_errors_on_the_web(web, tmp_path):
    folder, address, _ = web
    cube(folder / "group.zarr", inside="rho")
    np.save(folder / "q.npy", VALUES)
    with pytest.raises(InputError, match=r"no Zarr is found at 'http.*/none.zarr'"):
        opened(tmp_path, f"{address}/none.zarr")
    with pytest.raises(InputError, match=r"no Zarr is found.*download other files"):
        opened(tmp_path, f"{address}/q.npy")
    with pytest.raises(InputError, match=r"does not list its arrays; write the address of one"):
        opened(tmp_path, f"{address}/group.zarr")
    np.testing.assert_array_equal(opened(tmp_path, f"{address}/group.zarr/rho").at(0).field(None), VALUES)
    with pytest.raises(InputError, match="only grids are read from there"):
        build(Particles, {"kind": "particles", "file": f"{address}/q.npy"}).open(tmp_path)


def test_a_server_that_does_not_answer(tmp_path, monkeypatch):
    monkeypatch.setenv(PERMISSION, "1")
    with pytest.raises(InputError, match=r"'http://127.0.0.1:9/q.zarr' cannot be read: .*check the address"):
        opened(tmp_path, "http://127.0.0.1:9/q.zarr")


def test_a_missing_library_is_named(tmp_path, monkeypatch):
    cube(tmp_path / "q.zarr")
    monkeypatch.setitem(sys.modules, "numcodecs", None)
    with pytest.raises(InputError, match=r"needs numcodecs; install it with pip install 'moviemaker\[zarr\]'"):
        opened(tmp_path, "q.zarr").at(0)
    with pytest.raises(InputError, match="by the protocol 'gopher://'"):
        opened(tmp_path, "gopher://host/q.zarr")


def test_axes_follow_from_their_names(tmp_path):
    values = np.random.default_rng(0).random((2, 3, 4, 5))
    names = ("time", "level", "lat", "lon")
    zarr.create_array(str(tmp_path / "a.zarr"), shape=values.shape, dtype="f8", dimension_names=names)[:] = values
    grid = opened(tmp_path, "a.zarr", times=[0, 1]).at(1)
    np.testing.assert_array_equal(grid.field(None), values[1].transpose(2, 1, 0))
