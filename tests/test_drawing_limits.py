"""What needs more than the machine has is refused by a check, with the arithmetic, before anything is computed."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parent / "hostile"))
from hostile_runs import refused, run

from moviemaker.drawing import memory

SCENE = """\
duration: 2
fps: 10
data:
  g: {kind: grid, file: g.npy, bounds: [[-1, 1], [-1, 1], [-1, 1]]}
layers:
  - LAYER
camera: {orbit: {radius: 8}}
outputs:
  hd: {OUTPUT}
"""
LAYER, OUTPUT = "{kind: volume, data: g}", "lens: perspective, size: [64, 64]"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("limits")
    np.save(folder / "g.npy", np.random.default_rng(0).random((8, 8, 8)))
    return folder


def check(folder, text, **limits):
    (folder / "s.yaml").write_text(text)
    return run("check", "s.yaml", folder=folder, **limits)


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("lens: domemaster, size: [65536, 65536]", "a picture of 65536 x 65536 needs"),
        ("lens: domemaster, size: [65536, 65536], stereo: {packing: separate}", "a picture of 65536 x 65536 needs"),
        ("lens: perspective, size: [65536, 65536], format: png", "a picture of 65536 x 65536 needs"),
        ("lens: perspective, size: [65536, 32768], format: png, bits: 16", "a picture of 65536 x 32768 needs"),
        (
            "lens: equirectangular, size: [32768, 16384], supersample: 4, format: png",
            "a picture of 32768 x 16384 needs",
        ),
    ],
)
def test_pictures_that_do_not_fit(output, words, folder, monkeypatch):
    found = check(folder, SCENE.replace("LAYER", LAYER).replace("OUTPUT", output), most_bytes=12 * 10**9)
    refused(found, "s.yaml:9: outputs.hd.size: ", words, seconds=5)
    assert "ask for less" in found.err


@pytest.mark.parametrize(
    "output",
    [
        "lens: perspective, size: [16384, 16384], format: png",
        "lens: perspective, size: [16384, 16384], format: png, bits: 16",
        "lens: domemaster, size: [16384, 16384]",
        "lens: domemaster, size: [16384, 16384], format: png, bits: 16",
        "lens: equirectangular, size: [16384, 16384], stereo: top-bottom, format: png",
        "lens: cubemap, size: [12288, 16384], stereo: top-bottom, format: png",
        "lens: orthographic, height: 1, size: [20000, 100], format: png",
    ],
)
def test_pictures_of_any_lens_fit_into_4_gb_up_to_16384_pixels_a_side(output, folder):
    found = check(folder, SCENE.replace("LAYER", LAYER).replace("OUTPUT", output))
    assert found.status == 0
    ((needed, unit),) = re.findall(r"([\d.]+) ([MG])B of memory", found.out)
    assert unit == "M" or float(needed) < 4


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        ("{kind: slice, data: g, contours: 100000000}", "layers[0].contours: 1e+08 is out of range"),
        (f"{{kind: slice, data: g, contours: {list(range(1001))}}}", "layers[0].contours: 1001 contours are too many"),
        (f"{{kind: isosurface, data: g, levels: {list(range(1001))}}}", "layers[0].levels: 1001 levels are too many"),
        ("{kind: volume, data: g, step: 1.0e-9}", "layers[0].step: a step of 1e-09 makes more than 100000 samples"),
        ("{kind: volume, data: g, step: {0: 1, 1: 1.0e-300}}", "layers[0].step: a step of 1e-300"),
    ],
)
def test_layers_that_would_take_for_ever(layer, words, folder):
    refused(check(folder, SCENE.replace("LAYER", layer).replace("OUTPUT", OUTPUT)), words)


def test_more_frames_than_a_movie_has(folder):
    text = SCENE.replace("LAYER", LAYER).replace("OUTPUT", OUTPUT)
    found = check(folder, text.replace("duration: 2", "duration: 900000").replace("fps: 10", "fps: 120"))
    refused(found, "s.yaml:1: duration: 900000 seconds at 120 frames per second are 1.08e+08 frames")


def test_the_memory_of_a_picture_grows_with_its_pixels(folder):
    import moviemaker as mm

    (folder / "s.yaml").write_text(SCENE.replace("LAYER", LAYER).replace("OUTPUT", OUTPUT))
    output = mm.load(folder / "s.yaml").prepared.script.scene.outputs["hd"]
    small, large = (memory.drawing_memory(output, (side, side)) for side in (1000, 2000))
    assert large - memory.MEMORY_OF_PROGRAM == 4 * (small - memory.MEMORY_OF_PROGRAM)
