"""The scenes of the repository and of the README are valid and their pictures are not empty."""

from __future__ import annotations

import bz2
import re
from pathlib import Path

import numpy as np
import pytest

import moviemaker as mm

ROOT = Path(__file__).resolve().parents[1]
SCENES = sorted((ROOT / "scenes").glob("*.yaml"))


@pytest.mark.parametrize("path", SCENES, ids=lambda path: path.stem)
def test_a_scene_that_ships_shows_something_in_every_output(path):
    scene = mm.load(path)
    assert not scene.warnings
    time = scene.prepared.script.scene.header.duration / 2
    for output in scene.outputs:
        size = scene.prepared.script.scene.outputs[output].size
        picture = scene.still(time, output, scale=160 / max(size))
        assert len(np.unique(picture.reshape(-1, 3), axis=0)) > 50
    scene.close()


def test_the_scene_of_the_readme_is_right(tmp_path):
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (written,) = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    (tmp_path / "readme.yaml").write_text(written, encoding="utf-8")
    for index in range(3):
        moving = np.random.default_rng(index).normal(size=(20, 3))
        np.savez(tmp_path / f"snapshot_{index}.npz", position=moving, velocity=moving, time=float(index))
    with bz2.open(tmp_path / "galaxy.npy.bz2", "wb") as file:
        np.save(file, np.random.default_rng(0).random((8, 8, 8)))
    assert set(mm.load(tmp_path / "readme.yaml").outputs) == {"hd", "paper", "vr", "dome"}
