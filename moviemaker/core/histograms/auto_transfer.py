"""An automatic transfer function for a field, from its histogram."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from moviemaker.core.sources import Source, first_time

_VALUES = 400_000
"""Most values of a snapshot that are counted ..."""
_ALL_VALUES = 4_000_000
"""... and most values of all snapshots together, but ..."""
_FEWEST = 4096
"""... at least these of each."""
_ALONE = 0.25
"""Fraction of the samples that are drawn from which on they are specks, if so many have no neighbour that is drawn."""
_FAR = 0.5
"""Half of the specks are farther above the others than this part of the distance from the median to the highest of
these; in noise they are nearer."""
_SPECKS = 0.02
"""Specks are at most so large a part of all samples."""
_MOST = (1.0, 99.0)
"""Percentages between which most values lie; those twice as far from the median as these ends are looked at ..."""
_OUT = 2.0
"""... if the farthest one is farther still by this factor."""
_BINS = 256
_WIDE_BINS = 32
"""Bins in which the peak is searched: a peak of saturated values at an end of the range is narrower than one bin."""
_SATURATED, _NEAR = 5, 9
"""A last bin with so many times as many values as the fullest of the eight before it holds saturated ones."""
_HIGH = 0.6
"""Fraction of the range: a peak above it is a class of its own, separated from lower values ..."""
_MOSTLY = 0.8
"""... but if that class has more than this fraction of the samples, it is the background."""
_AT_ENDS = 0.05
"""Percentage of the values at either end that the histogram leaves out."""
_ABSORBED = 0.75
"""Fraction of light that a ray through the middle of the visible samples loses."""
_ALIKE = 0.8
"""Ratio of the lowest to the highest value, in size, from which on a field is drawn on both sides of 0."""


@dataclass(frozen=True)
class AutoTransfer:
    """An automatic transfer function.

    Attributes:
        transfer: pairs of value and opacity over a hundredth of the diagonal, ascending.
        colormap: its name.
        range: of the colours.
        background: the most frequent value, which is not drawn.
        part: fraction of the samples that are drawn.
    """

    transfer: tuple[tuple[float, float], ...]
    colormap: str
    range: tuple[float, float]
    background: float
    part: float

    @property
    def upwards(self) -> bool:
        """Whether high values are drawn; if not, low ones are."""
        return self.transfer[0][1] <= self.transfer[-1][1]


def some_values(source: Source[Any], field: str) -> np.ndarray:
    """Finite values of a field, picked evenly from each of its snapshots: enough for a histogram.

    Args:
        source: open data.
        field: name of the field.
    """
    count = 1 if source.times is None else len(source.times)
    most = min(max(_ALL_VALUES // max(count, 1), _FEWEST), _VALUES)
    found = [values[:: max(1, len(values) // most)] for values in source.survey(field)]
    return np.concatenate(found) if found else np.zeros(0)


def transfer_of_field(source: Source[Any], field: str) -> AutoTransfer:
    """The automatic transfer function of a field of a grid, for the whole movie.

    Args:
        source: an open grid.
        field: name of the field, which has finite values.
    """
    return transfer_without_specks(some_values(source, field), lambda: first_array(source, field))


def first_array(source: Source[Any], field: str) -> np.ndarray:
    """The samples of a field of a grid in the first snapshot, (nx, ny, nz)."""
    return np.asarray(source.at(first_time(source), (field,)).field(field))


def transfer_without_specks(values: np.ndarray, first: Callable[[], np.ndarray]) -> AutoTransfer:
    """The transfer function of a field in which hot voxels, which stand alone far above all others, hide nothing.

    Args:
        values: finite values of all snapshots (n,), at least one.
        first: gives the first snapshot (nx, ny, nz).
    """
    values = _without_outliers(values, first)
    auto = auto_transfer(values)
    if auto.part > _SPECKS or not auto.part:
        return auto
    upwards = auto.upwards
    threshold = auto.transfer[0][0] if upwards else auto.transfer[-1][0]
    alone, count = _alone(first(), threshold, upwards)
    far = threshold + _FAR * (threshold - float(np.median(values)))
    if not len(alone) or len(alone) < _ALONE * count or (np.median(alone) < far) == upwards:
        return auto
    others = values[values <= threshold] if upwards else values[values >= threshold]
    return auto_transfer(others) if len(others) and np.ptp(others) > 0 else auto


def _without_outliers(values: np.ndarray, first: Callable[[], np.ndarray]) -> np.ndarray:
    """The values without very far ones on either side whose voxels stand alone."""
    low, middle, high = np.percentile(values, [_MOST[0], 50, _MOST[1]]).tolist()
    for upwards, end, farthest in ((True, high, values.max()), (False, low, values.min())):
        limit = end + (end - middle)
        if limit == end or abs(float(farthest) - middle) < _OUT * abs(limit - middle):
            continue
        alone, count = _alone(first(), limit, upwards)
        if len(alone) > count / 2:
            values = values[values <= limit] if upwards else values[values >= limit]
    return values


def _alone(array: np.ndarray, threshold: float, upwards: bool) -> tuple[np.ndarray, int]:
    """The values of samples beyond a threshold without a neighbour beyond it, and the number of all beyond it."""
    if min(array.shape) < 3:
        return np.zeros(0), 0
    with np.errstate(invalid="ignore"):
        drawn = array > threshold if upwards else array < threshold
    inside = drawn[1:-1, 1:-1, 1:-1]
    beside = np.zeros_like(inside)
    for axis in range(3):
        for shift in (-1, 1):
            beside |= np.roll(drawn, shift, axis)[1:-1, 1:-1, 1:-1]
    return array[1:-1, 1:-1, 1:-1][inside & ~beside], int(inside.sum())


def auto_transfer(values: np.ndarray) -> AutoTransfer:
    """Takes the peak of the histogram for the background, and draws the longer tail.

    The triangle method finds the end of the peak (G. W. Zack, W. E. Rogers and S. A. Latt, J. Histochem. Cytochem. 25,
    741, 1977). Of two classes the higher one is drawn. A field with similar extremes on both sides of 0, such as an
    orbital or a difference, is drawn on both sides. A ray through the middle of the visible samples loses about three
    quarters of its light.

    Args:
        values: finite values (n,), at least one.
    """
    values = np.asarray(values, np.float64)
    low, high = np.percentile(values, [_AT_ENDS, 100 - _AT_ENDS]).tolist()
    if not low < high:
        low, high = float(values.min()), float(values.max())
    if not low < high:
        return _body(low)
    if low < 0 < high and min(-low, high) > _ALIKE * max(-low, high):
        return _on_both_sides(values, max(-low, high))
    counts, edges = np.histogram(values, _BINS, (low, high))
    saturated = counts[-1] > _SATURATED * max(counts[-_NEAR:-1].max(), 1)
    if saturated:  # values are cut off by the detector or by the type of the file
        counts[-1] = counts[-_NEAR:-1].max()
    wide = counts.reshape(-1, _BINS // _WIDE_BINS)
    start = int(wide.sum(axis=1).argmax()) * wide.shape[1]
    peak = start + int(counts[start : start + wide.shape[1]].argmax())
    parting = _between_classes(counts)
    upwards = peak < _HIGH * _BINS or counts[parting:].sum() < _MOSTLY * counts.sum()
    if peak < _HIGH * _BINS:
        threshold = float(edges[peak + _foot(counts[peak:])])
    elif upwards:
        threshold = float(edges[parting])
    else:
        threshold = float(edges[peak - _foot(counts[peak::-1]) + 1])
    sign = 1.0 if upwards else -1.0
    # Draw neither more than three fifths of the samples nor very few, whatever the histogram.
    least, most = np.percentile(sign * values, [40, 99.5]).tolist()
    threshold = sign * float(np.clip(sign * threshold, least, most))
    end = high if upwards else low
    beyond = values[sign * values > sign * threshold]
    part = len(beyond) / len(values)
    middle = float(np.median(beyond)) if len(beyond) else threshold
    if saturated and threshold < end <= middle:
        middle = (threshold + end) / 2
    if not sign * threshold < sign * middle < sign * end:
        threshold, middle, end = (low, (low + high) / 2, high) if upwards else (high, (low + high) / 2, low)
        part = float((sign * values > sign * threshold).mean())
    some, much = _opacities(part)
    pairs = ((threshold, 0.0), (middle, some), (end, much))
    ordered = pairs if upwards else pairs[::-1]
    return AutoTransfer(
        ordered, "inferno" if upwards else "inferno_r", (ordered[0][0], ordered[-1][0]), float(edges[peak]), part
    )


def _body(value: float) -> AutoTransfer:
    """Draws a field of one value, such as a mask, as a body of one colour."""
    some, _ = _opacities(1.0)
    around = max(abs(value), 1.0)
    low, high = value - around, value + around
    return AutoTransfer(((low, 3 * some), (high, 3 * some)), "inferno", (low, high), value, 1.0)


def transfer_of_everything(values: np.ndarray) -> AutoTransfer:
    """Draws all samples in a rainbow of colours, higher values a little denser.

    Args:
        values: finite values (n,), at least one.
    """
    low, high = np.percentile(np.asarray(values, np.float64), [1, 99]).tolist()
    if not low < high:
        return auto_transfer(values)
    some, much = _opacities(1.0)
    middle = float(np.median(values))
    return AutoTransfer(((low, 3 * some), (high, 3 * much)), "turbo", (low, high), middle, 1.0)


def _on_both_sides(values: np.ndarray, reach: float) -> AutoTransfer:
    sizes = np.abs(values)
    counts, edges = np.histogram(sizes, _BINS, (0, reach))
    threshold = float(np.clip(edges[_foot(counts)], *np.percentile(sizes, [50, 99.5])))
    beyond = sizes[sizes > threshold]
    part = len(beyond) / len(sizes)
    middle = float(np.median(beyond)) if len(beyond) else threshold
    if not 0 < threshold < middle < reach:
        threshold, middle = 0.1 * reach, 0.3 * reach
    some, much = _opacities(part)
    above = ((threshold, 0.0), (middle, some), (reach, much))
    below = tuple((-value, opacity) for value, opacity in reversed(above))
    return AutoTransfer((*below, *above), "coolwarm", (-reach, reach), 0.0, part)


def _between_classes(counts: np.ndarray) -> int:
    """The bin that separates a histogram best into two classes (N. Otsu, IEEE Trans. SMC 9, 62, 1979)."""
    bins = np.arange(len(counts))
    below, above = np.cumsum(counts), counts.sum() - np.cumsum(counts)
    moment = np.cumsum(counts * bins)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = below * above * (moment / below - (moment[-1] - moment) / above) ** 2
    return int(np.nan_to_num(apart).argmax()) + 1


def _foot(counts: np.ndarray) -> int:
    """The bin where a falling histogram leaves its first peak: farthest below the line from the peak to the end."""
    filled = np.flatnonzero(counts)
    last = int(filled[-1]) if len(filled) else 0  # a range that is finer than its numbers has no values in it
    if last < 2:
        return 1
    steps = np.arange(last + 1)
    line = counts[0] + (counts[last] - counts[0]) * steps / last
    return int((line - counts[: last + 1]).argmax())


def _opacities(part: float) -> tuple[float, float]:
    """Opacities of the middle and of the end of the visible values, over a hundredth of the diagonal."""
    # A fraction p of a cube is about p^(1/3) of its edge deep, and the edge is the diagonal divided by sqrt(3).
    steps = max(100 * max(part, 1e-4) ** (1 / 3) / np.sqrt(3), 1.0)
    some = float(1 - (1 - _ABSORBED) ** (1 / steps))
    return some, min(5 * some, 0.9)
