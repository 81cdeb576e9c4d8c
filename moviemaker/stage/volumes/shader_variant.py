"""What a shader that follows rays through clouds has to know of them."""

from __future__ import annotations

from dataclasses import dataclass

from moviemaker.stage.ods.shaders import Eyes
from moviemaker.stage.volumes.clipping import NO_CUTS, Cuts
from moviemaker.stage.volumes.transfer_tables import Entry


@dataclass(frozen=True)
class Cloud:
    """What the shader has to know of one cloud.

    Attributes:
        leaping: whether it is known which blocks are invisible.
        holes: whether there are samples where it is not.
        lit: whether light falls on it.
        glossy: whether it mirrors the lamps.
        faded: whether its thickness depends on how fast the field changes.
        summed: whether a step looks like all values that are in it, which its table has sums for.
        cuts: what is cut away of it.
    """

    leaping: bool = False
    holes: bool = False
    lit: bool = False
    glossy: bool = False
    faded: bool = False
    summed: bool = False
    cuts: Cuts = NO_CUTS


@dataclass(frozen=True)
class Way:
    """What the shader has to know of a group of clouds, so that it does no more than it needs.

    Attributes:
        blend: as in `Volume`; only "composite" for more than one cloud.
        clouds: in one place.
        lamps: for each lamp whether it is a sun, if any cloud is lit.
        eyes: whether and how the eyes differ.
        hidden: whether anything opaque may stand before them or in them.
        behind: whether rays begin at depths that a texture holds.
    """

    blend: str
    clouds: tuple[Cloud, ...]
    lamps: tuple[bool, ...] = ()
    eyes: Eyes = Eyes.ONE
    hidden: bool = True
    behind: bool = False

    @property
    def entry(self) -> Entry:
        """What the tables of the clouds have to hold."""
        if self.blend in ("maximum", "minimum", "average"):
            return Entry.PLAIN
        if self.blend == "additive":
            return Entry.SHINE
        alone = len(self.clouds) == 1 and not self.clouds[0].cuts.outside and not self.clouds[0].faded
        return Entry.OPACITY if alone else Entry.DEPTH
