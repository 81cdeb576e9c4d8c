"""The JSON Schema of scene files, assembled from the models of all kinds, so that editors can help."""

from __future__ import annotations

from typing import Any

from moviemaker.core.kinds import kind_names, load_kind
from moviemaker.core.values import SIZE
from moviemaker.scene.model import Header
from moviemaker.scene.parse import rigs
from moviemaker.timeline.camera import CameraSettings


def scene_schema(film: type[Any]) -> dict[str, Any]:
    """The schema (draft 2020-12).

    Args:
        film: the model of what an output says about its file.
    """
    definitions: dict[str, Any] = {}

    def place(model: type[Any]) -> dict[str, Any]:
        schema: dict[str, Any] = model.model_json_schema(ref_template="#/$defs/{model}")
        definitions.update(schema.pop("$defs", {}))
        return schema

    def kinds(room: str) -> list[dict[str, Any]]:
        return [_naming("kind", name, place(load_kind(room, name))) for name in kind_names(room) if name != "sample"]

    def samples() -> list[dict[str, Any]]:
        made = [_naming("name", name, place(load_kind("samples", name))) for name in kind_names("samples")]
        return [_naming("kind", "sample", schema) for schema in made]

    def some_of_others() -> list[dict[str, Any]]:
        """Data that are some of the particles of others, which need not name their kind."""
        schema = place(load_kind("data", "particles"))
        schema["required"] = ["of"]
        return [schema]

    header = place(Header)
    film_keys = place(film)["properties"]
    stereo = {"anyOf": [{"enum": list(rigs())}, *(_stereo(place(load_kind("rig", rig))) for rig in kind_names("rig"))]}
    outputs = [_naming("lens", name, place(load_kind("lens", name))) for name in kind_names("lens")]
    properties = {
        **header["properties"],
        "data": {"type": "object", "additionalProperties": {"anyOf": [*kinds("data"), *samples(), *some_of_others()]}},
        "layers": {"type": "array", "items": {"anyOf": kinds("layers")}},
        "lights": {"type": "array", "items": {"anyOf": kinds("lights")}},
        "camera": place(CameraSettings),
        "outputs": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"anyOf": [_output(lens, {**film_keys, "stereo": stereo}) for lens in outputs]},
        },
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A moviemaker scene",
        "type": "object",
        "properties": properties,
        "required": [*header.get("required", []), "camera", "outputs"],
        "additionalProperties": False,
        "$defs": definitions,
    }


def _naming(key: str, name: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a kind, which has to be named."""
    schema["properties"][key] = {"const": name}
    schema["required"] = sorted({key, *schema.get("required", [])})
    return schema


def _stereo(schema: dict[str, Any]) -> dict[str, Any]:
    schema["required"] = ["packing"]
    return schema


def _output(schema: dict[str, Any], shared: dict[str, Any]) -> dict[str, Any]:
    """The schema of an output with a lens: with what all outputs may say."""
    schema["properties"] |= {"size": SIZE.schema, **shared}
    schema["required"] = sorted({"size", *schema["required"]})
    return schema
