"""The sphere in Mercator's projection, on which small shapes keep their form: a lens in one file, as a plug-in has it.

```yaml
lens: mercator
size: [2048, 1024]
highest: 72
```

Longitudes go once around, from left to right; the picture ends at the latitude `highest`, above and below.
"""

from __future__ import annotations

import math
from typing import Annotated, ClassVar, Literal

import numpy as np

from moviemaker.core.values import number_between
from moviemaker.lens import Panorama


class Mercator(Panorama):
    """The sphere but for its poles."""

    wraps: ClassVar[bool] = True

    lens: Literal["mercator"] = "mercator"
    """The kind of lens."""

    highest: Annotated[float, number_between(10, 85, "degrees from 10 to 85")] = 72.0
    """Latitude of the upper edge in degrees, default 72; the lower edge is as far to the south."""

    def rows(self, first: int, last: int, size: tuple[int, int]) -> np.ndarray:
        """Directions of pixels: x to the right, y up, z ahead."""
        longitude = ((np.arange(size[0]) + 0.5) / size[0] - 0.5) * 2 * math.pi
        stretched = (1 - 2 * (np.arange(first, last) + 0.5) / size[1]) * self._top
        longitude, latitude = np.meshgrid(longitude, np.arctan(np.sinh(stretched)))
        across = np.cos(latitude)
        return np.stack([np.sin(longitude) * across, np.sin(latitude), np.cos(longitude) * across], axis=-1)

    def places(self, directions: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """Columns and rows of directions: the inverse of `rows`."""
        x, y, z = directions.T
        stretched = np.arctanh(np.clip(y, -1 + 1e-12, 1 - 1e-12))
        column, row = np.arctan2(x, z) / (2 * math.pi) + 0.5, (1 - stretched / self._top) / 2
        seen = np.abs(stretched) <= self._top
        return np.where(seen[:, None], np.column_stack([column * size[0], row * size[1]]), np.nan)

    def pixels_per_radian(self, size: tuple[int, int]) -> float:
        """As fine as the equator."""
        return max(size[0] / (2 * math.pi), size[1] / (2 * self._top))

    @property
    def _top(self) -> float:
        return math.asinh(math.tan(math.radians(self.highest)))
