"""Zarr that would run code, lead out of its folder or unpack to more than there is, is refused."""

from __future__ import annotations

import bz2
import json
import lzma
import os
import pickle
import struct
import zipfile
import zlib

import pytest
from errand_scenes import SECRET, scene
from hostile_runs import refused, run
from zarr_files import BYTES, array_2, array_3, group_2


class Canary:
    """An object that makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


@pytest.mark.parametrize("command", ["info", "check"])
@pytest.mark.parametrize("name", ["pickle", "filter", "in a group", "named 3", "in a shard", "in a zip file"])
def test_pickle_is_refused_by_name(command, name, tmp_path, canary):
    folder, pickled = tmp_path / "a.zarr", pickle.dumps(Canary(canary))
    if name == "pickle":
        array_2(folder, compressor={"id": "pickle"})
    elif name in ("filter", "in a zip file"):
        array_2(folder, dtype="|O", filters=[{"id": "pickle", "protocol": 4}])
    elif name == "in a group":
        array_2(group_2(folder) / "rho", dtype="|O", filters=[{"id": "pickle"}])
    elif name == "named 3":
        array_3(folder, BYTES, {"name": "numcodecs.pickle", "configuration": {}})
    else:
        inner = {"chunk_shape": [2, 2, 2], "codecs": [BYTES, {"name": "pickle"}], "index_codecs": [BYTES]}
        array_3(folder, {"name": "sharding_indexed", "configuration": inner})
    for path in folder.rglob("*0"):
        if path.is_file():
            path.write_bytes(pickled)
    file = "a.zarr"
    if name == "in a zip file":
        file = "a.zarr.zip"
        with zipfile.ZipFile(tmp_path / file, "w") as target:
            for path in folder.iterdir():
                target.write(path, path.name)
    grid = {"kind": "grid", "file": file}
    named = file if command == "info" else scene(tmp_path, data=grid, layer={"kind": "volume", "data": "d"})
    refused(run(command, named, folder=tmp_path), "pickle", "can run code")
    assert not canary.exists()


@pytest.mark.parametrize("codec", ["json2", "msgpack2", "vlen-array", "categorize", "base64", "n5_wrapper", "my.codec"])
def test_other_codecs_are_refused_by_name(codec, tmp_path):
    array_2(tmp_path / "a.zarr", compressor={"id": codec})
    refused(run("info", "a.zarr", folder=tmp_path), codec, "blosc")


def test_packages_are_not_loaded_for_codecs(tmp_path, canary):
    """Libraries of Zarr load the entry points of whatever is installed, or lies in the current folder."""
    info = tmp_path / "evil-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: evil\nVersion: 1\n")
    groups = "".join(
        f"[{group}]\nevil = evil:Codec\nblosc = evil:Codec\n" for group in ("zarr.codecs", "numcodecs.codecs")
    )
    (info / "entry_points.txt").write_text(groups)
    (tmp_path / "evil.py").write_text(f"open({str(canary)!r}, 'w')\n")
    array_3(tmp_path / "a.zarr", BYTES, {"name": "evil"})
    refused(run("info", "a.zarr", folder=tmp_path, environment={"PYTHONPATH": str(tmp_path)}), "evil")
    assert not canary.exists()


METADATA = {
    "shape of 2^60": ({"shape": [2**60] * 3, "chunks": [4] * 3}, []),
    "chunk of 2^40": ({"chunks": [2**40] * 3}, ["of memory"]),
    "chunk of 4 TB": ({"shape": [4, 4, 4], "chunks": [10**4] * 3}, ["10000 x 10000 x 10000", "of memory"]),
    "negative shape": ({"shape": [-4, 4, 4]}, ["shape"]),
    "shape of text": ({"shape": "444"}, ["shape"]),
    "shape of truths": ({"shape": [True, True, True]}, ["shape"]),
    "chunks of 0": ({"chunks": [0, 4, 4]}, ["chunks"]),
    "chunks of NaN": ({"chunks": [float("nan"), 4, 4]}, ["chunks"]),
    "40 axes": ({"shape": [1] * 40, "chunks": [1] * 40}, ["shape"]),
    "dtype of a mapping": ({"dtype": {"__reduce__": "x"}}, []),
    "dtype of text": ({"dtype": "__import__('os')"}, []),
    "structured dtype": ({"dtype": [["a", "|O"], ["b", "<f4"]]}, []),
    "dtype of 2 GB": ({"dtype": "|S2000000000"}, []),
    "fill value of a mapping": ({"fill_value": {"a": 1}}, ["fill value"]),
    "fill value of 4000 digits": ({"fill_value": 10**4000}, ["fill value"]),
    "order of text": ({"order": "../"}, ["order"]),
    "separator of text": ({"dimension_separator": "/../"}, ["separator"]),
    "codecs of text": ({"filters": "pickle"}, ["codecs"]),
    "a hundred codecs": ({"filters": [{"id": "crc32"}] * 100}, ["codecs"]),
    "codec without a name": ({"compressor": {"level": 1}}, ["codecs"]),
    "filter of objects": ({"filters": [{"id": "astype", "encode_dtype": "|O", "decode_dtype": "|O"}]}, ["astype"]),
    "no chunks": ({"chunks": None}, ["chunks"]),
    "deep JSON": ({"text": "[" * 100_000}, ["nested"]),
    "deep mapping": ({"text": '{"a":' * 100_000}, ["nested"]),
    "a list": ({"text": "[1, 2, 3]"}, ["metadata"]),
    "not JSON": ({"text": "\x00\x01"}, ["JSON"]),
    "20 MB": ({"text": '{"a": "' + "x" * 20_000_000 + '"}'}, ["20000009 bytes"]),
}


@pytest.mark.parametrize("name", METADATA)
def test_metadata_of_zarr_are_not_believed(name, tmp_path):
    keys, words = METADATA[name]
    array_2(tmp_path / "a.zarr", **dict(keys))
    refused(run("info", "a.zarr", folder=tmp_path), *words)


@pytest.mark.parametrize(
    ("codec", "content"),
    [
        ("zlib", zlib.compress(bytes(10**8))),
        ("gzip", zlib.compress(bytes(10**8), wbits=31)),
        ("bz2", bz2.compress(bytes(10**6)) * 1000),
        ("lzma", lzma.compress(bytes(10**7), preset=0)),
        ("blosc", b"\x02\x01\x00\x04" + struct.pack("<III", 2**31 - 1, 4096, 16) + bytes(100)),
        ("lz4", struct.pack("<I", 2**31 - 1) + bytes(100)),
        ("zstd", b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", 2**62) + bytes(100)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_chunks_that_unpack_to_more_than_they_have(codec, content, tmp_path):
    (array_2(tmp_path / "a.zarr", compressor={"id": codec}) / "0.0.0").write_bytes(content)
    refused(run("info", "a.zarr", folder=tmp_path), "cannot be read")


def test_a_chunk_larger_than_it_may_be(tmp_path):
    with open(array_2(tmp_path / "a.zarr") / "0.0.0", "wb") as file:
        file.truncate(1 << 40)
    refused(run("info", "a.zarr", folder=tmp_path), "1099511627776 bytes")


@pytest.mark.parametrize("kind", ["chunk", "metadata", "array", "attributes"])
def test_links_that_lead_out_of_a_zarr(kind, tmp_path):
    outside = array_2(tmp_path / "outside")
    (outside / "0.0.0").write_bytes((SECRET * 20).encode()[:256])
    (outside / ".zattrs").write_text(json.dumps({"multiscales": SECRET}))
    if kind == "array":
        (group_2(tmp_path / "a.zarr") / "rho").symlink_to(outside)
    else:
        name = {"chunk": "0.0.0", "metadata": ".zarray", "attributes": ".zattrs"}[kind]
        path = array_2(tmp_path / "a.zarr") / name
        path.unlink(missing_ok=True)
        path.symlink_to(outside / name)
    outcome = run("info", "a.zarr", folder=tmp_path)
    refused(outcome, "leads out")
    assert SECRET not in outcome.out + outcome.err


@pytest.mark.parametrize("path", ["../outside", "/etc", "a/../../outside", "..", "a\x00b", "a//b"])
def test_names_in_metadata_that_lead_out_of_a_zarr(path, tmp_path):
    array_2(tmp_path / "outside")
    scales = [{"axes": ["z", "y", "x"], "datasets": [{"path": path}]}]
    (group_2(tmp_path / "a.zarr") / ".zattrs").write_text(json.dumps({"multiscales": scales}))
    refused(run("info", "a.zarr", folder=tmp_path), "may lie outside")


def test_groups_without_end(tmp_path):
    folder = group_2(tmp_path / "a.zarr")
    (folder / "a").symlink_to(folder)
    (folder / "b").symlink_to(folder)
    refused(run("info", "a.zarr", folder=tmp_path), "holds no array")
    inner = folder
    for _ in range(40):
        inner = group_2(inner / "c")
    refused(run("info", "a.zarr", folder=tmp_path), "more than 32 times")


def test_a_pipe_in_a_zarr(tmp_path):
    chunk = array_2(tmp_path / "a.zarr") / "0.0.0"
    chunk.unlink()
    os.mkfifo(chunk)
    refused(run("info", "a.zarr", folder=tmp_path), "pipe or a device")


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_bombs_in_zip_files(method, tmp_path):
    array_2(tmp_path / "a")
    with zipfile.ZipFile(tmp_path / "a.zarr.zip", "w", method) as target:
        target.write(tmp_path / "a" / ".zarray", ".zarray", zipfile.ZIP_STORED)
        target.writestr("0.0.0", bytes(3_000_000))
    refused(run("info", "a.zarr.zip", folder=tmp_path), "0.0.0")
