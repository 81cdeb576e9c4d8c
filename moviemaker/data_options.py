"""The options of `info` and `quick` that say what files alone do not."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from moviemaker.core.errors import InputErrors, UserError

if TYPE_CHECKING:
    from moviemaker.core.progress import Progress
    from moviemaker.data.describing.describe import Description
    from moviemaker.data.formats.contents import Layout


@Parameter(name="*")
@dataclass(frozen=True)
class DataOptions:
    """What a user says of data files.

    Attributes:
        group: of an HDF5 file with several groups of particles.
        shape: numbers of samples of raw files, x first, as separate texts or in one: `256x256x128`, `256,256,128`.
        dtype, order, offset: of raw files, as the keys of a grid.
        keys: of the data set, as they would stand in a scene.
    """

    group: Annotated[str | None, Parameter(help="A group of an HDF5 file, such as PartType4.")] = None
    shape: Annotated[
        list[str] | None,
        Parameter(consume_multiple=True, negative="", help="Samples of raw files along x, y and z: 256 256 128."),
    ] = None
    dtype: Annotated[str | None, Parameter(help="Type of the samples of raw files, as uint16. Default: uint8.")] = None
    order: Annotated[
        str | None, Parameter(help="C: the last axis varies fastest in raw files (default); F: the first.")
    ] = None
    offset: Annotated[int | None, Parameter(help="Bytes before the first sample of raw files. Default: 0.")] = None
    keys: Annotated[
        str | None, Parameter(help='Keys of the data as in a scene: "position: [lon, lat], globe: 6371".')
    ] = None

    def describe(self, files: Sequence[Path], folder: Path, progress: Progress | None = None) -> Description:
        """What is in data files, with a scene for a folder.

        Raises:
            InputError: the data cannot be read.
            UserError: no file is given, or an option is wrong.
        """
        from moviemaker.data.describing.describe import describe
        from moviemaker.data.describing.with_keys import describe_with_keys

        check_given(files)
        layout = self.layout()
        if self.keys is None:
            return describe(files, progress, self.group, layout=layout, folder=folder)
        if layout is not None:
            raise UserError("--shape and --keys are given; write shape: and dtype: among the keys, or leave --keys out")
        written, keys = _inside(self.keys), self._keys()
        if self.group is not None:
            written, keys = f"{written}, group: {self.group}", keys | {"group": self.group}
        return describe_with_keys(files, keys, written, folder, progress)

    def layout(self) -> Layout | None:
        """The layout of raw files; None: the options give none.

        Raises:
            UserError: one of them is wrong.
        """
        from moviemaker.core.kinds import build
        from moviemaker.data.formats.contents import Layout
        from moviemaker.data.grid import Grid

        keys = {"dtype": self.dtype, "order": self.order, "offset": self.offset}
        given = {key: value for key, value in keys.items() if value is not None}
        if self.shape is None:
            if given:
                raise UserError(f"--{next(iter(given))} is given without --shape; write --shape NX NY NZ too")
            return None
        numbers = [word for word in re.split(r"[\s,;x×*\[\]()]+", " ".join(self.shape)) if word]
        if not all(word.isdecimal() for word in numbers) or len(numbers) not in (3, 4):
            right = "write three or four whole numbers, x first, such as --shape 256 256 128"
            raise UserError(f"--shape {' '.join(self.shape)}: not the shape of a grid; {right}")
        try:
            grid = build(Grid, {"file": "raw", "shape": list(map(int, numbers)), **given})
        except InputErrors as errors:
            first = errors.errors[0]
            raise UserError(f"--{first.at[0] if first.at else 'shape'}: {first}") from None
        return Layout(tuple(map(int, numbers)), grid.dtype or "uint8", grid.order or "C", grid.offset or 0)

    def _keys(self) -> dict[str, Any]:
        """The keys as plain values."""
        from moviemaker.core.errors import SceneError
        from moviemaker.scene.text import parse_text

        try:
            found = parse_text(f"{{{_inside(self.keys or '')}}}", "--keys", Path()).value
        except SceneError as error:
            raise UserError(f"--keys: {error.problems[0].what}; {error.problems[0].instead}") from None
        if not isinstance(found, dict):
            raise UserError('--keys: these are not keys; write them as in a scene: "field: rho, times: [0, 1]"')
        return found


def check_given(files: Sequence[Path]) -> None:
    """Raises UserError if no file is given."""
    if not files:
        raise UserError("no file is given; write the path of a data file, such as snapshot.npz")


def _inside(text: str) -> str:
    """A mapping without the braces around it."""
    plain = text.strip().rstrip(",")
    return plain[1:-1].strip() if plain.startswith("{") and plain.endswith("}") else plain
