"""Files of every grid format: a pattern in which each sample says where it is, written as its standard asks."""

from __future__ import annotations

import gzip
import struct
import zlib

import numpy as np
import pytest

SHAPE = (5, 4, 3)
PATTERN = sum(n * values for n, values in zip((100, 10, 1), np.indices(SHAPE), strict=True)).astype(np.int16)
"""The sample (i, j, k) is 100 i + 10 j + k."""

TURN = np.array([[0.8, -0.6, 0], [0.6, 0.8, 0], [0, 0, 1]])
STEPS = np.array([2.0, 3.0, 5.0])
ORIGIN = np.array([10.0, -20.0, 30.0])
FLIPPED = np.array([[0, 0, 5], [-2, 0, 0], [0, 3, 0]], float)
"""Steps along i, j and k as columns: -y, z and x."""


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
    """A folder of slices whose names are not in the order of their positions."""
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
