"""Laser scans: LAS and its compressed form LAZ, read by laspy.

Positions are in the coordinates of the file, often metres of a map. Fields are the dimensions of the file (`intensity`,
`classification`, `return_number`, `gps_time` ...); red, green and blue together are `rgb`.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from moviemaker.data.formats.contents import Contents, in_memory
from moviemaker.data.formats.declared_size import check_packed, check_room, check_stored
from moviemaker.data.formats.extras import extra
from moviemaker.data.probing.ways import Probe
from moviemaker.data.probing.whole import whole_probe

SUFFIXES = (".las", ".laz")
COMPRESSIBLE = ()


_HEADER = 227
"""Bytes of the shortest header."""


def first_look(path: Path) -> Probe | None:
    """How another process looks at a file first, which lazrs may crash."""
    if path.suffix.lower() != ".laz":
        return None
    return whole_probe(f"{__name__}:open_file", "lazrs", "lazrs", ("laspy", "lazrs"))


def open_file(path: Path) -> Contents:
    """All points of the file.

    Raises:
        InputError: laspy is not installed.
        ValueError: the file cannot be read.
    """
    laspy = extra(path, "laspy", "laspy", "las")
    if path.suffix.lower() == ".laz":
        extra(path, "lazrs", "lazrs", "las")
    _check_header(path)
    try:
        scan = laspy.read(path)
        arrays = {"position": in_memory(np.asarray(scan.xyz))}
        for name in scan.point_format.dimension_names:
            values = np.asarray(scan[name])
            if name not in ("X", "Y", "Z") and values.dtype.kind in "biuf":
                arrays[name] = in_memory(values)
    except Exception as error:  # errors of laspy, and of its compiled back end
        raise ValueError(str(error)) from error
    return Contents(arrays, lazy=False)


def _check_header(path: Path) -> None:
    """Holds the numbers of points and records against the file (LAS Specification 1.4, table 3).

    Raises:
        ValueError: there are fewer.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(375)
    if len(head) < _HEADER or not head.startswith(b"LASF"):
        raise ValueError("it is not a laser scan, or is not whole")
    minor, length, start, records = head[25], *struct.unpack_from("<HII", head, 94)
    each, count = struct.unpack_from("<HI", head, 105)
    extended = extended_at = 0
    if minor >= 4 and len(head) == 375:
        extended_at, extended, count = struct.unpack_from("<QIQ", head, 235)
    check_stored((records,), 54, start - length, "records")
    if extended:
        check_stored((extended,), 60, size - extended_at, "records")
    check = check_packed if path.suffix.lower() == ".laz" else check_stored
    check((count,), each, size - start, "points")
    check_room((count,), 24 + 8 * each, "points")
