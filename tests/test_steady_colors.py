"""Colours of a time series: constant values keep their colour while other values change."""

from __future__ import annotations

import numpy as np
import pytest

import moviemaker as mm

LAYERS = {
    "field": {"kind": "volume", "transfer": {"ramp": ["0%", "100%"], "opacity": 0.2}},
    "greatest value": {"kind": "volume", "transfer": [[0, 1]], "blend": "maximum", "range": ["1%", "99%"]},
    "slice": {"kind": "slice", "origin": [0, 0, 0], "normal": [0, 1, 0]},
    "surface": {"kind": "isosurface", "levels": [0.2], "color": {"by": "heat"}, "shade": False},
}


@pytest.mark.parametrize("name", LAYERS)
def test_a_constant_region_keeps_its_colour_while_the_range_changes(tmp_path, name):
    heat = np.zeros((3, 24, 24, 24), np.float32)
    heat[:, 2:10, 8:16, 8:16] = 0.5
    for snapshot, greatest in enumerate((1.0, 3.0, 1.7)):
        heat[snapshot, 14:22, 8:16, 8:16] = greatest
    np.savez(tmp_path / "series.npz", heat=heat, time=np.arange(3.0))
    scene = mm.Scene.from_dict(
        {
            "duration": 2,
            "clock": {0: 0, 2: 2},
            "data": {"it": {"kind": "grid", "file": "series.npz", "bounds": [[-1, 1], [-1, 1], [-1, 1]]}},
            "layers": [{"data": "it", **LAYERS[name]}],
            "camera": {"keyframes": [{"time": 0, "position": [0, -5, 0], "target": [0, 0, 0]}]},
            "outputs": {"main": {"lens": "orthographic", "height": 2, "size": [48, 48]}},
        },
        folder=tmp_path,
    )
    pictures = [scene.still(time).astype(int) for time in (0.0, 0.6, 1.0, 2.0)]
    steady = [picture[22:26, 8:16] for picture in pictures]
    assert steady[0].max() > 20
    assert all(np.abs(one - steady[0]).max() <= 1 for one in steady)
    if name != "surface":  # which has the same value everywhere
        assert any(np.abs(one[22:26, 32:40] - pictures[0][22:26, 32:40]).max() > 20 for one in pictures[1:])
