"""`clean`: frees the disk of what renders keep."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from moviemaker.core.progress import say, to_standard_error


def clean(
    scene: Annotated[Path, Parameter(help="The scene file. Only its name matters.")],
    /,
    *,
    out: Annotated[Path, Parameter(name=["-o", "--out"], help="Folder of the results.")] = Path("outputs"),
    dry_run: Annotated[bool, Parameter(negative="", help="Say what would be freed, and delete nothing.")] = False,
) -> None:
    """Free the disk of the frames that movies were made of, and of what killed runs have left.

    Movies, sequences of pictures, and outputs that a run is writing are left alone. Without its frames a movie that is
    finished stays finished; only a change of it draws them again. Prints what was freed.
    """
    from moviemaker.rendering.clean import clean as freed_by_cleaning

    verb, total = "would free" if dry_run else "freed", 0
    for freed in freed_by_cleaning(scene.stem, out, dry_run, to_standard_error().note):
        total += freed.size
        say(f"{verb} {_in_words(freed.size)}: {freed.what} in {freed.path}")
    say(f"{verb} {_in_words(total)} in all" if total else "nothing to free")


def _in_words(size: int) -> str:
    for unit, name in ((10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"
