"""Scenes of many hostile files, each on a line of its own, so that one command says what it thinks of all of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from hostile_runs import Outcome, refused, run

CANARY = "canary 7.25 that must never show"
"""Text of files that lie outside of the folder of the hostile ones."""

LAYERS = {"mesh": "surface", "grid": "volume", "particles": "points"}

Content = bytes | Callable[[Path], None]
"""What a file holds, or a function that writes it."""


def scene_of(kind: str, names: list[str]) -> str:
    """A scene that names each file on a line of its own, from the second line on."""
    data = [f"  d{index}: {{kind: {kind}, file: {name}}}" for index, name in enumerate(names)]
    layers = ", ".join(f"{{kind: {LAYERS[kind]}, data: d{index}}}" for index in range(len(names)))
    rest = "duration: 1\ncamera: {orbit: {radius: 9}}\noutputs: {hd: {lens: perspective, size: [64, 48]}}\n"
    return "\n".join(["data:", *data, f"layers: [{layers}]", rest])


class Checked:
    """What `check` says of hostile files, which are named by one scene.

    Args:
        folder: beside whose folder `inner` canaries lie.
        kind: of data.
        files: their contents, by name.
        seconds: the command takes less.
    """

    def __init__(self, folder: Path, kind: str, files: dict[str, Content], seconds: float):
        inner = folder / "inner"
        inner.mkdir()
        for suffix in ("vtu", "h5", "nc", "bin"):
            (folder / f"canary.{suffix}").write_text(CANARY)
        os.mkfifo(inner / "pipe.vtu")
        for name, content in files.items():
            if callable(content):
                content(inner / name)
            else:
                (inner / name).write_bytes(content)
        (inner / "scene.yaml").write_text(scene_of(kind, list(files)))
        self._names = list(files)
        self._seconds = seconds
        self.outcome: Outcome = run("check", "scene.yaml", folder=inner, seconds=60.0)

    def refuses(self, name: str, words: str) -> None:
        """Asserts that one sentence about a file stands at its line of the scene, and holds these words."""
        index = self._names.index(name)
        lines = [line for line in self.outcome.err.splitlines() if f"data.d{index}." in line]
        assert len(lines) == 1, self.outcome.err
        assert lines[0].startswith(f"scene.yaml:{index + 2}: data.d{index}.file: "), lines
        assert repr(name) in lines[0], lines
        assert words in lines[0], lines

    def ends_well(self) -> None:
        """Asserts that all files were refused as promised, and that no canary shows."""
        refused(self.outcome, seconds=self._seconds)
        assert CANARY not in self.outcome.err + self.outcome.out
        assert "7.25" not in self.outcome.err + self.outcome.out
