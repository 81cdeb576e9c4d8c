"""The JSON Schema of scene files, assembled from the models of all kinds, so that editors can help with writing them."""

from __future__ import annotations

from typing import Any

from moviemaker.core.kinds import kind_names, load_kind
from moviemaker.core.values import SIZE
from moviemaker.scene.lights import LIGHT
from moviemaker.scene.model import Header
from moviemaker.timeline.camera import CameraSettings

RIGS = {"none": "mono"}


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

    def kinds(room: str) -> dict[str, Any]:
        return {"anyOf": [_naming("kind", name, place(load_kind(room, name))) for name in kind_names(room)]}

    header = place(Header)
    film_keys = place(film)["properties"]
    properties = {
        **header["properties"],
        "data": {"type": "object", "additionalProperties": kinds("data")},
        "layers": {"type": "array", "items": kinds("layers")},
        "lights": {"type": "array", "items": LIGHT.schema},
        "camera": place(CameraSettings),
        "outputs": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "anyOf": [
                    _output(_naming("lens", name, place(load_kind("lens", name))), film_keys)
                    for name in kind_names("lens")
                ]
            },
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


def _output(schema: dict[str, Any], film_keys: dict[str, Any]) -> dict[str, Any]:
    schema["properties"] |= {"size": SIZE.schema, "stereo": {"enum": list(RIGS)}, **film_keys}
    schema["required"] = sorted({"size", *schema["required"]})
    return schema
