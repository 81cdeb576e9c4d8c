"""Every kind is drawn in every lens: the scenes of the documentation, one for each kind, at 32 x 32 pixels."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

import moviemaker as mm
from moviemaker.core.kinds import kind_names, load_kind

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs"))
import pages  # noqa: E402

ROOMS = ("data", "samples", "layers", "lights")
KINDS = [(room, name) for room, name in pages.kinds() if room in ROOMS]
LENSES: dict[str, dict[str, Any]] = {
    name: {"lens": name, "size": [48, 32] if name == "cubemap" else [32, 32]} for name in kind_names("lens")
}
PACKINGS = (("left-right", 2, 1), ("top-bottom", 1, 2), ("anaglyph", 1, 1))
"""Each with the number of pictures across and down a frame."""


def scene_of(room: str, name: str, folder: Path, outputs: dict[str, dict[str, Any]]) -> mm.Scene:
    """The documentation's scene of a kind, with other outputs."""
    found = pages.kind_scene(room, name)
    if found.data is not None:
        pages.run_snippet(found.data.read_text(encoding="utf-8"), folder)
    path = Path(shutil.copy(found.path, folder))
    # What parses numbers and dates is the program; here only the outputs are put in the place of others.
    head, _, rest = path.read_text(encoding="utf-8").partition("\noutputs:")
    after = [line for line in rest.splitlines()[1:] if line and not line.startswith((" ", "#"))]
    assert not after, f"write outputs: last in {found.path.name}"
    path.write_text(f"{head}\n{yaml.safe_dump({'outputs': outputs})}", encoding="utf-8")
    return mm.load(path)


@pytest.mark.parametrize(("room", "name"), KINDS)
def test_a_kind_is_drawn_in_every_lens(room, name, tmp_path):
    height = {"orthographic": {"height": 10}}
    outputs = {lens: keys | height.get(lens, {}) for lens, keys in LENSES.items()}
    scene = scene_of(room, name, tmp_path, outputs)
    try:
        pictures = {lens: scene.still(0.5, lens) for lens in outputs}
    finally:
        scene.close()
    for lens, picture in pictures.items():
        assert picture.shape == (32, LENSES[lens]["size"][0], 3)
        assert picture.dtype == np.uint8
    for lens in ("perspective", "equirectangular"):
        assert len(np.unique(pictures[lens].reshape(-1, 3), axis=0)) > 4, f"{lens} shows nothing"


@pytest.mark.parametrize(("packing", "across", "down"), PACKINGS)
def test_a_packing_is_drawn_in_every_lens_that_has_its_eyes(packing, across, down, tmp_path):
    outputs = {
        lens: keys | {"stereo": packing, "size": [across * keys["size"][0], down * keys["size"][1]]}
        for lens, keys in LENSES.items()
        if load_kind("lens", lens).eyes
    }
    scene = scene_of("rig", "stereo", tmp_path, outputs)
    try:
        for lens, keys in outputs.items():
            picture = scene.still(0.5, lens)
            assert picture.shape == (keys["size"][1], keys["size"][0], 3)
            assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 4, f"{lens} shows nothing"
    finally:
        scene.close()
