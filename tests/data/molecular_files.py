"""What tests of files of molecular dynamics ask of them."""

from __future__ import annotations

from moviemaker.core.kinds import build
from moviemaker.data.files.find import open_file
from moviemaker.data.particles import Particles


def particles(folder, **keys):
    """The open particles of a scene's entry."""
    return build(Particles, {"kind": "particles", **keys}).open(folder)


def frame(path, index, name="position"):
    """An array of one frame of a file."""
    return open_file(path).arrays[name].read(index)
