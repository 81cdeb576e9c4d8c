"""Pictures in files: a (height, width, 3) uint8 or uint16 array of sRGB values, row 0 on top, and back.

Transparent pictures have a fourth channel, their opacity; colours are straight, as PNG asks. Pictures of linear light
are float32, with colours times opacity, and are kept as OpenEXR (`exr`).

Frames are written as PNG by the few lines here, not by Pillow: each row as the difference from the one above (filter
`up`), deflated at level 1. For 1280 x 720 that takes 25 to 40 ms, and 10 ms to read back, half of Pillow's time and
less; the files are as large as Pillow's at its level 1. Pillow has no colour of 16 bits at all. PNG: ISO/IEC 15948,
https://www.w3.org/TR/png-3/.
"""

from __future__ import annotations

import os
import struct
import tempfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from moviemaker.core.colors import linear_light, shown_codes
from moviemaker.core.errors import InputError, UserError
from moviemaker.core.machine.files import check_target, whole_file
from moviemaker.film import exr
from moviemaker.film.disk_errors import disk_error, explain_disk
from moviemaker.film.frame_record import (
    END,
    SEALED,
    SIGNATURE,
    FrameFile,
    is_sound_png,
    read_frame_file,
    record_chunk,
)

_COLOR_TYPE = {3: 2, 4: 6}  # of PNG, by channels: RGB, and RGB with alpha
_CHANNELS = {color_type: channels for channels, color_type in _COLOR_TYPE.items()}
_WITH_ALPHA = ("PNG", "TIFF", "WEBP")  # formats of Pillow that hold transparent pictures
_UP = 2  # filter type: the difference from the row above
_SAMPLE: dict[int, np.dtype[Any]] = {8: np.dtype(np.uint8), 16: np.dtype(">u2")}  # by its bits; the high byte first
_BAND = 1 << 22  # bytes of a picture that are filtered at a time: so large pictures take no copy of themselves


class DamagedPicture(Exception):  # noqa: N818
    """A file that is not a whole picture."""


def write_picture(path: Path, picture: np.ndarray, workspace: Path | None = None, made_from: str = "") -> Path:
    """Writes a picture under its name, whole or not at all. The same picture gives the same bytes.

    Args:
        path: the extension chooses the format: `.png`, `.exr`, or one that Pillow writes (`.jpg`, `.tif`, `.webp` ...).
        picture: (height, width, 3 or 4) uint8, or uint16, of which other formats than PNG keep 8 bits; of linear light
            float32 or float16, which other formats than EXR hold as a screen shows it.
        workspace: folder for the unfinished file, on the same file system; default: the final one's own.
        made_from: fingerprint that a frame's file records, see `frame_record`; default: no record.

    Raises:
        InputError: no such picture format, or one that holds no transparency.
        MoviemakerError: it cannot be written; UserError if another place would do.
    """
    shape = picture.shape
    if (
        picture.dtype not in (np.uint8, np.uint16, np.float16, np.float32)
        or len(shape) != 3
        or shape[2] not in _COLOR_TYPE
        or 0 in shape
    ):
        raise ValueError(
            f"a picture is (height, width, 3 or 4) uint8 or uint16, or float32, not {shape} {picture.dtype}"
        )
    if path.suffix.lower() == ".exr":
        with explain_disk(path.parent):
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path, workspace, own=bool(made_from)) as partial:
                exr.write(partial, _linear(picture) if picture.dtype.kind == "u" else picture, made_from)
        return path
    picture = shown_codes(picture.astype(np.float32) if picture.dtype == np.float16 else picture)
    pillow_format = None if path.suffix.lower() == ".png" else _pillow_format(path, transparent=shape[2] == 4)
    with explain_disk(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path, workspace, own=bool(made_from)) as partial, open(partial, "xb") as file:
            if pillow_format is None:
                for part in _png(picture, made_from):
                    file.write(part)
            else:
                _write_with_pillow(file, picture, pillow_format)
    return path


