"""Table of the codecs: their names, pixel formats and options for ffmpeg.

The quality `good` looks like the frames to the eye and encodes fast enough; `draft` is for judging movement, `master`
for further processing. Codecs that have a constant quality (CRF) use it: the bit rate then follows the content, as
YouTube recommends for uploads.

Every encoder gets a fixed number of threads, because the output of x264 and x265 depends on it. The same frames then
give the same bytes on a laptop and on a server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Format = Literal["mp4", "mov", "mkv", "webm", "gif", "png", "exr"]
Codec = Literal["h264", "h265", "av1", "vp9", "prores", "ffv1"]
Quality = Literal["draft", "good", "master"]

LOSSLESS = ("bgr0", "bgra")
"""Pixel formats that hold the frames' own colours."""

SUBSAMPLING: Mapping[str, tuple[int, int]] = {
    "yuv420p": (2, 2),
    "yuv422p10le": (2, 1),
    "yuv444p10le": (1, 1),
    "bgr0": (1, 1),
    "yuva420p": (2, 2),
    "yuva444p10le": (1, 1),
    "bgra": (1, 1),
    "pal8": (1, 1),
}
"""Width and height of the block of pixels that shares one colour sample. A picture has to consist of whole blocks."""


@dataclass(frozen=True)
class Coding:
    """One codec.

    Attributes:
        title: its name in a sentence.
        encoder: its name in ffmpeg.
        containers: the formats in which players expect it, the best first.
        pixels: pixel format in ffmpeg, per quality.
        options: further arguments of ffmpeg, per quality.
        smallest, largest: limits of the encoder, (width, height) in pixels.
        bits: bits per pixel of a typical movie, per quality, for estimates of disk space.
        clear: pixel format in ffmpeg with an alpha channel, at any quality; None: the codec has no alpha.
        clear_options: options in place of the others for that pixel format, per quality; None: the same.
        clear_bits: bits per pixel in place of the others for it, per quality; None: the same for each channel.
    """

    title: str
    encoder: str
    containers: tuple[Format, ...]
    pixels: Mapping[Quality, str]
    options: Mapping[Quality, tuple[str, ...]]
    bits: Mapping[Quality, float]
    smallest: tuple[int, int] = (2, 2)
    largest: tuple[int, int] = (65535, 65535)
    clear: str | None = None
    clear_options: Mapping[Quality, tuple[str, ...]] | None = None
    clear_bits: Mapping[Quality, float] | None = None


def _each(draft: str, good: str, master: str) -> dict[Quality, tuple[str, ...]]:
    return {"draft": tuple(draft.split()), "good": tuple(good.split()), "master": tuple(master.split())}


def _same(pixels: str) -> dict[Quality, str]:
    return dict.fromkeys(("draft", "good", "master"), pixels)


def _bits(draft: float, good: float, master: float) -> dict[Quality, float]:
    return {"draft": draft, "good": good, "master": master}


# aq-mode=3 spends more bits on the dark parts of a picture: banding shows first in glows on black.
_X264 = "-profile:v high -threads 8 -bf 2 -flags:v +bitexact+cgop -x264-params aq-mode=3:cpu-independent=1"
_X265 = "-bf 2 -flags:v +bitexact+cgop -x265-params aq-mode=3:open-gop=0:pools=8:frame-threads=2:log-level=error"
_SVT = "-flags:v +bitexact+cgop -svtav1-params lp=4"
_VPX = "-b:v 0 -deadline good -row-mt 1 -tile-columns 2 -threads 4 -flags:v +bitexact"
_EXACT_VPX = f"-lossless 1 {_VPX}"
_PRORES = "-vendor apl0 -threads 4 -flags:v +bitexact"
_FFV1 = "-level 3 -coder 1 -context 1 -slices 16 -slicecrc 1 -threads 4 -flags:v +bitexact"

