"""The command line. Results go to standard output, one a line; everything else goes to standard error."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import cyclopts
from cyclopts import App, Parameter

import moviemaker
from moviemaker.core.errors import Mistake, MoviemakerError, UserError
from moviemaker.progress import to_standard_error

app = App(
    name="moviemaker",
    help="Turns a scene file, and three-dimensional data that moves, into a movie.",
    version=moviemaker.__version__,
    help_format="plaintext",
)

SceneFile = Annotated[Path, Parameter(help="The scene file (YAML).")]
OutputName = Annotated[str | None, Parameter(help="The output to draw. Default: the first.")]
Scale = Annotated[float, Parameter(help="Makes the pictures smaller: 0.25 is a quarter of the width and height.")]


@app.command
def render(
    scene: SceneFile,
    /,
    *,
    output: Annotated[list[str] | None, Parameter(help="An output to render; may be repeated. Default: all.")] = None,
    out: Annotated[Path, Parameter(help="Folder for the results.")] = Path("outputs"),
    frames: Annotated[str | None, Parameter(help="Frames A:B to render, from 0, without B. Default: all.")] = None,
    scale: Scale = 1.0,
    workers: Annotated[int, Parameter(help="Number of processes that compute frames.")] = 1,
    restart: Annotated[bool, Parameter(negative="", help="Forget frames that an earlier run has finished.")] = False,
) -> None:
    """Render the outputs of a scene. A render that was stopped carries on where it was.

    Prints the path of each finished file.
    """
    loaded = moviemaker.load(scene)
    progress = to_standard_error()
    for warning in loaded.warnings:
        progress.note(f"warning: {warning}")
    names = output or loaded.outputs
    loaded.check_outputs(names)
    if workers < 1:
        raise UserError(f"--workers {workers}: write a number from 1 up")
    for name in names:
        options: Any = {"frames": _frames(frames, loaded), "scale": _positive(scale), "workers": workers}
        for path in loaded.render(name, out, restart=restart, progress=progress, **options):
            print(path, flush=True)


@app.command
def still(
    scene: SceneFile,
    /,
    *,
    time: Annotated[float, Parameter(help="Seconds of the movie.")],
    picture: Annotated[Path, Parameter(name=["-o", "--picture"], help="The file to write: .png, or .jpg, .tif.")],
    output: OutputName = None,
    scale: Scale = 1.0,
) -> None:
    """Draw one frame of a scene into a picture file, and print its path."""
    from moviemaker.film.picture import write_picture

    loaded = moviemaker.load(scene)
    progress = to_standard_error()
    for warning in loaded.warnings:
        progress.note(f"warning: {warning}")
    print(write_picture(picture, loaded.still(time, output, _positive(scale))))


@app.command
def check(scene: SceneFile, /) -> None:
    """Report every mistake of a scene and its data, or else what rendering it will take."""
    from moviemaker.estimate import estimates

    loaded = moviemaker.load(scene)
    for warning in loaded.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    print(f"{scene}: no mistakes")
    for line in estimates(loaded.prepared):
        print(f"  {line}")


@app.command
def info(file: Annotated[Path, Parameter(help="A data file.")], /) -> None:
    """Tell what is in a data file, and propose a scene that shows it."""
    from moviemaker.data._describe import describe

    print(describe(file))


@app.command
def new(
    file: Annotated[Path, Parameter(help="The scene file to write.")],
    /,
    *,
    force: Annotated[bool, Parameter(negative="", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented scene that renders as it is, and print its path."""
    from moviemaker.scene.template import write_template

    print(write_template(file, replace=force))


@app.command
def schema() -> None:
    """Print the JSON Schema of scene files, for editors."""
    import json

    from moviemaker.film.settings import FilmSettings
    from moviemaker.scene.schema import scene_schema

    print(json.dumps(scene_schema(FilmSettings), indent=2))


def main(arguments: list[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: those after the program's name; default: the process's own.

    Returns:
        The exit status: 0 done, 2 the user's mistake, 1 anything else.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    if debug:
        words.remove("--debug")
    try:
        app(words, exit_on_error=False, print_error=False, result_action="return_none")
        sys.stdout.flush()
        return 0
    except cyclopts.CycloptsError as error:
        return _failed(f"{_argument_problem(error)}; see: moviemaker --help", 2, debug)
    except MoviemakerError as error:
        return _failed(str(error), error.exit_status, debug)
    except Mistake as mistake:
        return _failed(str(mistake), 2, debug)
    except KeyboardInterrupt:
        return _failed("stopped; the same command carries on where it was", 1, debug)
    except BrokenPipeError:  # the reader of the results has seen enough
        sys.stderr.close()
        return 1
    except Exception as error:
        report = f"something went wrong inside moviemaker ({type(error).__name__}: {error})"
        return _failed(f"{report}; run it again with --debug and report what it prints", 1, debug)


def _failed(message: str, status: int, debug: bool) -> int:
    print(message, file=sys.stderr)
    if debug:
        raise
    return status


def _argument_problem(error: cyclopts.CycloptsError) -> str:
    return " ".join(str(error).split())


def _positive(scale: float) -> float:
    if not 0 < scale <= 8:
        raise UserError(f"--scale {scale:g}: write a number above 0, such as 0.25")
    return scale


def _frames(text: str | None, loaded: moviemaker.Scene) -> range | None:
    if text is None:
        return None
    first, colon, last = text.partition(":")
    count = loaded.prepared.script.scene.frame_count
    try:
        frames = range(int(first or 0), int(last or count))
    except ValueError:
        colon = ""
    if not colon:
        raise UserError(f"--frames {text}: write A:B, two whole numbers, such as 0:30")
    return frames
