"""What data found out by reading many of their snapshots, handed over to the other processes of a render."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from moviemaker.core.fingerprint import fingerprint
from moviemaker.core.sharing.arrays import SharedFolder, give, given
from moviemaker.core.sources import Source, Summarized, unplaced


def give_summaries(sources: Mapping[str, Source[Any]], folder: SharedFolder) -> None:
    """Writes what open data have found out, by their names, for processes that will open the same data."""
    for name, source in sources.items():
        own = unplaced(source)
        if isinstance(own, Summarized) and (summary := own.summary()):
            give(_key(name), summary, folder)


def take_summary(name: str, source: Source[Any]) -> None:
    """Tells data that were opened just now what the first process of the render has found out about them."""
    own = unplaced(source)
    if isinstance(own, Summarized) and (summary := given(_key(name))):
        own.take(summary)


def _key(name: str) -> str:
    return fingerprint("summary", name)
