"""Preparing a scene finds outputs that are too large to be drawn."""

import numpy as np
import pytest

import moviemaker as mm
from moviemaker.core.errors import InputError
from moviemaker.drawing import limits
from moviemaker.resolved_scene import view_sizes

LENSES = {
    "around": {"lens": "equirectangular", "size": [300, 150], "supersample": 1.7},
    "stereo": {"lens": "equirectangular", "size": [256, 256], "stereo": "top-bottom"},
    "half": {"lens": "vr180", "size": [200, 100], "stereo": "left-right"},
    "dome": {"lens": "domemaster", "size": [128, 128], "tilt": 20, "aperture": 210},
    "disk": {"lens": "domemaster", "size": [128, 128], "aperture": 90},
    "cube": {"lens": "cubemap", "size": [96, 64]},
    "flat": {"lens": "perspective", "size": [64, 48]},
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scene")
    np.save(folder / "p.npy", np.zeros((1, 3)))
    written = {
        "duration": 1,
        "data": {"p": {"kind": "particles", "file": "p.npy"}},
        "layers": [{"kind": "points", "data": "p"}],
        "camera": {"orbit": {"radius": 9}},
        "outputs": LENSES,
    }
    return mm.Scene.from_dict(written, folder=folder).prepared.script.scene.outputs


@pytest.mark.parametrize("name", LENSES)
def test_views_that_are_too_large_are_found_in_every_lens(outputs, name, monkeypatch):
    output = outputs[name]
    largest = max(max(view) for view in view_sizes(output, output.size))
    monkeypatch.setattr(limits, "drawn_in_strips", lambda output, size: False)  # as if the lens could not
    monkeypatch.setattr(limits, "MAX_VIEW", largest)
    limits.check_drawable(output)
    monkeypatch.setattr(limits, "MAX_VIEW", largest - 1)
    with pytest.raises(InputError, match=f"needs views of {largest} pixels"):
        limits.check_drawable(output)


def test_small_pictures_are_not_planned(outputs, monkeypatch):
    """Planning a large panorama takes seconds, which is too long for a check."""
    monkeypatch.setattr(limits, "view_sizes", None)
    for name in ("around", "stereo", "half", "dome"):
        limits.check_drawable(outputs[name])
