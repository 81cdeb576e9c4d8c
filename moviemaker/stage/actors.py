"""Actors: what VTK draws for each kind of prop. An actor is used again while props of its kind come in its place.

`update(prop)` makes an actor draw a prop. It uploads arrays only when they are other arrays than the last time, so a
still volume stays in the GPU's memory while the camera moves.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from vtkmodules.vtkRenderingCore import vtkProp, vtkRenderWindow

from moviemaker.core.camera import View
from moviemaker.core.props import Fog, Glyphs, Isosurface, Slice, Surface, Tubes
from moviemaker.stage.glyphs.glyph_actor import GlyphActor
from moviemaker.stage.glyphs.tube_actor import TubeActor
from moviemaker.stage.outlines.outline_actor import OutlineActor, Outlined, outline_of
from moviemaker.stage.shading.scene_light import SceneLight
from moviemaker.stage.surfaces.colored_mesh import MeshActor
from moviemaker.stage.surfaces.isosurface_actor import IsosurfaceActor
from moviemaker.stage.surfaces.mesh_actor import SurfaceActor
from moviemaker.stage.surfaces.slice_actor import SliceActor
from moviemaker.stage.volumes.actor import VolumeActor
from moviemaker.stage.volumes.grouping import StageItem, VolumeGroup


class Actor(Protocol):
    """Something that hangs on the stage."""

    vtk: vtkProp

    def update(self, prop: Any, light: SceneLight) -> None:
        """Makes the actor draw a prop, in the light of the scene."""
        ...

    def set_fog(self, fog: Fog | None) -> None:
        """Sets the fog around the camera, which the next view shows."""
        ...

    def face(self, view: View, projection: np.ndarray) -> None:
        """Prepares the actor for a view, with the matrix (4, 4) clip from view coordinates.

        The textures of the light are at hand.
        """
        ...


_ACTORS: dict[type, Callable[[], Actor]] = {
    Isosurface: IsosurfaceActor,
    Slice: SliceActor,
    Surface: SurfaceActor,
    Tubes: TubeActor,
}
"""Actors that need no arguments, by the kind of prop."""


StageItemOrOutline = StageItem | Outlined
"""What an actor draws."""


def with_outlines(items: Sequence[StageItem]) -> list[StageItemOrOutline]:
    """The items of the stage, each with its outline behind it if it has one."""
    hung: list[StageItemOrOutline] = []
    for item in items:
        outline = outline_of(item)
        hung += [item] if outline is None else [item, outline]
    return hung


def actor_for(prop: StageItemOrOutline, window: vtkRenderWindow, before: Actor | None) -> Actor:
    """A new actor, in VTK's window, for props of the same kind as this one; an outline is that of the one before."""
    if isinstance(prop, Outlined):
        assert isinstance(before, GlyphActor | TubeActor | MeshActor)
        return OutlineActor(before)
    if isinstance(prop, VolumeGroup):
        return VolumeActor(window)
    if isinstance(prop, Glyphs):
        return GlyphActor(prop.shape)
    return _ACTORS[type(prop)]()


def fits(actor: Actor, prop: StageItemOrOutline, before: Actor | None) -> bool:
    """Whether an actor can draw a prop, or the outline of what the one before draws."""
    if isinstance(prop, Outlined) or isinstance(actor, OutlineActor):
        return isinstance(prop, Outlined) and isinstance(actor, OutlineActor) and actor.body is before
    if isinstance(prop, Glyphs):
        return isinstance(actor, GlyphActor) and actor.shape == prop.shape
    if isinstance(prop, VolumeGroup):
        return isinstance(actor, VolumeActor)
    return type(actor) is _ACTORS[type(prop)]
