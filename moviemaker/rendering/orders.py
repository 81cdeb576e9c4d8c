"""What is asked for of one output of a scene, the files that come of it, and where its frames are kept."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from moviemaker.core.errors import InputError, UserError
from moviemaker.core.machine.files import read_own
from moviemaker.drawing.limits import check_drawable
from moviemaker.film.layout import PictureLayout, metadata_text
from moviemaker.film.paths import Eye, movie_path, part_label, sequence_folder, work_folder
from moviemaker.film.store import FINGERPRINT, FrameStore
from moviemaker.prepare import Prepared
from moviemaker.rendering.made_from import fingerprint_of_frames, frames_made_from
from moviemaker.scene.model import Output, Scene

Size = tuple[int, int]

MAX_SCALE = 8


def scaled_size(output: Output, scale: float) -> Size:
    """The size of a preview: the output's own, scaled and fitted to what its codec takes.

    Raises:
        UserError: the scale is out of range, or makes the picture too large to be drawn.
    """
    if scale == 1:
        return output.size
    if not 0 < scale <= MAX_SCALE:
        right = f"write a number above 0 and up to {MAX_SCALE}, such as 0.25"
        raise UserError(f"the scale {scale:g} is out of range; {right}")
    wanted = (max(1, round(output.size[0] * scale)), max(1, round(output.size[1] * scale)))
    size: Size = output.film.fit_size(wanted)
    try:
        check_drawable(output, size)
    except InputError as error:
        raise UserError(f"--scale {scale:g}: {error}") from None
    return size


@dataclass(frozen=True)
class Order:
    """What is asked for of one output.

    Attributes:
        output: its name.
        out: folder in which the scene's own folder is made.
        frames: which frames.
        size: (width, height) of the pictures.
    """

    output: str
    out: Path
    frames: range
    size: Size

    def label(self, output: Output) -> str:
        """The name of an output in file names. A preview has a name of its own, and never replaces the movie."""
        return self.output if self.size == output.size else f"{self.output}_{self.size[0]}x{self.size[1]}"

    def product(self, scene: Scene, file: Eye) -> Path:
        """The movie, or the folder of the sequence."""
        output = scene.outputs[self.output]
        label, layout = self.label(output), layout_of(output)
        if output.film.is_sequence:
            return sequence_folder(self.out, scene.name, label, file)
        if self.frames != range(scene.frame_count):
            label = part_label(label, self.frames)
        return movie_path(self.out, scene.name, label, output.film.format, layout.name_suffix, file)

    def store(self, prepared: Prepared, file: Eye) -> FrameStore:
        """The store for the frames of one of the files of the output."""
        made_from = frames_made_from(prepared, self.output, self.size, file)
        made_of = fingerprint_of_frames(prepared, made_from)
        kept = self.kept(prepared.script.scene, file)
        return replace(kept, fingerprint=made_of, made_from=tuple(made_from.items()))

    def kept(self, scene: Scene, file: Eye) -> FrameStore:
        """The store of those frames that a run has drawn last, whatever they are made from."""
        output = scene.outputs[self.output]
        label, encoding = self.label(output), output.film
        work = work_folder(self.out, scene.name, label, encoding.format, file)
        folder = sequence_folder(self.out, scene.name, label, file) if encoding.is_sequence else work
        made_of = read_own(work / FINGERPRINT) or ""
        return FrameStore(folder, f"{scene.name}_{label}", made_of, work, len(self.frames), suffix=encoding.suffix)


def layout_of(output: Output) -> PictureLayout:
    """How the pictures of an output lie in its frames."""
    return PictureLayout.of(output.lens.projection, output.rig.layout)


def facts_for_players(output: Output) -> str:
    """What is written into the movie of an output beside its pictures, as text; empty for nothing."""
    return metadata_text(layout_of(output)) if output.film.holds_metadata else ""


def order_of_label(label: str, scene: Scene, out: Path) -> Order | None:
    """The order of all frames of a preview, as its label in file names tells; None: it is not one of this scene."""
    found = re.fullmatch(r"(.+)_(\d{1,6})x(\d{1,6})", label, re.DOTALL)
    if found is None or found[1] not in scene.outputs:
        return None
    return Order(found[1], out, range(scene.frame_count), (int(found[2]), int(found[3])))
