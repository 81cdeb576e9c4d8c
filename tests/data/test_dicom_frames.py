"""DICOM files of many frames: which are volumes, which are films, where they lie, and what their values are."""

import numpy as np
import pytest

from moviemaker.core.errors import InputError
from moviemaker.core.kinds import build
from moviemaker.data.grid import Grid

pydicom = pytest.importorskip("pydicom")

UID = "1.2.840.10008.5.1.4.1.1."
DOSE, NUCLEAR, ULTRASOUND, ANGIO, CAPTURE = (f"{UID}{n}" for n in ("481.2", "20", "3.1", "12.1", "7.2"))
CT, ENHANCED_CT, SEGMENTS, ULTRASOUND_3D, PARAMETRIC = (f"{UID}{n}" for n in ("2", "2.1", "66.4", "6.2", "30"))
FIELD = np.arange(8 * 3 * 4).reshape(8, 3, 4)  # frames, rows, columns


def write(path, sop, modality, frames=FIELD, dtype="<u2", **keys):
    meta = pydicom.dataset.FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = sop, pydicom.uid.generate_uid()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    data = pydicom.dataset.FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    data.SOPClassUID, data.SOPInstanceUID, data.Modality = sop, meta.MediaStorageSOPInstanceUID, modality
    data.Rows, data.Columns, data.NumberOfFrames, data.SamplesPerPixel = *frames.shape[1:], len(frames), 1
    data.PhotometricInterpretation, data.SeriesInstanceUID = "MONOCHROME2", "1.2.3"
    data.BitsAllocated = data.BitsStored = 8 * np.dtype(dtype).itemsize
    data.HighBit, data.PixelRepresentation = data.BitsStored - 1, int(np.dtype(dtype).kind == "i")
    data.ImagePositionPatient, data.ImageOrientationPatient = [10, 20, 30], [1, 0, 0, 0, 1, 0]
    data.PixelSpacing = [3, 2]  # of rows, of columns
    for key, value in keys.items():
        if value is None:
            delattr(data, key)
        else:
            setattr(data, key, value)
    if "PixelData" not in keys and "FloatPixelData" not in keys:
        data.PixelData = frames.astype(dtype).tobytes()
    data.save_as(path, enforce_file_format=True)


def item(**keys):
    found = pydicom.Dataset()
    for key, value in keys.items():
        setattr(found, key, value)
    return found


def one(**keys):
    return pydicom.Sequence([item(**keys)])


def opened(folder, file="a.dcm"):
    source = build(Grid, {"kind": "grid", "file": file}).open(folder)
    return source, source.at(0.0 if source.times is None else float(source.times[0]))


SLICES = {"SliceVector": list(range(1, 9)), "FrameIncrementPointer": 0x00540080}
PLACE = {"ImagePositionPatient": [10, 20, 30], "ImageOrientationPatient": [1, 0, 0, 0, 1, 0]}
OFFSETS = [3.0 * n for n in range(8)]
VOLUMES = {
    "a dose": (DOSE, "RTDOSE", {"GridFrameOffsetVector": OFFSETS, "FrameIncrementPointer": 0x3004000C}, 3, 30, False),
    "a dose from above": (DOSE, "RTDOSE", {"GridFrameOffsetVector": [-n for n in OFFSETS]}, 3, 9, True),
    "a dose in heights": (DOSE, "RTDOSE", {"GridFrameOffsetVector": [30 + n for n in OFFSETS]}, 3, 30, False),
    "a dose in heights, from above": (
        DOSE, "RTDOSE", {"GridFrameOffsetVector": [30 - n for n in OFFSETS]}, 3, 9, True,
    ),
    "a tomogram": (
        NUCLEAR, "NM", {"SpacingBetweenSlices": 4, **SLICES},
        4, 30, False,
    ),
    "a tomogram from above": (
        NUCLEAR, "NM", {"SpacingBetweenSlices": -4, **SLICES},
        4, 2, True,
    ),
    "a tomogram with its slices in reverse": (
        NUCLEAR, "NM", {"SpacingBetweenSlices": 4, "SliceVector": list(range(8, 0, -1)),
                        "FrameIncrementPointer": 0x00540080}, 4, 30, True,
    ),
    "a tomogram that does not say what changes": (
        NUCLEAR, "NM", {"SliceThickness": 5, "ImageType": ["ORIGINAL", "PRIMARY", "RECON TOMO"]}, 5, 30, False,
    ),
    "a tomogram whose detector has the place": (
        NUCLEAR, "NM", {
            "SpacingBetweenSlices": 4, **SLICES,
            "ImagePositionPatient": None, "ImageOrientationPatient": None,
            "DetectorInformationSequence": one(**PLACE),
        }, 4, 30, False,
    ),
    "slices by their places": (
        CAPTURE, "CT", {"SliceLocationVector": OFFSETS, "FrameIncrementPointer": 0x00182005}, 3, 30, False,
    ),
    "frames of a CT that do not say what changes": (CT, "CT", {"SpacingBetweenSlices": 2.5}, 2.5, 30, False),
}  # fmt: skip


