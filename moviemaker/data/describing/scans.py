"""First layers of medical scans, and the side from which a patient is looked at."""

from __future__ import annotations

import numpy as np

from moviemaker.core.histograms.auto_transfer import AutoTransfer
from moviemaker.core.histograms.hounsfield import AIR, WATER, air_and_water, is_certain
from moviemaker.data.describing.framing import FACING
from moviemaker.data.describing.grid_layers import FACING_FLAT
from moviemaker.data.describing.report import quoted
from moviemaker.data.grids.source import Facts

_ASIDE = 35.0
"""Degrees by which the first picture shows a face from its left."""
_ELEVATION = 10.0


def scan_layer(data: str, name: str, facts: Facts, array: np.ndarray, values: np.ndarray, auto: AutoTransfer) -> str:
    """The layer of a scan: bones in thin skin for CT, the body for magnetic resonance; empty: it is another field.

    Args:
        data: name of the data in the scene.
        name: of the field.
        facts: what the files tell about the grid.
        array: the first snapshot (nx, ny, nz).
        values: finite values of all snapshots (n,).
        auto: the automatic transfer function of the field.
    """
    is_ct = facts.modality == "CT" or facts.units.get(name) == "HU"
    whole = array.dtype.kind in "iu"
    if is_ct or (not facts.modality and (facts.patient or whole) and is_certain(values)):
        air, water = air_and_water(values) or (AIR, WATER)
        known = "" if (air, water) == (AIR, WATER) else f"    hounsfield: [{air:g}, {water:g}]   # air and water\n"
        remark = "   # or muscle, lung, vessels; weights may move"
        return _layer(data, name, f"    preset: {{bone: 1, skin: 0.08}}{remark}\n{known}")
    is_mr = facts.modality == "MR" or (facts.patient and not facts.modality)
    if is_mr and len(values) and float(values.min()) >= 0 and auto.upwards:
        return _layer(data, name, "    preset: mr   # or mr_vessels\n")
    return ""


def _layer(data: str, name: str, keys: str) -> str:
    return f"  - kind: volume\n    data: {data}\n    field: {quoted(name)}\n{keys}"


def facing_of(facts: Facts, flat: int | None) -> tuple[float, float, float]:
    """Elevation of the first camera, and its azimuth in the beginning and at the end, degrees.

    A patient is seen from the front and a little from the side, upright as the coordinates say.

    Args:
        facts: what the files tell about the grid.
        flat: the axis along which the grid has one sample; None: along none.
    """
    if flat is not None:
        return FACING_FLAT[flat]
    if not facts.patient:
        return FACING
    start = {"A": 90.0, "P": -90.0}[facts.patient[1]] - _ASIDE
    return (_ELEVATION, start, start + 360)
