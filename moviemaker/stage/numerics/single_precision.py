"""Makes what a picture shows drawable in single precision, without changing how it looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, Self, TypeVar

from moviemaker.core.camera import Camera, ViewCone
from moviemaker.core.coordinates import Rescaling
from moviemaker.core.props import Drawable, Environment, Fog, Glow, Light, Prop, Shade, all_same
from moviemaker.stage.numerics.far_dots import drawn_nearer
from moviemaker.stage.numerics.round_dots import rounded
from moviemaker.stage.numerics.units import Rescaler, unit_of


class ScalableLens(Protocol):
    """What a lens is asked for here."""

    @property
    def all_around(self) -> bool:
        """Whether the picture is more than one view."""
        ...

    def cone(self, eye: Camera, size: tuple[int, int]) -> tuple[float, float]:
        """The angle from the middle to the edge of a picture of (width, height) pixels, and the width of a pixel."""
        ...

    def scaled(self, unit: float) -> Self:
        """The same lens with lengths in another unit."""
        ...


LensT = TypeVar("LensT", bound=ScalableLens)


@dataclass(frozen=True, eq=False)
class Fitted(Generic[LensT]):
    """What one picture shows, in a unit of length in which single precision suffices.

    Attributes:
        lens: the lens.
        eyes: each eye with the props that it sees.
        glows: what shines and hides nothing.
        lights: the lights.
        shade: what of their light gets where.
        fog: around the camera.
        environment: the light of the sky, which has no lengths.
    """

    lens: LensT
    eyes: tuple[tuple[Camera, tuple[Prop, ...]], ...]
    glows: tuple[Glow, ...]
    lights: tuple[Light, ...]
    shade: Shade | None = None
    fog: Fog | None = None
    environment: Environment | None = None


class SinglePrecision:
    """Fits what is drawn to single precision. What comes again, as the same object, is the same object again."""

    def __init__(self) -> None:
        self._rescaler = Rescaler()
        self._shaded: tuple[Shade, float, Shade] | None = None
        self._rounded: tuple[tuple[Prop, ...], tuple[float, ...], tuple[Prop, ...]] | None = None

    def fitted(
        self,
        shown: Sequence[Drawable],
        lights: tuple[Light, ...],
        lens: LensT,
        eyes: Sequence[Camera],
        size: tuple[int, int],
        cone: ViewCone,
        shade: Shade | None = None,
        fog: Fog | None = None,
        environment: Environment | None = None,
    ) -> Fitted[LensT]:
        """What one picture shows, made drawable.

        Args:
            shown: everything that is drawn.
            lights: the lights.
            lens: of the picture, at its moment.
            eyes: for each of which a picture is made.
            size: (width, height) of an eye's picture, pixels.
            cone: that all of them see.
            shade: what of the light gets where.
            fog: around the camera.
            environment: the light of the sky.
        """
        if cone.angle > 0.0:  # parallel rays have no eye to draw dots nearer to
            shown = drawn_nearer(shown, cone.position, cone.radius)
        unit = unit_of(shown, cone.position)
        shown = self._rescaler.drawables(shown, unit)
        if unit != 1.0:
            lens = lens.scaled(unit)
            lights = tuple(light.mapped(Rescaling(unit)) for light in lights)
            fog = fog and fog.mapped(Rescaling(unit))
        props = tuple(one for one in shown if isinstance(one, Prop))
        seen = []
        for eye in eyes:
            scaled = eye.scaled(unit)
            seen.append((scaled, self._with_round_dots(props, lens, scaled, size)))
        glows = tuple(one for one in shown if isinstance(one, Glow))
        return Fitted(lens, tuple(seen), glows, lights, self._scaled(shade, unit), fog, environment)

    def _scaled(self, shade: Shade | None, unit: float) -> Shade | None:
        """The light in another unit of length; the same one again while it does not change."""
        if shade is None or unit == 1.0:
            return shade
        if self._shaded is None or self._shaded[0] is not shade or self._shaded[1] != unit:
            self._shaded = (shade, unit, shade.mapped(Rescaling(unit)))
        return self._shaded[2]

    def _with_round_dots(
        self, props: tuple[Prop, ...], lens: LensT, eye: Camera, size: tuple[int, int]
    ) -> tuple[Prop, ...]:
        """The props for a lens that sees all around; the same ones again while neither they nor the eye move."""
        if not lens.all_around:
            return props
        place = (*eye.position.tolist(), lens.cone(eye, size)[1])
        if self._rounded is None or place != self._rounded[1] or not all_same(props, self._rounded[0]):
            self._rounded = (props, place, rounded(props, eye.position, place[3]))
        return self._rounded[2]
