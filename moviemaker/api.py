"""Scenes from Python: `moviemaker.load`, `Scene.still` and `Scene.render`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np

from moviemaker.core.errors import UserError
from moviemaker.core.machine.network import local_network
from moviemaker.core.progress import Progress, Silent
from moviemaker.core.sources import ReportsProgress
from moviemaker.film.settings import FilmSettings
from moviemaker.prepare import Prepared, prepare
from moviemaker.python_scenes.arguments import number, path_of, said, text, whole_number
from moviemaker.python_scenes.scene_files import chosen_outputs, scene_document, written_scene
from moviemaker.rendering.estimate import note_compiling
from moviemaker.resolved_scene import in_linear_light
from moviemaker.scene.habits.understand import understood
from moviemaker.scene.parse import parse_scene
from moviemaker.scene.text import Document, placing
from moviemaker.studio import Studio

if TYPE_CHECKING:
    from moviemaker.farm import Farm
    from moviemaker.rendering.reports.status import Status


class Scene:
    """A scene whose file and data have been checked, ready to be rendered.

    Args:
        document: the scene as plain values.
        name: what finished files are called after.
        progress: reporter for data that take long to read (default: none).
        allow_local_network: whether data may be read from addresses of this machine and its network.
        expecting: called with the number of frames before the data are read, if the scene has no mistakes until then.

    Raises:
        SceneError: every mistake in the scene and its data.
    """

    def __init__(
        self,
        document: Document,
        name: str,
        progress: Progress | None = None,
        allow_local_network: bool = False,
        expecting: Callable[[int], None] | None = None,
    ):
        self._permitted = partial(local_network, allow_local_network)
        with self._permitted():
            self._document = understood(document, FilmSettings)
            draft = parse_scene(self._document, name, FilmSettings)
            if expecting is not None and not draft.problems and (written := draft.scene()) is not None:
                expecting(written.frame_count)
            self._prepared = prepare(self._document, draft, progress)
        self._studio: Studio | None = None
        self._reporter: Progress | None = None
        self._noted: set[str] = set()

    @classmethod
    def from_dict(
        cls,
        written: Mapping[str, object],
        name: str = "scene",
        folder: str | Path = ".",
        progress: Progress | None = None,
        allow_local_network: bool = False,
    ) -> Scene:
        """A scene without a file.

        Args:
            written: what would stand in the file; NumPy arrays and numbers may stand for lists and numbers. Data may
                give `array` in the place of `file`: an array of NumPy or Dask, a table of pandas, polars, pyarrow or
                Astropy, what xarray, PyVista, VTK and yt hold, a list of those (one for each time), or a function of
                the data time. They are not copied, and must not change while the scene is used.
            name: what finished files are called after.
            folder: what paths in the scene are relative to.
            progress: reporter for data that take long to read (default: none).
            allow_local_network: whether data may be read from addresses of this machine and its network.

        Raises:
            SceneError: every mistake in it.
            UserError: an argument is of the wrong kind.
        """
        from moviemaker.python_scenes.document import document_of  # a scene file needs nothing of it

        if not isinstance(written, Mapping):
            raise UserError(f"a scene cannot be made of {said(written)}; give a mapping with the keys of a scene")
        document = document_of(written, text(name, "the name of the scene"), path_of(folder, "folder").resolve())
        return cls(document, name, progress, allow_local_network)

    @property
    def prepared(self) -> Prepared:
        """The scene with its data open, for those who build on the rooms below."""
        return self._prepared

    @property
    def outputs(self) -> tuple[str, ...]:
        """Names of the outputs, in the order of the file."""
        return tuple(self._prepared.script.scene.outputs)

    @property
    def frame_count(self) -> int:
        """Number of frames of the whole movie."""
        return self._prepared.script.scene.frame_count

    @property
    def warnings(self) -> tuple[str, ...]:
        """Warnings about the scene and its data, and about pictures that would hold nothing."""
        return (*self._prepared.warnings, *self._empty_pictures(self.outputs))

    def _empty_pictures(self, outputs: Iterable[str]) -> list[str]:
        from moviemaker.visibility import empty_pictures  # it reads data, which making a scene does not need

        return empty_pictures(self._prepared, outputs)

    def still(
        self,
        time: float | None = None,
        output: str | None = None,
        scale: float = 1.0,
        progress: Progress | None = None,
        linear: bool = False,
    ) -> np.ndarray:
        """The picture at a time.

        Args:
            time: seconds of the movie; default: its middle, where what fades in at the beginning is seen.
            output: name of an output; default: the first.
            scale: makes the picture smaller.
            progress: reporter for warnings and for data that take long to read (default: none).
            linear: return linear light, as an output with `format: exr` does by itself.

        Returns:
            (height, width, 3) uint8, row 0 on top; uint16 of an output with `bits: 16`. With a transparent background
            (height, width, 4): straight colours and opacity, as Pillow and Matplotlib take them. Linear light is
            float32, in which white is 1 and glows may be brighter, with colours times opacity.

        Raises:
            UserError: no such output, or the movie has no such time.
            MoviemakerError: it cannot be drawn.
        """
        from moviemaker.rendering.orders import scaled_size

        (name,) = self._chosen([output or self.outputs[0]])
        end = self._prepared.script.scene.header.duration
        time = end / 2 if time is None else number(time, "the time")
        scale = number(scale, "the scale")
        if not 0 <= time <= end:
            raise UserError(f"the movie has no time {time:g}; it lasts from 0 to {end:g} seconds")
        scene = self._prepared.script.scene
        size = scaled_size(scene.outputs[name], scale)
        self._note_warnings([name], progress)
        with placing(self._document):
            picture = self._studio_of(name, size, linear).picture(time)
        if progress is not None:
            from moviemaker.visibility import is_blank, why_empty

            if is_blank(picture) and (why := why_empty(self._prepared, name, time)):
                progress.note(f"warning: the picture holds nothing: {why}")
        return picture

    def _studio_of(self, name: str, size: tuple[int, int], linear: bool) -> Studio:
        """The studio for an output's pictures of a size; the last one is kept."""
        script = in_linear_light(self._prepared.script, name) if linear else self._prepared.script
        output = script.scene.outputs[name]
        if self._studio is None or self._studio.output != output or self._studio.size != size:
            self.close()
            self._studio = Studio(script, name, size, self._prepared.sources)
        return self._studio

    def storyboard(
        self, output: str | None = None, pictures: int | None = None, progress: Progress | None = None
    ) -> np.ndarray:
        """A sheet of small pictures with their times, where the cuts are, and the camera's path.

        Args:
            output: name of an output; default: the first.
            pictures: about how many; every shot has one at least.
            progress: reporter for warnings and for the pictures (default: none).

        Returns:
            (height, width, 3) uint8, row 0 on top.

        Raises:
            UserError: no such output, or less than one picture.
            MoviemakerError: a picture cannot be drawn.
        """
        from moviemaker.storyboard import PICTURES, storyboard

        (name,) = self._chosen([output or self.outputs[0]])
        if pictures is not None:
            pictures = whole_number(pictures, "the number of pictures")
        count = PICTURES if pictures is None else pictures
        self._note_warnings([name], progress)
        self.close()  # one stage at a time
        with placing(self._document):
            return storyboard(self._prepared.script, name, self._prepared.sources, count, progress)

    def render(
        self,
        output: str | Iterable[str] | None = None,
        out: str | Path = "outputs",
        frames: range | None = None,
        scale: float = 1.0,
        workers: int | Literal["auto"] = 1,
        farm: Farm | None = None,
        restart: bool = False,
        progress: Progress | None = None,
        cluster: str | None = None,
        shared: bool = True,
        shard: str | None = None,
        finished: Callable[[Path], None] | None = None,
    ) -> list[Path]:
        """Renders outputs to files. What an earlier, unfinished run has rendered is not rendered again.

        Args:
            output: name or names of outputs; default: all.
            out: folder for the results.
            frames: numbers of the frames to render, such as `range(0, 100)`; default: all.
            scale: makes the pictures smaller.
            workers: number of processes; "auto": as many as the first frames show to be fastest. With more than one,
                call this below `if __name__ == "__main__":`.
            farm: where frames are computed (default: in this process, or in `workers` processes).
            restart: draw frames again that an earlier run has finished.
            progress: reporter for warnings, notes and frames (default: none).
            cluster: address of a Dask scheduler whose workers compute the frames, such as `tcp://host:8786`; `local`:
                a cluster of this process with `workers` workers. `farm` takes further settings, see
                `moviemaker.farm.dask`.
            shared: whether workers of a cluster keep frames in `out` if they see it; otherwise frames are sent here.
            shard: `2/8` draws the second eighth of the frames and makes no movie. Other machines draw the others into
                the same folder at the same time; a call without it then finds them all.
            finished: called with each file when it is finished.

        Returns:
            The finished files.

        Raises:
            UserError: an argument is not right, another run is writing the same, or nothing can be written there.
            MoviemakerError: something outside the scene went wrong; finished frames are kept.
        """
        # They load encoders, stores and processes, which `check` does not need.
        from moviemaker.farm.processes import leave_worker
        from moviemaker.python_scenes.saved_scene import refuse_changed
        from moviemaker.rendering.options import render_options
        from moviemaker.rendering.render import render_outputs

        leave_worker()
        names = self._chosen([output] if isinstance(output, str) else output)
        options = render_options(
            self.frame_count,
            out=out,
            frames=frames,
            scale=scale,
            workers=workers,
            cluster=cluster,
            shared=shared,
            farm=farm,
            shard=shard,
        )
        options |= {"restart": restart, "progress": progress or Silent()}
        self._note_warnings(names, progress)
        if progress is not None:
            for warning in self._empty_pictures(names):
                progress.note(f"warning: {warning}")
        refuse_changed(self._prepared.script.scene)
        with self._permitted():  # data are opened again, in this process or in others
            made = []
            for path in render_outputs(self._prepared, names, **options):
                made.append(path)
                if finished is not None:
                    finished(path)
            return made

    def status(
        self,
        output: str | Iterable[str] | None = None,
        out: str | Path = "outputs",
        frames: range | None = None,
        scale: float = 1.0,
    ) -> Status:
        """How far renders of outputs are; `moviemaker.status` tells it of a scene file without opening its data.

        Args:
            output, out, frames, scale: as `render` takes them.

        Returns:
            Plain values: `state`, and for each output its state, frames, runs, speed and time left.

        Raises:
            UserError: an argument is not right.
        """
        from moviemaker.rendering.reports.asking import status_in

        written = written_scene(self._document, self._prepared.script.scene.name)
        return status_in(written, output, out, frames, scale)

    def save(self, path: str | Path) -> Path:
        """Writes the scene as a file, and its data in memory into a folder beside it, `NAME_data`.

        Args:
            path: of the scene file; one that is there is replaced.

        Returns:
            The path.

        Raises:
            UserError: something cannot be written.
        """
        from moviemaker.python_scenes.saved_scene import save_scene

        return save_scene(self._document, path_of(path, "path"))

    def _repr_png_(self) -> bytes | None:
        """A small picture, by which a notebook shows the scene."""
        from moviemaker.python_scenes.notebook import png_of

        scene = self._prepared.script.scene
        name = self.outputs[0]
        return png_of(
            lambda time, scale: self.still(time, name, scale), scene.outputs[name].size, scene.header.duration
        )

    def __repr__(self) -> str:
        header = self._prepared.script.scene.header
        return f"<Scene of {header.duration:g} s at {header.fps:g} frames per second: {', '.join(self.outputs)}>"

    def close(self) -> None:
        """Frees the window that stills are drawn in."""
        if self._studio is not None:
            self._studio.close()
            self._studio = None

    def _note_warnings(self, outputs: Iterable[str], progress: Progress | None) -> None:
        """Notes the warnings that matter to some outputs, each of them once to the same reporter."""
        if progress is None:
            return
        if progress is not self._reporter:
            self._reporter, self._noted = progress, set()
            for source in self._prepared.sources.values():
                if isinstance(source, ReportsProgress):
                    source.report_to(progress)
        for warning in self._prepared.warnings_of(outputs):
            if warning not in self._noted:
                self._noted.add(warning)
                progress.note(f"warning: {warning}")

        note_compiling(self._prepared.script.layers, progress)

    def check_outputs(self, names: Iterable[str]) -> None:
        """Raises UserError if one of the names is not that of an output."""
        self._chosen(names)

    def _chosen(self, names: Iterable[str] | None) -> list[str]:
        return chosen_outputs(names, self.outputs)


def load(
    path: str | Path,
    progress: Progress | None = None,
    allow_local_network: bool = False,
    expecting: Callable[[int], None] | None = None,
) -> Scene:
    """Reads a scene file and the data that it names.

    Args:
        path: of the scene file.
        progress: reporter for data that take long to read (default: none).
        allow_local_network: whether data may be read from addresses of this machine and its network.
        expecting: called with the number of frames before the data are read, which may take long (default: not).

    Raises:
        SceneError: every mistake in the scene and its data.
        UserError: the file cannot be read.
    """
    return Scene(scene_document(path), path_of(path, "path").stem, progress, allow_local_network, expecting)


def quick(data: object, progress: Progress | None = None) -> Scene:
    """A first scene of data, as `moviemaker info` proposes it. A notebook shows its picture.

    Args:
        data: what may stand at `array` in a scene, but a function of time; or the path of a file.
        progress: reporter for data that take long to read (default: none).

    Raises:
        UserError: the data cannot be used, or hold neither a grid, nor particles, nor a mesh.
    """
    from moviemaker.python_scenes.first_scene import first_document  # which written scenes do not need

    document = first_document(data, progress)
    return Scene(document, document.file, progress)
