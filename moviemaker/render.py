"""Renders one output: computes the frames that are missing, then makes the movie of all frames."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from moviemaker.core.errors import InputError, UserError
from moviemaker.core.fingerprint import fingerprint
from moviemaker.core.kinds import load_kind
from moviemaker.core.progress import Progress
from moviemaker.farm import Farm, Job
from moviemaker.film.containers.embed import finishing_touch
from moviemaker.film.disk_errors import explain_disk
from moviemaker.film.dome_description import FrameSequence, TheatreLens, description, write_description
from moviemaker.film.encode import ffmpeg_for
from moviemaker.film.finished_movie import is_finished, make_movie, movie_key, remember
from moviemaker.film.layout import PictureLayout, metadata_text
from moviemaker.film.paths import Eye, alignment_path, description_path, movie_path, sequence_folder, work_folder
from moviemaker.film.picture import write_picture
from moviemaker.film.store import FrameStore
from moviemaker.prepare import Prepared, check_drawable, frames_fingerprint, frames_made_from, placing
from moviemaker.scene.model import Output

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


def render_output(
    prepared: Prepared,
    name: str,
    out: Path,
    *,
    frames: range | None = None,
    scale: float = 1.0,
    workers: int = 1,
    farm: Farm | None = None,
    restart: bool = False,
    progress: Progress,
) -> list[Path]:
    """Renders one output of a scene.

    Args:
        prepared: the scene.
        name: of the output.
        out: folder in which the scene's own folder is made.
        frames: which frames; default: all.
        scale: makes the pictures smaller, for a preview.
        workers: number of processes that compute frames.
        farm: where frames are computed; default: in this process, or in so many `workers`.
        restart: delete frames that an earlier run has finished.
        progress: reporter for notes and frames.

    Returns:
        The finished files, or the folder of a sequence.

    Raises:
        UserError: another run is writing this output, or nothing can be written there.
        MoviemakerError: it cannot be drawn, encoded or kept; frames that are finished are kept.
    """
    scene = prepared.script.scene
    output = scene.outputs[name]
    frames = frames if frames is not None else range(scene.frame_count)
    size = scaled_size(output, scale)
    order = _Order(name, out, frames, size, farm or _farm(workers), restart)
    return [_render_file(prepared, order, file, progress) for file in output.rig.files]


@dataclass(frozen=True)
class _Order:
    """The arguments of `render_output`, with defaults filled in."""

    output: str
    out: Path
    frames: range
    size: Size
    farm: Farm
    restart: bool


def _render_file(prepared: Prepared, order: _Order, file: Eye, progress: Progress) -> Path:
    """Renders one of the files of an output: that of an eye, or of all eyes together."""
    scene = prepared.script.scene
    name, frames, size, out = order.output, order.frames, order.size, order.out
    output = scene.outputs[name]
    label = _label(order, output)
    encoding = output.film
    layout = PictureLayout.of(output.lens.projection, output.rig.layout)
    facts = metadata_text(layout) if encoding.holds_metadata else ""
    store = _store(prepared, order, file)
    movie = movie_path(out, scene.name, label, encoding.format, layout.name_suffix, file)
    fps = scene.header.fps
    if not encoding.is_sequence:
        ffmpeg_for(encoding)  # before the first frame, so that a missing encoder is not found hours later
    with store.claim(order.restart, lambda text: progress.note(f"{name}: {text}")):
        if encoding.alignment and file == output.rig.files[0]:
            _align(prepared, order, store, progress)
        key = movie_key(store.fingerprint, encoding, fps, frames, facts)
        finished = not encoding.is_sequence and is_finished(store, movie, key)
        missing = [] if finished else store.missing(frames)
        if len(missing) < len(frames):
            progress.note(f"{name}: {len(frames) - len(missing)} of {len(frames)} frames are finished already")
        if missing:
            if encoding.is_sequence and isinstance(output.lens, TheatreLens):
                with explain_disk(store.folder):  # an unfinished sequence has no description
                    description_path(out, scene.name, label).unlink(missing_ok=True)
            job = Job(prepared.script, name, size, store, file, progress)
            with placing(prepared.document):  # of data that could be read in `prepare` and cannot be read now
                _compute(job, missing, order.farm, progress)
        if encoding.is_sequence:
            _describe(prepared, order, store)
        if finished or encoding.is_sequence:
            return make_movie(store, frames, encoding, size, fps, movie, metadata=facts)
        with progress.task(f"{name}: encoding", len(frames), "frame") as advance:
            finish = finishing_touch(layout) if encoding.holds_metadata else None
            return make_movie(
                store, frames, encoding, size, fps, movie, metadata=facts, finish=finish, progress=advance
            )


def _label(order: _Order, output: Output) -> str:
    """The name of an output in file names. A preview has a name of its own, so that it never replaces the movie."""
    return order.output if order.size == output.size else f"{order.output}_{order.size[0]}x{order.size[1]}"


def _store(prepared: Prepared, order: _Order, file: Eye) -> FrameStore:
    """The store for the frames of one of the files of an output."""
    scene = prepared.script.scene
    output = scene.outputs[order.output]
    label, encoding = _label(order, output), output.film
    work = work_folder(order.out, scene.name, label, encoding.format, file)
    folder = sequence_folder(order.out, scene.name, label, file) if encoding.is_sequence else work
    what = (prepared, order.output, order.size, file)
    made_from = tuple(frames_made_from(*what).items())
    stem, planned = f"{scene.name}_{label}", len(order.frames)
    return FrameStore(folder, stem, frames_fingerprint(*what), work, planned, made_from)


def _describe(prepared: Prepared, order: _Order, store: FrameStore) -> None:
    """Writes the description of a sequence for a theatre, once all frames of all eyes exist."""
    scene = prepared.script.scene
    output = scene.outputs[order.output]
    whole = range(scene.frame_count)
    if not isinstance(output.lens, TheatreLens):
        return
    if not all(_store(prepared, order, file).has_all(whole) for file in output.rig.files):
        return
    sequence = FrameSequence(
        scene.header.title,
        store.stem,
        len(whole),
        scene.header.fps,
        order.size,
        output.film.bits,
        output.rig.packing,
        output.lens.theatre_facts(),
    )
    write_description(
        description_path(order.out, scene.name, _label(order, output)), description(sequence), workspace=store.work
    )


def _align(prepared: Prepared, order: _Order, store: FrameStore, progress: Progress) -> None:
    """Draws the picture for aligning a theatre's projectors, unless it exists."""
    scene = prepared.script.scene
    output = scene.outputs[order.output]
    path = alignment_path(order.out, scene.name, _label(order, output))
    size = output.rig.eye_size(order.size)
    key = fingerprint("alignment frame 1", output.lens, size, output.film.bits, store.stem)
    if not isinstance(output.lens, TheatreLens) or is_finished(store, path, key):
        return
    progress.note(f"{order.output}: drawing the alignment frame")
    picture = output.lens.alignment_frame(size, store.stem)
    if output.film.bits == 16:
        picture = picture.astype(np.uint16) * 257
    write_picture(path, picture, workspace=store.work)
    remember(store, path, key)


def _farm(workers: int) -> Farm:
    """The farm for a number of processes of this machine."""
    farm: Farm = load_kind("farm", "serial")() if workers == 1 else load_kind("farm", "processes")(workers=workers)
    return farm


def _compute(job: Job, missing: list[int], farm: Farm, progress: Progress) -> None:
    renderers: set[str] = set()
    with progress.task(f"{job.output}: rendering", len(missing), "frame") as advance:
        for count, done in enumerate(farm.run(job, missing), start=1):
            if done.renderer not in renderers:
                renderers.add(done.renderer)
                progress.note(f"{job.output}: drawn by {done.renderer}")
            advance(count)
