"""Textures and movies that would open other files, start programs or fill the memory are refused."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import zlib

import pytest
from errand_scenes import SECRET, scene
from hostile_runs import refused, run
from PIL import Image


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
