"""Files that try to run code, or to send the program on errands: to other files, to other programs, to the network."""

from __future__ import annotations

import bz2
import io
import json
import lzma
import os
import pickle
import socket
import struct
import subprocess
import sys
import threading
import unicodedata
import zipfile
import zlib

import numpy as np
import pytest
import yaml
from hostile_runs import refused, run
from PIL import Image

SECRET = "canary-text-8f3a"


@pytest.fixture
def ear():
    """The port of a socket on loopback that listens, and a list of what connected to it."""
    heard: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        done = threading.Event()

        def listen():
            while not done.is_set():
                try:
                    heard.append(server.accept()[1])
                except TimeoutError:
                    continue

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        yield server.getsockname()[1], heard
        done.set()
        thread.join()


@pytest.fixture
def canary(tmp_path):
    """A file that is never there: what harms would make it."""
    return tmp_path / "canary"


def scene(folder, **texture_or_data):
    """A scene of a globe with a texture, or of a grid."""
    written = {
        "duration": 1,
        "data": {"d": texture_or_data.get("data", {"kind": "mesh", "globe": 1})},
        "layers": [texture_or_data.get("layer", {"kind": "surface", "data": "d"})],
        "camera": {"keyframes": [{"time": 0, "position": [0, -5, 0], "target": [0, 0, 0]}]},
        "outputs": {"main": {"lens": "perspective", "size": [32, 32]}},
    }
    if "texture" in texture_or_data:
        written["layers"][0]["texture"] = {"file": texture_or_data["texture"], "wrap": "lonlat"}
    (folder / "s.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    return "s.yaml"


# Textures and movies


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width: int, height: int) -> bytes:
    """A PNG that says how large it is, and holds next to nothing."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def tiff_of(width: int, height: int) -> bytes:
    entries = [(256, 4, width), (257, 4, height), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (279, 4, 1)]
    body = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(entries)) + body + b"\0" * 16


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(%s) (w) file closefile\nshowpage\n"

PLAYLISTS = {
    "list.mp4": b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n%s\n#EXT-X-ENDLIST\n",
    "list.mov": b"#EXTM3U\n#EXTINF:9,\nfile:///etc/passwd\n",
    "list.m3u8": b"#EXTM3U\n#EXTINF:9,\n%s\n",
    "list.webm": b"ffconcat version 1.0\nfile '%s'\n",
    "list.avi": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    "list.gif": b";FFMETADATA1\ntitle=%s\n",
    "list.mkv": b"<?xml version='1.0'?><MPD><Period><BaseURL>%s</BaseURL></Period></MPD>",
    "list.mpg": b"[playlist]\nFile1=%s\n",
    "list.ts": b"[InternetShortcut]\nURL=%s\n",
    "list.png": b"#EXTM3U\n%s\n",
}


@pytest.mark.parametrize(
    ("command", "name"),
    [*(("check", name) for name in PLAYLISTS), *(("inspect", name) for name in list(PLAYLISTS)[:4])],
)
def test_lists_of_other_files_are_not_followed(name, command, tmp_path, ear):
    port, heard = ear
    content = PLAYLISTS[name].replace(b"%s", b"http://127.0.0.1:%d/a.ts" % port)
    (tmp_path / name).write_bytes(content)
    refused(run(command, scene(tmp_path, texture=name) if command == "check" else name, folder=tmp_path), name)
    assert not heard


@pytest.mark.parametrize("name", ["a.eps", "a.png", "a.jpg", "a.tif"])
def test_no_other_program_draws_a_picture(name, tmp_path, canary):
    """Pillow starts Ghostscript for an EPS, whatever the ending."""
    gs = tmp_path / "bin" / "gs"
    gs.parent.mkdir()
    gs.write_text(f"#!/bin/sh\necho ran > {canary}\n")
    gs.chmod(0o755)
    (tmp_path / name).write_bytes(EPS.replace(b"%s", bytes(canary)))
    path = {"PATH": f"{gs.parent}:{os.environ['PATH']}"}
    refused(run("check", scene(tmp_path, texture=name), folder=tmp_path, environment=path), name, "PNG, JPEG")
    assert not canary.exists()


@pytest.mark.parametrize("format", ["BMP", "ICO", "PCX", "PPM", "TGA", "PDF", "SGI", "ICNS", "DDS"])
def test_pictures_of_other_formats_are_refused(format, tmp_path):
    Image.new("RGB", (16, 16)).save(tmp_path / "a.png", format)
    refused(run("check", scene(tmp_path, texture="a.png"), folder=tmp_path), "'a.png'", "PNG, JPEG")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.png", png_of(30000, 30000), ["30000 x 30000 pixels", "3.6 GB"]),
        ("a.png", png_of(60000, 60000), ["1073741824 pixels"]),
        ("a.png", png_of(2**31 - 1, 2**31 - 1), ["pixels"]),
        ("a.png", png_of(16000, 16000), ["16000 x 16000 pixels", "1.0 GB"]),
        ("a.tif", tiff_of(32000, 32000), ["32000 x 32000 pixels"]),
        ("a.tif", tiff_of(2**32 - 1, 2**32 - 1), ["a.tif"]),
        ("a.png", png_of(64, 64)[:60], ["a.png"]),
        ("a.jpg", b"\xff\xd8\xff" + b"\xff" * 500, ["a.jpg"]),
        ("a.webp", b"RIFF\xff\xff\xff\xffWEBPVP8 " + b"\xff" * 200, ["a.webp"]),
        ("a.tif", b"II*\0\x08\0\0\0" + b"\xff" * 500, ["a.tif"]),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_pictures_are_bounded_before_they_are_decoded(name, content, words, tmp_path):
    (tmp_path / name).write_bytes(content)
    refused(run("check", scene(tmp_path, texture=name), folder=tmp_path), name, *words)


def movie_with_reference(path, target):
    """A MOV whose only track has its pictures in another file."""
    from moviemaker.core.ffmpeg import find_ffmpeg

    source = ["-f", "lavfi", "-i", "testsrc=size=16x16:rate=5", "-t", "1", "-c:v", "rawvideo", "-pix_fmt", "yuv422p"]
    subprocess.run([find_ffmpeg(), "-v", "error", "-y", *source, "-c:v", "mpeg4", path], check=True)
    name = os.fsencode(target)
    alias = bytearray(150)
    struct.pack_into(">HH", alias, 4, 150, 2)
    alias[50 : 51 + len(name[-60:])] = bytes([len(name[-60:])]) + name[-60:]
    alias += struct.pack(">hH", 2, len(name)) + name + b"\0" * (len(name) % 2) + struct.pack(">hH", -1, 0)
    entry = struct.pack(">I4sI", 12 + len(alias), b"alis", 0) + bytes(alias)
    return path, entry


def test_a_movie_whose_pictures_lie_elsewhere_is_not_followed(tmp_path):
    """Ffmpeg would read the other file by the reference in `dref` if it were allowed to."""
    path, entry = movie_with_reference(tmp_path / "a.mov", tmp_path / "secret.raw")
    (tmp_path / "secret.raw").write_bytes(SECRET.encode() * 1000)
    content = path.read_bytes()
    old = struct.pack(">I4sI", 12, b"url ", 1)
    at = content.index(old)
    grown = bytearray(content[:at] + entry + content[at + 12 :])
    more = len(entry) - 12
    for kind in (b"dref", b"dinf", b"minf", b"mdia", b"trak", b"moov"):
        place = bytes(grown).rindex(kind, 0, at) - 4
        struct.pack_into(">I", grown, place, struct.unpack_from(">I", grown, place)[0] + more)
    path.write_bytes(grown)
    outcome = run("check", scene(tmp_path, texture="a.mov"), folder=tmp_path)
    assert SECRET not in outcome.out + outcome.err


@pytest.mark.parametrize("name", ["a.png", "a.mp4"])
@pytest.mark.parametrize("kind", ["fifo", "device", "folder", "link to a device"])
def test_textures_are_regular_files(name, kind, tmp_path):
    path = tmp_path / name
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    elif kind == "device":
        name = "/dev/zero"
    else:
        path.symlink_to("/dev/zero")
    refused(run("check", scene(tmp_path, texture=name), folder=tmp_path), "is not a file")


@pytest.mark.parametrize("target", ["/dev/zero", "fifo.mp4", "/proc/kmsg", "frames"])
def test_inspect_opens_regular_files_only(target, tmp_path):
    os.mkfifo(tmp_path / "fifo.mp4")
    (tmp_path / "frames").mkdir()
    os.mkfifo(tmp_path / "frames" / "a_0001.png")
    refused(run("inspect", target, folder=tmp_path))


def test_an_ending_and_a_content_that_contradict_each_other(tmp_path):
    from moviemaker.core.ffmpeg import find_ffmpeg

    source = ["-f", "lavfi", "-i", "testsrc=size=16x16:rate=5", "-t", "1", "-c:v", "mpeg4"]
    subprocess.run([find_ffmpeg(), "-v", "error", *source, "-f", "avi", tmp_path / "a.mp4"], check=True)
    refused(run("check", scene(tmp_path, texture="a.mp4"), folder=tmp_path), "'.mp4' says mov", "avi")


def test_pictures_and_movies_still_serve_as_textures(tmp_path):
    content = io.BytesIO()
    for name, format in (("a.png", "PNG"), ("a.jpg", "JPEG"), ("a.tif", "TIFF"), ("a.webp", "WEBP"), ("a.gif", "GIF")):
        content = Image.new("RGB", (16, 16), (200, 0, 0))
        content.save(tmp_path / name, format)
        outcome = run("check", scene(tmp_path, texture=name), folder=tmp_path)
        assert outcome.status == 0, outcome.err


# Zarr


class Canary:
    """An object that makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.system, (f"touch {self.path}",)


