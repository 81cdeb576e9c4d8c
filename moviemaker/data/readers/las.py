"""Laser scans: LAS and its compressed form LAZ, read by laspy.

Positions are in the coordinates of the file, often metres of a map. Fields are the dimensions of the file (`intensity`,
`classification`, `return_number`, `gps_time` ...); red, green and blue together are `rgb`.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from moviemaker.data.formats.contents import Contents, in_memory
from moviemaker.data.formats.extras import extra

SUFFIXES = (".las", ".laz")
COMPRESSIBLE = ()


def open_file(path: Path) -> Contents:
    """All points of the file.

    Raises:
        InputError: laspy is not installed.
        ValueError: the file cannot be read.
    """
    laspy = extra(path, "laspy", "laspy", "las")
    if path.suffix.lower() == ".laz":
        extra(path, "lazrs", "lazrs", "las")
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
