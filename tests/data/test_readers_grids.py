"""Grids of every format: a pattern in which each sample says where it is, and the place where its standard puts it."""

from __future__ import annotations

import gzip
import struct
import zlib

import numpy as np
import pytest

from moviemaker.core.errors import Mistake, Mistakes
from moviemaker.core.kinds import build
from moviemaker.data.grid import Grid

SHAPE = (5, 4, 3)
PATTERN = sum(n * values for n, values in zip((100, 10, 1), np.indices(SHAPE), strict=True)).astype(np.int16)
"""The sample (i, j, k) is 100 i + 10 j + k."""

TURN = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]])
STEPS = np.array([2.0, 3.0, 5.0])
ORIGIN = np.array([10.0, -20.0, 30.0])
FLIPPED = np.array([[0, 0, 5], [-2, 0, 0], [0, 3, 0]], float)
"""Steps along i, j and k as columns: -y, z and x."""


def grid(folder, **keys):
    return build(Grid, {"kind": "grid", **keys}).open(folder)


def mistake(folder, **keys):
    with pytest.raises((Mistake, Mistakes)) as caught:
        grid(folder, **keys).examine()
    return caught.value.mistakes[0] if isinstance(caught.value, Mistakes) else caught.value


def positions(found, values):
    """Of samples with these values, by the grid's own rule."""
    where = np.array([np.argwhere(found.field(None) == value)[0] for value in values])
    matrix = found.world_from_index
    return where @ matrix[:3, :3].T + matrix[:3, 3]


def write_nifti(path, steps, origin, qform=False, slope=None):
    nibabel = pytest.importorskip("nibabel")
    affine = np.eye(4)
    affine[:3, :3], affine[:3, 3] = steps, origin
    values = PATTERN if slope is None else PATTERN * 2
    image = nibabel.Nifti1Image(values, affine)
    image.set_qform(affine if qform else None, int(qform))
    image.set_sform(None if qform else affine, 0 if qform else 2)
    image.header.set_xyzt_units("mm")
    if slope is not None:
        image.header.set_slope_inter(*slope)
    nibabel.save(image, path)


def write_nrrd(path, steps, origin, **more):
    nrrd = pytest.importorskip("nrrd")
    header = {"space": "left-posterior-superior", "space directions": steps.T, "space origin": origin}
    nrrd.write(str(path), PATTERN, header | more)


def write_meta(path, steps, origin, big=False, compressed=False):
    spacing = np.linalg.norm(steps, axis=0)
    content = PATTERN.astype(">i2" if big else "<i2").tobytes(order="F")
    content = zlib.compress(content) if compressed else content
    words = {
        "ObjectType": "Image",
        "NDims": 3,
        "DimSize": "5 4 3",
        "ElementType": "MET_SHORT",
        "ElementSpacing": " ".join(map(str, spacing)),
        "Offset": " ".join(map(str, origin)),
        "TransformMatrix": " ".join(map(str, (steps / spacing).T.ravel())),
        "BinaryDataByteOrderMSB": big,
        "CompressedData": compressed,
        "ElementDataFile": "LOCAL",
    }
    path.write_bytes("".join(f"{key} = {value}\n" for key, value in words.items()).encode() + content)


def write_vti(path, steps, origin):
    pyvista = pytest.importorskip("pyvista")
    spacing = np.linalg.norm(steps, axis=0)
    image = pyvista.ImageData(dimensions=SHAPE, spacing=spacing, origin=origin, direction_matrix=steps / spacing)
    image.extent = (1, 5, 2, 5, 3, 5)  # which does not begin at 0: the origin is where the index (0, 0, 0) would be
    image.origin = origin - steps @ [1, 2, 3]
    image["value"] = PATTERN.ravel(order="F")
    image.save(path)