CODINGS: Mapping[Codec, Coding] = {
    "h264": Coding(
        title="H.264",
        encoder="libx264",
        containers=("mp4", "mov", "mkv"),
        pixels=_same("yuv420p"),
        options=_each(
            f"-preset veryfast -crf 28 {_X264}", f"-preset faster -crf 18 {_X264}", f"-preset slow -crf 12 {_X264}"
        ),
        bits=_bits(0.05, 0.2, 0.6),
        largest=(16384, 16384),
    ),
    "h265": Coding(
        title="H.265",
        encoder="libx265",
        containers=("mp4", "mov", "mkv"),
        pixels=_same("yuv420p"),
        options=_each(
            f"-preset veryfast -crf 30 {_X265}", f"-preset fast -crf 20 {_X265}", f"-preset slow -crf 14 {_X265}"
        ),
        bits=_bits(0.03, 0.15, 0.5),
        smallest=(16, 16),
    ),
    "av1": Coding(
        title="AV1",
        encoder="libsvtav1",
        containers=("mp4", "webm", "mkv"),
        pixels=_same("yuv420p"),
        options=_each(f"-preset 10 -crf 40 {_SVT}", f"-preset 8 -crf 24 {_SVT}", f"-preset 5 -crf 14 {_SVT}"),
        bits=_bits(0.03, 0.12, 0.4),
        largest=(16384, 8704),
    ),
    "vp9": Coding(
        title="VP9",
        encoder="libvpx-vp9",
        containers=("webm", "mkv"),
        pixels=_same("yuv420p"),
        options=_each(f"-crf 40 -cpu-used 5 {_VPX}", f"-crf 24 -cpu-used 4 {_VPX}", f"-crf 14 -cpu-used 2 {_VPX}"),
        bits=_bits(0.04, 0.15, 0.5),
        clear="yuva420p",
        # Alpha has the colours' settings. With losses, edges that move are off by 20 to 46 of 255 at `good` and 9 even
        # at the best CRF, and an edge is what alpha is for. Without, a movie is 3 to 4 times as large (glows 0.97 and
        # molecules 1.85 bits per pixel), which is a third of ProRes 4444.
        clear_options=_each(f"-crf 40 -cpu-used 5 {_VPX}", f"-cpu-used 4 {_EXACT_VPX}", f"-cpu-used 2 {_EXACT_VPX}"),
        clear_bits=_bits(0.2, 1.9, 1.9),
    ),
    "prores": Coding(
        title="ProRes 422",
        encoder="prores_ks",
        containers=("mov", "mkv"),
        pixels={"draft": "yuv422p10le", "good": "yuv422p10le", "master": "yuv444p10le"},
        options=_each(f"-profile:v lt {_PRORES}", f"-profile:v hq {_PRORES}", f"-profile:v 4444 {_PRORES}"),
        bits=_bits(1.6, 3.5, 5.3),
        clear="yuva444p10le",
        clear_options=_each(*3 * [f"-profile:v 4444 -alpha_bits 16 {_PRORES}"]),
    ),
    "ffv1": Coding(
        title="FFV1",
        encoder="ffv1",
        containers=("mkv",),
        pixels=_same("bgr0"),
        options=_each(_FFV1, _FFV1, _FFV1),
        bits=_bits(6.0, 6.0, 6.0),
        clear="bgra",
    ),
}

GIF_DITHER: Mapping[Quality, str] = {"draft": "bayer:bayer_scale=4", "good": "sierra2_4a", "master": "floyd_steinberg"}
"""How a GIF dithers to its 256 colours: a pattern makes small files, error diffusion keeps flat colours unchanged."""

DEFAULT_CODEC: Mapping[Format, Codec] = {"mp4": "h264", "mov": "h264", "mkv": "h264", "webm": "vp9"}
"""The default codec of a container; GIF, PNG and EXR do not have a choice of codec."""

CLEAR_CODEC: Mapping[Format, Codec] = {"mov": "prores", "webm": "vp9", "mkv": "ffv1"}
"""The default codec of a container for pictures with an alpha channel; the first is the default container."""
