"""The JSON Schema of scene files, assembled from the models of all kinds, so that editors can help."""

from __future__ import annotations

from pydantic import BaseModel

from moviemaker.core.kinds import kind_names, load_kind
from moviemaker.core.values import JsonSchema
from moviemaker.scene.model import OutputKeys, SceneKeys
from moviemaker.scene.parse import rigs
from moviemaker.timeline.camera import CameraSettings


def scene_schema(film: type[BaseModel]) -> JsonSchema:
    """The schema (draft 2020-12).

    Args:
        film: the model of what an output says about its file.
    """
    definitions: JsonSchema = {}

    def place(model: type[BaseModel]) -> JsonSchema:
        schema: JsonSchema = model.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(schema.pop("$defs", {}))
        return schema

    def kinds(room: str) -> list[JsonSchema]:
        return [_naming("kind", name, place(load_kind(room, name))) for name in kind_names(room) if name != "sample"]

    def samples() -> list[JsonSchema]:
        made = [_naming("name", name, place(load_kind("samples", name))) for name in kind_names("samples")]
        return [_naming("kind", "sample", schema) for schema in made]

    def some_of_others() -> list[JsonSchema]:
        """Data that are some of the particles of others, which need not name their kind."""
        schema = place(load_kind("data", "particles"))
        schema["required"] = ["of"]
        return [schema]

    scene = place(SceneKeys)
    shared = place(OutputKeys)["properties"]
    stereo = [{"enum": list(rigs())}, *(_stereo(place(load_kind("rig", rig))) for rig in kind_names("rig"))]
    film_keys = {**place(film)["properties"], "size": shared["size"], "stereo": shared["stereo"] | {"anyOf": stereo}}
    outputs = [_naming("lens", name, place(load_kind("lens", name))) for name in kind_names("lens")]
    sections: dict[str, JsonSchema] = {
        "data": {"type": "object", "additionalProperties": {"anyOf": [*kinds("data"), *samples(), *some_of_others()]}},
        "layers": {"type": "array", "items": {"anyOf": kinds("layers")}},
        "lights": {"type": "array", "items": {"anyOf": kinds("lights")}},
        "camera": place(CameraSettings),
        "outputs": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"anyOf": [_output(lens, film_keys) for lens in outputs]},
        },
    }
    for name, section in sections.items():
        section["description"] = scene["properties"][name]["description"]
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A moviemaker scene",
        "type": "object",
        "properties": scene["properties"] | sections,
        "required": scene["required"],
        "additionalProperties": False,
        "$defs": definitions,
    }
    _describe_names(schema)
    return schema


def _naming(key: str, name: str, schema: JsonSchema) -> JsonSchema:
    """The schema of a kind, which has to be named."""
    schema["properties"][key] = {"const": name}
    schema["required"] = sorted({key, *schema.get("required", [])})
    return schema


def _stereo(schema: JsonSchema) -> JsonSchema:
    schema["required"] = ["packing"]
    return schema


def _output(schema: JsonSchema, shared: JsonSchema) -> JsonSchema:
    """The schema of an output with a lens: with what all outputs may say."""
    schema["properties"] |= shared
    schema["required"] = sorted({"size", *schema["required"]})
    return schema


def _describe_names(schema: object) -> None:
    """Describes the keys by which kinds name themselves, wherever they are, by the summaries of their kinds."""
    if isinstance(schema, list):
        for part in schema:
            _describe_names(part)
    if not isinstance(schema, dict):
        return
    for name in ("kind", "lens", "name", "packing"):
        key = schema.get("properties", {}).get(name, {})
        if "const" in key and "description" in schema:
            summary = schema["description"].partition("\n\n")[0]
            key.setdefault("description", f"{key['const']}: {' '.join(summary.split())}")
    for part in schema.values():
        _describe_names(part)