def write_vtkhdf(path, steps, origin, times=None):
    h5py = pytest.importorskip("h5py")
    spacing = np.linalg.norm(steps, axis=0)
    with h5py.File(path, "w") as file:
        root = file.create_group("VTKHDF")
        root.attrs["Type"] = np.bytes_("ImageData")
        root.attrs["Version"] = [2, 0]
        root.attrs["WholeExtent"] = [1, 5, 2, 5, 3, 5]
        root.attrs["Origin"] = origin - steps @ [1, 2, 3]
        root.attrs["Spacing"] = spacing
        root.attrs["Direction"] = (steps / spacing).ravel()
        values = PATTERN.T if times is None else np.stack([PATTERN.T + n for n in range(len(times))])
        root.create_group("PointData")["value"] = values
        if times is not None:
            root.create_group("Steps")["Values"] = times


def write_mrc(path, along=(1, 2, 3), start=(0, 0, 0), origin=(0, 0, 0), sense="<", angles=(90, 90, 90), dtype="i2"):
    """Columns, rows and sections along the axes `along` of a cell whose samples are STEPS apart along a, b, c."""
    size = np.zeros(3)
    size[np.array(along) - 1] = SHAPE
    header = bytearray(1024)
    struct.pack_into(f"{sense}10i", header, 0, *SHAPE, {"i2": 1, "f4": 2}[dtype], *start, *size.astype(int))
    struct.pack_into(f"{sense}6f", header, 40, *(size * STEPS), *angles)
    struct.pack_into(f"{sense}3i", header, 64, *along)
    struct.pack_into(f"{sense}2i", header, 88, 1, 80)
    struct.pack_into(f"{sense}3f", header, 196, *origin)
    header[208:216] = b"MAP " + (b"\x44\x44\0\0" if sense == "<" else b"\x11\x11\0\0")
    content = bytes(header) + bytes(80) + PATTERN.astype(sense + dtype).tobytes(order="F")
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)


def write_cube(path, steps, origin, angstrom=False):
    sign = -1 if angstrom else 1
    lines = ["a title", "another", f"2 {' '.join(map(str, origin))}"]
    lines += [f"{sign * n} {' '.join(map(str, step))}" for n, step in zip(SHAPE, steps.T, strict=True)]
    lines += ["1 1.0 0 0 0", "8 8.0 0 0 1"]
    lines += [" ".join(f"{value:.5E}".replace("E", "D" if angstrom else "E") for value in row) for row in PATTERN[0]]
    lines += [" ".join(f"{value:.5E}" for value in row) for sheet in PATTERN[1:] for row in sheet]
    path.write_text("\n".join(lines) + "\n")


def write_fits(path, **keys):
    fits = pytest.importorskip("astropy.io.fits")
    hdu = fits.PrimaryHDU(PATTERN.T)
    for key, value in keys.items():
        hdu.header[key] = value
    hdu.writeto(path)


def write_tiff(path):
    tifffile = pytest.importorskip("tifffile")
    metadata = {"axes": "ZYX", "spacing": 5.0, "unit": "um"}
    tifffile.imwrite(path, PATTERN.T.copy(), imagej=True, resolution=(1 / 2.0, 1 / 3.0), metadata=metadata)


def write_netcdf(path, order="xyz"):
    netcdf = pytest.importorskip("netCDF4")
    with netcdf.Dataset(path, "w") as file:
        for axis, count, step, origin in zip("xyz", SHAPE, STEPS, ORIGIN, strict=True):
            file.createDimension(f"d{axis}", count)
            coordinate = file.createVariable(f"d{axis}", "f8", (f"d{axis}",))
            coordinate[:] = origin + step * np.arange(count)
            coordinate.axis = axis.upper()
            coordinate.units = "m"
        variable = file.createVariable("value", "i2", tuple(f"d{axis}" for axis in order))
        variable[:] = PATTERN.transpose(["xyz".index(axis) for axis in order])


def write_dicom(path, steps, origin):
    """A folder of slices, in an order of names that is not that of their places."""
    path.mkdir()
    for k in range(SHAPE[2]):
        write_slice(path / f"slice_{(2 * k) % SHAPE[2]}", steps, origin, k)


