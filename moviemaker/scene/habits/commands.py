"""Words for commands and options that other programs have, and what they are here."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence

from moviemaker.core.machine.file_names import SCENES

_IN_SCENE = "it is said by the scene file: "

COMMANDS = {
    **dict.fromkeys(("make", "build", "run", "encode", "animate", "movie", "export"), "render"),
    **dict.fromkeys(("validate", "lint", "verify", "estimate", "dry-run", "test"), "check"),
    **dict.fromkeys(("describe", "show", "open", "head", "dump"), "info FILE"),
    **dict.fromkeys(("preview", "view", "plot", "first", "look"), "quick FILE"),
    **dict.fromkeys(("probe", "ffprobe", "metadata"), "inspect MOVIE"),
    **dict.fromkeys(("init", "create", "template", "start"), "new FILE"),
    **dict.fromkeys(("frame", "snapshot", "screenshot", "thumbnail", "picture", "image"), "still"),
    **dict.fromkeys(("contact-sheet", "contactsheet", "sheet", "overview", "thumbnails"), "storyboard"),
    **dict.fromkeys(("inject", "spatial-media"), "tag MOVIE"),
    **dict.fromkeys(("docs", "man", "kinds", "usage"), "help"),
    "version": "--version",
}
"""Words for commands, and what to give in their place."""

OPTIONS = {
    **dict.fromkeys(("--fps", "-r", "--framerate", "--rate"), f"{_IN_SCENE}fps: 30"),
    **dict.fromkeys(
        ("--size", "--resolution", "--width", "--height", "-s", "--res"),
        f"{_IN_SCENE}size: [1920, 1080] of an output; --scale 0.5 halves it",
    ),
    **dict.fromkeys(("--duration", "--length"), f"{_IN_SCENE}duration: 12"),
    **dict.fromkeys(("--codec", "--vcodec", "-c:v", "--format", "--quality", "--crf"), f"{_IN_SCENE}an output's keys"),
    **dict.fromkeys(("--lens", "--projection", "--stereo", "--360", "--vr"), f"{_IN_SCENE}the lens of an output"),
    **dict.fromkeys(("--camera", "--fov"), f"{_IN_SCENE}camera: {{...}}"),
    **dict.fromkeys(("--preview", "--draft", "--fast", "--half"), "write --scale 0.25 for a small picture"),
    **dict.fromkeys(
        ("--start", "--end", "--frame", "-f", "--range"), "write --frames A:B, or --time SECONDS of a still"
    ),
    **dict.fromkeys(
        ("--overwrite", "-y", "--no-cache", "--clean", "--redo"), "write --restart to draw all frames again"
    ),
    **dict.fromkeys(("--continue", "--resume"), "a render that was stopped carries on by itself: leave it out"),
    **dict.fromkeys(
        ("--gpu", "--cpu", "--device", "--offscreen", "--headless"), "it is chosen by itself: leave it out"
    ),
    **dict.fromkeys(("--verbose", "-v", "--quiet", "-q"), "progress goes to standard error: leave it out"),
}
"""Options that do not exist, and what to do instead."""


def answer(words: Sequence[str], commands: Collection[str]) -> str | None:
    """What to write instead of a command line with words of other programs; None: they are not known here.

    Args:
        words: after the program's name.
        commands: that there are.
    """
    if not words:
        return None
    first = words[0]
    if first not in commands and not first.startswith("-"):
        if COMMANDS.get(first) == "quick FILE" and len(words) > 1 and _is_scene(words[1]):
            return f"no such command {first!r}; write: {_still(words[1])}"
        if first in COMMANDS:
            return f"no such command {first!r}; write: moviemaker {COMMANDS[first]}"
        if os.path.isfile(first):
            command = "render" if _is_scene(first) else "quick"
            return f"{first!r} is a file; say what to do with it: moviemaker {command} {first}"
    for word in words:
        option = word.split("=")[0]
        if option in OPTIONS:
            return f"no such option {option}; {OPTIONS[option]}"
        if option in ("--output", "--out") and first in ("info", "quick", "new", "schema"):
            return f"no such option {option}; write -o FILE" if first != "new" else "write: moviemaker new FILE"
    aimed = any(word.split("=")[0] in ("-o", "--picture") for word in words)
    if first in ("still", "storyboard") and not aimed and len(words) > 1 and os.path.isfile(words[1]):
        if not _is_scene(words[1]):
            return f"{words[1]!r} is a data file, not a scene; see it with: moviemaker quick {words[1]}"
        return f"say where the picture goes: {_still(words[1], first)}"
    return None


def _is_scene(path: str) -> bool:
    return path.lower().endswith(SCENES)


def _still(scene: str, command: str = "still") -> str:
    """The command that draws a picture of a scene."""
    name = os.path.splitext(os.path.basename(scene))[0]
    return f"moviemaker {command} {scene} -o {name}{'_sheet' if command == 'storyboard' else ''}.png"
