"""Stars of a catalogue, as bright and as coloured as they are seen from the camera.

```yaml
kind: stars
data: catalogue
magnitude: mag
color_index: ci
limit: 6.5
```

How bright a star is follows from one field: `magnitude`, its apparent magnitude from the place `observer`, by default
the origin; `absolute_magnitude`; or `luminosity`, in suns. From elsewhere it is brighter or fainter by the square of
its distance, as when a camera flies through the stars. `limit` is the magnitude of the faintest stars that are just
seen: 6.5 is the naked eye on a dark night. Five magnitudes less are a hundred times the light.

Colours are those of black bodies of the star's `temperature`, in kelvin, or of its `color_index` B-V: Ballesteros
(2012) and Kang et al. (2002). Without both they are white. Stars of one magnitude have one luminance; where the tone
curve bends bright ones, all light of their discs is meant, and colourful ones are raised until that is equal.

The light of a star is a Gaussian whose full width at half maximum is `size` degrees at every distance. So stars look
the same at every resolution; where that is narrower than a pixel they get as wide as one, with the same light in all.

With `proper_motion`, the names of two fields in milliarcseconds a year, along right ascension (times the cosine of the
declination) and along declination, stars move in straight lines. The clock then counts years, from those of `epoch`:

```yaml
kind: stars
data: catalogue
absolute_magnitude: absmag
temperature: teff
proper_motion: [pmra, pmdec]
epoch: 2000
size: 0.1
```
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

import numpy as np
from pydantic import model_validator

from moviemaker.core.errors import InputError, Location
from moviemaker.core.fields import Particles
from moviemaker.core.props import Drawable, Glow
from moviemaker.core.values import POSITIVE, TEXT, Value, list_of, number_between, optional
from moviemaker.layers._layer import Layer
from moviemaker.layers.sky.starlight import HOTTEST, SUN, black_body_colors, luminances, temperatures
from moviemaker.timeline.tracks import Color, Moving, Number, Vector

FAINTEST = 0.003
"""Light in the middle of a star at the limit: a value of 10 of 255. Few stars of the real sky are then white discs."""

DARKEST = 0.02
"""Least luminance of a colour for which light makes up."""

PARTS = 360
"""Widths of a star in the angle that a picture shows."""

BRIGHTNESS = ("magnitude", "absolute_magnitude", "luminosity")
_MAS = math.radians(1 / 3.6e6)

_DEGREES: Value = number_between(1e-6, 90, "degrees above 0 and up to 90")
_PAIR = list_of(TEXT, "two names of fields: [pmra, pmdec]", (2,))


class Stars(Layer):
    """Stars of a catalogue."""

    takes: ClassVar[type] = Particles

    kind: Literal["stars"] = "stars"

    magnitude: Annotated[str | None, optional(TEXT)] = None
    """Name of the field with apparent magnitudes, as seen from `observer`, such as `mag` or `phot_g_mean_mag`."""

    absolute_magnitude: Annotated[str | None, optional(TEXT)] = None
    """Name of the field with absolute magnitudes, such as `absmag`."""

    luminosity: Annotated[str | None, optional(TEXT)] = None
    """Name of the field with luminosities, in suns."""

    color_index: Annotated[str | None, optional(TEXT)] = None
    """Name of the field with colour indices B-V. Default: stars have the `color`."""

    temperature: Annotated[str | None, optional(TEXT)] = None
    """Name of the field with temperatures, kelvin. Default: stars have the `color`."""

    color: Color = (1.0, 1.0, 1.0)
    """Colour of stars without a temperature and a colour index. Default: white."""

    limit: Number = 6.5
    """Magnitude of the faintest stars that are just seen. Default: 6.5."""

    size: Annotated[float | None, Moving(_DEGREES, optional=True)] = None
    """Full width at half maximum of a star's light, degrees. Default: 1/360 of the angle that the picture shows."""

    observer: Vector = (0.0, 0.0, 0.0)
    """Where apparent magnitudes were measured, scene units. Default: the origin."""

    parsec: Annotated[float, POSITIVE] = 1.0
    """A parsec in scene units, for absolute magnitudes and luminosities. Default: 1."""

    proper_motion: Annotated[tuple[str, str] | None, optional(_PAIR)] = None
    """Names of the fields with proper motions along right ascension (times the cosine of the declination) and along
    declination, milliarcseconds a year. Default: stars do not move."""

    epoch: Number = 0.0
    """Year of the clock for which the positions hold. Default: 0."""

    @model_validator(mode="after")
    def _check_fields(self) -> Self:
        given = [key for key in BRIGHTNESS if getattr(self, key) is not None]
        if len(given) != 1:
            what = "stars without a brightness" if not given else f"stars with {' and '.join(given)}"
            right = "name one field: magnitude (apparent), absolute_magnitude, or luminosity (in suns)"
            raise InputError(what, right, (given[1],) if given else ())
        if self.color_index is not None and self.temperature is not None:
            raise InputError("stars with a temperature and a color_index", "leave one of them out", ("color_index",))
        return self

    def named_fields(self) -> tuple[tuple[Location, str], ...]:
        """The fields of brightness, colour and motion."""
        keys = (*BRIGHTNESS, "color_index", "temperature")
        found: list[tuple[Location, str]] = [((key,), getattr(self, key)) for key in keys if getattr(self, key)]
        return (*found, *((("proper_motion", index), name) for index, name in enumerate(self.proper_motion or ())))

    @property
    def lacks_size(self) -> bool:
        """Whether its size follows from the angle of the picture."""
        return self.size is None

    def sized(self, angle: float) -> Self:
        """The same layer with a size that is a part of the angle that the picture shows, radians."""
        return self.model_copy(update={"size": math.degrees(angle) / PARTS})

    def moments(self, time: float, times: np.ndarray | None) -> tuple[float, ...]:
        """The present; twice for stars that move in data that do not, so that they are placed anew at every time."""
        return (time,) if self.proper_motion is None else (time, time)

    def show(self, moments: Sequence[float], samples: Sequence[Any]) -> tuple[Drawable, ...]:
        """The stars in the year of the clock."""
        return self._shown(samples[-1], moments[-1])

    def props(self, sample: Particles) -> tuple[Drawable, ...]:
        """The stars where the catalogue has them."""
        return self._shown(sample, self.epoch)

    def _shown(self, sample: Particles, year: float) -> tuple[Drawable, ...]:
        lights = self._light(sample) * (1.0 if sample.fade is None else sample.fade) * self.opacity
        seen = np.flatnonzero(np.isfinite(lights) & (lights > 0))
        colors = self._colors(sample, seen)
        return (
            Glow(
                self._positions(sample, seen, year),
                np.full(1, math.radians(self.size or 1.0)),  # without a size only the places count
                colors,
                lights[seen] / np.maximum(luminances(colors), DARKEST),
                angular=True,
            ),
        )

    def _light(self, sample: Particles) -> np.ndarray:
        """Light in the middle of each star times the square of its distance, (n,)."""
        with np.errstate(all="ignore"):
            if self.magnitude is not None:
                offset = sample.position.astype(np.float64) - np.array(self.observer)
                square = np.einsum("ij,ij->i", offset, offset)
                magnitude = sample.fields[self.magnitude].astype(np.float64)
            else:
                square = np.asarray((10.0 * self.parsec) ** 2)
                if self.absolute_magnitude is not None:
                    magnitude = sample.fields[self.absolute_magnitude].astype(np.float64)
                else:
                    magnitude = SUN - 2.5 * np.log10(sample.fields[str(self.luminosity)].astype(np.float64))
            return np.asarray(FAINTEST * 10 ** (0.4 * (self.limit - magnitude)) * square)

    def _colors(self, sample: Particles, seen: np.ndarray) -> np.ndarray:
        if self.temperature is not None:
            kelvin = sample.fields[self.temperature][seen].astype(np.float64)
            known = np.isfinite(kelvin) & (kelvin > 0)
        elif self.color_index is not None:
            index = sample.fields[self.color_index][seen].astype(np.float64)
            known = np.isfinite(index)
            kelvin = temperatures(np.where(known, index, 0.0))
        else:
            return np.array([[round(255 * part) for part in self.color]], np.uint8)
        colors: np.ndarray = black_body_colors(np.where(known, kelvin, HOTTEST))
        colors[~known] = [round(255 * part) for part in self.color]
        return colors

    def _positions(self, sample: Particles, seen: np.ndarray, year: float) -> np.ndarray:
        if self.proper_motion is None:
            return np.asarray(sample.position[seen])
        along, up = (sample.fields[name][seen].astype(np.float64) for name in self.proper_motion)
        place = sample.position[seen].astype(np.float64)
        x, y, z = (place - np.array(self.observer)).T
        flat = np.hypot(x, y)
        away = np.hypot(flat, z)
        with np.errstate(all="ignore"):
            east = np.stack([-y / flat, x / flat, np.zeros_like(flat)], axis=1)
            north = np.stack([-z * x / flat / away, -z * y / flat / away, flat / away], axis=1)
            moved = (along[:, None] * east + up[:, None] * north) * (away * _MAS * (year - self.epoch))[:, None]
        return np.asarray(place + np.where(np.isfinite(moved), moved, 0.0))
