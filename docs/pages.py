"""What the pages of the documentation are made of: kinds, their scenes and pictures, and blocks of text in pages.

The pages are written by `generated.py`, the pictures by `render_pictures.py`; `tests/test_docs.py` checks both.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from moviemaker.core.kinds import kind_names, load_kind

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
PICTURES = DOCS / "pictures"

ROOMS = ("layers", "lens", "rig", "data", "samples", "lights", "farm")
"""Rooms whose kinds have a page, in the order of the site."""


def kinds() -> Iterator[tuple[str, str]]:
    """Every kind of this package: the room and the name. Kinds of other packages are left out."""
    for room in ROOMS:
        for name in kind_names(room):
            if load_kind(room, name).__module__.startswith("moviemaker."):
                yield room, name


@dataclass(frozen=True)
class KindScene:
    """The scene that shows a kind.

    Attributes:
        path: the YAML file.
        data: the Python file that makes the data files of the scene, if it needs any.
    """

    path: Path
    data: Path | None

    @property
    def text(self) -> str:
        """The scene file."""
        return self.path.read_text(encoding="utf-8")

    @property
    def pictures(self) -> dict[str, Path]:
        """Pictures by the names of the outputs: the first is named after the scene."""
        return pictures_of_scene(self.path.stem, self.text)


def kind_scene(folder: str, name: str) -> KindScene:
    """The scene of a kind."""
    path = DOCS / "kinds" / f"{folder}_{name}.yaml"
    data = path.with_suffix(".py")
    return KindScene(path, data if data.exists() else None)


@dataclass(frozen=True)
class Block:
    """A fenced block of a page.

    Attributes:
        language: what stands behind the fence.
        options: the rest of that line.
        text: the lines between the fences, without the indentation of the block.
    """

    language: str
    options: str
    text: str


def blocks(page: str) -> list[Block]:
    """All fenced blocks of a page, in order."""
    found = re.finditer(r"^( *)```(\w+)([^\n]*)\n(.*?)^\1```", page, flags=re.DOTALL | re.MULTILINE)
    return [
        Block(match[2], match[3].strip(), re.sub(rf"^{match[1]}", "", match[4], flags=re.MULTILINE)) for match in found
    ]


def pages() -> list[Path]:
    """The pages that are written by hand."""
    return sorted(DOCS.rglob("*.md"))


def is_scene(text: str) -> bool:
    """Whether a block of YAML is a whole scene."""
    written = yaml.safe_load(text)
    return isinstance(written, dict) and "outputs" in written and "camera" in written


def run_snippet(text: str, folder: Path) -> None:
    """Runs Python code that makes data files in a folder.

    Raises:
        RuntimeError: it fails.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=folder, capture_output=True, text=True, env=environment, check=False
    )
    if done.returncode:
        raise RuntimeError(f"a snippet of the documentation fails:\n{done.stderr}")


def scenes_of_page(page: str, folder: Path) -> Iterator[tuple[str, Path]]:
    """The whole scenes of a page, written into a folder, with the data files that the page's own Python code makes.

    A block of Python whose title ends in `.py` is run; a block of YAML that is a whole scene is written.

    Yields:
        The name of the scene, its title without the ending, and its path.
    """
    for number, block in enumerate(blocks(page)):
        title = re.search(r'title="([^"]+)"', block.options)
        if block.language == "python" and title and title[1].endswith(".py"):
            run_snippet(block.text, folder)
        elif block.language == "yaml" and is_scene(block.text):
            path = folder / (title[1] if title else f"scene_{number}.yaml")
            path.write_text(block.text, encoding="utf-8")
            yield path.stem, path


def pictures_of_scene(stem: str, text: str) -> dict[str, Path]:
    """Pictures of a scene by the names of its outputs: the first is named after the scene."""
    outputs = list(yaml.safe_load(text)["outputs"])
    return {name: PICTURES / f"{stem}{f'_{name}' if index else ''}.jpg" for index, name in enumerate(outputs)}


def pictures_of_page(path: Path) -> dict[str, list[Path]]:
    """The pictures that a page shows of its own scenes, by the names of page and scene."""
    page = path.read_text(encoding="utf-8")
    shown = {PICTURES / name for name in re.findall(r"pictures/([\w-]+\.jpg)", page)}
    found = {}
    for number, block in enumerate(blocks(page)):
        if block.language == "yaml" and is_scene(block.text):
            title = re.search(r'title="([^"]+)\.yaml"', block.options)
            stem = f"{path.stem}_{title[1] if title else f'scene_{number}'}"
            files = [file for file in pictures_of_scene(stem, block.text).values() if file in shown]
            if files:
                found[stem] = files
    return found
