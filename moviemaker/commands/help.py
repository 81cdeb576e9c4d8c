"""`help`: describes kinds and their keys."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from moviemaker.core.progress import say


def show_help(
    *words: Annotated[str, Parameter(help="A kind, a room, a room and a kind, or scene, camera, outputs.")],
) -> None:
    """Describe a kind and its keys; without words, list all kinds."""
    from moviemaker.help_text import help_text

    say(help_text(*words))
