"""The report on a file: its facts, its contradictions, and what each sort of player objects to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from moviemaker.film.inspect.compatibility import (
    Objection,
    Verdict,
    contradictions,
    picture_layout,
    tag_command,
    verdicts,
)
from moviemaker.film.inspect.probe import Facts, gather
from moviemaker.film.layout import PictureLayout

_REPORTED = ("Title", "Aperture", "Tilt", "Truncated", "Mirrored", "Stereo")
"""Entries of a dome master's description that a theatre needs and that its pictures do not show."""


@dataclass(frozen=True)
class Inspection:
    """The result of inspecting a movie.

    Attributes:
        facts: facts about the file.
        layout: projection and stereo mode, as far as they are known.
        contradictions: contradictions between its metadata, its name and its picture, and what to do.
        verdicts: whether YouTube, headset players and domes can show it.
    """

    facts: Facts
    layout: PictureLayout
    contradictions: tuple[Objection, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def contradicts(self) -> bool:
        """Whether the file contradicts its name or its metadata."""
        return bool(self.contradictions)

    def __str__(self) -> str:
        facts = self.facts
        codec = facts.codec + (f" ({facts.tag})" if facts.tag in ("hvc1", "hev1") else "")
        codec += " with alpha" if facts.clear else ""
        size = f"{facts.size[0]} x {facts.size[1]}" if facts.size else "unknown size"
        size += f" of {facts.bits} bits" if facts.bits not in (None, 8) else ""
        length = [f"{float(facts.fps):.5g} frames per second"] if facts.fps else []
        length += [f"{float(facts.duration):.6g} s"] if facts.duration else []
        length += [f"{facts.frames} frames"] if facts.frames is not None else []
        lines = [
            f"{facts.name}: {codec} in {facts.container}, {', '.join([size, *length])}",
            f"  picture: {self._picture()}",
            f"  metadata: {'; '.join(map(str, facts.readings)) or self._no_metadata()}",
        ]
        described = {name: facts.description[name] for name in _REPORTED if name in facts.description}
        if described:
            lines.append(f"  description: {'; '.join(f'{name}: {value}' for name, value in described.items())}")
        lines += [f"  contradiction: {what}; {instead}" for what, instead in self.contradictions]
        for verdict in self.verdicts:
            lines.append(f"  {verdict.audience}: {'no' if verdict.objections else 'yes'}")
            lines += [f"    {what}; {instead}" for what, instead in verdict.objections]
            lines += [f"    advice: {what}; {instead}" for what, instead in verdict.advice]
        return "\n".join(lines)

    def _no_metadata(self) -> str:
        command = None if self.layout.is_plain or self.facts.description else tag_command(self.facts, self.layout)
        return f"none; put them back with {command}" if command else "none"

    def _picture(self) -> str:
        projection, stereo = self.layout.projection, self.layout.stereo
        views = {
            "equirectangular": "equirectangular, 360 x 180 degrees",
            "half-equirectangular": "VR180: half equirectangular, 180 x 180 degrees",
            "cubemap": "cubemap, six faces",
            "fisheye": "fisheye, a dome's circle",
        }
        eyes = {"mono": "one eye", "left-right": "two eyes, left-right", "top-bottom": "two eyes, the left on top"}
        view = views.get(projection, "flat")
        size = self.facts.size
        if projection == "rectangular" and stereo == "mono" and size and size[0] == size[1]:
            view = "flat, or a dome's circle (no metadata exist for that)"
        source = ", by its name and size alone"
        if self.facts.readings or self.facts.description:
            source = ", by its description" if self.facts.description else ""
        return f"{view}; {eyes[stereo]}{source}"


def inspect(path: Path) -> Inspection:
    """Inspects a movie, or a folder with a sequence of PNG or EXR files.

    Raises:
        UserError: the file is missing or damaged, or is not a movie.
        MoviemakerError: ffmpeg, which reads rarer containers, is missing.
    """
    facts = gather(path)
    return Inspection(facts, picture_layout(facts), contradictions(facts), verdicts(facts))
