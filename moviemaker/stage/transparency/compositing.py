"""What pictures in several passes need: which actors are shown in one, and how the passes are laid together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from moviemaker.stage.actors import Actor
from moviemaker.stage.volumes.actor import VolumeActor


def translucent(actors: Iterable[Actor]) -> list[Actor]:
    """The actors of surfaces and marks that light shines through."""
    return [actor for actor in actors if not isinstance(actor, VolumeActor) and actor.vtk.GetForceTranslucent()]


def clouds_among(actors: Iterable[Actor]) -> tuple[list[VolumeActor], list[VolumeActor]]:
    """The clouds whose rays may be cut in pieces, and those of which a ray has to be seen as a whole."""
    clouds = [actor for actor in actors if isinstance(actor, VolumeActor)]
    return [cloud for cloud in clouds if cloud.divisible], [cloud for cloud in clouds if not cloud.divisible]


def show_only(actors: Iterable[Actor], shown: Sequence[Actor]) -> None:
    """Hides all actors but some."""
    for actor in actors:
        actor.vtk.SetVisibility(actor in shown)


def light_of(colors: np.ndarray) -> np.ndarray:
    """Colours from 0 to 1, float32."""
    return colors.astype(np.float32) / 255 if colors.dtype == np.uint8 else colors


def laid_over(picture: np.ndarray, layer: np.ndarray) -> np.ndarray:
    """A picture (height, width, 3) with a layer (height, width, 4) before it: colours times opacity, and opacity."""
    over = light_of(layer)
    laid: np.ndarray = over[..., :3] + (1 - over[..., 3:]) * picture
    return laid