def array_2(folder, **keys):
    """A Zarr of version 2 with one chunk."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {
        "zarr_format": 2,
        "shape": [4, 4, 4],
        "chunks": [4, 4, 4],
        "dtype": "<f4",
        "order": "C",
        "compressor": None,
        "filters": None,
        "fill_value": 0,
    }
    text = keys.pop("text", None) or json.dumps(written | keys)
    (folder / ".zarray").write_text(text, encoding="utf-8")
    (folder / "0.0.0").write_bytes(bytes(256))
    return folder


BYTES = {"name": "bytes", "configuration": {"endian": "little"}}


def array_3(folder, *codecs, **keys):
    """A Zarr of version 3 with one chunk."""
    (folder / "c/0/0").mkdir(parents=True)
    written = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [4, 4, 4],
        "data_type": "float32",
        "fill_value": 0,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [4, 4, 4]}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "codecs": list(codecs) or [BYTES],
    }
    (folder / "zarr.json").write_text(json.dumps(written | keys), encoding="utf-8")
    (folder / "c/0/0/0").write_bytes(bytes(256))
    return folder


def group_2(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".zgroup").write_text('{"zarr_format": 2}', encoding="utf-8")
    return folder


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


# Addresses

PROTOCOLS = [
    "reference://{}/a.json",
    "dir://{}",
    "generic://http://{}/a.zarr",
    "zip::http://{}/a.zip",
    "simplecache::http://{}/a.zarr",
    "filecache::s3://{}/a.zarr",
    "zip://a.zarr::http://{}/a.zip",
    "file:///etc/passwd",
    "file:/etc/passwd",
    "local:///etc",
    "ftp://{}/a.zarr",
    "ssh://{}/a.zarr",
    "hdfs://{}/a.zarr",
    "github://a:b@{}/a.zarr",
    "memory://a.zarr",
    "data://text/plain,abc",
    "gopher://{}/a",
    "HTTP+UNIX://{}/a",
]


@pytest.mark.parametrize("address", PROTOCOLS)
def test_other_protocols_are_refused_by_name(address, tmp_path, ear):
    port, heard = ear
    grid = {"kind": "grid", "file": address.format(f"127.0.0.1:{port}")}
    named = scene(tmp_path, data=grid, layer={"kind": "volume", "data": "d"})
    refused(
        run("check", named, folder=tmp_path), address.partition(":")[0], "https://" if address[:4] != "file" else ""
    )
    assert not heard


LOCAL = [
    "127.0.0.1",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "127.1",
    "0.0.0.0",
]
LOCAL += ["169.254.169.254", "10.0.0.1", "192.168.1.1", "172.16.0.1", "100.64.0.1", "[fe80::1]", "[fd00::1]", "0"]
LOCAL += ["LOCALHOST.", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "%31%32%37.0.0.1", "127.0.0.1%2f@example.org"]


@pytest.mark.parametrize(
    ("protocol", "host"), [*(("http", host) for host in LOCAL), *(("https", host) for host in LOCAL[:4])]
)
def test_addresses_of_this_machine_and_its_network_need_permission(protocol, host, tmp_path, ear):
    port, heard = ear
    refused(run("info", f"{protocol}://{host}:{port}/a.zarr", folder=tmp_path))
    assert not heard


@pytest.mark.parametrize(
    "address",
    [
        "https://user:word@127.0.0.1:{}/a.zarr",
        "https://:{}/a",
        "https://127.0.0.1:99999/a",
        "https://[::1:{}/a",
        "https:///a",
        "s3://../a",
        "s3://a_b@127.0.0.1:{}/a",
        "gs://127.0.0.1:{}/a",
        "s3://A/a",
        "s3:///a",
        "https://exa mple:{}/a",
    ],
)
def test_addresses_that_are_not_as_they_should_be(address, tmp_path, ear):
    port, heard = ear
    refused(run("info", address.format(port), folder=tmp_path))
    assert not heard


@pytest.mark.parametrize("kind", ["particles", "mesh", "texture", "srt"])
def test_other_data_are_not_read_from_addresses(kind, tmp_path, ear):
    port, heard = ear
    address = f"http://127.0.0.1:{port}/a.csv"
    if kind == "texture":
        named = scene(tmp_path, texture=address.replace("csv", "png"))
    else:
        data = {"kind": "mesh" if kind == "mesh" else "particles", "file": address}
        named = scene(tmp_path, data=data, layer={"kind": "points", "data": "d"})
    refused(run("check", named, folder=tmp_path))
    assert not heard


def test_no_setting_of_the_environment_is_used(tmp_path, ear):
    """Proxies, endpoints and passwords of the environment would send errands elsewhere."""
    port, heard = ear
    (tmp_path / ".netrc").write_text(f"machine 127.0.0.1 login a password {SECRET}\n")
    names = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "https_proxy", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3")
    settings = dict.fromkeys((*names, "STORAGE_EMULATOR_HOST", "FSSPEC_S3_ENDPOINT_URL"), f"http://127.0.0.1:{port}")
    for address in ("https://169.254.169.254/a.zarr", "http://10.0.0.1/a.zarr"):
        refused(run("info", address, folder=tmp_path, environment=settings | {"HOME": str(tmp_path)}))
    assert not heard


def test_local_addresses_are_read_with_permission(tmp_path, ear):
    port, heard = ear
    run("info", f"http://127.0.0.1:{port}/a.zarr", "--allow-local-network", folder=tmp_path, seconds=0.7)
    assert heard


# Text

NASTY = "a\x1b]0;owned\x07\x1b[2J\x9bA\u202eb\u2066\u200bc: #*'\"{}[]&!|>%@`\nd\r\t\\$e"


def hidden(text):
    """Characters that would control a terminal, or hide or reorder text."""
    kinds = ("Cc", "Cf", "Cs", "Zl", "Zp")
    return [letter for letter in text if letter not in "\n\t" and unicodedata.category(letter) in kinds]


def nasty_files(folder):
    """Files whose names of fields and arrays are nasty, and the names."""
    import h5py

    np.savez(folder / "p.npz", **{"position": np.random.default_rng(0).random((50, 3)), NASTY: np.arange(50.0)})
    with h5py.File(folder / "g.h5", "w") as file:
        file[NASTY.replace("/", "")] = np.random.default_rng(0).random((8, 8, 8))
    column = "".join(letter for letter in NASTY if letter not in "\n\r#%,\"'\\")
    columns = f"x,y,z,{column}\n"
    (folder / "t.csv").write_text(columns + "0,1,2,3\n3,4,5,6\n", encoding="utf-8", newline="")
    header = (folder / "a.zarr").resolve()
    array_3(header, BYTES, dimension_names=[NASTY, "y", "x"], attributes={"units": NASTY, "long_name": NASTY})
    return ["p.npz", "g.h5", "t.csv", "a.zarr"]


def test_text_from_files_is_made_visible(tmp_path):
    for name in nasty_files(tmp_path):
        outcome = run("info", name, folder=tmp_path)
        assert outcome.status == 0, (name, outcome.err)
        assert not hidden(outcome.out + outcome.err), name
        written = yaml.safe_load(outcome.out)
        (tmp_path / "proposed.yaml").write_text(outcome.out, encoding="utf-8")
        checked = run("check", "proposed.yaml", folder=tmp_path)
        assert checked.status == 0, (name, checked.err)
        assert written["data"]


@pytest.mark.parametrize("place", ["title", "name of data", "field", "key", "file", "output", "kind", "unit"])
def test_text_from_scenes_is_made_visible(place, tmp_path):
    written = yaml.safe_load((tmp_path / scene(tmp_path)).read_text(encoding="utf-8"))
    if place == "title":
        written["title"] = NASTY
    elif place == "unit":
        written["units"] = {"length": NASTY}
    elif place == "name of data":
        written["data"][NASTY] = {"kind": "grid", "file": "none.npy"}
    elif place == "field":
        written["layers"][0]["color"] = {"by": NASTY}
    elif place == "key":
        written[NASTY] = 1
    elif place == "file":
        written["data"]["d"] = {"kind": "grid", "file": NASTY}
    elif place == "output":
        written["outputs"][NASTY] = written["outputs"]["main"]
    else:
        written["layers"][0]["kind"] = NASTY
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    outcome = run("check", "s.yaml", folder=tmp_path)
    assert not hidden(outcome.out + outcome.err)
    if place not in ("title", "unit"):
        refused(outcome)
    assert all(line.startswith("s.yaml:") for line in outcome.err.splitlines()), outcome.err


@pytest.mark.parametrize("command", ["info", "check", "inspect", "render", NASTY])
def test_names_of_files_are_made_visible(command, tmp_path):
    name = NASTY.replace("/", "")
    for content in (None, b"what is it"):
        if content is not None:
            (tmp_path / name).write_bytes(content)
        outcome = run(command, name, folder=tmp_path)
        assert outcome.status == 2
        assert not hidden(outcome.out + outcome.err)


def test_names_that_yaml_takes_for_values(tmp_path):
    for name in ("no", "null", "1"):
        np.save(tmp_path / f"{name}.npy", np.random.default_rng(0).random((8, 8, 8)))
        (tmp_path / "s.yaml").write_text(run("info", f"{name}.npy", folder=tmp_path).out, encoding="utf-8")
        assert run("check", "s.yaml", folder=tmp_path).status == 0


LOCALES = [
    {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
]


@pytest.mark.parametrize("locale", LOCALES, ids=["ASCII on the terminal", "ASCII everywhere"])
def test_other_letters_in_every_locale(locale, tmp_path):
    np.save(tmp_path / "grün.npy", np.random.default_rng(0).random((4, 4, 4)))
    text = """title: "Été → 漢"
