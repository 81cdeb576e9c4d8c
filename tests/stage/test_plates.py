"""Pictures of 16 bits are the same pictures, only finer."""

from __future__ import annotations

import numpy as np
import pytest


@pytest.mark.parametrize("lens", ["orthographic", "equirectangular", "domemaster"])
def test_pictures_of_16_bits_are_finer_ones_of_the_same(grid_scene, lens):
    ramp = np.broadcast_to(np.linspace(0, 1, 32, dtype=np.float32)[:, None, None], (32, 32, 32))
    layer = {"range": [0, 1], "transfer": [[0, 0], [1, 0.9]], "unit_distance": 1}
    camera = {"keyframes": [{"time": 0, "position": [0, 0.1, 0], "target": [0, 1, 0]}]}
    size = {"orthographic": [64, 64], "equirectangular": [128, 64], "domemaster": [64, 64]}[lens]
    height = {"height": 1} if lens == "orthographic" else {}
    outputs = {f"of_{bits}": {"lens": lens, "size": size, "format": "png", "bits": bits} | height for bits in (8, 16)}
    scene = grid_scene(ramp, [[-1, 1]] * 3, layer, camera=camera, outputs=outputs)
    coarse, fine = scene.still(0.0, "of_8"), scene.still(0.0, "of_16")
    assert (coarse.dtype, fine.dtype) == (np.uint8, np.uint16)
    assert np.abs(fine / 257 - coarse).mean() < 1
    assert (fine[fine > 0] % 257 != 0).mean() > 0.9  # most values are between those of 8 bits


def test_dots_are_as_wide_in_pictures_of_16_bits(particles_scene):
    widths = []
    for bits in (8, 16):
        output = {"lens": "perspective", "size": [64, 64], "format": "png", "bits": bits}
        scene = particles_scene([[0, 0, 0]], layer={"shape": "dot", "size": 8}, outputs={"main": output})
        picture = scene.still(0.0)
        widths.append(float(np.sqrt(picture[..., 0].sum() / np.iinfo(picture.dtype).max)))
    assert widths == pytest.approx([8, 8], abs=0.2)
