"""Segmentations in DICOM: frames of segments, of which empty ones may be left out, as labels or fractions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from moviemaker.data.formats.contents import NAMELESS, Stored, read_once
from moviemaker.data.formats.dicom.frames import Frame

if TYPE_CHECKING:
    import pydicom

SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
"""The SOP class of segmentations (DICOM PS3.4, B.5)."""


def labels_of(header: pydicom.Dataset) -> dict[int, str]:
    """The names of the segments by their numbers."""
    segments = header.get("SegmentSequence") or []
    return {int(each.SegmentNumber): str(each.get("SegmentLabel", each.SegmentNumber)) for each in segments}


def planes_of(frames: Sequence[Frame], header: pydicom.Dataset) -> tuple[np.ndarray, float, int]:
    """The plane (n,) of each frame, the distance of planes, and their number, with planes between that have no frame.

    Raises:
        ValueError: the frames do not lie on evenly spaced planes.
    """
    normal = np.cross(*frames[0].across)
    depths = np.array([frame.position @ normal for frame in frames])
    known = np.unique(np.round(depths, 3))
    shared: Any = next(iter(header.get("SharedFunctionalGroupsSequence") or []), {})
    measures: Any = next(iter(shared.get("PixelMeasuresSequence") or []), {})
    written = measures.get("SpacingBetweenSlices") or (measures.get("SliceThickness") if len(known) < 2 else None)
    step = float(written or (np.diff(known).min() if len(known) > 1 else 1.0))
    planes = (depths - depths.min()) / step
    if np.abs(planes - np.rint(planes)).max() > 0.1:
        raise ValueError("the frames of its segments do not lie on evenly spaced planes")
    found = np.rint(planes).astype(int)
    return found, step, int(found.max()) + 1


def segment_arrays(
    frames: Sequence[Frame],
    header: pydicom.Dataset,
    planes: np.ndarray,
    count: int,
    pixels: Callable[[Path], np.ndarray],
) -> dict[str, Stored]:
    """Labels in one array, or the fraction of each segment in an array of its own.

    Args:
        frames: of the file.
        header: of the file.
        planes: of each frame.
        count: number of planes.
        pixels: gives the frames of a file.
    """
    shape = (*frames[0].size, count)
    if str(header.get("SegmentationType", "BINARY")).upper() != "FRACTIONAL":
        highest = max(frame.segment for frame in frames)
        dtype = np.dtype(np.uint8 if highest < 256 else np.uint16)

        def labelled() -> np.ndarray:
            found = np.zeros(shape, dtype, order="F")
            for frame, plane in sorted(zip(frames, planes.tolist(), strict=True), key=lambda pair: pair[0].segment):
                found[..., plane][_samples(frame, pixels) > 0] = frame.segment
            return found

        return {NAMELESS: read_once(shape, dtype, labelled)}
    whole, names = float(header.get("MaximumFractionalValue") or 255), labels_of(header)

    def fraction(number: int) -> Stored:
        def read() -> np.ndarray:
            found = np.zeros(shape, np.float32, order="F")
            for frame, plane in zip(frames, planes.tolist(), strict=True):
                if frame.segment == number:
                    found[..., plane] = _samples(frame, pixels) / whole
            return found

        return read_once(shape, np.dtype(np.float32), read)

    return {names.get(number, f"segment {number}"): fraction(number) for number in sorted({f.segment for f in frames})}


def _samples(frame: Frame, pixels: Callable[[Path], np.ndarray]) -> np.ndarray:
    whole = pixels(frame.path)
    return (whole if frame.number is None else whole[frame.number]).T
