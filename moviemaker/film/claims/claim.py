"""A claim: the file by which a run says which frames of an output it writes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from moviemaker.film.claims.intervals import ALL, Frames, common, together
from moviemaker.film.claims.owner import Owner

CLAIM = ".claim"
"""Ending of the names of claims."""

_RUN = re.compile("[0-9a-f]{8,64}")
_PIDS = range(1, 1 << 31)

CLEANING = "cleaning"
"""Origin in the claim of a run that deletes frames, instead of making them."""


@dataclass(frozen=True)
class Claim:
    """What a run has claimed.

    Attributes:
        name: of the file.
        owner: the process; None: unknown, since the file is damaged.
        frames: those that it writes, or has written.
        origin: hash of what they are made from.
        product: name of the file that the run makes of them; empty for a shard, which makes none.
        shard: which part of the work the run does, such as `2/8`; empty: it is not a shard.
        run: name of the run, which its unfinished files bear.
        since: when it began, in seconds since 1970 by the clock of its machine. For people to read: clocks differ.
        alive: whether the owner lives; None: not known yet.
    """

    name: str
    owner: Owner | None
    frames: Frames = ()
    origin: str = ""
    product: str = ""
    shard: str = ""
    run: str = ""
    since: float = 0.0
    alive: bool | None = None

    def written(self) -> str:
        """The text of the file."""
        kept = {key: value for key, value in asdict(self).items() if key not in ("name", "alive")}
        return json.dumps(kept | {"frames": [[each.start, each.stop] for each in self.frames]})

    def __str__(self) -> str:
        who = str(self.owner) if self.owner else f"an unknown process ({self.name})"
        return f"{who}, shard {self.shard}" if self.shard else who


def claim_of(name: str, text: str | None) -> Claim:
    """The claim in a file. One that is damaged has no owner, and claims nothing.

    Args:
        name: of the file.
        text: what it holds; None: it cannot be read.
    """
    try:
        found = json.loads(text or "")
        frames = tuple(range(int(start), int(stop)) for start, stop in found["frames"] if start < stop)
        return Claim(
            name,
            owner_of(found["owner"]),
            common(together(frames, ()), ALL),
            str(found["origin"]),
            str(found["product"]),
            str(found["shard"]),
            run if _RUN.fullmatch(run := str(found["run"])) else "",  # by it, other runs know what to delete
            float(found["since"]),
        )
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return Claim(name, None)


def owner_of(found: Mapping[str, Any]) -> Owner:
    """The owner as a file names it.

    Raises:
        KeyError, TypeError, ValueError, OverflowError: it does not.
    """
    pid = int(found["pid"])
    if pid not in _PIDS:
        raise ValueError(f"{pid} is not the number of a process")
    return Owner(str(found["host"]), str(found["machine"]), pid, str(found["started"]))
