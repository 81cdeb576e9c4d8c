"""What volumes take away from light on its way."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np

from moviemaker.core.clips import kept
from moviemaker.core.fields import world_from_index
from moviemaker.core.props import Volume

TABLE_SIZE = 4096
"""Entries of the table of the extinctions of values."""

THICKEST = 8.0
"""The largest optical depth from one sample to the next; it lets through less than can be seen."""

_SEEN = 2.0
"""Blocks are averaged by what lets light through on a path so many blocks long: what is dense in one place of a block
hides less than if it were spread over all of it."""

_SLAB = 1 << 22
"""About how many samples are worked on at a time, to save memory."""

_FINE_ENOUGH = 1 << 26
"""Of more samples than this not all are looked at where they are averaged anyway."""


class Medium:
    """A volume as what it takes away from light on its way.

    Args:
        prop: the volume, which is lit and hides what is behind it.
    """

    def __init__(self, prop: Volume):
        self._prop = prop
        self._made: dict[tuple[int, int, int], tuple[np.ndarray, np.ndarray]] = {}
        self.bounds = prop.bounds
        # The axis that runs fastest in memory is the last one here.
        self._order = (0, 1, 2) if prop.values.flags.c_contiguous or not prop.values.flags.f_contiguous else (2, 1, 0)
        matrix = world_from_index(prop.origin, prop.spacing, prop.direction)
        self.matrix: np.ndarray = matrix[:, [*self._order, 3]]
        """(4, 4), from (i, j, k, 1) to the place of that sample in the scene."""
        self.shape = tuple(prop.values.shape[axis] for axis in self._order)
        """Number of samples along each axis."""

    @staticmethod
    def key(prop: Volume) -> object:
        """Everything that the extinction of a volume depends on, but for its arrays of samples."""
        place = (prop.origin, prop.spacing, None if prop.direction is None else prop.direction.tobytes())
        transfer = (prop.transfer.opacities, prop.unit_distance, prop.opacity, prop.gradient)
        meaning = (prop.scale, prop.mask_values, prop.labels, prop.clips, prop.nearest)
        return (place, transfer, meaning)

    @property
    def contents(self) -> tuple[object, ...]:
        """Everything that it is made of."""
        return (self.key(self._prop), self._prop.values, self._prop.mask, self._prop.inside)

    @property
    def spacing(self) -> np.ndarray:
        """Distance between neighbouring samples along each axis, (3,), scene units."""
        return np.asarray(np.linalg.norm(self.matrix[:3, :3], axis=0))

    def extinction(self, factors: tuple[int, int, int] = (1, 1, 1)) -> tuple[np.ndarray, np.ndarray]:
        """What a path through the volume takes away, as optical depth per scene unit, 0 beyond the samples.

        Args:
            factors: how many samples along each axis become one.

        Returns:
            (n0, n1, n2) float32, and the matrix (4, 4) from (i, j, k, 1) to the place of that number.
        """
        if factors not in self._made:
            self._made = {factors: self._averaged(factors)}  # what was made for another grid takes memory
        return self._made[factors]

    def _averaged(self, factors: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:
        from moviemaker.shade.averaging import add_extinctions

        values = self._prop.values.transpose(self._order)
        plenty = values.size > _FINE_ENOUGH
        strides = [max(1, factor // 2) if plenty else 1 for factor in factors]
        blocks = [max(1, factor // stride) for factor, stride in zip(factors, strides, strict=True)]
        counts = [len(range(0, n, s)) for n, s in zip(values.shape, strides, strict=True)]
        found = np.zeros([-(-n // block) for n, block in zip(counts, blocks, strict=True)], np.float32)
        low, high, table = self._table(values)
        path = np.float32(_SEEN * float(np.prod(self.spacing * factors)) ** (1 / 3)) if max(blocks) > 1 else None
        if path is not None:
            table = -np.expm1(-table * path).astype(np.float32)
        per_entry = np.float32((TABLE_SIZE - 1) / (high - low))
        step = max(1, _SLAB // max(1, values[0].size)) * blocks[0]
        for first in range(0, counts[0], step):
            slab = np.s_[first * strides[0] : (first + step) * strides[0] : strides[0], :: strides[1], :: strides[2]]
            samples, weights = self._samples(slab)
            into = found[first // blocks[0] : -(-min(first + step, counts[0]) // blocks[0])]
            add_extinctions(
                samples, weights, table, np.float32(low), per_entry, (blocks[0], blocks[1], blocks[2]), into
            )
        found /= np.float32(blocks[0] * blocks[1] * blocks[2])
        if path is not None:
            found = (-np.log1p(-np.minimum(found, np.float32(1 - 1e-6))) / path).astype(np.float32)
        matrix = self.matrix.copy()
        whole = np.array(blocks) * strides
        matrix[:3, 3] += matrix[:3, :3] @ ((whole - strides) / 2)
        matrix[:3, :3] *= whole
        for layers, part in self._parts_kept(matrix, found.shape):
            found[layers] *= part
        return found, matrix

    def _table(self, values: np.ndarray) -> tuple[float, float, np.ndarray]:
        """The range of a table, and optical depths per scene unit at equal steps through it."""
        prop = self._prop
        opacities = np.array(prop.transfer.opacities, dtype=float).reshape(-1, 2)
        low, high = float(opacities[0, 0]), float(opacities[-1, 0])
        if prop.labels:
            low, high = 0.0, TABLE_SIZE - 1.0
        if not low < high:
            high = low + max(abs(low) * 1e-6, 1e-30)
        a = np.clip(np.interp(np.linspace(low, high, TABLE_SIZE), *opacities.T) * prop.opacity, 0, 1)
        with np.errstate(divide="ignore"):
            depth = -np.log1p(-a) / prop.unit_distance
        return low, high, np.minimum(depth, THICKEST / self.spacing.min()).astype(np.float32)

    def _samples(self, slab: tuple[slice, ...]) -> tuple[np.ndarray, np.ndarray]:
        """Samples on the scale of the table, float32, and factors of their extinction; without entries: 1."""
        prop = self._prop
        values = prop.values.transpose(self._order)[slab]
        if prop.labels:
            order = np.argsort(prop.labels)
            ascending = np.array(prop.labels)[order]
            place = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
            samples = np.where(ascending[place] == values, order[place] + 1, 0).astype(np.float32)
        else:
            samples = np.ascontiguousarray(prop.scale.of(values), np.float32)
        weights: np.ndarray | None = None
        if prop.inside is not None:
            weights = np.clip(prop.inside.transpose(self._order)[slab] + np.float32(0.5), 0, 1)
        if prop.mask is not None:
            mask = prop.mask.transpose(self._order)[slab]
            there = np.isin(mask, prop.mask_values) if prop.mask_values else np.nan_to_num(mask) != 0
            weights = there if weights is None else weights * there
        if prop.gradient:
            magnitudes, factors = np.array(prop.gradient, dtype=float).T
            steep = np.zeros_like(samples)
            for axis, (spacing, one) in enumerate(zip(self.spacing, slab, strict=True)):
                if samples.shape[axis] > 1:
                    steep += np.square(np.gradient(samples, spacing * (one.step or 1), axis=axis))
            factor = np.interp(np.sqrt(steep), magnitudes, factors)
            weights = factor if weights is None else weights * factor
        if weights is None:
            return samples, np.empty((0, 0, 0), np.float32)
        return samples, np.ascontiguousarray(weights, np.float32)

    def _parts_kept(self, matrix: np.ndarray, shape: tuple[int, ...]) -> Iterator[tuple[slice, np.ndarray]]:
        """How much of each cell the clips leave, slab by slab; nothing without clips."""
        if not self._prop.clips:
            return
        step = max(1, _SLAB // 8 // max(1, shape[1] * shape[2]))
        for first in range(0, shape[0], step):
            slab = slice(first, min(first + step, shape[0]))
            index = np.stack(np.meshgrid(np.arange(slab.start, slab.stop), *map(np.arange, shape[1:]), indexing="ij"))
            left = np.zeros(index.shape[1:], np.float32)
            for corner in itertools.product((-0.25, 0.25), repeat=3):
                places = (index.reshape(3, -1).T + corner) @ matrix[:3, :3].T + matrix[:3, 3]
                left += kept(places, self._prop.clips).reshape(left.shape)
            yield slab, left / np.float32(8)
