"""How a movie is written: `format`, `codec` and `quality` of an output.

```yaml
outputs:
  upload:  {lens: perspective, size: [1920, 1080]}                            # H.264 in MP4
  edit:    {lens: perspective, size: [1920, 1080], codec: prores}             # ProRes 422 HQ in MOV
  archive: {lens: perspective, size: [1920, 1080], codec: ffv1}               # lossless RGB in MKV
  talk:    {lens: perspective, size: [640, 360], format: gif, quality: draft}
  frames:  {lens: perspective, size: [1920, 1080], format: png}               # a numbered PNG sequence
  grade:   {lens: perspective, size: [1920, 1080], format: exr}               # ... of OpenEXR, linear light
  master:  {lens: domemaster, size: [4096, 4096], bits: 16, alignment: true}  # ... of 16 bits, and an alignment frame
```

| format | codecs, the default first |
|---|---|
| `mp4` | `h264`, `h265`, `av1` |
| `mov` | `h264`, `h265`, `prores` |
| `mkv` | `h264`, `h265`, `av1`, `vp9`, `prores`, `ffv1` |
| `webm` | `vp9`, `av1` |
| `gif`, `png`, `exr` | none to choose |

A codec without a format picks the container it is at home in. `quality` is `draft`, `good` (default) or `master`; for
ProRes these are 422 LT, 422 HQ and 4444; FFV1, PNG and EXR are lossless at any quality. `bits` are those of each
colour: 8 (default), or 16 in a PNG sequence; EXR has half floats. `alignment: true` of a domemaster writes a picture
that the dome's projectors are aligned by, `NAME_alignment.png` beside the movie or sequence.

With `background: transparent` in the scene, pictures have an alpha channel. PNG, WebM (VP9), MOV (ProRes, then always
4444) and MKV (FFV1) hold it, with straight colours, EXR with colours times opacity; ProRes in MOV is the default. WebM
then keeps all of the opacity, which VP9 would blur at edges that move; `quality: draft` makes it a quarter as large.

An EXR sequence (`pip install 'moviemaker[exr]'`) is for grading and compositing: linear light with the primaries of
sRGB, in which white is 1. Without a change it looks as the PNG sequence does; glowing particles alone have no tone
curve, and are brighter than 1 where a PNG has turned them white.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Annotated, get_args

from pydantic import model_validator

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import Kind
from moviemaker.core.values import TRUTH, Value, choice, optional, whole_number
from moviemaker.film.codecs import (
    CLEAR_CODEC,
    CODINGS,
    DEFAULT_CODEC,
    SUBSAMPLING,
    Codec,
    Coding,
    Format,
    Quality,
)

Size = tuple[int, int]

_FRAME_BYTES = {8: 1.5, 16: 4.5}  # per pixel of a stored frame: a generous mean of PNGs of rendered pictures

_EITHER = "8, or 16 for a PNG sequence"
_SEQUENCES = {"png": "a PNG", "exr": "an EXR"}


def _parse_bits(value: object) -> int:
    bits: int = whole_number(_EITHER, 1).parse(value)
    if bits not in _FRAME_BYTES:
        raise InputError(f"pictures of {bits} bits cannot be made", f"write {_EITHER}", ())
    return bits


BITS = Value(_EITHER, _parse_bits, {"enum": list(_FRAME_BYTES)}, mix=None)
"""Bits of each of the three colours of a pixel."""


@dataclass(frozen=True)
class Encoding:
    """How a movie is written, with nothing left to defaults.

    Attributes:
        format: container, and the file's extension.
        codec: None for `gif`, `png` and `exr`, which have no choice of codec.
        quality: how good, and how large.
        bits: of each of the three colours of a pixel.
        alignment: whether a picture to align projectors by is written beside the movie.
        clear: whether the pictures have an alpha channel.
    """

    format: Format
    codec: Codec | None
    quality: Quality = "good"
    bits: int = 8
    alignment: bool = False
    clear: bool = False

    @property
    def is_sequence(self) -> bool:
        """Whether the frames themselves are the product, and there is nothing to encode."""
        return self.format in _SEQUENCES

    @property
    def is_linear(self) -> bool:
        """Whether pictures are linear light in floats, and not sRGB codes."""
        return self.format == "exr"

    @property
    def depth(self) -> int:
        """Bits of a colour while a picture is made: those of a float, or those of the file."""
        return 32 if self.is_linear else self.bits

    @property
    def suffix(self) -> str:
        """The ending of the names of frames."""
        return ".exr" if self.is_linear else ".png"

    @property
    def holds_metadata(self) -> bool:
        """Whether the file has a place for what players have to know of its picture."""
        return self.codec is not None

    @property
    def coding(self) -> Coding | None:
        """What the codec is to ffmpeg; None for `gif`, `png` and `exr`."""
        return None if self.codec is None else CODINGS[self.codec]

    @property
    def pixels(self) -> str:
        """Pixel format of the encoded pictures, as ffmpeg names it."""
        if self.coding is None:
            return "pal8"
        return self.coding.clear if self.clear and self.coding.clear else self.coding.pixels[self.quality]

    @property
    def options(self) -> tuple[str, ...]:
        """Further arguments of ffmpeg for the codec; none without a choice of codec."""
        if self.coding is None:
            return ()
        clear = self.coding.clear_options if self.clear else None
        return (self.coding.options if clear is None else clear)[self.quality]

    def in_linear_light(self) -> Encoding:
        """The same pictures in an EXR sequence."""
        return Encoding("exr", None, self.quality, 16, self.alignment, self.clear)

    def check_size(self, size: Size) -> None:
        """Whether a picture of (width, height) can be encoded.

        Raises:
            InputError: at `size`, naming the nearest sizes that can.
        """
        coding, step = self.coding, SUBSAMPLING[self.pixels]
        if coding is None:
            return
        for low, high, which, length in zip(coding.smallest, coding.largest, ("wide", "high"), size, strict=True):
            if not low <= length <= high:
                raise InputError(
                    f"size {list(size)} is too {'large' if length > high else 'small'} for {coding.title}",
                    f"a picture is {low} to {high} pixels {which}",
                    ("size",),
                )
        if any(length % s for length, s in zip(size, step, strict=True)):
            down = [length - length % s for length, s in zip(size, step, strict=True)]
            up = [length + length % s for length, s in zip(size, step, strict=True)]
            what = "even numbers" if step == (2, 2) else "an even width"
            raise InputError(f"size {list(size)} is odd", f"{coding.title} needs {what}: {down} or {up}", ("size",))

    def fit_size(self, size: Size) -> Size:
        """The nearest size that the codec can take, downwards: what a scaled-down preview is rendered at."""
        coding, step = self.coding, SUBSAMPLING[self.pixels]
        smallest, largest = (coding.smallest, coding.largest) if coding else ((1, 1), (65535, 65535))
        width, height = (
            min(max(length - length % s, low), high - high % s)
            for length, s, low, high in zip(size, step, smallest, largest, strict=True)
        )
        return width, height

    def disk_bytes(self, size: Size, frames: int) -> int:
        """Roughly what frames and movie will take on disk, in bytes: a generous estimate, for a warning beforehand."""
        channels = 4 / 3 if self.clear else 1.0
        if self.coding is None:
            movie = 4.0 if self.format == "gif" else 0.0
        elif self.clear and self.coding.clear_bits is not None:
            movie = self.coding.clear_bits[self.quality]
        else:
            movie = channels * self.coding.bits[self.quality]
        return round(size[0] * size[1] * frames * (channels * _FRAME_BYTES[self.bits] + movie / 8))


class FilmSettings(Kind):
    """The keys of an output that say how its movie is written."""

    format: Annotated[Format | None, optional(choice(*get_args(Format), noun="format"))] = None
    """The container, or `png` or `exr` for a numbered sequence of pictures. Default: the one that suits the codec, else
    `mp4` (`png` of a `domemaster`)."""
    codec: Annotated[Codec | None, optional(choice(*get_args(Codec), noun="codec"))] = None
    """How the pictures are compressed. Default: `h264`, and `vp9` in WebM."""
    quality: Annotated[Quality, choice(*get_args(Quality), noun="quality")] = "good"
    """How good, and how large: `draft` to look at movement, `good` (default), `master` to hand on."""
    bits: Annotated[int, BITS] = 8
    """Bits of each of the three colours of a pixel: 8 (default), or 16 in a PNG sequence."""
    alignment: Annotated[bool, TRUTH] = False
    """Whether a picture to align a dome's projectors by is written beside the movie. Default: `false`."""

    @model_validator(mode="after")
    def _check(self) -> FilmSettings:
        if self.format is None or self.codec is None:
            return self
        if self.format not in DEFAULT_CODEC:
            what = (
                "GIF has one codec of its own"
                if self.format == "gif"
                else f"{_SEQUENCES[self.format]} sequence has no codec"
            )
            raise InputError(f"codec {self.codec} with format {self.format}: {what}", "leave codec out", ("codec",))
        coding = CODINGS[self.codec]
        if self.format not in coding.containers:
            fitting = " or ".join(name for name, other in CODINGS.items() if self.format in other.containers)
            raise InputError(
                f"codec {self.codec} cannot be in format {self.format}",
                f"use codec {fitting}, or format {' or '.join(coding.containers)}",
                ("codec",),
            )
        return self

    def with_default_format(self, lens_format: Format = "mp4", clear: bool = False) -> Encoding:
        """The settings with nothing left open.

        Args:
            lens_format: what the lens is usually shown as; used when neither format nor codec is given.
            clear: whether the pictures have an alpha channel.

        Raises:
            InputError: the format cannot hold so many bits, or no alpha channel, or needs a library that is missing.
        """
        if clear and lens_format not in ("png", *CLEAR_CODEC):
            lens_format = next(iter(CLEAR_CODEC))
        container = self.format or (CODINGS[self.codec].containers[0] if self.codec else lens_format)
        if container == "exr":
            if self.bits == 8 and "bits" in self.model_fields_set:
                raise InputError("EXR holds floats of 16 bits, not 8 bits", "leave bits out", ("bits",))
            from moviemaker.film.exr import check_installed  # other formats need nothing of it

            check_installed()
            return Encoding(container, None, self.quality, 16, self.alignment, clear)
        if self.bits != 8 and container != "png":
            what = f"{self.bits} bits in format {container}: only PNG and EXR sequences have them"
            raise InputError(what, "write format: png, or leave bits out", ("bits",))
        codec = self.codec or (CLEAR_CODEC if clear else DEFAULT_CODEC).get(container)
        if clear and container != "png" and (codec is None or CODINGS[codec].clear is None):
            raise _no_alpha(container, self.codec)
        return Encoding(container, codec, self.quality, self.bits, self.alignment, clear)


def _no_alpha(container: Format, codec: Codec | None) -> InputError:
    """The error of an output that cannot hold the alpha channel of a transparent background."""
    right = "write format: png or exr, codec: prores (in mov), vp9 (in webm) or ffv1 (in mkv), or a coloured background"
    what = f"format {container} holds no alpha channel" if codec is None else f"{CODINGS[codec].title} has no alpha"
    if container == "gif":
        what = "in a GIF a pixel is transparent or not, and nothing between"
    return InputError(f"{what}, and the background is transparent", right, ("codec" if codec else "format",))


def frame_rate(fps: float) -> Fraction:
    """Frames per second as the exact ratio that is meant: 29.97 is 30000/1001, and so for its relatives.

    >>> frame_rate(23.976), frame_rate(30), frame_rate(12.5)
    (Fraction(24000, 1001), Fraction(30, 1), Fraction(25, 2))
    """
    ntsc = Fraction(1000 * (int(fps) + 1), 1001)
    return ntsc if abs(fps - ntsc) < 0.005 else Fraction(fps).limit_denominator(1001)
