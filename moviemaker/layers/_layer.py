"""What every layer has and can do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import numpy as np

from moviemaker.core.errors import Location
from moviemaker.core.fields import Grid, Mesh, Particles
from moviemaker.core.kinds import Kind
from moviemaker.core.props import Drawable
from moviemaker.core.sources import Source
from moviemaker.core.values import DATA_NAME, TEXT, TRUTH, optional
from moviemaker.layers._near_camera import NOTHING, surfaces, within
from moviemaker.timeline.tracks import Fraction


class Layer(Kind):
    """Turns the arrays of one moment into props.

    Attributes:
        takes: the class of the data that the layer draws.
    """

    takes: ClassVar[type[Grid] | type[Particles] | type[Mesh]]

    name: Annotated[str | None, optional(TEXT)] = None
    data: Annotated[str, DATA_NAME]
    visible: Annotated[bool, TRUTH] = True
    opacity: Fraction = 1.0

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The fields of the data that the scene names, with the place inside this layer where it does."""
        return ()

    def placed(self, folder: Path) -> Self:
        """The same layer with the files that it names relative to the folder of the scene."""
        return self

    def resolve(self, source: Source[Any]) -> Self:
        """The same layer with everything definite that follows from the data of the whole movie: ranges, sizes.

        Raises:
            InputError: what the layer asks for is not in the data.
        """
        return self

    def moments(self, time: float, times: np.ndarray | None) -> tuple[float, ...]:
        """Of which data times a resolved, frozen layer shows the data, ascending; the last one is the present.

        Args:
            time: the present, data time.
            times: those of the snapshots, ascending; None for data that do not move.
        """
        return (time,)

    def show(self, moments: Sequence[float], samples: Sequence[Any]) -> tuple[Drawable, ...]:
        """What a resolved layer, frozen at the present moment, shows of the data of all the moments it asked for."""
        return self.props(samples[-1])

    def props(self, sample: Any) -> tuple[Drawable, ...]:
        """What a resolved layer, frozen at a moment, shows of the data of that moment."""
        raise NotImplementedError

    def near(self, sample: Any, place: np.ndarray, reach: float) -> np.ndarray:
        """The nearest points (n, 3) of the things that a resolved, frozen layer shows within reach of a place.

        Unless a kind knows better, particles are points, and of anything else it is not known what comes near.

        Args:
            sample: the data of the moment.
            place: (3,), of the camera, scene units.
            reach: scene units.
        """
        if not isinstance(sample, Particles):
            return NOTHING
        return surfaces(sample.position[within(sample.position, place, reach)], 0.0, place)
