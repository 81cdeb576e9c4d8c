"""One output from start to finished file: what is missing is computed, then the movie is made of what is there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from moviemaker.core.errors import Mistake, UserError
from moviemaker.core.kinds import load_kind
from moviemaker.farm._job import Farm, Job
from moviemaker.film.embed import finishing_touch
from moviemaker.film.encode import find_ffmpeg
from moviemaker.film.layout import PictureLayout, metadata_text
from moviemaker.film.movie import is_finished, make_movie, movie_key
from moviemaker.film.names import Eye, movie_path, sequence_folder, work_folder
from moviemaker.film.store import FrameStore
from moviemaker.progress import Progress
from moviemaker.scene.model import Output
from moviemaker.script import Prepared, check_drawable, frames_fingerprint

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
    except Mistake as mistake:
        raise UserError(f"--scale {scale:g}: {mistake}") from None
    return size


def render_output(
    prepared: Prepared,
    name: str,
    out: Path,
    *,
    frames: range | None = None,
    scale: float = 1.0,
    workers: int = 1,
    restart: bool = False,
    progress: Progress,
) -> list[Path]:
    """Renders one output of a scene.

    Args:
        prepared: the scene.
        name: of the output.
        out: folder that the scene's own folder is made in.
        frames: which frames; default: all.
        scale: makes the pictures smaller, for a preview.
        workers: number of processes that compute frames.
        restart: forget frames that an earlier run has finished.
        progress: told how far it is.

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
    order = _Order(name, out, frames, size, workers, restart)
    return [_render_file(prepared, order, file, progress) for file in output.rig.files]


@dataclass(frozen=True)
class _Order:
    """What was asked for: the arguments of `render_output`, with nothing left open."""

    output: str
    out: Path
    frames: range
    size: Size
    workers: int
    restart: bool


def _render_file(prepared: Prepared, order: _Order, file: Eye, progress: Progress) -> Path:
    """Renders one of the files of an output: that of an eye, or of all eyes together."""
    scene = prepared.script.scene
    name, frames, size, out = order.output, order.frames, order.size, order.out
    output = scene.outputs[name]
    # A preview has a name of its own: it never stands in the way of the movie.
    label = name if size == output.size else f"{name}_{size[0]}x{size[1]}"
    encoding = output.film
    layout = PictureLayout(output.lens.projection, output.rig.layout)
    facts = metadata_text(layout) if encoding.holds_metadata else ""
    work = work_folder(out, scene.name, label, encoding.format, file)
    folder = sequence_folder(out, scene.name, label, file) if encoding.is_sequence else work
    made_from = frames_fingerprint(prepared, name, size, file)
    store = FrameStore(folder, f"{scene.name}_{label}", made_from, work, planned=len(frames))
    movie = movie_path(out, scene.name, label, encoding.format, layout.name_suffix, file)
    fps = scene.header.fps
    if not encoding.is_sequence:
        find_ffmpeg(encoding)  # before the first frame: a missing encoder is not found out hours later
    with store.claim(restart=order.restart):
        key = movie_key(made_from, encoding, fps, frames, facts)
        finished = not encoding.is_sequence and is_finished(store, movie, key)
        missing = [] if finished else store.missing(frames)
        if len(missing) < len(frames):
            progress.note(f"{name}: {len(frames) - len(missing)} of {len(frames)} frames are finished already")
        if missing:
            _compute(Job(prepared.script, name, size, store, file), missing, order.workers, progress)
        if finished or encoding.is_sequence:
            return make_movie(store, frames, encoding, size, fps, movie, metadata=facts)
        with progress.task(f"{name}: encoding", len(frames), "frame") as advance:
            finish = finishing_touch(layout) if encoding.holds_metadata else None
            return make_movie(
                store, frames, encoding, size, fps, movie, metadata=facts, finish=finish, progress=advance
            )


def _compute(job: Job, missing: list[int], workers: int, progress: Progress) -> None:
    farm: Farm = load_kind("farm", "serial")() if workers == 1 else load_kind("farm", "processes")(workers=workers)
    renderers: set[str] = set()
    with progress.task(f"{job.output}: rendering", len(missing), "frame") as advance:
        try:
            for count, done in enumerate(farm.run(job, missing), start=1):
                if done.renderer not in renderers:
                    renderers.add(done.renderer)
                    progress.note(f"{job.output}: drawn by {done.renderer}")
                advance(count)
        except Mistake as mistake:  # data that could be read when the scene was looked through, and now cannot
            raise UserError(f"{job.output}: {mistake}") from mistake
