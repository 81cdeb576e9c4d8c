"""Files of HDF5 and netCDF whose groups hold each other, that name other files, or declare more than they have."""

from __future__ import annotations

import struct
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hostile_runs import refused, run
from hostile_scenes import Checked, Content, scene_of

from moviemaker.core.errors import InputError
from moviemaker.data.files.find import open_file

h5py = pytest.importorskip("h5py")
netCDF4 = pytest.importorskip("netCDF4")  # noqa: N816


def hdf5(make: Callable[[Any], None]) -> Callable[[Path], None]:
    """Writes a file of HDF5 by a function that is given the open file."""

    def write(path: Path) -> None:
        with h5py.File(path, "w") as file:
            make(file)

    return write


def good(file: Any) -> None:
    file["rho"] = np.linspace(0, 1, 27).reshape(3, 3, 3)


def fan_out(file: Any) -> None:
    good(file)
    groups = [file.create_group(f"g{index}") for index in range(30)]
    for outer, inner in pairwise(groups):
        outer["a"], outer["b"] = inner, inner


def deep(file: Any) -> None:
    good(file)
    group = file
    for _ in range(3000):
        group = group.create_group("g")


def cycle(file: Any) -> None:
    good(file)
    file["a/b/c"] = file.create_group("a/b")


def shows_itself(file: Any) -> None:
    layout = h5py.VirtualLayout((3, 3, 3), "f8")
    layout[:] = h5py.VirtualSource(".", "rho", (3, 3, 3))
    file.create_virtual_dataset("rho", layout)


def show_each_other(file: Any) -> None:
    for name, other in (("rho", "sigma"), ("sigma", "rho")):
        layout = h5py.VirtualLayout((3, 3, 3), "f8")
        layout[:] = h5py.VirtualSource(".", other, (3, 3, 3))
        file.create_virtual_dataset(name, layout)


def shown_from(name: str) -> Callable[[Any], None]:
    def make(file: Any) -> None:
        layout = h5py.VirtualLayout((3, 3, 3), "f8")
        layout[:] = h5py.VirtualSource(name, "rho", (3, 3, 3))
        file.create_virtual_dataset("rho", layout)

    return make


def linked_to(name: str) -> Callable[[Any], None]:
    def make(file: Any) -> None:
        file["rho"] = h5py.ExternalLink(name, "/rho")

    return make


def stored_in(name: str) -> Callable[[Any], None]:
    def make(file: Any) -> None:
        file.create_dataset("rho", (3, 3, 3), "f8", external=[(name, 0, h5py.h5f.UNLIMITED)])

    return make


def unwritten(file: Any) -> None:
    file.create_dataset("rho", (MANY,) * 3, "f4", chunks=(64, 64, 64))


def odd_members(file: Any) -> None:
    file["opaque"] = np.void(b"1234")
    file["text"] = "a text"
    file["reference"] = file.ref
    file.create_dataset("lists", (3,), h5py.vlen_dtype("i4"))
    file.create_dataset("texts", (3,), h5py.string_dtype())
    file["compound"] = np.zeros(3, [("a", "f4"), ("b", "S3")])
    file["empty"] = h5py.Empty("f8")
    file["type"] = np.dtype("f4")
    file.create_group("Header").attrs["Time"] = "noon"


def unknown_filter(path: Path) -> None:
    with h5py.File(path, "w") as file:
        file.create_dataset("rho", data=np.ones((3, 3, 3)), chunks=(3, 3, 3), compression="gzip")
    content = bytearray(path.read_bytes())
    at = content.index(b"deflate") - 8
    content[at : at + 2] = struct.pack("<H", 32001)
    path.write_bytes(content)


def damaged(at: int, by: bytes, make: Callable[[Any], None] = good, **options: Any) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with h5py.File(path, "w", **options) as file:
            make(file)
        content = bytearray(path.read_bytes())
        content[at : at + len(by)] = by
        path.write_bytes(content)

    return write


