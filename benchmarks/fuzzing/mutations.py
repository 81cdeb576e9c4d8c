"""Mutations of bytes, and of the structure of scenes. All of them follow from a generator of random numbers."""

from __future__ import annotations

import copy
import random
import re
from typing import Any

_NUMBER = re.compile(rb"(?<![\w.])-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?")
_WORDS = (
    b"0",
    b"-1",
    b"1",
    b"2",
    b"65536",
    b"2147483647",
    b"4294967295",
    b"9223372036854775807",
    b"1e308",
    b"nan",
    b"",
)
_INTEGERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1)


def mutated(content: bytes, rng: random.Random) -> bytes:
    """Content with one to four changes."""
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 4))):
        rng.choice((_flip, _flip, _cut, _insert, _repeat, _length, _length, _number, _number, _number))(changed, rng)
    return bytes(changed)


def _place(content: bytearray, rng: random.Random) -> int:
    """A place, more often near the beginning, where headers are."""
    top = min(len(content), rng.choice((64, 512, 4096, 1 << 30)))
    return rng.randrange(top) if top else 0


def _flip(content: bytearray, rng: random.Random) -> None:
    if content:
        place = _place(content, rng)
        content[place] = rng.choice((content[place] ^ (1 << rng.randrange(8)), 0, 255, rng.randrange(256)))


def _cut(content: bytearray, rng: random.Random) -> None:
    place = _place(content, rng)
    if rng.random() < 0.5:
        del content[place:]
    else:
        del content[place : place + rng.choice((1, 2, 4, 16, 100))]


def _insert(content: bytearray, rng: random.Random) -> None:
    place = _place(content, rng)
    content[place:place] = bytes(rng.randrange(256) for _ in range(rng.choice((1, 2, 4, 16, 100))))


def _repeat(content: bytearray, rng: random.Random) -> None:
    place = _place(content, rng)
    content[place:place] = content[place : place + rng.choice((1, 8, 64))] * rng.choice((1, 2, 50))


def _length(content: bytearray, rng: random.Random) -> None:
    """Another whole number of 1, 2, 4 or 8 bytes, of either byte order."""
    size = rng.choice((1, 2, 4, 4, 8))
    if len(content) >= size:
        place = min(_place(content, rng), len(content) - size)
        if rng.random() < 0.7:
            place -= place % min(size, 4)
        number = rng.choice(_INTEGERS) % (1 << (8 * size))
        content[place : place + size] = number.to_bytes(size, rng.choice(("little", "big")))


def _number(content: bytearray, rng: random.Random) -> None:
    """Another number in text."""
    found = list(_NUMBER.finditer(bytes(content[: rng.choice((512, 8192))])))
    if found:
        match = rng.choice(found)
        content[match.start() : match.end()] = rng.choice(_WORDS)
    else:
        _flip(content, rng)


_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 1e308, -1e308, 1e-320, 1e-300, 10**400, 2**31, 2**63, float("nan"), float("inf")),
    *("", "x", "a\0b", "~nosuchuser/a", "é" * 300, "/dev/zero", "0:", "1%", "101%", "now", "red", "-", "x > 1 - y"),
    *(
        [],
        {},
        [[]],
        [None],
        [1],
        [1, 2],
        [1, 2, 3],
        [0, 0, 0],
        [1e308] * 3,
        ["x"],
        {"": 1},
        {0: 1},
        {0: 1, 1: 2},
        {"x": 1},
    ),
)


def mutated_scene(scene: Any, rng: random.Random) -> Any:
    """A scene with one to three keys that are dropped, doubled, moved, or have another value."""
    changed = copy.deepcopy(scene)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        parents = list(_parents(changed))
        if not parents:
            return changed
        parent = rng.choice(parents)
        keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
        key = rng.choice(keys)
        match rng.randrange(8):
            case 0:
                del parent[key]
            case 1:
                parent[key] = copy.deepcopy(rng.choice(_VALUES))
            case 2 | 3:
                parent[key] = _near(parent[key], rng)
            case 4:
                parent[key] = [copy.deepcopy(parent[key])] * rng.choice((1, 2, 3, 4))
            case 5:
                parent[key] = {0: parent[key], rng.choice((1, 1e-320, 1e308, -1, 5)): copy.deepcopy(parent[key])}
            case 6:
                other = rng.choice(parents)
                parent[key] = copy.deepcopy(
                    other[rng.choice(list(other) if isinstance(other, dict) else range(len(other)))]
                )
            case _:
                if isinstance(parent, dict):
                    parent[rng.choice(("file", "kind", "x", "field", "times", "bounds", 0, None, True))] = parent[key]
                else:
                    parent.append(copy.deepcopy(parent[key]))
    return changed


def _near(value: Any, rng: random.Random) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int | float):
        return rng.choice((0, -value, value * 1e300, value * 1e-300, value + 1, 1e308, 1e-320, 65536, float("nan"), -1))
    if isinstance(value, str):
        return rng.choice(
            (value[1:], value + "s", value.upper(), "", value * 50, value.replace(" ", "-"), f"1 - {value}")
        )
    return copy.deepcopy(rng.choice(_VALUES))


def _parents(value: Any) -> Any:
    """All mappings and lists with members, from the outside in."""
    if isinstance(value, dict | list) and value:
        yield value
        for part in value.values() if isinstance(value, dict) else value:
            yield from _parents(part)
