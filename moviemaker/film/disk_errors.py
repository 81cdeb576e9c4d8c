"""What the file system says no to, in words that tell what to do about it."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from moviemaker.core.errors import MoviemakerError, UserError

_FULL = {errno.ENOSPC, errno.EDQUOT}
_ELSEWHERE = {
    errno.EACCES: "no permission to write there",
    errno.EPERM: "no permission to write there",
    errno.EROFS: "that file system can only be read",
    errno.ENOENT: "no file or folder can be made there",
    errno.ENOTDIR: "part of that path is a file, not a folder",
    errno.EEXIST: "that is a file, not a folder",
    errno.EISDIR: "that is a folder, not a file",
    errno.ENAMETOOLONG: "that name is too long",
}


class DiskFull(MoviemakerError):  # noqa: N818 - it is what happened
    """No room is left on the disk, or in the user's share of it."""


@contextmanager
def explain_disk(folder: Path) -> Iterator[None]:
    """Turns an OSError into an error that a user can act upon.

    Args:
        folder: what was being written to.

    Raises:
        DiskFull: no room is left.
        UserError: another folder would do (permission, a file in the way, a file system that cannot be written).
        MoviemakerError: any other refusal.
    """
    try:
        yield
    except OSError as error:
        raise disk_error(error, folder) from error


def disk_error(error: OSError, folder: Path) -> MoviemakerError:
    """The error for a user that an OSError stands for."""
    if error.errno in _FULL:
        return DiskFull(f"the disk is full ({folder}); free some space and give the same command again")
    if error.errno in _ELSEWHERE:
        where = Path(error.filename or folder)
        if error.errno in (errno.ENOTDIR, errno.EEXIST):
            where = next((part for part in (where, *where.parents) if part.is_file()), where)
        return UserError(f"cannot write {where}: {_ELSEWHERE[error.errno]}; choose another folder")
    return MoviemakerError(f"cannot write in {folder}: {error.strerror or error}; give the same command again")
