"""Glare in whole scenes: as wide in any lens, and of everything that is bright."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.colors import linear_from_srgb

CAMERA = {"keyframes": [{"time": 0, "position": [0, 0, 0], "target": [1, 0, 0], "fov": 60}]}
STAR = {"kind": "points", "data": "light", "shape": "glow", "size": 0.05, "exposure": 200.0, "contrast": 1.0}
WALL = {"kind": "points", "data": "light", "size": 1.0, "color": "white", "shade": False}


@pytest.fixture
def shown(tmp_path):
    def make(layer: dict[str, Any], output: dict[str, Any], **keys: Any) -> np.ndarray:
        np.savez(tmp_path / "light.npz", position=np.array([[2.0, 0, 0]]))
        data = {"light": {"kind": "particles", "file": "light.npz"}}
        written = {"duration": 1, "data": data, "layers": [layer], "camera": CAMERA, "outputs": {"main": output}} | keys
        scene = mm.Scene.from_dict(written, folder=tmp_path)
        try:
            return np.asarray(scene.still(0.0))
        finally:
            scene.close()

    return make


def test_a_star_has_the_same_halo_in_every_lens(shown):
    # 3 degrees beside the star, each picture at its own scale
    lenses = {
        "perspective": ([216, 120], lambda size: np.tan(np.radians(3)) * 60 / np.tan(np.radians(30))),
        "equirectangular": ([720, 360], lambda size: 3 * size[0] / 360),
        "cubemap": ([360, 240], lambda size: np.tan(np.radians(3)) * 60),
    }
    found = []
    for lens, (size, away) in lenses.items():
        picture = linear_from_srgb(shown(STAR, {"lens": lens, "size": size}, glare=0.5)[..., 0] / 255)
        middle = (size[1] / 2, size[0] / 2) if lens != "cubemap" else (180, 180)
        at = middle[1] + away(size) - 0.5
        row = picture[int(middle[0]) - 1 : int(middle[0]) + 1].mean(axis=0)
        found.append(np.interp(at, np.arange(size[0]), row))
    assert min(found) > 0.02
    assert max(found) - min(found) < 0.03 * max(found) + 0.004


def test_light_that_is_spread_over_opaque_things_and_behind_transparency_is_seen(shown):
    output = {"lens": "perspective", "size": [160, 90], "format": "png"}
    plain, dazzling = shown(WALL, output), shown(WALL, output, glare={"amount": 0.3, "width": 2})
    assert plain[45, 0].max() == 0
    assert dazzling[45, 40].min() > 5  # beside the wall
    assert dazzling[45, 80].min() > 245  # it gets what it gives
    clear = shown(STAR, output, glare=0.5, background="transparent")
    assert 0 < clear[45, 95, 3] < 255
    assert clear[45, 95, :3].max() > 200


def test_exposure_is_the_same_for_glows_and_surfaces(shown):
    output = {"lens": "perspective", "size": [80, 46]}
    grey = shown(WALL | {"color": [0.5, 0.5, 0.5]}, output, exposure=2.0)
    assert linear_from_srgb(grey[23, 40, 0] / 255) == pytest.approx(2 * linear_from_srgb(np.array(0.5)), abs=0.01)
    brighter, twice = shown(STAR | {"exposure": 2.0}, output), shown(STAR | {"exposure": 1.0}, output, exposure=2.0)
    assert np.abs(brighter.astype(int) - twice).max() <= 1


def test_parallel_rays_have_a_halo_as_wide_as_that_of_a_camera(shown):
    seen = shown(STAR, {"lens": "orthographic", "height": 2.3, "size": [160, 90]}, glare=0.5)
    assert seen[45, 90].max() > 5
    assert (seen[44:46, :80][:, ::-1].astype(int) - seen[44:46, 80:]).max() <= 2


def test_what_emits_more_than_white_keeps_its_hue_and_dazzles_more(shown):
    output = {"lens": "perspective", "size": [160, 90], "format": "png"}
    lamp = WALL | {"color": [0.9, 0.45, 0.1], "shade": True, "emission": 2.0}
    middle = shown(lamp, output)[45, 80].astype(float)
    dim = shown(lamp | {"emission": 0.0}, output, lights=[{"kind": "ambient", "intensity": 0.9}])[45, 80].astype(float)
    assert middle[0] > 250
    ratios = linear_from_srgb(middle / 255) / linear_from_srgb(np.array([0.9, 0.45, 0.1]))
    assert dim[0] < 250
    assert ratios[1] == pytest.approx(ratios[0], rel=0.6)  # cut at white, green would be 2.3 times as bright
    dazzling = [shown(lamp | {"emission": by}, output, glare=0.2)[45, 30, 0] for by in (0.5, 4.0)]
    assert dazzling[1] > 2 * dazzling[0]


@pytest.mark.parametrize("keys", [{}, {"opacity": 0.5}, {"shade": True, "shape": "cube"}], ids=str)
@pytest.mark.parametrize("more", [{}, {"background": "transparent"}, {"bits": 16}], ids=str)
def test_plates_that_hold_light_show_the_same_as_others(shown, keys, more):
    output = {"lens": "perspective", "size": [160, 90], "format": "png"} | ({"bits": 16} if "bits" in more else {})
    scene = {"background": [0.2, 0.3, 0.1]} | {key: more[key] for key in more if key != "bits"}
    plain = shown(WALL | keys, output, **scene)
    bright = shown(WALL | keys, output, glare={0: 0, 1: 0.1}, **scene)
    white = np.iinfo(plain.dtype).max
    off = np.abs(plain.astype(float) - bright) / white
    assert bright.dtype == plain.dtype
    assert (off.max(axis=2) > 2 / 255).mean() < (0.02 if "bits" in more else 0.001)  # 16 bits are drawn finer at edges
