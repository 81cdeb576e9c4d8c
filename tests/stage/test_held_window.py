"""A window that is freed while another is drawn to does not make its picture black."""

from __future__ import annotations

import gc

import numpy as np
from vtkmodules.vtkRenderingOpenGL2 import vtkTextureObject

import moviemaker as mm
from moviemaker.stage.window import textures


def made(folder):
    scene = {
        "duration": 1,
        "data": {"a": {"kind": "grid", "file": "a.npy"}},
        "layers": [{"kind": "volume", "data": "a", "transfer": [[0, 0.3], [2, 0.3]], "colormap": ["white", "white"]}],
        "camera": {"keyframes": [{"time": 0, "position": [20, 3, 4], "target": [3, 3, 3]}]},
        "outputs": {"o": {"lens": "perspective", "size": [64, 64]}},
    }
    return mm.Scene.from_dict(scene, folder=folder)


class Collecting(vtkTextureObject):
    """A texture in whose making the garbage collector comes by."""

    def SetContext(self, window):  # noqa: N802 - VTK's name
        super().SetContext(window)
        gc.set_threshold(1, 1, 1)
        self.rubbish = [[] for _ in range(100)]
        gc.set_threshold(10**9)


def test_a_scene_that_is_freed_meanwhile(tmp_path, monkeypatch):
    np.save(tmp_path / "a.npy", np.ones((6, 6, 6)))
    thresholds = gc.get_threshold()
    try:
        gc.collect()
        gc.set_threshold(10**9)
        other = made(tmp_path)
        right = other.still(0)
        other.itself = other  # only the collector can free it
        scene = made(tmp_path)
        del other
        monkeypatch.setattr(textures, "vtkTextureObject", Collecting)
        picture = scene.still(0)
    finally:
        gc.set_threshold(*thresholds)
    assert right.max() > 100
    np.testing.assert_array_equal(picture, right)
    assert gc.isenabled()
