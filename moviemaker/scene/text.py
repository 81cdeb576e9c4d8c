"""The text of a scene file: YAML 1.2 without tags, with the line of every value.

PyYAML implements YAML 1.1, in which `no` is false, `12:30:00` is 45000 and `1e3` is text. Here plain scalars follow the
core schema of YAML 1.2.2 (section 10.3.2). The result holds only mappings, lists, text, numbers, booleans and null, so
a scene file cannot run code; and its size is limited, so a few lines of aliases cannot fill the memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from moviemaker.core.errors import (
    DataError,
    InputError,
    Location,
    Problem,
    SceneError,
    UserError,
    collecting,
    nearest,
    show,
)
from moviemaker.core.machine.in_memory import InMemory, names_in_memory
from moviemaker.core.machine.regular_files import check_regular

MAX_BYTES = 1_000_000
MAX_VALUES = 100_000
MAX_DEPTH = 100

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where it was compiled in: ten times faster


class _Loader(_Base):
    """Resolves plain scalars by the rules of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML wants a plain dictionary here


_CORE_SCHEMA = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
}
for _name, (_pattern, _first) in _CORE_SCHEMA.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_name}", re.compile(f"^(?:{_pattern})$"), _first)


@dataclass(frozen=True)
class Document:
    """A scene file as plain values, and the line of each of them.

    Attributes:
        file: name of the file, as messages show it.
        folder: the folder that paths in the scene are relative to.
        value: mappings, lists and scalars.
        lines: line number (from 1) of the value at each place; the line of a mapping's entry is that of its key.
        problems: mistakes that leave the rest readable: duplicated keys, tags.
    """

    file: str
    folder: Path
    value: Any
    lines: dict[Location, int] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    def line(self, where: Location) -> int:
        """The line of a place, or of the innermost written place around it."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)

    def holds_text(self, where: Location) -> bool:
        """Whether a text stands at a place."""
        value = self.value
        for step in where:
            if not isinstance(value, list | dict):
                return False
            value = value.get(step) if isinstance(value, dict) else value[int(step)]
        return isinstance(value, str)

    def problem(self, where: Location, what: str, instead: str) -> Problem:
        """A problem at a place of this document."""
        name = self._in_memory(where)
        if name is not None:  # the user has given data, and no file
            if where[2:3] == ("file",):
                where = (*where[:2], "array", *where[3:])
                what = what.replace("key 'file'", "key 'array'")
            what, instead = (text.replace(repr(Path(name).name), f"the {name.held.what}") for text in (what, instead))
        return Problem(self.file, self.line(where), where, what, instead)

    def _in_memory(self, where: Location) -> InMemory | None:
        """The data in memory that a place is about."""
        data = self.value.get("data") if isinstance(self.value, dict) else None
        if where[:1] != ("data",) or len(where) < 2 or not isinstance(data, dict):
            return None
        entry = data.get(where[1])
        names = names_in_memory(entry.get("file")) if isinstance(entry, dict) else ()
        number = where[3] if len(where) > 3 and isinstance(where[3], int) and where[3] < len(names) else 0
        return names[number] if names else None


def problem_of(document: Document, error: InputError, at: Location = ()) -> Problem:
    """A mistake with its line.

    Args:
        document: the scene as plain values.
        error: the mistake.
        at: the place of the value that was checked; a mistake in data says its place in the scene itself.
    """
    where = error.at if isinstance(error, DataError) else (*at, *error.at)
    return document.problem(where, error.what, error.instead)


@contextmanager
def placing(document: Document) -> Iterator[None]:
    """Gives mistakes that are found in the data after a scene was prepared, while pictures are made, their line.

    Raises:
        SceneError: with the mistake.
    """
    errors: list[InputError] = []
    with collecting(errors.append):
        yield
    if errors:
        raise SceneError(problem_of(document, error) for error in errors) from errors[0]


def read_document(path: Path) -> Document:
    """Reads a scene file.

    Raises:
        UserError: no such file, or it cannot be read.
        SceneError: it is not YAML, or has contents that are not allowed in a scene.
    """
    try:
        check_regular(path)
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            what = f"a scene file may have {MAX_BYTES / 1e6:g} MB, and this one has more"
            raise SceneError([Problem(str(path), 1, (), what, "keep large tables in data files that the scene names")])
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise UserError(f"{path}: no such scene file; {_nearby(path)}") from None
    except IsADirectoryError:
        names = sorted(entry.name for entry in path.glob("*.y*ml"))
        held = f", such as {names[0]}" if names else ""
        raise UserError(f"{path}: this is a folder; name a scene file (YAML) in it{held}") from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"this is not UTF-8 text ({error.reason})"
        raise SceneError([Problem(str(path), line, (), what, "save the file as UTF-8, or name a YAML file")]) from None
    except InputError as error:
        raise UserError(f"{path}: this is not a scene: {error}") from None
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); give a file that you may read") from None
    return parse_text(text, str(path), path.resolve().parent)


def _nearby(path: Path) -> str:
    """What would be right instead of a missing scene file."""
    names = [entry.name for entry in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
    near = nearest(path.name, names)
    return f"did you mean {path.parent / near}?" if near else "write one with: moviemaker new FILE"


def parse_text(text: str, file: str, folder: Path) -> Document:
    """The values and lines of a scene's text.

    Raises:
        SceneError: the text cannot be parsed: bad syntax, or aliases without end.
    """
    try:
        # Nesting and number are looked at before nodes are made: making them is recursive and would end in a crash.
        depth = 0
        for count, event in enumerate(yaml.parse(text, Loader=_Loader)):
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH or count > 2 * MAX_VALUES:  # a value is one event or two
                raise _too_large(file, event.start_mark.line + 1 if event.start_mark else 1)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        _check_nesting(text, file)
        place = error.problem_mark or error.context_mark
        line = place.line + 1 if place else 1
        what = f"this is not YAML: {' '.join(part for part in (error.context, error.problem) if part)}"
        instead = "mend the indentation, quotes or brackets here"
        written = "".join(text.splitlines()[max(line - 2, 0) : line])
        if "\t" in "".join(text.splitlines()[line - 1 : line]):
            instead = "indent with spaces: YAML takes no tabs there"
        elif re.search(r"[\[,{:]\s*#[0-9a-fA-F]{3,8}\b", written):
            instead = 'a # begins a comment in YAML; write colours in quotes, such as "#ff0000"'
        raise SceneError([Problem(file, line, (), what, instead)]) from None
    except yaml.YAMLError:  # the only other one: a character that YAML does not allow
        line, character = _strange_character(text)
        what = f"this is not YAML: it holds the character {character!r}"
        raise SceneError([Problem(file, line, (), what, "remove it, or name a text file")]) from None
    if node is None:
        raise SceneError(
            [Problem(file, 1, (), "the file is empty", "write a scene, or begin with: moviemaker new FILE")]
        )
    reading = _Reading(Document(file, folder, None))
    reading.measure(node)
    if reading.problems:
        raise SceneError(reading.problems)
    value = reading.plain(node, ())
    return Document(file, folder, value, reading.document.lines, tuple(reading.problems))


def _check_nesting(text: str, file: str) -> None:
    """Looks for too many levels in a text that libyaml refuses. Its own limit depends on its version.

    libyaml reads about a thousand characters ahead, so that it may come to its limit before any level is reported.

    Raises:
        SceneError: brackets are more than `MAX_DEPTH` levels deep.
    """
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    try:
        depth = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):  # written in Python, without a limit
            depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if depth > MAX_DEPTH:
                raise _too_large(file, event.start_mark.line + 1 if event.start_mark else 1)
    except yaml.YAMLError:
        return


def _too_large(file: str, line: int) -> SceneError:
    what = f"this is more than {MAX_DEPTH} levels deep or {MAX_VALUES} values long"
    return SceneError([Problem(file, line, (), what, "nest less, and keep large tables in data files")])


def _strange_character(text: str) -> tuple[int, str]:
    """The first character that YAML 1.2.2 (section 5.1) does not allow, and its line."""
    found = re.search(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
    return (text.count("\n", 0, found.start()) + 1, found.group()) if found else (1, "")


class _Reading:
    """Turns nodes into plain values, and notes lines and problems."""

    def __init__(self, document: Document):
        self.document = document
        self.problems: list[Problem] = []
        self._sizes: dict[int, tuple[int, int]] = {}

    def measure(self, node: yaml.Node) -> tuple[int, int]:
        """Number of values and of levels of a node with its aliases expanded.

        A node that is too large or contains itself is noted as a problem, and counted as one value.
        """
        if id(node) in self._sizes:
            return self._sizes[id(node)]
        self._sizes[id(node)] = (MAX_VALUES + 1, 1)  # a node that contains itself has no end
        children: list[yaml.Node] = []
        if isinstance(node, yaml.MappingNode):
            children = [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            children = node.value
        sizes = [self.measure(child) for child in children]
        values, levels = 1 + sum(size[0] for size in sizes), 1 + max((size[1] for size in sizes), default=0)
        if values > MAX_VALUES or levels > MAX_DEPTH + 1:
            if not self.problems:  # report it once: all nodes around it are too large as well
                what = f"with its aliases (*name) this holds more than {MAX_VALUES} values or {MAX_DEPTH} levels"
                self._note(node, (), what, "write out what is meant, and keep large tables in data files")
            values, levels = 1, 1
        self._sizes[id(node)] = values, levels
        return values, levels

    def plain(self, node: yaml.Node, where: Location) -> Any:
        self.document.lines.setdefault(where, node.start_mark.line + 1)
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if isinstance(node, yaml.MappingNode) and kind == "map":
            return self._mapping(node, where)
        if isinstance(node, yaml.SequenceNode) and kind == "seq":
            return [self.plain(item, (*where, index)) for index, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and kind in _SCALARS:
            try:
                return _SCALARS[kind](node.value)
            except ValueError:
                self._note(node, where, f"{show(node.value)} is not a {kind}", "write a value that fits, without a tag")
                return None
        self._note(node, where, f"the tag {_short(node.tag)} is refused", "write plain values: no code runs here")
        return None

    def _mapping(self, node: yaml.MappingNode, where: Location) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        first_lines: dict[Any, int] = {}
        merged: list[yaml.MappingNode] = []
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            if not isinstance(key_node, yaml.ScalarNode):
                self._note(key_node, where, "a key is a list or a mapping", "write a name or a number before the colon")
                continue
            if _is_merge(key_node):
                merged += self._mappings(value_node, where)
                continue
            key = self.plain(key_node, where)
            if key in first_lines:
                what = f"this key was given in line {first_lines[key]} already"
                self._note(key_node, (*where, key), what, "keep one of them")
                continue
            first_lines[key] = line
            self.document.lines[(*where, key)] = line
            result[key] = self.plain(value_node, (*where, key))
        for source in merged:
            self._merge(source, result, where)
        return result

    def _mappings(self, node: yaml.Node, where: Location) -> list[yaml.MappingNode]:
        """The mappings that a merge key names: `<<: *name` or `<<: [*one, *other]`."""
        nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
        found = [each for each in nodes if isinstance(each, yaml.MappingNode)]
        if len(found) < len(nodes):
            right = "name a mapping that was given an anchor: <<: *name"
            self._note(node, (*where, "<<"), "what is merged is not a mapping", right)
        return found

    def _merge(self, source: yaml.MappingNode, result: dict[Any, Any], where: Location) -> None:
        """Adds the entries of a mapping whose keys are not there. (yaml.org/type/merge.html)"""
        deeper: list[yaml.MappingNode] = []
        for key_node, value_node in source.value:
            if _is_merge(key_node):
                deeper += self._mappings(value_node, where)
            elif isinstance(key_node, yaml.ScalarNode):
                key = self.plain(key_node, where)
                if key not in result:
                    self.document.lines[(*where, key)] = key_node.start_mark.line + 1
                    result[key] = self.plain(value_node, (*where, key))
        for each in deeper:
            self._merge(each, result, where)

    def _note(self, node: yaml.Node, where: Location, what: str, instead: str) -> None:
        self.problems.append(Problem(self.document.file, node.start_mark.line + 1, where, what, instead))


def _is_merge(node: yaml.Node) -> bool:
    """Whether a key is `<<` without quotes."""
    return isinstance(node, yaml.ScalarNode) and node.value == "<<" and not node.style


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!")


def _integer(text: str) -> int:
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def _float(text: str) -> float:
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


_SCALARS: dict[str, Any] = {
    "null": lambda text: None,
    "bool": lambda text: text.lower() == "true",
    "int": _integer,
    "float": _float,
    "str": str,
}