def check_picture_path(path: Path, transparent: bool = False) -> None:
    """Checks, before a picture is drawn, that it can be written under this name.

    Args:
        path: of the file.
        transparent: whether the picture has an alpha channel.

    Raises:
        InputError: no such picture format, or one that holds no transparency.
        UserError: no such folder, or nothing may be written there.
    """
    if path.suffix.lower() == ".exr":
        exr.check_installed(())
    elif path.suffix.lower() != ".png":
        _pillow_format(path, transparent)
    if not path.parent.is_dir():
        raise UserError(f"cannot write {path}: no such folder {path.parent}; make it, or choose another")
    check_target(path)
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            pass
    except OSError as error:
        error.filename = str(path)
        raise disk_error(error, path.parent) from error


def read_picture(path: Path) -> np.ndarray:
    """The picture in a PNG file, (height, width, 3 or 4) uint8; uint16 of one of 16 bits that was written here.

    That in an EXR file is float32.

    Raises:
        DamagedPicture: the file is not a whole picture.
        OSError: it cannot be read.
    """
    if path.suffix.lower() == ".exr":
        path.stat()  # if there is none, that is an OSError, which the library does not give
        try:
            return exr.read(path)
        except ValueError as error:
            raise DamagedPicture(f"{path} is damaged: {error}") from error
    try:
        with open(path, "rb") as file:
            picture = _read_own_png(file)
        return _read_with_pillow(path) if picture is None else picture
    except (zlib.error, struct.error, ValueError) as error:
        raise DamagedPicture(f"{path} is damaged: {error}") from error


def frame_file(path: Path, suffix: str = "") -> FrameFile:
    """What lies under the name of a frame, PNG or EXR.

    Args:
        path: of the file.
        suffix: ending of the name that it is meant to have (default: that of the path).
    """
    return exr.read_frame_file(path) if (suffix or path.suffix).lower() == ".exr" else read_frame_file(path)


def is_sound(path: Path) -> bool:
    """Whether the checksums of a picture, PNG or EXR, hold for all of its bytes. Reads the whole file once."""
    if path.suffix.lower() == ".exr":
        return exr.is_sound(path)
    return is_sound_png(path)


def _linear(picture: np.ndarray) -> np.ndarray:
    """Linear light of sRGB codes, with colours times opacity."""
    codes = picture / np.float32(np.iinfo(picture.dtype).max)
    codes[..., :3] *= codes[..., 3:] if picture.shape[2] == 4 else 1
    return linear_light(codes)


def is_whole_png(path: Path) -> bool:
    """Whether the file exists and has both ends of a PNG, which is quick to see and enough after a crash."""
    try:
        with open(path, "rb") as file:
            if file.read(len(SIGNATURE)) != SIGNATURE:
                return False
            file.seek(-len(END), os.SEEK_END)
            return file.read() == END
    except OSError:
        return False


def _png(picture: np.ndarray, made_from: str) -> Iterator[bytes]:
    length, last = 0, b""
    for part in _chunks(picture):
        length, last = length + len(part), part[-SEALED:]  # every chunk but `IEND` is longer than that
        yield part
    if made_from:
        yield record_chunk(made_from, length, last)
    yield END


