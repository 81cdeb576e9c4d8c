import errno
import os
import struct
import subprocess
import zlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from imageio_ffmpeg import get_ffmpeg_exe
from PIL import Image

from moviemaker.core.errors import InputError, MoviemakerError, UserError
from moviemaker.film.frame_record import read_frame_file
from moviemaker.film.picture import DamagedPicture, is_whole_png, read_picture, write_picture


def noise(height: int = 36, width: int = 64, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@pytest.mark.parametrize("shape", [(36, 64), (1, 1), (1, 7), (7, 1), (1500, 1200)])
def test_a_written_picture_is_read_back_by_every_reader(tmp_path, shape):
    picture = noise(*shape)
    path = write_picture(tmp_path / "a.png", picture)
    assert (read_picture(path) == picture).all()
    with Image.open(path) as image:
        assert image.mode == "RGB"
        assert (np.asarray(image) == picture).all()
    assert is_whole_png(path)


def fine_noise(height: int = 36, width: int = 64, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 65536, (height, width, 3), dtype=np.uint16)


@pytest.mark.parametrize("shape", [(36, 64), (1, 1), (1, 7), (7, 1), (1500, 1200)])
def test_a_written_picture_of_16_bits_is_read_back_by_every_reader(tmp_path, shape):
    picture = fine_noise(*shape)
    path = write_picture(tmp_path / "a.png", picture)
    back = read_picture(path)
    assert back.dtype == np.uint16
    assert (back == picture).all()
    height, width = shape
    command = [get_ffmpeg_exe(), "-loglevel", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb48le", "-"]
    raw = subprocess.run(command, capture_output=True, check=True).stdout
    assert (np.frombuffer(raw, "<u2").reshape(height, width, 3) == picture).all()
    with Image.open(path) as image:  # Pillow takes the upper half of every number
        assert (np.asarray(image.convert("RGB")) == picture >> 8).all()
    assert is_whole_png(path)
    assert write_picture(tmp_path / "b.png", picture).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_a_transparent_picture_is_read_back_by_every_reader(tmp_path, dtype):
    white = np.iinfo(dtype).max
    picture = np.random.default_rng(1).integers(0, white, (36, 64, 4), dtype=dtype, endpoint=True)
    path = write_picture(tmp_path / "a.png", picture, made_from="A")
    back = read_picture(path)
    assert back.dtype == dtype
    assert (back == picture).all()
    assert read_frame_file(path).state == "whole"
    with Image.open(path) as image:
        assert image.mode == "RGBA"
        assert (np.asarray(image) == (picture if white == 255 else picture >> 8)).all()
    with Image.open(write_picture(tmp_path / "a.webp", picture)) as image:
        coarse = picture if white == 255 else np.rint(picture / 257)
        assert (np.asarray(image.convert("RGBA")) == coarse).all()


@pytest.mark.parametrize("name", ["a.jpg", "a.bmp", "a.gif"])
def test_a_transparent_picture_is_not_written_as_what_holds_no_transparency(tmp_path, name):
    with pytest.raises(InputError, match=r"transparent background.*name a file that ends in .png"):
        write_picture(tmp_path / name, np.zeros((4, 4, 4), np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_numbers_of_16_bits_lie_in_the_file_the_high_byte_first(tmp_path):
    data = write_picture(tmp_path / "a.png", np.full((1, 1, 3), 0x1234, np.uint16)).read_bytes()
    assert data[24] == 16
    packed = b"".join(part[: int.from_bytes(before[-4:])] for before, part in pairwise(data.split(b"IDAT")))
    assert zlib.decompress(packed) == b"\x02" + b"\x12\x34" * 3


def test_other_formats_keep_8_of_16_bits(tmp_path):
    picture = np.array([[[0, 128, 129], [257 * 40, 65535, 65400]]], np.uint16)
    with Image.open(write_picture(tmp_path / "a.tif", picture)) as image:
        assert (np.asarray(image) == [[[0, 0, 1], [40, 255, 254]]]).all()


def test_damage_of_16_bits_is_noticed(tmp_path):
    path = write_picture(tmp_path / "a.png", fine_noise())
    data = path.read_bytes()
    path.write_bytes(data[:500] + b"\x00" * 100 + data[600:])
    with pytest.raises(DamagedPicture, match="checksum"):
        read_picture(path)


def test_views_of_arrays_are_written_as_they_look(tmp_path):
    for picture in (noise()[::-1, ::2], fine_noise()[::-1, ::2]):
        assert (read_picture(write_picture(tmp_path / "a.png", picture)) == picture).all()


def test_the_same_picture_gives_the_same_bytes(tmp_path):
    first, second = (write_picture(tmp_path / name, noise()).read_bytes() for name in ("a.png", "b.PNG"))
    assert first == second


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "RGBA"])
def test_pngs_of_other_programs_are_read(tmp_path, mode):
    image = Image.fromarray(noise()).convert(mode)
    image.save(tmp_path / "a.png")
    wanted = image if mode == "RGBA" else image.convert("RGB")
    assert (read_picture(tmp_path / "a.png") == np.asarray(wanted)).all()


def test_damage_is_noticed(tmp_path):
    path = write_picture(tmp_path / "a.png", noise())
    data = path.read_bytes()
    path.write_bytes(data[:-1])
    assert not is_whole_png(path)
    with pytest.raises(DamagedPicture):
        read_picture(path)
    path.write_bytes(data[:500] + b"\x00" * 100 + data[600:])
    assert is_whole_png(path)  # both ends are there; reading tells
    with pytest.raises(DamagedPicture, match="checksum"):
        read_picture(path)
    short = zlib.compress(b"\x02" * 10)
    chunk = struct.pack(">I", len(short)) + b"IDAT" + short + struct.pack(">I", zlib.crc32(b"IDAT" + short))
    path.write_bytes(data[:33] + chunk + data[-12:])
    with pytest.raises(DamagedPicture, match="cut short"):
        read_picture(path)
    path.write_bytes(b"")
    assert not is_whole_png(path)
    assert not is_whole_png(tmp_path / "none.png")


@pytest.mark.parametrize("name", ["a.jpg", "a.tif", "a.bmp", "a.webp"])
def test_stills_can_have_other_formats(tmp_path, name):
    picture = np.full((36, 64, 3), (200, 100, 50), np.uint8)
    with Image.open(write_picture(tmp_path / name, picture)) as image:
        assert np.abs(np.asarray(image.convert("RGB")).astype(int) - picture).max() <= 2


@pytest.mark.parametrize("name", ["a.foo", "a", "a.mp4"])
def test_other_endings_are_errors(tmp_path, name):
    with pytest.raises(InputError, match=r"name a file that ends in \.png"):
        write_picture(tmp_path / name, noise())
    assert list(tmp_path.iterdir()) == []


def test_formats_without_colour_are_errors(tmp_path):
    with pytest.raises(InputError, match="cannot be written as XBM"):
        write_picture(tmp_path / "a.xbm", noise())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("number", "kind", "text"),
    [
        (errno.ENOSPC, MoviemakerError, "the disk is full"),
        (errno.EACCES, UserError, "no permission"),
        (errno.EROFS, UserError, "can only be read"),
        (errno.EIO, MoviemakerError, "cannot write in"),
    ],
)
def test_a_failure_leaves_the_old_picture_and_nothing_else(tmp_path, monkeypatch, number, kind, text):
    path = write_picture(tmp_path / "a.png", noise(seed=1))

    def refuse(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(kind, match=text) as caught:
        write_picture(path, noise(seed=2))
    assert caught.value.exit_status == (2 if kind is UserError else 1)
    monkeypatch.undo()
    assert (read_picture(path) == noise(seed=1)).all()
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_in_the_way_of_a_folder_is_a_user_error(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(UserError, match="is a file, not a folder; choose another folder"):
        write_picture(tmp_path / "out" / "a.png", noise())
    with pytest.raises(UserError, match="is a file, not a folder; choose another folder"):
        write_picture(tmp_path / "out" / "deeper" / "a.png", noise())


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 5), (4, 4, 2), (0, 4, 3)])
def test_only_pictures_in_colour_are_taken(shape):
    for dtype in (np.uint8, np.uint16):
        with pytest.raises(ValueError, match="uint8 or uint16"):
            write_picture(Path("never.png"), np.zeros(shape, dtype))
    with pytest.raises(ValueError, match="float64"):
        write_picture(Path("never.png"), np.zeros((4, 4, 3)))
