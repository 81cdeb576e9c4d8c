"""The JSON Schema accepts the same scenes as the program."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from moviemaker.film.settings import FilmSettings
from moviemaker.scene.schema import scene_schema
from moviemaker.scene.template import template
from moviemaker.scene.text import parse_text

jsonschema = pytest.importorskip("jsonschema")
SCENES = sorted((Path(__file__).parents[2] / "scenes").glob("*.yaml"))
TEXTS = {"new": template("new.yaml"), **{path.stem: path.read_text(encoding="utf-8") for path in SCENES}}


@pytest.fixture(scope="module")
def validator() -> Any:
    return jsonschema.Draft202012Validator(scene_schema(FilmSettings))


def plain(value: Any) -> Any:
    """As JSON has it: all keys are text."""
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    return [plain(part) for part in value] if isinstance(value, list) else value


def read(text: str) -> Any:
    return plain(parse_text(text, "s.yaml", Path()).value)


def test_the_schema_is_valid(validator):
    jsonschema.Draft202012Validator.check_schema(validator.schema)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_good_scenes_are_valid(text, validator):
    assert [error.message for error in validator.iter_errors(read(text))] == []


def changed(path: list[Any], key: str, value: Any) -> Any:
    scene = copy.deepcopy(read(TEXTS["new"]))
    place = scene
    for step in path:
        place = place[step]
    place[key] = value
    return scene


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ([], "fsp", 30),
        ([], "duration", "long"),
        (["data", "electron"], "shap", 8),
        (["data", "electron"], "name", "hydrogen"),
        (["data", "electron"], "kind", "grids"),
        (["layers", 0], "colourmap", "magma"),
        (["layers", 0], "kind", "volum"),
        (["layers", 1], "opacity", {"0": 0, "end": 1}),
        (["camera"], "orbits", {}),
        (["camera", "orbit"], "radius", [1]),
        (["outputs", "hd"], "sise", [1, 1]),
        (["outputs", "hd"], "size", [1]),
        (["outputs", "hd"], "stereo", "sideways"),
        (["outputs", "hd"], "codec", "h246"),
        (["outputs", "hd"], "bits", 12),
        (["outputs", "hd"], "alignment", "yes"),
        (["outputs"], "dome", {"lens": "domemaster", "size": [64, 64], "truncate": {"rear": 10}}),
        ([], "lights", [{"kind": "son"}]),
    ],
)
def test_wrong_scenes_are_not_valid(path, key, value, validator):
    assert not validator.is_valid(changed(path, key, value))


@pytest.mark.parametrize(
    ("path", "key", "value"),
    [
        ([], "clock", {"0": 0, "6.5": 1e3, "ease": "linear"}),
        ([], "background", [0, 0.5, 1]),
        ([], "lights", [{"kind": "sun", "direction": [1, 0, 0]}, {"kind": "ambient", "intensity": {"0": 1, "2": 0}}]),
        (["layers", 1], "color", {"by": "density", "colormap": ["black", "#fff"], "range": ["1%", 3]}),
        (["outputs", "hd"], "stereo", "none"),
        (["outputs", "hd"], "quality", "master"),
        (["outputs", "hd"], "bits", 16),
        (["outputs"], "dome", {"lens": "domemaster", "size": [64, 64], "truncate": {"back": 10.5}, "guides": True}),
        (["outputs"], "dome", {"lens": "domemaster", "size": [64, 64], "bits": 8, "alignment": True}),
    ],
)
def test_right_scenes_are_valid(path, key, value, validator):
    assert [error.message for error in validator.iter_errors(changed(path, key, value))] == []


def properties(schema: Any, where: str = "") -> Any:
    """All properties in a schema, with the titles of the models that they belong to."""
    parts = schema.items() if isinstance(schema, dict) else enumerate(schema) if isinstance(schema, list) else ()
    for step, part in parts:
        if step == "properties" and isinstance(part, dict):
            yield from ((f"{schema.get('title', where)}.{name}", keys) for name, keys in part.items())
        yield from properties(part, f"{where}/{step}")


def test_every_property_has_a_description():
    found = list(properties(scene_schema(FilmSettings)))
    assert len(found) > 500
    assert sorted({name for name, keys in found if not keys.get("description")}) == []