def write_slice(path, steps, origin, k, values=None, **more):
    pydicom = pytest.importorskip("pydicom")
    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID = pydicom.uid.CTImageStorage
    meta.MediaStorageSOPInstanceUID = f"1.2.3.{k + 1}"
    slice_ = pydicom.dataset.FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    spacing = np.linalg.norm(steps, axis=0)
    slice_.SOPClassUID, slice_.SOPInstanceUID = meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID
    slice_.Modality, slice_.SeriesInstanceUID, slice_.InstanceNumber = "CT", "1.2.3", 7 - k
    slice_.ImagePositionPatient = (origin + k * steps[:, 2]).tolist()
    slice_.ImageOrientationPatient = [*(steps[:, 0] / spacing[0]), *(steps[:, 1] / spacing[1])]
    slice_.PixelSpacing = [float(spacing[1]), float(spacing[0])]  # between rows, then between columns
    slice_.Rows, slice_.Columns, slice_.SamplesPerPixel = SHAPE[1], SHAPE[0], 1
    slice_.PhotometricInterpretation = "MONOCHROME2"
    slice_.BitsAllocated = slice_.BitsStored = 16
    slice_.HighBit, slice_.PixelRepresentation = 15, 0
    slice_.RescaleSlope, slice_.RescaleIntercept = 1, -1024
    slice_.PixelData = ((PATTERN[..., k] if values is None else values) + 1024).astype("<u2").T.tobytes()
    for key, value in more.items():
        setattr(slice_, key, value)
    slice_.save_as(path, enforce_file_format=True)


STRAIGHT = np.diag(STEPS)
OBLIQUE = TURN * STEPS
SHEARED = np.array([[2, 1, 0], [0, 3, 1], [0.5, 0, 5]], float)
CELL = np.array([[2, 3 * np.cos(np.radians(60)), 0], [0, 3 * np.sin(np.radians(60)), 0], [0, 0, 5]])
MIXED = np.zeros((3, 3))
MIXED[[2, 0, 1], range(3)] = STEPS[[2, 0, 1]]
"""Columns along c, rows along a, sections along b."""

