"""Options that several commands have, with their help."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

SceneFile = Annotated[Path, Parameter(help="The scene file (YAML).")]
OutputName = Annotated[str | None, Parameter(help="The output to draw. Default: the first.")]
Scale = Annotated[float, Parameter(help="Makes the pictures smaller: 0.25 is a quarter of the width and height.")]
LocalNetwork = Annotated[
    bool, Parameter(negative="", help="Read data from addresses of this machine and its network too.")
]

DataFiles = Annotated[Path, Parameter(help="Data files of one kind, a glob in quotes, or the address of a Zarr.")]
Force = Annotated[bool, Parameter(negative="", help="Replace a file that is there.")]
