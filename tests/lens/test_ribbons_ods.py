"""Ribbons close by are where every eye of omni-directional stereo sees them."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_dilation

import moviemaker as mm
from moviemaker.core.kinds import build
from moviemaker.data.particles import Particles
from moviemaker.layers.ribbons import Ribbons
from moviemaker.timeline.tracks import freeze
from tests.peptides import HAIRPIN, HELIX, LOOP, backbone, pdb

WIDTH, IPD = 512, 1.0


def test_ribbons_are_where_both_eyes_see_them(tmp_path):
    atoms = backbone([*HELIX, *LOOP, *HAIRPIN])
    (tmp_path / "p.pdb").write_text(pdb(atoms))
    camera = np.add(atoms[:, 1].mean(axis=0), [3.0, -7.0, 2.0])
    source = build(Particles, {"kind": "particles", "file": "p.pdb"}).open(tmp_path)
    layer = freeze(build(Ribbons, {"kind": "ribbons", "data": "p"}).resolve(source), 0.0)
    (surface,) = layer.props(source.at(0.0, tuple(name for _, name in layer.named_fields())))
    keyframe = {"time": 0, "position": camera.tolist(), "target": np.add(camera, [0, 1, 0]).tolist(), "fov": 60}
    output = {"lens": "equirectangular", "size": [2 * WIDTH, WIDTH // 2], "format": "png"}
    scene = mm.Scene.from_dict(
        {
            "duration": 1,
            "background": "black",
            "data": {"p": {"kind": "particles", "file": "p.pdb"}},
            "layers": [{"kind": "ribbons", "data": "p", "color": "white", "shade": False}],
            "camera": {"keyframes": [keyframe]},
            "outputs": {"main": output | {"stereo": {"packing": "left-right", "ipd": IPD, "pole_merge": [80, 85]}}},
        },
        folder=tmp_path,
    )
    lit = scene.still(0.0)[..., 0] > 127
    scene.close()
    corners = surface.position[surface.polys.connectivity.reshape(-1, 3)].astype(float)
    random = np.random.default_rng(1)
    weights = random.dirichlet(np.ones(3), size=(60, len(corners)))
    points = np.einsum("ktc,tcx->ktx", weights, corners).reshape(-1, 3) - camera
    for eye, radius in ((lit[:, :WIDTH], -IPD / 2), (lit[:, WIDTH:], IPD / 2)):
        # The eye is at right angles to its ray, so that the ray touches the circle of the eyes.
        flat = np.hypot(points[:, 0], points[:, 1])
        azimuth = np.arctan2(points[:, 0], points[:, 1]) - np.arcsin(radius / flat)
        latitude = np.arctan2(points[:, 2], np.sqrt(flat**2 - radius**2))
        column = np.floor((azimuth / (2 * np.pi) + 0.5) * WIDTH).astype(int) % WIDTH
        row = np.floor((0.5 - latitude / np.pi) * WIDTH / 2).astype(int)
        expected = np.zeros(eye.shape, bool)
        expected[row, column] = True
        assert expected.sum() > 3000
        assert not (expected & ~binary_dilation(eye, np.ones((3, 3)))).any()
        assert not (eye & ~binary_dilation(expected, np.ones((3, 3)))).any()
        assert (expected != eye).sum() < 0.12 * expected.sum()  # at edges