TABLE = {
    "nifti": ("a.nii", write_nifti, (STRAIGHT, ORIGIN), STRAIGHT, ORIGIN, "mm"),
    "nifti, compressed, flipped": ("a.nii.gz", write_nifti, (FLIPPED, ORIGIN), FLIPPED, ORIGIN, "mm"),
    "nifti, oblique": ("a.nii", write_nifti, (OBLIQUE, ORIGIN), OBLIQUE, ORIGIN, "mm"),
    "nifti, sheared": ("a.nii", write_nifti, (SHEARED, ORIGIN), SHEARED, ORIGIN, "mm"),
    "nifti, qform": ("a.nii", write_nifti, (OBLIQUE, ORIGIN, True), OBLIQUE, ORIGIN, "mm"),
    "nifti, scaled": ("a.nii", write_nifti, (STRAIGHT, ORIGIN, False, (0.5, 0.0)), STRAIGHT, ORIGIN, "mm"),
    "nrrd": ("a.nrrd", write_nrrd, (STRAIGHT, ORIGIN), STRAIGHT, ORIGIN, ""),
    "nrrd, flipped, raw": ("a.nrrd", lambda *a: write_nrrd(*a, encoding="raw"), (FLIPPED, ORIGIN), FLIPPED, ORIGIN, ""),
    "nrrd, sheared, text": (
        "a.nrrd", lambda *a: write_nrrd(*a, encoding="ascii"), (SHEARED, ORIGIN), SHEARED, ORIGIN, ""
    ),
    "nrrd, big-endian": (
        "a.nrrd", lambda *a: write_nrrd(*a, encoding="raw", endian="big"), (OBLIQUE, ORIGIN), OBLIQUE, ORIGIN, ""
    ),
    "nrrd, detached": ("a.nhdr", write_nrrd, (STRAIGHT, ORIGIN), STRAIGHT, ORIGIN, ""),
    "meta image": ("a.mha", write_meta, (STRAIGHT, ORIGIN), STRAIGHT, ORIGIN, "mm"),
    "meta image, flipped": ("a.mha", write_meta, (FLIPPED, ORIGIN, True), FLIPPED, ORIGIN, "mm"),
    "meta image, oblique": ("a.mha", write_meta, (OBLIQUE, ORIGIN, False, True), OBLIQUE, ORIGIN, "mm"),
    "vtk image": ("a.vti", write_vti, (STRAIGHT, ORIGIN), STRAIGHT, ORIGIN, ""),
    "vtk image, flipped": ("a.vti", write_vti, (FLIPPED, ORIGIN), FLIPPED, ORIGIN, ""),
    "vtk image, oblique": ("a.vti", write_vti, (OBLIQUE, ORIGIN), OBLIQUE, ORIGIN, ""),
    "vtkhdf": ("a.vtkhdf", write_vtkhdf, (STRAIGHT, ORIGIN), STRAIGHT, ORIGIN, ""),
    "vtkhdf, oblique": ("a.vtkhdf", write_vtkhdf, (OBLIQUE, ORIGIN), OBLIQUE, ORIGIN, ""),
    "mrc": ("a.mrc", write_mrc, (), STRAIGHT, np.zeros(3), "angstrom"),
    "mrc, starts": ("a.map", write_mrc, ((1, 2, 3), (-2, 7, 1)), STRAIGHT, STEPS * [-2, 7, 1], "angstrom"),
    "mrc, origin": ("a.mrc", write_mrc, ((1, 2, 3), (4, 4, 4), ORIGIN), STRAIGHT, ORIGIN, "angstrom"),
    "mrc, order of axes": (
        "a.ccp4", write_mrc, ((3, 1, 2), (1, 2, 4), (0, 0, 0), ">"), MIXED, MIXED @ [1, 2, 4], "angstrom"
    ),
    "mrc, packed": ("a.map.gz", write_mrc, ((1, 2, 3), (-2, 7, 1)), STRAIGHT, STEPS * [-2, 7, 1], "angstrom"),
    "mrc, sheared": ("a.mrc", write_mrc, ((1, 2, 3), (0, 0, 0), ORIGIN, "<", (90, 90, 60)), CELL, ORIGIN, "angstrom"),
    "cube": ("a.cube", write_cube, (STRAIGHT, ORIGIN), STRAIGHT, ORIGIN, "bohr"),
    "cube, sheared": ("a.cube", write_cube, (SHEARED, ORIGIN, True), SHEARED, ORIGIN, "angstrom"),
    "tiff": ("a.tif", write_tiff, (), STRAIGHT, np.zeros(3), "um"),
    "netcdf": ("a.nc", write_netcdf, ("xyz",), STRAIGHT, ORIGIN, "m"),
    "netcdf, z y x": ("a.nc", write_netcdf, ("zyx",), STRAIGHT, ORIGIN, "m"),
    "netcdf, y z x": ("a.nc", write_netcdf, ("yzx",), STRAIGHT, ORIGIN, "m"),
    "dicom": ("slices", write_dicom, (STRAIGHT, ORIGIN), STRAIGHT, ORIGIN, "mm"),
    "dicom, flipped": ("slices", write_dicom, (FLIPPED, ORIGIN), FLIPPED, ORIGIN, "mm"),
    "dicom, oblique": ("slices", write_dicom, (OBLIQUE, ORIGIN), OBLIQUE, ORIGIN, "mm"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "write", "given", "steps", "origin", "unit"), TABLE.values(), ids=TABLE.keys())
def test_every_sample_lies_where_its_format_says(tmp_path, name, write, given, steps, origin, unit):
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
    assert "'page_12.tif' has 3 x 3 pixels" in mistake(tmp_path, file="page_*.tif").what
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
    # Depths of 0, 10 and 40 m below: the lowest sample is the deepest, and steps of 10 m make five of three.
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
    found = mistake(tmp_path, file="a_*.nc")
    assert "'a_2001.nc' are years since 2001-1-1, those in 'a_2000.nc' years since 2000-1-1" in found.what
    assert grid(tmp_path, file="a_*.nc", times=[0, 1, 2, 3]).at(1.5).field(None)[0, 0, 0] == 2000.5


