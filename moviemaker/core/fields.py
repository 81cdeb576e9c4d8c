"""Samples of data at one moment: a grid, a set of particles or a mesh, as plain arrays.

They are compared by identity: the same object means that nothing has changed, so that what was made from it can be used
again.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

Vector = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Grid:
    """Samples on a regular grid. `fields[name][i, j, k]` lies at `origin + direction @ ((i, j, k) * spacing)`.

    Attributes:
        fields: arrays of one shape (nx, ny, nz), of any real type; samples that are not finite are drawn as nothing.
        origin: position of sample (0, 0, 0).
        spacing: distance between neighbouring samples along each axis of the arrays; all above 0.
        direction: (3, 3), whose columns are unit vectors along the axes of the arrays, as in ITK, but not always
            perpendicular; None: along x, y, z.
        whole: bounds, in own coordinates, of the grid of which this one is a part; None: it is complete.
        inside: (nx, ny, nz) float32, how far samples lie inside of the body that the grid is of, in samples: 0 at its
            edge, negative outside, as in `core.props.coverage`; None: its samples are known by being finite alone.
        categorical: names of the fields whose numbers are labels, between which nothing is interpolated.
        frame: matrix (4, 4) from the data's own coordinates to the scene's, in which all places are. Vectors among
            the fields are along the own axes. None: they are the same.
    """

    fields: Mapping[str, np.ndarray]
    origin: Vector
    spacing: Vector
    direction: np.ndarray | None = None
    whole: tuple[tuple[float, float], ...] | None = None
    inside: np.ndarray | None = None
    categorical: frozenset[str] = frozenset()
    frame: np.ndarray | None = None

    def field(self, name: str | None) -> np.ndarray:
        """The field of this name, or the only (or first) one."""
        return self.fields[name] if name is not None else next(iter(self.fields.values()))

    @property
    def shape(self) -> tuple[int, int, int]:
        """Number of samples along x, y, z."""
        nx, ny, nz = self.field(None).shape
        return nx, ny, nz

    @property
    def world_from_index(self) -> np.ndarray:
        """The matrix (4, 4) from (i, j, k, 1) to the position of that sample."""
        return world_from_index(self.origin, self.spacing, self.direction)

    @property
    def corners(self) -> np.ndarray:
        """Positions of the eight samples at the corners, (8, 3)."""
        ends = np.array(list(itertools.product(*((0, n - 1) for n in self.shape))), float)
        matrix = self.world_from_index
        return np.asarray(ends @ matrix[:3, :3].T + matrix[:3, 3])

    @property
    def bounds(self) -> tuple[tuple[float, float], ...]:
        """The least and the greatest coordinate of any sample along x, y, z."""
        corners = self.corners
        return tuple(zip(corners.min(axis=0).tolist(), corners.max(axis=0).tolist(), strict=True))

    @property
    def center(self) -> Vector:
        """The middle of the grid; for a part, that of the whole grid."""
        middle = np.array([(low + high) / 2 for low, high in self.whole or self.bounds])
        if self.whole is not None and self.frame is not None:
            middle = self.frame[:3, :3] @ middle + self.frame[:3, 3]
        x, y, z = middle.tolist()
        return x, y, z

    @property
    def diagonal(self) -> float:
        """Length of the diagonal of the grid; for a part, of the whole grid. It does not change as the grid turns."""
        sides = np.diag([high - low for low, high in self.whole or ()] or [0.0, 0.0, 0.0])
        if self.whole is not None and self.frame is not None:
            sides = self.frame[:3, :3] @ sides
        elif self.whole is None and self.direction is None:
            sides = np.diag([high - low for low, high in self.bounds])
        elif self.whole is None:
            sides = self.world_from_index[:3, :3] * np.maximum(np.array(self.shape) - 1, 0)
        return float(np.linalg.norm(np.linalg.norm(sides, axis=0)))

    @property
    def ends(self) -> tuple[bool, ...]:
        """Whether the first and the last samples along x, y and z of the arrays are sides of the whole grid."""
        if self.whole is None:
            return (True,) * 6
        matrix = self.world_from_index if self.frame is None else np.linalg.solve(self.frame, self.world_from_index)
        found = []
        for axis, (low, high) in enumerate(self.whole):  # parts of a whole lie along x, y and z of its own coordinates
            first, step = float(matrix[axis, 3]), float(matrix[axis, axis])
            last = first + step * (self.shape[axis] - 1)
            found += [abs(first - low) < step / 2, abs(last - high) < step / 2]
        return tuple(found)


def world_from_index(origin: Vector, spacing: Vector, direction: np.ndarray | None) -> np.ndarray:
    """The matrix (4, 4) from (i, j, k, 1) to the position of a sample of a `Grid`."""
    matrix = np.eye(4)
    matrix[:3, :3] = (np.eye(3) if direction is None else direction) * spacing
    matrix[:3, 3] = origin
    return matrix


@dataclass(frozen=True, eq=False)
class Particles:
    """Points with properties, at one moment; every position is finite.

    Attributes:
        position: (n, 3).
        fields: per-particle arrays, (n,) or (n, 3); `speed`, `distance`, `id` and `time` are among them where they
            make sense.
        fade: (n,) float32 from 0 to 1, by which the opacity of each particle is multiplied while it fades in or out;
            None: 1 for all.
        box: vectors of the periodic box that the particles are in, as rows (3, 3), zero along an axis that is not
            periodic; None: not periodic.
        globe: whether they lie on a globe, so that vectors, such as those of a wind, go east, north and up.
        corner: lower corner of the box (3,); None: unknown.
        images: how many images of the box lie side by side along each of its vectors.
        frame: matrix (4, 4) from the data's own coordinates to the scene's, in which all places are. Vectors among
            the fields are along the own axes. None: they are the same.
    """

    position: np.ndarray
    fields: Mapping[str, np.ndarray]
    fade: np.ndarray | None = None
    box: np.ndarray | None = None
    globe: bool = False
    corner: np.ndarray | None = None
    images: tuple[int, int, int] = (1, 1, 1)
    frame: np.ndarray | None = None

    @property
    def cell(self) -> np.ndarray | None:
        """Vectors of the box around all images, as rows (3, 3); None: not periodic."""
        return None if self.box is None else np.asarray(self.box) * np.array(self.images)[:, None]


@dataclass(frozen=True, eq=False)
class Cells:
    """Lines or polygons. Cell j connects the points `connectivity[offsets[j] : offsets[j + 1]]`.

    Attributes:
        offsets: (m + 1,), from 0 up.
        connectivity: (k,), numbers of points.
    """

    offsets: np.ndarray
    connectivity: np.ndarray

    def __len__(self) -> int:
        """Number of cells."""
        return len(self.offsets) - 1

    @property
    def reversed(self) -> Cells:
        """The same cells wound the other way, the last one first."""
        return Cells(self.offsets[-1] - self.offsets[::-1], self.connectivity[::-1])


NO_CELLS = Cells(np.zeros(1, np.int64), np.zeros(0, np.int64))


@dataclass(frozen=True, eq=False)
class Mesh:
    """Poly-lines and polygons.

    Attributes:
        points: (n, 3); cells with a point that is not finite are not drawn.
        fields: arrays at the points, (n,) or (n, columns).
        lines: the poly-lines.
        polys: the polygons, each flat and convex.
        frame: matrix (4, 4) from the data's own coordinates to the scene's, in which all places are. Vectors among
            the fields are along the own axes. None: they are the same.
    """

    points: np.ndarray
    fields: Mapping[str, np.ndarray]
    lines: Cells = NO_CELLS
    polys: Cells = NO_CELLS
    frame: np.ndarray | None = None
