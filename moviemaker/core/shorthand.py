"""A mapping of which one key is enough: the value of that key stands for all of it."""

from __future__ import annotations

from typing import Any

from moviemaker.core.errors import InputError, show
from moviemaker.core.kinds import Kind, build
from moviemaker.core.values import Value


def shorthand(kind: type[Kind], key: str, noun: str, right: str) -> Value:
    """Such a mapping as a sort of value.

    Args:
        kind: whose keys the mapping has.
        key: the one of them that is enough, a text.
        noun: what it is, to say that something is none.
        right: what is right instead, to end the sentence "; write ...".
    """

    def parse(written: Any) -> Kind:
        if isinstance(written, kind):
            return written
        if isinstance(written, str):
            return kind(**{key: written})
        if not isinstance(written, dict):
            raise InputError(f"{show(written)} is not a {noun}", f"write {right}")
        return build(kind, written)

    return Value(right, parse, {"anyOf": [{"type": "string"}, kind.model_json_schema()]}, mix=None)
