"""Files that name others: times in ParaView's `.pvd` (XML) and `.series` (JSON), pieces in VTK's parallel formats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NoReturn
from xml.parsers import expat

from moviemaker.core.errors import InputError
from moviemaker.data.formats.references import referenced

_MOST_BYTES = 64 << 20
"""Most bytes of a file that only names others."""

_MOST_LEVELS = 64
"""Most elements of XML inside each other."""


def listed_files(path: Path) -> tuple[tuple[float, tuple[Path, ...]], ...]:
    """The times in a collection, ascending, each with its files (the parts that make up one data set).

    Raises:
        InputError: at `file`: one of them is missing, or lies outside of the folder of the collection.
        ValueError: the file is not a collection.
    """
    entries = _pvd(path) if path.suffix.lower() == ".pvd" else _series(path)
    if not entries:
        raise ValueError("it lists no file")
    steps: dict[float, list[Path]] = {}
    for time, name in entries:
        file = referenced(path, name)
        if not file.is_file():
            what = f"no such file {name!r}, which {path.name!r} lists"
            raise InputError(what, f"paths in {path.name!r} are relative to its folder", ("file",))
        steps.setdefault(time, []).append(file)
    return tuple((time, tuple(steps[time])) for time in sorted(steps))


def pieces(path: Path) -> tuple[Path, ...]:
    """The pieces of a parallel VTK file such as `.pvtp`; none for other formats.

    Raises:
        InputError: at `file`: one lies outside of the folder of the file.
        ValueError: the file is not XML.
    """
    if not path.suffix.lower().startswith(".pv") or path.suffix.lower() == ".pvd":
        return ()
    named = (attributes.get("Source") for way, attributes in _elements(path) if way[-1] == "Piece")
    return tuple(referenced(path, name) for name in named if name is not None)


def _elements(path: Path) -> list[tuple[tuple[str, ...], dict[str, str]]]:
    """The elements of a small file of XML: the names from the root down to each, and its attributes.

    Raises:
        ValueError: the file is not XML, is large, or defines entities, which a file of VTK never does.
    """
    content = _content(path)
    found: list[tuple[tuple[str, ...], dict[str, str]]] = []
    way: list[str] = []

    def begins(name: str, attributes: dict[str, str]) -> None:
        way.append(name)
        if len(way) > _MOST_LEVELS:
            raise ValueError(f"its elements lie inside each other, more than {_MOST_LEVELS} levels deep")
        found.append((tuple(way), attributes))

    def ends(name: str) -> None:
        way.pop()

    def refuses(*declared: object) -> NoReturn:
        raise ValueError("it declares a document type, as files of VTK never do")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = begins, ends
    parser.StartDoctypeDeclHandler = refuses
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from None
    return found


def _content(path: Path) -> bytes:
    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise ValueError(f"it names other files and has {size} bytes, more than {_MOST_BYTES}")
    return path.read_bytes()


def _pvd(path: Path) -> list[tuple[float, str]]:
    sets = [attributes for way, attributes in _elements(path) if way[1:] == ("Collection", "DataSet")]
    if any("file" not in attributes for attributes in sets):
        raise ValueError("one of its data sets names no file")
    return [(float(attributes.get("timestep") or 0), attributes["file"]) for attributes in sets]


def _series(path: Path) -> list[tuple[float, str]]:
    content = json.loads(_content(path).decode("utf-8-sig"))
    files = content.get("files") if isinstance(content, dict) else None
    if not isinstance(files, list) or not all(
        isinstance(file, dict) and {"name", "time"} <= set(file) for file in files
    ):
        raise ValueError("it has no list 'files' with a name and a time for each")
    if not all(isinstance(file["time"], int | float) for file in files):
        raise ValueError("one of its times is not a number")
    return [(float(file["time"]), str(file["name"])) for file in files]
