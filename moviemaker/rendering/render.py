"""Renders outputs: computes the frames that are missing, then makes the movies of all frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from moviemaker.core.errors import UserError
from moviemaker.core.fingerprint import fingerprint
from moviemaker.core.machine.memory import available_memory
from moviemaker.core.progress import Progress
from moviemaker.farm import Crew, Farm, Job
from moviemaker.farm.serial import Serial
from moviemaker.film.claims.intervals import common, frames_in, in_words, numbers_of
from moviemaker.film.containers.embed import finishing_touch
from moviemaker.film.disk_errors import explain_disk
from moviemaker.film.dome_description import FrameSequence, TheatreLens, description, write_description
from moviemaker.film.encode import encoder_memory, ffmpeg_for
from moviemaker.film.encoding_beside import EncodingBeside
from moviemaker.film.finished_movie import make_movie, movie_key, replacement
from moviemaker.film.paths import Eye, alignment_path, description_path, part_label
from moviemaker.film.picture import DamagedPicture, read_picture, write_picture
from moviemaker.film.records import is_finished, keep_unrecorded, make_again, remember
from moviemaker.film.settings import Encoding
from moviemaker.film.store import FrameStore, LostFrame
from moviemaker.film.survey import refuse_unknown, survey
from moviemaker.prepare import Prepared
from moviemaker.rendering.data_watch import DataWatch
from moviemaker.rendering.events import RunLog
from moviemaker.rendering.gathering import MOST, Gathering, compute, exposed, note_blank_frames
from moviemaker.rendering.learning import learning
from moviemaker.rendering.made_from import seen_sources
from moviemaker.rendering.orders import Order, facts_for_players, layout_of, scaled_size
from moviemaker.rendering.reports.basis import remember_basis
from moviemaker.rendering.shards import Shard
from moviemaker.rendering.shared_data import SharedData
from moviemaker.scene.model import Output, Scene
from moviemaker.scene.text import placing


def render_outputs(
    prepared: Prepared,
    names: Sequence[str],
    out: Path,
    *,
    frames: range | None = None,
    scale: float = 1.0,
    farm: Farm | None = None,
    restart: bool = False,
    shard: Shard | None = None,
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
        shard: draw only the frames that fall to this part of several, and make no movie; default: all frames that no
            other run draws, and the movie when all are there.
        progress: reporter for notes and frames.

    Yields:
        Each file when it is finished, and the folders of sequences. A shard yields nothing.

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
            order = _Order(name, out, frames, size, crew, restart, elsewhere, shard, farm.on_this_machine)
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
        finished = _render_file(prepared, order, file, stores, progress)
        if finished is not None:
            yield finished


@dataclass(frozen=True)
class _Order(Order):
    """What is asked for of one output, and of whom."""

    crew: Crew
    restart: bool
    shared: SharedData | None  # with other processes; None: this one computes all frames
    shard: Shard | None  # None: it is not one
    on_this_machine: bool


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
) -> Path | None:
    """Renders one of the files of an output: that of an eye, or of all eyes together. None: a shard makes none."""
    scene = prepared.script.scene
    name, size, store, shard = order.output, order.size, stores[file], order.shard
    frames: Sequence[int] = order.frames if shard is None else shard.share(order.frames)
    output = scene.outputs[name]
    encoding = output.film
    movie = order.product(scene, file)
    fps = scene.header.fps
    about = {"output": name, "eye": file, "frames": [order.frames.start, order.frames.stop], "size": size, "fps": fps}
    log = RunLog(store, progress, **about, shard=str(shard or ""), opening=round(prepared.seconds, 3))

    def note(text: str) -> None:
        log.note(f"{name}: {text}")

    if not encoding.is_sequence:
        ffmpeg_for(encoding)  # before the first frame, so that a missing encoder is not found hours later
        if movie.is_dir():
            raise UserError(f"cannot write {movie}: that is a folder, not a file; choose another folder with --out")
    with placing(prepared.document):
        data = DataWatch(seen_sources(prepared), prepared.opened)
    product = "" if shard else part_label(movie.stem, order.frames) if encoding.is_sequence else movie.name
    learns = learning(prepared, name, size, log) if order.on_this_machine else nullcontext()
    with store.claim(frames, product=product, shard=str(shard or ""), note=note) as held, log, learns:
        remember_basis(store, prepared, name, size)
        if encoding.alignment and file == output.rig.files[0] and shard is None:
            _align(prepared, order, store, log)
        if order.restart and not encoding.is_sequence and shard is None:
            make_again(store.work, movie)
        key = _movie_key(store, order, output, fps)
        if not encoding.is_sequence and is_finished(store.work, movie, key):
            note(f"{len(frames)} of {len(frames)} frames are finished already")
            return movie if shard is None else None
        again = numbers_of(common(frames_in(frames), held.frames)) if order.restart else ()
        found = survey(store, frames, again, alone=shard is None)
        replaced = None if encoding.is_sequence or shard else replacement(store, movie, order.frames)
        for text in (*found.notes, *([replaced] if replaced else [])):
            note(text)
        if len(found.missing) < len(frames):
            note(f"{len(frames) - len(found.missing)} of {len(frames)} frames are finished already")

        def draw(missing: list[int]) -> None:
            log.begin(missing=len(missing))
            with placing(prepared.document):  # of data that could be read in `prepare` and cannot be read now
                script = exposed(prepared, name, note)
                folder = None
                if order.shared is not None:
                    script, folder = order.shared.script(script), order.shared.arrays(prepared)
                job = Job(script, name, size, store, file, folder, prepared.sources, prepared.opening, log)
                compute(job, missing, order.crew, log, data)
            looked_at = {frames[0], frames[len(frames) // 2], frames[-1]} & {*missing}
            note_blank_frames(prepared, name, store, sorted(looked_at), log)

        kept = shard is not None or encoding.is_sequence  # no movie is made, which reads all frames
        gathering = Gathering(name, frames, store, held, shard is None, draw, log, reads=kept)
        if kept:
            gathering.gather(found.missing)
            if shard is not None:
                _note_what_is_left(store, order, encoding, note)
                return None
            _describe(prepared, order, stores)
            return store.folder
        finish = finishing_touch(layout_of(output)) if encoding.holds_metadata else None
        facts = facts_for_players(output)
        make = partial(make_movie, store, order.frames, encoding, size, fps, movie, metadata=facts, finish=finish)
        with EncodingBeside(store, order.frames, make) as beside:
            if encoder_memory(size) < available_memory() / 4:  # the drawing needs memory too
                beside.start()
            gathering.gather(found.missing)
            _finish(beside, gathering, len(frames), movie)
        return movie


def _finish(beside: EncodingBeside, gathering: Gathering, count: int, movie: Path) -> None:
    """Waits for the movie, and has frames drawn again that are lost before they are encoded."""
    log, name, unreadable = gathering.log, gathering.name, 0

    def note(text: str) -> None:
        log.note(f"{name}: {text}")

    while True:
        try:
            with log.encoding(count, movie, beside.seconds), log.task(f"{name}: encoding", count, "frame") as advance:
                beside.wait(advance, note)
            return
        except LostFrame as error:
            missing = gathering.store.missing(gathering.frames)
            unreadable += not missing
            if unreadable == MOST:
                raise
            note(f"{error.what}; it is drawn again")
            gathering.reads = True  # others may be damaged too, and are drawn with this one
            gathering.gather(missing)


def _movie_key(store: FrameStore, order: _Order, output: Output, fps: float) -> str:
    return movie_key(store.fingerprint, output.film, fps, order.frames, facts_for_players(output))


def _note_what_is_left(store: FrameStore, order: _Order, encoding: Encoding, note: Callable[[str], None]) -> None:
    """Says at the end of a shard what other machines have to do still."""
    left, count = store.missing(order.frames), len(order.frames)
    again = "" if encoding.is_sequence else "; the same command without --shard makes the movie of them"
    if left:
        are = "is" if len(left) == 1 else "are"
        what = f"{len(left)} of {count} frames {are} missing still ({in_words(frames_in(left))})"
        note(f"shard {order.shard} is finished; {what}, and the same command without --shard draws what others leave")
    else:
        note(f"shard {order.shard} is finished, and all frames are there ({count}){again}")


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
