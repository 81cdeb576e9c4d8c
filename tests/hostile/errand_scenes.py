"""Scenes whose data or textures would run errands."""

from __future__ import annotations

import yaml

SECRET = "canary-text-8f3a"
"""A text outside that should never be shown."""


def scene(folder, **texture_or_data):
    """A scene of a globe with a texture, or of a grid."""
    written = {
        "duration": 1,
        "data": {"d": texture_or_data.get("data", {"kind": "mesh", "globe": 1})},
        "layers": [texture_or_data.get("layer", {"kind": "surface", "data": "d"})],
        "camera": {"keyframes": [{"time": 0, "position": [0, -5, 0], "target": [0, 0, 0]}]},
        "outputs": {"main": {"lens": "perspective", "size": [32, 32]}},
    }
    if "texture" in texture_or_data:
        written["layers"][0]["texture"] = {"file": texture_or_data["texture"], "wrap": "lonlat"}
    (folder / "s.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    return "s.yaml"
