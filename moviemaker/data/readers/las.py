"""Point clouds of laser scanners: LAS and its compressed form LAZ, read by laspy.

Positions are in the file's own coordinates, often metres of a map. Fields are the file's dimensions (`intensity`,
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
        cloud = laspy.read(path)
        arrays = {"position": in_memory(np.asarray(cloud.xyz))}
        for name in cloud.point_format.dimension_names:
            values = np.asarray(cloud[name])
            if name not in ("X", "Y", "Z") and values.dtype.kind in "biuf":
                arrays[name] = in_memory(values)
    except Exception as error:  # laspy's own errors, and those of its back end, which is not written in Python
        raise ValueError(str(error)) from error
    return Contents(arrays, lazy=False)
