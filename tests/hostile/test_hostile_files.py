"""Files that are made to harm: each is refused in one sentence, quickly, in little memory."""

from __future__ import annotations

import json
import os
import socket

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
        ({"kind": "particles", "file": "/**/**/*.nothing"}, "data.a.file"),
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
        ({"kind": "grid", "file": ["a\0.csv", "b.csv"]}, "data.a.file[0]"),
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
