"""Files that are made to harm: each is refused in one sentence, quickly, in little memory."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import os
import socket
import struct
import zipfile
import zlib

import numpy as np
import pytest
from hostile_runs import refused, run

CAMERA = {"keyframes": [{"time": 0, "position": [0, -9, 0], "target": [0, 0, 0]}]}
OUTPUTS = {"hd": {"lens": "perspective", "size": [32, 32]}}


def scene_of(folder, data, layer=None):
    """A scene file of one data set, `a`."""
    layer = {"kind": "points", "data": "a", "size": 1} if layer is None else layer
    scene = {"fps": 2, "duration": 1, "data": {"a": data}, "layers": [layer], "camera": CAMERA, "outputs": OUTPUTS}
    path = folder / "scene.yaml"
    path.write_text(json.dumps(scene, indent=1))
    return path.name


def pipe(folder, name):
    os.mkfifo(folder / name)


def a_socket(folder, name):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(folder / name))


def link(target):
    return lambda folder, name: (folder / name).symlink_to(target)


SUFFIXES = ("csv", "npy", "npz", "mhd", "nrrd", "nii", "fits", "tif", "dcm", "mrc", "cube", "ply", "las", "parquet")
OTHERS = ("h5", "nc", "vti", "vtp", "vtk", "obj", "stl", "pdb", "xyz", "zarr", "raw", "pvd", "csv.gz", "unknown")


@pytest.mark.parametrize("suffix", [*SUFFIXES, *OTHERS])
def test_a_pipe_is_not_opened(suffix, tmp_path):
    pipe(tmp_path, f"fifo.{suffix}")
    refused(run("info", f"fifo.{suffix}", folder=tmp_path), f"fifo.{suffix}", "a named pipe")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (a_socket, "a socket"),
        (link("/dev/zero"), "a device"),
        (link("/dev/kmsg"), "a device"),
        (link("/proc/kmsg"), ""),
        (link("/proc/self/mem"), "made by the system"),
        (link("/proc/self/environ"), "made by the system"),
        (link("/sys/kernel/uevent_seqnum"), "made by the system"),
        (link("x.csv"), "leads nowhere"),
        (lambda folder, name: (folder / name).mkdir(), "x.csv"),
    ],
    ids=["socket", "zero", "kmsg", "proc_kmsg", "mem", "environ", "sys", "itself", "folder"],
)
@pytest.mark.parametrize("command", ["info", "check", "check scene"])
def test_only_regular_files_are_opened(make, words, command, tmp_path):
    make(tmp_path, "x.csv")
    if command == "check":
        scene = scene_of(tmp_path, {"kind": "particles", "file": "x.csv"})
        refused(run("check", scene, folder=tmp_path), words, "data.a.file", "scene.yaml:7", "x.csv")
    else:
        refused(run(command.split()[0], "x.csv", folder=tmp_path), words, "x.csv")


@pytest.mark.parametrize(
    ("data", "at"),
    [
        ({"kind": "grid", "file": "/"}, "data.a.file"),
        ({"kind": "particles", "file": "/"}, "data.a.file"),
        ({"kind": "mesh", "file": "/"}, "data.a.file"),
        ({"kind": "density", "file": "/", "shape": 8}, "data.a"),
        ({"kind": "particles", "file": "loop/**/*.nothing"}, "data.a.file"),
        ({"kind": "particles", "file": "*.fifo"}, "data.a.file"),
        ({"kind": "particles", "file": "z*.csv"}, "data.a.file"),
        ({"kind": "particles", "file": ["good.csv", "p.fifo"]}, "data.a.file[1]"),
        ({"kind": "particles", "file": ["p.fifo", "good.csv"]}, "data.a.file[0]"),
        ({"kind": "particles", "file": "good.csv", "topology": "p.fifo"}, "data.a.topology"),
        ({"kind": "grid", "file": "p.fifo", "shape": [2, 2, 2]}, "data.a.file"),
        ({"kind": "particles", "file": "x" * 300 + ".csv"}, "data.a.file"),
        ({"kind": "particles", "file": "x/" * 3000 + "a.csv"}, "data.a.file"),
        ({"kind": "particles", "file": "~nosuchuser/a.csv"}, "data.a.file"),
        ({"kind": "particles", "file": "a\0.csv"}, "data.a.file"),
        ({"kind": "grid", "file": ["a\0.csv", "b.csv"]}, "data.a.file"),
        ({"kind": "mesh", "file": "good.csv/a.vtp"}, "data.a.file"),
        ({"kind": "particles", "file": ""}, "data.a.file"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_paths_in_scenes(data, at, tmp_path):
    pipe(tmp_path, "p.fifo")
    (tmp_path / "z.csv").symlink_to("/dev/zero")
    (tmp_path / "loop").mkdir()
    for name in "abcdefgh":  # each names all of them: 8^40 paths
        (tmp_path / "loop" / name).symlink_to(".")
    (tmp_path / "good.csv").write_text("x,y,z\n1,2,3\n")
    refused(run("check", scene_of(tmp_path, data), folder=tmp_path), at, "scene.yaml:")


@pytest.mark.parametrize("command", ["check", "render"])
def test_a_scene_that_is_a_pipe_or_a_device(command, tmp_path):
    pipe(tmp_path, "scene.yaml")
    refused(run(command, "scene.yaml", folder=tmp_path), "scene.yaml", "a named pipe")
    refused(run(command, "/dev/zero", folder=tmp_path), "/dev/zero", "a device")
    refused(run(command, "x" * 300, folder=tmp_path), "leads nowhere")


def test_a_folder_with_pipes_among_its_slices(tmp_path):
    pipe(tmp_path, "1.dcm")
    pipe(tmp_path, "2")
    refused(run("info", ".", folder=tmp_path), "without DICOM or TIFF")


@pytest.mark.parametrize("target", ["/dev/shm", None])
def test_regular_files_are_opened_wherever_they_are(target, tmp_path):
    """A link to a regular file, also in memory, is a regular file."""
    folder = tmp_path / "other" if target is None else target
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"wall_{os.getpid()}.npy")
    np.save(path, np.random.default_rng(0).normal(size=(4, 4, 4)))
    try:
        (tmp_path / "a.npy").symlink_to(path)
        assert run("info", "a.npy", folder=tmp_path).status == 0
    finally:
        os.remove(path)


def npy(shape, dtype="<f8", content=b"\0" * 64):
    """A `.npy` file whose header says what it likes."""
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode() + content


def zipped(*members):
    """A `.npz` file of compressed members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return out.getvalue()


