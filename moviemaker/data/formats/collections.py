"""Files that name others: times in ParaView's `.pvd` (XML) and `.series` (JSON), pieces in VTK's parallel formats."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

from moviemaker.core.errors import InputError


def listed_files(path: Path) -> tuple[tuple[float, tuple[Path, ...]], ...]:
    """The times in a collection, ascending, each with its files (the parts that make up one data set).

    Raises:
        InputError: at `file`: one of them is missing.
        ValueError: the file is not a collection.
    """
    entries = _pvd(path) if path.suffix.lower() == ".pvd" else _series(path)
    if not entries:
        raise ValueError("it lists no file")
    steps: dict[float, list[Path]] = {}
    for time, name in entries:
        file = path.parent / name
        if not file.is_file():
            what = f"no such file {name!r}, which {path.name!r} lists"
            raise InputError(what, f"paths in {path.name!r} are relative to its folder", ("file",))
        steps.setdefault(time, []).append(file)
    return tuple((time, tuple(steps[time])) for time in sorted(steps))


def pieces(path: Path) -> tuple[Path, ...]:
    """The pieces of a parallel VTK file such as `.pvtp`; none for other formats.

    Raises:
        ValueError: the file is not XML.
    """
    if not path.suffix.lower().startswith(".pv"):
        return ()
    return tuple(path.parent / each.attrib["Source"] for each in _xml(path).iter("Piece") if "Source" in each.attrib)


def _xml(path: Path) -> ElementTree.Element:
    try:
        return ElementTree.parse(path).getroot()
    except ElementTree.ParseError as error:
        raise ValueError(str(error)) from None


def _pvd(path: Path) -> list[tuple[float, str]]:
    sets = _xml(path).findall("Collection/DataSet")
    if any("file" not in each.attrib for each in sets):
        raise ValueError("one of its data sets names no file")
    return [(float(each.get("timestep") or 0), each.attrib["file"]) for each in sets]


def _series(path: Path) -> list[tuple[float, str]]:
    content = json.loads(path.read_text(encoding="utf-8-sig"))
    files = content.get("files") if isinstance(content, dict) else None
    if not isinstance(files, list) or not all(
        isinstance(file, dict) and {"name", "time"} <= set(file) for file in files
    ):
        raise ValueError("it has no list 'files' with a name and a time for each")
    if not all(isinstance(file["time"], int | float) for file in files):
        raise ValueError("one of its times is not a number")
    return [(float(file["time"]), str(file["name"])) for file in files]
