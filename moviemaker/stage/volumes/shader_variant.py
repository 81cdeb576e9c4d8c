"""Variants of the ray marching shader, so that each does no more than it needs."""

from __future__ import annotations

from dataclasses import dataclass

from moviemaker.stage.ods.shaders import Eyes
from moviemaker.stage.shading.shade_variant import WIDE_OPEN, ShadeVariant
from moviemaker.stage.volumes.clipping import NO_CUTS, Cuts
from moviemaker.stage.volumes.transfer_tables import Entry


@dataclass(frozen=True)
class VolumeFeatures:
    """What the shader does for one volume.

    Attributes:
        skipping: whether rays skip empty blocks.
        holes: whether some samples are missing or masked.
        lit: whether it is shaded by lights.
        glossy: whether it has specular highlights.
        scattering: whether it has a phase function of its own.
        by_gradient: whether its opacity depends on the gradient.
        preintegrated: whether a step shows the mean of all values in it, from sums in its table.
        cuts: its clips.
    """

    skipping: bool = False
    holes: bool = False
    lit: bool = False
    glossy: bool = False
    scattering: bool = False
    by_gradient: bool = False
    preintegrated: bool = False
    cuts: Cuts = NO_CUTS


@dataclass(frozen=True)
class ShaderVariant:
    """What the shader does for a group of volumes.

    Attributes:
        blend: as in `Volume`; "composite" if there is more than one volume.
        volumes: the features of each.
        lamps: for each lamp whether it is a sun; empty if no volume is lit.
        eyes: whether and how the eyes differ.
        hidden: whether rays may end at something opaque.
        behind: whether rays begin at depths in a texture.
        shade: what is looked up of the light of the scene.
        fog: whether there is fog.
        scattering: whether thin parts scatter the light of lamps by its direction, and several times.
    """

    blend: str
    volumes: tuple[VolumeFeatures, ...]
    lamps: tuple[bool, ...] = ()
    eyes: Eyes = Eyes.ONE
    hidden: bool = True
    behind: bool = False
    shade: ShadeVariant = WIDE_OPEN
    fog: bool = False
    scattering: bool = False

    @property
    def entry(self) -> Entry:
        """The entries that the tables of the volumes hold."""
        if self.blend in ("maximum", "minimum", "average"):
            return Entry.PLAIN
        if self.blend == "additive":
            return Entry.EMISSION
        alone = len(self.volumes) == 1 and not self.volumes[0].cuts.outside and not self.volumes[0].by_gradient
        return Entry.OPACITY if alone else Entry.DEPTH
