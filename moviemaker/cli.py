"""The command line. Results go to standard output, one a line; everything else goes to standard error."""

from __future__ import annotations

import os
import re
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import cyclopts
from cyclopts import App, Parameter

import moviemaker
from moviemaker.core.errors import InputError, MoviemakerError, UserError
from moviemaker.core.machine.file_names import SCENES
from moviemaker.core.machine.terminal import prepare_streams, visible, written_into
from moviemaker.core.plugins import take_warnings
from moviemaker.core.progress import to_standard_error
from moviemaker.data_options import DataOptions
from moviemaker.scene.habits.commands import answer

app = App(
    name="moviemaker",
    help="Turns a scene file, and three-dimensional data that moves, into a movie. "
    "With --debug, every command shows where in the program an error comes from.",
    version=moviemaker.__version__,
    help_format="plaintext",
)

SceneFile = Annotated[Path, Parameter(help="The scene file (YAML).")]
OutputName = Annotated[str | None, Parameter(help="The output to draw. Default: the first.")]
Scale = Annotated[float, Parameter(help="Makes the pictures smaller: 0.25 is a quarter of the width and height.")]
LocalNetwork = Annotated[
    bool, Parameter(negative="", help="Read data from addresses of this machine and its network too.")
]

DataFiles = Annotated[Path, Parameter(help="Data files of one kind, a glob in quotes, or the address of a Zarr.")]
Force = Annotated[bool, Parameter(negative="", help="Replace a file that is there.")]


@app.command
def render(
    scene: SceneFile,
    /,
    *,
    output: Annotated[
        list[str] | None, Parameter(negative="", help="An output to render; may be repeated. Default: all.")
    ] = None,
    out: Annotated[Path, Parameter(name=["-o", "--out"], help="Folder for the results.")] = Path("outputs"),
    frames: Annotated[str | None, Parameter(help="Frames A:B to render, from 0, without B. Default: all.")] = None,
    scale: Scale = 1.0,
    workers: Annotated[
        int, Parameter(name=["-j", "--workers", "--jobs"], help="Number of processes that compute frames.")
    ] = 1,
    restart: Annotated[bool, Parameter(negative="", help="Forget frames that an earlier run has finished.")] = False,
    allow_local_network: LocalNetwork = False,
) -> None:
    """Render the outputs of a scene. A render that was stopped carries on where it was.

    Prints the path of each finished file.
    """
    progress = to_standard_error()
    loaded = moviemaker.load(scene, progress, allow_local_network)
    names = list(dict.fromkeys(output or loaded.outputs))
    loaded.check_outputs(names)
    numbers = _frames(frames, loaded.frame_count)
    for name in names:
        options: Any = {"scale": scale, "workers": workers, "restart": restart, "progress": progress}
        for path in loaded.render(name, out, numbers, **options):
            _say(path)


@app.command
def still(
    scene: SceneFile,
    /,
    *,
    time: Annotated[
        str | None, Parameter(name=["-t", "--time"], help="Seconds of the movie, or 1:30. Default: its middle.")
    ] = None,
    picture: Annotated[Path, Parameter(name=["-o", "--picture"], help="The file to write: .png, or .jpg, .tif, .exr.")],
    output: OutputName = None,
    scale: Scale = 1.0,
    allow_local_network: LocalNetwork = False,
) -> None:
    """Draw one frame of a scene into a picture file, and print its path."""
    from moviemaker.film.picture import check_picture_path
    from moviemaker.first_picture import write_still

    check_picture_path(picture)
    progress = to_standard_error()
    loaded = moviemaker.load(scene, progress, allow_local_network)
    _say(write_still(picture, loaded, _seconds(time), output, scale, progress))


@app.command
def storyboard(
    scene: SceneFile,
    /,
    *,
    picture: Annotated[Path, Parameter(name=["-o", "--picture"], help="The file to write: .png, or .jpg, .tif.")],
    output: OutputName = None,
    pictures: Annotated[int | None, Parameter(help="About how many pictures. Default: 16.")] = None,
    allow_local_network: LocalNetwork = False,
) -> None:
    """Draw a sheet of pictures with times, cuts and the camera's path, and print its path."""
    from moviemaker.film.picture import check_picture_path, write_picture

    check_picture_path(picture)
    progress = to_standard_error()
    loaded = moviemaker.load(scene, progress, allow_local_network)
    _say(write_picture(picture, loaded.storyboard(output, pictures, progress)))


