"""What every layer has and can do."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

import numpy as np

from moviemaker.core.errors import Location
from moviemaker.core.fields import Grid, Mesh, Particles
from moviemaker.core.kinds import Kind
from moviemaker.core.props import Drawable, Prop
from moviemaker.core.sources import Source
from moviemaker.core.values import DATA_NAME, TEXT, TRUTH, optional
from moviemaker.layers._near_camera import NOTHING, surfaces, within
from moviemaker.timeline.tracks import Fraction


class Layer(Kind, ABC):
    """Turns the arrays of one moment into props.

    A kind has to write `props`, and to name in `takes` the class of the data that it draws. All else has a default.
    Methods are called in this order: `sampled`, `named_fields`, `placed`, `joined`, `resolve` and `remarks` once for a
    movie; then for every frame, on the resolved layer frozen at that moment, `moments`, `show` and `finished`. Only
    `comfort` calls `near`.

    Attributes:
        takes: the class of the data that the layer draws.
        in_parts: whether each part of data that are read as finely as they are seen can be drawn by itself; if not, the
            layer gets the whole, as coarse as need be.
        in_own_coordinates: whether the layer gets the data in their own coordinates, so that all its lengths are in the
            data's units, and what it draws of points, tubes and surfaces is then placed with the data.
        why_empty: why `show` gives nothing drawable, and what to do about it, for warnings.
    """

    takes: ClassVar[type[Grid] | type[Particles] | type[Mesh]]
    in_parts: ClassVar[bool] = True
    in_own_coordinates: ClassVar[bool] = False
    why_empty: ClassVar[tuple[str, str]] = (
        "it draws nothing of its data at that time",
        "look at the clock, and at the times of the data",
    )

    name: Annotated[str | None, optional(TEXT)] = None
    """A name of the layer, for the author of the scene."""

    data: Annotated[str, DATA_NAME]
    """Name of the data set that the layer draws, one of those below `data:`."""

    visible: Annotated[bool, TRUTH] = True
    """Whether the layer is drawn at all. Default: true."""

    opacity: Fraction = 1.0
    """Fades all of the layer, from 0 (nothing is drawn) to 1. `{0: 0, 2: 1}` fades it in. Default: 1."""

    casts: Annotated[bool, TRUTH] = True
    """Whether the layer hides the sky and the lamps from others and from itself, where lights have `occlusion` or
    `shadow`. Default: true."""

    def sampled(self, shape: tuple[int, int, int] | None) -> int | tuple[int, int, int] | None:
        """Which samples of a grid, or which particles, a layer draws that takes particles: every n-th.

        The default, None, draws all particles and does not take a grid.

        Args:
            shape: of the grid; None: the data are particles.
        """
        return None

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The fields of the data that the scene names, each with its place inside this layer."""
        return ()

    def placed(self, folder: Path) -> Self:
        """The same layer with its file names relative to the folder of the scene."""
        return self

    def joined(self, sources: Mapping[str, Source[Any]]) -> Self:
        """The same layer with what it takes from other data of the scene.

        Args:
            sources: open data by name.

        Raises:
            InputError: the other data do not exist, or lack what the layer asks for.
        """
        return self

    def resolve(self, source: Source[Any]) -> Self:
        """The same layer with everything fixed that follows from the data of the whole movie, such as ranges and sizes.

        Raises:
            InputError: the data lack what the layer asks for.
        """
        return self

    def remarks(self, written: Self) -> tuple[str, ...]:
        """Warnings about what this resolved layer takes for granted that the scene does not say.

        Args:
            written: the layer before it was resolved.
        """
        return ()

    def moments(self, time: float, times: np.ndarray | None) -> tuple[float, ...]:
        """The data times whose data a resolved, frozen layer shows, ascending; the last one is the present.

        Args:
            time: the present, data time.
            times: those of the snapshots, ascending; None for data that do not move.
        """
        return (time,)

    def show(self, moments: Sequence[float], samples: Sequence[Any]) -> tuple[Drawable, ...]:
        """The props of a resolved layer, frozen at the present, for the data of all the `moments` it asked for.

        Only a layer that asks for several moments overrides this; the default gives the present ones to `props`.
        """
        return self.props(samples[-1])

    @abstractmethod
    def props(self, sample: Any) -> tuple[Drawable, ...]:
        """The props of a resolved layer, frozen at a moment, for the data of that moment."""

    def finished(self, props: tuple[Drawable, ...]) -> tuple[Drawable, ...]:
        """What a frozen layer draws, with what holds for all of it: whether it casts shadows."""
        if self.casts:
            return props
        return tuple(replace(one, casts=False) if isinstance(one, Prop) else one for one in props)

    def near(self, sample: Any, place: np.ndarray, reach: float) -> np.ndarray:
        """The nearest points (n, 3) of the things that a resolved, frozen layer draws within reach of a place.

        The default takes particles as points, and knows nothing of other data.

        Args:
            sample: the data of the moment.
            place: (3,), of the camera, scene units.
            reach: scene units.
        """
        if not isinstance(sample, Particles):
            return NOTHING
        return surfaces(sample.position[within(sample.position, place, reach)], 0.0, place)
