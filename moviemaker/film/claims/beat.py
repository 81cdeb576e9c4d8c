"""Shows signs of life for a process: changes the times of files again and again, as long as that process lives.

It runs as a program of its own, since libraries keep all threads of Python from running for as long as they draw. The
times count on from those that the files have. No clock is looked at, and a full disk does not matter.

Usage: `beat.py SECONDS`, with lines `+PATH` and `-PATH` on standard input.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time


def main() -> None:
    """Touches the files that standard input names, until it ends or the parent is another one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one answers Ctrl-C
    paths: list[str] = []
    threading.Thread(target=_beat, args=(paths, float(sys.argv[1]), os.getppid()), daemon=True).start()
    for line in iter(sys.stdin.buffer.readline, b""):
        path = os.fsdecode(line[1:].rstrip(b"\n"))
        if path in paths:
            paths.remove(path)
        if line[:1] == b"+":
            paths.append(path)


def _beat(paths: list[str], seconds: float, parent: int) -> None:
    follow = os.utime not in os.supports_follow_symlinks
    while True:
        time.sleep(seconds)
        if os.getppid() != parent:
            os._exit(0)
        for path in tuple(paths):
            try:
                next_time = int(os.lstat(path).st_mtime) + 2  # some file systems count in steps of two seconds
                os.utime(path, (next_time, next_time), follow_symlinks=follow)
            except OSError:
                continue


if __name__ == "__main__":
    main()
