"""A store of frames whose process is held up or killed."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from moviemaker.core.errors import UserError
from moviemaker.film.picture import is_whole_png, read_picture
from moviemaker.film.store import FrameStore

UNIX = pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL")

WORKER = """
import sys, time
from pathlib import Path
import numpy as np
from moviemaker.film.store import FrameStore
folder, mode = Path(sys.argv[1]), sys.argv[2]
store = FrameStore(folder, "s", "A", folder)
with store.claim():
    missing = store.missing(range(400))
    print("claimed", *missing, flush=True)
    if mode == "hold":
        time.sleep(60)
    for index in missing:
        store.put(index, np.random.default_rng(index).integers(0, 256, (90, 160, 3), dtype=np.uint8))
"""


def start(folder: Path, mode: str) -> tuple[subprocess.Popen[str], list[int]]:
    process = subprocess.Popen([sys.executable, "-c", WORKER, str(folder), mode], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = process.stdout.readline().split()
    assert said[0] == "claimed"
    return process, [int(word) for word in said[1:]]


def stop(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


def test_a_second_run_stops_and_the_claim_dies_with_its_process(tmp_path):
    store = FrameStore(tmp_path, "s", "A", tmp_path)
    process, _ = start(tmp_path, "hold")
    try:
        expected = rf"another run \(process {process.pid}\) is writing s in .*; wait until it is done, stop it"
        with pytest.raises(UserError, match=expected), store.claim():
            pass
        store.put(3, np.zeros((36, 64, 3), np.uint8))  # a worker of that run needs no claim
    finally:
        stop(process)
    with store.claim():
        assert store.missing(range(3, 5)) == [4]


@UNIX
def test_frames_survive_being_killed_at_any_moment(tmp_path):
    chance = random.Random(1)
    store = FrameStore(tmp_path, "s", "A", tmp_path)
    seen: dict[Path, tuple[int, int]] = {}
    for _ in range(10):
        process, missing = start(tmp_path, "put")
        assert not {store.path(index) for index in missing} & seen.keys()
        time.sleep(chance.uniform(0.0, 0.12))
        os.kill(process.pid, signal.SIGKILL)
        stop(process)
        there = sorted(tmp_path.glob("s_*.png"))
        assert len(there) + len(store.missing(range(400))) == 400
        assert all(is_whole_png(path) and read_picture(path).shape == (90, 160, 3) for path in there)
        for path, (inode, changed) in seen.items():
            assert (path.stat().st_ino, path.stat().st_mtime_ns) == (inode, changed)
        seen = {path: (path.stat().st_ino, path.stat().st_mtime_ns) for path in there}
    assert seen
