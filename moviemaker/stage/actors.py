"""Actors: what VTK draws for each sort of prop. An actor is kept as long as props of its sort come to its place.

`show(prop)` makes the actor show a prop. It uploads arrays only when they are other arrays than the last time, so a
still volume stays in the GPU's memory while the camera moves.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from moviemaker.core.camera import View
from moviemaker.core.props import Glyphs, Isosurface, Light, Prop, Tubes, Volume
from moviemaker.stage.glyphs import GlyphActor
from moviemaker.stage.surfaces import IsosurfaceActor
from moviemaker.stage.tubes import TubeActor
from moviemaker.stage.volumes import MarchedVolumeActor, VolumeActor


class Actor(Protocol):
    """Something hung up on the stage."""

    vtk: Any

    def show(self, prop: Any, ambient: Light | None) -> None:
        """Makes the actor show a prop, in an ambient light."""
        ...

    def face(self, view: View, projection: np.ndarray) -> None:
        """Prepares the actor for a view, with the matrix (4, 4) clip from view coordinates."""
        ...


def actor_for(prop: Prop) -> Actor:
    """A new actor for props of the same sort as this one."""
    if isinstance(prop, Volume):
        return MarchedVolumeActor() if MarchedVolumeActor.fits(prop) else VolumeActor()
    if isinstance(prop, Isosurface):
        return IsosurfaceActor()
    if isinstance(prop, Tubes):
        return TubeActor()
    return GlyphActor(prop.shape)


def fits(actor: Actor, prop: Prop) -> bool:
    """Whether an actor can show a prop."""
    if isinstance(prop, Glyphs):
        return isinstance(actor, GlyphActor) and actor.shape == prop.shape
    if isinstance(prop, Volume):
        return isinstance(actor, VolumeActor) and actor.fits(prop)
    if isinstance(prop, Tubes):
        return isinstance(actor, TubeActor)
    return isinstance(actor, IsosurfaceActor)
