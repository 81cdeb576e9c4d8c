"""Arguments of the functions of Python: those of the wrong kind are the user's mistakes, said in one sentence."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from moviemaker.core.errors import UserError


def number(value: object, noun: str) -> float:
    """A number.

    Raises:
        UserError: it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        raise UserError(f"{noun} cannot be {said(value)}; give a number")
    return float(value)


def whole_number(value: object, noun: str) -> int:
    """A whole number.

    Raises:
        UserError: it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int | np.integer):
        raise UserError(f"{noun} cannot be {said(value)}; give a whole number")
    return int(value)


def path_of(value: object, noun: str) -> Path:
    """A path.

    Raises:
        UserError: it is something else.
    """
    if not isinstance(value, str | os.PathLike):
        raise UserError(f"{noun} cannot be {said(value)}; give a path as text or as a pathlib.Path")
    return Path(value)


def text(value: object, noun: str) -> str:
    """A text.

    Raises:
        UserError: it is something else.
    """
    if not isinstance(value, str):
        raise UserError(f"{noun} cannot be {said(value)}; give text")
    return value


def said(value: object) -> str:
    """A wrong argument, as a message shows it."""
    simple = value is None or isinstance(value, str | int | float | bool)
    return f"{value!r:.60}" if simple else f"an object of the class {type(value).__name__}"