@app.command
def check(scene: SceneFile, /, *, allow_local_network: LocalNetwork = False) -> None:
    """Report every mistake of a scene and its data, or else what rendering it will take."""
    from moviemaker.rendering.estimate import estimates

    progress = to_standard_error()
    loaded = moviemaker.load(scene, progress, allow_local_network)
    for warning in loaded.warnings:
        progress.note(f"warning: {warning}")
    _say(f"{scene}: no mistakes")
    for line in estimates(loaded.prepared):
        _say(f"  {line}")


@app.command
def info(
    *files: DataFiles,
    scene: Annotated[
        Path | None, Parameter(name=["-o", "--scene"], help="Write the scene into this file, and print its path.")
    ] = None,
    force: Force = False,
    options: DataOptions = DataOptions(),  # noqa: B008 - it is frozen
    allow_local_network: LocalNetwork = False,
) -> None:
    """Say what is in data files, and propose a scene that shows them.

    Paths in the scene start where it is written, or in the current folder. Of a scene file it says what is in its data.
    """
    from moviemaker.core.machine.network import local_network
    from moviemaker.scene.template import write_scene

    if len(files) == 1 and files[0].suffix.lower() in SCENES:
        from moviemaker.scene_contents import scene_contents

        _say(scene_contents(files[0], to_standard_error(), allow_local_network))
        return
    folder = (scene or written_into(SCENES) or Path("scene.yaml")).parent
    with local_network(allow_local_network):
        found = options.describe(files, folder, to_standard_error())
    _say(found if scene is None else write_scene(scene, visible(f"{found}\n"), force))


@app.command
def quick(
    *files: DataFiles,
    target: Annotated[
        Path | None,
        Parameter(
            name=["-o", "--target"], help="The scene (.yaml) or the picture (.png ...); the other one lies beside it."
        ),
    ] = None,
    force: Force = False,
    scale: Scale = 1.0,
    options: DataOptions = DataOptions(),  # noqa: B008 - it is frozen
    allow_local_network: LocalNetwork = False,
) -> None:
    """Write a scene that shows data files, and its first picture, and print the paths of both."""
    from moviemaker.first_picture import quick as write_both

    how: Any = {"replace": force, "scale": scale, "allow_local_network": allow_local_network}
    for path in write_both(files, target, options, progress=to_standard_error(), **how):
        _say(path)


@app.command
def inspect(movie: Annotated[Path, Parameter(help="A movie, or the folder of a sequence.")], /) -> None:
    """Say what a player will make of a movie, and what YouTube, headsets or a dome would object to."""
    from moviemaker.film.inspect.report import inspect as look_into

    found = look_into(movie)
    _say(found)
    if found.contradicts:
        raise UserError(f"{movie} contradicts itself: {'; '.join(what for what, _ in found.contradictions)}")


@app.command
def tag(
    movie: Annotated[Path, Parameter(help="A movie that an editor has stripped of its metadata.")],
    /,
    *,
    like: Annotated[str, Parameter(help="What it is: 360, 360-tb, 360-lr, 180-lr ..., or a movie that has them.")],
    target: Annotated[
        Path | None, Parameter(name=["-o", "--target"], help="Write another file. Default: change the movie itself.")
    ] = None,
    force: Annotated[
        bool, Parameter(negative="", help="Replace other metadata and other files, and write what contradicts itself.")
    ] = False,
) -> None:
    """Put the metadata of 360-degree and stereo players back into a movie, and print its path.

    Pictures and sound stay as they are.
    """
    from moviemaker.film.tag import tag as put_back

    print(put_back(movie, like, target, force=force, note=to_standard_error().note))


