"""Independent readers for the tests of metadata: ffmpeg's text, and dumps of boxes and EBML elements."""

import re
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from moviemaker.film.codecs import CODINGS
from moviemaker.film.encode import encode
from moviemaker.film.layout import PictureLayout
from moviemaker.film.settings import Encoding

W, H, N = 128, 64, 6
PAIRS = [(container, codec) for codec, coding in CODINGS.items() for container in coding.containers]
LAYOUTS = [
    PictureLayout(projection, stereo)
    for projection in ("rectangular", "equirectangular", "half-equirectangular", "cubemap", "fisheye")
    for stereo in ("mono", "left-right", "top-bottom")
]
V1 = bytes.fromhex("ffcc8263f8554a938814587a02521fdd")
TOP_BOTTOM = PictureLayout("equirectangular", "top-bottom")
VR180 = PictureLayout("half-equirectangular", "left-right")


def pictures() -> list[np.ndarray]:
    noise = np.random.default_rng(1)
    return [noise.integers(0, 255, (H, W, 3), dtype=np.uint8) for _ in range(N)]


@pytest.fixture(scope="session")
def plain(tmp_path_factory) -> dict[tuple[str, str], Path]:
    """A movie without metadata in each container with each codec."""
    folder, frames = tmp_path_factory.mktemp("plain"), pictures()
    return {
        (container, codec): encode(
            frames, Encoding(container, codec, "draft"), (W, H), 30, folder / f"{codec}.{container}"
        )
        for container, codec in PAIRS
    }


def copy_of(path: Path, folder: Path) -> Path:
    copy = folder / f"movie{path.suffix}"
    copy.write_bytes(path.read_bytes())
    return copy


def ffmpeg(*arguments: str | Path) -> subprocess.CompletedProcess:
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-y", *map(str, arguments)]
    return subprocess.run(command, capture_output=True)


def spherical_text(path: Path) -> dict[str, str]:
    """What ffmpeg says of the first video stream."""
    said = ffmpeg("-i", path).stderr.decode()
    assert "Video:" in said, said
    found = {"stereo": re.search(r"Stereo 3D: ([\w ]+)", said), "sphere": re.search(r"Spherical Mapping: (.+)", said)}
    return {key: match[1].strip() for key, match in found.items() if match}


def decoded(path: Path) -> bytes:
    """Hashes of all decoded pictures and sounds."""
    done = ffmpeg("-v", "error", "-i", path, "-map", "0", "-f", "framehash", "-")
    assert done.returncode == 0
    assert done.stderr == b""
    return b"\n".join(line for line in done.stdout.splitlines() if not line.startswith(b"#"))


MP4_PARENTS = {"moov", "trak", "mdia", "minf", "stbl", "sv3d", "proj", "vexu", "eyes", "pack"}


def dump(data: bytes, inside: str = "") -> Iterator[tuple[str, bytes]]:
    """Every box of an MP4 as (path, content), in the order of the file."""
    at = 0
    while at + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", data, at + 8), 16
        assert size >= head, (inside, kind)
        name, content = f"{inside}/{kind.decode('latin-1')}", data[at + head : at + size]
        yield name, content
        kind_name = name.rsplit("/", 1)[1]
        if kind_name in MP4_PARENTS:
            yield from dump(content, name)
        elif kind_name == "stsd":
            yield from dump(content[8:], name)
        elif inside.endswith("/stsd"):
            yield from dump(content[78:], name)
        at += size
    assert at + 4 >= len(data), inside


EBML_MASTERS = {0x18538067, 0x1654AE6B, 0xAE, 0xE0, 0x7670, 0x1254C367, 0x7373, 0x63C0, 0x67C8, 0x114D9B74, 0x4DBB}
EBML_MASTERS |= {0x1C53BB6B, 0xBB, 0xB7}


def vint(data: bytes, at: int, keep_marker: bool) -> tuple[int, int]:
    length = next(n for n in range(1, 9) if data[at] & 0x80 >> n - 1)
    value = int.from_bytes(data[at : at + length], "big")
    return (value if keep_marker else value & ~(1 << 7 * length)), at + length


def dump_ebml(data: bytes, base: int = 0, path: tuple[int, ...] = ()) -> Iterator[tuple[tuple[int, ...], int, bytes]]:
    """Every element of a Matroska file as (path of IDs, its place in the file, content)."""
    at = 0
    while at < len(data):
        start = at
        id, at = vint(data, at, True)
        size, at = vint(data, at, False)
        assert at + size <= len(data), (path, hex(id))
        yield (*path, id), base + start, data[at : at + size]
        if id in EBML_MASTERS:
            yield from dump_ebml(data[at : at + size], base + at, (*path, id))
        at += size
