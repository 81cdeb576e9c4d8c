"""Grids in every format: a pattern whose samples encode their indices, at the positions that the format defines."""

from __future__ import annotations

import numpy as np
import pytest

from moviemaker.core.errors import InputError, InputErrors
from moviemaker.core.kinds import build
from moviemaker.data.grid import Grid
from tests.data.grid_files import (
    FLIPPED,
    OBLIQUE,
    ORIGIN,
    PATTERN,
    SHAPE,
    STRAIGHT,
    TABLE,
    write_dicom,
    write_fits,
    write_meta,
    write_mrc,
    write_nrrd,
    write_slice,
    write_vtkhdf,
)


def grid(folder, **keys):
    return build(Grid, {"kind": "grid", **keys}).open(folder)


def error_of(folder, **keys):
    with pytest.raises((InputError, InputErrors)) as caught:
        grid(folder, **keys).examine()
    return caught.value.errors[0] if isinstance(caught.value, InputErrors) else caught.value


def positions(found, values):
    """Positions of samples with these values, by the rule of `Grid`."""
    where = np.array([np.argwhere(found.field(None) == value)[0] for value in values])
    matrix = found.world_from_index
    return where @ matrix[:3, :3].T + matrix[:3, 3]


@pytest.mark.parametrize(("name", "write", "given", "steps", "origin", "unit"), TABLE.values(), ids=TABLE.keys())
def test_every_sample_is_at_the_position_that_its_format_defines(tmp_path, name, write, given, steps, origin, unit):
    write(tmp_path / name, *given)
    source = grid(tmp_path, file=name)
    found = source.at(0)
    every = np.argwhere(np.ones(SHAPE))
    assert np.sort(found.field(None).ravel()).tolist() == np.sort(PATTERN.ravel()).tolist()
    expected = every @ np.asarray(steps).T + origin
    np.testing.assert_allclose(positions(found, PATTERN.ravel()), expected, atol=1e-4)
    assert min(found.spacing) > 0
    assert (found.direction is None) == (np.count_nonzero(steps) == 3)
    assert found.field(None).dtype.isnative
    assert source.facts.length == unit
    assert source.examine() == []


@pytest.mark.parametrize(
    ("keys", "steps", "origin"),
    [
        ({}, np.eye(3), np.zeros(3)),
        (
            {"CDELT1": 2.0, "CDELT2": 3.0, "CDELT3": 5.0, "CRPIX1": 1, "CRPIX2": 3, "CRVAL2": 4.0, "CRPIX3": 1},
            STRAIGHT,
            [0, -2, 0],
        ),
        ({"CDELT1": -2.0, "CDELT2": 3.0, "CDELT3": 5.0, "PC1_2": 0.5} | {f"CRPIX{n}": 1 for n in (1, 2, 3)},
         np.array([[-2, -1, 0], [0, 3, 0], [0, 0, 5]]), [0, 0, 0]),
        ({"CD1_1": 0, "CD1_2": 3.0, "CD2_1": 2.0, "CD3_3": 5.0} | {f"CRPIX{n}": 1 for n in (1, 2, 3)},
         np.array([[0, 3, 0], [2, 0, 0], [0, 0, 5]]), [0, 0, 0]),
        ({"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CTYPE3": "FREQ", "CDELT1": -2.0, "CDELT2": 3.0, "CDELT3": 5.0,
          "CRVAL1": 180.0}, STRAIGHT, [0, 0, 0]),
    ],
    ids=["nothing said", "linear", "sheared", "matrix", "sky"],
)  # fmt: skip
def test_axes_of_fits(tmp_path, keys, steps, origin):
    write_fits(tmp_path / "a.fits", **keys)
    source = grid(tmp_path, file="a.fits")
    expected = np.argwhere(np.ones(SHAPE)) @ np.asarray(steps).T + origin
    np.testing.assert_allclose(positions(source.at(0), PATTERN.ravel()), expected, atol=1e-6)
    assert ("sky" in source.facts.notes[0]) == ("CTYPE1" in keys)


