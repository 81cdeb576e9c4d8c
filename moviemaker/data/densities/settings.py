"""Settings of a density."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from moviemaker.core.errors import InputError, suggest

MOST_SAMPLES = 1 << 30

FIELDS = ("density", "log10_density")

Bounds = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class DensitySettings:
    """A density as the scene gives it.

    Attributes:
        method: `kde` or `histogram`.
        shape: number of samples along x, y, z.
        bounds: for a kde the positions of the first and the last sample, for a histogram the outer faces of the outer
            cells; None: around the particles.
        bandwidth: `scott`, `silverman` or the factor itself.
        width: standard deviation of round Gaussians, a length; None: from the bandwidth.
        margin: length by which bounds extend beyond the particles; None: what the Gaussians need.
    """

    method: str = "kde"
    shape: tuple[int, int, int] = (128, 128, 128)
    bounds: Bounds | None = None
    bandwidth: str | float = "scott"
    width: float | None = None
    margin: float | None = None

    def __post_init__(self) -> None:
        if math.prod(self.shape) > MOST_SAMPLES:
            what = f"{' x '.join(map(str, self.shape))} samples are too many"
            raise InputError(what, "write at most 1024 along each axis, such as shape: 256", ("shape",))

    @property
    def fields(self) -> tuple[str, ...]:
        """Names of the fields: the density, its logarithm, and for a histogram the count in each cell."""
        return (*FIELDS, "count") if self.method == "histogram" else FIELDS

    def chosen(self, fields: Sequence[str]) -> tuple[str, ...]:
        """The named fields, each once; the density if none is named.

        Raises:
            InputError: no field of one of these names.
        """
        names = tuple(dict.fromkeys(fields)) or self.fields[:1]
        for name in names:
            self.check_field(name)
        return names

    def check_field(self, name: str) -> None:
        """Raises InputError if the density has no such field."""
        if name not in self.fields:
            raise InputError(f"no such field {name!r}", suggest(name, self.fields, "field"))
