"""Mercator's projection of all directions around the viewer, up to the latitude at which the picture ends.

```yaml
lens: mercator
size: [512, 512]
```
"""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from moviemaker.plugin import Panorama, Size


class Mercator(Panorama):
    """All around, without the poles: shapes keep their angles."""

    lens: Literal["mercator"] = "mercator"
    height: float = 2.0
    """Height of the equator's pixels divided by their width: not a length, so it is never rescaled."""

    wraps = True

    def rows(self, first: int, last: int, size: Size) -> np.ndarray:
        """Directions (last - first, width, 3) of the pixels of some rows: right, up and ahead of the viewer."""
        width, height = size
        longitude = ((np.arange(width) + 0.5) / width - 0.5) * 2 * math.pi
        up = ((height / 2 - np.arange(first, last) - 0.5) * 2 * math.pi / width)[:, None]
        cosine = 1 / np.cosh(up)
        parts = np.broadcast_arrays(np.sin(longitude) * cosine, np.tanh(up), np.cos(longitude) * cosine)
        return np.stack(parts, axis=-1)

    def places(self, directions: np.ndarray, size: Size) -> np.ndarray:
        """Columns and rows (n, 2) of unit directions (n, 3): the inverse of `rows`, which light needs."""
        width, height = size
        x, y, z = directions.T
        column = (np.arctan2(x, z) / (2 * math.pi) + 0.5) * width
        return np.stack([column, height / 2 - np.arctanh(y) * width / (2 * math.pi)], axis=-1)

    def pixels_per_radian(self, size: Size) -> float:
        """As fine as the equator."""
        return size[0] / (2 * math.pi)
