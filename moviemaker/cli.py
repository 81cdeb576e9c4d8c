"""The command line. Results go to standard output, one a line; everything else goes to standard error."""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress
from typing import Annotated, Any, Literal

import cyclopts
from cyclopts import App, Parameter

import moviemaker
from moviemaker.commands import (
    check,
    clean,
    help,
    info,
    inspect,
    new,
    quick,
    render,
    schema,
    status,
    still,
    storyboard,
    tag,
)
from moviemaker.core.errors import InputError, MoviemakerError, UserError
from moviemaker.core.machine.cores import respect_limits
from moviemaker.core.machine.terminal import prepare_streams, visible
from moviemaker.core.plugins import take_warnings
from moviemaker.core.progress import say, to_standard_error
from moviemaker.scene.habits.commands import answer

app = App(
    name="moviemaker",
    help="Turns a scene file, and three-dimensional data that moves, into a movie. "
    "With --debug, every command shows where in the program an error comes from.",
    version=moviemaker.__version__,
    help_format="plaintext",
)

for _each in (
    render.render,
    still.still,
    storyboard.storyboard,
    check.check,
    info.info,
    quick.quick,
    inspect.inspect,
    tag.tag,
    status.status,
    clean.clean,
    new.new,
    schema.schema,
):
    app.command(_each)
app.command(help.show_help, name="help")


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
    say(path)


def main(arguments: list[str] | None = None) -> int:
    """Runs a command.

    Args:
        arguments: those after the program's name; default: the process's own.

    Returns:
        The exit status: 0 done, 2 the user's mistake, 130 stopped by Ctrl-C, 1 anything else; more of `status`.
    """
    respect_limits()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # no large matrices here, and its threads cost time at the start
    prepare_streams()
    words = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in words
    try:
        result = app([word for word in words if word != "--debug"], **_QUIETLY)
        sys.stdout.flush()
        return result if isinstance(result, int) else 0
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


_QUIETLY: Any = {"exit_on_error": False, "print_error": False, "result_action": "return_value"}
"""Errors of arguments are raised, not printed by the parser. A command returns its exit status, or nothing."""


def _failed(message: str, status: int, debug: bool) -> int:
    with suppress(OSError, ValueError):  # standard error may be a pipe whose other end is gone
        if debug:
            print(visible(traceback.format_exc()), file=sys.stderr)
        print(visible(message), file=sys.stderr)
        sys.stderr.flush()
    return status


def _sentence(error: cyclopts.CycloptsError) -> str:
    return " ".join(str(error).split()).rstrip(".")


def _command(words: list[str]) -> str:
    return f"{words[0]} " if words and words[0] in list(app) else ""