def test_fits_blank_scaled_degenerate_stokes_and_several_images(tmp_path):
    fits = pytest.importorskip("astropy.io.fits")
    hdu = fits.PrimaryHDU(PATTERN.T[None])  # an axis of one sample
    hdu.header["BUNIT"] = "K"
    blank = fits.ImageHDU(PATTERN.T[None].astype(np.int16), name="MASKED")
    blank.header["BLANK"] = 312
    floats = fits.ImageHDU(PATTERN.T[None].astype(">f4"), name="FLOATS")
    fits.HDUList([hdu, blank, floats, fits.ImageHDU(np.zeros((2, 2, 2)))]).writeto(tmp_path / "a.fits.gz")
    source = grid(tmp_path, file="a.fits.gz")
    assert source.fields == ("value", "MASKED", "FLOATS")
    found = source.at(0, source.fields)
    assert np.argwhere(np.isnan(found.fields["MASKED"])).tolist() == [[3, 1, 2]]
    np.testing.assert_array_equal(found.fields["FLOATS"], PATTERN)
    assert source.facts.units["value"] == "K"
    stokes = fits.PrimaryHDU(np.stack([PATTERN.T, -PATTERN.T]))
    for key, value in {"CTYPE4": "STOKES", "CRVAL4": 1, "CRPIX4": 1, "CDELT4": 1}.items():
        stokes.header[key] = value
    stokes.writeto(tmp_path / "b.fits")
    both = grid(tmp_path, file="b.fits")
    assert both.fields == ("I", "Q")
    np.testing.assert_array_equal(both.at(0, ["Q"]).field(None), -PATTERN)
    unsigned = fits.PrimaryHDU(PATTERN.T.astype(np.uint16))
    unsigned.writeto(tmp_path / "c.fits")
    assert grid(tmp_path, file="c.fits").at(0).field(None).dtype == np.uint16
    flat = fits.PrimaryHDU(PATTERN[..., 0].T)
    flat.writeto(tmp_path / "d.fits")
    assert grid(tmp_path, file="d.fits").at(0).shape == (5, 4, 1)


def test_nifti_in_time(tmp_path):
    nibabel = pytest.importorskip("nibabel")
    series = np.stack([PATTERN, PATTERN + 1000, PATTERN + 3000], axis=-1)
    image = nibabel.Nifti1Image(series, np.diag([-2.0, 3, 5, 1]))
    image.header.set_zooms((2, 3, 5, 2.5))
    image.header.set_xyzt_units("mm", "sec")
    for name in ("a.nii", "a.nii.gz"):
        nibabel.save(image, tmp_path / name)
        source = grid(tmp_path, file=name)
        assert source.times.tolist() == [0, 2.5, 5]
        assert source.facts.clock == "sec"
        np.testing.assert_array_equal(source.at(2.5).field(None), PATTERN[::-1] + 1000)
        np.testing.assert_allclose(source.at(3.75).field(None), PATTERN[::-1] + 2000)
        assert source.at(0).origin == (-8, 0, 0)


def test_vtkhdf_in_time(tmp_path):
    write_vtkhdf(tmp_path / "a.vtkhdf", STRAIGHT, ORIGIN, times=[1.0, 3.0])
    source = grid(tmp_path, file="a.vtkhdf")
    assert source.times.tolist() == [1, 3]
    np.testing.assert_allclose(source.at(2).field(None), PATTERN + 0.5)
    assert source.at(1).origin == tuple(ORIGIN)


def test_nrrd_of_components_and_times(tmp_path):
    nrrd = pytest.importorskip("nrrd")
    colours = np.stack([PATTERN, -PATTERN])
    header = {"kinds": ["vector", "domain", "domain", "domain"], "spacings": [np.nan, 2, 3, 5]}
    nrrd.write(str(tmp_path / "a.nrrd"), colours, header)
    source = grid(tmp_path, file="a.nrrd")
    assert source.fields == ("value_0", "value_1")
    np.testing.assert_array_equal(source.at(0, ["value_1"]).field(None), -PATTERN)
    series = np.stack([PATTERN, PATTERN + 500], axis=-1)
    header = {"kinds": ["domain", "domain", "domain", "time"], "spacings": [2, 3, 5, 4]}
    nrrd.write(str(tmp_path / "b.nrrd"), series, header)
    moving = grid(tmp_path, file="b.nrrd")
    assert moving.times.tolist() == [0, 4]
    assert moving.at(0).spacing == (2, 3, 5)
    np.testing.assert_allclose(moving.at(2).field(None), PATTERN + 250)


