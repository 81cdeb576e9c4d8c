"""Zarr as their metadata say it, written without a library."""

from __future__ import annotations

import json


def array_2(folder, **keys):
    """A Zarr of version 2 with one chunk."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {
        "zarr_format": 2,
        "shape": [4, 4, 4],
        "chunks": [4, 4, 4],
        "dtype": "<f4",
        "order": "C",
        "compressor": None,
        "filters": None,
        "fill_value": 0,
    }
    text = keys.pop("text", None) or json.dumps(written | keys)
    (folder / ".zarray").write_text(text, encoding="utf-8")
    (folder / "0.0.0").write_bytes(bytes(256))
    return folder


BYTES = {"name": "bytes", "configuration": {"endian": "little"}}


def array_3(folder, *codecs, **keys):
    """A Zarr of version 3 with one chunk."""
    (folder / "c/0/0").mkdir(parents=True)
    written = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [4, 4, 4],
        "data_type": "float32",
        "fill_value": 0,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [4, 4, 4]}},
        "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
        "codecs": list(codecs) or [BYTES],
    }
    (folder / "zarr.json").write_text(json.dumps(written | keys), encoding="utf-8")
    (folder / "c/0/0/0").write_bytes(bytes(256))
    return folder


def group_2(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ".zgroup").write_text('{"zarr_format": 2}', encoding="utf-8")
    return folder