def nrrd(sizes, more="", encoding="raw", content=b"\0" * 64):
    head = f"NRRD0004\ntype: double\ndimension: 3\nsizes: {sizes}\nencoding: {encoding}\nendian: little\n{more}\n"
    return head.encode() + content


def meta(sizes, file="LOCAL", more="", content=b"\0" * 64):
    head = (
        f"ObjectType = Image\nNDims = 3\nDimSize = {sizes}\nElementType = MET_DOUBLE\n{more}ElementDataFile = {file}\n"
    )
    return head.encode() + content


def mrc(shape=(2, 2, 2), extended=0):
    head = bytearray(1024)
    struct.pack_into("<10i", head, 0, *shape, 2, 0, 0, 0, 2, 2, 2)
    struct.pack_into("<6f3i", head, 40, 2, 2, 2, 90, 90, 90, 1, 2, 3)
    struct.pack_into("<2i", head, 88, 1, extended)
    head[208:216] = b"MAP \x44\x44\0\0"
    return bytes(head) + b"\0" * 32


def nifti(shape=(2, 2, 2), offset=352.0):
    head = bytearray(352)
    struct.pack_into("<i", head, 0, 348)
    struct.pack_into("<8h", head, 40, 3, *shape, 1, 1, 1, 1)
    struct.pack_into("<2h", head, 70, 64, 64)
    struct.pack_into("<8f", head, 76, *[1.0] * 8)
    struct.pack_into("<f", head, 108, offset)
    head[344:348] = b"n+1\0"
    return bytes(head) + b"\0" * 64


