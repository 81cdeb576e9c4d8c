"""Manual pages as plain text that fits a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping

from moviemaker.core.errors import InputError, UserError, suggest
from moviemaker.core.kinds import ROOMS, kind_names
from moviemaker.help import TOPICS, KeyHelp, KindHelp, describe_kind, describe_topic, overview
from moviemaker.scene.habits.values import VALUES

NAME_WIDTH = 16
"""Most characters of a name in a column of names; longer ones have a line of their own."""

INDENT = "    "


def help_text(*words: str, width: int = 80) -> str:
    """The text that `moviemaker help` prints.

    Args:
        words: nothing, a topic, a room, a kind, or a room and a kind.
        width: of the terminal, characters.

    Raises:
        UserError: no such page.
    """
    if not words:
        return list_text(overview(), width)
    page = find_page(*words)
    if isinstance(page, str):
        return list_text({page: tuple(describe_kind(page, name) for name in kind_names(page))}, width)
    return page_text(page, width)


def find_page(*words: str) -> KindHelp | str:
    """The page that words ask for: a topic, a room and a kind, or a kind alone; the name of a room alone.

    Raises:
        UserError: no such page, or several.
    """
    if len(words) > 2:
        raise UserError(f"help takes a room and a kind, not {len(words)} words; write for instance: help layers volume")
    if len(words) == 2:
        room, name = _room(words[0]), words[1]
        if room is None:
            raise UserError(f"no such room {words[0]!r}; {suggest(words[0], ROOMS, 'room')}")
        try:
            return describe_kind(room, name)
        except InputError as error:
            raise UserError(str(error)) from None
    (word,) = words
    if word in TOPICS:
        return describe_topic(word)
    rooms = [room for room in ROOMS if word in kind_names(room)]
    if len(rooms) == 1:
        return describe_kind(rooms[0], word)
    if rooms:
        choices = " or ".join(f"help {room} {word}" for room in rooms)
        raise UserError(f"{word!r} is in {len(rooms)} rooms; write {choices}")
    known = _room(word)
    if known is None:
        everything = {*TOPICS, *ROOMS, *(name for room in ROOMS for name in kind_names(room))}
        instead = _kinds_with(word) or suggest(word, everything, "word")
        raise UserError(f"no such kind or room {word!r}; {instead}")
    return known


def _kinds_with(word: str) -> str:
    """Where a word is a key or a value, or what it means here; empty if it is neither."""
    meant = {VALUES[room, "kind"].get(word) for room in ("layer", "light", "data")} - {None}
    if meant:
        return f"write: {' or '.join(f'moviemaker help {kind}' for kind in sorted(map(str, meant)))}"
    every = [describe_kind(room, name) for room in ROOMS for name in kind_names(room)]
    for page, key in ((one, key) for one in every for key in one.keys):
        is_value = key.takes.startswith("one of ") and word in key.takes.removeprefix("one of ").split(", ")
        if is_value or word == key.name:
            what = f"a value of the key {key.name}" if is_value else "a key"
            return f"it is {what}, such as that of {page.name}: moviemaker help {page.room} {page.name}"
    return ""


def _room(word: str) -> str | None:
    """The room of a name, in the singular or the plural."""
    return next((room for room in ROOMS if word in (room, room.removesuffix("s"), f"{room}es", f"{room}s")), None)


def list_text(pages: Mapping[str, Iterable[KindHelp]], width: int) -> str:
    """Rooms and what is in them, one line each."""
    lines = []
    for room, kinds in pages.items():
        lines += [f"{room or 'parts of a scene'}:", *(_row(page.name, page.summary, width) for page in kinds), ""]
    lines.append("moviemaker help KIND, or help ROOM KIND, shows the page of one of them.")
    return "\n".join(lines)


def _row(name: str, summary: str, width: int) -> str:
    start = f"  {name:<{NAME_WIDTH}} "
    return start + textwrap.shorten(_plain(summary), width - len(start), placeholder=" ...")


def page_text(page: KindHelp, width: int) -> str:
    """The page of a kind: what it is, an example, and its keys."""
    title = f"{page.name} ({ROOMS[page.room].noun})" if page.room else page.name
    lines = [title, "", *_manual(page.text, width), "", "Keys", ""]
    for key in page.keys:
        lines += _key_lines(key, width)
    lines += _parts(page.keys, "", width)
    return "\n".join(lines).rstrip()


def _parts(keys: Iterable[KeyHelp], outer: str, width: int) -> list[str]:
    """The keys of the mappings that are values of keys."""
    lines: list[str] = []
    for key in keys:
        for part in key.parts:
            where = f"{outer}{key.name}"
            title = f"Keys of {where}" + (f" with kind: {part.name}" if part.name else "")
            lines += ["", title, *_wrapped(_plain(part.summary), width), ""]
            for inner in part.keys:
                lines += _key_lines(inner, width)
            lines += _parts(part.keys, f"{where}.", width)
    return lines


def _key_lines(key: KeyHelp, width: int) -> list[str]:
    """A row of the table of keys: the name, what it takes, the default, and below that what it means."""
    indent = " " * (NAME_WIDTH + 2)
    takes = _plain(key.takes) + ("; may move" if key.moves else "")
    state = "required" if key.required else f"default {key.default}" if key.default else ""
    head = _wrapped(f"{takes} ({state})" if state else takes, width, indent)
    name = f"  {key.name}"
    if len(name) < len(indent):
        head[0] = name.ljust(len(indent)) + head[0][len(indent) :]
    else:
        head.insert(0, name)
    return head + _wrapped(_plain(key.text), width, indent + "  ")


def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
    return textwrap.wrap(
        text, width, initial_indent=indent, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def _plain(text: str) -> str:
    """Markdown without its asterisks and backticks."""
    return re.sub(r"\*\*(\w[^*]*)\*\*", r"\1", text)


def _manual(text: str, width: int) -> list[str]:
    """A manual page with its paragraphs wrapped and its examples indented."""
    lines: list[str] = []
    for index, piece in enumerate(re.split(r"```(?:yaml)?\n?", text)):
        if index % 2:
            lines += [
                "",
                *(line for written in piece.rstrip().splitlines() for line in _example_line(written, width)),
                "",
            ]
            continue
        for paragraph in re.split(r"\n\s*\n", piece.strip()):
            lines += ["", *_paragraph(paragraph, width), ""] if paragraph else []
    joined = "\n".join(lines).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", joined).split("\n")


def _paragraph(paragraph: str, width: int) -> list[str]:
    lines = paragraph.splitlines()
    if lines[0].startswith("|"):
        return lines
    if lines[0].startswith("- "):
        items = re.split(r"(?:^|\n)- ", paragraph)[1:]
        return [
            line
            for item in items
            for line in textwrap.wrap(
                _plain(" ".join(item.split())), width, initial_indent="- ", subsequent_indent="  "
            )
        ]
    return _wrapped(_plain(" ".join(paragraph.split())), width)


def _example_line(line: str, width: int) -> list[str]:
    """A line of YAML, indented; a long one is broken where YAML allows it."""
    line = INDENT + line
    if len(line) <= width:
        return [line]
    start = re.match(r" *", line).group()  # type: ignore[union-attr]
    code, comment = re.fullmatch(r"(.*?)(?:\s+# (.*))?", line).groups()  # type: ignore[union-attr]
    lines = _wrapped(comment, width, f"{start}# ") if comment and code.strip() else []
    code = code if lines else line
    while len(code) > width and (end := code.rfind(", ", len(start), width)) > 0 and re.search(r"[\[{]", code[:end]):
        lines.append(code[: end + 1])
        code = start + INDENT + code[end + 2 :]
    return [*lines, code]
