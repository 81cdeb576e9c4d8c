"""Small valid files of arrays, tables, images, points and molecules."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from fuzzing.registry import FACES, GRID, POINTS, SERIES, SHAPE, a_format

# Arrays and tables


@a_format("npy")
def _npy(path: Path) -> bytes:
    out = io.BytesIO()
    np.save(out, GRID)
    return out.getvalue()


@a_format("npz")
def _npz(path: Path) -> None:
    np.savez(path, position=np.stack([POINTS] * 3), mass=np.ones((3, 12)), time=np.arange(3.0))


@a_format("npz packed", "npz")
def _npz_packed(path: Path) -> None:
    np.savez_compressed(path, density=SERIES, time=np.arange(3.0), origin=np.zeros(3), spacing=np.ones(3))


@a_format("npy.gz")
def _npy_gz(path: Path) -> bytes:
    return gzip.compress(_npy(path))


@a_format("npz mesh", "npz")
def _npz_mesh(path: Path) -> None:
    np.savez(path, lines=POINTS, speed=np.arange(12.0))


def _table(separator: str) -> str:
    rows = [separator.join(f"{value:.5g}" for value in (*point, n % 3, n)) for n, point in enumerate(POINTS)]
    return "\n".join([separator.join(["x", "y", "z", "time", "mass"]), *rows]) + "\n"


a_format("csv")(lambda path: _table(","))
a_format("txt")(lambda path: f"# a comment\n# {_table(' ')}")
a_format("tsv")(lambda path: _table("\t"))
a_format("dat")(lambda path: "".join(f"{x:.4f} {y:.4f} {z:.4f}\n" for x, y, z in POINTS))
a_format("csv words", "csv")(lambda path: 'x,y,z,name\n1,2,3,"a, b"\n4,NA,6,c\n')
a_format("csv.gz")(lambda path: gzip.compress(_table(",").encode()))
a_format("csv.bz2")(lambda path: bz2.compress(_table(",").encode()))
a_format("csv.xz")(lambda path: lzma.compress(_table(",").encode()))


@a_format("parquet")
def _parquet(path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = {axis: POINTS[:, n] for n, axis in enumerate("xyz")}
    pq.write_table(pa.table(names | {"id": np.arange(12), "name": [f"n{n}" for n in range(12)]}), path)


# Grids


def _fits(path: Path, **more: Any) -> None:
    from astropy.io import fits

    image = fits.PrimaryHDU(GRID.T)
    image.header["CRVAL1"], image.header["CDELT1"], image.header["CTYPE1"] = 3.0, 0.5, "X"
    fits.HDUList([image, fits.ImageHDU(GRID.T * 2, name="OTHER")]).writeto(path)


@a_format("fits")
def _plain_fits(path: Path) -> None:
    _fits(path)


@a_format("fits packed", "fits")
def _packed_fits(path: Path) -> None:
    from astropy.io import fits

    whole = (SERIES[0] * 100).astype(np.int16).T
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(whole, compression_type="RICE_1")]).writeto(path)


@a_format("fits scaled", "fits")
def _scaled_fits(path: Path) -> None:
    from astropy.io import fits

    image = fits.PrimaryHDU((GRID.T * 100).astype(np.int16))
    image.header["BLANK"], image.header["BUNIT"] = -32768, "K"
    image.scale("int16", bscale=0.1, bzero=3)
    image.writeto(path)


@a_format("fits.gz")
def _fits_gz(path: Path) -> bytes:
    plain = path.with_name("plain.fits")
    _fits(plain)
    content = gzip.compress(plain.read_bytes())
    plain.unlink()
    return content


def _image(path: Path, kind: str, values: np.ndarray = GRID) -> None:
    import nibabel

    affine = np.diag([1.0, 2.0, 3.0, 1.0])
    getattr(nibabel, kind)(values, affine).to_filename(path)


a_format("nii")(lambda path: _image(path, "Nifti1Image", np.moveaxis(SERIES, 0, -1)))
a_format("nii.gz")(lambda path: _image(path, "Nifti1Image"))
a_format("nii 2", "nii")(lambda path: _image(path, "Nifti2Image"))
a_format("hdr")(lambda path: _image(path, "Nifti1Pair"))
a_format("analyze", "img")(lambda path: _image(path, "AnalyzeImage"))
a_format("mgh")(lambda path: _image(path, "MGHImage"))
a_format("mgz")(lambda path: _image(path, "MGHImage"))


def _nrrd(path: Path, encoding: str) -> None:
    import nrrd

    header = {"space": "left-posterior-superior", "space directions": np.eye(3), "encoding": encoding}
    nrrd.write(str(path), GRID, header, detached_header=path.suffix == ".nhdr")


a_format("nrrd")(lambda path: _nrrd(path, "raw"))
a_format("nrrd gzip", "nrrd")(lambda path: _nrrd(path, "gzip"))
a_format("nrrd bzip2", "nrrd")(lambda path: _nrrd(path, "bzip2"))
a_format("nrrd text", "nrrd")(lambda path: _nrrd(path, "text"))
a_format("nhdr")(lambda path: _nrrd(path, "raw"))


def _meta(path: Path, compressed: bool = False) -> bytes:
    content = zlib.compress(GRID.tobytes(order="F")) if compressed else GRID.tobytes(order="F")
    local = path.suffix == ".mha"
    if not local:
        path.with_name("a.raw").write_bytes(content)
    words = {
        "ObjectType": "Image",
        "NDims": 3,
        "BinaryDataByteOrderMSB": False,
        "CompressedData": compressed,
        "TransformMatrix": "1 0 0 0 1 0 0 0 1",
        "Offset": "0 0 0",
        "ElementSpacing": "1 2 3",
        "DimSize": "5 4 3",
        "ElementType": "MET_FLOAT",
        "ElementDataFile": "LOCAL" if local else "a.raw",
    }
    return "".join(f"{key} = {value}\n" for key, value in words.items()).encode() + (content if local else b"")


a_format("mha")(_meta)
a_format("mhd")(_meta)
a_format("mha packed", "mha")(lambda path: _meta(path, True))


@a_format("mrc")
def _mrc(path: Path) -> bytes:
    header = bytearray(1024)
    struct.pack_into("<10i", header, 0, *SHAPE, 2, 0, 0, 0, *SHAPE)
    struct.pack_into("<6f3i", header, 40, *map(float, SHAPE), 90, 90, 90, 1, 2, 3)
    struct.pack_into("<2i", header, 88, 1, 80)
    header[208:216] = b"MAP \x44\x44\0\0"
    return bytes(header) + bytes(80) + GRID.tobytes(order="F")


a_format("mrc.gz")(lambda path: gzip.compress(_mrc(path)))
a_format("ccp4.bz2")(lambda path: bz2.compress(_mrc(path)))


@a_format("cube")
def _cube(path: Path) -> str:
    lines = ["a", "b", "-2 0 0 0", "5 1 0 0", "4 0 1 0", "3 0 0 1", "1 1 0 0 0", "8 8 0 0 1", "1 7"]
    return "\n".join(lines + [" ".join(f"{value:.5E}" for value in row) for sheet in GRID for row in sheet]) + "\n"


def _tiff(path: Path, **options: Any) -> None:
    import tifffile

    values = options.pop("values", GRID.T.copy())
    tifffile.imwrite(path, values, **options)


a_format("tif")(lambda path: _tiff(path, photometric="minisblack"))
a_format("tif deflate", "tif")(lambda path: _tiff(path, compression="zlib", photometric="minisblack"))
a_format("tif tiled", "tif")(
    lambda path: _tiff(path, values=np.zeros((3, 32, 32), np.uint16), tile=(16, 16), photometric="minisblack")
)
a_format("tif imagej", "tif")(lambda path: _tiff(path, imagej=True, metadata={"axes": "ZYX", "spacing": 5.0}))
a_format("tif ome", "ome.tif")(lambda path: _tiff(path, metadata={"axes": "ZYX", "PhysicalSizeX": 2.0}))
a_format("tif big", "tif")(lambda path: _tiff(path, bigtiff=True, byteorder=">", photometric="minisblack"))
a_format("tif colours", "tif")(
    lambda path: _tiff(path, values=np.zeros((4, 5, 3), np.uint8), photometric="rgb", rowsperstrip=1)
)


def _dicom(path: Path, frames: int = 0, **more: Any) -> None:
    import pydicom

    meta = pydicom.dataset.FileMetaDataset()
    meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = pydicom.uid.CTImageStorage, "1.2.3"
    one = pydicom.dataset.FileDataset(str(path), {}, file_meta=meta, preamble=bytes(128))
    one.SOPClassUID, one.SOPInstanceUID, one.Modality = meta.MediaStorageSOPClassUID, "1.2.3", "CT"
    one.ImagePositionPatient, one.ImageOrientationPatient = [0, 0, 0], [1, 0, 0, 0, 1, 0]
    one.PixelSpacing, one.Rows, one.Columns, one.SamplesPerPixel = [1, 2], 4, 5, 1
    one.PhotometricInterpretation, one.BitsAllocated, one.BitsStored = "MONOCHROME2", 16, 16
    one.HighBit, one.PixelRepresentation, one.RescaleSlope, one.RescaleIntercept = 15, 0, 2, -10
    if frames:
        one.NumberOfFrames, one.SpacingBetweenSlices = frames, 3
        one.GridFrameOffsetVector = list(range(frames))
    one.PixelData = np.arange(20 * max(frames, 1), dtype="<u2").tobytes()
    for key, value in more.items():
        setattr(one, key, value)
    one.save_as(path, enforce_file_format=True)


a_format("dcm")(_dicom)
a_format("dcm frames", "dcm")(lambda path: _dicom(path, 3))
a_format("dcm series", "dcm")(lambda path: _dicom(path, 3, FrameTime=40.0))


# Points


@a_format("las")
def _las(path: Path) -> None:
    import laspy

    scan = laspy.create(point_format=3, file_version="1.2")
    scan.x, scan.y, scan.z = POINTS.T * 100
    scan.intensity = np.arange(12)
    scan.write(str(path))


a_format("laz")(_las)


def _ply(form: str) -> bytes:
    axes = "".join(f"property float {axis}\n" for axis in "xyz")
    faces = "element face 4\nproperty list uchar int vertex_indices\n"
    head = f"ply\nformat {form} 1.0\nelement vertex 12\n{axes}property uchar red\n{faces}end_header\n".encode()
    if form == "ascii":
        rows = [f"{x:.4f} {y:.4f} {z:.4f} {n}" for n, (x, y, z) in enumerate(POINTS)]
        return head + "\n".join([*rows, *(f"3 {a} {b} {c}" for a, b, c in FACES)]).encode() + b"\n"
    rows = b"".join(struct.pack("<3fB", *point, n) for n, point in enumerate(POINTS))
    return head + rows + b"".join(struct.pack("<B3i", 3, *face) for face in FACES)


a_format("ply")(lambda path: _ply("binary_little_endian"))
a_format("ply text", "ply")(lambda path: _ply("ascii"))
a_format("ply.gz")(lambda path: gzip.compress(_ply("binary_little_endian")))


# Molecules


def _pdb(models: int = 2) -> str:
    lines = ["CRYST1   20.000   20.000   20.000  90.00  90.00  90.00 P 1           1"]
    for model in range(models):
        lines.append(f"MODEL     {model + 1:4d}")
        for n, (x, y, z) in enumerate(POINTS + 5):
            lines.append(f"ATOM  {n + 1:5d}  CA  ALA A{n:4d}    {x:8.3f}{y:8.3f}{z:8.3f}  1.00 10.00           C")
        lines.append("ENDMDL")
    return "\n".join([*lines, "END", ""])


a_format("pdb")(lambda path: _pdb())
a_format("pdb.gz")(lambda path: gzip.compress(_pdb().encode()))


@a_format("xyz")
def _xyz(path: Path) -> str:
    frame = "\n".join(f"C {x:.4f} {y:.4f} {z:.4f}" for x, y, z in POINTS)
    return "".join(f"12\nframe {n}\n{frame}\n" for n in range(3))


@a_format("extxyz")
def _extended_xyz(path: Path) -> str:
    frame = "\n".join(f"C {x:.4f} {y:.4f} {z:.4f} {x:.3f}" for x, y, z in POINTS)
    head = 'Lattice="9 0 0 0 9 0 0 0 9" Properties=species:S:1:pos:R:3:charge:R:1 Time='
    return "".join(f"12\n{head}{n}\n{frame}\n" for n in range(3))


@a_format("gro")
def _gro(path: Path) -> str:
    atoms = "".join(f"{n:5d}ALA     CA{n:5d}{x:8.3f}{y:8.3f}{z:8.3f}\n" for n, (x, y, z) in enumerate(POINTS, 1))
    return "".join(f"water t= {10.0 * n}\n   12\n{atoms}   5.0   5.0   5.0\n" for n in range(2))


@a_format("lammpstrj")
def _lammps(path: Path) -> str:
    head = "ITEM: NUMBER OF ATOMS\n12\nITEM: BOX BOUNDS pp pp pp\n-5 5\n-5 5\n-5 5\nITEM: ATOMS id type x y z c_pe\n"
    atoms = "".join(f"{n} 1 {x:.4f} {y:.4f} {z:.4f} {n / 2}\n" for n, (x, y, z) in enumerate(POINTS, 1))
    return "".join(f"ITEM: TIMESTEP\n{n}\n{head}{atoms}" for n in range(3))


@a_format("mol2")
def _mol2(path: Path) -> str:
    atoms = "".join(f"{n} C{n} {x:.4f} {y:.4f} {z:.4f} C.3 1 ALA 0.0\n" for n, (x, y, z) in enumerate(POINTS, 1))
    return f"@<TRIPOS>MOLECULE\nm\n12 1 1 0 0\nSMALL\nNO_CHARGES\n\n@<TRIPOS>ATOM\n{atoms}@<TRIPOS>BOND\n1 1 2 1\n"


def _trajectory(path: Path) -> None:
    import MDAnalysis

    universe = MDAnalysis.Universe.empty(12, trajectory=True)
    universe.add_TopologyAttr("name", ["CA"] * 12)
    top = path.with_name("top.pdb")
    top.write_text(_pdb(1))
    with MDAnalysis.Writer(str(path), n_atoms=12) as writer:
        for step in range(3):
            universe.atoms.positions = POINTS + step
            universe.dimensions = [20, 20, 20, 90, 90, 90]
            universe.trajectory.ts.frame = step
            universe.trajectory.ts.time = 2.0 * step
            writer.write(universe.atoms)


for _ending in ("dcd", "xtc", "trr", "ncdf"):
    a_format(_ending)(_trajectory)
