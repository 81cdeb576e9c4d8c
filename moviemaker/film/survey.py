"""Looks for what a run has to draw, and what becomes of the frames that are there, in words, before any is replaced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from moviemaker.core.errors import UserError
from moviemaker.film.frame_record import origin
from moviemaker.film.store import FrameStore, unknown_files


@dataclass(frozen=True)
class Survey:
    """The frames of a run.

    Attributes:
        missing: numbers of those that have to be drawn, in order.
        notes: sentences about frames that are drawn again, and about those that stay beside them.
    """

    missing: tuple[int, ...]
    notes: tuple[str, ...]


def refuse_unknown(store: FrameStore, frames: Sequence[int]) -> None:
    """Checks that every frame of a PNG sequence may be written under its name. Needs no claim.

    Raises:
        UserError: files lie there that this program has no record of.
    """
    if store.delivers:
        unknown = [store.path(index) for index in frames if store.file(index).state == "unknown"]
        if unknown:
            raise UserError(unknown_files(unknown))


def survey(store: FrameStore, frames: Sequence[int], again: Sequence[int] = (), alone: bool = True) -> Survey:
    """Looks for the frames of a run. The store must be claimed.

    Args:
        store: where they are.
        frames: their numbers.
        again: those that are drawn again although they may be finished.
        alone: whether other frames in the folder are mentioned too. They say nothing to one of several shards.

    Raises:
        UserError: files that this program has no record of lie under the names of frames of a PNG sequence.
    """
    mine, notes = origin(store.fingerprint), []
    found = {index: store.file(index) for index in (store.indices() if alone else frames)}
    unknown = {index for index, file in found.items() if file.state == "unknown"}
    wanted = set(frames)
    if store.delivers and unknown & wanted:
        raise UserError(unknown_files([store.path(index) for index in sorted(unknown & wanted)]))
    if again and (count := store.draw_again(again)):
        they = "it is" if count == 1 else "they are"
        notes.append(f"--restart: {_frames(count)} drawn again although {they} finished{_until(store, count)}")
    outdated = {index for index, file in found.items() if file.state == "whole" and file.origin != mine}
    replaced, kept = outdated & wanted, outdated - wanted
    if replaced:
        why = store.changes({found[index].origin for index in replaced})
        notes.append(f"{why}: {_frames(len(replaced))} drawn again{_until(store, len(replaced))}")
    foreign = unknown - wanted
    if store.delivers and kept:
        what, stay = _count(kept, "frame"), "it stays as it is" if len(kept) == 1 else "they stay as they are"
        other = f"of another scene, data or program ({_names(store, kept)})"
        notes.append(f"{store.folder} also holds {what} {other}: {stay}")
    if store.delivers and foreign:
        what, are = _count(foreign, f"{store.suffix[1:].upper()} file"), "it is" if len(foreign) == 1 else "they are"
        other = f"that this program has no record of ({_names(store, foreign)})"
        notes.append(f"{store.folder} also holds {what} {other}: {are} left alone")
    return Survey(tuple(store.missing(frames, found)), tuple(notes))


def _frames(count: int) -> str:
    return "1 frame is" if count == 1 else f"{count} frames are"


def _count(indices: set[int], noun: str) -> str:
    return f"{len(indices)} {noun}{'' if len(indices) == 1 else 's'}"


def _until(store: FrameStore, count: int) -> str:
    each = "it" if count == 1 else "each"
    return f"; {each} stays until its new one is finished" if store.delivers else ""


def _names(store: FrameStore, indices: set[int]) -> str:
    first, last = store.path(min(indices)).name, store.path(max(indices)).name
    return first if first == last else f"{first} to {last}"
