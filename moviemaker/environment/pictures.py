"""Pictures of all directions in files."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO

import numpy as np

from moviemaker.core.colors import linear_from_srgb
from moviemaker.core.errors import InputError
from moviemaker.core.ffmpeg import LARGEST_FRAME, find_ffmpeg
from moviemaker.core.fingerprint import file_fingerprint
from moviemaker.core.machine.memory import check_memory
from moviemaker.core.machine.regular_files import first_bytes
from moviemaker.environment.averages import area_means
from moviemaker.layers.textures.image import Picture, find_picture

FLOATS = {b"\x76\x2f\x31\x01": "exr", b"#?RADIANCE": "hdr", b"#?RGBE": "hdr"}
"""First bytes of files that hold linear light, and ffmpeg's names of their formats."""

KEPT = 8192
"""Columns that are kept of a picture of light; a wider one is made smaller."""

BRIGHTEST = 65504.0
"""Most light that is read, that of half floats: a picture of the sun is not infinite."""

_RIGHT = "name a PNG, JPEG, TIFF, WebP, Radiance (.hdr) or OpenEXR (.exr) file, relative to the folder of the scene"


@dataclass(frozen=True)
class SkyPicture:
    """A picture of all directions in a file.

    Attributes:
        path: of the file. It has no influence on pixels.
        content: a hash of it.
        format: ffmpeg's name of the format of a file of linear light; empty: it holds sRGB codes.
    """

    path: str = field(compare=False)
    content: str
    format: str = ""

    @property
    def pixels(self) -> np.ndarray:
        """(height, width, 3) uint8, sRGB, or float32, linear light; row 0 on top. Always the same object."""
        if self.format:
            return _light(self.path, self.content, self.format)
        return Picture(self.path, self.content).pixels[..., :3]


def find_sky(path: Path) -> SkyPicture:
    """The picture of all directions in a file, which has been read once.

    Raises:
        InputError: no such file, it is not such a picture, or it needs more memory than there is.
        MoviemakerError: ffmpeg is missing.
    """
    if not path.is_file():
        what = f"{str(path)!r} is not a file" if path.exists() else f"no such file {str(path)!r}"
        raise InputError(what, _RIGHT)
    try:
        start = first_bytes(path, 16)
    except OSError as error:
        raise InputError(f"{path.name!r} cannot be read: {error.strerror or error}", _RIGHT) from None
    format = next((format for bytes_, format in FLOATS.items() if start.startswith(bytes_)), "")
    if format:
        sky = SkyPicture(str(path), file_fingerprint(str(path)), format)
    else:
        found = find_picture(path)
        if not isinstance(found, Picture):
            raise InputError(f"{path.name!r} is a movie, and a sky stands still", _RIGHT)
        sky = SkyPicture(found.path, found.content)
    height, width = sky.pixels.shape[:2]
    if not 1.98 <= width / height <= 2.02:
        what = f"{path.name!r} is {width} x {height} pixels, and a picture of all directions is twice as wide as high"
        raise InputError(what, "name an equirectangular picture, 360 by 180 degrees")
    return sky


@lru_cache(maxsize=2)
def _light(path: str, content: str, format: str) -> np.ndarray:
    """Linear light (height, width, 3) float32 of a file, read by ffmpeg in a process of its own.

    Raises:
        InputError: it cannot be read, or needs more memory than there is.
    """
    limits = ["-protocol_whitelist", "file", "-format_whitelist", f"{format}_pipe", "-max_pixels", str(LARGEST_FRAME)]
    command = [find_ffmpeg(), "-nostdin", "-v", "error", *limits, "-f", f"{format}_pipe", "-i", f"file:{path}"]
    command += ["-frames:v", "1", "-c:v", "pfm", "-f", "image2pipe", "-"]
    with subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        try:
            light = _read_pfm(process.stdout, Path(path).name)
        finally:
            process.kill()
    light = np.clip(np.nan_to_num(light, nan=0.0, posinf=BRIGHTEST), 0.0, BRIGHTEST)
    return area_means(light, KEPT // 2, KEPT) if light.shape[1] > KEPT else light


def _read_pfm(file: IO[bytes], name: str) -> np.ndarray:
    """A picture in the portable float map: (height, width, 3) float32, row 0 on top."""
    head = b"".join(file.readline(64) for _ in range(3))
    found = re.fullmatch(rb"PF\n(\d+) (\d+)\n-\d.*\n", head)
    if not found:
        raise InputError(f"{name!r} is not a picture that can be read", _RIGHT)
    width, height = int(found[1]), int(found[2])
    check_memory(24 * width * height, f"the {width} x {height} pixels of {name!r}", "make the picture smaller")
    values = file.read(12 * width * height)
    if len(values) < 12 * width * height:
        raise InputError(f"{name!r} is not a whole picture", _RIGHT)
    return np.frombuffer(values, "<f4").reshape(height, width, 3)[::-1]


def linear(pixels: np.ndarray) -> np.ndarray:
    """Linear light, float32, of some pixels: of codes, or of light as it is."""
    if pixels.dtype != np.uint8:
        return pixels
    found: np.ndarray = _CODES[pixels]
    return found


_CODES = linear_from_srgb(np.arange(256) / 255).astype(np.float32)
