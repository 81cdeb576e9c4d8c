"""Pictures in several passes: which actors take part in each, and how the passes are composited."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from moviemaker.stage.actors import Actor
from moviemaker.stage.volumes.actor import VolumeActor


def translucent(actors: Iterable[Actor]) -> list[Actor]:
    """The actors of translucent surfaces, glyphs and tubes."""
    return [actor for actor in actors if not isinstance(actor, VolumeActor) and actor.vtk.GetForceTranslucent()]


def volumes_among(actors: Iterable[Actor]) -> tuple[list[VolumeActor], list[VolumeActor]]:
    """The volumes whose rays may be drawn in pieces, and those whose rays have to be drawn whole."""
    volumes = [actor for actor in actors if isinstance(actor, VolumeActor)]
    return [volume for volume in volumes if volume.divisible], [volume for volume in volumes if not volume.divisible]


def show_only(actors: Iterable[Actor], shown: Sequence[Actor]) -> None:
    """Hides all actors but some."""
    for actor in actors:
        actor.vtk.SetVisibility(actor in shown)


def light_of(colors: np.ndarray) -> np.ndarray:
    """Colours from 0 to 1, float32."""
    return colors.astype(np.float32) / 255 if colors.dtype == np.uint8 else colors


def laid_over(picture: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """A picture with a layer before it.

    Args:
        picture: (height, width, 3), or (height, width, 4): colours times opacity, and opacity.
        layer: (height, width, 4), the same.
    """
    over = light_of(layer)
    laid: np.ndarray = over[..., : picture.shape[2]] + (1 - over[..., 3:]) * picture
    return laid
