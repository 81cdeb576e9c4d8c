"""Text on its way to a terminal: characters that would control it, or hide others, are made visible.

Titles, names of fields, of atoms and of files, and what libraries say of files come from whoever made the file.
Printed as they are, they could move the cursor, change the title of the window, hide or reorder text, or look like
lines of ours.
"""

from __future__ import annotations

import os
import re
import sys
from contextlib import suppress
from pathlib import Path

_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters without tabs and line breaks
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"  # characters without a shape
)


def visible(text: str, lines: bool = True) -> str:
    r"""Text in which hidden characters are written as in Python: a line of its own stays one.

    Args:
        text: any text.
        lines: whether line breaks stay; otherwise they are made visible too.

    >>> visible("a\x1b[2Jb\u202ec"), visible("a\nb", lines=False), visible("é, 漢, µ\n")
    ('a\\x1b[2Jb\\u202ec', 'a\\nb', 'é, 漢, µ\n')
    """
    found = _HIDDEN.sub(_escaped, text)
    return found if lines else found.replace("\n", "\\n").replace("\t", "\\t")


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if found[0] in "\r":
        return "\\r"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def open_streams() -> None:
    """Opens the standard streams that are closed, as those of some services are, on the null device.

    Otherwise the next file that is opened takes the place of one, and what libraries print is written into it.
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
            os.set_inheritable(number, True)
        if getattr(sys, name) is None:
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115


def prepare_streams() -> None:
    """Lets everything be printed: what the encoding of the terminal lacks is written as in Python.

    Warnings and messages that libraries write to standard error are made visible too.
    """
    import logging
    import warnings

    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError, OSError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    plain = warnings.formatwarning
    if not getattr(plain, "is_visible", False):

        def formatted(*args: object, **keys: object) -> str:
            return visible(plain(*args, **keys))  # type: ignore[arg-type]

        formatted.is_visible = True  # type: ignore[attr-defined]
        warnings.formatwarning = formatted
    if logging.lastResort is not None:
        formatter = logging.Formatter()
        formatter.format = lambda record: visible(record.getMessage())  # type: ignore[method-assign]
        logging.lastResort.setFormatter(formatter)


def in_utf8() -> None:
    """Starts the program again with Python's UTF-8 mode where the encoding of names is ASCII.

    Otherwise no file, output or title with other letters could be named.
    """
    try:
        "é".encode(sys.getfilesystemencoding())
    except UnicodeEncodeError:
        os.execv(sys.executable, [sys.executable, "-X", "utf8", *sys.orig_argv[1:]])


def written_into(endings: tuple[str, ...]) -> Path | None:
    """The file that a shell writes standard output into, if its name has one of these endings and is known."""
    with suppress(AttributeError, ValueError, OSError):
        number = sys.stdout.fileno()
        path = os.readlink(f"/proc/self/fd/{number}")
        if path.lower().endswith(endings) and os.path.samestat(os.fstat(number), os.stat(path)):
            return Path(path)
    return None
