"""Renders outputs: computes the frames that are missing, then makes the movies of all frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from moviemaker.core.errors import MoviemakerError, UserError
from moviemaker.core.fingerprint import fingerprint
from moviemaker.core.progress import Progress
from moviemaker.farm import Crew, Failed, Farm, Job
from moviemaker.farm.serial import Serial
from moviemaker.film.containers.embed import finishing_touch
from moviemaker.film.disk_errors import explain_disk
from moviemaker.film.dome_description import FrameSequence, TheatreLens, description, write_description
from moviemaker.film.encode import ffmpeg_for
from moviemaker.film.finished_movie import make_movie, movie_key, replacement
from moviemaker.film.layout import metadata_text
from moviemaker.film.paths import Eye, alignment_path, description_path
from moviemaker.film.picture import DamagedPicture, read_picture, write_picture
from moviemaker.film.records import is_finished, keep_unrecorded, make_again, remember
from moviemaker.film.store import FrameStore
from moviemaker.film.survey import refuse_unknown, survey
from moviemaker.prepare import Prepared
from moviemaker.rendering.events import RunLog
from moviemaker.rendering.orders import Order, layout_of, scaled_size
from moviemaker.rendering.shared_data import SharedData
from moviemaker.resolved_scene import Script
from moviemaker.scene.model import Scene
from moviemaker.scene.text import placing
from moviemaker.studio import Studio
from moviemaker.visibility import is_blank, why_empty

HOPELESS = 3
"""If so many frames fail before one is finished, the others are not tried."""


def render_outputs(
    prepared: Prepared,
    names: Sequence[str],
    out: Path,
    *,
    frames: range | None = None,
    scale: float = 1.0,
    farm: Farm | None = None,
    restart: bool = False,
    progress: Progress,
) -> Iterator[Path]:
    """Renders outputs of a scene. The workers of the farm stay over all of them.

    A finished file is replaced by a whole new one only, and a note says so before the first frame is drawn.

    Args:
        prepared: the scene.
        names: of the outputs.
        out: folder in which the scene's own folder is made.
        frames: which frames; default: all. A movie of some of them has a name of its own.
        scale: makes the pictures smaller, for a preview.
        farm: where frames are computed; default: in this process.
        restart: draw frames again that an earlier run has finished.
        progress: reporter for notes and frames.

    Yields:
        Each file when it is finished, and the folders of sequences.

    Raises:
        UserError: another run is writing this output, nothing can be written there, or files that this program has no
            record of lie under the names of frames.
        MoviemakerError: it cannot be drawn, encoded or kept; frames that are finished are kept.
    """
    farm = farm or Serial()
    frames = frames if frames is not None else range(prepared.script.scene.frame_count)
    with SharedData(out, progress) as shared, farm.hire(progress) as crew:
        elsewhere = None if isinstance(farm, Serial) else shared
        for name in names:
            size = scaled_size(prepared.script.scene.outputs[name], scale)
            order = _Order(name, out, frames, size, crew, restart, elsewhere)
            yield from _render_output(prepared, order, progress)


def _render_output(prepared: Prepared, order: _Order, progress: Progress) -> Iterator[Path]:
    """Renders one output."""
    scene, frames = prepared.script.scene, order.frames
    output = scene.outputs[order.output]
    _check_names(scene, order)
    stores = {file: order.store(prepared, file) for file in output.rig.files}
    if len(stores) > 1:  # before hours are spent on the first eye
        for store in stores.values():
            refuse_unknown(store, frames)
    for file in stores:
        yield _render_file(prepared, order, file, stores, progress)


@dataclass(frozen=True)
class _Order(Order):
    """What is asked for of one output, and of whom."""

    crew: Crew
    restart: bool
    shared: SharedData | None  # with other processes; None: this one computes all frames


def _check_names(scene: Scene, order: _Order) -> None:
    """Refuses to write one output over another, such as a preview of `hd` over an output `hd_320x180`."""

    def products(order: _Order) -> set[Path]:
        output = scene.outputs[order.output]
        return {order.product(scene, file) for file in output.rig.files}

    mine = products(order)
    for name, output in scene.outputs.items():
        other = replace(order, output=name, size=output.size, frames=range(scene.frame_count))
        if name != order.output and (both := mine & products(other)):
            what = f"{order.output} and the output {name} would both be written to {min(both)}"
            raise UserError(f"{what}; give one of them another name, or choose another --scale or --frames")


def _render_file(
    prepared: Prepared, order: _Order, file: Eye, stores: Mapping[Eye, FrameStore], progress: Progress
) -> Path:
    """Renders one of the files of an output: that of an eye, or of all eyes together."""
    scene = prepared.script.scene
    name, frames, size, store = order.output, order.frames, order.size, stores[file]
    output = scene.outputs[name]
    encoding, layout = output.film, layout_of(output)
    facts = metadata_text(layout) if encoding.holds_metadata else ""
    movie = order.product(scene, file)
    fps = scene.header.fps
    log = RunLog(store, progress, output=name, frames=[frames.start, frames.stop], size=size, fps=fps)

    def note(text: str) -> None:
        log.note(f"{name}: {text}")

    if not encoding.is_sequence:
        ffmpeg_for(encoding)  # before the first frame, so that a missing encoder is not found hours later
        if movie.is_dir():
            raise UserError(f"cannot write {movie}: that is a folder, not a file; choose another folder with --out")
    with store.claim(), log:
        if encoding.alignment and file == output.rig.files[0]:
            _align(prepared, order, store, log)
        if order.restart and not encoding.is_sequence:
            make_again(store.work, movie)
        key = movie_key(store.fingerprint, encoding, fps, frames, facts)
        finished = not encoding.is_sequence and is_finished(store.work, movie, key)
        missing: Sequence[int] = ()
        if not finished:
            found = survey(store, frames, order.restart)
            missing = found.missing
            replaced = None if encoding.is_sequence else replacement(store, movie, frames)
            for text in (*found.notes, *([replaced] if replaced else [])):
                note(text)
        if len(missing) < len(frames):
            note(f"{len(frames) - len(missing)} of {len(frames)} frames are finished already")
        if missing:
            log.begin(missing=len(missing))
            with placing(prepared.document):  # of data that could be read in `prepare` and cannot be read now
                script = _exposed(prepared, name, note)
                folder = None
                if order.shared is not None:
                    script, folder = order.shared.script(script), order.shared.arrays(prepared)
                job = Job(script, name, size, store, file, folder, prepared.sources, log)
                _compute(job, list(missing), order.crew, log)
            for index in sorted({frames[0], frames[len(frames) // 2], frames[-1]} & {*missing}):
                if is_blank(store.get(index)) and (why := why_empty(prepared, name, index / fps)):
                    note(f"warning: frame {index} holds nothing: {why}")
        if encoding.is_sequence:
            _describe(prepared, order, stores)
        if finished or encoding.is_sequence:
            return make_movie(store, frames, encoding, size, fps, movie, metadata=facts)
        with log.encoding(len(frames), movie), log.task(f"{name}: encoding", len(frames), "frame") as advance:
            finish = finishing_touch(layout) if encoding.holds_metadata else None
            return make_movie(
                store, frames, encoding, size, fps, movie, metadata=facts, finish=finish, progress=advance, note=note
            )


def _exposed(prepared: Prepared, name: str, note: Callable[[str], None]) -> Script:
    """The script with all exposures that it lacks for an output, found here once for all processes."""
    script = prepared.script
    layers = Studio(script, name, sources=prepared.sources).layers
    for index, (layer, before) in enumerate(zip(layers, script.layers, strict=True)):
        if layer is not before:
            given = "" if before.contrast is not None else f", contrast: {layer.contrast:.3g}"
            note(f"layers[{index}]: found exposure: {layer.exposure:.3g}{given}")
    return replace(script, layers=layers)


def _describe(prepared: Prepared, order: _Order, stores: Mapping[Eye, FrameStore]) -> None:
    """Writes the description of a sequence for a theatre, once all frames of all eyes exist.

    That of an earlier sequence stays until then.
    """
    scene = prepared.script.scene
    output = scene.outputs[order.output]
    whole = range(scene.frame_count)
    if not isinstance(output.lens, TheatreLens) or not all(store.has_all(whole) for store in stores.values()):
        return
    store = next(iter(stores.values()))
    sequence = FrameSequence(
        scene.header.title,
        store.stem,
        len(whole),
        scene.header.fps,
        order.size,
        output.film.bits,
        output.rig.packing,
        output.lens.theatre_facts(),
        output.film.clear,
        output.film.is_linear,
    )
    path = description_path(order.out, scene.name, order.label(output))
    write_description(path, description(sequence), workspace=store.work)


def _align(prepared: Prepared, order: _Order, store: FrameStore, progress: Progress) -> None:
    """Draws the picture for aligning a theatre's projectors, unless it exists."""
    scene = prepared.script.scene
    output = scene.outputs[order.output]
    path = alignment_path(order.out, scene.name, order.label(output))
    size = output.rig.eye_size(order.size)
    key = fingerprint("alignment frame 1", output.lens, size, output.film.bits, store.stem)
    if not isinstance(output.lens, TheatreLens) or is_finished(store.work, path, key):
        return
    progress.note(f"{order.output}: drawing the alignment frame")
    picture = output.lens.alignment_frame(size, store.stem)
    if output.film.bits == 16:
        picture = picture.astype(np.uint16) * 257
    if not _shows(path, picture):
        with explain_disk(path.parent):
            kept = keep_unrecorded(store.work, path)
        if kept:
            progress.note(f"{order.output}: {path.name} was not drawn by this program: it is kept as {kept}")
        write_picture(path, picture, workspace=store.work)
    remember(store.work, path, key)