def test_samples_that_are_no_real_numbers(tmp_path):
    nibabel = pytest.importorskip("nibabel")
    nibabel.save(nibabel.Nifti1Image(PATTERN.astype(np.complex64), np.eye(4)), tmp_path / "a.nii")
    assert "its samples are no real numbers" in mistake(tmp_path, file="a.nii").what


def test_a_folder_of_slices_and_its_mistakes(tmp_path):
    write_dicom(tmp_path / "ct", STRAIGHT, ORIGIN)
    source = grid(tmp_path, file="ct")
    assert source.facts.units == {"value": "HU"}
    assert len(source.files) == 3
    assert grid(tmp_path, file="ct/*", field="density").fields == ("density",)
    write_slice(tmp_path / "ct" / "more", STRAIGHT, ORIGIN, 5, PATTERN[..., 0])
    found = mistake(tmp_path, file="ct")
    assert "are not evenly spaced" in found.what
    assert found.at == ("file",)
    (tmp_path / "ct" / "more").unlink()
    write_slice(tmp_path / "ct" / "more", STRAIGHT, ORIGIN, 3, PATTERN[..., 0], SeriesInstanceUID="1.2.4")
    assert "2 series" in mistake(tmp_path, file="ct").what
    (tmp_path / "empty").mkdir()
    assert "'empty' is a folder without DICOM or TIFF files" in mistake(tmp_path, file="empty").what
    pydicom = pytest.importorskip("pydicom")
    packed = pydicom.dcmread(tmp_path / "ct" / "slice_0")
    packed.file_meta.TransferSyntaxUID = pydicom.uid.JPEG2000Lossless
    packed.PixelData = pydicom.encaps.encapsulate([bytes(10)])
    packed["PixelData"].VR = "OB"
    (tmp_path / "j2k").mkdir()
    packed.save_as(tmp_path / "j2k" / "a.dcm")
    said = mistake(tmp_path, file="j2k/a.dcm")
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


def test_slices_that_come_several_times_are_a_series(tmp_path):
    for t in range(2):
        for k in range(SHAPE[2]):
            more = {"TemporalPositionIdentifier": 2 - t, "SOPInstanceUID": f"1.2.3.{t}.{k}"}
            values = PATTERN[..., k] + 100 * (2 - t)
            write_slice(tmp_path / f"s{t}{k}.dcm", STRAIGHT, ORIGIN, k, values, **more)
    source = grid(tmp_path, file="*.dcm")
    assert source.times.tolist() == [0, 1]
    np.testing.assert_array_equal(source.at(0).field(None), PATTERN + 100)
    np.testing.assert_array_equal(source.at(1).field(None), PATTERN + 200)


def test_arrays_that_are_not_packed_are_mapped_into_memory(tmp_path):
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
def test_what_is_no_such_file_is_a_mistake(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    found = mistake(tmp_path, file=name)
    assert repr(name) in found.what
    assert found.at == ("file",)


@pytest.mark.parametrize("name", ["nifti", "nrrd, flipped, raw", "meta image", "mrc", "cube", "tiff", "netcdf"])
def test_a_file_that_is_cut_off_is_a_mistake(tmp_path, name):
    file, write, given, *_ = TABLE[name]
    write(tmp_path / file, *given)
    content = (tmp_path / file).read_bytes()
    (tmp_path / file).write_bytes(content[: len(content) // 2 if name in ("netcdf", "tiff") else -30])
    assert repr(file) in mistake(tmp_path, file=file).what


@pytest.mark.parametrize(
    ("name", "module", "extra"),
    [("a.nii", "nibabel", "nifti"), ("a.nrrd", "nrrd", "nrrd"), ("a.dcm", "pydicom", "dicom"),
     ("a.tif", "tifffile", "tiff"), ("a.nc", "netCDF4", "netcdf"), ("a.fits", "astropy.io.fits", "fits")],
)  # fmt: skip
def test_a_library_that_is_not_there_is_named(tmp_path, name, module, extra, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, module, None)
    (tmp_path / name).write_bytes(b"x")
    assert f"pip install 'moviemaker[{extra}]'" in mistake(tmp_path, file=name).instead
