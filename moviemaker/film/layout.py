"""What the picture in a file is: how directions became pixels, and how the eyes share the frame. Pure.

Lenses and rigs say it of what they make, as plain words, so that the film room need not know them; the metadata for
players, the name of the file and what `inspect` says all follow from it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, get_args

from moviemaker.core.errors import InputError, suggest

Projection = Literal["rectangular", "equirectangular", "half-equirectangular", "cubemap", "fisheye"]
"""`half-equirectangular` is VR180, `fisheye` a dome's circle; a cubemap is right, left, up / down, front, back."""

StereoMode = Literal["mono", "left-right", "top-bottom"]
"""The left eye is left, or on top. Eyes in files of their own are each `mono`."""

EYE_ASPECT: dict[Projection, Fraction] = {
    "equirectangular": Fraction(2),
    "half-equirectangular": Fraction(1),
    "cubemap": Fraction(3, 2),
    "fisheye": Fraction(1),
}
"""Width by height of one eye's picture with pixels as wide as high; a rectangular picture may have any."""

_LIKE: dict[str, tuple[Projection, StereoMode]] = {
    "360": ("equirectangular", "mono"),
    "360-tb": ("equirectangular", "top-bottom"),
    "360-lr": ("equirectangular", "left-right"),
    "180": ("half-equirectangular", "mono"),
    "180-lr": ("half-equirectangular", "left-right"),
    "180-tb": ("half-equirectangular", "top-bottom"),
    "cubemap": ("cubemap", "mono"),
    "cubemap-tb": ("cubemap", "top-bottom"),
    "cubemap-lr": ("cubemap", "left-right"),
    "lr": ("rectangular", "left-right"),
    "tb": ("rectangular", "top-bottom"),
    "flat": ("rectangular", "mono"),
}
"""Short words for layouts, as names of files have them."""

_VERSION = 1  # of the bytes that are written: a new number makes movies again that an older program has finished


@dataclass(frozen=True)
class PictureLayout:
    """Projection and stereo mode of a movie's picture.

    Raises:
        ValueError: no such projection or stereo mode.
    """

    projection: Projection = "rectangular"
    stereo: StereoMode = "mono"

    def __post_init__(self) -> None:
        for word, known in ((self.projection, get_args(Projection)), (self.stereo, get_args(StereoMode))):
            if word not in known:
                raise ValueError(f"{word!r} is none of {', '.join(known)}")

    @classmethod
    def of(cls, projection: str, stereo: StereoMode) -> PictureLayout:
        """The layout for a lens and a rig. Players are told nothing of a projection that they do not know."""
        words: tuple[Projection, ...] = get_args(Projection)
        return cls(next((word for word in words if word == projection), "rectangular"), stereo)

    @property
    def is_plain(self) -> bool:
        """Whether there is nothing to tell a player. No metadata exist for a dome's circle."""
        return self.projection in ("rectangular", "fisheye") and self.stereo == "mono"

    @classmethod
    def like(cls, word: str) -> PictureLayout:
        """The layout that a word stands for, such as `360-tb`, in upper or lower case and with any sign between.

        >>> PictureLayout.like("360_TB"), PictureLayout.like("180-lr").word
        (PictureLayout(projection='equirectangular', stereo='top-bottom'), '180-lr')

        Raises:
            InputError: no such word.
        """
        given = "-".join(re.findall("[0-9a-z]+", word.lower()))
        found = _LIKE.get({"vr180": "180-lr"}.get(given, given.removesuffix("-mono")))
        if found is None:
            raise InputError(f"no picture is like {word!r}", suggest(word, _LIKE, "word"))
        return cls(*found)

    @property
    def word(self) -> str:
        """The shortest word for the layout; empty for one that has none."""
        return next((word for word, parts in _LIKE.items() if parts == (self.projection, self.stereo)), "")

    @property
    def name_suffix(self) -> str:
        """What players look for at the end of a file's name.

        A token says which sphere an equirectangular picture covers; other pictures must not bear one. `180` is written
        bare: Skybox takes `VR180` and `F180` for a fisheye.

        >>> PictureLayout("equirectangular", "top-bottom").name_suffix, PictureLayout("fisheye").name_suffix
        ('_360_TB', '')
        """
        sphere = {"equirectangular": "_360", "half-equirectangular": "_180"}.get(self.projection, "")
        return sphere + {"mono": "", "left-right": "_LR", "top-bottom": "_TB"}[self.stereo]

    def eye_size(self, size: tuple[int, int]) -> tuple[Fraction, Fraction]:
        """Size in pixels of one eye's picture in a frame of (width, height)."""
        across, down = {"left-right": (2, 1), "top-bottom": (1, 2)}.get(self.stereo, (1, 1))
        return Fraction(size[0], across), Fraction(size[1], down)

    def __str__(self) -> str:
        return f"{self.projection} {self.stereo}"


def metadata_text(layout: PictureLayout) -> str:
    """The facts that `embed` writes, as text: goes into the hash of what a movie is made of. Empty for nothing."""
    return "" if layout.is_plain else f"{layout.projection}, {layout.stereo}, metadata {_VERSION}"


@dataclass(frozen=True)
class NameTokens:
    """What players read out of a file's name; None where it says nothing.

    Attributes:
        projection: one of `Projection`.
        stereo: a stereo mode, or `right-left` or `bottom-top`.
        half: whether it says that each eye is squeezed to half its width or height.
    """

    projection: str | None = None
    stereo: str | None = None
    half: bool = False


# Words that Skybox, DeoVR, Rad TV, Commedia and the Quest's gallery look for, in upper or lower case.
_PROJECTIONS = {
    **dict.fromkeys(("360", "180x360", "360x180", "mono360"), "equirectangular"),
    **dict.fromkeys(("180", "180x180"), "half-equirectangular"),
    **dict.fromkeys(("vr180", "mkx200", "mkx220", "rf52", "vrca220"), "fisheye"),
    "eac": "cubemap",
}
_FISHEYE = re.compile(r"(fisheye|f)\d{2,3}|fisheye")
_STEREO = {
    **dict.fromkeys(("lr", "sbs", "hsbs", "3dh"), "left-right"),
    **dict.fromkeys(("tb", "ou", "hou", "3dv"), "top-bottom"),
    "rl": "right-left",
    "bt": "bottom-top",
}


def name_tokens(name: str) -> NameTokens:
    """What players make of a file's name, without looking inside.

    >>> name_tokens("stream_vr_360_TB.mp4")
    NameTokens(projection='equirectangular', stereo='top-bottom', half=False)
    """
    words = [word for word in re.split(r"[^0-9a-z]+", name.rsplit(".", 1)[0].lower()) if word]
    projections = [_PROJECTIONS.get(word) or ("fisheye" if _FISHEYE.fullmatch(word) else None) for word in words]
    stereos = [_STEREO.get(word) for word in words]
    return NameTokens(
        next((found for found in reversed(projections) if found), None),
        next((found for found in reversed(stereos) if found), None),
        any(word in ("hsbs", "hou", "half") for word in words),
    )