duration: 1
data: {gr: {kind: grid, file: grün.npy}}
layers: [{kind: volume, data: gr, field: fehlt_ü}]
camera: {orbit: {center: gr, radius: 20}}
outputs: {hdé: {lens: perspective, size: [32, 32]}}
"""
    (tmp_path / "é.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "whole.yaml").write_text(text.replace(", field: fehlt_ü", ""), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG", "PYTHONUTF8"))}

    def say(*arguments):
        command = [sys.executable, "-m", "moviemaker", *arguments]
        return subprocess.run(command, cwd=tmp_path, env=kept | locale, capture_output=True)

    wrong = say("check", "é.yaml")
    assert wrong.returncode == 2, wrong.stderr
    assert b"fehlt_" in wrong.stderr, wrong.stderr
    asked = say("render", "whole.yaml", "--output", "hde\u0301", "--frames", "70:80")
    assert b"--frames 70:80" in asked.stderr, asked.stderr  # the output was found, the frames were not


# Names


OUTSIDE = ["a/b", "../a", "..", ".", ".a", "-y", "/tmp/a", "a\x00b", "a\nb", "x" * 300, "", "a\u202eb"]


@pytest.mark.parametrize("name", OUTSIDE)
def test_names_of_outputs_stay_inside(name, tmp_path):
    written = yaml.safe_load((tmp_path / scene(tmp_path)).read_text(encoding="utf-8"))
    written["outputs"] = {name: written["outputs"]["main"]}
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    refused(run("check", "s.yaml", folder=tmp_path), "cannot be part of a file's name")


@pytest.mark.parametrize("file", ["...yaml", "..yaml", ".a.yaml", "-a.yaml", "a\nb.yaml", "x" * 150 + ".yaml"])
def test_names_of_scenes_stay_inside(file, tmp_path):
    (tmp_path / scene(tmp_path)).rename(tmp_path / file)
    outcome = run("render", f"./{file}", "--out", "out", folder=tmp_path)
    refused(outcome, "cannot be part of a file's name")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["../x", "a/b", "..", "-x", "/tmp/x", ""])
def test_names_of_scenes_from_python_stay_inside(name, tmp_path):
    import moviemaker as mm

    written = yaml.safe_load((tmp_path / scene(tmp_path)).read_text(encoding="utf-8"))
    with pytest.raises(mm.SceneError, match="cannot be part of a file's name"):
        mm.Scene.from_dict(written, name=name, folder=tmp_path)


@pytest.mark.parametrize("other", ["MAIN", "Main", "ma\u0131n"])
def test_names_of_outputs_that_are_one_file_on_some_systems(other, tmp_path):
    written = yaml.safe_load((tmp_path / scene(tmp_path)).read_text(encoding="utf-8"))
    written["outputs"][other] = written["outputs"]["main"]
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    outcome = run("check", "s.yaml", folder=tmp_path)
    if other.lower() == "main":
        refused(outcome, "one file on some systems")
    else:
        assert outcome.status == 0, outcome.err


def test_names_that_are_composed_in_two_ways(tmp_path):
    written = yaml.safe_load((tmp_path / scene(tmp_path)).read_text(encoding="utf-8"))
    written["outputs"] = dict.fromkeys(("hdé", "hdé"), written["outputs"]["main"])
    (tmp_path / "s.yaml").write_text(yaml.safe_dump(written, allow_unicode=True), encoding="utf-8")
    refused(run("check", "s.yaml", folder=tmp_path), "name")