@pytest.mark.parametrize(("sop", "modality", "keys", "step", "lowest", "turned"), VOLUMES.values(), ids=VOLUMES.keys())
def test_frames_that_are_a_volume(tmp_path, sop, modality, keys, step, lowest, turned):
    write(tmp_path / "a.dcm", sop, modality, **keys)
    source, grid = opened(tmp_path)
    assert source.times is None
    assert (grid.shape, grid.origin, grid.spacing) == ((4, 3, 8), (10, 20, lowest), (2, 3, step))
    right = FIELD.transpose(2, 1, 0)
    np.testing.assert_array_equal(grid.field(None), right[..., ::-1] if turned else right)


def test_a_dose_is_scaled(tmp_path):
    keys = {"GridFrameOffsetVector": OFFSETS, "DoseGridScaling": 1e-3, "DoseUnits": "GY"}
    write(tmp_path / "a.dcm", DOSE, "RTDOSE", dtype="<u4", **keys)
    source, grid = opened(tmp_path)
    np.testing.assert_allclose(grid.field(None), FIELD.transpose(2, 1, 0) * 1e-3, rtol=1e-6)
    assert source.facts.units == {"value": "Gy"}


def test_an_oblique_dose(tmp_path):
    turn = np.sqrt(0.5)
    keys = {"GridFrameOffsetVector": OFFSETS, "ImageOrientationPatient": [turn, turn, 0, -turn, turn, 0]}
    write(tmp_path / "a.dcm", DOSE, "RTDOSE", **keys)
    grid = opened(tmp_path)[1]
    np.testing.assert_allclose(grid.direction, [[turn, -turn, 0], [turn, turn, 0], [0, 0, 1]], atol=1e-6)
    assert (grid.shape, grid.spacing) == ((4, 3, 8), pytest.approx((2, 3, 3)))


