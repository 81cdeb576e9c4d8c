"""DICOM: the slices of a series, sorted by their positions in the patient (LPS: x to the left, y to the back, z up).

Positions are in millimetres, from `ImagePositionPatient`, `ImageOrientationPatient` and `PixelSpacing` (DICOM PS3.3,
C.7.6.2). Slices are sorted along the normal of their plane. Values are rescaled by `RescaleSlope` and
`RescaleIntercept` (Hounsfield units of a CT) or by `DoseGridScaling`. Several slices at one position are a series in
time. Files of many frames are volumes or films, as they say: enhanced objects, doses, nuclear medicine, ultrasound and
angiography. Segmentations are labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from moviemaker.core.errors import InputError
from moviemaker.data.formats.contents import NAMELESS, Contents, Stored, in_memory, read_once
from moviemaker.data.formats.dicom.frames import MILLISECONDS, Frame, frames_of
from moviemaker.data.formats.dicom.segments import SEGMENTATION, labels_of, planes_of, segment_arrays
from moviemaker.data.formats.extras import extra
from moviemaker.data.formats.grid_contents import GridContents, matrix_of, placed

if TYPE_CHECKING:
    import pydicom

SUFFIXES = (".dcm", ".dicom", ".ima")
COMPRESSIBLE = ()

_UNEVEN = 0.02
"""Largest deviation from even spacing, as a fraction of the spacing of slices: rounding by scanners."""


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
    slices: list[Frame] = []
    warnings: list[str] = []
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
        frames, left_out = frames_of(path, header)
        slices += frames
        warnings += left_out
    if first is None:
        raise ValueError("it holds no image")
    if len(series) > 1:
        names = [f"{head.get('SeriesDescription', 'one')} in {path.name}" for path, head in series.values()]
        what = f"these files are {len(series)} series: {', '.join(names[:5])}"
        raise InputError(what, "write a glob or a list that takes the files of one of them", ("file",))
    if first.get("SOPClassUID") == SEGMENTATION and all(each.segment for each in slices):
        return _segmented(slices, first)
    return _put_together(slices, first, tuple(warnings))


def _put_together(slices: list[Frame], header: pydicom.Dataset, warnings: tuple[str, ...]) -> Contents:
    first = slices[0]
    _check_alike(slices)
    normal = np.cross(*first.across)
    depths = np.array([each.position @ normal for each in slices])
    step, layers = _layers(depths, first, header)
    times, clock = _phases([slices[n] for n in layers[0]])
    stack = [[slices[n] for n in _ordered(slices, layer)] for layer in layers]
    series = [[layer[t] for layer in stack] for t in range(len(times))]
    lowest = series[0][0].position
    along = (series[0][-1].position - lowest) / max(len(layers) - 1, 1) if len(layers) > 1 else normal * step
    steps = np.stack([first.across[0] * first.spacing[0], first.across[1] * first.spacing[1], along], axis=1)
    shape = (*first.size, len(layers))
    arrays = {NAMELESS: _stored(series, shape, header)}
    if len(series) > 1:
        arrays["time"] = in_memory(np.array(times))
    unit = _unit(header)
    contents = GridContents(
        arrays,
        units={NAMELESS: unit} if unit else {},
        length="mm",
        clock=clock,
        notes=_notes(header, f"{len(layers)} slice{'s' if len(layers) > 1 else ''}"),
        patient="LPS",
        modality=str(header.get("Modality") or "OT"),
        warnings=warnings,
    )
    return placed(contents, matrix_of(lowest, steps))


def _check_alike(slices: Sequence[Frame]) -> None:
    """Raises InputError at `file` if slices differ in size, spacing or direction."""
    first = slices[0]
    for each in slices:
        alike = each.size == first.size and np.allclose(each.spacing, first.spacing, rtol=1e-4)
        if not alike or not np.allclose(each.across, first.across, atol=1e-3):
            what = f"the slice in {each.path.name!r} has another size, spacing or direction than {first.path.name!r}"
            raise InputError(what, "leave out files that are not slices of the series, such as an overview", ("file",))


def _layers(depths: np.ndarray, first: Frame, header: pydicom.Dataset) -> tuple[float, list[list[int]]]:
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
        right = "check whether files are missing, or leave out those on one side of the gap"
        if first.number is not None:
            right = "write it again with evenly spaced frames: volumes are drawn from such only"
        raise InputError(what, right, ("file",))
    counts = [len(layer) for layer in layers]
    if min(counts) < max(counts):
        scarce = int(np.argmin(counts))
        what = f"there are {counts[scarce]} slices at {middles[scarce]:g} mm and {max(counts)} elsewhere"
        raise InputError(what, "every time of a series has all slices; check whether files are missing", ("file",))
    return step, layers


def _unit(header: pydicom.Dataset) -> str:
    """The unit of the values; empty: unknown."""
    if header.get("Modality") == "CT":
        return "HU"
    unit = str(header.get("RescaleType") or header.get("DoseUnits") or header.get("Units") or "")
    return {"GY": "Gy", "US": ""}.get(unit, unit)


def _notes(header: pydicom.Dataset, count: str) -> tuple[str, ...]:
    labels = [str(header.get(name, "")) for name in ("Modality", "SeriesDescription")]
    notes = [
        "positions are LPS millimetres (x to the left, y to the back, z up)",
        f"{count} of {', '.join(word for word in labels if word) or 'one series'}",
    ]
    if header.get("PhotometricInterpretation") == "MONOCHROME1":
        notes.append("its low values are meant to be bright (MONOCHROME1)")
    return tuple(notes)


def _segmented(frames: list[Frame], header: pydicom.Dataset) -> Contents:
    """Labels or fractions of segments."""
    _check_alike(frames)
    planes, step, count = planes_of(frames, header)
    lowest = frames[int(planes.argmin())].position
    across, spacing = frames[0].across, frames[0].spacing
    steps = np.stack([across[0] * spacing[0], across[1] * spacing[1], np.cross(*across) * step], axis=1)
    kept: dict[Path, np.ndarray] = {}

    def pixels(path: Path) -> np.ndarray:
        if path not in kept:
            kept.clear()
            kept[path] = _decoded(path)
        return kept[path]

    arrays = segment_arrays(frames, header, planes, count, pixels)
    named = ", ".join(f"{number}: {label}" for number, label in labels_of(header).items())
    notes = (*_notes(header, f"{count} planes"), f"segments: {named or 'without names'}")
    if NAMELESS in arrays and len({frame.segment for frame in frames}) > 1:
        notes += ("where segments overlap, the one with the higher number is shown",)
    return placed(
        GridContents(arrays, length="mm", notes=notes, patient="LPS", modality="SEG"), matrix_of(lowest, steps)
    )


def _which(slices: Sequence[Frame]) -> str | None:
    """What orders slices at one position; None: the order of the files."""
    for name in slices[0].phases:
        values = [each.phases.get(name) for each in slices]
        if None not in values and len(set(values)) == len(values):
            return name
    return None


def _ordered(slices: list[Frame], layer: list[int]) -> list[int]:
    name = _which([slices[n] for n in layer])
    return layer if name is None else sorted(layer, key=lambda n: float(str(slices[n].phases[name])))


def _phases(slices: list[Frame]) -> tuple[list[float], str]:
    """Times of the slices at one position and their unit: milliseconds, else 0, 1, 2 ..."""
    name = _which(slices)
    if name not in MILLISECONDS:
        return [float(n) for n in range(len(slices))], ""
    return sorted(float(str(each.phases[name])) for each in slices), "ms"


def _stored(series: list[list[Frame]], shape: tuple[int, ...], header: pydicom.Dataset) -> Stored:
    every = [each for volume in series for each in volume]
    scaled = any(each.slope != 1 or each.intercept != 0 for each in every)
    whole = all(each.slope == int(each.slope) and each.intercept == int(each.intercept) for each in every)
    signed = int(header.get("PixelRepresentation", 0)) == 1
    bits_allocated = int(header.get("BitsAllocated", 16))
    bits = 16 if bits_allocated > 8 else 8
    dtype = np.dtype(f"{'i' if signed else 'u'}{bits_allocated // 8 or 1}")
    if "PixelRepresentation" not in header and bits_allocated >= 32:  # FloatPixelData
        dtype = np.dtype(f"f{bits_allocated // 8}")
    if scaled and dtype.kind != "f":
        dtype = np.dtype(np.int32 if bits == 16 and whole else np.float32)

    def volume(index: int) -> np.ndarray:
        found = np.empty(shape, dtype, order="F")
        for layer, each in enumerate(series[index]):
            frame = _pixels(each.path)
            values = (frame if each.number is None else frame[each.number]).T
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
