"""An automatic transfer function for a field, from its histogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_BINS = 256
_WIDE_BINS = 32
"""Bins in which the peak is searched: a peak of saturated values at an end of the range is narrower than one bin."""
_HIGH = 0.6
"""Fraction of the range: a peak above it is a class of its own, separated from lower values ..."""
_MOSTLY = 0.8
"""... but if that class has more than this fraction of the samples, it is the background."""
_AT_ENDS = 0.05
"""Percentage of the values at either end that the histogram leaves out."""
_ABSORBED = 0.65
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


def auto_transfer(values: np.ndarray) -> AutoTransfer:
    """Takes the peak of the histogram for the background, and draws the longer tail.

    The triangle method finds the end of the peak (G. W. Zack, W. E. Rogers and S. A. Latt, J. Histochem. Cytochem. 25,
    741, 1977). Of two classes the higher one is drawn. A field with similar extremes on both sides of 0, such as an
    orbital or a difference, is drawn on both sides. A ray through the middle of the visible samples loses about two
    thirds of its light.

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
    # Draw neither more than half of the samples nor very few, whatever the histogram.
    least, most = np.percentile(sign * values, [50, 99.5]).tolist()
    threshold = sign * float(np.clip(sign * threshold, least, most))
    end = high if upwards else low
    beyond = values[sign * values > sign * threshold]
    part = len(beyond) / len(values)
    middle = float(np.median(beyond)) if len(beyond) else threshold
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
    some = 1 - (1 - _ABSORBED) ** (1 / steps)
    return some, min(5 * some, 0.9)
