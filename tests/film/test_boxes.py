"""Changing the index of movies of any size and order, whole or not at all. Other files are refused."""

import os
import re
import signal
import struct
import subprocess
import sys
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
import spherical_readers
from spherical_readers import (
    TOP_BOTTOM,
    VR180,
    H,
    W,
    copy_of,
    decoded,
    dump,
    dump_ebml,
    ffmpeg,
    spherical_text,
)

from moviemaker.core.errors import UserError
from moviemaker.film.containers.embed import embed

plain = spherical_readers.plain  # a fixture of both files


def with_sound(folder: Path, *options: str, name: str = "movie.mp4") -> Path:
    """A movie with a second track and the index of the options."""
    movie = folder / name
    inputs = ["-f", "lavfi", "-i", f"testsrc=s={W}x{H}:r=30:d=1", "-f", "lavfi", "-i", "sine=d=1"]
    done = ffmpeg(*inputs, "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", *options, movie)
    assert done.returncode == 0, done.stderr
    return movie


def order_of(movie: Path) -> list[str]:
    """Outermost boxes, read without their contents."""
    kinds, at, end = [], 0, movie.stat().st_size
    with open(movie, "rb") as file:
        while at < end:
            file.seek(at)
            size, kind, large = struct.unpack(">I4sQ", file.read(16).ljust(16, b"\0"))
            kinds.append(kind.decode())
            at += large if size == 1 else size or end
    return kinds


@pytest.mark.parametrize("options", [(), ("-movflags", "+faststart")], ids=["index last", "index first"])
def test_the_index_comes_first_and_all_tracks_are_found(tmp_path, options):
    movie = with_sound(tmp_path, *options)
    before = decoded(movie)
    embed(movie, TOP_BOTTOM)
    assert order_of(movie) == ["ftyp", "moov", "free", "mdat"] if options else ["ftyp", "free", "moov", "mdat"]
    assert decoded(movie) == before
    assert spherical_text(movie)["stereo"] == "top and bottom"
    names = [name for name, _ in dump(movie.read_bytes())]
    assert names.count("/moov/trak/uuid") == 1  # the sound has none
    entry = [name.rsplit("/", 1)[1] for name in names if re.search("/stsd/avc1/....$", name)]
    assert entry[:3] == ["avcC", "st3d", "sv3d"]
    assert "pasp" in entry[3:]


def test_metadata_of_another_writer_are_replaced(tmp_path, plain):
    """ffmpeg itself writes a box for which it reports `unspecified`."""
    movie = copy_of(plain["mp4", "h265"], tmp_path)
    embed(movie, TOP_BOTTOM)
    other = tmp_path / "other.mp4"
    ffmpeg("-i", movie, "-c", "copy", "-strict", "unofficial", "-tag:v", "hvc1", other)
    assert spherical_text(other)["stereo"] == "unspecified"
    embed(other, VR180)
    assert spherical_text(other) == {"stereo": "side by side", "sphere": "half equirectangular"}
    before = other.stat()
    embed(other, VR180)  # nothing to do: the file is not even written
    assert other.stat() == before
    kinds = [name.rsplit("/", 1)[1] for name, _ in dump(other.read_bytes())]
    assert [kinds.count(kind) for kind in ("st3d", "sv3d", "vexu", "uuid")] == [1, 1, 1, 0]


def rebuilt(data: bytes, path: tuple[bytes, ...], change) -> bytes:
    """Boxes in which the one on a path is changed, and the sizes of those around it."""
    parts, at = [], 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        content = data[at + 8 : at + size]
        if kind == path[0]:
            content = rebuilt(content, path[1:], change) if path[1:] else change(content)
        parts.append(struct.pack(">I4s", 8 + len(content), kind) + content)
        at += size
    return b"".join(parts)