def fits(**cards):
    known = {"SIMPLE": "T", "BITPIX": -64, "NAXIS": 3, "NAXIS1": 2, "NAXIS2": 2, "NAXIS3": 2} | cards
    text = "".join(f"{name:<8}= {value!s:>20}".ljust(80) for name, value in known.items()) + "END".ljust(80)
    return text.ljust(-(-len(text) // 2880) * 2880).encode() + b"\0" * 2880


def tiff(entries, after=0, content=b"\0" * 64):
    """A little-endian TIFF with one directory: (tag, type, count, value)."""
    ifd = struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHII", *entry) for entry in sorted(entries))
    return b"II*\0" + struct.pack("<I", 8) + ifd + struct.pack("<I", after) + content


def image(width=4, height=4, compression=1, **more):
    known = {256: width, 257: height, 258: 8, 259: compression, 262: 1, 273: 200, 277: 1, 278: height, 279: 16}
    return [(tag, 4, 1, value) for tag, value in (known | more.pop("tags", {})).items()]


def las(points=1, records=0, extended=0, minor=4, start=375):
    head = bytearray(375)
    head[:4], head[24], head[25] = b"LASF", 1, minor
    struct.pack_into("<HII", head, 94, 375, start, records)
    struct.pack_into("<BHI", head, 104, 6, 30, 0)
    struct.pack_into("<6d", head, 131, *[1.0] * 6)
    struct.pack_into("<QIQ", head, 235, 375, extended, points)
    return bytes(head) + b"\0" * 30


def dicom(frames="1", rows=2, bits=8, pixels=b"\0" * 8):
    def element(group, number, kind, value):
        long = b"\0\0" + struct.pack("<I", len(value)) if kind in (b"OW", b"OB") else struct.pack("<H", len(value))
        return struct.pack("<HH", group, number) + kind + long + value

    def short(value):
        return struct.pack("<H", value)

    syntax = element(2, 16, b"UI", b"1.2.840.10008.1.2.1\0")
    head = element(2, 0, b"UL", struct.pack("<I", len(syntax))) + syntax
    text = frames.encode().ljust(len(frames) + len(frames) % 2)
    body = element(0x28, 2, b"US", short(1)) + element(0x28, 4, b"CS", b"MONOCHROME2 ") + element(0x28, 8, b"IS", text)
    body += element(0x28, 16, b"US", short(rows)) + element(0x28, 17, b"US", short(2))
    body += element(0x28, 256, b"US", short(bits)) + element(0x28, 257, b"US", short(bits))
    body += element(0x28, 258, b"US", short(bits - 1)) + element(0x28, 259, b"US", short(0))
    return b"\0" * 128 + b"DICM" + head + body + element(0x7FE0, 16, b"OW", pixels)


def ply(count, form="binary_little_endian", more="", content=b"\0" * 24):
    axes = "".join(f"property float {axis}\n" for axis in "xyz")
    return f"ply\nformat {form} 1.0\n{more}element vertex {count}\n{axes}end_header\n".encode() + content


def cube(atoms=1, counts=(2, 2, 2), tail=b"0 " * 8):
    axes = "".join(f"{count} {step}\n" for count, step in zip(counts, ("1 0 0", "0 1 0", "0 0 1"), strict=True))
    return f"a\nb\n{atoms} 0 0 0\n{axes}{'1 1 0 0 0' + chr(10) if atoms == 1 else ''}".encode() + tail


ZEROS = b"\0" * (20 << 20)
HUGE = 2**31 - 1
BOMBS = {
    "shape.npy": npy("(4294967296, 4294967296, 64)"),
    "negative.npy": npy("(-1, 2, 2)"),
    "boolean.npy": npy("(True, True, True)"),
    "float.npy": npy("(2.0, 2, 2)"),
    "none.npy": npy("(None,)"),
    "code.npy": npy("(__import__('os').system('id'),)"),
    "nested.npy": npy("(" + "(" * 60 + ")" * 60 + ",)"),
    "wide.npy": npy("(2, 2, 2)", "<f8', 'x': '"),
    "text.npy": npy("(2,)", "<U2147483647"),
    "long.npy": b"\x93NUMPY\2\0" + struct.pack("<I", 2**32 - 1) + b"{" * 100,
    "member.npz": zipped(("a.npy", npy("(4294967296, 4294967296)"))),
    "bomb.npz": zipped(("a.npy", npy("(10000, 10000, 1000)", content=b"\0" * 1000))),
    "short.npz": zipped(("a.npy", npy("(2, 2, 1000)"))),
    "shape.npy.gz": gzip.compress(npy("(4294967296, 4294967296, 64)")),
    "ends.npy.xz": lzma.compress(npy("(200, 200, 100)")),
    "bomb.raw.xz": lzma.compress(ZEROS, preset=0),
    "bomb.csv.bz2": bz2.compress(b"x,y,z\n" + b"1,2,3\n" * (4 << 20)),
    "bomb.csv.xz": lzma.compress(b"x,y,z\n" + b"1,2,3\n" * (4 << 20), preset=0),
    "line.csv.xz": lzma.compress(b"x,y,z\n" + ZEROS, preset=0),
    "bomb.ply.xz": lzma.compress(ply(2**62, content=ZEROS), preset=0),
    "bomb.mrc.bz2": bz2.compress(mrc((2000, 2000, 2000)) + ZEROS),
    "bomb.cube.xz": lzma.compress(cube(tail=ZEROS), preset=0),
    "sizes.nrrd": nrrd("4294967296 4294967296 64"),
    "negative.nrrd": nrrd("-4 -4 4"),
    "lines.nrrd": nrrd("2 2 2", "line skip: 1000000000000\n"),
    "bytes.nrrd": nrrd("2 2 2", "byte skip: 1000000000000\n"),
    "before.nrrd": nrrd("2 2 2", "byte skip: -5\n"),
    "gzip.nrrd": nrrd("2 2 20000000", encoding="gzip", content=gzip.compress(b"\0" * 64)),
    "bzip2.nrrd": nrrd("2 2 2", encoding="bzip2", content=bz2.compress(ZEROS)),
    "text.nrrd": nrrd("2 2 200000000", encoding="ascii", content=b"1 2 3"),
    "missing.nhdr": nrrd("2 2 2", "data file: nothing.raw\n"),
    "list.nhdr": nrrd("2 2 2", "data file: LIST\n"),
    "sizes.mha": meta("2000000000 2000000000 2000000000"),
    "packed.mha": meta("2000 2000 2000", more="CompressedData = True\n", content=zlib.compress(b"\0" * 64)),
    "channels.mha": meta("2 2 2", more="ElementNumberOfChannels = 2000000000\n"),
    "before.mha": meta("2000 2000 2000", more="HeaderSize = -1\n"),
    "after.mha": meta("2 2 2", more="HeaderSize = 1000000000000000000\n"),
    "shape.mrc": mrc((HUGE, HUGE, HUGE)),
    "extended.mrc": mrc(extended=HUGE),
    "shape.nii": nifti((32767, 32767, 32767)),
    "offset.nii": nifti(offset=1e30),
    "nan.nii": nifti(offset=float("nan")),
    "shape.nii.gz": gzip.compress(nifti((32767, 32767, 32767))),
    "shape.mgz": gzip.compress(struct.pack(">7i", 1, HUGE, HUGE, 2, 1, 3, 0) + b"\0" * 300),
    "quote.fits": fits(CTYPE1="'X" + " " * 67),
    "quote_later.fits": fits() + fits(EXTNAME="'IMAGE  / Image ext" + " " * 40),
    "shape.fits": fits(NAXIS1=2**40, NAXIS2=2**20),
    "axes.fits": fits(NAXIS=999),
    "bits.fits": fits(BITPIX=7),
    "shape.fits.gz": gzip.compress(fits(NAXIS1=2**30, NAXIS2=2**30)),
    "loop.tif": tiff(image(), after=8),
    "back.tif": b"II*\0\x08\0\0\0" + tiff(image(), after=4)[8:],
    "shape.tif": tiff(image(2**31, 2**31)),
    "lzw.tif": tiff(image(2**16, 2**16, 5, tags={278: 2**16})),
    "deflate.tif": tiff(image(2**16, 2**16, 8, tags={278: 2**16})),
    "strips.tif": tiff([*image(), (330, 4, 2**31, 0)], after=2**31),
    "entries.tif": b"II*\0\x08\0\0\0\xff\xff" + b"\0" * 64,
    "tiles.tif": tiff(image(2**20, 2**20, 8, tags={322: 16, 323: 16, 324: 8, 325: 8})),
    "records.las": las(records=2**32 - 1),
    "points.las": las(points=2**63),
    "extended.las": las(extended=2**32 - 1),
    "start.las": las(start=2**32 - 1),
    "points.laz": las(points=2**40),
    "frames.dcm": dicom(str(HUGE)),
    "frames_negative.dcm": dicom("-5"),
    "rows.dcm": dicom("60000", rows=65535),
    "bits.dcm": dicom(bits=65535),
    "count.ply": ply(2**62),
    "before.ply": ply(1, more=f"element other {2**62}\nproperty float a\n"),
    "text.ply": ply(2**62, "ascii"),
    "text_before.ply": ply(1, "ascii", more=f"element other {2**62}\nproperty float a\n"),
    "atoms.cube": cube(atoms=HUGE),
    "counts.cube": cube(counts=(HUGE, HUGE, HUGE)),
    "orbitals.cube": cube(atoms=-1, tail=b"1 0 0 0 0\n100000000000 1 2 3\n"),
    "cell.csv": b'x,y,z\n"' + b"a" * 200_000 + b'",2,3\n',
    "names.csv": b",".join(b"c%d" % n for n in range(300_000)) + b"\n",
    "quote.csv": b'x,y,z\n1,2,"3\n' + b"1,2,3\n" * 100_000,
    "binary.csv": bytes(range(256)) * 100,
    "empty.csv": b"",
    "shape.parquet": b"PAR1" + b"\xff" * 64 + struct.pack("<I", 2**31) + b"PAR1",
}


@pytest.mark.parametrize("name", BOMBS)
def test_sizes_that_a_header_declares(name, tmp_path):
    (tmp_path / name).write_bytes(BOMBS[name])
    refused(run("info", name, folder=tmp_path, most_bytes=2 << 30), name, most=6e8)


@pytest.mark.parametrize("name", ["shape.npy", "sizes.nrrd", "sizes.mha", "shape.mrc", "shape.nii", "counts.cube"])
def test_the_arithmetic_is_said_at_the_line_of_the_scene(name, tmp_path):
    (tmp_path / name).write_bytes(BOMBS[name])
    scene = scene_of(tmp_path, {"kind": "grid", "file": name}, {"kind": "isosurface", "data": "a", "value": 1})
    refused(run("check", scene, folder=tmp_path), "scene.yaml:7: data.a.file", " x ", "of them are there", "B, and ")


def test_compressed_layouts_are_held_against_their_file(tmp_path):
    (tmp_path / "a.raw.xz").write_bytes(lzma.compress(b"\0" * 100))
    data = {"kind": "grid", "file": "a.raw.xz", "shape": [5000, 5000, 500], "dtype": "float64"}
    scene = scene_of(tmp_path, data, {"kind": "isosurface", "data": "a", "value": 1})
    refused(run("check", scene, folder=tmp_path), "5000 x 5000 x 500 samples of 8 bytes", "100 GB", "1000 times")
    for more in ({"offset": 10**18}, {"shape": [2**40] * 3}):
        refused(run("check", scene_of(tmp_path, data | more), folder=tmp_path), "data.a")


def test_the_ratio_can_be_raised(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", value=np.zeros((150, 150, 120)))
    refused(run("info", "a.npz", folder=tmp_path, environment={"MOVIEMAKER_RATIO": "500"}), "500 times")
    assert run("info", "a.npz", folder=tmp_path, environment={"MOVIEMAKER_RATIO": "5000"}).status == 0


@pytest.mark.parametrize("target", ["pipe.raw", "/dev/zero", "../outside.raw", "/proc/self/environ", "linked.raw", "."])
@pytest.mark.parametrize("suffix", ["mhd", "nhdr", "pvd", "series"])
def test_files_that_other_files_name(suffix, target, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "outside.raw").write_bytes(b"canary 7f3a" * 10)
    (folder / "linked.raw").symlink_to("../outside.raw")
    pipe(folder, "pipe.raw")
    content = {
        "mhd": meta("2 2 2", target),
        "nhdr": nrrd("2 2 2", f"data file: {target}\n"),
        "pvd": f'<VTKFile type="Collection"><Collection><DataSet file="{target}"/></Collection></VTKFile>'.encode(),
        "series": json.dumps({"files": [{"name": target, "time": 0}]}).encode(),
    }[suffix]
    (folder / f"a.{suffix}").write_bytes(content)
    outcome = run("info", f"a.{suffix}", folder=folder)
    refused(outcome, f"a.{suffix}")
    assert "canary" not in outcome.err + outcome.out


@pytest.mark.parametrize("suffix", ["mhd", "nhdr"])
def test_a_file_outside_is_read_if_the_scene_names_it_too(suffix, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "outside.raw").write_bytes(np.random.default_rng(0).normal(size=8).tobytes())
    target = "../outside.raw"
    head = (
        meta("2 2 2", target, content=b"") if suffix == "mhd" else nrrd("2 2 2", f"data file: {target}\n", content=b"")
    )
    (folder / f"a.{suffix}").write_bytes(head)
    layer = {"kind": "isosurface", "data": "a", "levels": [0]}
    alone = run("check", scene_of(folder, {"kind": "grid", "file": f"a.{suffix}"}, layer), folder=folder)
    refused(alone, "outside of its folder", "scene.yaml:7: data.a.file")
    named = run("check", scene_of(folder, {"kind": "grid", "file": [f"a.{suffix}", target]}, layer), folder=folder)
    assert named.status == 0, named.err


def test_more_arrays_than_files_may_be_open(tmp_path):
    """Every array of an `.npz` was mapped by itself, and each mapping keeps a file open."""
    np.savez(tmp_path / "a.npz", **{f"a{number}": np.zeros((2, 2, 2)) for number in range(1200)})
    outcome = run("info", "a.npz", folder=tmp_path)
    assert outcome.status == 0, outcome.err