def _shows(path: Path, picture: np.ndarray) -> bool:
    """Whether a PNG file holds exactly this picture."""
    try:
        return np.array_equal(read_picture(path), picture)
    except (OSError, DamagedPicture):
        return False


def _compute(job: Job, missing: list[int], crew: Crew, log: RunLog) -> None:
    renderers: set[str] = set()
    failed: list[Failed] = []
    with log.task(f"{job.output}: rendering", len(missing), "frame") as advance:
        for count, done in enumerate(crew.run(job, missing), start=1):
            if isinstance(done, Failed):
                failed.append(done)
                log.failed(done)
                log.note(f"{job.output}: frame {done.index} failed: {done.why}")
                if len(failed) == count == HOPELESS:
                    break
            else:
                log.frame(done)
                if done.renderer and done.renderer not in renderers:  # empty: a worker found the frame finished
                    renderers.add(done.renderer)
                    log.note(f"{job.output}: drawn by {done.renderer}")
            advance(count)
    if failed:
        raise _failure(job, missing, failed)


def _failure(job: Job, missing: Sequence[int], failed: Sequence[Failed]) -> MoviemakerError:
    which = ", ".join(str(each.index) for each in failed[:5]) + (" ..." if len(failed) > 5 else "")
    what = f"{job.output}: {len(failed)} of {len(missing)} frames could not be drawn ({which}): {failed[0].why}"
    error = MoviemakerError(f"{what}; give the same command again to try these alone: all others are kept")
    if failed[0].trace:
        error.add_note(failed[0].trace)
    return error