@app.command
def new(
    file: Annotated[Path, Parameter(help="The scene file to write.")],
    /,
    *,
    force: Annotated[bool, Parameter(negative="", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented scene that renders as it is, and print its path."""
    from moviemaker.scene.template import write_template

    _say(write_template(file, replace=force))


@app.command(name="help")
def show_help(
    *words: Annotated[str, Parameter(help="A kind, a room, a room and a kind, or scene, camera, outputs.")],
) -> None:
    """Describe a kind and its keys; without words, list all kinds."""
    from moviemaker.help_text import help_text

    _say(help_text(*words))


@app.command
def schema(
    *,
    file: Annotated[Path | None, Parameter(name=["-o", "--file"], help="Write it into this file.")] = None,
    force: Force = False,
) -> None:
    """Print the JSON Schema of scene files, for editors."""
    import json

    from moviemaker.film.settings import FilmSettings
    from moviemaker.scene.schema import scene_schema

    text = json.dumps(scene_schema(FilmSettings), indent=2)
    if file is None:
        _say(text)
        return
    from moviemaker.scene.template import write_scene

    _say(write_scene(file, f"{text}\n", force))


@app.command
def completion(
    *,
    shell: Annotated[
        Literal["bash", "zsh", "fish", "powershell"] | None, Parameter(help="The shell. Default: the one you use.")
    ] = None,
) -> None:
    """Let the shell complete commands, options and files, and print the path of what was installed."""
    from cyclopts.completion.detect import ShellDetectionError

    try:
        path = app.install_completion(shell=shell)
    except ShellDetectionError:
        raise UserError("your shell is not known here; name it: moviemaker completion --shell bash") from None
    except OSError as error:
        reason = error.strerror or error
        raise UserError(f"the completion cannot be written ({reason}); check your home folder") from None
    to_standard_error().note("it works in every shell that you open from now on")
    _say(path)


def main(arguments: list[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: those after the program's name; default: the process's own.

    Returns:
        The exit status: 0 done, 2 the user's mistake, 130 stopped by Ctrl-C, 1 anything else.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no large matrices here, and its threads cost time at the start
    prepare_streams()
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        app([word for word in words if word != "--debug"], **_QUIETLY)
        sys.stdout.flush()
        return 0
    except cyclopts.CycloptsError as error:
        said = answer(words, list(app)) or f"{_sentence(error)}; see: moviemaker {_command(words)}--help"
        return _failed(said, 2, debug)
    except MoviemakerError as error:
        return _failed(str(error), error.exit_status, debug)
    except InputError as input_error:
        return _failed(str(input_error), 2, debug)
    except KeyboardInterrupt:
        return _failed("stopped; the same command carries on where it was", 130, debug)
    except BrokenPipeError:  # the program that reads the results has ended
        sys.stderr.close()
        return 1
    except MemoryError as error:
        report = f"there is not enough memory ({error or 'for the data and the pictures'})"
        return _failed(f"{report}; close other programs, or make the data, the size or --workers smaller", 1, debug)
    except Exception as error:
        report = f"something went wrong inside moviemaker ({type(error).__name__}: {error})"
        return _failed(f"{report}; run it again with --debug and report what it prints", 1, debug)
    finally:
        for warning in take_warnings():  # of commands that load no scene
            to_standard_error().note(f"warning: {warning}")


_QUIETLY: Any = {"exit_on_error": False, "print_error": False, "result_action": "return_none"}
"""Errors of arguments are raised, not printed by the parser, and what a command returns is left alone."""


def _failed(message: str, status: int, debug: bool) -> int:
    with suppress(OSError, ValueError):  # standard error may be a pipe whose other end is gone
        if debug:
            print(visible(traceback.format_exc()), file=sys.stderr)
        print(visible(message), file=sys.stderr)
        sys.stderr.flush()
    return status


def _say(result: object) -> None:
    """Writes a result to standard output at once."""
    try:
        print(visible(str(result)), flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        raise MoviemakerError(f"the results cannot be written to standard output: {error.strerror or error}") from error


def _sentence(error: cyclopts.CycloptsError) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _command(words: list[str]) -> str:
    return f"{words[0]} " if words and words[0] in list(app) else ""


def _seconds(text: str | None) -> float | None:
    """Seconds of the movie that a time such as 2.5, 20s or 1:30 stands for; None: it is not given."""
    from moviemaker.scene.habits.measures import movie_seconds

    if text is None:
        return None
    try:
        return float(text)
    except ValueError:
        found = movie_seconds(text)
    if found is None:
        raise UserError(f"--time {text}: this is not a time; write seconds, such as 2.5, or minutes and seconds: 1:30")
    return found


def _frames(text: str | None, count: int) -> range | None:
    """The numbers that `A:B` stands for, either of which may be left out."""
    if text is None:
        return None
    found = re.fullmatch(r"\s*(\d*)\s*:\s*(\d*)\s*", text)
    first, last = (int(found[1] or 0), int(found[2] or count)) if found else (0, 0)
    if not first < last <= count:
        right = f"write A:B, the first frame and the one after the last; this movie has frames 0:{count}"
        raise UserError(f"--frames {text}: no such frames; {right}")
    return range(first, last)
