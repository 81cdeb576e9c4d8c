"""The documentation: its scenes are valid, every kind has a page and a picture, and the site builds strictly."""

from __future__ import annotations

import importlib.util
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import moviemaker as mm
from moviemaker.core.kinds import build, load_kind
from moviemaker.film.settings import FilmSettings
from moviemaker.help import TOPICS, describe_kind, describe_topic
from moviemaker.scene.habits.understand import understood
from moviemaker.scene.parse import parse_scene
from moviemaker.scene.text import Document

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "docs"))
import pages  # noqa: E402

KINDS = list(pages.kinds())
PAGES = pages.pages()
LARGEST_PICTURE = 60_000  # bytes


@pytest.mark.parametrize(("room", "name"), KINDS)
def test_every_kind_has_a_scene_and_a_picture(room, name, tmp_path):
    scene = pages.kind_scene(room, name)
    assert scene.path.exists(), f"docs/kinds has no scene for {room} {name}"
    assert name in scene.text or room in ("farm", "rig", "lights")
    files = [pages.PICTURES / f"{scene.path.stem}.jpg"] if room == "farm" else list(scene.pictures.values())
    assert all(file.exists() for file in files), "run docs/render_pictures.py"
    shutil.copy(scene.path, tmp_path)
    if scene.data is not None:
        pages.run_snippet(scene.data.read_text(encoding="utf-8"), tmp_path)
    loaded = mm.load(tmp_path / scene.path.name)
    assert loaded.outputs


def test_pictures_are_small_and_used():
    text = "".join(page.read_text(encoding="utf-8") for page in (*PAGES, ROOT / "README.md"))
    used = set(re.findall(r"pictures/([\w-]+\.jpg)", text))
    used |= {f"gallery_{path.stem}.jpg" for path in (ROOT / "scenes").glob("*.yaml")}
    for room, name in KINDS:
        used |= {f"{room}_{name}.jpg", *(file.name for file in pages.kind_scene(room, name).pictures.values())}
    for file in pages.PICTURES.iterdir():
        assert file.name in used
        assert file.stat().st_size < LARGEST_PICTURE, file.name


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_the_scenes_of_a_page_are_right(page, tmp_path):
    for _, path in pages.scenes_of_page(page.read_text(encoding="utf-8"), tmp_path):
        assert mm.load(path).outputs


def fragments() -> list[tuple[str, str]]:
    """Blocks of YAML that are parts of scenes, in pages and in docstrings of kinds, with the section they belong to."""
    found = []
    for page in PAGES:
        for block in pages.blocks(page.read_text(encoding="utf-8")):
            if block.language == "yaml" and not pages.is_scene(block.text):
                found.append((f"docs/{page.name}", block.text))
    return found


def problems_of(fragment: object, room: str = "") -> list[str]:
    """What is wrong with a part of a scene, apart from the data that it names without defining them.

    Args:
        fragment: some keys of a scene, or one entry of a room.
        room: which, where the keys do not tell.
    """
    written = {
        "duration": 1,
        "camera": {"orbit": {"radius": 1}},
        "outputs": {"hd": {"lens": "perspective", "size": [8, 8]}},
    }
    assert isinstance(fragment, dict | list), "a part of a scene is a mapping or a list"
    if isinstance(fragment, list):
        fragment = {"layers": fragment}
    if "lens" in fragment:
        fragment = {"outputs": {"hd": {"size": [8, 8], **fragment}}}
    elif "stereo" in fragment:
        fragment = {"outputs": {"hd": {"lens": "perspective", "size": [8, 8], **fragment}}}
    elif "kind" in fragment or "of" in fragment:
        room = room if room in ("layers", "lights") else "layers" if "data" in fragment else "data"
        fragment = {room: {"it": fragment} if room == "data" else [fragment]}
    document = understood(Document("fragment", Path(), written | fragment), FilmSettings)
    draft = parse_scene(document, "fragment", FilmSettings)
    return [str(problem) for problem in draft.problems if "no such data" not in str(problem)]


@pytest.mark.parametrize(("place", "text"), fragments())
def test_a_part_of_a_scene_in_a_page_is_right(place, text):
    fragment = yaml.safe_load(text)
    assert fragment is None or not problems_of(fragment), place


@pytest.mark.parametrize(("room", "name"), KINDS)
def test_the_examples_of_a_kind_are_right(room, name):
    examples = describe_kind(room, name).examples
    assert examples
    for example in examples:
        fragment = yaml.safe_load(example)
        if room == "farm":
            build(load_kind("farm", name), fragment)
        else:
            assert not problems_of(fragment, room)


@pytest.mark.parametrize("topic", TOPICS)
def test_the_examples_of_the_page_on_scene_files_are_right(topic):
    for example in describe_topic(topic).examples:
        assert not problems_of(yaml.safe_load(example))


@pytest.mark.parametrize("page", [*PAGES, ROOT / "README.md", ROOT / "CONTRIBUTING.md"], ids=lambda path: path.stem)
def test_links_between_files_lead_somewhere(page):
    import generated

    made = set(generated.generated())
    for link in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if "://" not in link:
            target = (page.parent / link).resolve()
            inside = target.relative_to(pages.DOCS).as_posix() if target.is_relative_to(pages.DOCS) else ""
            assert target.exists() or inside in made, link


@pytest.mark.skipif(importlib.util.find_spec("mkdocs") is None, reason="mkdocs is not installed: the extra `docs`")
def test_the_site_builds_strictly(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    for room, name in KINDS:
        assert (tmp_path / "site" / "kinds" / room / name / "index.html").exists()