def classic(dims: list[int], values: int = 0, version: int = 1, begin: int = 200) -> bytes:
    """A file of the classic format of NetCDF with one variable on all dimensions, and so many values."""
    wide = ">Q" if version == 5 else ">I"

    def word(text: str) -> bytes:
        return struct.pack(wide, len(text)) + text.encode().ljust((len(text) + 3) // 4 * 4, b"\0")

    def count(number: int) -> bytes:
        return struct.pack(wide, number)

    nothing = struct.pack(">I", 0) + count(0)
    listed = b"".join(word(f"d{index}") + count(length) for index, length in enumerate(dims))
    size = min(4 * int(np.prod(dims, dtype=object)), 0xFFFFFFFF)
    variable = word("rho") + count(len(dims)) + b"".join(count(index) for index in range(len(dims)))
    variable += nothing + struct.pack(">I", 5) + count(size) + struct.pack(">I" if version == 1 else ">Q", begin)
    head = b"CDF" + bytes([version]) + count(0) + struct.pack(">I", 10) + count(len(dims)) + listed
    head += nothing + struct.pack(">I", 11) + count(1) + variable
    return head.ljust(begin, b"\0") + np.arange(values, dtype=">f4").tobytes()


def netcdf(make: Callable[[Any], None], then: Callable[[Any], None] = lambda file: None) -> Callable[[Path], None]:
    """Writes a file of NetCDF-4, first by its library, then by that of HDF5."""

    def write(path: Path) -> None:
        with netCDF4.Dataset(path, "w") as file:
            for name, length in (("x", 3), ("y", 3), ("z", 3)):
                file.createDimension(name, length)
            make(file)
        with h5py.File(path, "a") as file:
            then(file)

    return write


def field(file: Any) -> None:
    file.createVariable("rho", "f4", ("x", "y", "z"))[:] = np.ones((3, 3, 3))


def laughs(file: Any) -> None:
    for index in range(8):
        file.createDimension(f"d{index}", 1 << 20)
    file.createVariable("rho", "f4", tuple(f"d{index}" for index in range(8)), chunksizes=[1] * 8)


def replaced(file: Any) -> None:
    del file["rho"]
    linked_to("../canary.h5")(file)


def nothing(file: Any) -> None:
    pass


MANY = 1 << 20
FILES: dict[str, tuple[Content, str]] = {
    "fan.h5": (hdf5(fan_out), "its groups hold each other: more than 64 paths"),
    "deep.h5": (hdf5(deep), "more than 32 levels deep"),
    "cycle.h5": (hdf5(cycle), "its group a/b/c holds itself"),
    "itself.h5": (hdf5(shows_itself), "its virtual array /rho shows itself"),
    "eachother.h5": (hdf5(show_each_other), "shows itself"),
    "shown.h5": (hdf5(shown_from("../canary.h5")), "names '../canary.h5', which lies outside of its folder"),
    "shownabs.h5": (hdf5(shown_from("/etc/passwd")), "names '/etc/passwd', which lies outside of its folder"),
    "shownpipe.h5": (hdf5(shown_from("pipe.vtu")), "waits for something else than the file"),
    "link.h5": (hdf5(linked_to("../canary.h5")), "names '../canary.h5', which lies outside of its folder"),
    "linkabs.h5": (hdf5(linked_to("/proc/self/mem")), "which lies outside of its folder"),
    "linknone.h5": (hdf5(linked_to("none.h5")), "names 'none.h5', which does not exist"),
    "stored.h5": (hdf5(stored_in("../canary.bin")), "names '../canary.bin', which lies outside of its folder"),
    "storedabs.h5": (hdf5(stored_in("/etc/passwd")), "which lies outside of its folder"),
    "large.h5": (hdf5(unwritten), "samples of 4 bytes, which is 4.6 EB, more than 1000 times the 1400 bytes"),
    "odd.h5": (hdf5(odd_members), ""),
    "filter.h5": (unknown_filter, "cannot be read: "),
    "cut.h5": (damaged(0, b"", unwritten, libver="latest"), ""),
    "head.h5": (damaged(8, b"\xff" * 40), "cannot be read: "),
    "text.h5": (b"nothing of HDF5", "cannot be read: "),
    "signature.h5": (b"\x89HDF\r\n\x1a\n", "cannot be read: "),
    "large.vtkhdf": (hdf5(unwritten), ""),
    "laughs.nc": (netcdf(laughs), f"its variable rho: its header declares {MANY} x {MANY}"),
    "link.nc": (netcdf(field, replaced), "takes data from another file"),
    "stored.nc": (netcdf(nothing, stored_in("/etc/passwd")), "takes data from another file, '/etc/passwd'"),
    "fan.nc": (netcdf(nothing, fan_out), "its groups hold each other"),
    "cycle.nc": (netcdf(nothing, cycle), "holds itself"),
    "lying.nc": (classic([1 << 30, 1 << 30, 1 << 30]), ""),
    "lying5.nc": (classic([1 << 40, 1 << 40, 1 << 40], version=5), ""),
    "many.nc": (classic([1 << 20] * 500), ""),
    "minus.nc": (classic([0xFFFFFFFF, 0xFFFFFFFF, 2]), ""),
    "short.nc": (classic([100, 100, 100], values=9), "it is not whole: rho would end at 4 MB of 236 bytes"),
    "begin.nc": (classic([3, 3, 3], 27).replace(struct.pack(">I", 200), b"\x7f\xff\xff\xff"), "it is not whole"),
    "header.nc": (b"CDF\x01" + b"\0\0\0\0\0\0\0\x0a\xff\xff\xff\xff", "cannot be read: "),
}  # fmt: skip


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Checked:
    files = {name: content for name, (content, _) in FILES.items()}
    return Checked(tmp_path_factory.mktemp("files"), "grid", files, 0.5 * len(files))


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_lies_is_refused(name, checked):
    checked.refuses(name, FILES[name][1])


def test_all_are_refused_in_a_short_time(checked):
    checked.ends_well()


def values_of(path: Path) -> np.ndarray:
    return np.asarray(open_file(path).arrays["rho"].read(None))


def test_other_files_below_the_folder_are_read(tmp_path, monkeypatch):
    monkeypatch.chdir("/")
    (tmp_path / "below").mkdir()
    hdf5(good)(tmp_path / "below" / "source.h5")
    (tmp_path / "below" / "raw.bin").write_bytes(np.arange(27, dtype="<f8").tobytes())
    hdf5(linked_to("below/source.h5"))(tmp_path / "link.h5")
    hdf5(shown_from("below/source.h5"))(tmp_path / "shown.h5")
    hdf5(stored_in("below/raw.bin"))(tmp_path / "stored.h5")
    assert values_of(tmp_path / "link.h5")[2, 2, 2] == 1.0
    assert values_of(tmp_path / "shown.h5")[2, 2, 2] == 1.0
    assert values_of(tmp_path / "stored.h5")[2, 2, 2] == 26.0


def test_another_file_may_be_named_by_the_scene_too(tmp_path):
    (tmp_path / "inner").mkdir()
    hdf5(good)(tmp_path / "source.h5")
    hdf5(linked_to("../source.h5"))(tmp_path / "inner" / "link.h5")
    (tmp_path / "scene.yaml").write_text(scene_of("grid", ["source.h5", "inner/link.h5"]))
    outcome = run("check", "scene.yaml", folder=tmp_path)
    assert outcome.status == 0, outcome.err


def test_a_file_of_nothing_but_odd_members_is_described(tmp_path):
    hdf5(odd_members)(tmp_path / "odd.h5")
    refused(run("info", "odd.h5", folder=tmp_path), "'odd.h5'", "no array")


@pytest.mark.parametrize("version", [1, 2, 5])
def test_a_whole_file_of_a_classic_format_is_read(tmp_path, version):
    path = tmp_path / "whole.nc"
    names = {1: "NETCDF3_CLASSIC", 2: "NETCDF3_64BIT_OFFSET", 5: "NETCDF3_64BIT_DATA"}
    with netCDF4.Dataset(path, "w", format=names[version]) as file:
        file.title = "a title"
        for name, length in (("time", None), ("x", 3), ("y", 3), ("z", 3)):
            file.createDimension(name, length)
        file.createVariable("time", "i2", ("time",))[:] = [0, 1, 2]
        file.createVariable("rho", "f4", ("time", "x", "y", "z"))[:] = np.arange(81.0).reshape(3, 3, 3, 3)
    assert np.asarray(open_file(path).arrays["rho"].read(2)).max() == 80.0
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(InputError, match=r"'whole\.nc' cannot be read: it is not whole: rho would end at"):
        open_file(path)


def test_a_filter_is_not_sought_in_other_folders(tmp_path, monkeypatch):
    monkeypatch.setenv("HDF5_PLUGIN_PATH", str(tmp_path))
    hdf5(good)(tmp_path / "good.h5")
    values_of(tmp_path / "good.h5")
    assert h5py.h5pl.size() == 0