def _chunks(picture: np.ndarray) -> Iterator[bytes]:
    height, width, channels = picture.shape
    bits = 8 * picture.itemsize
    length = picture.itemsize * channels * width  # of a row, in bytes
    yield SIGNATURE
    yield _chunk(
        b"IHDR", struct.pack(">IIBBBBB", width, height, bits, _COLOR_TYPE[channels], 0, 0, 0)
    )  # not interlaced
    yield _chunk(b"sRGB", b"\x00")
    deflate = zlib.compressobj(1)
    step = max(1, _BAND // length)
    above = np.zeros(length, np.uint8)
    for first in range(0, height, step):
        samples = np.ascontiguousarray(picture[first : first + step], dtype=_SAMPLE[bits])
        band = samples.view(np.uint8).reshape(-1, length)  # filters work on bytes, whatever the bits of a sample
        filtered = np.empty((len(band), 1 + length), np.uint8)
        filtered[:, 0] = _UP
        np.subtract(band[0], above, out=filtered[0, 1:])
        np.subtract(band[1:], band[:-1], out=filtered[1:, 1:])
        above = band[-1]
        if packed := deflate.compress(filtered.data):
            yield _chunk(b"IDAT", packed)
    yield _chunk(b"IDAT", deflate.flush())


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _read_own_png(file: BinaryIO) -> np.ndarray | None:
    """The picture in a PNG as they are written here; None if it has another layout.

    A small part of the file at a time is in memory beside the picture.
    """
    if file.read(len(SIGNATURE)) != SIGNATURE:
        raise ValueError("it is not a PNG")
    chunks = _chunks_in(file)
    kind, header = next(chunks, (b"", b""))
    width, height, bits, color_type, *layout = struct.unpack(">IIBBBBB", header if kind == b"IHDR" else b"")
    if bits not in _SAMPLE or color_type not in _CHANNELS or layout != [0, 0, 0]:
        return None
    channels = _CHANNELS[color_type]
    length = channels * width * bits // 8  # of a row, in bytes
    rows: np.ndarray = np.empty((height, length), np.uint8)
    above, row = np.zeros(length, np.uint8), 0
    for filtered in _inflated((body for kind, body in chunks if kind == b"IDAT"), 1 + length):
        if (filtered[:, 0] != _UP).any():
            return None
        if row + len(filtered) > height:
            raise ValueError("it is too long")
        for line in filtered:
            above = np.add(above, line[1:], out=rows[row])
            row += 1
    if row < height:
        raise ValueError("it is cut short")
    samples: np.ndarray = rows.view(_SAMPLE[bits]).reshape(height, width, channels)
    if samples.dtype.isnative:
        return samples
    return samples.byteswap(inplace=True).view(samples.dtype.newbyteorder("="))


def _chunks_in(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    """The kinds and the contents of the chunks of a PNG, whose checksums are right."""
    while head := file.read(8):
        length, kind = struct.unpack(">I4s", head)
        body = file.read(length)
        (checksum,) = struct.unpack(">I", file.read(4))
        if checksum != zlib.crc32(kind + body):
            raise ValueError("one of its checksums is wrong")
        yield kind, body


def _inflated(packed: Iterator[bytes], length: int) -> Iterator[np.ndarray]:
    """Rows of so many bytes, some at a time, out of a compressed stream."""
    inflate, left = zlib.decompressobj(), b""
    for body in packed:
        while body:
            data = left + inflate.decompress(body, _BAND)
            body = inflate.unconsumed_tail
            whole = len(data) // length * length
            yield np.frombuffer(data, np.uint8, whole).reshape(-1, length)
            left = data[whole:]
    if left or not inflate.eof:
        raise ValueError("it is cut short")


def _read_with_pillow(path: Path) -> np.ndarray:
    from PIL import Image

    try:
        with Image.open(path, formats=("PNG",)) as image:
            return np.array(image.convert("RGBA" if image.has_transparency_data else "RGB"))
    except OSError as error:  # what Pillow raises for a damaged picture
        raise ValueError(str(error)) from error


def _pillow_format(path: Path, transparent: bool = False) -> str:
    from PIL import Image

    found = Image.registered_extensions().get(path.suffix.lower())
    if found is None or found not in Image.SAVE:
        shown = f"{path.suffix!r} is not a picture format" if path.suffix else f"{path.name!r} has no extension"
        raise InputError(shown, "name a file that ends in .png, .jpg, .tif, .webp or .bmp")
    if transparent and found not in _WITH_ALPHA:
        what = f"the picture has a transparent background, which {found} does not hold"
        raise InputError(what, "name a file that ends in .png, .tif, .webp or .exr")
    return found


def _write_with_pillow(file: BinaryIO, picture: np.ndarray, pillow_format: str) -> None:
    from PIL import Image

    if picture.dtype == np.uint16:
        picture = np.rint(picture / 257).astype(np.uint8)
    fine: dict[str, dict[str, object]] = {  # colours of transparent pixels too are left as they are
        "JPEG": {"quality": 95, "subsampling": 0},
        "WEBP": {"lossless": True, "exact": True},
        "TIFF": {"compression": "tiff_lzw"},
    }
    try:
        Image.fromarray(np.ascontiguousarray(picture)).save(file, pillow_format, **fine.get(pillow_format, {}))
    except (OSError, ValueError, KeyError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        instead = "name a file that ends in .png, .jpg, .tif, .webp or .bmp"
        raise InputError(f"a picture in colour cannot be written as {pillow_format}: {error}", instead) from error
