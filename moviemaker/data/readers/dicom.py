"""DICOM: the slices of a series, sorted by their positions in the patient (LPS: x to the left, y to the back, z up).

Positions are in millimetres, from `ImagePositionPatient`, `ImageOrientationPatient` and `PixelSpacing` (DICOM PS3.3,
C.7.6.2). Slices are sorted along the normal of their plane. Values are rescaled by `RescaleSlope` and
`RescaleIntercept` (Hounsfield units of a CT). Several slices at one position are a series in time. Files of many frames
(enhanced objects) are read too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.formats.contents import NAMELESS, Contents, Stored, in_memory, read_once
from moviemaker.data.formats.declared_size import check_packed
from moviemaker.data.formats.extras import extra
from moviemaker.data.formats.grid_contents import GridContents, matrix_of, placed

if TYPE_CHECKING:
    import pydicom

SUFFIXES = (".dcm", ".dicom", ".ima")
COMPRESSIBLE = ()

_UNEVEN = 0.02
"""Largest deviation from even spacing, as a fraction of the spacing of slices: rounding by scanners."""
_PHASES = ("TemporalPositionIdentifier", "TriggerTime", "EchoTime", "AcquisitionNumber", "AcquisitionTime")
"""Attributes that order slices at one position; the first that differs is used."""


@dataclass(frozen=True, eq=False)
class _Slice:
    """One frame of one file, without its samples."""

    path: Path
    frame: int | None
    position: np.ndarray
    across: np.ndarray
    spacing: tuple[float, float]
    size: tuple[int, int]
    slope: float
    intercept: float
    phase: tuple[object, ...]


def recognizes(start: bytes) -> bool:
    """Whether a file says so at byte 128 (DICOM PS3.10, 7.1), whatever its name."""
    return start[128:132] == b"DICM"


def open_file(path: Path) -> Contents:
    """The frames of one file; see `open_together`."""
    return open_together((path,))


def open_together(paths: Sequence[Path]) -> Contents:
    """The series whose slices are in these files. Only headers have been read.

    Raises:
        InputError: pydicom is not installed; the files are several series, or their slices are not evenly spaced.
        ValueError: a file cannot be read, or holds no image.
    """
    library = extra(paths[0], "pydicom", "pydicom", "dicom")
    slices: list[_Slice] = []
    series: dict[str, tuple[Path, pydicom.Dataset]] = {}
    first = None
    for path in paths:
        try:
            header = library.dcmread(path, stop_before_pixels=True, force=path.suffix.lower() in SUFFIXES)
        except library.errors.InvalidDicomError as error:
            raise ValueError(str(error)) from error
        if "Rows" not in header:
            continue  # a directory, a report
        first = first or header
        series.setdefault(str(header.get("SeriesInstanceUID", "")), (path, header))
        slices += _slices(path, header)
    if first is None:
        raise ValueError("it holds no image")
    if len(series) > 1:
        names = [f"{head.get('SeriesDescription', 'one')} in {path.name}" for path, head in series.values()]
        what = f"these files are {len(series)} series: {', '.join(names[:5])}"
        raise InputError(what, "write a glob or a list that takes the files of one of them", ("file",))
    return _put_together(slices, first)


def _slices(path: Path, header: pydicom.Dataset) -> list[_Slice]:
    """Every frame in a file, from the header alone."""
    if int(header.get("SamplesPerPixel", 1)) != 1:
        raise ValueError(f"the pixels of {path.name!r} are colours, not numbers")
    count = int(header.get("NumberOfFrames", 1) or 1)
    check_packed((count, int(header.Rows), int(header.Columns)), 1, path.stat().st_size)
    frames = header.get("PerFrameFunctionalGroupsSequence")
    shared = header.get("SharedFunctionalGroupsSequence")
    found = []
    for frame in range(count):
        groups = [header] if frames is None else [frames[frame], *(shared or [])]

        def get(macro: str, name: str, groups: list[pydicom.Dataset] = groups) -> pydicom.DataElement:
            for group in groups:
                inside = group.get(macro)
                if inside and name in inside[0]:
                    return inside[0].get(name)
            return header.get(name)

        position = get("PlanePositionSequence", "ImagePositionPatient")
        turn = get("PlaneOrientationSequence", "ImageOrientationPatient") or [1, 0, 0, 0, 1, 0]
        spacing = get("PixelMeasuresSequence", "PixelSpacing") or header.get("ImagerPixelSpacing") or [1, 1]
        slope = get("PixelValueTransformationSequence", "RescaleSlope")
        intercept = get("PixelValueTransformationSequence", "RescaleIntercept")
        across = np.array(turn, float).reshape(2, 3)
        if position is None:  # without positions slices are stacked in the order of their numbers
            thick = float(get("PixelMeasuresSequence", "SliceThickness") or 1)
            number = frame if count > 1 else int(header.get("InstanceNumber", 1) or 1) - 1
            position = thick * number * np.cross(*across)
        content = get("FrameContentSequence", "TemporalPositionIndex")
        phase = tuple(header.get(name) for name in _PHASES) if content is None else (content,)
        found.append(
            _Slice(
                path,
                frame if count > 1 else None,
                np.array(position, float),
                across,
                (float(spacing[1]), float(spacing[0])),
                (int(header.Columns), int(header.Rows)),
                1.0 if slope is None else float(slope),
                0.0 if intercept is None else float(intercept),
                phase,
            )
        )
    return found


def _put_together(slices: list[_Slice], header: pydicom.Dataset) -> Contents:
    first = slices[0]
    for each in slices:
        alike = each.size == first.size and np.allclose(each.spacing, first.spacing, rtol=1e-4)
        if not alike or not np.allclose(each.across, first.across, atol=1e-3):
            what = f"the slice in {each.path.name!r} has another size, spacing or direction than {first.path.name!r}"
            raise InputError(what, "leave out files that are not slices of the series, such as an overview", ("file",))
    normal = np.cross(*first.across)
    depths = np.array([each.position @ normal for each in slices])
    step, layers = _layers(depths, first, header)
    times = _phases([slices[n] for n in layers[0]])
    stack = [[slices[n] for n in _ordered(slices, layer)] for layer in layers]
    series = [[layer[t] for layer in stack] for t in range(len(times))]
    lowest = series[0][0].position
    along = (series[0][-1].position - lowest) / max(len(layers) - 1, 1) if len(layers) > 1 else normal * step
    steps = np.stack([first.across[0] * first.spacing[0], first.across[1] * first.spacing[1], along], axis=1)
    shape = (*first.size, len(layers))
    arrays = {NAMELESS: _stored(series, shape, header)}
    if len(series) > 1:
        arrays["time"] = in_memory(np.array(times))
    unit = "HU" if header.get("Modality") == "CT" else str(header.get("RescaleType", ""))
    labels = [str(header.get(name, "")) for name in ("Modality", "SeriesDescription")]
    notes = (
        "positions are LPS millimetres (x to the left, y to the back, z up)",
        f"{len(layers)} slices of {', '.join(word for word in labels if word) or 'one series'}",
    )
    contents = GridContents(arrays, units={NAMELESS: unit} if unit else {}, length="mm", notes=notes)
    return placed(contents, matrix_of(lowest, steps))


def _layers(depths: np.ndarray, first: _Slice, header: pydicom.Dataset) -> tuple[float, list[list[int]]]:
    """The spacing of the slices, and the indices of the slices at each depth, from the lowest up.

    Raises:
        InputError: they are not evenly spaced, or depths have different numbers of slices.
    """
    order = np.argsort(depths, kind="stable")
    gaps = np.diff(depths[order])
    groups = np.split(order, np.flatnonzero(gaps > 1e-3) + 1)
    layers = [group.tolist() for group in groups]
    if len(layers) == 1:
        return float(header.get("SpacingBetweenSlices") or header.get("SliceThickness") or 1.0), layers
    middles = np.array([depths[group].mean() for group in groups])
    steps = np.diff(middles)
    step = float(np.median(steps))
    off = int(np.abs(steps - step).argmax())
    if abs(steps[off] - step) > _UNEVEN * step:
        what = (
            f"the slices of the series of {first.path.name!r} are not evenly spaced: most are {step:g} mm apart, "
            f"those at {middles[off]:g} and {middles[off + 1]:g} mm {steps[off]:g}"
        )
        raise InputError(what, "check whether files are missing, or leave out those on one side of the gap", ("file",))
    counts = [len(layer) for layer in layers]
    if min(counts) < max(counts):
        scarce = int(np.argmin(counts))
        what = f"there are {counts[scarce]} slices at {middles[scarce]:g} mm and {max(counts)} elsewhere"
        raise InputError(what, "every time of a series has all slices; check whether files are missing", ("file",))
    return step, layers


def _which(slices: Sequence[_Slice]) -> int | None:
    """Index of the entry of `phase` that orders slices at one position; None: the order of the files."""
    for entry in range(len(slices[0].phase)):
        values = [each.phase[entry] for each in slices]
        if None not in values and len(set(values)) == len(values):
            return entry
    return None


def _ordered(slices: list[_Slice], layer: list[int]) -> list[int]:
    entry = _which([slices[n] for n in layer])
    return layer if entry is None else sorted(layer, key=lambda n: float(str(slices[n].phase[entry])))


def _phases(slices: list[_Slice]) -> list[float]:
    """Times of the slices at one position: trigger or echo times in milliseconds, else 0, 1, 2 ..."""
    entry = _which(slices)
    if entry is None or len(slices[0].phase) == 1 or _PHASES[entry] not in ("TriggerTime", "EchoTime"):
        return [float(n) for n in range(len(slices))]
    return sorted(float(str(each.phase[entry])) for each in slices)


def _stored(series: list[list[_Slice]], shape: tuple[int, ...], header: pydicom.Dataset) -> Stored:
    every = [each for volume in series for each in volume]
    scaled = any(each.slope != 1 or each.intercept != 0 for each in every)
    whole = all(each.slope == int(each.slope) and each.intercept == int(each.intercept) for each in every)
    signed = int(header.get("PixelRepresentation", 0)) == 1
    bits = 16 if int(header.get("BitsAllocated", 16)) > 8 else 8
    dtype = np.dtype(f"{'i' if signed else 'u'}{int(header.get('BitsAllocated', 16)) // 8 or 1}")
    if scaled:
        dtype = np.dtype(np.int32 if bits == 16 and whole else np.float32)

    def volume(index: int) -> np.ndarray:
        found = np.empty(shape, dtype, order="F")
        for layer, each in enumerate(series[index]):
            frame = _pixels(each.path)
            values = (frame if each.frame is None else frame[each.frame]).T
            found[..., layer] = values * each.slope + each.intercept if scaled else values
        return found

    def read(index: int | None) -> np.ndarray:
        return np.stack([volume(t) for t in range(len(series))]) if index is None else volume(index)

    kept: dict[Path, np.ndarray] = {}

    def _pixels(path: Path) -> np.ndarray:
        if path not in kept:
            kept.clear()  # so a file of many frames is read once
            kept[path] = _decoded(path)
        return kept[path]

    if len(series) == 1:
        return read_once(shape, dtype, lambda: volume(0))
    return Stored((len(series), *shape), dtype, read)


def _decoded(path: Path) -> np.ndarray:
    import pydicom

    image = pydicom.dcmread(path, force=True)
    try:
        return np.asarray(image.pixel_array)
    except (NotImplementedError, RuntimeError, AttributeError) as error:
        syntax = getattr(image.file_meta.get("TransferSyntaxUID"), "name", "unknown")
        if "compress" not in str(error) and "Syntax" not in str(error) and "decod" not in str(error):
            raise ValueError(str(error)) from error
        what = f"the pixels of {path.name!r} are compressed ({syntax}) and cannot be decoded here"
        right = "install pylibjpeg[all] beside pydicom, or decompress the files, for example with gdcmconv --raw"
        raise InputError(what, right, ("file",)) from None
