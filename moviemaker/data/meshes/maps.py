"""Maps of longitude and latitude as meshes: flat, or on a globe."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError, suggest
from moviemaker.core.fields import Cells, Mesh
from moviemaker.core.recent import Recent
from moviemaker.data.files.series import WrittenTimes
from moviemaker.data.formats.dimensions import NO_CHOICE, Chosen
from moviemaker.data.formats.grid_contents import GridContents
from moviemaker.data.globe.coordinates import globe_position
from moviemaker.data.globe.seams import Seams, curved_seams, regular_seams
from moviemaker.data.globe.settings import GlobeOfMaps
from moviemaker.data.grids.categorical import most_frequent
from moviemaker.data.grids.files import open_grid_files
from moviemaker.data.meshes.labelled import around_samples
from moviemaker.data.meshes.relief import Relief
from moviemaker.data.readers.netcdf import SUFFIXES as NETCDF
from moviemaker.data.readers.tiff import SUFFIXES as TIFF

SUFFIXES = (*NETCDF, *TIFF)
"""Endings of files with maps."""


class MapFiles:
    """The maps of one or more files, one for each time, as quadrilaterals between samples.

    A cell with a missing value at a corner is left out. If the first field is labels, each sample has polygons of its
    own. On a globe, the seams of a map that goes round it are closed (`globe.seams`). A pole that is less than a step
    away is closed, with the mean of the last row as its value.

    Args:
        paths: the files.
        field: the one that decides where cells are missing; None: the first.
        times: data times that the scene gives.
        globe: that the map lies on; None: the map is flat, x and y are its coordinates.
        relief: field and scale of the heights; None: the map is smooth.
        chosen: what the scene says about dimensions that are not axes.
        labels: whether the fields are labels; None: the files and their values tell.

    Attributes:
        paths: the files.
        times: data times; None: only one map.
        clock: unit of the times; empty: unknown.
        names: of the fields.
        warnings: sentences about dimensions of which the first entry is shown.

    Raises:
        InputError: at `file`: one cannot be read, or holds no map; at `globe`: the map has no longitudes and latitudes;
            at `height.by`: no such field.
    """

    def __init__(
        self,
        paths: tuple[Path, ...],
        field: str | None,
        times: WrittenTimes | None,
        globe: GlobeOfMaps | None,
        relief: Relief | None = None,
        chosen: Chosen = NO_CHOICE,
        labels: bool | None = None,
    ):
        self._files = open_grid_files(paths, None, field, times, even=False, dimensions=chosen, labels=labels)
        self.paths = self._files.paths
        self.times = self._files.times
        self.clock = self._files.facts.clock
        self.warnings = self._files.facts.warnings
        self.names = self._files.names if field is None else (field,)
        first = self._files.first
        if not isinstance(first, GridContents) or first.axes is None:
            what = f"{paths[0].name!r} has no coordinates, and is not a map"
            raise InputError(what, "write kind: grid, or coordinates of its dimensions into the file", ("file",))
        if relief is not None and relief.by not in self._files.names:
            what = f"no such field {relief.by!r} in {paths[0].name!r}"
            raise InputError(what, suggest(relief.by, self._files.names, "field"), ("height", "by"))
        self._globe, self._relief = globe, relief
        self._level = _level(first.axes[2], globe)
        seams, self._curved = Seams(), first.curved is not None
        self._made: Recent[Cells] = Recent(2)
        if first.curved is not None:
            places = list(first.curved)
            seams = curved_seams(*places) if globe is not None else seams
        else:
            places = [np.asarray(each) for each in np.meshgrid(first.axes[0], first.axes[1], indexing="ij")]
            seams = regular_seams(first.axes[0], first.axes[1]) if globe is not None else seams
        if globe is not None and not first.sphere and first.curved is None:
            what = f"{paths[0].name!r} has no longitudes and latitudes in degrees"
            raise InputError(what, "leave globe out", ("globe",))
        self._seams = seams
        self._shape = places[0].shape
        ends = [[np.zeros(1), np.full(1, pole)] for _, pole in seams.poles]
        flat = [np.concatenate([each.ravel(), *(end[n] for end in ends)]) for n, each in enumerate(places)]
        self._flat = flat
        self._points = self._raised(np.zeros(len(flat[0])))

    def _raised(self, heights: np.ndarray) -> np.ndarray:
        """The points (n, 3) at heights (n,) above the map, in the length of space."""
        if self._globe is None:
            return np.stack([*self._flat, heights], axis=1)
        return globe_position([*self._flat, heights], self._globe.radius)

    @property
    def steps(self) -> int:
        """Number of maps."""
        return len(self._files.places)

    def read(self, step: int) -> Mesh:
        """The map of one time.

        Raises:
            InputError: at `file`: a file cannot be read.
        """
        fields = {name: self._values(step, name) for name in self.names}
        points = self._points
        if self._relief is not None:
            by = self._relief.by
            heights = fields[by] if by in fields else self._values(step, by)
            points = self._raised(self._relief.scale * heights.astype(np.float64))
        known = np.isfinite(fields[self.names[0]]) & np.isfinite(points).all(axis=1)
        mesh = Mesh(points, fields, polys=self._cells(known))
        # A map of labels is made of one part for each sample, between which no colours are mixed.
        return around_samples(mesh, self._globe is not None) if self.is_label(self.names[0]) else mesh

    def is_label(self, name: str) -> bool:
        """Whether the numbers of a field are labels."""
        return self._files.is_label(name)

    def _values(self, step: int, name: str) -> np.ndarray:
        layer = np.asarray(self._files.snapshot(step, name))[..., self._level]
        ends = []
        for last, _ in self._seams.poles:
            row = layer[:, -1 if last else 0].astype(np.float64)
            row = row[np.isfinite(row)]
            middle = most_frequent if self.is_label(name) else np.mean
            ends.append(np.array([middle(row) if len(row) else np.nan]))
        return np.concatenate([layer.ravel(), *ends]).astype(layer.dtype if not ends else np.float64, copy=False)

    def _cells(self, known: np.ndarray) -> Cells:
        return self._made.get(known.tobytes(), lambda: self._cells_of(known))

    def _cells_of(self, known: np.ndarray) -> Cells:
        """Cells whose corners are all known, counter-clockwise seen from above (from outside of the globe)."""
        nx, ny = self._shape
        number = np.arange(nx * ny).reshape(nx, ny)
        if self._seams.round:
            number = np.concatenate([number, number[:1]])
        corners = [number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]]
        quads = np.stack([each.ravel() for each in corners], axis=1)
        if self._seams.folded:
            one, other = number[: nx // 2 + 1, -1], number[::-1, -1][len(number) - nx : len(number) - nx + nx // 2 + 1]
            quads = np.concatenate([quads, np.stack([one[:-1], one[1:], other[1:], other[:-1]], axis=1)])
        quads = quads[known[quads].all(axis=1)]
        if self._globe is None and self._curved:
            # On a flat map a cell across the meridian where longitudes begin would reach across all of it.
            quads = quads[np.ptp(self._flat[0][quads], axis=1) <= 180]
        fans = []
        for index, (last, _) in enumerate(self._seams.poles):
            row = number[:, -1 if last else 0]
            ends = (row[:-1], row[1:]) if last else (row[1:], row[:-1])
            fan = np.stack([*ends, np.full(len(row) - 1, nx * ny + index)], axis=1)
            fans.append(fan[known[fan].all(axis=1)])
        triangles = np.concatenate(fans) if fans else np.zeros((0, 3), int)
        if self._seams.mirrored:
            quads, triangles = quads[:, ::-1], triangles[:, ::-1]
        counts = np.repeat([4, 3], [len(quads), len(triangles)])
        connectivity = np.concatenate([quads.ravel(), triangles.ravel()])
        return Cells(np.concatenate([[0], np.cumsum(counts)]), connectivity)


def _level(levels: np.ndarray, globe: GlobeOfMaps | None) -> int:
    """Index of the level that is drawn."""
    if globe is None or globe.level is None:
        return 0
    return int(np.abs(levels - globe.level).argmin())