FILMS = {
    "ultrasound": (ULTRASOUND, "US", {"FrameTime": 40, "FrameIncrementPointer": 0x00181063}, 40 * np.arange(8)),
    "ultrasound that does not say what changes": (ULTRASOUND, "US", {"FrameTime": 40}, 40 * np.arange(8)),
    "uneven times": (
        ANGIO, "XA", {"FrameTimeVector": [0, 10, 20, 30, 40, 50, 60, 70], "FrameIncrementPointer": 0x00181065},
        np.cumsum(10 * np.arange(8)),
    ),
    "a rate": (ANGIO, "XA", {"CineRate": 25}, 40 * np.arange(8)),
    "no times": (ANGIO, "XA", {"SliceThickness": 5}, np.arange(8)),
    "time slots": (
        NUCLEAR, "NM", {
            "TimeSlotVector": list(range(1, 9)), "FrameIncrementPointer": 0x00540070,
            "GatedInformationSequence": one(DataInformationSequence=one(FrameTime=125)),
        }, 125 * np.arange(8),
    ),
    "a dynamic study": (
        NUCLEAR, "NM", {
            "PhaseVector": [1, 1, 1, 1, 2, 2, 2, 2], "TimeSliceVector": [1, 2, 3, 4] * 2,
            "FrameIncrementPointer": [0x00540030, 0x00540100],
            "PhaseInformationSequence": pydicom.Sequence([
                item(PhaseDelay=0, ActualFrameDuration=1000, PauseBetweenFrames=0, NumberOfFramesInPhase=4),
                item(PhaseDelay=500, ActualFrameDuration=2000, PauseBetweenFrames=0, NumberOfFramesInPhase=4),
            ]),
        }, [0, 1000, 2000, 3000, 4500, 6500, 8500, 10500],
    ),
    "views around the patient": (
        NUCLEAR, "NM", {"AngularViewVector": list(range(1, 9)), "FrameIncrementPointer": 0x00540090}, np.arange(8),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("sop", "modality", "keys", "times"), FILMS.values(), ids=FILMS.keys())
def test_frames_that_are_a_film(tmp_path, sop, modality, keys, times):
    write(tmp_path / "a.dcm", sop, modality, **keys)
    source, grid = opened(tmp_path)
    np.testing.assert_allclose(source.times, times)
    assert grid.shape == (4, 3, 1)
    for number, time in enumerate(source.times):
        np.testing.assert_array_equal(source.at(time).field(None)[..., 0], FIELD[number].T)
    assert source.facts.clock == ("" if times[1] == 1 else "ms")


def test_a_gated_tomogram_is_a_series_of_volumes(tmp_path):
    keys = {"TimeSlotVector": [1] * 4 + [2] * 4, "SliceVector": [1, 2, 3, 4] * 2, "SpacingBetweenSlices": 4}
    write(tmp_path / "a.dcm", NUCLEAR, "NM", FrameIncrementPointer=[0x00540070, 0x00540080], **keys)
    source, grid = opened(tmp_path)
    assert (source.times.tolist(), grid.shape, grid.spacing) == ([0, 1], (4, 3, 4), (2, 3, 4))
    np.testing.assert_array_equal(source.at(1).field(None), FIELD[4:].transpose(2, 1, 0))


def test_only_one_energy_window_is_shown(tmp_path):
    keys = {"EnergyWindowVector": [1] * 4 + [2] * 4, "SliceVector": [1, 2, 3, 4] * 2, "SpacingBetweenSlices": 4}
    write(tmp_path / "a.dcm", NUCLEAR, "NM", FrameIncrementPointer=[0x00540010, 0x00540080], **keys)
    source, grid = opened(tmp_path)
    np.testing.assert_array_equal(grid.field(None), FIELD[:4].transpose(2, 1, 0))
    assert any("the first of 2 energy windows is shown" in warning for warning in source.examine())


def enhanced(positions, macro=("PlanePositionSequence", "ImagePositionPatient"), **more):
    frames = []
    for number, position in enumerate(positions):
        groups = {} if position is None else {macro[0]: one(**{macro[1]: position})}
        frames.append(item(**groups, **{key: value(number) for key, value in more.items()}))
    return pydicom.Sequence(frames)


def test_an_enhanced_object_has_places_and_scales_for_each_frame(tmp_path):
    groups = enhanced(
        [[10, 20, 30 - 2.0 * n] for n in range(8)],
        PixelValueTransformationSequence=lambda n: one(RescaleSlope=n + 1, RescaleIntercept=-n),
    )
    shared = one(
        PlaneOrientationSequence=one(ImageOrientationPatient=[1, 0, 0, 0, 1, 0]),
        PixelMeasuresSequence=one(PixelSpacing=[3, 2], SliceThickness=9),
    )
    keys = {"ImagePositionPatient": None, "ImageOrientationPatient": None, "PixelSpacing": None}
    write(
        tmp_path / "a.dcm", ENHANCED_CT, "CT",
        PerFrameFunctionalGroupsSequence=groups, SharedFunctionalGroupsSequence=shared, **keys,
    )  # fmt: skip
    grid = opened(tmp_path)[1]
    assert (grid.origin, grid.spacing) == ((10, 20, 16), (2, 3, 2))
    right = FIELD * np.arange(1, 9)[:, None, None] - np.arange(8)[:, None, None]
    np.testing.assert_array_equal(grid.field(None), right[::-1].transpose(2, 1, 0))


@pytest.mark.parametrize(
    ("name", "macro", "values", "times"),
    [
        ("TemporalPositionIndex", "FrameContentSequence", (2, 1), [0, 1]),
        ("NominalCardiacTriggerDelayTime", "CardiacSynchronizationSequence", (400.0, 100.0), [100, 400]),
        ("EffectiveEchoTime", "MREchoSequence", (12.0, 5.0), [5, 12]),
    ],
)
def test_times_of_enhanced_objects(tmp_path, name, macro, values, times):
    groups = enhanced([[0, 0, n // 2] for n in range(8)], **{macro: lambda n: one(**{name: values[n % 2]})})
    write(tmp_path / "a.dcm", ENHANCED_CT, "MR", PerFrameFunctionalGroupsSequence=groups)
    source, grid = opened(tmp_path)
    assert source.times.tolist() == times
    np.testing.assert_array_equal(grid.field(None), FIELD[1::2].transpose(2, 1, 0))


def test_an_ultrasound_volume_lies_in_its_own_frame(tmp_path):
    groups = enhanced([[0, 0, 2.0 * n] for n in range(8)], ("PlanePositionVolumeSequence", "ImagePositionVolume"))
    keys = {"ImagePositionPatient": None, "ImageOrientationPatient": None}
    write(tmp_path / "a.dcm", ULTRASOUND_3D, "US", PerFrameFunctionalGroupsSequence=groups, **keys)
    source, grid = opened(tmp_path)
    assert source.times is None
    assert (grid.shape, grid.spacing) == ((4, 3, 8), (2, 3, 2))


def test_an_enhanced_film(tmp_path):
    write(
        tmp_path / "a.dcm", f"{UID}12.1.1", "XA", ImagePositionPatient=None, FrameTime=20,
        PerFrameFunctionalGroupsSequence=enhanced([None] * 8),
    )  # fmt: skip
    assert opened(tmp_path)[0].times.tolist() == [20 * n for n in range(8)]


def segmentation(path, frames, numbers, heights, kind, dtype="<u1", **keys):
    groups = enhanced(
        [[0, 0, z] for z in heights],
        SegmentIdentificationSequence=lambda n: one(ReferencedSegmentNumber=numbers[n]),
    )
    segments = [item(SegmentNumber=n, SegmentLabel=f"part {n}") for n in sorted(set(numbers))]
    write(
        path, SEGMENTS, "SEG", frames, dtype, SegmentationType=kind, SegmentSequence=pydicom.Sequence(segments),
        PerFrameFunctionalGroupsSequence=groups,
        SharedFunctionalGroupsSequence=one(PixelMeasuresSequence=one(PixelSpacing=[1, 1], SpacingBetweenSlices=2)),
        **keys,
    )  # fmt: skip


def test_segments_are_labels_and_empty_planes_may_be_left_out(tmp_path):
    frames = np.zeros((4, 4, 8), np.uint8)
    for number in range(4):
        frames[number, number, :] = 1
    packed = np.packbits(frames.ravel(), bitorder="little").tobytes()
    bits = {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0, "PixelData": packed}
    segmentation(tmp_path / "a.dcm", frames, [2, 1, 1, 2], [6, 0, 2, 0], "BINARY", **bits)
    source, grid = opened(tmp_path)
    assert source.times is None
    assert (grid.shape, grid.origin, grid.spacing) == ((8, 4, 4), (0, 0, 0), (1, 1, 2))
    found = grid.field(None)
    assert [found[0, :, k].tolist() for k in range(4)] == [[0, 1, 0, 2], [0, 0, 1, 0], [0] * 4, [2, 0, 0, 0]]
    assert any("1: part 1, 2: part 2" in note for note in source.facts.notes)


def test_fractions_of_segments_are_fields(tmp_path):
    frames = np.full((3, 2, 2), 0, np.uint8) + np.array([50, 100, 200], np.uint8)[:, None, None]
    segmentation(tmp_path / "a.dcm", frames, [1, 2, 2], [0, 0, 2], "FRACTIONAL", MaximumFractionalValue=200)
    source = opened(tmp_path)[0]
    assert source.fields == ("part 1", "part 2")
    found = source.at(0, source.fields).fields
    assert [found["part 1"][0, 0].tolist(), found["part 2"][0, 0].tolist()] == [[0.25, 0], [0.5, 1]]


def test_signed_and_floating_point_samples(tmp_path):
    write(
        tmp_path / "a.dcm", CT, "CT", FIELD - 50, "<i2", SpacingBetweenSlices=2, RescaleSlope=2, RescaleIntercept=-1000
    )
    np.testing.assert_array_equal(opened(tmp_path)[1].field(None), (FIELD - 50).transpose(2, 1, 0) * 2 - 1000)
    values = (FIELD / 7).astype("<f4")
    groups = enhanced([[0, 0, n] for n in range(8)])
    keys = {"PixelRepresentation": None, "HighBit": None, "BitsStored": None, "FloatPixelData": values.tobytes()}
    write(tmp_path / "b.dcm", PARAMETRIC, "MR", values, "<f4", PerFrameFunctionalGroupsSequence=groups, **keys)
    np.testing.assert_array_equal(opened(tmp_path, "b.dcm")[1].field(None), values.transpose(2, 1, 0))


def test_low_values_that_are_bright_stay_low_and_are_told(tmp_path):
    write(tmp_path / "a.dcm", CT, "CT", SpacingBetweenSlices=2, PhotometricInterpretation="MONOCHROME1")
    source, grid = opened(tmp_path)
    np.testing.assert_array_equal(grid.field(None), FIELD.transpose(2, 1, 0))
    assert any("MONOCHROME1" in note for note in source.facts.notes)


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ({"GridFrameOffsetVector": [0, 3, 6, 9, 12, 15, 18, 30]}, "not evenly spaced: most are 3 mm apart, .* 12"),
        ({"GridFrameOffsetVector": [0, 3, 6]}, "GridFrameOffsetVector has 3 values for 8 frames"),
        ({"NumberOfFrames": 9, "GridFrameOffsetVector": [*OFFSETS, 24.0]}, "cannot be read"),
        ({"NumberOfFrames": -8, "GridFrameOffsetVector": OFFSETS}, "cannot be read"),
        ({"SamplesPerPixel": 3, "GridFrameOffsetVector": OFFSETS}, "colours, not numbers"),
        ({"PerFrameFunctionalGroupsSequence": enhanced([[0, 0, 0]] * 3)}, "has 8 frames and describes 3"),
    ],
)
def test_headers_that_contradict_themselves(tmp_path, keys, what):
    write(tmp_path / "a.dcm", DOSE, "RTDOSE", **keys)
    with pytest.raises(InputError, match=what):
        opened(tmp_path)
