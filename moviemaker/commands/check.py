"""`check`: finds every mistake, or says what rendering will take."""

from __future__ import annotations

import moviemaker
from moviemaker.commands.arguments.options import LocalNetwork, SceneFile
from moviemaker.core.progress import say, to_standard_error


def check(scene: SceneFile, /, *, allow_local_network: LocalNetwork = False) -> None:
    """Report every mistake of a scene and its data, or else what rendering it will take."""
    from moviemaker.rendering.estimate import estimates

    progress = to_standard_error()
    loaded = moviemaker.load(scene, progress, allow_local_network)
    for warning in loaded.warnings:
        progress.note(f"warning: {warning}")
    say(f"{scene}: no mistakes")
    for line in estimates(loaded.prepared):
        say(f"  {line}")
