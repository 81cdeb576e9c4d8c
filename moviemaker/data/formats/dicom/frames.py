"""Frames of DICOM files: their places in the patient, their times, and their rescaling, from headers alone.

Files of one slice say their place themselves. Enhanced objects say that of every frame in functional groups (DICOM
PS3.3, C.7.6.16). In other files of many frames `FrameIncrementPointer` names what changes from frame to frame: offsets
of the planes of a dose (C.8.8.3.2), slices, phases and time slots of nuclear medicine (C.8.4.8), or times of a film
(C.7.6.5).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from moviemaker.data.formats.declared_size import check_packed

if TYPE_CHECKING:
    import pydicom

MILLISECONDS = ("FrameTime", "TriggerTime", "EchoTime", "NominalCardiacTriggerDelayTime", "EffectiveEchoTime")
"""What orders frames at one position and is a time in milliseconds."""

_PHASES = ("TemporalPositionIdentifier", "TriggerTime", "EchoTime", "AcquisitionNumber", "AcquisitionTime")
"""Attributes of single slices that order those at one position; the first that differs is used."""
_FRAME_PHASES = {
    "TemporalPositionIndex": "FrameContentSequence",
    "NominalCardiacTriggerDelayTime": "CardiacSynchronizationSequence",
    "EffectiveEchoTime": "MREchoSequence",
    "DiffusionBValue": "MRDiffusionSequence",
    "FrameReferenceDateTime": "FrameContentSequence",
    "FrameAcquisitionDateTime": "FrameContentSequence",
}
"""Attributes of frames of enhanced objects that do so, and their functional groups."""
_SLOTS = ("RRIntervalVector", "PhaseVector", "TimeSlotVector", "TimeSliceVector")
"""Vectors of nuclear medicine that count in time, the slowest first ..."""
_VIEWS = ("RotationVector", "AngularViewVector")
"""... those of views around the patient ..."""
_APART = {"EnergyWindowVector": "energy windows", "DetectorVector": "detectors"}
"""... and those of which only the first is shown."""
_FILMS = ("US", "IVUS", "XA", "RF", "ES", "XC", "GM", "SM", "OP", "OT", "DX", "MG")
"""Modalities whose frames without places follow each other in time."""


@dataclass(frozen=True, eq=False)
class Frame:
    """One frame of one file, without its samples.

    Attributes:
        path: of the file.
        number: in the file; None: the file has only one.
        position: of its first sample (3,), millimetres.
        across: directions of its rows and columns (2, 3).
        spacing: of its samples along these.
        size: number of columns and of rows.
        slope, intercept: of its values.
        phases: what orders frames at one position, by name.
        segment: that the frame belongs to.
    """

    path: Path
    number: int | None
    position: np.ndarray
    across: np.ndarray
    spacing: tuple[float, float]
    size: tuple[int, int]
    slope: float = 1.0
    intercept: float = 0.0
    phases: Mapping[str, object] = field(default_factory=dict)
    segment: int = 0


def frames_of(path: Path, header: pydicom.Dataset) -> tuple[list[Frame], tuple[str, ...]]:
    """The frames of a file, and warnings about those that are left out.

    Raises:
        ValueError: the pixels are colours, or the header contradicts itself.
    """
    if int(header.get("SamplesPerPixel", 1)) != 1:
        raise ValueError(f"the pixels of {path.name!r} are colours, not numbers")
    count = int(header.get("NumberOfFrames", 1) or 1)
    check_packed((count, int(header.Rows), int(header.Columns)), 1, path.stat().st_size)
    if count < 1:
        raise ValueError(f"it says that it has {count} frames")
    groups = header.get("PerFrameFunctionalGroupsSequence")
    if groups is not None:
        if len(groups) < count:
            raise ValueError(f"it has {count} frames and describes {len(groups)}")
        shared = list(header.get("SharedFunctionalGroupsSequence") or [])
        return [_enhanced(path, header, number, [groups[number], *shared], count) for number in range(count)], ()
    if count == 1 and "GridFrameOffsetVector" not in header:
        return [_single(path, header)], ()
    return _of_vectors(path, header, count)


def _frame(path: Path, header: pydicom.Dataset, number: int | None, get: Any, **more: Any) -> Frame:
    turn = get("ImageOrientationPatient") or [1, 0, 0, 0, 1, 0]
    spacing = get("PixelSpacing") or header.get("ImagerPixelSpacing") or [1, 1]
    slope, intercept = get("RescaleSlope"), get("RescaleIntercept")
    if slope is None and "DoseGridScaling" in header:
        slope = header.DoseGridScaling
    return Frame(
        path,
        number,
        across=np.array(turn, float).reshape(2, 3),
        spacing=(float(spacing[1]), float(spacing[0])),
        size=(int(header.Columns), int(header.Rows)),
        slope=1.0 if slope is None else float(slope),
        intercept=0.0 if intercept is None else float(intercept),
        **more,
    )


def _single(path: Path, header: pydicom.Dataset) -> Frame:
    position = header.get("ImagePositionPatient")
    frame = _frame(path, header, None, header.get, position=np.zeros(3), phases={n: header.get(n) for n in _PHASES})
    if position is None:  # without positions slices are stacked in the order of their numbers
        thick = float(header.get("SliceThickness") or 1)
        position = thick * (int(header.get("InstanceNumber", 1) or 1) - 1) * np.cross(*frame.across)
    frame.position[:] = np.array(position, float)
    return frame


def _enhanced(path: Path, header: pydicom.Dataset, number: int, groups: Sequence[Any], count: int) -> Frame:
    def inside(macro: str, name: str) -> Any:
        for group in groups:
            found = group.get(macro)
            if found and name in found[0]:
                return found[0].get(name)
        return None

    macros = {
        "ImageOrientationPatient": (("PlaneOrientationSequence", "ImageOrientationPatient"),
                                    ("PlaneOrientationVolumeSequence", "ImageOrientationVolume")),
        "ImagePositionPatient": (("PlanePositionSequence", "ImagePositionPatient"),
                                 ("PlanePositionVolumeSequence", "ImagePositionVolume")),
        "PixelSpacing": (("PixelMeasuresSequence", "PixelSpacing"),),
        "SliceThickness": (("PixelMeasuresSequence", "SpacingBetweenSlices"),
                           ("PixelMeasuresSequence", "SliceThickness")),
        "RescaleSlope": (("PixelValueTransformationSequence", "RescaleSlope"),),
        "RescaleIntercept": (("PixelValueTransformationSequence", "RescaleIntercept"),),
    }  # fmt: skip

    def get(name: str) -> Any:
        found = (inside(*place) for place in macros[name])
        return next((value for value in found if value is not None), header.get(name))

    position, thick = get("ImagePositionPatient"), get("SliceThickness")
    phases = {name: inside(macro, name) for name, macro in _FRAME_PHASES.items()}
    segment = inside("SegmentIdentificationSequence", "ReferencedSegmentNumber")
    frame = _frame(
        path, header, number if count > 1 else None, get, position=np.zeros(3), segment=int(segment or 0),
        phases=phases if position is not None or thick is not None else _film(header, number),
    )  # fmt: skip
    if position is None:
        position = float(thick or 0) * number * np.cross(*frame.across)
    frame.position[:] = np.array(position, float)
    return frame


def _film(header: pydicom.Dataset, number: int) -> dict[str, object]:
    """The time of a frame of a film in milliseconds, or its number."""
    steps = header.get("FrameTimeVector")
    if steps is not None:
        steps = np.atleast_1d(np.asarray(steps, float))
        if len(steps) > number:
            return {"FrameTime": float(steps[1 : number + 1].sum())}
    step = header.get("FrameTime")
    if step is None:
        rate = header.get("CineRate") or header.get("RecommendedDisplayFrameRate")
        step = 1000 / float(rate) if rate else None
    return {"FrameTime": number * float(step)} if step else {"number": number}


def _of_vectors(path: Path, header: pydicom.Dataset, count: int) -> tuple[list[Frame], tuple[str, ...]]:
    """Frames of a file without functional groups."""
    names = _pointers(header)
    detector: Any = next(iter(header.get("DetectorInformationSequence") or []), {})

    def get(name: str) -> Any:
        found = header.get(name)
        return detector.get(name) if found is None else found

    plain = _frame(path, header, None, get, position=np.zeros(3))
    corner = np.array(get("ImagePositionPatient") or [0, 0, 0], float)
    vectors = {name: _vector(header, name, count, alone=len(names) == 1) for name in names}
    position = np.tile(corner, (count, 1)) + _offsets(header, vectors, count, np.cross(*plain.across), corner)
    chosen, warnings = _first_of(vectors, count)
    frames = []
    for number in chosen:
        phases: dict[str, object] = {name: vectors[name][number] for name in _SLOTS if name in vectors}
        if phases:
            phases = _slots(header, phases)
        elif any(name in vectors for name in _VIEWS):
            phases = {"number": number}
        elif "SliceVector" not in vectors and "GridFrameOffsetVector" not in header:
            phases = _film(header, number)
        place = {"position": position[number], "phases": phases}
        frames.append(_frame(path, header, number if count > 1 else None, get, **place))
    return frames, warnings


def _pointers(header: pydicom.Dataset) -> list[str]:
    """The names of the attributes that change from frame to frame."""
    from pydicom.datadict import keyword_for_tag

    written = header.get("FrameIncrementPointer")
    tags = [] if written is None else list(written) if isinstance(written, list | tuple) else _several(written)
    return [keyword_for_tag(tag) for tag in tags]


def _several(written: Any) -> list[Any]:
    """One tag, or those of a value with several, which is not a list."""
    return [written] if isinstance(written, int) else list(written)


def _vector(header: pydicom.Dataset, name: str, count: int, alone: bool) -> np.ndarray:
    """The values of an attribute that changes, one for each frame."""
    found = header.get(name)
    if found is None or not name.endswith("Vector"):
        return np.arange(1, count + 1)
    values = np.atleast_1d(np.asarray(found, float))
    if len(values) != count:
        if alone and name == "SliceVector":
            return np.arange(1, count + 1)
        raise ValueError(f"{name} has {len(values)} values for {count} frames")
    return values


def _offsets(
    header: pydicom.Dataset, vectors: Mapping[str, np.ndarray], count: int, normal: np.ndarray, corner: np.ndarray
) -> np.ndarray:
    """How far each frame (count, 3) lies from the position of the file."""
    if "GridFrameOffsetVector" in header:
        offsets = _vector(header, "GridFrameOffsetVector", count, alone=False)
        if offsets[0] != 0 and abs(normal[2]) > 0.999:  # heights in the patient
            return np.stack([0 * offsets, 0 * offsets, offsets - corner[2]], axis=1)
        return np.outer(offsets - offsets[0], normal)
    if "SliceLocationVector" in vectors:
        return np.outer(vectors["SliceLocationVector"] - vectors["SliceLocationVector"][0], normal)
    step = float(header.get("SpacingBetweenSlices") or header.get("SliceThickness") or 0)
    if "SliceVector" in vectors:
        return np.outer(vectors["SliceVector"] - 1, (step or 1.0) * normal)
    if vectors or header.get("Modality") in _FILMS or not step:
        return np.zeros((count, 3))
    tomographic = header.get("Modality") != "NM" or "RECON TOMO" in list(header.get("ImageType") or [])
    return np.outer(np.arange(count), step * normal) if tomographic else np.zeros((count, 3))


def _first_of(vectors: Mapping[str, np.ndarray], count: int) -> tuple[list[int], tuple[str, ...]]:
    """The numbers of the frames that are shown, and warnings about the others."""
    chosen, warnings = np.ones(count, bool), []
    for name, noun in _APART.items():
        values = vectors.get(name)
        if values is not None and len(np.unique(values)) > 1:
            chosen &= values == values.min()
            warnings.append(f"the first of {len(np.unique(values))} {noun} is shown; write the others to other files")
    return np.flatnonzero(chosen).tolist(), tuple(warnings)


def _slots(header: pydicom.Dataset, slots: Mapping[str, object]) -> dict[str, object]:
    """When a frame of nuclear medicine was taken, in milliseconds, or its place in time."""
    values = [int(str(value).split(".")[0]) for value in slots.values()]
    phases = list(header.get("PhaseInformationSequence") or [])
    if set(slots) <= {"PhaseVector", "TimeSliceVector"} and phases:
        phase, part = int(values[0]) if "PhaseVector" in slots else 1, values[-1] if "TimeSliceVector" in slots else 1
        now = 0.0
        for number, each in enumerate(phases[:phase], 1):
            step = float(each.get("ActualFrameDuration") or 0) + float(each.get("PauseBetweenFrames") or 0)
            now += float(each.get("PhaseDelay") or 0)
            now += step * (part - 1 if number == phase else int(each.get("NumberOfFramesInPhase") or 1))
        if any(each.get("ActualFrameDuration") for each in phases):
            return {"FrameTime": now}
    gates = list(header.get("GatedInformationSequence") or [])
    inner = list(gates[0].get("DataInformationSequence") or []) if gates else []
    slot = inner[0].get("FrameTime") if inner else None
    if slot is not None and set(slots) == {"TimeSlotVector"}:
        return {"FrameTime": (values[0] - 1) * float(slot)}
    order = 0
    for value in values:
        order = order * 100_000 + value
    return {"number": order}