def test_metadata_go_into_the_first_of_several_sample_entries(tmp_path, plain):
    movie = copy_of(plain["mp4", "h264"], tmp_path)

    def twice(stsd: bytes) -> bytes:
        return stsd[:4] + struct.pack(">I", 2) + stsd[8:] * 2

    embed(movie, VR180)  # so that both entries have them
    data = rebuilt(movie.read_bytes(), (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"), twice)
    grown = len(data) - movie.stat().st_size

    def moved(stco: bytes) -> bytes:
        return stco[:8] + struct.pack(">I", struct.unpack_from(">I", stco, 8)[0] + grown) + stco[12:]

    data = rebuilt(data, (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stco"), moved)
    movie.write_bytes(data)
    embed(movie, TOP_BOTTOM)
    assert [name.rsplit("/", 1)[1] for name, _ in dump(movie.read_bytes())].count("st3d") == 1
    assert spherical_text(movie) == {"stereo": "top and bottom", "sphere": "equirectangular"}
    assert decoded(movie) == decoded(plain["mp4", "h264"])


def sparse(folder: Path, first_chunk: int) -> Path:
    """A movie with one chunk, at a byte behind a hole in `mdat`, and with its index in the end."""
    plain = folder / "small.mp4"
    command = ["-f", "lavfi", "-i", f"testsrc=s={W}x{H}:r=30:d=0.3", "-c:v", "libx264", "-fflags", "+bitexact"]
    assert ffmpeg(*command, plain).returncode == 0
    data, content, at = plain.read_bytes(), {}, 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        content[kind], at = data[at + 8 : at + size], at + size
    ftyp = struct.pack(">I4s", 8 + len(content[b"ftyp"]), b"ftyp") + content[b"ftyp"]
    stbl = (b"trak", b"mdia", b"minf", b"stbl", b"stco")
    moov = rebuilt(content[b"moov"], stbl, lambda _: struct.pack(">3I", 0, 1, first_chunk))
    movie = folder / "large.mp4"
    with open(movie, "wb") as file:
        inside = first_chunk - len(ftyp) + len(content[b"mdat"])
        file.write(ftyp + struct.pack(">I4sQ", 1, b"mdat", inside))
        file.seek(first_chunk)
        file.write(content[b"mdat"] + struct.pack(">I4s", 8 + len(moov), b"moov") + moov)
    return movie


def test_files_above_4_gib(tmp_path):
    movie = sparse(tmp_path, first_chunk=2**32 - 100)
    before = decoded(movie)
    start = time.perf_counter()
    tracemalloc.start()
    embed(movie, TOP_BOTTOM)  # moves the chunk behind what 32 bits can count
    assert tracemalloc.get_traced_memory()[1] < 30e6
    tracemalloc.stop()
    assert time.perf_counter() - start < 5
    assert movie.stat().st_size > 2**32
    assert movie.stat().st_blocks * 512 < 2e6  # the hole is still one
    assert order_of(movie) == ["ftyp", "moov", "mdat"]
    assert decoded(movie) == before
    with open(movie, "rb") as file:
        index = file.read(100_000)
    assert b"co64" in index
    assert b"stco" not in index

    embed(movie, VR180)  # 64-bit tables as they are, and an index that is in front
    assert decoded(movie) == before
    assert spherical_text(movie)["stereo"] == "side by side"
    with open(movie, "r+b") as file:  # the last box may say that it reaches up to the end
        at = file.read(100_000).index(b"mdat") - 4
        file.seek(at)
        file.write(bytes(4))
    embed(movie, TOP_BOTTOM)
    assert decoded(movie) == before
    with open(movie, "rb") as file:
        assert b"\0\0\0\0mdat" in file.read(100_000)


def test_memory_does_not_grow_with_the_data(tmp_path, plain):
    movie, filler, count = copy_of(plain["mp4", "h264"], tmp_path), os.urandom(1 << 20), 60
    with open(movie, "ab") as file:
        file.write(struct.pack(">I4s", 8 + count * len(filler), b"free"))
        for _ in range(count):
            file.write(filler)
    tracemalloc.start()
    embed(movie, TOP_BOTTOM)
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()
    assert movie.read_bytes().endswith(filler * 2)


def test_matroska_above_4_gib(tmp_path, plain):
    """A Void of that size between the pictures and the elements behind them."""
    small = plain["mkv", "h264"].read_bytes()
    found = list(dump_ebml(small))
    segment = next(place for path, place, _ in found if path == (0x18538067,)) + 12
    cues = next(place for path, place, _ in found if path == (0x18538067, 0x1C53BB6B))
    first = next(place for path, place, _ in found if path == (0x18538067, 0x1F43B675))
    hole = 2**32 + 1000
    movie = tmp_path / "large.mkv"
    with open(movie, "wb") as file:
        file.write(small[: segment - 8] + struct.pack(">Q", 1 << 56 | len(small) - segment + hole))
        file.write(small[segment:cues] + b"\xec" + struct.pack(">Q", 1 << 56 | hole - 9))
        file.seek(cues + hole)
        file.write(small[cues:])
    start = time.perf_counter()
    embed(movie, TOP_BOTTOM)
    assert time.perf_counter() - start < 5
    assert movie.stat().st_blocks * 512 < 2e6
    assert movie.stat().st_size > 2**32
    with open(movie, "rb") as file:  # ffmpeg would read through the whole hole to decode
        assert file.read(cues)[first:] == small[first:cues]
    assert spherical_text(movie) == {"stereo": "top and bottom", "sphere": "equirectangular"}
    once = movie.stat().st_size
    embed(movie, TOP_BOTTOM)
    assert movie.stat().st_size == once


@pytest.mark.parametrize("writes", [0, 1])
@pytest.mark.parametrize("pair", [("mp4", "h264"), ("mkv", "h264")])
def test_a_killed_embed_leaves_the_file_as_it_was(tmp_path, plain, pair, writes):
    movie = copy_of(plain[pair], tmp_path)
    before = movie.read_bytes()
    script = f"""
import os, signal
from pathlib import Path
from moviemaker.film.containers.embed import embed
from moviemaker.film.layout import PictureLayout
real, count = os.pwrite, 0
def pwrite(descriptor, data, at):
    global count
    if count == {writes}:
        real(descriptor, bytes(data)[: len(data) // 2], at)
        os.kill(os.getpid(), signal.SIGKILL)
    count += 1
    return real(descriptor, data, at)
os.pwrite = pwrite
embed(Path({str(movie)!r}), PictureLayout("equirectangular", "top-bottom"))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert movie.read_bytes() == before
    left = [name for name in os.listdir(tmp_path) if name != movie.name]
    assert len(left) == 1  # which the next run of the output sweeps away, by its name
    assert left[0].startswith(".")
    assert left[0].endswith(".partial")


def test_an_error_leaves_nothing_behind(tmp_path, plain, monkeypatch):
    movie = copy_of(plain["mp4", "h264"], tmp_path)
    before = movie.read_bytes()

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "pwrite", full)
    with pytest.raises(Exception, match="disk is full"):
        embed(movie, TOP_BOTTOM)
    assert os.listdir(tmp_path) == [movie.name]
    assert movie.read_bytes() == before


def test_fragmented_files_are_refused(tmp_path):
    movie = with_sound(tmp_path, "-movflags", "frag_keyframe+empty_moov")
    before = movie.read_bytes()
    with pytest.raises(UserError, match="it is fragmented; copy it into one piece"):
        embed(movie, TOP_BOTTOM)
    assert movie.read_bytes() == before


def test_matroska_from_a_pipe_is_refused(tmp_path):
    movie = tmp_path / "piped.mkv"
    source = ["-f", "lavfi", "-i", f"testsrc=s={W}x{H}:d=0.2", "-c:v", "libx264", "-f", "matroska", "-"]
    movie.write_bytes(ffmpeg(*source).stdout)
    with pytest.raises(UserError, match="written into a pipe"):
        embed(movie, TOP_BOTTOM)


@pytest.mark.parametrize("options", [(), ("-cues_to_front", "1")], ids=["cues last", "cues first"])
def test_matroska_with_checksums_sound_and_tags(tmp_path, options):
    movie = with_sound(tmp_path, "-metadata", "title=A title", *options, name="movie.mkv")
    before, tags = decoded(movie), ffmpeg("-i", movie).stderr.decode().count("ENCODER")
    embed(movie, TOP_BOTTOM)
    once = movie.read_bytes()
    assert decoded(movie) == before
    said = ffmpeg("-i", movie).stderr.decode()
    assert "A title" in said
    assert said.count("spherical-video") == 1  # the sound has none
    assert said.count("ENCODER") == tags  # the other tags are there still
    for layout in (VR180, TOP_BOTTOM):
        embed(movie, layout)
        assert decoded(movie) == before
    assert movie.read_bytes() == once


def segment_of(parts: dict[int, bytes]) -> bytes:
    """A Segment of elements, each with its size in eight bytes."""
    inside = b"".join(
        id.to_bytes(4, "big") + struct.pack(">Q", 1 << 56 | len(data)) + data for id, data in parts.items()
    )
    return b"\x18\x53\x80\x67" + struct.pack(">Q", 1 << 56 | len(inside)) + inside


ENDLESS_CLUSTER = b"\x1f\x43\xb6\x75\x01\xff\xff\xff\xff\xff\xff\xff"
INFO, TRACKS, CLUSTER, TAGS, CUES = 0x1549A966, 0x1654AE6B, 0x1F43B675, 0x1254C367, 0x1C53BB6B


def test_matroska_of_other_layouts(tmp_path, plain):
    small, movie = plain["mkv", "h264"].read_bytes(), tmp_path / "movie.mkv"
    found = list(dump_ebml(small))
    header = small[: next(place for path, place, _ in found if path == (0x18538067,))]
    parts = {path[1]: data for path, _, data in found if len(path) == 2}
    before = decoded(plain["mkv", "h264"])
    tight = segment_of({id: parts[id] for id in (INFO, TRACKS, CLUSTER)})
    movie.write_bytes(header + tight)
    with pytest.raises(UserError, match="no room for metadata before its pictures; copy it into a file with ffmpeg"):
        embed(movie, TOP_BOTTOM)
    assert movie.read_bytes() == header + tight
    endless = tight.replace(b"\x1f\x43\xb6\x75" + struct.pack(">Q", 1 << 56 | len(parts[CLUSTER])), ENDLESS_CLUSTER)
    movie.write_bytes(header + endless)
    with pytest.raises(UserError, match="written into a pipe"):
        embed(movie, TOP_BOTTOM)
    # Tags between the pictures and something else: they leave a filler, and nothing moves.
    parts[TRACKS] += b"\xec" + struct.pack(">Q", 1 << 56 | 200) + bytes(200)
    movie.write_bytes(header + segment_of({id: parts[id] for id in (INFO, TRACKS, CLUSTER, TAGS, CUES)}))
    for layout in (TOP_BOTTOM, VR180, TOP_BOTTOM):
        embed(movie, layout)
        assert decoded(movie) == before
        tops = [path[1] for path, _, _ in dump_ebml(movie.read_bytes()) if len(path) == 2]
        assert tops[-4:] == [CLUSTER, 0xEC, CUES, TAGS] if layout == TOP_BOTTOM else tops[-3:] == [CLUSTER, 0xEC, CUES]
    assert spherical_text(movie) == {"stereo": "top and bottom", "sphere": "equirectangular"}


def test_files_that_are_not_movies(tmp_path, plain):
    small = plain["mp4", "h264"].read_bytes()
    webm = plain["webm", "vp9"].read_bytes()
    noise = np.random.default_rng(2)
    bad = {
        "empty.mp4": b"",
        "zeros.mp4": bytes(5000),
        "text.mp4": b"this is not a movie at all\n" * 50,
        "noise.mp4": noise.bytes(5000),
        "cut.mp4": small[: len(small) // 2],
        "no_index.mp4": small[: small.index(b"moov") - 4],
        "cut.webm": webm[: len(webm) // 2],
        "only_a_head.webm": webm[:40],
        "noise.webm": b"\x1aE\xdf\xa3" + noise.bytes(5000),
        "sound.mp4": b"",
    }
    ffmpeg("-f", "lavfi", "-i", "sine=d=0.1", tmp_path / "sound.m4a")
    bad["sound.mp4"] = (tmp_path / "sound.m4a").read_bytes()
    for name, data in bad.items():
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(UserError, match=re.escape(str(path))):
            embed(path, TOP_BOTTOM)
        assert path.read_bytes() == data
    for path in (tmp_path / "missing.mp4", tmp_path):
        with pytest.raises(UserError):
            embed(path, TOP_BOTTOM)


@pytest.mark.parametrize("pair", [("mp4", "h265"), ("mkv", "h264")])
def test_damage_anywhere_in_the_index_is_a_user_error_or_harmless(tmp_path, plain, pair):
    movie = copy_of(plain[pair], tmp_path)
    embed(movie, TOP_BOTTOM)
    whole, noise = movie.read_bytes(), np.random.default_rng(3)
    end = whole.index(b"mdat") if pair[0] == "mp4" else whole.index(b"\x1f\x43\xb6\x75")
    for _ in range(300):
        broken = bytearray(whole)
        for place in noise.integers(0, end, 3):
            broken[place] = noise.integers(0, 256)
        movie.write_bytes(broken)
        refused = ""
        try:
            embed(movie, VR180)
        except UserError as error:
            refused = str(error)
        if refused:
            assert str(movie) in refused
            assert movie.read_bytes() == broken