def test_orbitals_of_a_cube_are_fields(tmp_path):
    lines = ["t", "t", "-1 0 0 0", "2 1 0 0", "2 0 1 0", "1 0 0 1", "1 1.0 0 0 0", "2 5 9", "1 -1 2 -2", "3 -3 4 -4"]
    (tmp_path / "a.cube").write_text("\n".join(lines) + "\n")
    source = grid(tmp_path, file="a.cube")
    assert source.fields == ("orbital_5", "orbital_9")
    assert source.at(0, ["orbital_9"]).field(None).ravel().tolist() == [-1, -2, -3, -4]


def test_tiff_pages_channels_and_times(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    for k in range(SHAPE[2]):
        tifffile.imwrite(tmp_path / f"page_{k + 9}.tif", PATTERN[..., k].T.copy())  # 9, 10, 11
    pages = grid(tmp_path, file="page_*.tif", spacing=[1, 1, 4])
    np.testing.assert_array_equal(pages.at(0).field(None), PATTERN)
    assert pages.times is None
    assert len(pages.files) == 3
    np.testing.assert_array_equal(grid(tmp_path.parent, file=tmp_path.name).at(0).field(None), PATTERN)
    tifffile.imwrite(tmp_path / "page_12.tif", np.zeros((3, 3), np.int16))
    assert "'page_12.tif' has 3 x 3 pixels" in error_of(tmp_path, file="page_*.tif").what
    tifffile.imwrite(tmp_path / "plain.tif", PATTERN.T.copy(), photometric="minisblack")
    np.testing.assert_array_equal(grid(tmp_path, file="plain.tif").at(0).field(None), PATTERN)
    series = np.stack([np.stack([n * PATTERN.T, -n * PATTERN.T], axis=1) for n in (1, 2)])  # t, z, c, y, x
    metadata = {
        "axes": "TZCYX",
        "PhysicalSizeX": 0.5,
        "PhysicalSizeY": 0.25,
        "PhysicalSizeZ": 2.0,
        "TimeIncrement": 3.0,
    }
    metadata["Channel"] = {"Name": ["actin", "nuclei"]}
    tifffile.imwrite(tmp_path / "a.ome.tif", series.astype(np.int16), metadata=metadata, photometric="minisblack")
    source = grid(tmp_path, file="a.ome.tif")
    assert source.fields == ("actin", "nuclei")
    assert source.times.tolist() == [0, 3]
    assert source.at(0).spacing == (0.5, 0.25, 2)
    np.testing.assert_allclose(source.at(1.5, ["nuclei"]).field(None), -1.5 * PATTERN)


def test_netcdf_of_climate(tmp_path):
    netcdf = pytest.importorskip("netCDF4")
    with netcdf.Dataset(tmp_path / "a.nc", "w") as file:
        sizes = {"time": 2, "lev": 3, "lat": 4, "lon": 5}
        for name, size in sizes.items():
            file.createDimension(name, size)
            file.createVariable(name, "f8", (name,))
        file["lon"][:], file["lon"].units = np.arange(0, 50, 10), "degrees_east"
        file["lat"][:], file["lat"].units = [60, 40, 20, 0], "degrees_north"
        file["lev"][:], file["lev"].units, file["lev"].positive = [0, 10, 40], "m", "down"
        file["time"][:], file["time"].units, file["time"].calendar = [15, 45], "days since 2001-1-1", "360_day"
        packed = file.createVariable("temp", "i2", ("time", "lev", "lat", "lon"), fill_value=-999)
        packed.scale_factor, packed.add_offset, packed.units = 0.5, 100.0, "K"
        values = np.ma.masked_array(np.stack([PATTERN.T, PATTERN.T + 1.0]) / 2 + 100.0)
        values[0, 2, 1, 3] = np.ma.masked
        packed[:] = values
        file.createVariable("area", "f4", ("lat", "lon"))[:] = 1.0
    source = grid(tmp_path, file="a.nc")
    assert source.fields == ("temp",)
    assert source.times.tolist() == [15, 45]
    assert source.facts.clock == "days since 2001-1-1 (360_day calendar)"
    assert source.facts.units == {"temp": "K"}
    assert any("2001-01-16" in note for note in source.facts.notes)
    found = source.at(45)
    # Depths of 0, 10 and 40 m: the lowest sample is the deepest, and steps of 10 m turn three samples into five.
    assert found.shape == (5, 4, 4 + 1)
    assert found.bounds == ((0, 40), (0, 60), (-40, 0))
    k = [2, None, None, 1, 0]
    for layer in (0, 3, 4):
        np.testing.assert_allclose(found.field(None)[:, ::-1, layer], (PATTERN[..., k[layer]] + 1) / 2 + 100)
    np.testing.assert_allclose(found.field(None)[:, ::-1, 1], (PATTERN[..., 2] * 2 + PATTERN[..., 1] + 3) / 6 + 100)
    assert np.argwhere(np.isnan(source.at(15).field(None))).tolist() == [[3, 2, 0], [3, 2, 1], [3, 2, 2]]


def test_times_of_several_files_have_one_unit(tmp_path):
    netcdf = pytest.importorskip("netCDF4")
    for year in (2000, 2001):
        with netcdf.Dataset(tmp_path / f"a_{year}.nc", "w") as file:
            for name, size in {"time": 2, "z": 2, "y": 3, "x": 4}.items():
                file.createDimension(name, size)
            file.createVariable("time", "f8", ("time",))[:] = [0, 1]
            file["time"].units = f"years since {year}-1-1"
            file.createVariable("heat", "f4", ("time", "z", "y", "x"))[:] = year
    found = error_of(tmp_path, file="a_*.nc")
    assert "'a_2001.nc' are years since 2001-1-1, those in 'a_2000.nc' years since 2000-1-1" in found.what
    assert grid(tmp_path, file="a_*.nc", times=[0, 1, 2, 3]).at(1.5).field(None)[0, 0, 0] == 2000.5


def test_samples_that_are_not_real_numbers(tmp_path):
    nibabel = pytest.importorskip("nibabel")
    nibabel.save(nibabel.Nifti1Image(PATTERN.astype(np.complex64), np.eye(4)), tmp_path / "a.nii")
    assert "its samples are not real numbers" in error_of(tmp_path, file="a.nii").what


def test_a_folder_of_slices_and_its_errors(tmp_path):
    write_dicom(tmp_path / "ct", STRAIGHT, ORIGIN)
    source = grid(tmp_path, file="ct")
    assert source.facts.units == {"value": "HU"}
    assert len(source.files) == 3
    assert grid(tmp_path, file="ct/*", field="density").fields == ("density",)
    write_slice(tmp_path / "ct" / "more", STRAIGHT, ORIGIN, 5, PATTERN[..., 0])
    found = error_of(tmp_path, file="ct")
    assert "are not evenly spaced" in found.what
    assert found.at == ("file",)
    (tmp_path / "ct" / "more").unlink()
    write_slice(tmp_path / "ct" / "more", STRAIGHT, ORIGIN, 3, PATTERN[..., 0], SeriesInstanceUID="1.2.4")
    assert "2 series" in error_of(tmp_path, file="ct").what
    (tmp_path / "empty").mkdir()
    assert "'empty' is a folder without DICOM or TIFF files" in error_of(tmp_path, file="empty").what
    pydicom = pytest.importorskip("pydicom")
    packed = pydicom.dcmread(tmp_path / "ct" / "slice_0")
    packed.file_meta.TransferSyntaxUID = pydicom.uid.JPEG2000Lossless
    packed.PixelData = pydicom.encaps.encapsulate([bytes(10)])
    packed["PixelData"].VR = "OB"
    (tmp_path / "j2k").mkdir()
    packed.save_as(tmp_path / "j2k" / "a.dcm")
    said = error_of(tmp_path, file="j2k/a.dcm")
    assert "compressed (JPEG 2000" in said.what or "cannot be read" in said.what


def test_frames_of_one_file(tmp_path):
    pydicom = pytest.importorskip("pydicom")
    write_slice(tmp_path / "a.dcm", OBLIQUE, ORIGIN, 0)
    image = pydicom.dcmread(tmp_path / "a.dcm")
    place = {name: image.get(name) for name in ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing")}
    for name in (*place, "RescaleSlope", "RescaleIntercept"):
        delattr(image, name)

    def inside(**values):
        item = pydicom.Dataset()
        for name, value in values.items():
            setattr(item, name, value)
        return pydicom.Sequence([item])

    order = [1, 2, 0]
    frames = []
    for k in order:
        frame = pydicom.Dataset()
        frame.PlanePositionSequence = inside(ImagePositionPatient=(ORIGIN + k * OBLIQUE[:, 2]).tolist())
        frames.append(frame)
    shared = pydicom.Dataset()
    shared.PlaneOrientationSequence = inside(ImageOrientationPatient=place["ImageOrientationPatient"])
    shared.PixelMeasuresSequence = inside(PixelSpacing=place["PixelSpacing"], SliceThickness=1.0)
    shared.PixelValueTransformationSequence = inside(RescaleSlope=1, RescaleIntercept=-1024)
    image.PerFrameFunctionalGroupsSequence = pydicom.Sequence(frames)
    image.SharedFunctionalGroupsSequence = pydicom.Sequence([shared])
    image.NumberOfFrames = 3
    image.PixelData = b"".join((PATTERN[..., k] + 1024).astype("<u2").T.tobytes() for k in order)
    image.save_as(tmp_path / "a.dcm")
    found = grid(tmp_path, file="a.dcm").at(0)
    expected = np.argwhere(np.ones(SHAPE)) @ OBLIQUE.T + ORIGIN
    np.testing.assert_allclose(positions(found, PATTERN.ravel()), expected, atol=1e-9)


def test_several_slices_at_one_position_are_a_series(tmp_path):
    for t in range(2):
        for k in range(SHAPE[2]):
            more = {"TemporalPositionIdentifier": 2 - t, "SOPInstanceUID": f"1.2.3.{t}.{k}"}
            values = PATTERN[..., k] + 100 * (2 - t)
            write_slice(tmp_path / f"s{t}{k}.dcm", STRAIGHT, ORIGIN, k, values, **more)
    source = grid(tmp_path, file="*.dcm")
    assert source.times.tolist() == [0, 1]
    np.testing.assert_array_equal(source.at(0).field(None), PATTERN + 100)
    np.testing.assert_array_equal(source.at(1).field(None), PATTERN + 200)


def test_uncompressed_arrays_are_mapped_into_memory(tmp_path):
    write_mrc(tmp_path / "a.mrc")
    write_nrrd(tmp_path / "a.nrrd", FLIPPED, ORIGIN, encoding="raw")
    write_fits(tmp_path / "a.fits")
    write_meta(tmp_path / "a.mha", STRAIGHT, ORIGIN)
    for name in ("a.mrc", "a.nrrd", "a.mha"):
        values = grid(tmp_path, file=name).at(0).field(None)
        while isinstance(values, np.ndarray) and not isinstance(values, np.memmap):
            values = values.base
        assert isinstance(values, np.memmap), name


@pytest.mark.parametrize(
    "name", ["a.nii", "a.nii.gz", "a.nrrd", "a.nhdr", "a.mha", "a.mrc", "a.map.gz", "a.cube", "a.tif", "a.nc", "a.fits",
             "a.dcm", "a.vtkhdf", "a.mgz", "a.vti"]
)  # fmt: skip
@pytest.mark.parametrize("content", [b"", b"nonsense\n" * 300, b"\x89\x00\xff" * 3000])
def test_a_file_of_another_format_is_an_error(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    found = error_of(tmp_path, file=name)
    assert repr(name) in found.what
    assert found.at == ("file",)


@pytest.mark.parametrize("name", ["nifti", "nrrd, flipped, raw", "meta image", "mrc", "cube", "tiff", "netcdf"])
def test_a_truncated_file_is_an_error(tmp_path, name):
    file, write, given, *_ = TABLE[name]
    write(tmp_path / file, *given)
    content = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(content[: len(content) // 2 if name in ("netcdf", "tiff") else -30])
    assert repr(file) in error_of(tmp_path, file=file).what


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [("a.nii", "nibabel", "nifti"), ("a.nrrd", "nrrd", "nrrd"), ("a.dcm", "pydicom", "dicom"),
     ("a.tif", "tifffile", "tiff"), ("a.nc", "netCDF4", "netcdf"), ("a.fits", "astropy.io.fits", "fits")],
)  # fmt: skip
def test_a_missing_library_is_named(tmp_path, name, module, extra, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / name).write_bytes(b"x")
    assert f"pip install 'moviemaker[{extra}]'" in error_of(tmp_path, file=name).instead
