"""Draws the pictures of one tool when it is told to, in the environment of that tool.

    python -m peers.serve TOOL PICTURE FOLDER

Answers in lines of JSON: first the versions, then for each line `{"frame": 3, "keep": "file.npy"}` the seconds, the
processor seconds, and the largest memory that this process has had, in MB.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
import platform
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import TextIO

import numpy as np

from peers.work import Settings


def most_memory() -> float:
    """The largest memory of this process in MB. What `getrusage` tells begins with that of its parent."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def versions(packages: tuple[str, ...]) -> str:
    """The versions of packages, in words."""
    found = []
    for name in packages:
        try:
            found.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            continue
    return ", ".join([*found, f"Python {platform.python_version()}"])


def serve(tool: str, picture: str, folder: Path, answers: TextIO) -> None:
    """Prepares a tool, and draws until the standard input ends."""
    module = importlib.import_module(f"peers.by_{tool}")
    work = module.work(picture, folder, Settings.read(folder))
    print(json.dumps({"versions": versions(module.PACKAGES)}), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        before, begun = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        made = work.draw(asked["frame"])
        wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        answer = {"wall": wall, "cpu": cpu, "memory": most_memory()}
        if asked.get("keep"):
            np.save(asked["keep"], work.develop(made))
        print(json.dumps(answer), file=answers, flush=True)


def main() -> None:
    """Serves, and tells of an error in its last line."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print
    tool, picture, folder = sys.argv[1:]
    try:
        serve(tool, picture, Path(folder), answers)
    except Exception as error:
        traceback.print_exc()
        print(json.dumps({"error": f"{type(error).__name__}: {error}"}), file=answers, flush=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
