"""What is in the data of a scene, also in those that it derives from others: what `moviemaker info SCENE` says."""

from __future__ import annotations

from pathlib import Path

from moviemaker.api import load
from moviemaker.core.errors import in_data
from moviemaker.core.progress import Progress
from moviemaker.data.describing.opened import describe_opened


def scene_contents(path: Path, progress: Progress | None = None, allow_local_network: bool = False) -> str:
    """Times, bounds, fields and ranges of every data set of a scene, as lines of text.

    Args:
        path: of the scene file.
        progress: reporter for data that take long to read or to compute (default: none).
        allow_local_network: whether data may be read from addresses of this machine and its network.

    Raises:
        SceneError: every mistake in the scene and its data.
    """
    loaded = load(path, progress, allow_local_network)
    prepared = loaded.prepared
    header = prepared.script.scene.header
    lines = [f"{path}: {header.duration:g} seconds, {loaded.frame_count} frames; outputs: {', '.join(loaded.outputs)}"]
    for name, model in prepared.script.scene.data.items():
        if name not in prepared.sources:
            continue
        with in_data(name):
            found = describe_opened(prepared.sources[name], name)
        written = f"kind: {model.kind}" + (f", of: {model.of}" if getattr(model, "of", None) else "")
        first, *rest = found.lines
        lines += ["", f"{first}, from {{{written}}}", *rest]
    return "\n".join(lines)
