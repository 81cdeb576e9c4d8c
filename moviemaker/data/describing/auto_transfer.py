"""A first transfer function for a field, from its histogram."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_BINS = 256
_WIDE_BINS = 32
"""In which the peak is looked for: one of saturated values at an end of the range is narrower than that."""
_HIGH = 0.6
"""Part of the range: a peak above it is a class of its own, to be told from what is below ..."""
_MOSTLY = 0.8
"""... or a background again, if that class has more than this part of the samples: then what is below it is shown."""
_AT_ENDS = 0.05
"""Per cent of the values at either end that the histogram leaves out."""
_TAKEN = 0.65
"""Part of the light that is taken on a way through the middle of what is shown."""
_ALIKE = 0.8
"""From this ratio of the lowest to the highest value on, a field around 0 is looked at on both sides."""


@dataclass(frozen=True)
class FirstLook:
    """How a field is shown at first.

    Attributes:
        transfer: values, ascending, each with its opacity over a hundredth of the diagonal.
        colormap: its name.
        range: of the colours.
        background: the most frequent value, which is not shown.
        part: of the samples, those that are shown.
    """

    transfer: tuple[tuple[float, float], ...]
    colormap: str
    range: tuple[float, float]
    background: float
    part: float


def first_look(values: np.ndarray) -> FirstLook:
    """Finds the background as the peak of the histogram, and shows what lies in its longer tail.

    Where the peak ends is told by the triangle method (G. W. Zack, W. E. Rogers and S. A. Latt, J. Histochem. Cytochem.
    25, 741, 1977). Of two classes the higher one is shown. A field that goes as far below 0 as above it, such as an
    orbital or a difference, is shown on both sides. Opacities are such that a way through the middle of what is shown
    takes about two thirds of the light.

    Args:
        values: finite ones, flat (n,), at least one.
    """
    values = np.asarray(values, np.float64)
    low, high = np.percentile(values, [_AT_ENDS, 100 - _AT_ENDS]).tolist()
    if not low < high:
        low, high = float(values.min()), float(values.max())
    if not low < high:
        return FirstLook(((low, 0.0), (low + 1.0, 0.1)), "inferno", (low, low + 1.0), low, 0.0)
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
    # Neither all of the box nor a few samples of it, whatever the histogram is like.
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
    return FirstLook(
        ordered, "inferno" if upwards else "inferno_r", (ordered[0][0], ordered[-1][0]), float(edges[peak]), part
    )


def look_at_all(values: np.ndarray) -> FirstLook:
    """Shows all that is known in a rainbow of colours, higher values a little denser.

    Args:
        values: finite ones, flat (n,), at least one.
    """
    low, high = np.percentile(np.asarray(values, np.float64), [1, 99]).tolist()
    if not low < high:
        return first_look(values)
    some, much = _opacities(1.0)
    middle = float(np.median(values))
    return FirstLook(((low, 3 * some), (high, 3 * much)), "turbo", (low, high), middle, 1.0)


def _on_both_sides(values: np.ndarray, reach: float) -> FirstLook:
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
    return FirstLook((*below, *above), "coolwarm", (-reach, reach), 0.0, part)


def _between_classes(counts: np.ndarray) -> int:
    """The bin that parts a histogram into two classes as far apart as can be (N. Otsu, IEEE Trans. SMC 9, 62, 1979)."""
    bins = np.arange(len(counts))
    below, above = np.cumsum(counts), counts.sum() - np.cumsum(counts)
    moment = np.cumsum(counts * bins)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = below * above * (moment / below - (moment[-1] - moment) / above) ** 2
    return int(np.nan_to_num(apart).argmax()) + 1


def _foot(counts: np.ndarray) -> int:
    """Where a histogram that falls from its first bin on leaves the peak: farthest below the line to its end."""
    filled = np.flatnonzero(counts)
    last = int(filled[-1])
    if last < 2:
        return 1
    steps = np.arange(last + 1)
    line = counts[0] + (counts[last] - counts[0]) * steps / last
    return int((line - counts[: last + 1]).argmax())


def _opacities(part: float) -> tuple[float, float]:
    """Opacities of the middle and of the end of what is shown, over a hundredth of the diagonal."""
    # What fills a part p of a cube is about as deep as its cube root of the edge, which is the diagonal over sqrt(3).
    steps = max(100 * max(part, 1e-4) ** (1 / 3) / np.sqrt(3), 1.0)
    some = 1 - (1 - _TAKEN) ** (1 / steps)
    return some, min(5 * some, 0.9)
